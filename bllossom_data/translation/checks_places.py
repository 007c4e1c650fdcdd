"""Whether slots stand where they belong: what a slot that moved leaves behind, and where it went.

Korean word order moves slots too, so all of this only informs. What may stand beside a slot was
counted in documentation that people translated (``tests/bench/translation_checks.py``): a word that
is glued to the end of a slot is a particle, and no word is glued to its beginning.
"""

import re
from collections import Counter

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, report
from bllossom_data.translation.segments import SLOT

__all__ = ["check_slot_places"]

_TOGETHER = re.compile(SLOT.pattern + r"[\s,.;:]*" + SLOT.pattern)
_HOLE = re.compile(
    r"(?<=\S)[ \t]{2,}(?=\S)"
    r"|(?<=\S)[ \t]+(?:[,.;:!?](?=[\s)\]]|$)|[)\]”’]|\"?$)"
    r"|\([ \t]*\)|\[[ \t]*\]|\"\"|“[ \t]*”|‘[ \t]*’|「[ \t]*」|『[ \t]*』",
    re.MULTILINE,
)
_FREE = re.compile(rf"(?<![^\s(\"“‘']){SLOT.pattern}(?=$|[\s.,;:!?()\"”’'])")
_JOINED = re.compile(rf"([-+#!§$@/=%&|~^<>\w.]){SLOT.pattern}")
_AFTER = re.compile(r"[가-힣]+|[A-Za-z0-9*_#\[{<`“‘-]")
_PARTICLES = (
    "(?:에서|에게서|에게|에|께서|께|의|을|를|은|는|이|가|과|와|도|만|까지|부터|마다|처럼|같이|보다"
    "|마저|조차|밖에|뿐|대로|만큼|이나|나|이든지|든지|이든|든|이라도|라도|으로서|으로써|으로|로서"
    "|로써|로|이랑|랑|하고|한테|요|이란|란|씩|간|들|야){0,3}"
)
_COPULA = (
    "(?:이?(?:다|며|고|자|지만|면|므로|어야|여야|라면|라는|라고|라서|라|니까|니|던|기|길|거나|든가"
    "|죠|지요|네요)|인(?:지|데|가|가요)?|일(?:지|까)?|임|입니다|입니까|이에요|예요"
    "|이?(?:었|였)[가-힣]{1,3})?"
)
_VERB = "(?:하|한|할|함|합|해|했|되|된|될|됨|됩|돼|됐|시키|시킨|시킬)[가-힣]{0,4}"
_NOUN = (
    "(?:값|문|형|형식|식|용|번|번째|쪽|측|판|키|절|장|회|개|님|씨|년|월|일|시|분|초|원|점|중|내|외"
    "|별)?"
)
_GLUED = re.compile(f"{_NOUN}{_PARTICLES}{_COPULA}{_PARTICLES}|{_VERB}")
_ORPHAN = re.compile(
    r"(?:(?<=[가-힣,.] )|^|(?<=[가-힣]\())"
    r"(?:을|를|는|가|의|에|에는|에서|에서는|에서의|와|과|로|로는|으로|으로는|라는|이라는|라고|이라고"
    r"|입니다)(?=[\s.,)]|$)"
)
_BEHIND_THE_END = re.compile(
    rf"(?:니다|니까|세요|시오|[어아해]요|지요|죠|다)[.!?]?[ \t]+({SLOT.pattern})[.!?]*$",
    re.MULTILINE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+|\n")

_Found = tuple[str, tuple[int, int] | None] | None
"""What a person is told, and the place in the Korean."""


def check_slot_places(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Slots that moved, or seem to have: a person looks at them.

    There is one finding for their order, one for the first trace of a move, and one for a particle
    without a word: what is told of a right text must not hide what is wrong with another one.

    Args:
        source: English with slots.
        korean: its translation with the same slots.
        context: what is known of the segment.
    """
    if not SLOT.search(source):
        return []
    traces = (trace(source, korean) for trace in (_hole, _glued, _parted, _sentence, _behind))
    found = (_order(source, korean), next(filter(None, traces), None), _orphan(korean))
    told = [one for one in found if one is not None]
    return [report("slot_order", "warning", message, context, span) for message, span in told]


def _order(source: str, korean: str) -> _Found:
    before, after = ([match[0] for match in SLOT.finditer(text)] for text in (source, korean))
    if before != after:
        shown = " ".join(after)
        return f"자리표시의 차례가 원문과 다릅니다: {shown}. 저마다 제자리인지 확인하세요.", None
    bunched = _TOGETHER.search(korean)
    if bunched and not _TOGETHER.search(source):
        return "떨어져 있던 자리표시가 붙었습니다. 저마다 제자리인지 확인하세요.", bunched.span()
    return None


def _hole(source: str, korean: str) -> _Found:
    more = Counter(_HOLE.findall(korean)) - Counter(_HOLE.findall(source))
    if more:
        match = next(match for match in _HOLE.finditer(korean) if match[0] in more)
        return "자리표시가 빠져나간 자리 같습니다. 자리표시가 제자리인지 확인하세요.", match.span()
    return None


def _orphan(korean: str) -> _Found:
    if orphan := _ORPHAN.search(korean):
        return f"앞말 없이 홀로 있는 조사입니다: ‘{orphan[0]}’", orphan.span()
    return None


def _glued(source: str, korean: str) -> _Found:
    """A word at a slot that stands for itself in the source: after it, all but a particle."""
    for match in _FREE.finditer(source):
        start = korean.index(match[0])
        end = start + len(match[0])
        after = _AFTER.match(korean, end)
        if after and not _GLUED.fullmatch(after[0]):
            return f"조사가 아닌 말이 자리표시에 붙었습니다: {match[0]}{after[0]}", (start, end)
        if start and re.match(r"\w", korean[start - 1]):
            return f"앞말이 자리표시에 붙었습니다: {korean[start - 1]}{match[0]}", (start, end)
    return None


def _parted(source: str, korean: str) -> _Found:
    """A slot that is joined to a symbol in the source, or to the word whose mark it is."""
    for match in _JOINED.finditer(source):
        symbol, slot = match[1], match[0][1:]
        start = korean.index(slot)
        before = korean[start - 1] if start else " "
        is_word = symbol.isalnum() or symbol in "_."
        if before.isspace() if is_word else before != symbol:
            message = f"자리표시가 붙어 있던 말에서 떨어졌습니다: {match[0]}"
            return message, (start, start + len(slot))
    return None


def _sentence(source: str, korean: str) -> _Found:
    english, translated = (_SENTENCE_END.split(text) for text in (source, korean))
    if len(english) != len(translated):
        return None
    for number, pair in enumerate(zip(english, translated, strict=True), 1):
        if set(SLOT.findall(pair[0])) != set(SLOT.findall(pair[1])):
            return f"자리표시가 다른 문장에 있습니다({number}번째 문장).", None
    return None


def _behind(source: str, korean: str) -> _Found:
    """A slot after the predicate, which ends a Korean sentence."""
    if (match := _BEHIND_THE_END.search(korean)) is None:
        return None
    start = source.index(match[1])
    before, after = source[:start].rstrip(), source[start + len(match[1]) :]
    if not after or not before or before[-1] in '.:!?-–—)”"':
        return None
    return f"자리표시가 서술어 뒤에 있습니다: {match[0]}", match.span(1)
