"""Days of the week that a Korean translation has exchanged for others."""

import re
from collections.abc import Iterator

__all__ = ["exchanged_weekdays"]

_NAMES = "월화수목금토일"
_ENGLISH = re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
_SHORT = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Sun, Sat and Wed are words too: short forms explain a Korean day, and are not missed in it.
_ENGLISH_SHORT = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,3}\b", re.IGNORECASE)
_KOREAN = re.compile(rf"([{_NAMES}])요일")
# (월), 월~금, 월·수·금, and names that keep the English word or have a Korean one of their own.
_KOREAN_SHORT = re.compile(
    rf"(?<![가-힣])[{_NAMES}]+(?=[)~∼·,/-]|$)|(?<=[~∼·,/-])[{_NAMES}](?![가-힣])"
)
_KOREAN_OTHER = {
    "월": "먼데이", "화": "튜즈데이|튜스데이", "수": "웬즈데이|웬스데이", "목": "서스데이|써스데이",
    "금": "프라이데이|불금", "토": "새터데이|주말", "일": "선데이|주일|주말",
}  # fmt: skip


def exchanged_weekdays(english: str, korean: str) -> Iterator[tuple[int, int, str]]:
    """Days that the Korean names and the English does not, where it also names one too few.

    Args:
        english: the source.
        korean: its translation.

    Yields:
        Start and end of a day in the Korean, and the days that the English names instead.
    """
    said = set(_english_days(_ENGLISH, english))
    missing = said - set(_days(korean))
    if not missing:
        return
    known = said | set(_english_days(_ENGLISH_SHORT, english))
    instead = "·".join(f"{name}요일" for name in _NAMES if name in missing)
    for match in _KOREAN.finditer(korean):
        if match[1] not in known:
            yield match.start(), match.end(), instead


def _english_days(pattern: re.Pattern[str], english: str) -> Iterator[str]:
    for match in pattern.finditer(english):
        yield _NAMES[_SHORT.index(match[1][:3].lower())]


def _days(korean: str) -> Iterator[str]:
    """Every day that a Korean text may name, in whatever form."""
    yield from _KOREAN.findall(korean)
    for match in _KOREAN_SHORT.finditer(korean):
        yield from match[0]
    for name, words in _KOREAN_OTHER.items():
        if re.search(words, korean):
            yield name
