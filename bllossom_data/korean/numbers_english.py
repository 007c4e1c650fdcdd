"""Numbers of an English text: digits and words, fractions, percentages, ordinals, codes."""

import re
from collections.abc import Sequence
from fractions import Fraction

from bllossom_data.korean.number_units import with_units
from bllossom_data.korean.number_values import (
    DAY,
    Number,
    NumberKind,
    Pass,
    Reading,
    join_ranges,
    scan,
)
from bllossom_data.korean.number_words_english import (
    ORDINAL,
    QUANTITY,
    SCALE,
    SCALES,
    fraction_name,
    number,
    ordinal_value,
    quantity_value,
)
from bllossom_data.korean.numbers_english_time import (
    CLOCK_PASSES,
    DURATION_PASSES,
    UNIT,
    duration_readings,
)

__all__ = ["english_numbers"]

_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5"}
_VULGAR |= {"⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
_SUFFIXES = {"k": 1_000, "m": 10**6, "b": 10**9}
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50}
_RANGE = re.compile(r"%?\s*(?:-|–|—|~|to|and|or|through)\s*\$?", re.IGNORECASE)
_RANGE_SCALE = re.compile(r"thousand|million|billion|trillion|(?<=\d)[KkMB]\b|bn\b", re.IGNORECASE)


def english_numbers(text: str) -> list[Number]:
    """The numbers of an English text in their order.

    Words that only look like numbers (`one` as a pronoun, `May` as a verb) are left out or are
    not `certain`.

    Args:
        text: English, Unicode NFC; slots and addresses in it are skipped.
    """
    numbers = join_ranges(text, scan(text, _PASSES), _RANGE, _RANGE_SCALE)
    return with_units(text, numbers, _RANGE, "en")


def _opaque(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, None, "version"),)


def _code(match: re.Match[str]) -> Sequence[Number]:
    digits = [int(found) for found in re.findall(r"\d+", match[0])]
    return (number(match, None, "code", certain=False, parts=digits),)


def _above(text: str | None) -> Fraction:
    return Fraction(1) if not text or text.lower() in ("a", "an") else quantity_value(text)


def _part_of_scale(match: re.Match[str]) -> Sequence[Number]:
    part = _above(match["above"]) / fraction_name(match["name"])
    return (number(match, part * SCALES[match["scale"].lower()], "fraction"),)


def _half_dozen(match: re.Match[str]) -> Sequence[Number]:
    # half of the dozen is also 열두 개 가운데 절반
    return (number(match, 6, "fraction", parts=(12, Fraction(1, 2))),)


def _part_of_unit(match: re.Match[str]) -> Sequence[Number]:
    part = _above(match["above"]) / fraction_name(match["name"])
    # half a day is 12 hours and 반나절; half of a day is also just a half
    readings = [*duration_readings(part, match["unit"]), ("plain", part)]
    return (number(match, part, "duration", readings),)


def _with_a_half(match: re.Match[str]) -> Sequence[Number]:
    value = _above(match["above"]) + Fraction(1, 2 if match["part"].lower() == "half" else 4)
    if unit := match["unit"] or match["first_unit"]:
        return (number(match, value, "duration", duration_readings(value, unit)),)
    if match["scale"]:
        value *= SCALES[match["scale"].lower()]
    return (number(match, value, "fraction"),)


def _and_a_half(match: re.Match[str]) -> Sequence[Number]:
    """A cup and a half; not an apple and a half lemon."""
    value = _above(match["above"]) + Fraction(1, 2)
    return (number(match, value, "fraction", group="above"),)


def _slashed(match: re.Match[str]) -> Sequence[Number]:
    whole, above, below = int(match["whole"] or 0), int(match["above"]), int(match["below"])
    if (above, below) == (24, 7):
        return (number(match, None, "vague", _ALWAYS, certain=False, parts=(above,)),)
    if below == 0:
        return (number(match, None, "vague", certain=False, parts=(above,)),)
    parts = (whole, above, below) if match["whole"] else (above, below)
    return (_share(match, whole + Fraction(above, below), parts=parts),)


# 24/7 is 하루 24시간, 일주일에 7일, 365일 24시간 (read as one duration) or 연중무휴.
_ALWAYS: list[Reading] = [
    *(("plain", Fraction(value)) for value in (24, 7, 365)),
    *(("seconds", Fraction(days * DAY)) for days in (1, 7, 365, 366)),
]
# 50/50 is 반반, 절반씩 or 5 대 5.
_EVEN: list[Reading] = [
    *(("plain", value) for value in (Fraction(1, 2), Fraction(1), Fraction(5), Fraction(50))),
    ("percent", Fraction(50)),
]


def _even(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, None, "vague", _EVEN, certain=False, parts=(50, 50)),)


def _share(
    match: re.Match[str], value: Fraction, *, certain: bool = True, parts: Sequence[int] = ()
) -> Number:
    readings: list[Reading] = [("plain", value), ("percent", value * 100)]
    return number(match, value, "fraction", readings, certain=certain, parts=parts)


def _vulgar(match: re.Match[str]) -> Sequence[Number]:
    return (_share(match, int(match["whole"] or 0) + Fraction(_VULGAR[match["sign"]])),)


def _spelled_share(match: re.Match[str]) -> Sequence[Number]:
    return (_share(match, _above(match["above"]) / fraction_name(match["name"])),)


_NOT_A_SHARE_BEFORE = re.compile(
    r"(?:\b(?:first|second|other|better|this|last|next|top|bottom|my|your|his|her) |-|\0 )$",
    re.IGNORECASE,
)
_NOT_A_SHARE_AFTER = re.compile(r"-[a-z]|[ -](?:hours?|time|brother|sister|finals?|year|bad)\b")
_HALF_WORDS = ("half", "halves")
_NO_TWO = re.compile(r"\bno two$", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[.!?;]\s+|\n\s*)$")


def _half(match: re.Match[str]) -> Sequence[Number]:
    before, after = match.string[: match.start()], match.string[match.end() :]
    certain = match[0].lower() in _HALF_WORDS
    certain = certain and not (
        _NOT_A_SHARE_BEFORE.search(before) or _NOT_A_SHARE_AFTER.match(after)
    )
    return (_share(match, Fraction(1, 2), certain=certain),)


def _percent(match: re.Match[str]) -> Sequence[Number]:
    value = quantity_value(match["quantity"])
    readings: list[Reading] = [("percent", value), ("plain", value / 100)]
    # A change of -5 % is written with a sign here and as a fall there.
    return (number(match, -value if match["sign"] else value, "percent", readings),)


def _ordinal(match: re.Match[str]) -> Sequence[Number]:
    value = ordinal_value(match[0])
    after = match.string[match.end() :]
    certain = (match[0][0].isdigit() or value > 2) and not _COMPOUND_ORDINAL.match(after)
    # Third, add the flour: 마지막으로.
    certain = certain and not (
        after.startswith(",") and _BEGINS.search(match.string[: match.start()])
    )
    readings: list[Reading] = [("plain", Fraction(value))]
    if value > 2:  # the remaining third of the flour
        readings.append(("plain", Fraction(1, value)))
    return (number(match, value, "ordinal", readings, certain=certain),)


_COMPOUND_ORDINAL = re.compile(r"[ -](?:part(?:y|ies)|world|person|wheel|degree)", re.IGNORECASE)


def _roman(match: re.Match[str]) -> Sequence[Number]:
    digits = [_ROMAN_DIGITS[letter] for letter in match["roman"]]
    pairs = zip(digits, [*digits[1:], 0], strict=True)
    value = sum(-one if one < following else one for one, following in pairs)
    # Book I read: the pronoun looks just like it
    return (number(match, value, "ordinal", certain=value > 1, group="roman"),)


def _vague(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, None, "vague", certain=False),)


_MULTIPLES = (("thr", 3), ("tri", 3), ("quad", 4), ("once", 1))


def _multiple(match: re.Match[str]) -> Sequence[Number]:
    word = match[0].lower()
    value = next((times for start, times in _MULTIPLES if word.startswith(start)), 2)
    certain = word in ("twice", "thrice", "doubled", "tripled", "quadrupled")
    return (number(match, value, "count", certain=certain),)


def _plain(match: re.Match[str]) -> Sequence[Number]:
    quantity = match["quantity"]
    value = quantity_value(quantity)
    after = match.string[match.end() :]
    if match["sign"] or _BELOW_ZERO.match(after):
        value = -value
    readings: list[Reading] = [("plain", value)]
    if match["suffix"]:
        readings.append(("plain", value * _SUFFIXES[match["suffix"].lower()]))
    kind: NumberKind = "money" if match["currency"] or _MONEY.match(after) else "count"
    if kind == "count" and re.fullmatch(r"1\d{3}|20\d\d", quantity):
        kind = "year"
    certain = quantity.lower() not in ("one", "zero") and not _is_part_of_a_name(match)
    certain = certain and not _NO_TWO.search(match.string[: match.end()])
    # 1.83 m is 1 m 83 cm, 2.50 dollars are 2 dollars and 50 cents.
    whole, point, rest = quantity.partition(".")
    parts = (int(whole), int(rest)) if point and whole.isdigit() and rest.isdigit() else ()
    return (number(match, value, kind, readings, certain=certain, parts=parts),)


def _is_part_of_a_name(match: re.Match[str]) -> bool:
    """Four Corners, Nine News; and the two, whom another language calls otherwise."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    word = match["quantity"]
    if word.istitle() and re.match(r" [A-Z]", after):
        return bool(re.search(r"[a-z,'’]s? $", before))
    return word.lower() == "two" and bool(re.search(r"\b(?:the|these|those|in) $", before, re.I))


_MONEY = re.compile(r" (?:dollars?|won|euros?|pounds?|yen|cents?|bucks?)\b", re.IGNORECASE)
_BELOW_ZERO = re.compile(r" (?:degrees? )?below zero", re.IGNORECASE)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ABOVE = rf"(?:(?P<above>{QUANTITY}|\ban?\b)[ -])?"
_SIGN = r"(?:\b(?:minus|negative) (?=[\d$a-z])|(?<![\w)\]\0.])(?<!\d )[-−](?=[\d$]))"
_NAME = r"(?P<name>half|halves|quarters?|(?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?)"
_AFTER_A_HALF = (
    r"(?:of|away|ago|later|long|longer|from|per|each|to|in|on|at|and|or|more|less|before|after|high"
    r"|higher|wide|tall|deep|thick|is|are|was|were|for|with|than|as|if|will|would)\b"
)
_ROMAN = r"(?P<roman>(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3}))\b"
_DIGIT = re.compile(r"\d")
_PART_OF = _compiled(rf"{_NAME}(?: of)? an? ")
_PASSES: tuple[Pass, ...] = (
    (
        re.compile(
            r"\+?\b\d{1,4}(?:[-.]\d{2,4}){2,4}\b|\(\d{3}\) ?\d{3}-\d{4}\b|\b\d{3}-\d{4}\b"
            r"|\bv?\d+(?:\.\d+){2,}\b|\bv\d+(?:\.\d+)*\b"
        ),
        lambda match: () if re.fullmatch(r"\d{4}[-.]\d\d?[-.]\d\d?", match[0]) else _opaque(match),
        _DIGIT,
    ),
    *CLOCK_PASSES,
    (
        _compiled(r"\b(?:an? |one[ -])?half(?: of)?(?: an?| the)?[ -]dozen\b"),
        _half_dozen,
        _compiled("half.{0,8}dozen"),
    ),
    (_compiled(rf"{_ABOVE}\b{_NAME}(?: of)? an? (?P<scale>{SCALE})\b"), _part_of_scale, _PART_OF),
    (_compiled(rf"{_ABOVE}\b{_NAME}(?: of)? an? (?P<unit>{UNIT})"), _part_of_unit, _PART_OF),
    (
        _compiled(
            rf"(?P<above>{QUANTITY}|\ban?)(?: (?P<first_unit>{UNIT}))?[ -]and[ -](?:an?|one)[ -]"
            rf"(?P<part>half|quarter)\b(?:[ -](?:(?P<scale>{SCALE})\b|(?P<unit>{UNIT})))?"
        ),
        _with_a_half,
        _compiled("and[ -](?:an?|one)[ -](?:half|quarter)"),
    ),
    (
        _compiled(
            rf"(?P<above>{QUANTITY}|\ban?) [a-z]+ and (?:a|one) half\b(?! (?!{_AFTER_A_HALF})[a-z])"
        ),
        _and_a_half,
        _compiled("and (?:a|one) half"),
    ),
    (_compiled(r"(?<![\d/.-])50[/-]50\b(?![/-])|\bfifty-fifty\b"), _even),
    (
        re.compile(r"(?:\b(?P<whole>\d+)[ -])?(?<![\d/.])(?P<above>\d+)[/⁄](?P<below>\d+)\b(?!/)"),
        _slashed,
        re.compile(r"\d[/⁄]\d"),
    ),
    (re.compile(rf"(?:(?P<whole>\d+) ?)?(?P<sign>[{''.join(_VULGAR)}])"), _vulgar),
    (
        _compiled(
            rf"(?P<sign>{_SIGN})?(?P<quantity>{QUANTITY})"
            r"(?: ?%|[ -]per ?cent(?:age)?(?: points?)?\b| ?pct\b)"
        ),
        _percent,
        _compiled("%|per ?cent|pct"),
    ),
    (
        _compiled(
            rf"(?P<above>{QUANTITY})[ -](?!half\b|quarter\b){_NAME}(?<!second)\b"
            r"|(?P<a>\ban?\b) (?P<part>third|quarter|fifth|tenth|sixth|eighth)"
            r"(?= of\b|[.,;]|$| (?:more|less|as))"
        ),
        lambda match: (
            _spelled_share(match)
            if match["name"]
            else (_share(match, Fraction(1, fraction_name(match["part"]))),)
        ),
        _compiled("[ -](?:halves|quarter|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"),
    ),
    (_compiled(r"\b(?:half|halves|half-?way|midway|mid-?point)\b"), _half),
    *DURATION_PASSES,
    (
        re.compile(
            r"(?:\b(?:War|Chapter|Part|Act|Scene|Section|Volume|Vol\.|Book|Phase|Type|Class"
            rf"|Title|Article|Level|Stage|Grade|Tier|Bowl) ){_ROMAN}(?<! )"
        ),
        _roman,
    ),
    (
        re.compile(r"\b[A-Z][a-z]+ (?P<roman>II|III|IV|VI{1,3}|IX|XI{1,3}|XIV|XVI{0,3}|XX)\b"),
        _roman,
    ),
    (
        _compiled(
            r"\b(?:dozens|scores|hundreds|thousands|tens|millions|billions|trillions)"
            r"(?: of (?:thousands|millions|billions|hundreds))?\b"
            r"|\b(?:several|a few|few|many) (?:dozen|hundred|thousand|million|billion)\b"
        ),
        _vague,
    ),
    (
        _compiled(
            r"\b(?:once|twice|thrice|doubl(?:e[ds]?|ing)|tripl(?:e[ds]?|ing)|quadrupl(?:e[ds]?|ing)"
            r"|both|pairs?|couple|neither|either|twins?)\b"
        ),
        _multiple,
    ),
    (_compiled(ORDINAL), _ordinal),
    (
        re.compile(
            r"\b(?!US\d)[A-Za-z]{1,15}-?\d+(?!\.\d)[A-Za-z]*(?:-\d+)?\b|\b\d+[AC-JN-Z]\d*\b|\b\d+x\d+\b"
        ),
        _code,
        _DIGIT,
    ),
    (
        _compiled(
            rf"(?P<sign>{_SIGN})?(?P<currency>(?:US)?\$ ?|[€£¥₩] ?)?(?<![A-Za-z])"
            rf"(?P<quantity>{QUANTITY})(?:(?<=\d)(?P<suffix>[kmb])\b)?"
        ),
        _plain,
    ),
)
