"""Dates, clock times, durations, decades and centuries of a Korean text."""

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
from bllossom_data.korean.number_words_english import number
from bllossom_data.korean.number_words_korean import (
    DAYS,
    HALF_ENDS,
    NATIVE,
    SINO_COUNTERS,
    is_native,
    mixed_value,
    native_value,
)

__all__ = ["DATE_PASSES", "DURATION_PASSES", "any_value"]

_NUMERAL = (
    r"(?:\d[\d,]*(?:\.\d+)?(?: ?[십백천])?(?: ?[만억조](?: ?\d[\d,]*(?: ?[십백천])?){0,4}){0,4}"
    r"|(?<![가-힣])(?!만일)[일이삼사오육칠팔구십백천만억]{1,8}"
    rf"|(?<![가-힣]){NATIVE})"
)
_UNITS: dict[str, tuple[Literal["seconds", "months"], int]] = {
    "초": ("seconds", 1),
    "분": ("seconds", MINUTE),
    "시간": ("seconds", HOUR),
    "일": ("seconds", DAY),
    "박": ("seconds", DAY),
    "주일": ("seconds", WEEK),
    "주": ("seconds", WEEK),
    "개월": ("months", 1),
    "달": ("months", 1),
    "년": ("months", 12),
    "해": ("months", 12),
    "세기": ("months", 1_200),
}
_UNIT = (
    r"(?:초(?![등반과점]|기|상)|분(?![기의야류량할자위석열간파홍쟁]|만)|시간|일(?![본반부차시인번]|간지)|박(?=\s?\d|\s)"
    r"|주일|주(?![년택기차식도장인민요연행소])|개월|달(?!러|리|걀|성|라)|년(?!대|생|도|형)|해(?=\s|[를가는에도만])"
    r"|세기(?=\s?(?:동안|에 걸|전|반|가 넘|이상|만에|후|뒤)))"
)
_PIECE = re.compile(rf"({_NUMERAL})여? ?({_UNIT})")
_HALVES: dict[str, Literal["am", "pm", "either"]] = {
    "오전": "am",
    "새벽": "am",
    "아침": "am",
    "오후": "pm",
    "저녁": "pm",
    "낮": "pm",
    "점심": "pm",
}
_MONTH_NAMES = ["일", "이", "삼", "사", "오", "유", "칠", "팔", "구", "시", "십일", "십이"]


def any_value(text: str) -> Fraction | None:
    """Value of digits, a Sino-Korean or a native numeral; None where it is none of them."""
    if is_native(text):
        return Fraction(native_value(text))
    return mixed_value(text)


def _clock(match: re.Match[str]) -> Sequence[Number]:
    hour, minute = any_value(match["hour"]), Fraction(0)
    if match["minute"]:
        minute = any_value(match["minute"]) or Fraction(0)
    if match["half"] or match["half2"]:
        minute = Fraction(30)
    if hour is None or not 0 <= hour <= 24 or minute > 59:
        return ()
    day, at = match["day"], int(hour)
    if day in ("밤", "한밤", "심야"):
        half: Literal["am", "pm", "either"] = "pm" if 6 <= at < 12 else "am"
    elif day in ("아침", "점심", "낮") and at in (10, 11, 12, 1, 2):
        half = "pm" if at in (12, 1, 2) else "am"
    else:
        half = _HALVES.get(day or "", "either")
    readings = clock_readings(at, int(minute), half)
    if match["to"]:
        earlier = frozenset((name, (one - 2 * minute) % _DAY_MINUTES) for name, one in readings)
        # 여섯 시 15분 전에 is also before 6:15
        readings = earlier | readings if match["to"].endswith("에") else earlier
    if minute:
        return (number(match, None, "time", readings, parts=(at, int(minute))),)
    return (number(match, at, "time", readings),)


def _colon(match: re.Match[str]) -> Sequence[Number]:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59:
        return ()
    half = _HALVES.get(match["day"] or "", "either")
    suffix = (match["suffix"] or "").lower()
    half = "am" if suffix.startswith("a") else "pm" if suffix.startswith("p") else half
    readings = clock_readings(hour, minute, half)
    return (number(match, None, "time", readings, parts=(hour, minute)),)


def _noon_or_midnight(match: re.Match[str]) -> Sequence[Number]:
    minute = Fraction(720 if match[0] in ("정오", "한낮") else 0)
    certain = match[0] in ("정오", "자정")
    return (number(match, 12, "time", [("minute_of_day", minute)], certain=certain),)


def _date(match: re.Match[str]) -> Sequence[Number]:
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ()
    return (
        number(match, int(match["year"]), "year", group="year"),
        number(match, month, "month", [("month", Fraction(month))], group="month"),
        number(match, day, "date", group="day"),
    )


def _month(match: re.Match[str]) -> Sequence[Number]:
    name = match["name"]
    value = _MONTH_NAMES.index(name) + 1 if name else int(match["digits"])
    if not 1 <= value <= 12:
        return ()
    return (number(match, value, "month", [("month", Fraction(value))]),)


def _decade(match: re.Match[str]) -> Sequence[Number]:
    value = mixed_value(match["value"])
    if value is None or (value % 10 and not match["age"]):
        return ()
    readings: list[Reading] = [*decade_readings(value), ("plain", value)]
    return (number(match, value, "decade", readings),)


def _century(match: re.Match[str]) -> Sequence[Number]:
    value = mixed_value(match["value"])
    if value is None:
        return ()
    readings: list[Reading] = [("century", value), ("decade", (value - 1) * 100)]
    return (number(match, value, "century", readings),)


def _year(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, int(match["year"]), "year"),)


def _durations(match: re.Match[str]) -> Sequence[Number]:
    pieces: list[tuple[Fraction, str]] = []
    for piece in _PIECE.finditer(match.string, match.start(), match.end()):
        value = any_value(piece[1])
        if value is None or not _is_a_numeral(piece[1], piece[2], piece.string[piece.end() :]):
            return ()
        pieces.append((value, piece[2]))
    if not pieces:
        return ()
    half = Fraction(1, 2) if match["half"] else Fraction(0)
    dimension, size = _UNITS[pieces[-1][1]]
    if len(pieces) == 1:
        value = pieces[0][0] + half
        readings: list[Reading] = [(dimension, value * size)]
        certain = _is_certain(match[0], value)
        return (number(match, value, "duration", readings, certain=certain),)
    if len({_UNITS[unit][0] for _, unit in pieces}) > 1:
        return _apart(match)
    total = sum(value * _UNITS[unit][1] for value, unit in pieces) + half * size
    parts = [value for value, _ in pieces]
    return (number(match, None, "duration", [(dimension, Fraction(total))], parts=parts),)


def _apart(match: re.Match[str]) -> Sequence[Number]:
    found: list[Number] = []
    for piece in _PIECE.finditer(match.string, match.start(), match.end()):
        dimension, size = _UNITS[piece[2]]
        value = any_value(piece[1]) or Fraction(0)
        found.append(number(piece, value, "duration", [(dimension, value * size)]))
    return found


def _is_a_numeral(numeral: str, unit: str, after: str) -> bool:
    """Whether a syllable counts such a unit: 삼 년, 이 개월; not 이주, 구분, 오일, 세분."""
    if is_native(numeral):
        return unit in ("시간", "달", "해", "주", "주일")
    if unit == "일" and not numeral[-1].isdigit() and re.match(rf" (?:{SINO_COUNTERS})", after):
        return False  # 육백일 권
    if len(numeral) > 1 or numeral not in "일이삼사오육칠팔구십백천만억":
        return (
            re.fullmatch(r".*[만억][일이삼사오육칠팔구]|[일이삼사오육칠팔구]{2,}", numeral) is None
        )
    if unit in ("개월", "주일"):
        return True
    if unit in ("일", "년", "분", "초") and numeral in "십백천만":
        return unit == "년" or not re.match(r"[가-힣]{2}", after)
    return unit == "년" and re.match(r"[ 간전동후째만의에을이]|$", after) is not None


def _is_certain(text: str, value: Fraction) -> bool:
    """이 주, 이 년, 사 일: a single Sino-Korean syllable is mostly another word."""
    return value != 1 and not re.match(r"[일이삼사오육칠팔구만] ", text)


def _days(match: re.Match[str]) -> Sequence[Number]:
    word = match["word"]
    value = DAYS[word] + Fraction(1 if match["half"] else 0, 2)
    certain = value > 1 and word != "이레"
    readings: list[Reading] = [("seconds", value * DAY)]
    if word == "보름":
        readings += [("seconds", Fraction(2 * WEEK)), ("months", Fraction(1, 2))]
    return (number(match, value, "duration", readings, certain=certain),)


def _half_of_a_unit(match: re.Match[str]) -> Sequence[Number]:
    readings: list[Reading] = [("months", _HALVED_MONTHS[match["unit"]])]
    return (number(match, Fraction(1, 2), "duration", readings),)


def _half_of_a_day(match: re.Match[str]) -> Sequence[Number]:
    # as long as the light lasts, or half as long
    readings: list[Reading] = [("seconds", Fraction(hours * HOUR)) for hours in (6, 12)]
    return (number(match, Fraction(1, 2), "duration", readings, certain=False),)


def _every_other(match: re.Match[str]) -> Sequence[Number]:
    """격주 is every two weeks or every other week."""
    dimension, size = _UNITS[_ALTERNATING[match["unit"]]]
    readings: list[Reading] = [(dimension, Fraction(2 * size))]
    return (number(match, 2, "duration", readings, certain=False),)


_HALVED_MONTHS = {"년": Fraction(6), "세기": Fraction(600)}
_ALTERNATING = {"일": "일", "주": "주", "월": "달", "년": "년"}
_DAY_MINUTES = 24 * 60
_HOURS = "열한|열두|열|한|두|세|네|다섯|여섯|일곱|여덟|아홉"
_DAY = r"(?:(?P<day>오전|오후|새벽|아침|저녁|한밤|심야|밤|낮|점심) ?)?"
_YEAR = re.compile(r"\d{4}")
DATE_PASSES: tuple[Pass, ...] = (
    (
        re.compile(r"\b(?P<year>\d{4})[-/.] ?(?P<month>\d{1,2})[-/.] ?(?P<day>\d{1,2})\b"),
        _date,
        _YEAR,
    ),
    (
        re.compile(
            rf"{_DAY}(?P<hour>\d{{1,2}}|(?<![가-힣])(?:{_HOURS})) ?시"
            r"(?=[ 에를까부쯤경로가는은이정와과의도만면입였인예야라다,.)!?~-]|반|\d|십|$)"
            r"(?: ?(?:(?P<minute>\d{1,2}|[이삼사오]?십[일이삼사오육칠팔구]?|오) ?분"
            r"(?P<to> 전(?![가-힣]{2}(?<!입니|이에))에?)?"
            r"|(?P<half>반)(?![가-힣])|(?P<half2>반)(?=[에까쯤이으]))?)"
        ),
        _clock,
        re.compile("시"),
    ),
    (
        re.compile(
            rf"{_DAY}(?<![\d:.])(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?![\d:])"
            r"(?: ?(?P<suffix>[AaPp]\.?[Mm]\.?))?"
        ),
        _colon,
        re.compile(r"\d:\d"),
    ),
    (re.compile(r"정오|자정|한밤중|한밤|한낮"), _noon_or_midnight),
    (
        re.compile(
            r"(?P<digits>\d{1,2}) ?월(?!드)"
            r"|(?<![가-힣])(?P<name>십일|십이|[일이삼사오유칠팔구시])월"
            r"(?=[ 에은의이까부과달초말중,.]|$)"
        ),
        _month,
    ),
    (
        re.compile(
            r"(?P<value>\d+|(?<![가-힣])[일이삼사오육칠팔구]?십) ?(?:년대|(?P<age>대)"
            r"(?= ?(?:[초중후여남이의가를에부인청젊로들였나까소일학와과은는때시.,]|$)))"
        ),
        _decade,
    ),
    (re.compile(r"(?P<value>\d{1,2}|(?<![가-힣])[이]?십[일이삼사오육칠팔구]?) ?세기"), _century),
    (re.compile(r"(?<![\d,.])(?P<year>1\d{3}|20\d\d)(?=년(?! ?(?:간|전|동안|이상|넘)))"), _year),
)
DURATION_PASSES: tuple[Pass, ...] = (
    (
        re.compile(
            rf"{_NUMERAL}여? ?{_UNIT}(?:(?: |하고 |과 |와 )?{_NUMERAL} ?{_UNIT})*"
            rf"(?P<half> ?반(?={HALF_ENDS})| 반(?=[이에은을의 ]|으로))?"
        ),
        _durations,
    ),
    (
        re.compile(
            r"(?<![가-힣])(?P<word>하루|이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레|열흘|보름)"
            rf"(?!살이|달)(?P<half> 반(?=[이에은을의]|{HALF_ENDS}))?"
        ),
        _days,
    ),
    (re.compile(r"(?<![가-힣])반 ?(?P<unit>년|세기)(?![대도])"), _half_of_a_unit),
    (re.compile("(?<![가-힣])반나절"), _half_of_a_day),
    (re.compile(r"(?<![가-힣])격(?P<unit>[일주월년])(?=[로 으마간지은에]|$)"), _every_other),
)
