"""The report page: complete, escaped, self-contained, the same bytes for the same data."""

import base64
import dataclasses
import hashlib
import re
from itertools import pairwise

import pytest
from lxml import etree, html

from bllossom_data.errors import BllossomError
from bllossom_data.report.data import (
    Failure,
    Report,
    from_json,
    to_json,
)
from bllossom_data.report.page import render_report

SECTIONS = [
    "overview",
    "steps",
    "rules",
    "signals",
    "rejects",
    "kept",
    "duplicates",
    "leaks",
    "edits",
    "mix",
    "quarantine",
    "provenance",
]
ATTACK = "</script></style><img src=x onerror=alert(1)><script>alert(2)</script>\" onfocus='x' {{7919*7919}}"


def tree_of(page: str) -> html.HtmlElement:
    return html.document_fromstring(page)


def spoiled_everywhere(report: Report) -> Report:

    def spoil(value: object, name: str = "") -> object:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changed = {
                field.name: spoil(getattr(value, field.name), field.name)
                for field in dataclasses.fields(value)
            }
            return dataclasses.replace(value, **changed)
        if isinstance(value, tuple):
            return tuple(spoil(each, name) for each in value)
        if isinstance(value, dict):
            return {f"{key}{ATTACK}": spoil(each) for key, each in value.items()}
        if isinstance(value, str) and name not in ("side", "kind", "scale"):
            return "javascript:alert(3)" if name == "url" else value + ATTACK
        return value

    spoiled = spoil(report)
    assert isinstance(spoiled, Report)
    return spoiled


def test_every_section_is_there_and_reachable_from_the_contents(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    assert [section.get("id") for section in tree.findall(".//main/section")] == SECTIONS
    links = [link.get("href") for link in tree.findall(".//nav//a")]
    assert links == [f"#{name}" for name in SECTIONS]


def test_the_same_data_gives_the_same_bytes(demo: Report) -> None:
    assert render_report(demo) == render_report(from_json(to_json(demo)))


def test_a_report_survives_its_json(demo: Report) -> None:
    odd = Failure("dup_line_frac", "dup_line_frac", float("inf"), 0.3, "above")
    reject = dataclasses.replace(demo.rejects[0], failures=(odd,))
    report = dataclasses.replace(demo, rejects=(reject,))
    assert from_json(to_json(report)) == report


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 3}'])
def test_json_that_is_no_report_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(BllossomError, match=r"report data cannot be read: at .+bllossom report"):
        from_json(text)


def test_a_report_with_almost_nothing_in_it_renders_whole(smallest: Report) -> None:
    page = render_report(smallest)
    assert [each.get("id") for each in tree_of(page).findall(".//main/section")] == SECTIONS
    assert "No document was rejected" in page
    assert "sources were not mixed" in page


def test_a_report_without_steps_or_documents_renders(smallest: Report) -> None:
    empty = dataclasses.replace(smallest, steps=(), sources=())
    assert "No document came in" in render_report(empty)


def test_text_from_strangers_stays_text_wherever_it_stands(demo: Report) -> None:
    page = render_report(spoiled_everywhere(demo))
    tree = tree_of(page)
    assert tree.findall(".//img") == []
    assert len(tree.findall(".//script")) == len(tree.findall(".//style")) == 1
    for element in tree.iter(etree.Element):
        assert not [name for name in element.attrib if name.startswith("on")]
        assert not (element.get("href") or "").startswith("javascript:")
    assert str(7919 * 7919) not in page
    assert "{{7919*7919}}" in page


def test_only_the_pages_own_script_may_run(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    policy = tree.find(".//meta[@http-equiv]").get("content")
    script = tree.find(".//script").text
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_nothing_is_loaded_from_anywhere(demo: Report) -> None:
    page = render_report(demo)
    tree = tree_of(page)
    assert not tree.xpath("//*[@src or @srcset or @poster or @data or @background]")
    assert [link.get("href") for link in tree.findall(".//link")] == ["data:,"]
    style = tree.find(".//style").text
    assert "@import" not in style
    assert set(re.findall(r"url\(([^)]*)\)", style)) <= {"#hatch", "#hatch-light", "#dots"}
    script = tree.find(".//script").text
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?:", script)


def test_every_element_is_closed_and_every_id_is_unique(demo: Report) -> None:
    page = render_report(demo)
    void = {"meta", "link", "input", "br", "hr", "img"}
    body = re.sub(r"(?s)<(script|style)>.*?</\1>", "", page).removeprefix("<!doctype html>")
    open_elements: list[str] = []
    for closing, name, empty in re.findall(
        r"<(/?)([a-zA-Z0-9]+)(?:\"[^\"]*\"|[^>\"])*?(/?)>", body
    ):
        if closing:
            assert open_elements.pop() == name
        elif not empty and name not in void:
            open_elements.append(name)
    assert open_elements == []
    ids = [element.get("id") for element in tree_of(page).xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    for label in tree_of(page).xpath("//*[@for]/@for | //*/@aria-labelledby"):
        assert label in ids


def test_what_needs_a_name_has_one(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    assert all(table.find("caption") is not None for table in tree.findall(".//table"))
    for chart in tree.xpath("//svg[not(ancestor::svg)]"):
        assert chart.get("aria-label") or chart.get("aria-hidden") == "true"
    assert all(region.get("aria-label") for region in tree.xpath("//*[@role='region']"))
    levels = [int(heading.tag[1]) for heading in tree.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")]  # fmt: skip
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def values(row: html.HtmlElement) -> list[float]:
    return [float(data.get("value")) for data in row.findall(".//data")]


def test_the_numbers_of_the_step_table_are_those_of_the_data(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    bodies = tree.findall(".//table[@class='steps']/tbody")
    for body, step in zip(bodies, demo.steps, strict=True):
        total, *parts = body.findall("tr")
        found = [values(part) for part in parts]
        for numbers, c in zip(found, step.by_source.values(), strict=True):
            gone = (c.documents_out - c.documents_in, c.bytes_out - c.bytes_in)
            share = c.documents_out / c.documents_in
            assert numbers == [c.documents_in, gone[0], c.documents_out, share,
                               c.bytes_in, gone[1], c.bytes_out]  # fmt: skip
        sums = values(total)
        for column in (0, 1, 2, 4, 5, 6):
            assert sums[column] == sum(numbers[column] for numbers in found)


def test_the_numbers_of_the_reason_table_are_those_of_the_data(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    order = [source.name for source in demo.sources]
    for row in tree.findall(".//table[@class='reasons']/tbody/tr"):
        reason = row.find("th/code").text
        counts = {c.source: c for c in demo.reasons if c.reason == reason}
        expected = [
            sum(getattr(c, name) for c in counts.values())
            for name in ("documents", "documents_only_this", "bytes")
        ]
        for name in order:
            if name in counts:
                expected += [counts[name].documents, counts[name].documents_only_this]
        assert values(row) == expected


@pytest.mark.parametrize("field", ["personal_data", "cleaning"])
def test_the_numbers_of_the_edit_tables_are_those_of_the_data(demo: Report, field: str) -> None:
    tree = tree_of(render_report(demo))
    table = tree.findall(".//section[@id='edits']//table")[field == "cleaning"]
    found = sorted(number for row in table.findall("tbody/tr") for number in values(row)[2:])
    assert found == sorted(
        n for count in getattr(demo, field) for n in (count.edits, count.documents)
    )


def test_the_mix_shows_what_was_asked_what_came_and_why(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    section = tree.find(".//section[@id='mix']")
    assert demo.mix is not None
    assert demo.mix.shortfall in section.text_content()
    shares, sources = section.findall(".//table")
    for row, share in zip(shares.findall("tbody/tr"), demo.mix.shares, strict=True):
        assert values(row) == [share.asked, share.achieved, share.available, share.amount]
    for row, source in zip(sources.findall("tbody/tr"), demo.mix.sources, strict=True):
        assert values(row) == [source.documents_available, source.documents, source.bytes,
                               source.tokens, source.epochs]  # fmt: skip


def test_a_reject_shows_each_value_beside_its_threshold(demo: Report) -> None:
    failures = (
        Failure("dup_line_frac", "dup_line_frac", 0.61, 0.374, "above"),
        Failure("gopher_short_doc", "n_words", 12, 50, "below"),
        Failure("line_punct_ratio", "line_punct_frac", 0.06198, 0.062, "below"),
        Failure("exact_duplicate", detail="of 3f0c9d"),
    )
    reject = dataclasses.replace(demo.rejects[0], failures=failures)
    tree = tree_of(render_report(dataclasses.replace(demo, rejects=(reject,))))
    card = tree.find(".//section[@id='rejects']//article")
    assert card.get("data-reason").split() == [failure.reason for failure in failures]
    assert [" ".join(item.text_content().split()) for item in card.findall("ul/li")] == [
        "dup_line_frac 0.61 > 0.374", "gopher_short_doc 12 < 50",
        "line_punct_ratio 0.06198 < 0.062", "exact_duplicate of 3f0c9d",
    ]  # fmt: skip


def test_a_long_text_is_cut_and_a_damaged_one_shows_its_damage(demo: Report) -> None:
    reject = dataclasses.replace(demo.rejects[0], text="\x00가" * 900, n_chars=1800)
    page = render_report(dataclasses.replace(demo, rejects=(reject,)))
    shown = tree_of(page).find(".//section[@id='rejects']//div[@class='excerpt']").text
    assert shown == "\ufffd가" * 350
    assert "\x00" not in page


def test_a_page_of_three_hundred_samples_stays_under_three_megabytes(demo: Report) -> None:
    samples = tuple(
        dataclasses.replace(document, text="한글 문서의 본문 " * 200)
        for document in demo.rejects * 8
    )
    page = render_report(dataclasses.replace(demo, rejects=samples[:240], kept=samples[:60]))
    assert len(page.encode()) < 3_000_000


def test_every_document_that_came_in_has_one_fate(demo: Report) -> None:
    tree = tree_of(render_report(demo))
    rows = tree.xpath("//figure[@class='fates']//li")
    came_in = sum(counts.documents_in for counts in demo.steps[0].by_source.values())
    assert sum(values(row)[1] for row in rows) == came_in
    assert sum(values(row)[0] for row in rows) == pytest.approx(1)
