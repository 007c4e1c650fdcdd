"""Numbers of a Korean text: digits with 만, 억 and 조, native and Sino-Korean numerals."""

import re
from collections.abc import Sequence
from fractions import Fraction

from bllossom_data.korean.number_units import with_units
from bllossom_data.korean.number_values import (
    Number,
    NumberKind,
    Pass,
    Reading,
    decimal,
    join_ranges,
    scan,
)
from bllossom_data.korean.number_words_english import number
from bllossom_data.korean.number_words_korean import (
    APPROXIMATE,
    COUNTERS,
    DIGITS,
    NATIVE,
    NATIVE_ONES,
    NATIVE_TENS,
    SINO_COUNTERS,
    SINO_RUN,
    WORDS_WITH_A_NUMBER,
    mixed_value,
    native_value,
)
from bllossom_data.korean.numbers_korean_compound import COMPOUND_PASSES
from bllossom_data.korean.numbers_korean_time import DATE_PASSES, DURATION_PASSES, any_value

__all__ = ["korean_numbers"]

_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5"}
_VULGAR |= {"⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
_SUFFIXES = {"k": 1_000, "m": 10**6, "b": 10**9}
_ROMAN = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12}
_ROMAN |= {"I": 1, "V": 5, "X": 10, "XIII": 13, "XIV": 14, "XV": 15, "XVI": 16, "XVIII": 18}
_ROMAN_NUMERAL = "|".join(sorted((one for one in _ROMAN if len(one) > 1), key=len, reverse=True))
_RANGE = re.compile(r"%?\s*(?:-|–|—|~|∼|에서|부터|또는|혹은|나|이나|,)\s*\$?")
_RANGE_SCALE = re.compile(r"백만|천만|[백천만억조]")


def korean_numbers(text: str) -> list[Number]:
    """The numbers of a Korean text in their order.

    Syllables that only look like numbers (이 사람, 만약, 천천히) are left out or are not `certain`.

    Args:
        text: Korean, Unicode NFC; slots and addresses in it are skipped.
    """
    numbers = join_ranges(text, scan(text, _PASSES), _RANGE, _RANGE_SCALE)
    return with_units(text, numbers, _RANGE, "ko")


def _opaque(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, None, "version"),)


def _code(match: re.Match[str]) -> Sequence[Number]:
    digits = [int(found) for found in re.findall(r"\d+", match[0])]
    return (number(match, None, "code", parts=digits),)


def _share(
    match: re.Match[str], value: Fraction, *, certain: bool = True, parts: Sequence[int] = ()
) -> Number:
    readings: list[Reading] = [("plain", value), ("percent", value * 100)]
    return number(match, value, "fraction", readings, certain=certain, parts=parts)


def _spelled_share(match: re.Match[str]) -> Sequence[Number]:
    below, above = any_value(match["below"]), any_value(match["above"])
    if not below or above is None:
        return ()
    return (_share(match, above / below),)


def _slashed(match: re.Match[str]) -> Sequence[Number]:
    whole, above, below = int(match["whole"] or 0), int(match["above"]), int(match["below"])
    if (above, below) == (24, 7) or below == 0:
        return (number(match, None, "vague", certain=False, parts=(above,)),)
    parts = (whole, above, below) if match["whole"] else (above, below)
    return (_share(match, whole + Fraction(above, below), parts=parts),)


def _vulgar(match: re.Match[str]) -> Sequence[Number]:
    return (_share(match, int(match["whole"] or 0) + Fraction(_VULGAR[match["sign"]])),)


def _half(match: re.Match[str]) -> Sequence[Number]:
    return (_share(match, Fraction(1, 2), certain=match[0] == "절반"),)


def _percent(match: re.Match[str]) -> Sequence[Number]:
    value = mixed_value(match["value"])
    if value is None:
        return ()
    readings: list[Reading] = [("percent", value), ("plain", value / 100)]
    return (number(match, -value if match["sign"] else value, "percent", readings),)


def _cents(match: re.Match[str]) -> Sequence[Number]:
    value = decimal(match["value"])
    # 50 cents are also $0.50.
    readings: list[Reading] = [("plain", value), ("plain", value / 100)]
    return (number(match, value, "money", readings),)


def _metres(match: re.Match[str]) -> Sequence[Number]:
    whole, rest = int(match["whole"]), int(match["rest"])
    readings: list[Reading] = [
        ("plain", whole + Fraction(rest, 100)),
        ("plain", Fraction(whole * 100 + rest)),
    ]
    return (number(match, None, "count", readings, parts=(whole, rest)),)


def _approximate(match: re.Match[str]) -> Sequence[Number]:
    values = APPROXIMATE[match["word"]]
    return [number(match, value, "range_end", certain=value > 1, group="word") for value in values]


def _vague(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, None, "vague", certain=False),)


def _word(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, WORDS_WITH_A_NUMBER[match[0]], "count", certain=False),)


def _native(match: re.Match[str]) -> Sequence[Number]:
    word, counter = match["word"], match["counter"]
    if not match["space"] and len(word) == 1 and not _is_counted(counter, match):
        return ()
    value = native_value(word)
    kind: NumberKind = "ordinal" if counter in ("번째", "째") else "count"
    certain = value > 1 and not (word == "두" and counter in _BOTH)
    if word == "네":  # 네 편지, 네 말: yours
        after = match.string[match.end() :]
        certain = counter not in _YOURS and re.match(r"[^가-힣]|$|" + _PARTICLE, after) is not None
    return (number(match, value, kind, certain=certain, group="word"),)


_YOURS = ("말", "친구", "눈", "손", "집", "방", "아들", "딸", "편", "입", "문장", "가게", "발")
_PARTICLE = "[을를이가은는의에도로와과만씩나쯤째짜부까정들인입였]"
# One has two hands without anybody saying so.
_BOTH = ("손", "눈", "발", "팔", "다리", "귀", "사람", "입", "볼", "뺨")


def _is_counted(counter: str, match: re.Match[str]) -> bool:
    """세명, 두번; not 세대, 열대, 네가, 세기."""
    if counter == "달" and match.string[match.end() :].startswith("러"):
        return False
    return counter in (
        *("개", "명", "살", "번", "번째", "시간", "달", "마리", "권", "가지", "배", "잔", "컵"),
        *("사람", "군데", "차례"),
    )


def _native_alone(match: re.Match[str]) -> Sequence[Number]:
    value = native_value(match["word"])
    return (number(match, value, "count", certain=value > 2, group="word"),)


def _native_unsure(match: re.Match[str]) -> Sequence[Number]:
    return (number(match, native_value(match["word"]), "count", certain=False, group="word"),)


def _sino(match: re.Match[str]) -> Sequence[Number]:
    word, counter, spaced = match["word"], match["counter"], bool(match["space"])
    value = mixed_value(word)
    if value is None or re.fullmatch(".*[만억조][일이삼사오육칠팔구]", word):
        return ()
    if (
        len(word) > 1
        and not re.search("[십백천만]", word)
        and not (spaced and counter in ("원", "달러"))
    ):
        return ()
    certain = value > 1
    if len(word) == 1 and word in "십백천만":
        after = match.string[match.end() :]
        if (word == "만" or not spaced) and counter not in _HUNDREDS:
            return ()
        if spaced and re.match(rf"[가-힣](?<!{_PARTICLE})", after):  # 천 대표
            return ()
    elif len(word) == 1:
        if spaced and re.match(r"[은는이가을를에의도]? |[.,]", match.string[match.end() :]):
            certain = False
        elif spaced or word in "억조" or counter not in _CLEAR_COUNTERS:
            return ()
    return (number(match, value, "count", certain=certain, group="word"),)


def _sino_alone(match: re.Match[str]) -> Sequence[Number]:
    """천칠백만 동물: long enough to be a number without a counter."""
    value = mixed_value(match["word"])
    if value is None or len(re.findall("[십백천만억조]", match["word"])) < 2:
        return ()
    return (number(match, value, "count"),)


_HUNDREDS = ("명", "원", "년", "개", "달러", "권", "번", "배", "가지", "마리", "부", "미터")
_CLEAR_COUNTERS = ("개월", "학년", "층", "등", "인분", "퍼센트", "개년", "주년", "교시")


def _plain(match: re.Match[str]) -> Sequence[Number]:
    value = mixed_value(match["value"])
    if value is None:
        return ()
    value = -value if match["sign"] else value
    readings: list[Reading] = [("plain", value)]
    if match["suffix"]:
        readings.append(("plain", value * _SUFFIXES[match["suffix"].lower()]))
    article = re.fullmatch(r"(\d+)조", match["value"])
    kind: NumberKind = "count"
    after = match.string[match.end() :]
    if article and not re.match(r" ?(?:원|달러|유로|엔|파운드|위안|개|마리)", after):
        readings.append(("plain", Fraction(article[1])))
    if match["currency"] or re.match(r" ?(?:원|달러|유로|엔|파운드|위안)", after):
        kind = "money"
    elif match["ordinal"] or re.match(r" ?(?:번째|위|등(?![가-힣])|호|차|급)", after):
        kind = "ordinal"
    elif after.startswith("일"):
        kind = "date"
    whole, point, rest = match["value"].partition(".")
    parts = (int(whole), int(rest)) if point and whole.isdigit() and rest.isdigit() else ()
    return (number(match, value, kind, readings, parts=parts, group="number"),)


def _roman(match: re.Match[str]) -> Sequence[Number]:
    value = _ROMAN[match["roman"]]
    return (number(match, value, "ordinal", certain=False, group="roman"),)


_SECTION = rf"(?:{DIGITS})(?:[십백천](?:\d?[십백]\d?)?)?"
_MYRIAD = (
    rf"{_SECTION}(?: ?(?:백만|천만|십만|십억|백억|천억|[만억조])(?!큼|각|항|나|약|치|화)"
    rf"(?: ?(?:{_SECTION})?(?:백만|천만|[만억천백])(?!큼|각|항|화)| ?\d{{1,3}},\d{{3}}"
    r"| \d{3,4}(?!\d)|\d{1,4}(?!\d)| [일이삼사오육칠팔구]?천)*)?"
)
_SIGN = r"(?:영하 ?|마이너스 ?|(?<![\w)\]\0.~])(?<!\d )[-−](?=\d))"
_NUMERAL = rf"(?:{DIGITS}|{NATIVE}|{SINO_RUN}{{1,6}})"
_DIGIT = re.compile(r"\d")
_METRES = re.compile(r"\d ?(?:cm|센티)")
_PASSES: tuple[Pass, ...] = (
    (
        re.compile(
            r"\+?\b\d{1,4}(?:[-.]\d{2,4}){2,4}(?!\d)"
            r"|\(\d{3}\) ?\d{3}-\d{4}(?!\d)"
            r"|\b\d{3}-\d{4}(?!\d)|\bv?\d+(?:\.\d+){2,}(?!\d)|\bv\d+(?:\.\d+)*"
        ),
        lambda match: () if re.fullmatch(r"\d{4}[-.]\d\d?[-.]\d\d?", match[0]) else _opaque(match),
        _DIGIT,
    ),
    *DATE_PASSES,
    (
        re.compile(rf"(?P<below>{_NUMERAL}) ?분의 ?(?P<above>{_NUMERAL})"),
        _spelled_share,
        re.compile("분의"),
    ),
    (
        re.compile(r"(?:\b(?P<whole>\d+) )?(?<![\d/.])(?P<above>\d+)[/⁄](?P<below>\d+)(?![\d/])"),
        _slashed,
        re.compile(r"\d[/⁄]\d"),
    ),
    (re.compile(rf"(?:(?P<whole>\d+) ?)?(?P<sign>[{''.join(_VULGAR)}])"), _vulgar),
    (
        re.compile(
            rf"(?P<sign>{_SIGN})?(?P<value>{DIGITS}|(?<![가-힣]){SINO_RUN}{{1,6}})"
            r" ?(?:%|％|퍼센트|프로(?![가-힣]{2})|퍼센티지)"
        ),
        _percent,
        re.compile("[%％]|퍼센|프로"),
    ),
    (re.compile(rf"(?<![\d.])(?P<value>{DIGITS}) ?센트(?!럴|리)"), _cents, re.compile("센트")),
    (
        re.compile(r"(?<![\d.])(?P<whole>\d+) ?(?:m|미터) ?(?P<rest>\d{1,2}) ?(?:cm|센티)"),
        _metres,
        _METRES,
    ),
    (
        re.compile(
            rf"(?<![가-힣])(?P<word>{'|'.join(sorted(APPROXIMATE, key=len, reverse=True))})"
            rf"(?=(?:(?<![일이삼사오육륙칠팔]) ?)(?:{COUNTERS}|{SINO_COUNTERS}))"
        ),
        _approximate,
    ),
    (
        re.compile(r"(?:수|몇) ?(?:십|백|천|만|억|조)+[만억조]?"),
        _vague,
    ),
    *DURATION_PASSES,
    *COMPOUND_PASSES,
    (re.compile("|".join(sorted(WORDS_WITH_A_NUMBER, key=len, reverse=True))), _word),
    (re.compile(r"절반|반쪽|(?<![가-힣])반(?=[ 으쯤이은을만씩값토]|$)|(?<= )반(?=[.,])"), _half),
    (
        re.compile(
            rf"[A-Za-z가-힣] ?(?P<roman>{_ROMAN_NUMERAL}"
            r"|[IVX](?=세))(?![A-Za-z])"
        ),
        _roman,
    ),
    (
        re.compile(
            rf"(?<![가-힣\w])(?!두개골)(?P<word>{NATIVE})(?P<space> ?)(?P<counter>{COUNTERS})"
        ),
        _native,
    ),
    (
        re.compile(
            rf"(?<![가-힣])(?P<word>(?:{'|'.join(NATIVE_TENS)})"
            rf"(?:{NATIVE_ONES})|다섯|여섯|일곱|여덟|아홉|셋|넷|둘|스물|서른|마흔|예순|일흔|여든|아흔"
            r"|열(?=까지|부터|을 세))"
        ),
        _native_alone,
    ),
    (re.compile(r"(?<![가-힣])(?P<word>두) (?=[가-힣])"), _native_alone),
    (
        re.compile(r"(?<![가-힣])(?P<word>하나|한|세|네|열|쉰)(?= |$|[로가를은의만씩])"),
        _native_unsure,
    ),
    (
        re.compile(
            r"\b[A-Za-z]{1,15}-?\d+(?!\.\d)[A-Za-z]*(?:-\d+)?(?![A-Za-z\d])|(?<![A-Za-z\d.,])\d+[AC-JN-Z]\d*(?![A-Za-z\d])"
            r"|(?<!\w)\d+x\d+(?!\w)"
        ),
        lambda match: _code(match) if not re.match(r"US\d", match[0]) else (),
        _DIGIT,
    ),
    (
        re.compile(
            rf"(?P<ordinal>제 ?)?(?P<number>(?P<sign>{_SIGN})?(?P<currency>(?:US)?\$ ?|[€£¥₩] ?)?"
            rf"(?P<value>{_MYRIAD})(?:(?<=\d)(?P<suffix>[kKMB])(?![A-Za-z]))?)"
        ),
        _plain,
    ),
    (
        re.compile(
            # 사십시오 and 오십시오 ask to buy and to come; no day has forty hours.
            r"(?<![가-힣\d])(?!만일|천만에|백만장자|[사오]십시)"
            rf"(?P<word>{SINO_RUN}+)여?(?P<space> ?)(?P<counter>{SINO_COUNTERS})(?!만)"
        ),
        _sino,
    ),
    (
        re.compile(rf"(?<![가-힣\d])(?P<word>{SINO_RUN}{{3,}})(?= [가-힣])"),
        _sino_alone,
    ),
)
