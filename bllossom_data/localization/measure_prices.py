"""Prices of one US unit, such as `$3.50 a gallon`: only both numbers together become Korean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bllossom_data.localization.measure_text import (
    DIGITS,
    ENGLISH_NUMBER,
    ENGLISH_UNITS,
    TO,
    english_dollars,
)
from bllossom_data.localization.measure_units import UNITS, ExchangeRate, UnitName, metric_price

__all__ = ["UnitPrice", "unit_prices"]

_MONEY = (
    rf"(?P<money>\$ ?{DIGITS}(?:{TO}\$? ?{DIGITS})?(?![\d,.]*\d)"
    rf"|{ENGLISH_NUMBER} (?:cents?|dollars?|bucks))"
)
_NAMES = "|".join(f"(?P<{name}>{unit})" for name, unit in ENGLISH_UNITS if name in UNITS)
_UNIT = rf"(?:{_NAMES})(?![A-Za-z])"
_PRICE_OF_UNIT = re.compile(
    rf"{_MONEY}(?: ?/ ?| (?:an?|per|each|every) | (?:for|to) (?:each|every) ){_UNIT}"
    rf"|{_MONEY.replace('money', 'paid')} for (?:an?|one) "
    rf"{re.sub(r'P<', 'P<bought_', _UNIT)}(?= of\b|[.,;!?)\n]|$)",
    re.IGNORECASE,
)
_UNIT_AT_PRICE = re.compile(
    rf"\b(?:an?|one|1|per|each|every) {_UNIT}(?: of(?: \w+){{1,3}}?)? "
    r"(?:costs?|is|was|goes for|runs|sells for|sold for|for|at)"
    rf"(?: (?:about|around|roughly|only|just|still|now))* {_MONEY}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one of a unit costs: one amount in dollars, or both ends of a range."""

    unit: UnitName
    dollars: tuple[float, ...]

    def reason(self, rate: ExchangeRate) -> str:
        """Why it is left, in Korean, and what it would be in Korea."""
        return (
            "미국 단위의 값이라 단위와 금액을 함께 바꾸어야 해서 그대로 두었습니다. "
            f"한국에서는: {metric_price(self.unit, self.dollars, rate)}."
        )


def unit_prices(english: str) -> list[UnitPrice]:
    """The prices of one US unit that an English text tells."""
    return [*_prices(english)]


def _prices(english: str) -> Iterator[UnitPrice]:
    for pattern in (_PRICE_OF_UNIT, _UNIT_AT_PRICE):
        for hit in pattern.finditer(english):
            groups = {name: text for name, text in hit.groupdict().items() if text}
            money = groups.pop("money", None) or groups.pop("paid")
            unit = next(name for name in UNITS if name in groups or f"bought_{name}" in groups)
            yield UnitPrice(unit, tuple(english_dollars(money)))
