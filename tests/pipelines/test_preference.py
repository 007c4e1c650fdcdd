"""Preferences say what people said, once for each pair, and never train on a test question."""

import pytest
from hand_made_drafts import ENTITY, draft, review

from bllossom_data.examples import Message
from pipelines.preference import (
    Judgement,
    judged_pairs,
    preferences_of_judgements,
    preferences_of_reviews,
    questions_of,
)
from pipelines.reviewing import settle

QUESTION = Message("user", "어디로 갈까요?")
ANSWER = Message(
    "assistant", "북한산이 가깝고 길도 여럿입니다. 백운대 길부터 걸어 보시기 바랍니다."
)
GOOD, BAD = "북한산입니다.", "모릅니다."


def judgement(verdict="first", judge="judge-1", **changes) -> Judgement:
    given = {
        "id": "pair-1",
        "prompt": (QUESTION,),
        "first": GOOD,
        "second": BAD,
        "verdict": verdict,
        "both_unacceptable": False,
        "judge": judge,
        "license": "cc0-1.0",
        "first_system": "bllossom",
        "second_system": "other",
        **changes,
    }
    return Judgement(**given)


def swapped(verdict="first", judge="judge-1", **changes) -> Judgement:
    """The pair of `judgement` with its answers the other way round, as another page shows it."""
    systems = {"first_system": "other", "second_system": "bllossom"}
    return judgement(verdict, judge, id="pair-2", first=BAD, second=GOOD, **systems, **changes)


def rows_of(one, decision) -> list:
    return preferences_of_reviews(settle([one], [decision]), "lima", 0.02)[0]


def judged(*votes, tested=frozenset()):
    return preferences_of_judgements(votes, "page", "train", tested)


def test_a_corrected_answer_is_preferred_to_the_draft_that_the_person_saw():
    one = draft(edits=(ENTITY,), label="target_modified")
    (row,) = rows_of(one, review(one, "correct", messages=(QUESTION, ANSWER)))
    assert row.prompt == (QUESTION,)
    assert row.chosen == ANSWER.content
    assert row.rejected == "북한산에 가 보시기 바랍니다."
    assert (row.origin, row.chosen_by, row.id) == ("review", ("reviewer-1",), "demo-1#1")
    assert (row.chosen_system, row.rejected_system) == ("person", "memory")


def test_an_accepted_draft_and_a_trifle_prefer_nothing():
    one = draft()
    long = draft(translations=(QUESTION.content, "가나다라마바사아자차카타파하 " * 10))
    trifle = long.translations[1].replace("하", "아", 1)
    messages = (QUESTION, Message("assistant", trifle))
    assert rows_of(one, review(one)) == []
    assert rows_of(long, review(long, "correct", messages=messages)) == []
    settled = settle([long], [review(long, "correct", messages=messages)])
    assert preferences_of_reviews(settled, "lima", 0.02)[1] == {"changed too little": 1}


def test_a_corrected_test_example_stays_in_the_test_split():
    one = draft(split="test")
    (row,) = rows_of(one, review(one, "correct", messages=(QUESTION, ANSWER)))
    assert row.split == "test"


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([judgement()], (GOOD, BAD)),
        ([judgement("second")], (BAD, GOOD)),
        ([judgement("tie")], "tie"),
        ([judgement(both_unacceptable=True)], "better answer not acceptable"),
        ([judgement(first_acceptable=False)], "better answer not acceptable"),
        ([judgement(second_acceptable=False)], (GOOD, BAD)),
        (
            [judgement(), judgement("first", "b"), swapped("first", "c"), swapped("second", "d")],
            (GOOD, BAD),
        ),
        ([swapped(first_acceptable=False), swapped("tie", "b", first_acceptable=False)], "tie"),
        ([swapped(second_acceptable=False, verdict="second")], "better answer not acceptable"),
        ([judgement(second=GOOD)], "same answer twice"),
        ([judgement(), judgement("second", "judge-2")], "no majority"),
        ([judgement(), judgement("second", "b"), judgement("second", "c")], (BAD, GOOD)),
        ([judgement(), judgement("tie", "b")], "tie"),
        ([judgement(), judgement("tie", "b"), judgement("second", "c")], "no majority"),
        ([judgement(), judgement("second"), judgement("second", "b")], (BAD, GOOD)),
        # Who was not asked whether it is acceptable does not say that it is.
        (
            [judgement(), judgement("first", "b", first_acceptable=False), judgement("first", "c")],
            "better answer not acceptable",
        ),
        (
            [
                judgement(first_acceptable=True),
                judgement("first", "b", first_acceptable=False),
                judgement("first", "c", first_acceptable=True),
            ],
            (GOOD, BAD),
        ),
    ],
)
def test_the_majority_says_which_answer_is_better_and_no_pair_is_there_twice(votes, expected):
    found, without = judged(*votes)
    if isinstance(expected, str):
        assert (found, without) == ([], {expected: 1})
    else:
        (row,) = found
        assert (row.chosen, row.rejected) == expected
        assert without == {}


def test_who_preferred_what_is_kept():
    (row,), _ = judged(judgement(), judgement("first", "a"), judgement("second", "z"))
    assert (row.chosen_by, row.judges) == (("a", "judge-1"), 3)
    assert (row.chosen_system, row.rejected_system) == ("bllossom", "other")
    assert row.id == "page-pair-1"


def test_who_thought_otherwise_later_did_not_prefer_it():
    votes = judgement(), judgement("second"), judgement("first", "a"), judgement("first", "b")
    (row,), _ = judged(*votes)
    assert (row.chosen_by, row.judges) == (("a", "b"), 3)


def test_what_an_adjudicator_settled_counts_over_votes():
    votes = judgement(), judgement("first", "b"), judgement("second", "b", settles=True)
    (row,), _ = judged(*votes)
    assert (row.chosen, row.chosen_by, row.judges) == (BAD, ("b",), 2)
    assert [len(said) for said in judged_pairs(votes)] == [3]
    settled = judgement("tie", "c", settles=True)
    assert judged(judgement(), judgement("first", "b"), settled) == ([], {"tie": 1})


def test_an_answer_to_nothing_prefers_nothing():
    one = draft(messages=(Message("assistant", "Hello."), Message("user", "Where can I hike?")))
    settled = settle([one], [review(one, "correct", messages=(ANSWER, QUESTION))])
    assert preferences_of_reviews(settled, "lima", 0.02) == ([], {"no question before it": 1})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"prompt": ()}, "prompt: must end with what a user asks"),
        ({"prompt": (QUESTION, ANSWER)}, "prompt: must end with what a user asks"),
        ({"judge": " "}, "judge: must not be empty"),
        ({"second": ""}, "second: must not be empty"),
        ({}, None),
    ],
)
def test_what_is_no_judgement_is_told(changes, told):
    assert judgement(**changes).problem() == told


def test_a_pair_about_a_test_question_is_never_training_data():
    tested = questions_of(settle([draft(split="test"), draft("demo-2")], []))
    korean, english = (
        Message("user", text) for text in ("어디에서  등산할 수 있어요?", "Where can I hike?")
    )
    for prompt in (korean, english):
        (row,), _ = judged(judgement(prompt=(prompt,)), tested=tested)
        assert row.split == "test"
    (row,), _ = judged(judgement(), tested=tested)
    assert row.split == "train"
