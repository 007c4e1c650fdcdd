"""Dates, clock times, durations, decades and centuries of an English text."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from bllossom_data.korean.number_values import (
    DAY,
    HOUR,
    MINUTE,
    WEEK,
    Number,
    Pass,
    Reading,
    clock_readings,
    decade_readings,
)
from bllossom_data.korean.number_words_english import (
    ONES,
    ORDINAL,
    QUANTITY,
    SCALE,
    TENS,
    number,
    ordinal_value,
    quantity_value,
)

__all__ = ["CLOCK_PASSES", "DURATION_PASSES", "UNIT", "duration_readings"]

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_SHORT_MONTHS = [month[:3] for month in _MONTHS]
_SECONDS = {"second": 1, "sec": 1, "minute": MINUTE, "min": MINUTE, "hour": HOUR, "hr": HOUR}
_SECONDS |= {"day": DAY, "night": DAY, "week": WEEK, "fortnight": 2 * WEEK}
_CALENDAR = {"month": 1, "year": 12, "decade": 120, "century": 1_200, "centurie": 1_200}
UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|fortnights?|months?|years?"
    r"|decades?|century|centuries)\b"
)
_BETWEEN = (
    r"(?:[ -](?:business|working|more|full|whole|long|short|straight|consecutive|calendar"
    r"|additional|extra|solid|entire))?[ -]?"
)
_ONE_DURATION = rf"{QUANTITY}{_BETWEEN}{UNIT}"
_HOUR = rf"(?P<hour>\b\d{{1,2}}|\b(?:{'|'.join(list(ONES)[1:13])})\b)"
_HALF = (
    r"(?P<half>(?:a\.?m|p\.?m)\b\.?|in the (?:early |late )?(?:morning|afternoon|evening)"
    r"|(?:tomorrow|this|yesterday|every|on \w+) (?:morning|afternoon|evening)\b)"
)


def _half_of_day(text: str | None) -> Literal["am", "pm", "either"]:
    if not text:
        return "either"
    lowered = text.lower()
    return "am" if "morning" in lowered or re.match(r"a\.?m", lowered) else "pm"


def _date(match: re.Match[str]) -> Sequence[Number]:
    month, day = int(match["month"]), int(match["day"])
    names = ("month", "day") if month <= 12 else ("day", "month")
    month, day = (month, day) if month <= 12 else (day, month)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ()
    return (
        number(match, int(match["year"]), "year", group="year"),
        number(match, month, "month", [("month", Fraction(month))], group=names[0]),
        number(match, day, "date", group=names[1]),
    )


def _clock(match: re.Match[str]) -> Sequence[Number]:
    hour, minute = int(quantity_value(match["hour"])), int(match["minute"] or 0)
    if hour > 24 or minute > 59:
        return ()
    readings = clock_readings(hour, minute, _half_of_day(match["half"]))
    if match["minute"]:
        return (number(match, None, "time", readings, parts=(hour, minute)),)
    return (number(match, hour, "time", readings),)


def _night(match: re.Match[str]) -> Sequence[Number]:
    hour = int(quantity_value(match["hour"]))
    if not 1 <= hour <= 12:
        return ()
    return (number(match, hour, "time", clock_readings(hour, 0, "pm" if 6 <= hour < 12 else "am")),)


def _past_or_to(match: re.Match[str]) -> Sequence[Number]:
    part = match["part"].lower()
    minute = 30 if part == "half" else 15 if "quarter" in part else int(quantity_value(part))
    hour = int(quantity_value(match["hour"]))
    if not 1 <= hour <= 12 or minute > 59:
        return ()
    if match["side"].lower() in ("to", "till"):
        hour, minute = (hour + 10) % 12 + 1, 60 - minute
    readings = clock_readings(hour, minute, _half_of_day(match["half"]))
    return (number(match, None, "time", readings, parts=(hour, minute)),)


def _noon_or_midnight(match: re.Match[str]) -> Sequence[Number]:
    minute = Fraction(0 if match[0].lower().endswith("midnight") else 720)
    certain = match[0][0].isdigit()
    return (number(match, 12, "time", [("minute_of_day", minute)], certain=certain),)


def _working_hours(match: re.Match[str]) -> Sequence[Number]:
    # A nine-to-five job is any regular one; Korean may name its hours or not.
    readings = [*clock_readings(9, 0, "either"), *clock_readings(5, 0, "either")]
    readings += [("plain", Fraction(9)), ("plain", Fraction(5))]
    return (number(match, None, "vague", readings, certain=False),)


def _decade(match: re.Match[str]) -> Sequence[Number]:
    word = match["word"]
    if word and word.lower().startswith("teen"):
        return (number(match, 10, "decade", [("decade", Fraction(10))], certain=False),)
    value = TENS[word.lower().replace("ies", "y")] if word else int(match["digits"])
    return (number(match, value, "decade", decade_readings(Fraction(value))),)


def _century(match: re.Match[str]) -> Sequence[Number]:
    value = ordinal_value(match["ordinal"])
    first_year = Fraction((value - 1) * 100)
    readings: list[Reading] = [("century", Fraction(value)), ("decade", first_year)]
    # the first century of development: not one of the calendar
    return (number(match, value, "century", readings, certain=value > 1),)


def duration_readings(value: Fraction, unit: str) -> list[Reading]:
    """A duration in seconds, or in months where the calendar decides how long it is."""
    name = unit.lower().rstrip("s")
    if name in _SECONDS:
        return [("seconds", value * _SECONDS[name])]
    return [("months", value * _CALENDAR[name])]


def _durations(match: re.Match[str]) -> Sequence[Number]:
    pieces = [
        (quantity_value(piece[1]), piece[2])
        for piece in re.finditer(rf"({QUANTITY}){_BETWEEN}({UNIT})", match[0], re.IGNORECASE)
    ]
    if len(pieces) == 1:
        value, unit = pieces[0]
        certain = not match[0].lower().startswith("one")
        readings = duration_readings(value, unit)
        return (number(match, value, "duration", readings, certain=certain),)
    sums: dict[str, Fraction] = {}
    for value, unit in pieces:
        for dimension, length in duration_readings(value, unit):
            sums[dimension] = sums.get(dimension, Fraction(0)) + length
    if len(sums) > 1:
        return [
            number(match, value, "duration", duration_readings(value, unit))
            for value, unit in pieces
        ]
    whole: Reading = (
        ("seconds", sums["seconds"]) if "seconds" in sums else ("months", sums["months"])
    )
    return (number(match, None, "duration", [whole], parts=[value for value, _ in pieces]),)


def _one_duration(match: re.Match[str]) -> Sequence[Number]:
    value = Fraction(2 if "couple" in match[0].lower() else 1)
    readings = duration_readings(value, match["unit"])
    return (number(match, value, "duration", readings, certain=False),)


def _every_other(match: re.Match[str]) -> Sequence[Number]:
    """Every other week is also every two weeks, and a weekend has two days."""
    unit = match["unit"] or _EVERY_OTHER.get(match["word"].lower(), "day")
    readings = duration_readings(Fraction(2), unit)
    return (number(match, 2, "duration", readings, certain=False),)


_EVERY_OTHER = {"biweekly": "week", "fortnightly": "week", "bimonthly": "month"}
_BEFORE_MONTH = re.compile(
    r"(?:\b(?:in|on|of|by|since|until|till|from|to|early|late|mid|last|next|this|every|and|or"
    r"|between|through|during|before|after|for|around)[ -]|\d(?:st|nd|rd|th)? |\0 ?)$",
    re.IGNORECASE,
)
_AFTER_MONTH = re.compile(r"\.? ?[\d\0]|,? of [\d\0]|,? (?:and|or|to|through) (?=[JFMASOND][a-z]+)")


def _month(match: re.Match[str]) -> Sequence[Number]:
    name = match["month"]
    value = 1 + _SHORT_MONTHS.index(name[:3])
    before, after = match.string[: match.start()], match.string[match.end() :]
    certain = bool(_BEFORE_MONTH.search(before) or _AFTER_MONTH.match(after))
    if name not in ("May", "March", "April", "August", "June"):
        certain = True
    elif name in ("May", "March") and not certain:
        return ()
    return (number(match, value, "month", [("month", Fraction(value))], certain=certain),)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_YEAR = re.compile(r"\d{4}")
CLOCK_PASSES: tuple[Pass, ...] = (
    (_compiled(r"\b(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})\b"), _date, _YEAR),
    (_compiled(r"\b(?P<month>\d{1,2})[/.](?P<day>\d{1,2})[/.](?P<year>\d{4})\b"), _date, _YEAR),
    (
        _compiled(r"(?:\b12(?::00)? (?:o['’]?clock )?)?\b(?:noon|midday|midnight)\b"),
        _noon_or_midnight,
    ),
    (_compiled(r"\b(?:9-to-5|nine-to-five)\b"), _working_hours),
    (
        _compiled(rf"{_HOUR}(?:[:.](?P<minute>\d\d))? ?(?:o['’]?clock )?{_HALF}"),
        _clock,
        _compiled(r"[\deorxntk] ?[ap]\.?m\b|morning|afternoon|evening"),
    ),
    (
        _compiled(r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?P<half>)(?![\d:])"),
        _clock,
        re.compile(r"\d:\d"),
    ),
    (_compiled(rf"{_HOUR}(?P<minute>) o['’]?clock(?: {_HALF})?"), _clock, _compiled("clock")),
    (_compiled(rf"{_HOUR}(?: o['’]?clock)? at night\b"), _night, _compiled(" at night")),
    (
        _compiled(
            rf"\b(?P<part>half|a quarter|quarter|(?:five|ten|twenty)(?= (?:past|to) "
            rf"(?:{'|'.join(list(ONES)[1:13])})\b)) (?P<side>past|to|till) {_HOUR}(?: {_HALF})?"
            rf"(?!\d|[ -]?(?:{UNIT}|{SCALE}|%|percent))"
        ),
        _past_or_to,
    ),
    (
        _compiled(
            r"\b(?P<digits>(?:\d\d)?\d0)['’]?s\b|\b(?P<word>twenties|thirties|forties|fifties"
            r"|sixties|seventies|eighties|nineties|teen(?:s|age|aged|agers?)?)\b"
        ),
        _decade,
    ),
    (_compiled(rf"(?P<ordinal>{ORDINAL})[ -]century\b"), _century, _compiled("century")),
)
DURATION_PASSES: tuple[Pass, ...] = (
    (
        _compiled(
            rf"\bevery (?:other|second) (?P<unit>{UNIT})"
            r"|\b(?P<word>biweekly|fortnightly|bimonthly|weekends?)\b"
        ),
        _every_other,
    ),
    (_compiled(rf"{_ONE_DURATION}(?:,? (?:and )?{_ONE_DURATION})*"), _durations),
    (
        _compiled(
            rf"\b(?:a couple (?:of )?|(?:an?|per|each|every|another|one) (?!second[ -][a-z]{{3}})"
            rf"|(?:the|this|last|next) (?!second))(?P<unit>{UNIT})"
        ),
        _one_duration,
    ),
    (
        re.compile(
            rf"\b(?P<month>{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)}|Sept)"
            r"(?=\.? ?[\d\0]|\.))(?![a-z])"
        ),
        _month,
    ),
)
