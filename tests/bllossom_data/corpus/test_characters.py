import pytest
from datatrove.utils.text import PUNCTUATION_SET, TERMINAL_PUNCTUATION

from bllossom_data.corpus.characters import (
    HANGUL,
    LINE_BREAK,
    LINE_BREAKS,
    PUNCTUATION,
    SENTENCE_END,
    character_classes,
)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (PUNCTUATION, PUNCTUATION_SET),
        (SENTENCE_END, TERMINAL_PUNCTUATION),
        (LINE_BREAK, set(LINE_BREAKS)),
    ],
)
def test_classes_are_those_of_the_filters(flag, expected):
    table = character_classes()
    assert {code for code in range(len(table)) if table[code] & flag} == {
        ord(mark) for mark in expected
    }


def test_line_breaks_are_those_of_splitlines():
    breaks = {chr(code) for code in range(0x110000) if len(f"a{chr(code)}b".splitlines()) > 1}
    assert breaks == set(LINE_BREAKS)


def test_hangul_is_every_composed_syllable():
    assert int((character_classes() & HANGUL > 0).sum()) == 11_172
