"""Line breaks are told apart by what they mean, and prose from code."""

import pytest

from bllossom_data.translation.lines import is_prose, line_breaks, sentence_starts

FOLDED = [
    "The library keeps every text as it came and only marks what it would",
    "leave out, so that a later decision can be another one. Nothing that",
    "was read is ever lost, and what was refused says why it was refused,",
    "in words that a person understands.",
]


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (["One line."], []),
        ([], []),
        (FOLDED, ["wrap"] * 3),
        ([*FOLDED, *FOLDED[:3]], ["wrap"] * 6),
        (["The sun goes down", "behind the hill", "and all is still"], ["verse", "verse"]),
        (["Wash the rice.", "Boil the water.", "Eat."], ["end", "end"]),
        (["Dear Ann,", "how are you", "Yours, Bob"], ["verse", "verse"]),
        (["You need", "• an egg", "• some flour"], ["end", "end"]),
        (["Ann: Here", "Bob: There"], ["end"]),
        (["Steps", "1) go", "2) stop"], ["end", "end"]),
        (["long " * 30 + "end", "Then another paragraph"], ["end"]),
        (["long " * 30 + "and it was very", "much folded here"], ["verse"]),
        (["", ""], ["verse"]),
    ],
)
def test_each_break_is_folding_or_verse_or_an_end(lines, kinds):
    assert line_breaks(lines) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "I hope that you are well and that we will see you in the spring.",
        "Dear all,\n\nthe office will be closed on Monday because of the move to the new house.",
        "Once upon a time there was a king who had three sons, and he loved them all.",
        "Meet at the gate of the park at noon, and bring what you have of food to the table.",
    ],
)
def test_prose_is_prose(text):
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "for (i = 0; i < n; i++) { sum += i; }",
        "def area(width, height):\n    # the area of a box is the product of its sides\n    return width * height",
        "SELECT name FROM users WHERE id = 3 ORDER BY name;",
        "ValueError: the day is out of the range of the month",
        "$ ls -la\ntotal 8\ndrwxr-xr-x 2 me me 4096 a",
        'name: the name of it\nversion: 1\n{ "a": [1, 2] }',
        "alpha beta gamma delta epsilon zeta eta theta",
        "one two",
        "",
    ],
)
def test_code_and_lists_of_names_are_no_prose(text):
    assert not is_prose(text)


def test_sentences_begin_after_stops_but_not_after_abbreviations():
    text = 'Dr. Who came. "He left," she said. Then (e.g. here) No. 5 was J. Doe! Why?\nso it is.'
    starts = [text[at : at + 5] for at in sentence_starts(text)]
    assert starts == ['"He l', "Then ", "Why?\n", "so it"]
