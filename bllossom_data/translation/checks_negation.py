"""Whether a translation says yes where its source says no.

Only a sentence is told whose Korean has no word that could stand for a negation. `negation` says
that the opposite is there (don't have to and 해야 합니다, not all and 모든, not open and 엽니다),
and is seldom wrong. `negation_missing` says only that nothing was found for a plain `not`: good
Korean often says such things in its own words (침착하세요), so that only a reader can tell.
Korean negations without an English one are no sign of anything: good Korean has many (그래도
식지 않습니다).
"""

import re
from collections.abc import Iterator

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, has_hangul, prose, report
from bllossom_data.translation.negation_words import (
    KOREAN_NO,
    OPPOSITES,
    PLAIN_NO,
    TURNED,
    WEAK_NO,
)
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_negation"]

_EMPHASIS = re.compile(r"[*_]+")
_INNER = (
    re.compile(r"\"([^\"]*)\"|“([^”]*)”|「([^」]*)」"),
    re.compile(r"\(([^()]*)\)"),
)
# A title or a single word is named, not said.
_SAID = re.compile(r"\b[a-z]\w*['’ ].*\b[a-z]")


def check_negation(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """No sentence, quotation or remark in brackets has lost its negation."""
    if context.expects_english:
        return []
    pairs = sentence_pairs(_EMPHASIS.sub("", prose(source, context)), prose(korean, context))
    findings = []
    for place, pair in enumerate(pairs):
        around = [pairs[other] for other in (place - 1, place + 1) if 0 <= other < len(pairs)]
        if any(map(_has_moved_here, around)):
            continue
        for english, translated in _parts(*pair):
            findings += _lost(english, translated, context)
    return findings


def _has_moved_here(pair: tuple[str, str]) -> bool:
    """Whether the Korean has a negation that must be its neighbour's: sentences were recut."""
    english, korean = pair
    return (
        not PLAIN_NO.search(english) and re.search(r"지\s?[않못]|없|아닙|아니", korean) is not None
    )


def _parts(english: str, korean: str) -> Iterator[tuple[str, str]]:
    """A sentence without its quotations and brackets, and these, where both sides have as many."""
    for pattern in _INNER:
        before, after = (
            [match[0] for match in pattern.finditer(text)] for text in (english, korean)
        )
        if len(before) == len(after):
            inner, translated = " ".join(before), " ".join(after)
            if _SAID.search(inner) and has_hangul(translated):
                yield inner[1:-1], translated
            korean = pattern.sub(" ", korean)
        english = pattern.sub(" ", english)
    yield english, korean


def _lost(english: str, korean: str, context: CheckContext) -> list[Finding]:
    """Whether the Korean says the opposite of a negation, or has nothing for it."""
    if not PLAIN_NO.search(english) or not has_hangul(korean) or KOREAN_NO.search(korean):
        return []
    english = TURNED.sub(" ", english)
    for no, opposite in OPPOSITES:
        found = no.search(english)
        if found and (said := opposite.search(korean)):
            opposites = f"원문은 부정(‘{found[0].strip()}’), 번역문은 긍정(‘{said[0].strip()}’)"
            message = f"뜻이 반대인 것 같습니다. {opposites}: ‘{_shown(korean)}’"
            return [report("negation", "warning", message, context)]
    if found := PLAIN_NO.search(WEAK_NO.sub(" ", english)):
        message = f"원문의 부정(‘{found[0]}’)이 번역문에 없습니다: ‘{_shown(korean)}’"
        return [report("negation_missing", "warning", message, context)]
    return []


def _shown(sentence: str) -> str:
    text = " ".join(sentence.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
