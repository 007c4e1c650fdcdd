"""Whether left became right, or what an instruction asks for its opposite: opened became closed.

Sides are compared where each text names one of them, and not the same. Of instructions, only a
short one is compared that asks for one thing, and whose Korean has the opposite verb alone.
"""

import re

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.negation_words import PLAIN_NO
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_sides"]

_PARTS = (
    r"hand|side|arm|leg|foot|feet|eye|ear|lane|button|click|clicks|clicking|corner|edge|panel|arrow"
    r"|column|wing|knee|shoulder|margin|sidebar|shoe|turn|half|lung|tire|wheel|pocket"
)
_MOVES = (
    r"turn|turns|turned|turning|go|goes|went|bear|veer|swipe|slide|drag|scroll|lean|rotate|swerve"
    r"|move|moves|moved|moving|look|looks|looked|looking|keep|step|shift|tilt|face|facing"
)


def _english_side(side: str) -> re.Pattern[str]:
    """Where a word is a side; nobody is left over, and no answer right."""
    return re.compile(
        rf"\b(?:{_MOVES}) (?:\w+ )?(?:to the |to (?:your|his|her|its|their) )?{side}\b"
        r"(?! (?:over|behind|out|now|away|here|there|back|after|before|into|through|past|up|down"
        r"|and wrong|on (?:to|going|with|doing)))"
        rf"|\b(?:on|to|at|toward|towards) (?:the|your|his|her|its|their|my|our)"
        rf"(?: (?:far|upper|lower|top|bottom|immediate))? {side}"
        rf"(?=[.,;!?)]|$| (?:{_PARTS}|of|is|are|was|were|has|shows?|lists?|and|in|as|when|to)\b)"
        rf"|\b{side}[ -](?:{_PARTS})\b|\b{side}most\b|\b(?:upper|lower|top|bottom)[ -]{side}\b",
        re.IGNORECASE,
    )


_ENGLISH_SIDES = (_english_side("left"), _english_side("right"))
# What comes from the left moves to the right, and a politician of the left is on no side.
_ENGLISH_OTHERWISE = re.compile(
    r"\bfrom (?:\w+ ){0,2}(?:left|right)\b|\b(?:opposite|other side|vice versa|clockwise"
    r"|counterclockwise|mirror\w*|revers\w+|wing)\b",
    re.IGNORECASE,
)
_KOREAN_SIDES = (
    re.compile(r"왼쪽|왼편|왼손|왼발|왼팔|왼눈|왼다리|좌측|좌회전|좌클릭"),
    re.compile(r"오른쪽|오른편|오른손|오른발|오른팔|오른눈|오른다리|우측|우회전|우클릭"),
)

# What is asked for, its verb in English, and the Korean verbs for it.
_DEEDS = {
    "open": (r"open|unlock", r"열[어고되려]|여[세십시]|엽니|연다|연 (?=[뒤다후])|뜨[세고]|떠"),
    "close": (r"close|shut|lock", r"닫[습는으아고]|닫힙|잠[그급]|잠가|감[으아습]"),
    "raise": (
        r"increase|raise|boost|lift|turn (?:[\w'’-]+ ){0,3}up",
        r"늘[리려립린였]|높[이여입인]|올[리려립린렸]|키[우워웁]|증가",
    ),
    "lower": (
        r"decrease|reduce|lower|lessen|turn (?:[\w'’-]+ ){0,3}down",
        r"줄[이여입인]|낮[추춰춥춘]|내[리려립린렸]|감소",
    ),
    "turn on": (r"(?:turn|switch) (?:[\w'’-]+ ){0,3}on", r"켜|켭|켠|트[세십]|틀[어고]|틉니"),
    "turn off": (r"(?:turn|switch) (?:[\w'’-]+ ){0,3}off", r"끄|끕|꺼|끈 |잠[그급]|잠가"),
    "push": (r"push(?!.* in\b)", r"미[세십]요?(?![가-힣])|밀[어고]|밉니"),
    "pull": (r"pull", r"당기|당겨|당깁|당긴"),
}
_OPPOSITES = (("open", "close"), ("raise", "lower"), ("turn on", "turn off"), ("push", "pull"))
_FIRST = r"^\W*(?:(?:please|then|now|next|first|slowly|gently|carefully|always) )?"
_ASKED = {
    deed: re.compile(rf"{_FIRST}(?:{english})\b(?! (?:source|question|call|to)\b)", re.IGNORECASE)
    for deed, (english, _) in _DEEDS.items()
}
_NAMED = {
    deed: re.compile(rf"\b(?:{english}|{deed.split()[-1]})\w*\b", re.IGNORECASE)
    for deed, (english, _) in _DEEDS.items()
}
_DONE = {deed: re.compile(rf"(?<![가-힣])(?:{korean})") for deed, (_, korean) in _DEEDS.items()}
_MORE_THAN_ONE_THING = re.compile(
    r"[;:]|\b(?:and|or|but|if|when|while|until|till|before|after|so|to \w+|that|which|who|by"
    r"|than)\b",
    re.IGNORECASE,
)
_INSTRUCTION_WORDS = 10
_KOREAN_NOT = re.compile(r"않|못|없|아[니닌님]|지 ?[마말]|금지|(?<![가-힣])안 ")


def check_sides(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Left stays left, and open stays open."""
    if context.expects_english:
        return []
    findings = []
    for english, translated in sentence_pairs(prose(source, context), prose(korean, context)):
        for said, instead in (*_sides(english, translated), *_instructions(english, translated)):
            message = f"방향이 반대인 것 같습니다: 원문 ‘{said}’, 번역문 ‘{instead}’"
            findings.append(report("direction", "warning", message, context))
    return findings


def _sides(english: str, korean: str) -> list[tuple[str, str]]:
    after = [side.search(korean) for side in _KOREAN_SIDES]
    # Most sentences name no side, and those of the English take longer to find.
    if (after[0] is None) == (after[1] is None) or _ENGLISH_OTHERWISE.search(english):
        return []
    before = [side.search(english) for side in _ENGLISH_SIDES]
    return [
        (said[0], instead[0])
        for said, other, instead in ((before[0], before[1], after[1]), (*before[::-1], after[0]))
        if said and instead and not other
    ]


def _instructions(english: str, korean: str) -> list[tuple[str, str]]:
    if (
        len(english.split()) > _INSTRUCTION_WORDS
        or _MORE_THAN_ONE_THING.search(english)
        or PLAIN_NO.search(english)
        or _KOREAN_NOT.search(korean)
    ):
        return []
    found = []
    for pair in _OPPOSITES:
        for asked, opposite in (pair, pair[::-1]):
            said, instead = _ASKED[asked].search(english), _DONE[opposite].search(korean)
            if (
                said
                and instead
                and not _DONE[asked].search(korean)
                and not _NAMED[opposite].search(english)
            ):
                found.append((said[0].strip(), instead[0].strip()))
    return found
