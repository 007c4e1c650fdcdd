"""Checks that a translation begins as its source does: no yes, no greeting, no label before it.

A short word at the beginning of the Korean is right where the English begins with one of its kind,
or with some other short word that the rest of the Korean does not translate.
"""

import re
from typing import NamedTuple

from bllossom_data.examples import Finding, Level
from bllossom_data.translation.check_context import CheckContext, report

__all__ = ["OPENING_CHARACTERS", "check_opening", "n_statements"]

OPENING_CHARACTERS = 160
"""How much of a source is its opening."""
_UNIT_CHARACTERS = 70
_SHORT_WORDS = 3
_MARKUP = r"[\s*_#>\"“”‘’'「『(\[-]*"
_STATEMENT_END = re.compile(r"[.!?:]+(?=[\s\"”’)*_]|$)")
_FIRST_UNIT = re.compile(r"\A[\W_]*(?P<words>[^.!?,:;—–\n]+?)\s*(?P<end>[.!?,:;—–\n]| - |\Z)")


class _Opening(NamedTuple):
    """What a reply may open with, and what its source says then.

    Attributes:
        check: name of the check that tells.
        korean: the words, with the marks and spaces after them.
        begins: English that stands at the beginning of a sentence or a clause.
        holds: English that stands anywhere in the opening of the source.
        is_loose: whether a translator may have it for other words of a speaker.
    """

    check: str
    korean: re.Pattern[str]
    begins: re.Pattern[str]
    holds: re.Pattern[str]
    is_loose: bool


def _opening(
    check: str, korean: str, begins: str, holds: str, *, is_loose: bool = True
) -> _Opening:
    return _Opening(
        check,
        re.compile(
            rf"\A{_MARKUP}(?P<words>(?:(?:{korean})[,.!~…]*(?:\s*[:;^][-^]?[)D^]*)?(?:\s+|$))+)"
        ),
        re.compile(
            rf"(?:\A|[.!?,:;—–\n\"“(-])[\W_]*(?:(?:oh|ah|aw|well|hmm+|um+|so|and|but|why|haha|wow"
            rf"|thanks|thank you|hey|a|q)\b[\W_]*)*(?:{begins})\b",
            re.IGNORECASE,
        ),
        re.compile(rf"\b(?:{holds})\b", re.IGNORECASE),
        is_loose,
    )


_YES = (
    "yes|yea|yeah|yep|yup|yessir|aye|ok|okay|okey|k|sure|right|al(?:l ?)?right|fine|roger|copy"
    "|correct|true|exactly|precisely|totally|naturally|uh-?huh|m+-?hm+|agreed|deal|good|great"
    "|perfect|cool|done|very well|why not|please|no|nope|not|never|neither|you (?:bet|got it)"
    "|will do|noted|understood|got(?:cha| it)|i see|speaking|here|same|likewise|sounds|makes sense"
    "|fair enough|point taken|as you wish|right away|on it|consider it|anytime|any time|you're"
    "|that(?:'s|’s| is) (?:right|correct|true|it|fine|ok|okay)|amen|10-4|granted|admittedly"
)
_SHORT_ANSWER = (
    r"(?:i|we|you|they|he|she|it|that|this|there) (?:am|are|is|was|were|do|does|did|have|has|had"
    r"|can|could|will|would|should|may|might|must)(?=\s*(?:[,.!;—–]|\Z))"
)
_GLADLY = (
    "certainly|definitely|absolutely|of course|indeed|by all means|no problem|no worries|gladly"
    "|happily|(?:happy|glad|delighted|pleased) to|pleasure|obviously|needless to say|for sure"
    "|without (?:a )?doubt|no doubt|affirmative"
)
_NOTHING = "a^"
_PRAISE = (
    "(?:good|great|nice|fine|excellent|interesting|fair|tough|hard|lovely|wonderful|fantastic"
    "|brilliant|fascinating|important|valid|clever|smart|thoughtful|insightful|intriguing|awesome"
    "|amazing|best|better|fun|cool|profound|superb|perfect|relevant|such an?)"
)
_QUESTION = "questions?|query|queries|points?|inquiry|inquiries"
_STRONG_END = r"(?=[,.!~…]|\s*(?:\n|\Z|[:;^][-^]?[)D^]))"
# Someone speaks here, whom a translator may have say yes or hello for what else he says.
_IN_TALK = re.compile(
    r"[\W_]*(?:(?:i|we|you|they|it|that|this|there|let|please)\b|[^.!?\n]{0,30}\b(?:i|we|you|it)['’])",
    re.IGNORECASE,
)
_OPENINGS = (
    _opening(
        "answer",
        r"(?:네|예|넵|넹|옙|그럼요|당연하죠|당연하지요|물론(?:입니다|이죠|이지요|이에요)|그러죠"
        r"|그렇습니다|좋(?:습니다|아요|죠|지요)|(?:(?:네|예|아) )?알겠(?:습니다|어요)"
        rf"|맞(?:습니다|아요)){_STRONG_END}",
        rf"{_YES}|{_SHORT_ANSWER}",
        rf"{_GLADLY}|underst\w+|i (?:know|get it|like|love)|(?:good|great|fine|nice) (?:idea"
        r"|plan|point)|agree|sounds (?:good|great|like|fine)|works for|received|i(?:'ll| will) do",
    ),
    _opening(
        "answer",
        r"(?:아주 |정말 |참 )?(?:좋은|훌륭한|멋진|흥미로운) (?:질문|지적)"
        r"(?:입니다|이네요|이에요|이군요|이십니다|을 (?:하셨|해 주셨)[가-힣]*)",
        _NOTHING,
        rf"{_PRAISE} (?:\w+ ){{0,2}}(?:{_QUESTION}|(?:thing|one) to ask)"
        rf"|(?:{_QUESTION})[^.!?\n]{{0,20}}? (?:is|are|was|were)(?: \w+)? {_PRAISE}"
        r"|(?:love|like)s? (?:this|that|the|your|these) (?:question|point)s?"
        r"|(?:well|nicely) (?:asked|put)|(?:that|this|now there)(?:['’]s| is) a question"
        r"|(?:glad|happy|funny|nice of) (?:that )?(?:you|to) (?:should |would )?ask(?:ed)?"
        r"|(?:good|nice|tough|great) one",
        is_loose=False,
    ),
    _opening(
        "answer",
        r"(?:기꺼이 )?(?:도와드리(?:겠습니다|죠)|답변(?:해 )?드리겠습니다|설명(?:해 )?드리겠습니다)"
        r"|기꺼이 도와[가-힣 ]*",
        _NOTHING,
        r"help|assist\w*|happy to|glad(?:ly| to)|pleasure|of course|certainly|answer\w*"
        r"|repl(?:y|ies)|respon\w+|explain\w*|let me|i(?:'ll|’ll| will)",
    ),
    _opening(
        "commentary",
        r"(?:(?:여러분[,!]? )?안녕하(?:세요|십니까)(?:,? 여러분)?|반갑습니다|반가워요)"
        rf"(?:\?|{_STRONG_END})",
        r"hi|hiya|hey|hello|yo|howdy|greetings|salutations|welcome|dear|good (?:morning|afternoon"
        r"|evening|day|night|to (?:see|meet|have))|morning|afternoon|evening|g'day|what(?:'|’)?s up"
        r"|to whom|how (?:do you do|are you|is everyone|(?:are|is) (?:it|things))|ladies|gentlemen"
        r"|aloha|hola|bonjour|namaste|안녕|nice to|pleased to|glad to"
        r"|happy \w+day",
        r"greet\w*|thank(?:s| you) for (?:calling|joining|coming|visiting|contacting|having)"
        r"|hello|meet you|welcome|my name is|(?:i am|i'm|i’m|this is) [a-z]+ (?:from|here"
        r"|speaking|calling)|everyone|everybody|guys|folks|friends|y'all|all",
    ),
)


def check_opening(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The reply opens with nothing that its source does not say there."""
    for opening in _OPENINGS:
        match = opening.korean.match(korean)
        if match is None:
            continue
        level = _added(source, korean, opening, match)
        if level is not None:
            said = match["words"].strip()
            message = (
                f"번역하지 않고 대답한 것 같습니다: ‘{said}’"
                if opening.check == "answer"
                else f"번역이 아닌 말로 시작합니다: ‘{said}’"
            )
            return [report(opening.check, level, message, context, match.span("words"))]
    return []


def _added(source: str, korean: str, opening: _Opening, match: re.Match[str]) -> Level | None:
    """How sure it is that nothing in the source stands for the opening of the Korean."""
    rest = korean[match.end() :]
    n_before, n_after = n_statements(source), n_statements(rest)
    head = source[:_UNIT_CHARACTERS]
    if opening.begins.search(head) or opening.holds.search(source[:OPENING_CHARACTERS]):
        return "error" if n_statements(korean) > 2 * max(n_before, 1) else None
    first = _FIRST_UNIT.match(source)
    if first is None:
        return None
    is_short = len(first["words"].split()) <= _SHORT_WORDS
    if not re.search("[가-힣]", rest):
        return None if is_short else "warning"
    if not is_short:
        return "warning" if opening.is_loose and _IN_TALK.match(source) else "error"
    if opening.is_loose and first["end"] in ".!?\n:—–" and n_after < n_before:
        return None
    return "warning"


def n_statements(text: str) -> int:
    """How many sentences, and labels or clauses with a colon, a text holds; at least those."""
    return len(_STATEMENT_END.findall(text))
