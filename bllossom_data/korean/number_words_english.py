"""English number words: what they are worth, and patterns that find them."""

import re
from collections.abc import Sequence
from fractions import Fraction

from bllossom_data.korean.number_values import Number, NumberKind, Reading, decimal

__all__ = [
    "DIGITS",
    "ONES",
    "ORDINAL",
    "QUANTITY",
    "SCALE",
    "SCALES",
    "TENS",
    "fraction_name",
    "number",
    "ordinal_value",
    "quantity_value",
]

ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "bn": 10**9,
    "mn": 10**6,
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        start=1,
    )
}
_ORDINALS |= {f"{word}th": value for word, value in ONES.items() if value > 12}
_ORDINALS |= {word.replace("y", "ieth"): value for word, value in TENS.items()}
_ORDINALS |= {"hundredth": 100, "thousandth": 1_000}

DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\d\w])\.\d+)"
SCALE = "|".join(SCALES)
_SMALL = (
    rf"(?:(?:{'|'.join(TENS)})(?:[ -](?:{'|'.join(list(ONES)[1:10])})\b)?"
    rf"|{'|'.join(sorted(ONES, key=len, reverse=True))})\b"
)
_TEEN = "|".join([*list(ONES)[10:], *TENS])
_ARTICLE = rf"an?(?=[ -](?:{SCALE})\b)"
_LARGE = "thousand|million|billion|trillion"
# two hundred and fifty is one number, three million and five million are two
_AND = (
    rf"(?:(?<=hundred) and(?=[ -]{_SMALL}(?![ -]hundred))"
    rf"|(?:(?<=thousand)|(?<=million)|(?<=billion)) and(?=[ -]{_SMALL}(?![ -](?:{_LARGE})))"
    r"|(?<=hundred)|(?<=thousand)|(?<=million)|(?<=billion)|(?<=trillion))"
)
_SPELLED = (
    rf"(?:\b(?:(?:{_TEEN})[ -](?:(?:{_TEEN})\b(?:[ -](?:{'|'.join(list(ONES)[1:10])})\b)?)"
    rf"|{_SMALL}|{_ARTICLE})(?:[ -](?:{SCALE})\b){{0,3}}(?:{_AND}[ -]{_SMALL}"
    rf"(?:[ -](?:{SCALE})\b){{0,3}}){{0,6}})"
)
QUANTITY = rf"(?:{DIGITS}(?:[ -]?(?:{SCALE})\b)*|{_SPELLED})"
_ORDINAL_WORD = "|".join(sorted(_ORDINALS, key=len, reverse=True))
ORDINAL = rf"(?:\b\d+(?:st|nd|rd|th)|\b(?:(?:{'|'.join(TENS)})[ -])?(?:{_ORDINAL_WORD}))\b"


def number(
    match: re.Match[str],
    value: Fraction | int | None,
    kind: NumberKind,
    readings: Sequence[Reading] | frozenset[Reading] = (),
    *,
    certain: bool = True,
    parts: Sequence[int | Fraction] = (),
    group: int | str = 0,
) -> Number:
    """A number at the place of a match, or of one of its groups; plain unless it has readings."""
    exact = None if value is None else Fraction(value)
    if exact is not None and not readings:
        readings = (("plain", exact),)
    pieces = tuple(Fraction(part) for part in parts)
    start, end = match.span(group)
    return Number(exact, kind, start, end, "", frozenset(readings), certain, pieces)


def quantity_value(text: str) -> Fraction:
    """Value of what `QUANTITY` finds: 1.5 million, two hundred and fifty, nineteen eighty-four."""
    total, section = Fraction(0), Fraction(0)
    before = 0
    for token in re.findall(rf"{DIGITS}|[a-z]+", text.lower()):
        if token in ("a", "an", "and"):
            continue
        if token in SCALES:
            section = (section or Fraction(1)) * SCALES[token]
            if SCALES[token] >= 1_000:
                total, section = total + section, Fraction(0)
        elif token[0].isdigit() or token[0] == ".":
            section += decimal(token)
        else:
            value = ONES.get(token, TENS.get(token, 0))
            # nineteen eighty-four, twenty twelve: the two halves of a year
            if value >= 10 and before >= 10:
                section *= 100
            section, before = section + value, value
    return total + section


def ordinal_value(text: str) -> int:
    """Value of what `ORDINAL` finds: 21st, third, twenty-first."""
    if text[0].isdigit():
        return int(re.sub(r"\D", "", text))
    tokens = re.findall("[a-z]+", text.lower())
    return sum(TENS.get(token) or _ORDINALS[token] for token in tokens)


def fraction_name(name: str) -> int:
    """What a named part divides by: 2 for half, 4 for quarters, 3 for thirds."""
    lowered = name.lower()
    if lowered in ("half", "halves"):
        return 2
    return 4 if lowered.startswith("quarter") else _ORDINALS[lowered.rstrip("s")]
