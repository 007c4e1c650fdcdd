"""One long Korean text cannot translate English texts that differ."""

import pytest

from bllossom_data.translation.same_answers import same_answers

ANSWER = "먼저 전원을 끄고 설명서를 확인해 보십시오."


def test_all_segments_with_the_same_answer_are_one_group():
    pairs = [
        ("Boil the water.", ANSWER),
        ("The sky is blue.", "하늘은 파랗습니다."),
        ("Turn left at the bank.", f" {ANSWER}\n"),
        ("He reads the newspaper.", ANSWER),
    ]
    assert same_answers(pairs) == [[0, 2, 3]]


def test_one_other_word_is_enough_to_need_another_translation():
    cake = "Put the cake on the left shelf of the oven."
    assert same_answers([(cake, ANSWER), (cake.replace("cake", "pie"), ANSWER)]) == [[0, 1]]


@pytest.mark.parametrize(
    "pairs",
    [
        [("Yes, of course.", "네, 물론이죠."), ("Sure thing!", "네, 물론이죠.")],
        [("Turn it off first.", ANSWER), ("**Turn it off first!**", ANSWER)],
        [("I hope that this helps you.", ANSWER), ("Hope it helped!", ANSWER)],
        [("Do not touch it now.", ANSWER), ("You can’t touch this; don't.", ANSWER)],
        [("Boil the water.", "⟦1⟧ ⟦2⟧ abcdefghijklmn"), ("Go.", "⟦1⟧ ⟦2⟧ abcdefghijklmn")],
        [("Boil the water.", ANSWER)],
        [],
    ],
    ids=["short", "the same", "alike", "negated", "no Korean", "one", "none"],
)
def test_what_may_well_be_the_same_is_let_be(pairs):
    assert same_answers(pairs) == []
