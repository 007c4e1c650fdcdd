"""Whether an English conversation is about an entity, or only has it in the background.

What is asked about stays: the answer to "How old is Walmart?" is no answer about another shop.
"""

import re

from bllossom_data.localization.contexts import ENTITY

__all__ = ["asked_about", "defined"]

_X = rf"(?:the |a |an |my local )?{ENTITY}"
_ENDS = r"(?=\s*(?:$|[?.,;:!)\n\"]|and\b|or\b|exactly\b|in\b|really\b|all about\b|as a\b|to a\b))"
_NOUNS = (
    "history|origins?|meaning|founding|purpose|significance|story|biography|structure|influence|"
    "culture|impact|rise|fall|decline|success|failure|role|pros and cons|definition|symbolism|plot|"
    "themes?|importance|business model|founders?|ceo|inventor|headquarters|customs|traditions?|"
    "criticisms?|features|architecture|capital|population|height|elevation|geography|geology|"
    "climate|weather|mayor|size|value|future|popularity|economics|workings?|length|name|symbols?|"
    "date|evolution|legacy|controvers(?:y|ies)|effects?|effectiveness|reasons?"
)
_TELL = (
    "tell me|teach me|write|explain|describe|summari[sz]e|discuss|introduce|essay|article|report|"
    "facts?|information|info|jokes?|song|overview|guide|book|documentary|know|learn|learning|"
    "curious|blog post|paragraph|speech|lecture|presentation|ad|advertisement|slogan|"
    "jingle|tagline|press release|script|review|recipe|trivia|history|thoughts|opinion|think|poem"
)
_VERBS = (
    "begin|start|started|originate|originated|become|became|get its|got its|get started|come from|"
    "came from|founded|created|established|invented|called|named|located|celebrated|observed|work|"
    "works|make money|makes money|make its|compete|handle|decide|determine|calculate|so|mean|"
    "differ|exist|treat|different|better|worse|important|popular|famous|known|considered|made of|"
    "made|"
    "taste|look like|still|expand|succeed|fail|dominate|end|operate"
)
_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:what|who)(?:'s|\s+(?:is|are|was|were))\s+(?:exactly\s+)?{_X}{_ENDS}",
        rf"\bwhat (?:do|does|did) {_X} (?:do|mean|stand|offer|sell|cover|look|taste)\b",
        rf"\b(?:{_NOUNS}) (?:of|behind|for) {_X}(?!\s+(?:trip|visit|dinner))",
        rf"\b(?:{_TELL})\b[^.?!\n]{{0,40}}?\b(?:about|on|for|of)\s+{_X}{_ENDS}",
        rf"\b(?:explain|describe|define|introduce|summari[sz]e|analy[sz]e|critique|review) {_X}",
        rf"\b(?:how|why|when|where|did|does|do|was|is)\b[^.?!\n]{{0,20}}{ENTITY}\s+(?:{_VERBS})\b",
        rf"\b(?:when|where)(?:'s|\s+(?:is|are|was|were))\s+{_X}",
        rf"\bwhere (?:can|do|could|should) (?:I|you|we|one) (?:watch|find|buy|get|see|stream) {_X}",
        rf"\bhow (?:tall|high|old|big|large|far|long|cold|hot|deep|popular|safe|good|reliable)\s+"
        rf"(?:is|are|was) {_X}",
        rf"\b(?:compare|contrast|comparing)\b[^.?!\n]*{ENTITY}",
        rf"\b(?:differences?|similarit\w+|distinction|comparison)\b[^.?!\n]*{ENTITY}",
        rf"(?:\bvs\.?|\bversus)\s+{_X}|{ENTITY}\s+(?:vs\.?|versus)(?!\w)",
        rf"\b(?:better|cheaper|best|prefer|which)\b[^.?!\n]*{ENTITY},? or\b",
        rf"\b(?:better|cheaper|best|prefer|which)\b[^.?!\n]*\bor {_X}",
        rf"{ENTITY}(?:'s)? (?:founders?|ceo|history|stock|shares|revenue|population|headquarters|"
        r"logo|business model|branding|marketing|strategy|executives|lawsuit|annual report|"
        r"origins?|inventor|creator|mission|competitors|profits|earnings|skyline|mayor|climate|weather)\b",
        rf"\b(?:things to do|places to visit|what to (?:do|see)|best [\w ]{{1,30}}) in {_X}",
        rf"\b(?:stand|stands) for\b[^.?!\n]*{ENTITY}|{ENTITY} (?:stand|stands) for\b",
        rf"\b(?:who|what) (?:founded|invented|created|owns|runs|won|played|discovered) {_X}",
        rf"\b(?:founded|invented|created|established|owned|acquired|bought out) {_X}{_ENDS}",
    )
)
_OF_NAMED_BUSINESS = re.compile(
    rf"(?:^|[.?!,\n]\s*|\b(?:and|so|but|if|whether|wondering) )"
    rf"(?:do|does|did|is|are|was|will|can)\s+{ENTITY}\s+(?!or\b|and\b)\w+",
    re.IGNORECASE,
)
_BUSINESSES = frozenset(
    (
        *("retailer", "service", "food", "media", "product"),
        *("place", "sport", "transport", "holiday", "person"),
    )
)
_DEFINED = re.compile(
    rf"(?:^|[.!?\n]\s*)(?:[*_]*){_X}(?:[*_]*)(?: \([^()\n]*\))?(?:,)? "
    r"(?:is|was|are|refers to|stands for|means) "
    r"(?:an?|the|one of|celebrated|observed|located|known|named|run|owned|administered)\b"
    rf"|{ENTITY} (?:was|were) (?:founded|established|created|invented|first|originally)\b"
    rf"|{ENTITY}, (?:an?|which is an?) ",
    re.IGNORECASE,
)


def asked_about(prompt: str, entity_type: str) -> str | None:
    """The words that ask about the entity in what a user says, or None.

    Args:
        prompt: a user's turn with the entity masked.
        entity_type: the entity's type; a business may be asked what it does.
    """
    prompt = prompt.replace("’", "'")
    for expression in _ASKED:
        if match := expression.search(prompt):
            return _shown(match[0])
    if entity_type in _BUSINESSES and (match := _OF_NAMED_BUSINESS.search(prompt)):
        return _shown(match[0])
    return None


def defined(text: str) -> str | None:
    """The words that say what the entity is, or None.

    Args:
        text: any turn with the entity masked.
    """
    match = _DEFINED.search(text)
    return _shown(match[0]) if match else None


def _shown(text: str) -> str:
    return " ".join(text.replace(ENTITY, "{}").split())
