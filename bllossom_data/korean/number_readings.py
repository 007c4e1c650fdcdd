"""How numbers, units and symbols are read in Korean, as far as the end of the reading matters."""

import re

__all__ = ["SYMBOLS", "currency_reading", "number_reading", "unit_reading"]

_DIGITS = "영일이삼사오육칠팔구"
_PLACES = ("", "십", "백", "천")
_MYRIADS = ("", "만", "억", "조", "경")
_CURRENCIES = {"$": "달러", "₩": "원", "￦": "원", "€": "유로", "£": "파운드", "¥": "엔"}

_UNITS = {
    "km": "킬로미터", "m": "미터", "cm": "센티미터", "mm": "밀리미터", "µm": "마이크로미터",
    "nm": "나노미터", "㎞": "킬로미터", "㎝": "센티미터", "㎜": "밀리미터", "㎡": "제곱미터",
    "㎢": "제곱킬로미터", "㎥": "세제곱미터", "kg": "킬로그램", "Kg": "킬로그램", "g": "그램",
    "mg": "밀리그램", "㎏": "킬로그램", "㎎": "밀리그램", "t": "톤", "L": "리터", "l": "리터",
    "ℓ": "리터", "㎖": "밀리리터", "mL": "밀리리터", "ml": "밀리리터", "dL": "데시리터",
    "cc": "씨씨", "㏄": "씨씨", "ha": "헥타르", "m/s": "미터 매 초", "km/h": "킬로미터 매 시",
    "km/s": "킬로미터 매 초", "m/s²": "미터 매 초 제곱", "g/cm³": "그램 퍼 세제곱센티미터",
    "kg/m³": "킬로그램 퍼 세제곱미터", "km/L": "킬로미터 퍼 리터", "m/min": "미터 매 분",
    "%": "퍼센트", "％": "퍼센트", "‰": "퍼밀", "%p": "퍼센트포인트", "℃": "도", "℉": "도",
    "°C": "도", "°F": "도", "ºC": "도", "°": "도", "K": "케이", "KB": "킬로바이트",
    "kB": "킬로바이트", "MB": "메가바이트", "GB": "기가바이트", "TB": "테라바이트",
    "PB": "페타바이트", "kbps": "킬로비피에스", "Kbps": "킬로비피에스", "Mbps": "메가비피에스",
    "Gbps": "기가비피에스", "Hz": "헤르츠", "kHz": "킬로헤르츠", "MHz": "메가헤르츠",
    "GHz": "기가헤르츠", "V": "볼트", "kV": "킬로볼트", "W": "와트", "kW": "킬로와트",
    "MW": "메가와트", "GW": "기가와트", "Wh": "와트시", "kWh": "킬로와트시", "A": "암페어",
    "mA": "밀리암페어", "mAh": "밀리암페어시", "Ω": "옴", "kΩ": "킬로옴", "MΩ": "메가옴",
    "J": "줄", "kJ": "킬로줄", "N": "뉴턴", "Pa": "파스칼", "kPa": "킬로파스칼",
    "hPa": "헥토파스칼", "MPa": "메가파스칼", "cal": "칼로리", "kcal": "킬로칼로리",
    "dB": "데시벨", "ppm": "피피엠", "ppb": "피피비", "rpm": "알피엠", "fps": "에프피에스",
    "h": "시간", "min": "분", "s": "초", "ms": "밀리초", "ns": "나노초", "in": "인치",
    "ft": "피트", "yd": "야드", "lb": "파운드", "lbs": "파운드", "oz": "온스", "px": "픽셀",
    "pt": "포인트", "dpi": "디피아이", "mol": "몰", "lx": "럭스", "cd": "칸델라",
    "㎐": "헤르츠", "㎑": "킬로헤르츠", "㎒": "메가헤르츠", "㎓": "기가헤르츠", "㎾": "킬로와트",
}  # fmt: skip
_SHORT_UNITS = "m g t L l K V W A J N h s in min ms ns ft pt px cal cd ha lb yd"
_NEEDS_A_NUMBER = frozenset(_SHORT_UNITS.split())
_LENGTHS = {
    "m": "미터",
    "cm": "센티미터",
    "mm": "밀리미터",
    "km": "킬로미터",
    "in": "인치",
    "ft": "피트",
}
_POWERS = {"²": "제곱", "³": "세제곱"}
SYMBOLS = {
    "α": "알파", "β": "베타", "γ": "감마", "δ": "델타", "ε": "엡실론", "θ": "세타", "λ": "람다",
    "μ": "뮤", "π": "파이", "ρ": "로", "σ": "시그마", "τ": "타우", "φ": "파이", "ω": "오메가",
    "Δ": "델타", "Σ": "시그마", "Γ": "감마", "Λ": "람다", "Φ": "파이", "∞": "무한대", "&": "앤드",
    "+": "플러스", "Ⅱ": "이", "Ⅳ": "사", "Ⅴ": "오", "①": "일", "②": "이", "③": "삼", "④": "사",
    "⑤": "오", "⑥": "육", "⑦": "칠", "⑧": "팔", "⑨": "구", "⑩": "십",
}  # fmt: skip
"""Symbols with one usual reading; # @ = and the like have several and are not here."""

_UNIT = re.compile(r"(?P<number>[0-9][0-9,.]*)?\s*(?P<unit>[A-Za-zµμ°ºΩ/%²³]+|[^\w\s])$")
_AMOUNT = re.compile(r"([$₩￦€£¥])\s?-?[0-9][0-9,.]*\s?[KMB]?$")
_RUN = re.compile(r"[0-9][0-9.,:/~–—−-]*$")
_PLAIN = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")
_PHONE = re.compile(r"[0-9]{2,4}-[0-9]{3,4}(?:-[0-9]{4})?")
_DATE = re.compile(
    r"[0-9]{4}([-./])[0-9]{1,2}(?:\1[0-9]{1,2})?|[0-9]{1,2}[-.][0-9]{1,2}[-.][0-9]{2,4}"
)
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")
# 영하 24.0 may be read with the 도 that is not written.
_DEGREES_BEFORE = re.compile(r"(?:영하|영상|섭씨|화씨)\s*-?$")
# English names and the titles of films and games: 영웅본색3.
_NAME_BEFORE = re.compile(r"[A-Za-z][ -]?$|(?<!제)[가-힣]$")
# 2 is 이 or 투, 10 is 십 or 텐: whichever is said, the particle is the same.
_SAME_IN_ENGLISH = frozenset((2, 4, 5, 10, 12, 13, 16))


def currency_reading(text: str) -> str | None:
    """The currency, which is read after an amount it is written before: `$100` is 백 달러."""
    amount = _AMOUNT.search(text)
    return _CURRENCIES[amount[1]] if amount else None


def unit_reading(text: str) -> str | None:
    """The unit that the text ends in; a bare letter is one only after a number."""
    match = _UNIT.search(text)
    if not match:
        return None
    unit = match["unit"].replace("μ", "µ") if len(match["unit"]) > 1 else match["unit"]
    if unit in _CURRENCIES:
        return _CURRENCIES[unit] if match["number"] else None
    if unit in _UNITS:
        alone = not match["number"]
        if alone and (
            unit in _NEEDS_A_NUMBER or (match.start() and text[match.start() - 1].isalnum())
        ):
            return None
        return _UNITS[unit]
    power = _POWERS.get(unit[-1])
    if power is None:
        return None
    length = _LENGTHS.get(unit[:-1])
    return power + length if length else power


def number_reading(text: str) -> str | None:
    """The Sino-Korean reading of the number that the text ends in, or None where readers differ."""
    run = _RUN.search(text)
    if run is None:
        return None
    before = text[: run.start()]
    if _DEGREES_BEFORE.search(before):
        return None
    if _NAME_BEFORE.search(before):
        return _after_a_name(run[0])
    if _PHONE.fullmatch(run[0]) and not _DATE.fullmatch(run[0]):
        return _digit_by_digit(run[0].rpartition("-")[2])
    if _VERSION.fullmatch(run[0]) and not _DATE.fullmatch(run[0]):
        return _integer(run[0].rpartition(".")[2])
    if _DATE.fullmatch(run[0]) and not _PLAIN.fullmatch(run[0]):
        return None
    return _plain(run[0]) or _combined(run[0])


def _after_a_name(run: str) -> str | None:
    """Numbers in a name are read in Korean or in English: here only where both end alike."""
    if not run.isdecimal():
        return _plain(run)
    number = int(run)
    if number >= 100 or number in _SAME_IN_ENGLISH or (number > 20 and number % 10 in (2, 4, 5)):
        return _integer(run)
    return None


def _plain(run: str) -> str | None:
    """`3,000`, `0.5`, `007`."""
    match = _PLAIN.fullmatch(run)
    if match is None:
        return None
    whole, _, decimals = run.replace(",", "").partition(".")
    spoken = _integer(whole)
    if not decimals or spoken is None:
        return spoken
    return f"{spoken}점{''.join(_DIGITS[int(digit)] for digit in decimals)}"


def _combined(run: str) -> str | None:
    """Fractions, ratios, times of day and ranges."""
    first, mark, second = re.match(r"([0-9.,]+)([:/~–—−-]?)(.*)", run).groups()  # type: ignore[union-attr]
    if run == "9/11":
        return "구일일"
    if mark == "/":
        if first.isdecimal() and second.isdecimal() and int(first) < int(second) <= 10:
            return f"{_integer(second)}분의 {_integer(first)}"
        return None
    if mark == ":":
        return _clock(first, second)
    return _plain(second) if mark else None


def _clock(first: str, second: str) -> str | None:
    """`3:2` is 삼 대 이; `10:30` may be a time, 분, where that asks for the same particle."""
    spoken = _plain(second)
    if len(second) != 2 or not first.isdecimal() or int(first) > 24:
        return spoken
    return spoken if spoken and spoken[-1] in "영삼육십" else None


def _digit_by_digit(digits: str) -> str:
    return "".join("공" if digit == "0" else _DIGITS[int(digit)] for digit in digits)


def _integer(digits: str) -> str | None:
    if len(digits) > 1 and digits.startswith("0"):
        return _digit_by_digit(digits)
    number = int(digits)
    if number == 0:
        return "영"
    groups = []
    while number:
        number, rest = divmod(number, 10_000)
        groups.append(rest)
    if len(groups) > len(_MYRIADS):
        return None
    spoken = [_below_myriad(group) + _MYRIADS[power] for power, group in enumerate(groups) if group]
    text = "".join(reversed(spoken))
    return text.removeprefix("일") if text.startswith("일만") else text


def _below_myriad(number: int) -> str:
    spoken = ""
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            spoken += ("" if digit == 1 and power else _DIGITS[digit]) + _PLACES[power]
    return spoken
