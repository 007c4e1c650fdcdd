"""Measures of one conversation that are sums, multiples or shares of one another.

Converted one by one and rounded, they would no longer be. Money is then converted without rounding,
which keeps every relation; other measures are left, and the reviewer is told why.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from bllossom_data.examples import Message
from bllossom_data.localization.measure_bodies import used_weights
from bllossom_data.localization.measure_prices import UnitPrice, unit_prices
from bllossom_data.localization.measure_questions import asked_measures
from bllossom_data.localization.measure_text import (
    NUMBER,
    SENTENCE_END,
    WORDS,
    english_dollars,
    english_quantities,
    numbers_of,
)
from bllossom_data.localization.measure_units import (
    UNITS,
    ExchangeRate,
    UnitName,
    celsius,
    converted,
    korean_number,
    won,
)
from bllossom_data.localization.passages import FENCE

__all__ = ["Measure", "Relations", "relations_of"]

Measure = tuple[UnitName, float]

_UNIT = r"(?:[ -]?[A-Za-z°%²'\"]+\.?){0,3}?"
_OPERATOR = r"(?:[-+×*/÷−]|x|times|plus|minus|divided by|multiplied by)"
_CALCULATION = re.compile(
    rf"{NUMBER}{_UNIT}(?: ?{_OPERATOR} ?{NUMBER}{_UNIT})+ ?(?:=|≈|equals|is|makes|gives)"
    rf" ?(?:about |roughly )?{NUMBER}",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(?:totals?|altogether|in all|combined|sum|adds? up|that'?s|that makes)\b", re.IGNORECASE
)
_PERCENT = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?) ?(?:%|percent\b)")
_COUNT = re.compile(rf"(?<![\w.,$])\d+(?![\d.,]*\d|%)|\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
# Twice to four times is seen without being told. Round amounts are five times one another by
# chance.
_SEEN_MULTIPLES = (2, 3, 4)
# Where there are more amounts, none is rounded.
_MOST_AMOUNTS = 60
_SHARE_NEAR = 0.01
_METRIC_SHARE_NEAR = 0.05
_CALCULATED = "글 안의 계산에 쓰인 수라서 다른 수와 함께 바꾸어야 하므로 그대로 두었습니다."


@dataclass(frozen=True, slots=True)
class Relations:
    """What binds the measures of a conversation to one another.

    Attributes:
        exact: amounts in dollars that keep their relations only where they are not rounded.
        calculated: numbers that stand in a calculation, whatever their unit.
        left: measures that cannot be converted by themselves, and why, in Korean.
        priced: units of which the conversation tells the price of one.
    """

    exact: frozenset[float]
    calculated: frozenset[float]
    left: Mapping[Measure, str]
    priced: frozenset[UnitName]

    def why_left(self, unit: UnitName, values: Sequence[float]) -> str | None:
        """Why a measure with these values cannot be converted by itself, in Korean, or None."""
        if self.calculated.intersection(values):
            return _CALCULATED
        return next((self.left[unit, one] for one in values if (unit, one) in self.left), None)


def relations_of(messages: Sequence[Message], rate: ExchangeRate) -> Relations:
    """The relations between the measures of an English conversation.

    Args:
        messages: the English conversation.
        rate: won for a dollar.
    """
    prose = [FENCE.sub(" ", message.content) for message in messages]
    text = "\n".join(prose)
    amounts = [english_dollars(one) for one in prose]
    stated = english_quantities(text)
    calculated = {
        number
        for calculation in _CALCULATION.finditer(text)
        for number in numbers_of(calculation[0])
    }
    prices = unit_prices(text)
    left = {measure: _asked_reason(measure) for measure in asked_measures(messages)}
    wrong = _wrong_measures(text, stated) | used_weights(text, stated)
    left |= dict.fromkeys(wrong, _CALCULATED)
    left |= _priced(prices, stated, rate)
    many = sum(map(len, amounts)) > _MOST_AMOUNTS
    bonds = [] if many else [*_money_bonds(amounts, text)]
    bound = {value for unit, value in left if unit == "dollar" and left[unit, value] == _CALCULATED}
    for amount in _reached(bonds, calculated | bound):
        left.setdefault(("dollar", amount), _CALCULATED)
    return Relations(
        frozenset(chain.from_iterable(amounts)) if many else frozenset(_exact(bonds, rate)),
        frozenset(calculated),
        left,
        frozenset(price.unit for price in prices),
    )


def _wrong_measures(text: str, stated: set[Measure]) -> set[Measure]:
    """Measures of a sum or a named share that would no longer be one in rounded metric units."""
    found: set[Measure] = set()
    units: dict[UnitName, set[float]] = {}
    for unit, value in stated:
        if unit in UNITS:
            units.setdefault(unit, set()).add(value)
    for sentence in SENTENCE_END.split(text):
        if _TOTAL.search(sentence):
            found |= _wrong_sums(sentence, text, units)
    percents = _percents(text)
    for unit, values in units.items():
        for whole, part in _shares(values, percents):
            share = part / whole
            near = _METRIC_SHARE_NEAR * min(share, abs(share - 1)) * _metric(unit, whole)
            if abs(_metric(unit, part) - share * _metric(unit, whole)) > near:
                found |= {(unit, whole), (unit, part)}
    return found


def _wrong_sums(sentence: str, text: str, units: Mapping[UnitName, set[float]]) -> set[Measure]:
    """Measures of one unit that add up or are multiples in US units and, rounded, no longer do."""
    found: set[Measure] = set()
    counts = set(numbers_of(text))
    totals = {one for one in english_quantities(sentence) if one[0] in units}
    for unit, total in totals:
        metric = {value: _metric(unit, value) for value in units[unit]}
        for one, other in combinations(sorted(metric), 2):
            if _differ(one + other, total):
                continue
            if _differ(metric[one] + metric[other], metric[total]):
                found |= {(unit, one), (unit, other), (unit, total)}
        for one in metric:
            times = total / one if one else 0.0
            if times >= 2 and times in counts and _differ(metric[one] * times, metric[total]):
                found |= {(unit, one), (unit, total)}
    return found


def _metric(unit: UnitName, value: float) -> float:
    """The rounded metric value in the unit's smallest step, so that 900 g and 1.4 kg compare."""
    quantity = converted(unit, value)
    larger = {"킬로미터": 1_000, "미터": 100, "킬로그램": 1_000, "리터": 1_000, "센티미터": 10}
    smallest = UNITS[unit].steps[-1][1][1]
    return quantity.value * (larger.get(quantity.word, 1) if quantity.word != smallest else 1)


def _differ(one: float, other: float) -> bool:
    return abs(one - other) > 1e-6 * max(abs(one), abs(other))


def _percents(text: str) -> set[float]:
    return {float(hit[1]) / 100 for hit in _PERCENT.finditer(text)} - {0.0}


def _shares(values: Collection[float], percents: set[float]) -> Iterator[tuple[float, float]]:
    """Pairs of a whole and what a named percentage of it is, or what it is more or less by that."""
    for whole in values:
        for part in values:
            if whole <= 0 or part in (0, whole):
                continue
            shares = part / whole, abs(part / whole - 1)
            if any(abs(one - p) <= _SHARE_NEAR * p for one in shares for p in percents):
                yield whole, part


@dataclass(frozen=True, slots=True)
class _Bond:
    """Amounts of which the last is the sum of the others, or else a fixed part of the first."""

    amounts: tuple[float, ...]
    is_sum: bool
    is_told: bool

    def is_kept(self, rate: ExchangeRate) -> bool:
        """Whether it still holds where each amount is rounded by itself."""
        rounded = [won(one, rate) for one in self.amounts]
        if self.is_sum:
            return not _differ(sum(rounded[:-1]), rounded[-1])
        return not _differ(rounded[0] * self.amounts[1], rounded[1] * self.amounts[0])


def _money_bonds(amounts: Sequence[Sequence[float]], text: str) -> Iterator[_Bond]:
    """How the amounts of a conversation, in order by message, follow from one another."""
    values = sorted({one for message in amounts for one in message if one > 0})
    in_cents = {round(one * 100): one for one in values}
    for one, other in combinations(values, 2):
        if total := in_cents.get(round(100 * (one + other))):
            yield _Bond((one, other, total), is_sum=True, is_told=True)
    for message in amounts:
        for first in range(len(message)):
            for end in range(first + 3, len(message) + 1):
                run = message[first:end]
                if total := in_cents.get(round(100 * sum(run))):
                    yield _Bond((*run, total), is_sum=True, is_told=True)
    counts = {float(WORDS.get(hit[0].lower()) or hit[0].lower()) for hit in _COUNT.finditer(text)}
    for one, other in combinations(values, 2):
        times = other / one
        is_told = any(not _differ(times, count) for count in counts)
        if is_told or any(not _differ(times, count) for count in _SEEN_MULTIPLES):
            yield _Bond((one, other), is_sum=False, is_told=is_told)
    for whole, part in _shares(values, _percents(text)):
        yield _Bond((whole, part), is_sum=False, is_told=True)


def _exact(bonds: Sequence[_Bond], rate: ExchangeRate) -> set[float]:
    """Amounts that are bound to one whose bond rounding would break."""
    exact = {one for bond in bonds if not bond.is_kept(rate) for one in bond.amounts}
    return exact | _joined(bonds, exact)


def _reached(bonds: Sequence[_Bond], left: set[float]) -> set[float]:
    return _joined([bond for bond in bonds if bond.is_told], left)


def _joined(bonds: Sequence[_Bond], amounts: set[float]) -> set[float]:
    """What hangs together with any of the amounts by a chain of bonds."""
    reached = set(amounts)
    joined: set[float] = set()
    while (
        found := {
            one for bond in bonds if reached.intersection(bond.amounts) for one in bond.amounts
        }
        - joined
    ):
        joined |= found
        reached |= found
    return joined


def _priced(
    prices: Sequence[UnitPrice], stated: set[Measure], rate: ExchangeRate
) -> Iterator[tuple[Measure, str]]:
    """Prices of one US unit, and the quantities and totals that follow from them."""
    for price in prices:
        for amount in price.dollars:
            yield ("dollar", amount), price.reason(rate)
            for unit, count in stated:
                total = ("dollar", round(count * amount, 2))
                if unit == price.unit and count != 1 and total in stated:
                    yield (unit, count), _CALCULATED
                    yield total, _CALCULATED


def _asked_reason(measure: Measure) -> str:
    unit, value = measure
    if unit == "fahrenheit":
        there = f"섭씨 {celsius(value):g}도"
    else:
        quantity = converted(unit, value)
        there = f"{'시속 ' if unit == 'mph' else ''}{korean_number(quantity.value)}{quantity.word}"
    return f"질문에서 묻는 수라서 그대로 두었습니다. 한국에서는: {there}."
