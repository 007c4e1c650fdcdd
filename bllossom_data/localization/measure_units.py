"""US units, what they become in Korea, and numbers rounded and written as a person would.

Rounding: the largest power of ten, or half of one, whose multiple is near enough. How near follows
from how exact the source was: "20 miles" may become 30 kilometres, "94 mph" must become 151 km/h.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

__all__ = [
    "UNITS",
    "ExchangeRate",
    "Quantity",
    "UnitName",
    "celsius",
    "converted",
    "exact_won",
    "korean_number",
    "meant_kilograms",
    "metric_price",
    "won",
    "won_text",
]

UnitName: TypeAlias = Literal[
    "mile", "foot", "inch", "yard", "mph", "pound", "ounce", "gallon", "quart", "pint",
    "fluid_ounce", "acre", "square_foot", "square_mile", "fahrenheit", "cup", "dollar", "height",
]  # fmt: skip
EXACT_DIGITS = 4
EXACT_NEAR = 0.0002
MORE_DIGITS_NEAR = 0.025
OVEN_FAHRENHEIT = 200
OVEN_NEAR = 4.5
WITHOUT_TENTHS = 100
FRACTIONS = (0.125, 0.25, 0.5, 0.75)
FEVER_FAHRENHEIT = (97, 107)
BODY_POUNDS = (100, 400)
MEANT_WHOLE_POUNDS = 5


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Won for one US dollar, pinned by the caller so that a build gives the same text again.

    Attributes:
        won: won for a dollar.
        day: the day that the rate stands for, YYYY-MM-DD.
    """

    won: float = 1_400.0
    day: str = "2026-11-25"

    @property
    def tens(self) -> float:
        """Whole tens of won for a dollar, with which amounts that are not rounded stay readable."""
        return float(max(round(self.won, -1), 10))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: how Pint calls it, and what it becomes above and below `least`.

    Attributes:
        pint: Pint's name.
        steps: pairs of the least value and (Pint name, Korean, symbol), largest unit first.
        near: relative error that a number of one digit may be rounded by, 0-1.
        half: the same for rounding to half a power of ten.
    """

    pint: str
    steps: tuple[tuple[float, tuple[str, str, str]], ...]
    near: float = 0.05
    half: float = 0.015


METRE = ("meter", "미터", "m")
CENTIMETRE = ("centimeter", "센티미터", "cm")
SQUARE_METRE = ("meter ** 2", "제곱미터", "㎡")
LITRE = ("liter", "리터", "L")
MILLILITRE = ("milliliter", "밀리리터", "ml")
GRAM = ("gram", "그램", "g")
KILOGRAM = ("kilogram", "킬로그램", "kg")
UNITS: dict[UnitName, Unit] = {
    "mile": Unit("mile", ((1, ("kilometer", "킬로미터", "km")), (0, METRE)), 0.07, 0.021),
    "foot": Unit("foot", ((1, METRE), (0, CENTIMETRE)), 0.07, 0.021),
    "inch": Unit("inch", ((1, CENTIMETRE), (0, ("millimeter", "밀리미터", "mm"))), 0.07, 0.021),
    "yard": Unit("yard", ((1, METRE), (0, CENTIMETRE)), 0.07, 0.021),
    "mph": Unit("mile / hour", ((0, ("kilometer / hour", "킬로미터", "km/h")),), 0.07, 0.021),
    "pound": Unit("pound", ((1, KILOGRAM), (0, GRAM))),
    "ounce": Unit("ounce", ((1, KILOGRAM), (0, GRAM))),
    "gallon": Unit("gallon", ((0, LITRE),)),
    "quart": Unit("quart", ((1, LITRE), (0, MILLILITRE))),
    "pint": Unit("pint", ((1, LITRE), (0, MILLILITRE))),
    "fluid_ounce": Unit("fluid_ounce", ((1, LITRE), (0, MILLILITRE))),
    "acre": Unit("acre", ((0, SQUARE_METRE),), 0.035, 0.02),
    "square_foot": Unit("foot ** 2", ((0, SQUARE_METRE),), 0.035, 0.02),
    "square_mile": Unit("mile ** 2", ((0, ("kilometer ** 2", "제곱킬로미터", "㎢")),), 0.035, 0.02),
    "height": Unit("foot", ((0, CENTIMETRE),), 0.0, 0.0),
}
MONEY_NEAR, MONEY_HALF, MONEY_LEAST = 0.03, 0.015, 0.011


@dataclass(frozen=True, slots=True)
class Quantity:
    """A converted quantity: the number, and its unit in words and as a symbol."""

    value: float
    word: str
    symbol: str


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()


def _digits(value: float) -> str:
    """The significant digits of a number, without the noughts at its ends."""
    return f"{value:.6f}".replace(".", "").strip("0") or "0"


def _round(value: float, source: float, near: float, half: float, least: float = 0.006) -> float:
    """A number that is as round as its source allows.

    Args:
        value: the exact value, positive.
        source: the number in the source, which says how exact it was meant.
        near: relative error for a source of one digit.
        half: the same for multiples of 5, 50, 0.5.
        least: the smallest relative error that a source of two or three digits stands for.
    """
    digits = 1 if source in FRACTIONS else len(_digits(source))
    if digits >= EXACT_DIGITS:
        near = half = EXACT_NEAR
    elif digits > 1:
        number = int(_digits(source))
        near = min(near, MORE_DIGITS_NEAR)
        if number % 5:
            near = min(near, max(0.5 / number, least))
        elif digits > 2:
            near = min(near, 2.5 / number)
        half = min(half, 0.3 * near)
    # Nobody gives tenths of what is in the hundreds.
    for power in range(9, -1 if value >= WITHOUT_TENTHS else -2, -1):
        for step, allowed in ((10.0**power, near), (10.0**power / 2, half)):
            rounded = round(value / step) * step
            if rounded > 0 and abs(rounded - value) <= allowed * value:
                return round(rounded, 6)
    return float(round(value)) if value >= WITHOUT_TENTHS else round(value, 1)


def converted(name: UnitName, value: float) -> Quantity:
    """A US quantity in metric units, rounded as a person would.

    Args:
        name: any unit but temperature, cups and money.
        value: how many of them.
    """
    unit = UNITS[name]
    quantity = _registry().Quantity(value, unit.pint)
    sizes = [float(quantity.to(pint).magnitude) for _, (pint, _, _) in unit.steps]
    place = next(at for at, (least, _) in enumerate(unit.steps) if sizes[at] >= least)
    metric, (_, word, symbol) = sizes[place], unit.steps[place][1]
    if name == "height":
        return Quantity(float(round(metric)), word, symbol)
    if name == "pound" and BODY_POUNDS[0] <= value <= BODY_POUNDS[1]:
        # Whole hundreds of pounds are no more exact than five kilograms.
        step = 5 if value % 100 == 0 else 1
        return Quantity(float(round(metric / step) * step), word, symbol)
    return Quantity(_round(metric, value, unit.near, unit.half), word, symbol)


def meant_kilograms(pounds: float) -> Quantity:
    """Pounds that somebody means to lose or gain: whole kilograms, or halves of a few."""
    exact = float(_registry().Quantity(pounds, "pound").to("kilogram").magnitude)
    value = float(round(exact)) if pounds >= MEANT_WHOLE_POUNDS else round(exact * 2) / 2
    if value < 1:
        return Quantity(value * 1_000, *GRAM[1:])
    return Quantity(value, *KILOGRAM[1:])


def celsius(fahrenheit: float, *, fever: bool = False) -> float:
    """Degrees Celsius: ovens to tens or fives, body temperature to tenths, all else to degrees."""
    exact = float(_registry().Quantity(fahrenheit, "degF").to("degC").magnitude)
    if fahrenheit >= OVEN_FAHRENHEIT and fahrenheit % 25 == 0:
        ten = round(exact / 10) * 10
        return float(ten if abs(ten - exact) <= OVEN_NEAR else round(exact / 5) * 5)
    if fever and FEVER_FAHRENHEIT[0] <= fahrenheit <= FEVER_FAHRENHEIT[1]:
        return round(exact, 1)
    return float(round(exact))


def won(dollars: float, rate: ExchangeRate) -> float:
    """Won for an amount in dollars, as round as the amount is."""
    return _round(dollars * rate.won, dollars, MONEY_NEAR, MONEY_HALF, MONEY_LEAST)


def exact_won(dollars: float, rate: ExchangeRate) -> float:
    """Won for an amount in dollars that others are reckoned from, or that follows from others."""
    return float(round(dollars * rate.tens))


def metric_price(name: UnitName, dollars: Sequence[float], rate: ExchangeRate) -> str:
    """What a price of one US unit is in Korea, in Korean: 1리터에 약 1,300원.

    Args:
        name: any unit but temperature, cups and money.
        dollars: the price of one, or both ends of a range.
        rate: won for a dollar.
    """
    unit = UNITS[name]
    pint, word, _ = unit.steps[0][1]
    size = float(_registry().Quantity(1, unit.pint).to(pint).magnitude)
    prices = [
        won_text(_round(one / size * rate.won, one, MONEY_NEAR, MONEY_HALF, MONEY_LEAST))
        for one in dollars
    ]
    return f"1{word}에 약 {'~'.join(prices)}"


def korean_number(value: float) -> str:
    """A number in Korean text: 8, 2.3, 4,392, 2만."""
    from babel.numbers import format_decimal

    if value >= 10_000 and value % 10_000 == 0:
        return f"{format_decimal(value / 10_000, locale='ko')}만"
    return format_decimal(value, format="#,##0.##", locale="ko")


def won_text(amount: float) -> str:
    """An amount of won as it is written in a text: 7천 원, 2,800원, 2만 8천 원, 1억 1천만 원."""
    whole = round(amount)
    trillions, below = divmod(whole, 10**12)
    hundred_millions, rest = divmod(below, 10**8)
    ten_thousands, units = divmod(rest, 10_000)
    parts = [f"{trillions:,}조"] if trillions else []
    if hundred_millions:
        thousand = hundred_millions % 1000 == 0
        parts.append(f"{hundred_millions // 1000}천억" if thousand else f"{hundred_millions:,}억")
    if ten_thousands:
        thousand = ten_thousands % 1000 == 0
        parts.append(f"{ten_thousands // 1000}천만" if thousand else f"{ten_thousands:,}만")
    if units:
        parts.append(f"{units // 1000}천" if units % 1000 == 0 else f"{units:,}")
    text = " ".join(parts) or "0"
    return f"{text} 원" if text.endswith(("조", "억", "만", "천")) else f"{text}원"
