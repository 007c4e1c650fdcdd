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


@pytest.mark.parametrize(
    "pairs",
    [
        [("Yes, of course.", "네, 물론이죠."), ("Sure thing!", "네, 물론이죠.")],
        [("Turn it off first.", ANSWER), ("**Turn it off first!**", ANSWER)],
        [("A green icon opens the program.", ANSWER), ("A blue icon opens the program.", ANSWER)],
        [("Boil the water.", "⟦1⟧ ⟦2⟧ abcdefghijklmn"), ("Go.", "⟦1⟧ ⟦2⟧ abcdefghijklmn")],
        [("Boil the water.", ANSWER)],
        [],
    ],
    ids=["short", "the same", "alike", "no Korean", "one", "none"],
)
def test_what_may_well_be_the_same_is_let_be(pairs):
    assert same_answers(pairs) == []
