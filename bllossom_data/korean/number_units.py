"""Which unit or currency a number is given in, by one name for both languages.

Only what both texts state can be compared, so a unit of several meanings (도, 킬로, `degrees`) is
none here. Pounds are one unit: 파운드 is the money and the weight.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal, TypeAlias

from bllossom_data.korean.number_values import Number

__all__ = ["with_units"]

Language: TypeAlias = Literal["en", "ko"]

# Name of the unit: how English writes it after a number, how Korean does.
_UNITS: dict[str, tuple[str, str]] = {
    "킬로그램": (r"kilograms?|kilos?|kgs?", r"킬로그램|kg|㎏"),
    "그램": (r"grams?|grammes?|g", r"그램|g"),
    "밀리그램": (r"milligrams?|mg", r"밀리그램|mg|㎎"),
    "파운드": (r"pounds?|lbs?|quid|GBP", r"파운드|lbs?|GBP"),
    "온스": (r"(?:fluid |fl\.? )?(?:ounces?|oz)", r"(?:액량 ?)?온스|oz"),
    "톤": (r"(?:metric )?(?:tons?|tonnes?)", r"톤"),
    "킬로미터": (r"kilomet(?:er|re)s?|kms?|kph", r"킬로미터|km|㎞"),
    "미터": (r"met(?:er|re)s?|m", r"미터|m"),
    "센티미터": (r"centimet(?:er|re)s?|cm", r"센티미터|센티|cm|㎝"),
    "밀리미터": (r"millimet(?:er|re)s?|mm", r"밀리미터|mm|㎜"),
    "마일": (r"miles?|mi|mph", r"마일(?!리지|스톤)|mi|mph"),
    "피트": (r"feet|foot|ft", r"피트|ft"),
    "인치": (r"inch(?:es)?", r"인치"),
    "야드": (r"yards?|yds?", r"야드"),
    "제곱미터": (r"square met(?:er|re)s?|sq\.? ?m|m²|㎡", r"제곱미터|평방미터|㎡|m²"),
    "제곱킬로미터": (
        r"square kilomet(?:er|re)s?|sq\.? ?km|km²|㎢",
        r"제곱킬로미터|평방킬로미터|㎢|km²",
    ),
    "제곱피트": (r"square f(?:ee|oo)t|sq\.? ?f(?:t|eet)|ft²", r"(?:제곱|평방) ?피트|sq\.? ?ft|ft²"),
    "제곱마일": (r"square miles?|sq\.? ?mi", r"(?:제곱|평방) ?마일"),
    "에이커": (r"acres?", r"에이커"),
    "헥타르": (r"hectares?|ha", r"헥타르|ha"),
    "리터": (r"lit(?:er|re)s?|L", r"리터|L|ℓ"),
    "밀리리터": (r"millilit(?:er|re)s?|m[lL]", r"밀리리터|m[lL]|㎖"),
    "갤런": (r"gallons?|gal", r"갤런"),
    "쿼트": (r"quarts?|qts?", r"쿼트"),
    "파인트": (r"pints?", r"파인트"),
    "컵": (r"cups?", r"컵"),
    "큰술": (r"tablespoons?|tablespoonfuls?|tbsps?|Tbsps?", r"큰 ?술|테이블 ?스푼|밥숟가락"),
    "작은술": (r"teaspoons?|teaspoonfuls?|tsps?", r"작은 ?술|티 ?스푼|찻숟가락"),
    "섭씨": (r"(?:degrees?|°|º) ?(?:C|[Cc]elsius|[Cc]entigrade)|℃|[Cc]elsius", r"°C|ºC|℃"),
    "화씨": (r"(?:degrees?|°|º) ?(?:F|[Ff]ahrenheit)|℉|[Ff]ahrenheit", r"°F|ºF|℉"),
    "칼로리": (r"(?:kilo)?calories?|k?cals?|kcals?", r"(?:킬로)?칼로리|k?cal"),
    "와트": (r"watts?", r"와트"),
    "킬로와트": (r"kilowatts?|kW", r"킬로와트|kW"),
    "메가와트": (r"megawatts?|MW", r"메가와트|MW"),
    "킬로헤르츠": (r"kilohertz|kHz", r"킬로헤르츠|kHz|㎑"),
    "메가헤르츠": (r"megahertz|MHz", r"메가헤르츠|MHz|㎒"),
    "기가헤르츠": (r"gigahertz|GHz", r"기가헤르츠|GHz|㎓"),
    "비트": (r"bits?", r"비트"),
    "바이트": (r"bytes?", r"바이트"),
    "킬로바이트": (r"kilobytes?|[kK]B", r"킬로바이트|[kK]B"),
    "메가바이트": (r"megabytes?|MB", r"메가바이트|메가(?![가-힣])|MB"),
    "기가바이트": (r"gigabytes?|GB", r"기가바이트|기가(?![가-힣])|GB"),
    "테라바이트": (r"terabytes?|TB", r"테라바이트|테라(?![가-힣])|TB"),
    "메가비트": (r"megabits?|Mbps", r"메가비트|Mbps"),
    "기가비트": (r"gigabits?|Gbps", r"기가비트|Gbps"),
    "픽셀": (r"pixels?|px", r"픽셀|px"),
    "밀리초": (r"milliseconds?|msecs?|ms", r"밀리초|ms"),
    "마이크로초": (r"microseconds?|[µμ]s", r"마이크로초|[µμ]s"),
    "나노초": (r"nanoseconds?|ns", r"나노초|ns"),
    "달러": (
        r"(?:[A-Za-z]+ |U\.S\. )?dollars?|bucks?|USD",
        r"(?:(?:미국?|캐나다|호주|홍콩|싱가포르) ?)?달러|불(?=[^가-힣]|$|[을를이가은는로에짜])|USD",
    ),
    "센트": (r"cents?", r"센트"),
    "유로": (r"euros?|EUR", r"유로(?!파|존|화 지역)|EUR"),
    "원": (
        r"(?:Korean |South Korean )?won|KRW",
        r"원(?=[^가-힣]|$|[을를이가은는의에도로과와만씩대]|짜리|입니|까지|부터|정도)|KRW",
    ),
    "엔": (
        r"(?:Japanese )?yen|JPY",
        r"엔(?=[^가-힣]|$|[을를이가은는의에도으과만씩대]|짜리|화|입니)|JPY",
    ),
    "위안": (r"(?:Chinese )?yuan|renminbi|RMB|CNY", r"위안(?!부)|CNY"),
    "루피": (r"rupees?", r"루피"),
    "페소": (r"(?:[A-Za-z]+ )?pesos?", r"(?:[가-힣]+ )?페소"),
    "프랑": (r"(?:[A-Za-z]+ )?francs?", r"(?:[가-힣]+ )?프랑(?!스)"),
}  # fmt: skip
_SIGNS = {"$": ["달러"], "€": ["유로"], "£": ["파운드"], "₩": ["원"], "¥": ["엔", "위안"]}
_CODES = {"USD": "달러", "EUR": "유로", "GBP": "파운드", "KRW": "원", "JPY": "엔", "CNY": "위안"}
_CODE_BEFORE = re.compile(rf"\b({'|'.join(_CODES)}) ?$")
_OWN_SIGN = re.compile(r"[-−]?(?:US)?(?P<sign>[$€£₩¥])")
# HK$ and R$ are other currencies.
_OTHER_DOLLAR = re.compile(r"[A-Za-z]$")
_SCALE_BEFORE = re.compile(r"(?P<scale>섭씨|화씨) ?(?:약 ?)?(?:영하 ?|영상 ?)?$")
_POINTS_ENGLISH = re.compile(r"points?$")
_POINTS_KOREAN = re.compile(r" ?(?:포인트|[pP](?![A-Za-z]))")
_SECONDS = re.compile(r"(?:\bsec(?:ond)?s?|초)$", re.IGNORECASE)
_BETWEEN = {"en": r"[ -]?(?:of an? )?", "ko": r"여? ?"}
_UNIT_CHARACTERS = 40
_NAMES = tuple(_UNITS)


def with_units(
    text: str, numbers: Sequence[Number], joiner: re.Pattern[str], language: Language
) -> list[Number]:
    """The numbers of a text with the units that they are given in.

    Args:
        text: the text.
        numbers: its numbers, in order.
        joiner: what stands between the ends of a range, whose unit may be said once.
        language: what the text is written in.
    """
    found = [_units_of(text, one, language) for one in numbers]
    for place in range(len(found) - 1, 0, -1):
        first, second = numbers[place - 1], numbers[place]
        if not joiner.fullmatch(text[first.end : second.start]):
            continue
        found[place - 1] = found[place - 1] or found[place]
        if _OWN_SIGN.match(first.text):
            found[place] = found[place] or found[place - 1]
    return [
        replace(one, units=units) if units else one
        for one, units in zip(numbers, found, strict=True)
    ]


def _units_of(text: str, number: Number, language: Language) -> frozenset[str]:
    if number.kind == "percent":
        points = (
            _POINTS_ENGLISH.search(number.text)
            if language == "en"
            else _POINTS_KOREAN.match(text, number.end)
        )
        return frozenset(["퍼센트포인트" if points else "퍼센트"])
    if number.kind == "duration":
        return frozenset(["초"] if _SECONDS.search(number.text) else [])
    if sign := _OWN_SIGN.match(number.text):
        before = text[max(0, number.start - 1) : number.start]
        return frozenset([] if _OTHER_DOLLAR.match(before) else _SIGNS[sign["sign"]])
    if unit := _after(language).match(_lowered(text[number.end : number.end + _UNIT_CHARACTERS])):
        return frozenset([_NAMES[int(unit.lastgroup.removeprefix("unit_"))]])  # type: ignore[union-attr]
    before = text[max(0, number.start - _UNIT_CHARACTERS) : number.start]
    if scale := _SCALE_BEFORE.search(before):
        return frozenset([scale["scale"]])
    if code := _CODE_BEFORE.search(before):
        return frozenset([_CODES[code[1]]])
    return frozenset()


def _lowered(text: str) -> str:
    """A word that a title or a recipe writes with a capital, as any other."""
    return re.sub(r"^([ -]?)([A-Z])(?=[a-z]{2})", lambda match: match[0].lower(), text)


@cache
def _after(language: Language) -> re.Pattern[str]:
    """What may follow a number; the name of the group tells which unit it is."""
    words = "|".join(
        f"(?P<unit_{place}>{english if language == 'en' else korean})"
        for place, (english, korean) in enumerate(_UNITS.values())
    )
    return re.compile(rf"{_BETWEEN[language]}(?:{words})(?![A-Za-z0-9²³])")
