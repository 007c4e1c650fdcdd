"""Answers are compared with each other: in their conversation, and in all of the data."""

from fakes.korean import made_up_pairs, pseudo_korean
from fakes.openai_server import ANSWERS

from bllossom_data.translation.provider import Ask, Usage
from bllossom_data.translation.translator import Outcome
from pipelines.comparing import compared_answers

ENGLISH = ("Boil the water.", "The sky is blue.", "Turn left at the bank.", "Read on.")


def compared(pairs):
    """What is told of segments, by their keys; nothing else of them may change."""
    asks = [Ask(key, english) for key, english, _ in pairs]
    outcomes = [
        Outcome(key, korean, "fake", "translated", False, (), (), Usage())
        for key, _, korean in pairs
    ]
    found = compared_answers(asks, outcomes)
    assert [(one.key, one.text) for one in found] == [(key, text) for key, _, text in pairs]
    return {one.key: one.findings for one in found if one.findings}


def test_the_same_answer_under_several_segments_of_a_conversation_is_told():
    pairs = [(f"e#0.{number}", text, pseudo_korean(text)) for number, text in enumerate(ENGLISH)]
    assert compared(pairs) == {}
    pairs[1] = ("e#0.1", ENGLISH[1], ANSWERS[0])
    pairs[3] = ("e#1.3", ENGLISH[3], ANSWERS[0])
    found = compared(pairs)
    assert list(found) == ["e#0.1", "e#1.3"]
    for (finding,) in found.values():
        assert (finding.check, finding.level) == ("unrelated", "warning")
        assert "2곳" in finding.message
        assert ANSWERS[0][:20] in finding.message


def test_the_same_korean_in_two_conversations_is_let_be():
    pairs = [("a#0.0", ENGLISH[0], ANSWERS[0]), ("b#0.0", ENGLISH[1], ANSWERS[0])]
    assert compared(pairs) == {}


def test_an_answer_whose_words_stand_nowhere_else_beside_its_english_is_told():
    pairs = [(f"e{number}#0.0", *pair) for number, pair in enumerate(made_up_pairs(400))]
    pairs[77] = ("e77#0.0", pairs[77][1], ANSWERS[3])
    assert list(compared(pairs)) == ["e77#0.0"]


def test_what_is_untranslated_is_left_alone():
    pairs = [("e#0.0", ENGLISH[0], None), ("e#0.1", ENGLISH[1], "하늘은 파랗습니다.")]
    assert compared(pairs) == {}
