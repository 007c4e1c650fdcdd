"""The card: a header that the Hub reads, two complete languages, every number from the manifest."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
import yaml
from card_units import (
    COMMAND,
    INSTRUCTION,
    PREFERENCE,
    PRETRAINING,
    PROSE,
    instruction_recipe,
    preference_recipe,
    pretraining_recipe,
)
from huggingface_hub import DatasetCard
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.publishing.card import card_of
from bllossom_data.publishing.tables import size_category

KINDS = {
    "pretraining": (pretraining_recipe(), PRETRAINING),
    "instruction": (instruction_recipe(), INSTRUCTION),
    "preference": (preference_recipe(), PREFERENCE),
}
# It stands in the manifest for programs.
SILENT = re.compile(r"\.unread_rows$")


@pytest.fixture(params=KINDS, name="kind")
def either_kind(request):
    return KINDS[request.param]


def pretraining_card(prose: str = PROSE, **changes):
    return card_of(pretraining_recipe(), replace(PRETRAINING, **changes), prose, COMMAND)


def header_of(text: str) -> dict:
    return yaml.safe_load(text.partition("---\n")[2].partition("\n---\n")[0])


def languages_of(readme: str) -> tuple[str, str]:
    body = readme.partition("\n---\n")[2]
    english, _, korean = body.partition("\n\n---\n\n")
    return english, korean


def tables(card: str) -> list[list[list[str]]]:
    """Cells of every Markdown table, as a renderer splits them: at bars without a backslash."""
    found: list[list[list[str]]] = [[]]
    for line in card.splitlines():
        if line.startswith("|"):
            cells = line.replace(r"\|", "\0").strip("|").split("|")
            found[-1].append([cell.strip().replace("\0", "|") for cell in cells])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def leaves(value, path: str = "") -> Iterator[tuple[str, int]]:
    for key, item in value.items():
        below = f"{path}.{key}" if path else key
        if isinstance(item, Mapping):
            yield from leaves(item, below)
        else:
            yield below, item


def changed(counts, path: str):
    """The counts with one more at one place."""
    key, _, below = path.partition(".")
    while key not in counts:
        more, _, below = below.partition(".")
        key = f"{key}.{more}"
    inner = changed(counts[key], below) if below else counts[key] + 1
    return {**counts, key: inner}


def test_the_hub_s_own_reader_finds_what_the_recipe_says(kind):
    card = DatasetCard(card_of(*kind, PROSE, COMMAND).readme)
    assert card.data.license == "cc-by-sa-4.0"
    assert card.data.language == ["ko", "en"]
    assert card.data.pretty_name == '시험: "a test" # 1'
    assert card.data.task_categories == ["text-generation"]
    assert "# A test: corpus" in card.text


def test_the_header_names_the_files_of_each_split_that_has_documents():
    (config,) = header_of(pretraining_card().readme)["configs"]
    assert config["data_files"] == [
        {"split": "train", "path": "data/train-*.parquet"},
        {"split": "validation", "path": "data/validation-*.parquet"},
    ]
    splits = {"train": {"documents": 5}, "validation": {"documents": 0}}
    card = pretraining_card(counts={**PRETRAINING.counts, "splits": splits})
    (config,) = header_of(card.readme)["configs"]
    assert [entry["split"] for entry in config["data_files"]] == ["train"]


def test_the_korean_configuration_comes_first_with_its_splits_in_order():
    header = header_of(card_of(*KINDS["instruction"], PROSE, COMMAND).readme)
    assert [one["config_name"] for one in header["configs"]] == ["ko", "bilingual"]
    assert [one["split"] for one in header["configs"][0]["data_files"]] == ["train", "test"]
    assert header["size_categories"] == ["n<1K"]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_title_and_license_survive_the_header(text):
    manifest = replace(PRETRAINING, license=text)
    card = card_of(pretraining_recipe(pretty_name=text), manifest, PROSE, COMMAND)
    found = header_of(card.readme)
    assert (found["pretty_name"], found["license"]) == (text, text)


@pytest.mark.parametrize(
    ("documents", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (9_999, "1K<n<10K"),
        (10_000, "10K<n<100K"),
        (100_000, "100K<n<1M"),
        (1_000_000, "1M<n<10M"),
        (10_000_000, "10M<n<100M"),
        (999_999_999, "100M<n<1B"),
        (1_000_000_000, "1B<n<10B"),
        (10_000_000_000, "10B<n<100B"),
        (100_000_000_000, "100B<n<1T"),
        (1_000_000_000_000, "n>1T"),
    ],
)
def test_size_categories_are_those_of_the_hub(documents, category):
    assert size_category(documents) == category


def test_every_count_of_the_manifest_decides_something_in_the_card(kind):
    """A card that would not change with a number of the manifest does not show that number."""
    recipe, manifest = kind
    card = card_of(recipe, manifest, PROSE, COMMAND)
    for path, _ in leaves(manifest.counts):
        if SILENT.search(path):
            continue
        other = replace(manifest, counts=changed(manifest.counts, path))
        assert card_of(recipe, other, PROSE, COMMAND) != card, path


def test_both_languages_have_the_same_numbers_and_tables(kind):
    english, korean = languages_of(card_of(*kind, PROSE, COMMAND).readme)
    numbers = [
        Counter(re.findall(r"\d[\d,.]*\d|\d", re.sub(r"```.*?```", "", part, flags=re.DOTALL)))
        for part in (english.partition("# A test")[2], korean)
    ]
    assert numbers[0] == numbers[1]
    shapes = [[(len(table), len(table[0])) for table in tables(part)] for part in (english, korean)]
    assert shapes[0] == shapes[1]
    assert english.count("\n## ") == korean.count("\n## ")


def test_the_korean_part_has_korean_heads_and_korean_names(kind):
    _, korean = languages_of(card_of(*kind, PROSE, COMMAND).readme)
    for table in tables(korean):
        assert all(re.search(r"[가-힣]", head) for head in table[0]), table[0]
    headings = re.findall(r"^## (.+)$", korean, re.MULTILINE)
    assert all(re.search(r"[가-힣]", one) for one in headings)
    names = {"number", "speech_level", "simply_transferred", "gopher_short_doc |", "phone"}
    assert not [one for one in names if one in korean]


def test_what_told_languages_apart_is_told_in_both_languages():
    english, korean = languages_of(pretraining_card().readme)
    assert "py3langid 0.4.0, Hangul checked" in english
    assert "py3langid 0.4.0, 한글 여부 따로 확인" in korean
    assert "Hangul checked" not in korean


def test_the_numbers_of_a_corpus_are_in_their_tables():
    english, korean = languages_of(pretraining_card().readme)
    heads = [table[0] for table in tables(english)]
    assert ["Step", "Documents left", "Removed", "Bytes left"] in heads
    assert "| Deduplicate | 2,207 | 296 | 2,450,011 |" in english
    assert "| 중복 제거 | 2,207 | 296 | 2,450,011 |" in korean
    row = "| [ko-web](https://example.org/ko) | cc-by-sa-4.0 | 2026-01 | 3,000 | 1,507 | 1,497 | 10 | 1,234,567 |"
    assert row in english
    assert "| Korean | 70.00% | 61.11% | 1,100,303 | 1,400,304 |" in english
    assert "**not reached** for English, Korean" in english
    assert "| Too few words (`gopher_short_doc`) | 1,400 |" in english
    assert "| 단어 부족 (`gopher_short_doc`) | 1,400 |" in korean
    assert "| 177 | 98 | 198 |" in english
    assert "| klue | 5,001 | 404 | 86 |" in english
    assert "| 전화번호 | 1,219 |" in korean
    assert "| 이메일 | 17 |" in korean


def test_review_and_agreement_are_told():
    english, korean = languages_of(card_of(*KINDS["instruction"], PROSE, COMMAND).readme)
    assert "| Name | 85 | 44 | 33 | 8 |" in english
    assert "| Corrected | 29 |" in english
    assert "| reviewer-2 | 42 |" in english
    assert "40 examples were decided by two people or more: 85.00% of the 40 pairs" in english
    assert "(Krippendorff's alpha 0.49, nominal)" in english
    assert "(크리펜도르프 알파 0.49, 명목 척도)" in korean
    assert "| deepl | 1,201 |" in english


def test_what_people_preferred_and_what_gave_no_preference_is_told():
    card = card_of(*KINDS["preference"], PROSE, COMMAND)
    english, korean = languages_of(card.readme)
    assert "| train | 1,203 | 1,101 | 102 |" in english
    assert "| 평가 | 77 | 77 | 0 |" in korean
    assert (
        "| Review of `lima-ko 2026.11.0` | cc-by-sa-4.0 | 2026-01 | 1,950 | 2,011 | 1,178 |"
        in english
    )
    assert "| en-news | 사람이 비교한 답변 쌍 | cc0-1.0 | — | 345 | 131 | 102 |" in korean
    assert "no judgements and were set aside: 14." in english
    assert "changed at least 2.5% of an answer's characters" in english
    assert "| ko-web | Draft accepted as it was | 711 |" in english
    assert "| en-news | 우열 없음 | 19 |" in korean
    assert "| A person | deepl | 1,178 |" in english
    assert "| bllossom | 밝히지 않음 | 61 |" in korean
    assert "| Better (`chosen`) | 600,321 | 469.0 | 801 | 62.58% |" in english
    assert "| person-2 | 402 |" in english
    assert (
        "two people or more judged: 103. Of the 103 pairs of verdicts about them, 88.35%" in english
    )
    assert header_of(card.readme)["tags"] == ["preference", "dpo", "trl", "bllossom"]


def test_the_plots_of_preferences_show_what_says_so_and_what_became_of_each_source():
    plots = card_of(*KINDS["preference"], PROSE, COMMAND).plots
    assert "<title>Corrections: 1,101</title>" in plots["plots/rows.en.svg"]
    assert "<title>사람이 비교한 쌍: 102</title>" in plots["plots/rows.ko.svg"]
    assert "1,178 of 2,011 in the data" in plots["plots/outcomes.en.svg"]
    assert "<title>초안대로 수락: 711</title>" in plots["plots/outcomes.ko.svg"]
    assert "<title>No preference: 29</title>" in plots["plots/outcomes.en.svg"]


def test_rules_of_corrections_and_of_judged_pairs_are_told_where_there_are_any():
    recipe, manifest = KINDS["preference"]
    origins = {"train": {"judgement": 102}}
    judged = replace(manifest, counts={**manifest.counts, "origins": origins, "without": {}})
    readme = card_of(recipe, judged, PROSE, COMMAND).readme
    assert "an answer's characters" not in readme
    assert "more than half of its" in readme
    assert "None; every answer and every pair is in the data." in readme


def test_what_was_not_done_is_said():
    bare = pretraining_card(
        counts={"splits": {"train": {"documents": 3}}}, steps=(), models=(), packages={}
    )
    english, korean = languages_of(bare.readme)
    assert "Nothing was removed." in english
    assert "No evaluation set was looked for" in english
    assert "Personal data was not looked for." in english
    assert "개인정보를 찾지 않았습니다." in korean
    none = card_of(instruction_recipe(), replace(INSTRUCTION, counts={}), PROSE, COMMAND)
    assert "nothing is known about agreement" in none.readme


def test_it_says_how_to_build_and_to_cite():
    readme = pretraining_card().readme
    assert (
        "pip install -c constraints.txt -e '.[pipelines,annotation,publishing]'\n"
        "cd data_cards   # where the recipe lies\n"
        "bllossom build test.toml\n"
        "bllossom diff bllossom/test@v2026.11.0 build/test/2026.11.0/final\n```" in readme
    )
    assert "In a clone of Bllossom's data house, version 0.1.0:" in readme
    assert '@misc{test,\n  title = {시험: "a test" \\# 1},\n  author = {{bllossom}}' in readme
    assert "url = {https://huggingface.co/datasets/bllossom/test}" in readme


def test_the_prose_names_numbers_that_are_counted():
    prose = PROSE.replace("Small.", "${documents} of ${documents_read} documents.")
    assert "2,015 of 4,000 documents." in pretraining_card(prose).readme


def test_links_lead_to_the_title_of_each_language():
    assert "[English](#a-test-corpus) · [한국어](#시험-말뭉치)" in pretraining_card().readme


def test_bars_and_line_breaks_stay_inside_their_cell():
    odd = replace(PRETRAINING.sources[0], license="CC | BY", revision="판 1\n2026년 | 1월\r\n끝")
    card = pretraining_card(sources=(odd, PRETRAINING.sources[1]))
    for table in tables(card.readme):
        assert {len(row) for row in table} == {len(table[0])}
        assert all(set(cell) <= {"-", ":"} for cell in table[1])
    assert r"| CC \| BY | 판 1 2026년 \| 1월 끝 |" in card.readme


def test_the_same_input_gives_the_same_bytes():
    assert pretraining_card() == pretraining_card()
    assert pretraining_card().readme.endswith("```\n")


def turned(value):
    """The same with every mapping in the other order, as a file may have it."""
    if isinstance(value, Mapping):
        return {key: turned(item) for key, item in reversed(value.items())}
    return value


def test_the_order_in_which_a_manifest_counts_is_of_no_account(kind):
    recipe, manifest = kind
    many = {f"reviewer-{place}": 40 - place // 2 for place in range(1, 13)}
    examples = {**manifest.counts.get("examples", {}), "reviewers": many}
    manifest = replace(manifest, counts={**manifest.counts, "examples": examples})
    other = replace(manifest, counts=turned(manifest.counts), packages=turned(manifest.packages))
    assert card_of(recipe, other, PROSE, COMMAND) == card_of(recipe, manifest, PROSE, COMMAND)


def test_prose_with_its_own_rules_and_dashes_does_not_end_the_header():
    card = DatasetCard(pretraining_card("# 제목\n\n---\n\nlicense: other\n\n---\n").readme)
    assert card.data.license == "cc-by-sa-4.0"
    assert "license: other" in card.text
