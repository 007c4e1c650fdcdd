"""Korean numbers in several words or in one name: 한 컵 반, 반 다스, 독립기념일."""

import re
from collections.abc import Sequence
from fractions import Fraction

from bllossom_data.korean.number_values import Number, Pass, Reading
from bllossom_data.korean.number_words_english import number
from bllossom_data.korean.number_words_korean import (
    COUNTERS,
    DIGITS,
    HALF_ENDS,
    NATIVE,
    SINO_RUN,
)
from bllossom_data.korean.numbers_korean_time import any_value

__all__ = ["COMPOUND_PASSES"]

_NUMERAL = rf"(?:{DIGITS}|(?<![가-힣])(?:{NATIVE}|{SINO_RUN}{{1,4}}))"
_MEASURES = (
    "리터|미터|킬로미터|킬로그램|킬로|그램|파운드|온스|인치|피트|야드|마일|갤런|쿼트|파인트|에이커"
    "|톤|평|근|테이블스푼|티스푼|인분|kg|km|cm|L|m|g"
)
_DOZEN = 12
# Holidays that are named where English gives their date: the Fourth of July.
_HOLIDAYS = {
    "독립기념일": (7, 4),
    "크리스마스": (12, 25),
    "성탄절": (12, 25),
    "밸런타인데이": (2, 14),
    "핼러윈": (10, 31),
    "만우절": (4, 1),
}
_SHARES_OF_TEN = {"아홉": (9,), "여덟": (8,), "팔구": (9, 8)}
_SPACES = re.compile(r"\s")


def _and_a_half(match: re.Match[str]) -> Sequence[Number]:
    whole = any_value(match["word"])
    if whole is None:
        return ()
    return (number(match, whole + Fraction(1, 2), "fraction", group="word"),)


def _dozens(match: re.Match[str]) -> Sequence[Number]:
    dozens = Fraction(1, 2) if match["word"] == "반" else any_value(match["word"])
    if dozens is None:
        return ()
    return (number(match, dozens * _DOZEN, "count"),)


def _most_of_ten(match: re.Match[str]) -> Sequence[Number]:
    """열에 아홉 and 십중팔구: nine times out of ten, or just most likely."""
    values = _SHARES_OF_TEN[match["share"]]
    readings: list[Reading] = [("plain", Fraction(value)) for value in values]
    return (
        number(match, 10, "count", certain=False, group="ten"),
        number(match, values[0], "count", readings, certain=False, group="share"),
    )


def _holiday(match: re.Match[str]) -> Sequence[Number]:
    month, day = _HOLIDAYS[_SPACES.sub("", match[0])]
    return (
        number(match, month, "month", [("month", Fraction(month))], certain=False),
        number(match, day, "date", certain=False),
    )


COMPOUND_PASSES: tuple[Pass, ...] = (
    (
        re.compile(
            rf"(?P<word>{_NUMERAL}) ?(?:{COUNTERS}|{_MEASURES}) 반"
            rf"(?=[ 을를이은는의에도]|{HALF_ENDS})"
        ),
        _and_a_half,
        re.compile(" 반"),
    ),
    (
        re.compile(r"(?<![가-힣])(?P<ten>열(?=에)|십(?=중))(?:에 |중)(?P<share>아홉|여덟|팔구)"),
        _most_of_ten,
    ),
    (re.compile(rf"(?P<word>(?<![가-힣])반|{_NUMERAL}) ?다스(?!리)"), _dozens, re.compile("다스")),
    (
        re.compile("|".join(one.replace("기념일", r"\s?기념일") for one in _HOLIDAYS)),
        _holiday,
    ),
)
"""What finds these numbers; before the passes that would find their parts."""
