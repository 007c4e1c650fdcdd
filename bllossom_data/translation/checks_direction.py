"""Whether a translation turns a limit, a change or a time round: at least becomes 최대.

A direction is compared only where each side has one of them and no negation: `not below 50` is
50 이상. Of denied limits, only those are told whose negation is lost: never exceed 4 became 4 이상.
A limit and a time belong to their number, so the number has to be the same on both sides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bllossom_data.examples import Finding
from bllossom_data.korean.number_values import Number
from bllossom_data.korean.numbers import english_numbers, korean_numbers
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_direction"]

# What turns a direction round, or the sentence that it stands in.
_TURNS_ROUND_ENGLISH = re.compile(
    r"\b(?:not|never|cannot|nobody|nothing|none|neither|nor|no|without|unless|until|till|except"
    r"|but|however|while|whereas|although|though|despite|instead|rather|ban\w*|forb\w+"
    r"|prohibit\w*|restrict\w*|prevent\w*|avoid\w*|exclud\w*|fail\w*|refus\w*|reject\w*|stop\w*"
    r"|limit\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_TURNS_ROUND_KOREAN = re.compile(
    r"않|(?<![가-힣])안 |못|없|아[니닌님]|지 ?[마말]|금지|제외|제한|막[아는]|반면|지만|(?<!최)대신"
    r"|피[하해할합]|부적합|부적절|불가|불허|불법|무효|삼[가갑갈]|자제|금물|거[절부]|어렵|어려[우운울워]"
    r"|힘[들든듭]|예방|방지|차단|미달|벗어[나난날]|위험|위반|그[만쳐]|멈[추춥춰]|중[단지]"
)

_NO_LIMIT = re.compile(r"\bno \w+er than\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Opposites:
    """Two directions: what says the one and the other, in English and in Korean."""

    english: tuple[re.Pattern[str], re.Pattern[str]]
    korean: tuple[re.Pattern[str], re.Pattern[str]]


def _opposites(english: tuple[str, str], korean: tuple[str, str]) -> _Opposites:
    first, second = (re.compile(one, re.IGNORECASE) for one in english)
    third, fourth = map(re.compile, korean)
    return _Opposites((first, second), (third, fourth))


_NEVER = r"a^"
_PER_CENT_OF = r"(?:(?:about|around|the age of|age) )?$"
# Before and after a number: the English stands in front of it, the Korean mostly behind.
_OF_NUMBERS = (
    _opposites(
        (
            r"\b(?:below|under|less than|fewer than|lower than|younger than|at most|up to"
            rf"|a maximum of|maximum) {_PER_CENT_OF}",
            r"\b(?:above|over|more than|greater than|higher than|older than|at least"
            rf"|a minimum of|minimum) {_PER_CENT_OF}",
        ),
        (
            r"^[^\d\s,.]{0,5} ?(?:이하|미만|아래|이내|까지만)|^[^\d\s,.]{0,5}보다 (?:적|낮|작|어)",
            r"^[^\d\s,.]{0,5} ?(?:이상(?![하한해했])|초과|넘[는게은어])"
            r"|^[^\d\s,.]{0,5}보다 (?:많|높|크|나이)",
        ),
    ),
    _opposites(
        (r"\bwithin (?:the )?(?:next |first )?$", _NEVER),
        (_NEVER, r"^[^\d\s,.]{0,4} ?(?:이후|지나[야서])"),
    ),
    _opposites(
        (r"\bbefore (?:[A-Z][a-z]+ )?$", r"\bafter (?:[A-Z][a-z]+ )?$"),
        (
            r"^[^\d\s,.]{0,4} ?(?:전(?=[에까엔이]|[^가-힣])|이전)",
            r"^[^\d\s,.]{0,4} ?(?:이후|후(?=[에엔로]|[^가-힣])|뒤(?=[에엔로]|[^가-힣])|지나서)",
        ),
    ),
)
# A limit that is denied has the other direction: never exceed 4 is 4 이하, or 4를 넘지.
_DENIED_LIMITS = (
    (
        re.compile(
            r"(?:\b(?:never|not|cannot)\b|n['’]t\b)[^.;:]{0,30}?\b(?:exceed|(?:more|longer|higher"
            r"|greater|larger|older|later) than|above|over|beyond)"
            r" (?:about |around )?$|\bno (?:more|longer|higher|greater|larger|older) than $",
            re.IGNORECASE,
        ),
        re.compile(r"^ ?[^\d\s,.]{0,5} ?(?:이상|초과)|^[^\d\s,.]{0,5}보다 (?:많|높|크)"),
    ),
    (
        re.compile(
            r"(?:\b(?:never|not|cannot)\b|n['’]t\b)[^.;:]{0,30}?\b(?:(?:less|fewer|lower|shorter"
            r"|younger) than|below|under) (?:about |around )?$"
            r"|\bno (?:less|fewer|lower|shorter|younger) than $",
            re.IGNORECASE,
        ),
        re.compile(r"^ ?[^\d\s,.]{0,5} ?(?:이하|미만)|^[^\d\s,.]{0,5}보다 (?:적|낮|작)"),
    ),
)
_LIMIT_KOREAN = re.compile(r"이하|미만|아래|이내|까지만|보다|이상|초과|넘|전|후|뒤|지나서")
_ANYWHERE = (
    _opposites(
        (r"\b(?:at most|(?:a )?maximum)\b", r"\b(?:at least|(?:a )?minimum)\b"),
        (r"최대|최고|최댓|많아[도야]|길어야", r"최소|최저|최솟|적어도|하한"),
    ),
    _opposites(
        (
            r"\b(?:fell|fallen|dropp(?:ed|ing)|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)"
            r"|plummeted|plunged)\b",
            r"\b(?:ros|ris)(?:e|es|en|ing)\b|\b(?:increas(?:e|es|ed|ing)|grew|grown|climb(?:s|ed|ing)"
            r"|surged|soared)\b",
        ),
        (
            r"떨어[졌지질집]|하락|감소|줄[었어고며]|줄어|내렸|내려[갔가간]|급락|낮아[졌지진집]",
            r"오[르른릅]|올랐|올라|상승|증가|늘[었어고며]|늘어|급등|높아[졌지진집]|커[졌지진집]",
        ),
    ),
    _opposites(
        (
            r"\bbefore (?:a |each |every |your |the )?(?:meals?|breakfast|lunch|dinner|eating)\b",
            r"\bafter (?:a |each |every |your |the )?(?:meals?|breakfast|lunch|dinner|eating)\b",
        ),
        (r"식전|식사(?:하기)? ?전", r"식후|식사(?:한|를 한)? ?[후뒤]"),
    ),
)


def check_direction(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """At least stays at least, a rise a rise, and before stays before."""
    if context.expects_english:
        return []
    findings = []
    for english, translated in sentence_pairs(prose(source, context), prose(korean, context)):
        if _TURNS_ROUND_KOREAN.search(translated):
            continue
        if _TURNS_ROUND_ENGLISH.search(english) or _NO_LIMIT.search(english):
            found = _denied_limits(english, translated)
        else:
            found = _of_numbers(english, translated) | _anywhere(english, translated)
        for said, instead in found.items():
            message = f"방향이 반대인 것 같습니다: 원문 ‘{said}’, 번역문 ‘{instead}’"
            findings.append(report("direction", "warning", message, context))
    return findings


def _anywhere(english: str, korean: str) -> dict[str, str]:
    """What is said in one direction only on each side, and not in the same."""
    found = {}
    for pair in _ANYWHERE:
        before, after = (
            [pattern.search(text) for pattern in side]
            for side, text in ((pair.english, english), (pair.korean, korean))
        )
        for one in (0, 1):
            said, instead = before[one], after[1 - one]
            if said and instead and not before[1 - one] and not after[one]:
                found[said[0]] = instead[0]
    return found


def _denied_limits(english: str, korean: str) -> dict[str, str]:
    """Limits whose negation is lost: not above 25 became 25 이상."""
    found = {}
    for number, ahead, shown, behind in _counterparts(english, korean):
        for denied, instead in _DENIED_LIMITS:
            said, same = denied.search(ahead), instead.search(behind)
            if said and same:
                found[f"{said[0]}{number}"] = f"{shown}{same[0]}".strip()
    return found


def _of_numbers(english: str, korean: str) -> dict[str, str]:
    """What is said of a number that both sides have once, and not in the same direction."""
    found = {}
    for number, ahead, shown, behind in _counterparts(english, korean):
        for pair in _OF_NUMBERS:
            for one in (0, 1):
                said, instead = pair.english[one].search(ahead), pair.korean[1 - one].search(behind)
                if said and instead:
                    found[f"{said[0]}{number}"] = f"{shown}{instead[0]}".strip()
    return found


def _counterparts(english: str, korean: str) -> Iterator[tuple[str, str, str, str]]:
    """Numbers that both sides have once: text, what stands before it, its Korean, and behind."""
    # Most sentences say no limit, and reading their numbers takes long.
    if not _LIMIT_KOREAN.search(korean):
        return
    sources = english_numbers(english)
    counterparts = korean_numbers(korean) if sources else []
    for number in sources:
        same = [one for one in counterparts if _same(number, one)]
        if len(same) == 1 and sum(_same(one, same[0]) for one in sources) == 1:
            one = same[0]
            shown = korean[one.start : one.end]
            yield number.text, english[: number.start], shown, korean[one.end :]


def _same(number: Number, other: Number) -> bool:
    return not number.readings.isdisjoint(other.readings)
