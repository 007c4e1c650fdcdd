"""Preference rows say what a person said, as TRL reads them."""

import pyarrow.parquet as pq
import pytest
from hand_made_drafts import ENTITY, draft, review

from bllossom_data.examples import Message
from pipelines.preference import (
    Judgement,
    preferences_of_judgements,
    preferences_of_reviews,
    write_preferences,
)
from pipelines.reviewing import settle

QUESTION = Message("user", "어디로 갈까요?")
ANSWER = Message(
    "assistant", "북한산이 가깝고 길도 여럿입니다. 백운대 길부터 걸어 보시기 바랍니다."
)


def judgement(verdict="first", **changes) -> Judgement:
    given = {
        "id": "pair-1",
        "prompt": (QUESTION,),
        "first": "북한산입니다.",
        "second": "모릅니다.",
        "verdict": verdict,
        "both_unacceptable": False,
        "judge": "judge-1",
        "license": "cc0-1.0",
        **changes,
    }
    return Judgement(**given)


def rows_of(one, decision) -> list:
    return list(preferences_of_reviews(settle([one], [decision])))


def test_a_corrected_answer_is_preferred_to_the_draft_that_the_person_saw():
    one = draft(edits=(ENTITY,), label="target_modified")
    (row,) = rows_of(one, review(one, "correct", messages=(QUESTION, ANSWER)))
    assert row.prompt == (QUESTION,)
    assert row.chosen == ANSWER.content
    assert row.rejected == "북한산에 가 보시기 바랍니다."
    assert (row.origin, row.chosen_by, row.id) == ("review", "reviewer-1", "demo-1#1")


def test_an_accepted_draft_and_a_trifle_prefer_nothing():
    one = draft()
    long = draft(translations=(QUESTION.content, "가나다라마바사아자차카타파하 " * 10))
    trifle = long.translations[1].replace("하", "아", 1)
    messages = (QUESTION, Message("assistant", trifle))
    assert rows_of(one, review(one)) == []
    assert rows_of(long, review(long, "correct", messages=messages)) == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (judgement(), ("북한산입니다.", "모릅니다.")),
        (judgement("second"), ("모릅니다.", "북한산입니다.")),
        (judgement("tie"), None),
        (judgement(both_unacceptable=True), None),
        (judgement(second="북한산입니다."), None),
    ],
)
def test_a_judged_pair_prefers_the_better_one_and_a_tie_none(one, expected):
    rows = list(preferences_of_judgements([one]))
    assert [(row.chosen, row.rejected) for row in rows] == ([expected] if expected else [])


def test_the_file_is_what_trl_reads_and_the_same_in_any_order(tmp_path):
    rows = list(preferences_of_judgements([judgement(id=f"pair-{n}") for n in range(5)]))
    write_preferences(tmp_path / "a.parquet", rows)
    write_preferences(tmp_path / "b.parquet", rows[::-1])
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    first = pq.read_table(tmp_path / "a.parquet").to_pylist()[0]
    assert first["prompt"] == [{"role": "user", "content": QUESTION.content}]
    assert first["chosen"] == [{"role": "assistant", "content": "북한산입니다."}]
    assert first["rejected"] == [{"role": "assistant", "content": "모릅니다."}]
