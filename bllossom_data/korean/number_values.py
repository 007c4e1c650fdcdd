"""What a number in a text is: a place, a kind, and every value that it can be read as.

Two numbers are compared by their readings, not by how they are written: `half past two` is the
minute 150 or 870 of a day, and so is `2시 반`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SLOT_OR_ADDRESS",
    "WEEK",
    "Number",
    "NumberKind",
    "Pass",
    "Reading",
    "clock_readings",
    "decade_readings",
    "decimal",
    "join_ranges",
    "scan",
]

NumberKind: TypeAlias = Literal[
    "count",
    "ordinal",
    "year",
    "month",
    "date",
    "time",
    "duration",
    "decade",
    "century",
    "money",
    "percent",
    "fraction",
    "range_end",
    "version",
    "code",
    "vague",
]
Dimension: TypeAlias = Literal[
    "plain", "percent", "month", "minute_of_day", "seconds", "months", "decade", "century"
]
Reading: TypeAlias = tuple[Dimension, Fraction]

MINUTE, HOUR, DAY, WEEK = 60, 3_600, 86_400, 604_800
# Addresses and slots are compared byte for byte elsewhere; their digits count nothing.
SLOT_OR_ADDRESS = re.compile(
    r"⟦[0-9]+⟧|&#?\w+;|https?://[^\s<>)\]가-힣]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"
)


# A hash or an engine in a loop: no quantity has so many digits.
_ENDLESS_DIGITS = re.compile(r"\d[\d,.]{40,}")


@dataclass(frozen=True, slots=True)
class Number:
    """One number in a text.

    Attributes:
        value: as written, in its own unit; None for a vague number (수십), a time of day with
            minutes, a version or a code.
        kind: what it counts.
        start: first character in the text.
        end: one past its last character.
        text: how it is written.
        readings: every value it may stand for, in a dimension that can be compared.
        certain: False where the word may not be meant as a number (`one`, `first`, 한, 반), so
            that nobody misses it on the other side.
        parts: values that it may fall into on the other side, such as 16 and 9 of 16:9.
        units: what it is given in, by the names of `number_units`; several where a sign has two
            meanings (¥), none where the text does not say.
    """

    value: Fraction | None
    kind: NumberKind
    start: int
    end: int
    text: str
    readings: frozenset[Reading]
    certain: bool = True
    parts: tuple[Fraction, ...] = ()
    units: frozenset[str] = frozenset()


def decimal(text: str) -> Fraction:
    """Value of digits with commas and a decimal point."""
    return Fraction(text.replace(",", ""))


def clock_readings(
    hour: int, minute: int, half: Literal["am", "pm", "either"]
) -> frozenset[Reading]:
    """The minutes of the day that a clock time can mean.

    Args:
        hour: as written, 0-24.
        minute: 0-59.
        half: which half of the day it is in; `either` where nobody says so.
    """
    if hour > 12 or hour == 0:
        hours = {hour % 24}
    elif half == "am":
        hours = {hour % 12}
    elif half == "pm":
        hours = {hour % 12 + 12}
    else:
        hours = {hour % 12, hour % 12 + 12}
    return frozenset(("minute_of_day", Fraction(one * 60 + minute)) for one in hours)


def decade_readings(value: Fraction) -> list[Reading]:
    """What a decade can mean: 1980s only itself, 80s those of every century, 1800s a century."""
    readings: list[Reading] = [("decade", value)]
    if value < 100:
        readings += [("decade", value + century) for century in range(1_000, 2_100, 100)]
    elif value % 100 == 0:
        readings.append(("century", value / 100 + 1))
    return readings


_Reader: TypeAlias = Callable[[re.Match[str]], Sequence[Number]]
Pass: TypeAlias = tuple[re.Pattern[str], _Reader] | tuple[re.Pattern[str], _Reader, re.Pattern[str]]
"""What finds one kind of number, what reads it, and letters that no match is without, if given.

Most texts lack those letters, and looking for them costs a fraction of what the pattern costs.
"""


def scan(text: str, passes: Iterable[Pass]) -> list[Number]:
    """Looks for one kind of number after the other; what is found is hidden from the next.

    Args:
        text: the text.
        passes: patterns, the most specific first, and what a match says. A match that turns out
            to hold no number stays visible. A pass is left out where its letters are not there.

    Returns:
        The numbers in the order of the text.
    """
    found: list[Number] = []

    def take(match: re.Match[str], read: _Reader) -> str:
        numbers = read(match)
        found.extend(numbers)
        return "\0" * len(match[0]) if numbers else match[0]

    masked = _ENDLESS_DIGITS.sub(lambda match: "\0" * len(match[0]), text)
    masked = SLOT_OR_ADDRESS.sub(lambda match: "\0" * len(match[0]), masked)
    for pattern, read, *needed in passes:
        if needed and not needed[0].search(masked):
            continue
        masked = pattern.sub(lambda match, read=read: take(match, read), masked)  # type: ignore[misc]
    found.sort(key=lambda number: number.start)
    return [replace(number, text=text[number.start : number.end]) for number in found]


def join_ranges(
    text: str, numbers: Sequence[Number], joiner: re.Pattern[str], scale: re.Pattern[str]
) -> list[Number]:
    """Gives the first end of a range the percent sign or the scale of its second end.

    Args:
        text: the text.
        numbers: its numbers, in order.
        joiner: what stands between the ends of a range.
        scale: finds the scale of a number (`million`, 만), whose value is in `_SCALES`.
    """
    joined = list(numbers)
    for i in range(len(joined) - 2, -1, -1):
        first, second = joined[i], joined[i + 1]
        if not joiner.fullmatch(text[first.end : second.start]) or first.value is None:
            continue
        if first.kind not in ("count", "money") or second.value is None:
            continue
        readings = set(first.readings)
        if second.kind == "percent":
            readings |= {("percent", first.value)}
        if found := scale.search(second.text):
            readings |= {("plain", first.value * _SCALES[found[0].lower()])}
        joined[i] = replace(first, kind="range_end", readings=frozenset(readings))
        if second.kind == "count":
            joined[i + 1] = replace(second, kind="range_end")
    return joined


_SCALES = {
    "thousand": 1_000,
    "k": 1_000,
    "million": 10**6,
    "m": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "trillion": 10**12,
    "백": 100,
    "천": 1_000,
    "만": 10**4,
    "백만": 10**6,
    "천만": 10**7,
    "억": 10**8,
    "조": 10**12,
}
