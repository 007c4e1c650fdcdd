"""Answers are judged the same by one process and by several."""

from dataclasses import replace

from fakes.korean import MANGLERS, pseudo_korean

from bllossom_data.examples import Example, Finding, Message
from bllossom_data.instruction_recipe import Localise
from bllossom_data.translation.provider import Usage
from bllossom_data.translation.translator import Attempt, Outcome
from pipelines.localising import draft_example
from pipelines.translating import (
    ANSWERS,
    AnswerCheck,
    questions,
    segment_example,
    translations_of,
)

TEXTS = (
    "Use `grep -n` on *the file*, then [read](https://example.org/a) it.",
    "# How to bake\n\n1. Heat the oven to 350 °F.\n2. Wait for `ten` minutes.",
    "Why is the sky blue?",
)


def segmented():
    found = []
    for number in range(90):
        turns = (
            Message("user", f"{TEXTS[number % 3]} ({number})"),
            Message("assistant", TEXTS[(number + 1) % 3]),
        )
        one = Example(f"e{number}", "train", "s", "cc0-1.0", "s.jsonl", number, None, turns)
        found.append(segment_example(one, with_glossary=False))
    return found


def test_several_processes_say_what_one_says_in_the_same_order():
    cut = segmented()
    asks = [ask for one in cut for ask in questions(one)]
    assert len(asks) > ANSWERS
    manglers = [lambda text: text, *MANGLERS.values()]
    pairs = [
        (ask, manglers[number % len(manglers)](pseudo_korean(ask.text)))
        for number, ask in enumerate(asks)
    ]
    one = AnswerCheck(cut)
    expected = [list(one(*pair)) for pair in pairs]
    assert {finding.check for said in expected for finding in said} >= {"slots", "repetition"}
    for workers in (1, 2):
        assert list(map(list, AnswerCheck(cut, workers).many(pairs))) == expected


def translated(turns, answers):
    """An example and its translation by an engine that gives these answers."""
    example = Example("e", "train", "s", "cc0-1.0", "s.jsonl", 0, None, turns)
    cut = segment_example(example, with_glossary=False)
    check = AnswerCheck([cut])
    outcomes = {
        ask.key: Outcome(
            ask.key, korean, "fake", "translated", False, (), tuple(check(ask, korean)), Usage()
        )
        for ask, korean in zip(questions(cut), answers, strict=True)
    }
    return example, translations_of(cut, outcomes)


def test_what_is_said_of_a_segment_that_was_taken_stays_for_the_reviewer():
    text = "Use `cp` to copy files and `mv` to move them."
    turns = (Message("user", text), Message("assistant", "Rest now. Read it. Then sleep. Eat."))
    answers = ("파일을 복사하려면 ⟦2⟧, 옮기려면 ⟦1⟧를 씁니다.", "쉬어요.")
    _, made = translated(turns, answers)
    assert made.texts == ("파일을 복사하려면 `mv`, 옮기려면 `cp`를 씁니다.", "쉬어요.")
    order, length = made.findings
    assert (order.check, order.turn) == ("slot_order", 0)
    assert "`mv` `cp`" in order.message
    assert (length.check, length.turn) == ("length", 1)


def test_values_that_two_segments_exchanged_are_told_though_the_turn_has_them_all():
    english = "- Add two eggs.\n- Add 3 cups of milk.\n\nWe meet on Monday.\n\nThey meet on Friday."
    turns = (Message("assistant", english),)
    answers = (
        "달걀 세 개를 넣으세요.",
        "우유 두 컵을 넣으세요.",
        "금요일에 만납니다.",
        "그들은 월요일에 만납니다.",
    )
    draft = draft_example(*translated(turns, answers), Localise())
    assert {one.check for one in draft.findings} >= {"numbers", "weekdays"}
    assert not draft.may_pass()


def test_a_text_that_was_turned_round_because_a_check_said_so_waits_for_a_person():
    example = Example(
        "e", "train", "s", "cc0-1.0", "s.jsonl", 0, None, (Message("user", "Stay under 18."),)
    )
    cut = segment_example(example, with_glossary=False)
    (ask,) = questions(cut)
    said = "방향이 반대인 것 같습니다: 원문 ‘under 18’, 번역문 ‘18 이상’"
    doubted = Attempt("fake", "direction", said)
    outcome = Outcome(
        ask.key, "18 미만으로 두십시오.", "fake", "translated", False, (doubted,), (), Usage()
    )
    (finding,) = translations_of(cut, {ask.key: outcome}).findings
    assert (finding.check, finding.level, finding.turn) == ("direction", "warning", 0)
    assert said in finding.message
    still = replace(outcome, findings=(Finding("direction", "warning", said),))
    assert len(translations_of(cut, {ask.key: still}).findings) == 1
    for attempts in ((), (Attempt("fake", "numbers", "수가 다릅니다"),)):
        plain = replace(outcome, attempts=attempts)
        assert translations_of(cut, {ask.key: plain}).findings == ()


def test_a_heading_that_stayed_english_is_told_though_the_turn_is_korean():
    english = (
        "## Rapid Application Development\n\nIt saves a lot of time.\n\nSincerely, Baroness Geaux"
    )
    turns = (Message("assistant", english),)
    answers = (
        "Rapid Application Development",
        "시간이 많이 절약됩니다.",
        "Sincerely, Baroness Geaux",
    )
    draft = draft_example(*translated(turns, answers), Localise())
    assert sum(one.check in ("echo", "untranslated") for one in draft.findings) == 2
    assert not draft.may_pass()


def test_a_wrong_value_of_a_segment_is_told_once():
    turns = (Message("assistant", "Add two eggs.\n\nWe meet on Monday."),)
    answers = ("달걀 두 개를 넣습니다.", "금요일에 만납니다.")
    draft = draft_example(*translated(turns, answers), Localise())
    (told,) = [one for one in draft.findings if one.check == "weekdays"]
    assert told.start is not None
