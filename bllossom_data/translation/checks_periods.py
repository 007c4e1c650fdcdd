"""Whether how often something happens got another period: once a week became 하루에 한 번.

The numbers are the same then. Told is only a period of the English that the Korean does not name in
any way, where another one stands instead that the English does not name.
"""

import re
from dataclasses import dataclass

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_periods"]


@dataclass(frozen=True, slots=True)
class _Period:
    """A period: how each language says that something happens in it, and whatever names it."""

    every: re.Pattern[str]
    named: re.Pattern[str]
    korean_every: re.Pattern[str]
    korean_named: re.Pattern[str]


def _period(unit: str, adverb: str, named: str, korean_every: str, korean_named: str) -> _Period:
    """The English is the name of the unit, its adverb, and words that speak of it."""
    every = (
        rf"\b(?:times|once|twice|thrice) (?:an?|each|per) {unit}\b|\b(?:per|each|every) {unit}\b"
        rf"|[\d%] ?\w* (?:an?|per) {unit}\b|\b(?:{adverb})\b"
    )
    return _Period(
        re.compile(every, re.IGNORECASE),
        re.compile(rf"\b(?:{unit}s?|{adverb}|{named})\b", re.IGNORECASE),
        re.compile(rf"(?<![가-힣\d])(?:{korean_every})"),
        re.compile(korean_named),
    )


_TIMES = r"(?=[가-힣 ]{0,6}(?:\d|[한두세네]|다섯|여섯))"
_PERIODS = (
    _period("minute", "a^", "mins?|seconds?", rf"(?:일|1) ?분에{_TIMES}|분당 ?\d|매분", "분|초"),
    _period(
        "hour",
        "hourly",
        r"hrs?|o['’]clock",
        rf"(?:한|1) ?시간에{_TIMES}|시간당|매시간|시간마다",
        r"시간|\d분|매시|시급|정시",
    ),
    _period(
        "day",
        "daily",
        r"nights?|nightly|today|tonight|\w+days?|mornings?|evenings?|afternoons?|bedtime",
        rf"하루에{_TIMES}|하루 (?=[한두세\d])|매일|날마다|일일",
        r"하루|매일|날|일일|일간|[\d한두세] ?일|일당|일별|끼|밤|아침|저녁|시간|데일리",
    ),
    _period(
        "week",
        "weekly",
        r"weekends?|weekdays?|weeknights?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
        rf"(?:일|1) ?주일?에{_TIMES}|한 주에{_TIMES}|매주|주마다|주당|주 ?\d+ ?[회번]"
        r"|주 [한두세] ?번",
        r"주일|매주|주마다|주간|주당|주별|주에|주 ?\d|주 [한두세]|한 주|[\d한두세] ?주|주말|주급"
        r"|위클리|7일",
    ),
    _period(
        "month",
        "monthly",
        r"(?:january|february|april|june|july|august|september|october|november|december)",
        rf"(?:한|1) ?달에{_TIMES}|매달|매월|달마다|다달이|월 ?\d+ ?회|월 [한두세] ?번",
        r"달(?!러)|[가-힣\d ]월|월[ 간별]|개월|월세|월급|먼슬리",
    ),
    _period(
        "year",
        "yearly|annual|annually",
        r"anniversar\w+|birthdays?|seasons?|seasonal\w*|decades?|quarter\w*",
        rf"(?:일|1) ?년에{_TIMES}|한 해에{_TIMES}|매년|해마다|매해|연간|연 ?\d+ ?회",
        r"년|연간|연 |해마다|매해|한 해|연례|연[봉말]",
    ),
)
# One in a while, a period of several, and idioms that Korean says otherwise.
_ENGLISH_OTHERWISE = re.compile(
    r"\b(?:every (?:few|other|couple|second|\d+|two|three|four|six)|24/7|round|other)\b",
    re.IGNORECASE,
)


def check_periods(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Once a week stays once a week."""
    if context.expects_english:
        return []
    findings = []
    for english, translated in sentence_pairs(prose(source, context), prose(korean, context)):
        # Most sentences say of nothing how often it happens.
        instead = [
            (place, found)
            for place, period in enumerate(_PERIODS)
            if (found := period.korean_every.search(translated))
        ]
        if len(instead) != 1 or _ENGLISH_OTHERWISE.search(english):
            continue
        (place, found) = instead[0]
        said = [period for period in _PERIODS if period.every.search(english)]
        if (
            len(said) == 1
            and not said[0].korean_named.search(translated)
            and not _PERIODS[place].named.search(english)
            and (told := said[0].every.search(english))
        ):
            message = f"주기가 다릅니다: 원문 ‘{told[0]}’, 번역문 ‘{found[0].strip()}’"
            findings.append(report("numbers", "warning", message, context))
    return findings
