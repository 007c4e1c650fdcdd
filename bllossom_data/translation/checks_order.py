"""Whether months and days of the week have changed places: the numbers are all there then.

So they are where the second of something became the first: 첫 번째 is no number that the other
checks miss.
"""

import re
from collections.abc import Sequence

from bllossom_data.examples import Finding
from bllossom_data.korean.number_words_english import ordinal_value
from bllossom_data.korean.numbers import korean_numbers
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_order"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KOREAN_DAYS = "월화수목금토일"
_ENGLISH = (
    re.compile(
        r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
        r"(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\b"
    ),
    re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|nes|rs|ur)?days?\b"),
)
_KOREAN = (
    re.compile(r"(?<![\d.])(1[0-2]|0?[1-9]) ?월(?!요일)"),
    re.compile(rf"([{_KOREAN_DAYS}])요일"),
)
# Korean puts what these words open first.
_TURNS_ROUND = re.compile(
    r"\b(?:before|after|since|until|till|following|prior|when|while|as|by|because|if|though"
    r"|approaching|ahead)\b",
    re.IGNORECASE,
)


_NOT_FIRST = re.compile(
    r"(?<!\ba )(?<!\bper )(?<!\beach )(?<!\bevery )(?<!\bsplit )(?<!\d )(?<!-)"
    r"\b(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|2nd|3rd|[4-9]th|1\dth)\b"
    r"(?! (?:of|ago|later|thoughts?|hand|nature|world|part(?:y|ies))\b|[,.!?;:-]|$)",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(?:first\w*|1st|(?<!nd )(?<!rd )(?<!th )one|1|initial\w*|begin\w*|began|start\w*|once"
    r"|original\w*|earl\w+|former|primar\w+|debut|new|maiden|top|lead\w*|previous|before|only)\b",
    re.IGNORECASE,
)
_FIRST_KOREAN = re.compile(r"첫 ?번째|첫째|(?<!\d)1 ?번째")
_OTHER_KOREAN = re.compile(
    r"(?<!첫)(?<!첫 )(?<!\d1)(?:[두세네]|섯|곱|덟|홉|열|[2-9]|1\d) ?번째|[둘셋넷]째|제 ?[2-9]"
)


def check_order(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The second stays the second; months and days keep their order, where the sentence does."""
    findings = []
    for english, translated in sentence_pairs(prose(source, context), prose(korean, context)):
        if told := _second_as_first(english, translated):
            message = f"차례가 다릅니다: 원문 ‘{told[0]}’, 번역문 ‘{told[1]}’"
            findings.append(report("order", "warning", message, context))
        if _TURNS_ROUND.search(english):
            continue
        for before, after, unit in _names(english, translated):
            if len(before) > 1 and set(before) == set(after) and before != after:
                message = (
                    f"차례가 다릅니다: 원문 {_joined(before, unit)}, 번역문 {_joined(after, unit)}"
                )
                findings.append(report("order", "warning", message, context))
    return findings


def _second_as_first(english: str, korean: str) -> tuple[str, str] | None:
    """The only ordinal of each side, where the Korean is the first and the English is not."""
    firsts = _FIRST_KOREAN.findall(korean)
    if len(firsts) != 1 or _OTHER_KOREAN.search(korean) or _FIRST.search(english):
        return None
    others = _NOT_FIRST.findall(english)
    if len(others) != 1:
        return None
    values = {one.value for one in korean_numbers(korean)}
    return None if ordinal_value(others[0]) in values else (others[0], firsts[0])


def _names(english: str, korean: str) -> list[tuple[list[str], list[str], str]]:
    """Months and days of both sides in Korean, each once, in their order."""
    months = [str(_MONTHS.index(name) + 1) for name in _ENGLISH[0].findall(english)]
    days = [_KOREAN_DAYS[_DAYS.index(name)] for name in _ENGLISH[1].findall(english)]
    korean_months = [str(int(number)) for number in _KOREAN[0].findall(korean)]
    return [
        (_once(months), _once(korean_months), "월"),
        (_once(days), _once(_KOREAN[1].findall(korean)), "요일"),
    ]


def _joined(names: Sequence[str], unit: str) -> str:
    return "·".join(f"{name}{unit}" for name in names)


def _once(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
