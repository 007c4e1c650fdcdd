"""Only what is sure passes by itself; what a person decided counts until the draft changes."""

import json
from dataclasses import replace

import pytest
from hand_made_drafts import ENGLISH, ENTITY, KOREAN, draft, review

from bllossom_data.examples import Edit, Finding, Message
from pipelines.reviewing import settle, void_of, void_told, waiting_of, write_waiting
from pipelines.suggestions import SuggestedText

LEVELS = {"system": "합쇼체", "user": "해요체", "assistant": "합쇼체"}
FINAL = (Message("user", "어디로 갈까요?"), Message("assistant", "북한산이 좋습니다."))
WARNING = Finding("numbers", "warning", "수가 다릅니다.", 1)
STYLE = Edit("style", 1, 13, 17, "바랍니다", "바랍니다", "말끝", "style:합쇼체")


def state(one, decisions=()) -> str:
    return settle([one], list(decisions))[0].state


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "passed"),
        ({"edits": (replace(STYLE, start=13, end=13, before="", after=""),)}, "passed"),
        ({"split": "test"}, "waiting"),
        ({"findings": (WARNING,)}, "waiting"),
        ({"topics": (("tax", ("세율",)),)}, "waiting"),
        ({"label": "target_modified"}, "waiting"),
        ({"label": "removed"}, "waiting"),
        ({"edits": (ENTITY,)}, "waiting"),
        ({"translations": (KOREAN[0], None)}, "waiting"),
    ],
)
def test_only_what_is_simply_transferred_and_without_findings_passes_by_itself(changes, expected):
    assert state(draft(**changes)) == expected


def test_an_accepted_draft_is_published_with_its_edits():
    one = draft(edits=(ENTITY,), label="target_modified")
    (settled,) = settle([one], [review(one)])
    assert settled.state == "approved"
    assert settled.messages[1].content == "북한산에 가 보시기 바랍니다."
    assert settled.label == "target_modified"


def test_a_decision_about_another_draft_is_void_and_the_example_waits_again():
    one = draft(split="test")
    changed = draft(split="test", edits=(ENTITY,))
    (settled,) = settle([changed], [review(one)])
    assert (settled.state, settled.messages) == ("waiting", ())
    assert settled.void == review(one)


def test_a_text_written_without_a_draft_holds_whatever_the_draft_is():
    decision = review(draft(), "correct", draft_sha256=None, messages=FINAL)
    for one in (draft(), draft(edits=(ENTITY,)), draft(translations=(None, None))):
        (settled,) = settle([one], [decision])
        assert (settled.state, settled.messages) == ("approved", FINAL)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [("remove", "removed"), ("reject", "waiting"), ("retranslate", "waiting")],
)
def test_what_is_not_good_is_not_published(decision, expected):
    # A draft that would pass by itself: a person's word goes before it.
    assert state(draft(), [review(draft(), decision)]) == expected


def test_of_several_decisions_the_last_counts():
    one = draft()
    assert state(one, [review(one), review(one, "remove")]) == "removed"
    assert state(one, [review(one, "remove"), review(one)]) == "approved"


def test_a_void_decision_does_not_displace_one_that_counts():
    one, other = draft(), draft(edits=(ENTITY,))
    assert state(one, [review(one), review(other, "remove")]) == "approved"
    assert state(other, [review(one), review(other, "remove")]) == "removed"


def test_a_removal_holds_as_long_as_its_draft_or_for_good_where_it_names_none():
    one, other = draft(), draft(edits=(ENTITY,))
    assert state(other, [review(one, "remove")]) == "waiting"
    assert state(other, [review(one, "remove", draft_sha256=None)]) == "removed"


def test_what_was_decided_about_another_draft_is_told_with_its_examples():
    drafts = [draft(f"demo-{number}", edits=(ENTITY,)) for number in range(8)]
    settled = settle(drafts, [review(draft(f"demo-{number}")) for number in range(7)])
    names = void_of(settled)
    assert names == [f"demo-{number}" for number in range(7)]
    told = void_told(names)
    assert "7 of them were decided before" in told
    assert "demo-4, …. It stands as `void`" in told
    assert "1 of them was decided before" in void_told(names[:1])
    assert void_told([]) == ""
    assert waiting_of(1, 8) == "1 of 8 examples waits for people"


def test_the_riskiest_waits_first_with_all_that_a_person_needs(tmp_path):
    decided = draft("demo-0", edits=(ENTITY,), label="target_modified")
    safe = draft("demo-1", split="test", risk=0.2)
    risky = draft("demo-2", edits=(ENTITY,), findings=(WARNING,), risk=0.9)
    void = review(draft("demo-2"))
    settled = settle([decided, safe, risky], [review(decided), void])
    known = SuggestedText(1, "Try Mount Baker.", "베이커산에 가 보세요.", 0.8, "demo-9")
    path = tmp_path / "waiting.jsonl"
    assert write_waiting(path, settled, LEVELS, {"demo-2": (known,)}) == 2
    lines = (tmp_path / "waiting.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = map(json.loads, lines)
    assert (first["draft"]["id"], second["draft"]["id"]) == ("demo-2", "demo-1")
    assert first["korean"][1]["content"] == "북한산에 가 보시기 바랍니다."
    assert first["draft"]["messages"][0]["content"] == ENGLISH[0].content
    assert first["draft"]["edits"][0]["reason"] == "가까운 산으로"
    assert first["draft"]["findings"][0]["message"] == "수가 다릅니다."
    assert first["similar"] == ["demo-0"]
    assert first["void"]["decision"] == "accept"
    assert second["similar"] == []
    (suggestion,) = first["suggestions"]
    assert (suggestion["source"], suggestion["ratio"]) == ("Try Mount Baker.", 0.8)
    assert second["suggestions"] == []
    assert first["levels"] == LEVELS


def test_the_task_names_the_draft_that_a_decision_must_be_tied_to(tmp_path):
    one = draft(split="test")
    write_waiting(tmp_path / "waiting.jsonl", settle([one], []), LEVELS, {})
    task = json.loads((tmp_path / "waiting.jsonl").read_text(encoding="utf-8"))
    assert state(one, [review(one, draft_sha256=task["draft_sha256"])]) == "approved"
