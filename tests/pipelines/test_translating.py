"""Answers are judged the same by one process and by several."""

from fakes.korean import MANGLERS, pseudo_korean

from bllossom_data.examples import Example, Message
from pipelines.translating import ANSWERS, AnswerCheck, questions, segment_example

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
