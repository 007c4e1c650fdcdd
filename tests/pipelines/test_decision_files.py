"""Decisions that people and tools bring: all mistakes told, good lines in, bad ones kept beside."""

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hand_made_drafts import ENTITY, draft, review

from bllossom_data.errors import StepError
from bllossom_data.examples import Decision, Message
from pipelines.decision_files import add_decisions, read_decisions
from pipelines.decision_lines import DecisionLine
from pipelines.reviewing import settle
from pipelines.rows import write_rows

FINAL = (Message("user", "어디로 갈까요?"), Message("assistant", "북한산이 좋습니다."))
TURNS = [{"role": one.role, "content": one.content} for one in FINAL]
ONE, OTHER = draft("demo-1"), draft("demo-2")
DRAFTS = {"demo-1": ONE, "demo-2": OTHER}
LEVELS = {"system": "합쇼체", "user": "해요체", "assistant": "합쇼체"}
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "build" / "decisions.jsonl"


@pytest.fixture
def incoming(tmp_path):
    return tmp_path / "incoming.jsonl"


DOCUMENTATION = Path(__file__).parents[2] / "data_cards" / "README.md"


def line(**changes) -> dict:
    given = {
        "example_id": "demo-1",
        "decision": "accept",
        "draft_sha256": review(ONE).draft_sha256,
        "reviewer": "kim",
        "decided_at": "2026-11-26",
        **changes,
    }
    return {key: value for key, value in given.items() if value is not ...}


def write(path, *lines) -> None:
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines]
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")


def counts(result) -> tuple[int, int, int]:
    return result.added, result.known, result.rejected


def test_decisions_are_imported_once(store, incoming):
    write_rows(incoming, [review(ONE), review(OTHER, "correct", messages=FINAL)])
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (2, 0, 0)
    before = store.read_bytes()
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (0, 2, 0)
    assert store.read_bytes() == before
    assert [one.decision for one in read_decisions([store])] == ["accept", "correct"]


def test_somebody_who_comes_back_to_their_first_decision_is_heard(store, incoming):
    for decision in ("accept", "remove", "accept"):
        write_rows(incoming, [review(ONE, decision)])
        assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (1, 0, 0)
    assert settle([ONE], read_decisions([store]))[0].state == "approved"
    write_rows(incoming, [review(ONE, "remove"), review(ONE)])
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (0, 1, 0)


def test_an_older_file_that_comes_again_does_not_displace_what_was_said_later(store, incoming):
    first = review(ONE, decided_at="2026-11-25")
    later = review(ONE, "remove", decided_at="2026-11-26T08:00:00+09:00")
    for decision, expected in ((first, (1, 0, 0)), (later, (1, 0, 0)), (first, (0, 1, 0))):
        write_rows(incoming, [decision])
        assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == expected
    assert settle([ONE], read_decisions([store]))[0].state == "removed"


def test_two_people_are_both_kept_and_the_last_counts_however_often_it_is_imported(store, incoming):
    kim, lee = review(ONE, reviewer="kim"), review(ONE, "remove", reviewer="lee")
    write_rows(incoming, [kim, lee])
    result = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert counts(result) == (2, 0, 0)
    (note,) = result.notes
    assert note == (
        f"{incoming}:2: demo-1 was decided in line 1 too (accept by kim); the last decision "
        "counts (remove by lee)"
    )
    write_rows(incoming, [kim])
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (0, 1, 0)
    assert settle([ONE], read_decisions([store]))[0].state == "removed"


def test_all_mistakes_of_a_file_are_told_and_the_good_lines_come_in(store, incoming):
    wrong = line(decision="acept", reviewer="", comment=None, lable="removed", example_id="demo-3")
    write(incoming, line(), wrong, "{not json", line(example_id="demo-2", decision="remove"))
    result = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert counts(result) == (2, 0, 2)
    told = "\n".join(result.mistakes)
    for part in (
        f'{incoming}:2: decision = "acept": must be "accept", "correct", "reject", "remove" or '
        '"retranslate"; did you mean "accept"?',
        f'{incoming}:2: reviewer = "": must not be empty',
        f"{incoming}:2: comment = null: must be text in quotes",
        f"{incoming}:2: lable is not a key of a decision; did you mean `label`?",
        f'{incoming}:2: example_id = "demo-3": is not in this dataset; did you mean "demo-',
        f"{incoming}:3: the line is not JSON",
    ):
        assert part in told
    assert result.rejected_file == incoming.with_name("incoming.rejected.jsonl")
    lines = incoming.read_bytes().splitlines(keepends=True)
    assert result.rejected_file.read_bytes() == lines[1] + lines[2]


def test_the_same_import_twice_changes_nothing_and_corrected_lines_are_never_lost(store, incoming):
    write(incoming, line(), line(example_id="demo-2", decision="acept"))
    first = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    before = store.read_bytes()
    again = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert (again.rejected_file, again.added, store.read_bytes()) == (
        first.rejected_file,
        0,
        before,
    )
    # Somebody corrects the rejected line where it was written, and imports it from there.
    write(first.rejected_file, line(example_id="demo-2", decision="remove"))
    assert add_decisions(store, first.rejected_file, DRAFTS, LEVELS, NOW).added == 1
    corrected = first.rejected_file.read_bytes()
    third = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert third.rejected_file == incoming.with_name("incoming.rejected-2.jsonl")
    assert first.rejected_file.read_bytes() == corrected


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (line(draft_sha256="abc"), 'draft_sha256 = "abc": must be 64 characters of 0-9 and a-f'),
        (line(draft_sha256=None), "draft_sha256 = null: decision"),
        (line(draft_sha256=...), "draft_sha256 is required"),
        (line(decision="correct"), "messages: must hold the final turns"),
        (line(messages=TURNS), 'messages: are given, but decision = "accept"'),
        (line(decision="correct", messages=TURNS[:1]), "turns must be user, assistant"),
        (
            line(decision="correct", messages=[TURNS[0], {"role": "assistant", "content": " "}]),
            'messages[1].content = " ": must not be empty',
        ),
        (
            line(decision="correct", messages=[TURNS[0], {"role": "assistant", "content": None}]),
            "messages[1].content = null: must be text in quotes",
        ),
        (
            line(decision="correct", messages=[TURNS[0], {"role": "bot", "content": "네."}]),
            'messages[1].role = "bot": must be "system", "user" or "assistant"',
        ),
        (
            line(decision="correct", messages=[TURNS[0], {**TURNS[1], "contnet": "네."}]),
            "messages[1].contnet is not a key of a decision; did you mean `content`?",
        ),
        (line(decision="correct", messages="네."), 'messages = "네.": must be a list'),
        (line(decision="Accept"), 'did you mean "accept"?'),
        (line(decision="aprove"), 'did you mean "accept"?'),
        (line(decision="delete"), 'did you mean "remove"?'),
        (line(reviewer="kim\u200b"), "no invisible characters"),
        (line(reviewer=" kim"), "must have no white space around it"),
        (line(decision=None), "decision = null: must be"),
        (line(label="removd"), 'label = "removd"'),
        (
            line(decided_at="2031-01-01"),
            "is in the future, for this machine's clock says 2026-11-27T",
        ),
        (line(decided_at="2026-11-28T00:00:01Z"), "give the day when it was decided"),
        (line(decided_at="0001-01-01T00:00+09:00"), "must be a day or time"),
        (line(decided_at="9999-12-31T23:00-05:00"), "must be a day or time"),
        ('{"comment": "kim', "is not JSON (Unterminated string starting at character 13)"),
        (line(decided_at="yesterday"), "must be a day or time such as 2026-11-26"),
        (line(reviewer=7), "reviewer = 7: must be text in quotes"),
        (line(edits=[{"start": 99, "end": 5}]), "edits is not a key of a decision"),
        ("[1, 2]", "the line is no JSON object"),
        ('{"example_id": "demo-1", "example_id": "demo-2"}', "has the field 'example_id' twice"),
        ('{"comment": NaN}', "NaN is no JSON number"),
        ('{"comment": "\\u0000"}', "has a NUL character"),
        ('{"draft": {"id": "demo-1"}}', "is one of waiting.jsonl"),
        ("[" * 100_000, "is nested too deeply"),
        (line(comment="\ud800"), "the line has half a character"),
    ],
)
def test_every_mistake_is_told_with_file_line_and_key(wrong, told, store, incoming):
    text = wrong if isinstance(wrong, str) else json.dumps(wrong)
    write(incoming, text, line(example_id="demo-2", decision="remove"))
    result = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert counts(result) == (1, 0, 1)
    assert any(one.startswith(f"{incoming}:1: ") and told in one for one in result.mistakes)
    "\n".join(result.mistakes).encode()


def test_a_decision_about_another_draft_is_kept_told_and_does_not_count(store, incoming):
    changed = {"demo-1": draft("demo-1", edits=(ENTITY,), split="test")}
    write(incoming, line())
    for number in (1, 0):
        result = add_decisions(store, incoming, changed, LEVELS, NOW)
        assert counts(result) == (number, 1 - number, 0)
        (void,) = result.void
        assert void.startswith(f"{incoming}:1: draft_sha256 = ")
        assert "does not count" in void
    assert settle(list(changed.values()), read_decisions([store]))[0].state == "waiting"
    assert settle([ONE], read_decisions([store]))[0].state == "approved"


def test_what_editors_make_of_a_file_is_read_and_texts_come_out_in_nfc(store, incoming):
    decomposed = [{**one, "content": unicodedata.normalize("NFD", one["content"])} for one in TURNS]
    text = json.dumps(line(decision="correct", messages=decomposed), ensure_ascii=False)
    incoming.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\r\n")
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (1, 0, 0)
    assert read_decisions([store])[0].messages == FINAL


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps([line()]).encode(), "is one JSON list"),
        (json.dumps(line(), indent=1).encode(), "is one JSON value"),
        (json.dumps(line()).encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"\x1f\x8b\x08\x00", "is packed"),
    ],
)
def test_a_file_that_is_no_json_lines_is_told_once(content, told, store, incoming):
    incoming.write_bytes(content)
    with pytest.raises(StepError, match=told):
        add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert not store.exists()


def test_no_file_a_folder_and_a_link_that_leads_nowhere_are_called_so(store, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "gone.jsonl")
    for name, told in (
        ("none", "there is no such file"),
        (".", "is a folder"),
        ("link", "where the link .*link leads"),
    ):
        with pytest.raises(StepError, match=told):
            add_decisions(store, tmp_path / name, DRAFTS, LEVELS, NOW)


def test_a_file_of_another_dataset_is_called_so(store, incoming):
    write(incoming, *[line(example_id=f"lima-{number}") for number in range(3)])
    result = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert (counts(result), len(result.mistakes)) == ((0, 0, 3), 3)
    assert "is it for another recipe?" in result.notes[0]
    assert not store.exists()


def test_an_empty_file_changes_nothing(store, incoming):
    incoming.write_bytes(b"")
    result = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert counts(result) == (0, 0, 0)
    assert "holds no decision" in result.notes[0]


def test_a_store_or_a_recipes_file_with_mistakes_tells_all_of_them(incoming):
    write(incoming, *[line(decision=f"no-{number}") for number in range(30)])
    with pytest.raises(StepError) as caught:
        read_decisions([incoming])
    told = str(caught.value)
    assert f"{incoming}:20: decision" in told
    assert f"{incoming}:21: decision" not in told
    assert "… and 10 more" in told


def test_a_review_as_the_page_writes_it_is_read(store, incoming):
    write_rows(incoming, [replace(review(ONE), label="simply_transferred", comment="좋습니다.")])
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (1, 0, 0)


def test_exactly_the_documented_example_is_imported(store, incoming):
    example = re.search(r"```jsonl\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    incoming.write_text(example[1], encoding="utf-8")
    drafts = {name: draft(name) for name in (f"demo-{number}" for number in range(1, 6))}
    result = add_decisions(store, incoming, drafts, LEVELS, NOW)
    assert (counts(result), result.void, result.notes) == ((5, 0, 0), [], [])
    settled = settle(list(drafts.values()), read_decisions([store]))
    assert [one.state for one in settled] == [
        "approved", "approved", "waiting", "waiting", "removed",
    ]  # fmt: skip
    decided = {one.decision for one in read_decisions([store])}
    assert decided == set(get_args(Decision))


def test_a_decision_that_is_older_than_the_one_that_stands_is_told(store, incoming):
    write(incoming, line(decision="reject", decided_at="2026-11-21"))
    add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    write(incoming, line(decided_at="2026-11-19", reviewer="lee"))
    result = add_decisions(store, incoming, DRAFTS, LEVELS, NOW)
    assert any(
        "was decided later already (reject by kim, 2026-11-21)" in one for one in result.notes
    )
    assert add_decisions(store, incoming, DRAFTS, LEVELS, NOW).notes == []


@pytest.mark.parametrize("decided_at", ["2026-11-27", "2026-11-28", "2026-11-28T08:59:59+09:00"])
def test_clocks_and_zones_may_differ_by_a_day(decided_at, store, incoming):
    write(incoming, line(decided_at=decided_at))
    assert counts(add_decisions(store, incoming, DRAFTS, LEVELS, NOW)) == (1, 0, 0)


def test_every_key_is_documented_as_it_is():
    table = DOCUMENTATION.read_text(encoding="utf-8").split("<!-- decision keys -->")[1]
    rows = re.findall(
        r"^\| `(\w+)` \| .* \| (yes|no|with .*?) \| ", table.split("\n\nEvery")[0], re.M
    )
    required = {name: said == "yes" for name, said in rows}
    assert required == {
        name: field.is_required() for name, field in DecisionLine.model_fields.items()
    }
