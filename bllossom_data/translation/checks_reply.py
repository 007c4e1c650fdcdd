"""Checks that the reply is a translation at all: no answer, no comment, no refusal."""

import re

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, report

__all__ = ["check_answer", "check_commentary", "check_refusal"]

_ACCEPTANCE = re.compile(
    r"\s*(?:(?:네|예|물론|그럼요|알겠습니다|좋습니다)[,.!]? ?)*"
    r"(?:(?P<sure>물론(?:입니다|이죠|이지요|이에요))|(?P<understood>네, 알겠습니다|알겠습니다[.!])"
    r"|(?P<question>좋은 질문(?:입니다|이네요|이에요))"
    r"|(?P<help>도와드리(?:겠습니다|죠)|기꺼이 도와)"
    r"|(?P<answer>답변드리겠습니다|답변해 드리겠습니다|답변: |답: ))"
)
# What the source says where its translation may rightly begin so.
_ACCEPTS = {
    "sure": r"sure|of course|certainly|absolutely|yes|yeah|yep|definitely|naturally|indeed|gladly"
    r"|glad to|happy to|happily|no problem|by all means|(?:with|my) pleasure|ok(?:ay)?|all ?right",
    "understood": r"understand|understood|got it|ok(?:ay)?|all ?right|will do|noted|i see|sure"
    r"|certainly|yes|very well|no problem|of course",
    "question": r"(?:good|great|excellent|interesting|fair|nice|fantastic|wonderful|lovely|real)"
    r"(?: \w+)? questions?",
    "help": r"help|assist|happy to|glad(?:ly| to)|pleasure|sure|of course|certainly",
    "answer": r"answer\w*|repl(?:y|ies)|respon\w+|a:",
}
_SAID = {name: re.compile(rf"\b(?:{words})", re.IGNORECASE) for name, words in _ACCEPTS.items()}
_ASKS = re.compile(
    r"[?？]|(?:까|나요|가요|니|냐|지요|죠|래요|세요|십시오|시오|줘|줘요|라|달라|보자|할 것"
    r"|바랍니다|주시길)"
    r"요?(?:[.!)\"”’]+(?:\s|$)|\s*(?:\n|$))"
)
_SENTENCE_END = re.compile(r"[.!?:]+(?=[\s\"”’)]|$)")
_INSTRUCTS = re.compile(
    r"\s*(?:please )?(?:write|list|explain|describe|give|translate|summari[sz]e|tell|name|create"
    r"|generate|suggest|compare|identify|find|rewrite|classify|provide|make|discuss|outline)\b",
    re.IGNORECASE,
)
# Korean has about half the characters of the English that it translates (see the length check).
_LONG_FOR_A_QUESTION = 1.1


def check_answer(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """A question or an instruction is translated, not answered."""
    match = _ACCEPTANCE.match(korean)
    if match and not _accepts(match, source):
        message = f"번역하지 않고 대답한 것 같습니다: ‘{match[0].strip()}’"
        return [report("answer", "error", message, context, match.span())]
    asks = source.rstrip(" \"'”’)*_").endswith("?")
    if not asks and not (context.role == "user" and _INSTRUCTS.match(source)):
        return []
    if _ASKS.search(korean):
        return []
    only_asks = asks and not re.search(r"[.!?:;\n] *\S", source.strip()[:-1])
    states = re.search(r"[가-힣]다[.!]?\s*$", korean) is not None
    if len(korean) < _LONG_FOR_A_QUESTION * len(source) and not (only_asks and states):
        return []
    message = (
        "원문은 묻거나 시키는 말인데 번역문은 그렇지 않습니다. 번역하지 않고 대답한 것 같습니다."
    )
    return [report("answer", "error", message, context, (0, len(korean)))]


def _accepts(match: re.Match[str], source: str) -> bool:
    """Whether the source opens as its translation does, and the rest may be its translation too."""
    said = _SAID[match.lastgroup or ""].search(source[:_OPENING_CHARACTERS])
    sentences = [len(_SENTENCE_END.findall(text)) for text in (source, match.string)]
    return said is not None and sentences[1] <= 2 * max(sentences[0], 1)


_COMMENT = re.compile(
    r"(?:^|\n)[ \t*_#\"“「『]*(?:"
    r"(?:다음은|아래는|여기|이것은|요청하신|위|주어진|해당)[^.\n]{0,40}"
    r"번역(?:입니다|이에요|본입니다|문입니다"
    r"|한 (?:것|내용|결과|문장)입니다|해 ?드리겠습니다|하겠습니다|했습니다)"
    r"|번역(?:문|본|결과| 결과)?\s*[:：]"
    r"|한국어(?: 번역| 번역문)?\s*[:：]|(?:원문|영어 원문)\s*[:：]"
    r"|(?:한국어|한글)로 (?:번역하면|옮기면)|(?:번역하면|옮기면) 다음과 같"
    r"|(?:here(?:'s| is| are)|this is|below is|sure|the) [^.\n]{0,30}translat"
    r"|(?:korean )?translation(?: \(korean\))?\s*[:：]|korean\s*[:：]"
    r"|\(?(?:역주|역자 주|번역자 주|번역 참고|번역 노트|옮긴이 주)\b)"
    r"|이 번역은 [^.\n]{0,40}(?:했습니다|하였습니다|입니다)|\((?:역주|옮긴이 주|역자 주)[ :：]"
    r"|(?:자연스럽게|직역하|의역하)[^.\n]{0,15}(?:번역했습니다|번역하였습니다|옮겼습니다)",
    re.IGNORECASE,
)


# Before the translation, whatever the source is about.
_PREAMBLE = re.compile(
    r"\A\s*[*_#\[(\"“]*(?:(?:네|예|물론(?:입니다|이죠|이지요|이에요)|알겠습니다|그럼요|좋습니다)[,.!]*\s+)*"
    r"[^.!?:\n]{0,40}번역[^.!?:\n]{0,30}"
    r"(?:겠습니다|게요|같습니다|입니다|이에요|드립니다|드렸습니다|했습니다|하였습니다|제공합니다)\s*[.!:]"
)
# No text speaks of translation, or of Korean in Latin letters, that is a translation of one which
# speaks of no language.
_OF_TRANSLATION = re.compile(
    r"번역|한국어로 (?:옮기|옮겨|옮긴)|(?<![a-z])(?:korean|translation|translated)(?![a-z])",
    re.IGNORECASE,
)
_SPEAKS_OF_LANGUAGE = re.compile(
    r"translat|korean|version|interpret|languag|edition|render|gloss|subtitl|dub|foreign|original"
    r"|i18n|locali[sz]|번역",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"(?:더|추가로|다른|또)(?![가-힣])[^.!?\n]{0,25}(?:필요|궁금)[^.!?\n]{0,20}"
    r"(?:말씀|알려|문의|질문)[^.!?\n]{0,12}[.!?]?\s*$"
    r"|도움이 되(?:셨|었)?(?:기를?|길) 바랍니다[.!]?\s*$"
)
_OFFERS = re.compile(
    r"\b(?:let (?:me|us)|tell|asks?|asking|questions?|contact|reach|feel free|know|speak|inform"
    r"|help|say|mention|useful|hope|assist|wish|benefi|need)",
    re.IGNORECASE,
)


# (역주: …), [번역자 주], ※ 참고: what only a translator adds, and what a source may say as well.
_TRANSLATORS_NOTE = re.compile(
    r"[(\[【〔][ *_]*(?:역주|(?:옮긴이|역자|번역자|번역) ?주)(?![가-힣])"
)
_NOTE = re.compile(
    r"(?:[(\[【〔]|※)[ *_]*(?:참고(?:로)?|주의?|비고|설명|보충)[ *_]*[:：,][^)\]】〕\n]*"
)
_NOTES = re.compile(
    r"\b(?:notes?|noted|nb|see|cf|refer\w*|fyi|tips?|remember|caution|warning|remarks?|by the way"
    r"|btw|keep in mind|mind you|for (?:your )?(?:information|example)|explanation|ps)\b|n\.b\.|※",
    re.IGNORECASE,
)


_TRANSLATES = re.compile(r"translat|번역", re.IGNORECASE)
# What only a comment says, and what a source says whose translation may say it too.
_COMMENTS = (
    (_PREAMBLE, _TRANSLATES),
    (_COMMENT, re.compile(r"translat|korean|original|번역", re.IGNORECASE)),
    (_TRANSLATORS_NOTE, _TRANSLATES),
    (_NOTE, _NOTES),
    (_OF_TRANSLATION, _SPEAKS_OF_LANGUAGE),
    (_OFFER, _OFFERS),
)


def check_commentary(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The reply is the translation alone, without a word about it."""
    for pattern, reason in _COMMENTS:
        match = pattern.search(korean)
        if match and not reason.search(source):
            message = f"번역이 아닌 설명이 붙었습니다: ‘{match[0].strip()}’"
            return [report("commentary", "error", message, context, match.span())]
    return []


_APOLOGY = r"(?:죄송(?:하지만|합니다만|합니다[.,])|미안(?:하지만|합니다만)|유감스럽게도|안타깝게도)"
_CANNOT = (
    r"(?:(?:할|드릴|도울|도와드릴|번역할|답할|제공할|응할|생성할|처리할) 수(?:가)? 없"
    r"|어렵습니다|불가능합니다|거절|하지 못합니다)"
)
_REFUSAL = re.compile(
    rf"{_APOLOGY}[^.!?\n]{{0,80}}{_CANNOT}"
    r"|(?:번역|요청|답변|도움)(?:을|를|에)? ?(?:해 )?"
    r"(?:도와드릴|제공할|응할|처리할|번역할|드릴) 수(?:가)? 없습니다"
    r"|i(?:'m| am) sorry,? (?:but )?i (?:can(?:'t|not)|am unable)"
    r"|i can(?:'t|not) (?:help|assist|translate)",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:sorry|apolog\w*|can(?:['’])?t|cannot|can not|could(?:n['’]t| not)|unable|not able"
    r"|unfortunately|regret\w*|afraid|refus\w*|impossible|difficult|won['’]t|sadly|alas|fail\w*"
    r"|hard)\b",
    re.IGNORECASE,
)
_MODEL_SPEAKS = re.compile(
    r"(?:저는|나는) (?:AI|인공 ?지능|언어 모델)"
    r"|(?:AI|인공 ?지능)(?: 언어)? 모델(?:로서|이기 때문|이라)"
    r"|as an ai\b",
    re.IGNORECASE,
)
_OF_MODELS = re.compile(
    r"\b(?:ai|language models?|artificial|robots?|machines?|chatbots?|assistant)\b", re.IGNORECASE
)
_OPENING_CHARACTERS = 160


def check_refusal(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The engine has not declined, unless the source itself apologises or declines there."""
    match = _REFUSAL.search(korean)
    if match:
        # An apology that opens the reply has its reason in the opening of the source.
        reason = source[:_OPENING_CHARACTERS] if not korean[: match.start()].strip() else source
        if _REFUSES.search(reason):
            match = None
    if match is None and not _OF_MODELS.search(source):
        match = _MODEL_SPEAKS.search(korean)
    if match is None:
        return []
    message = f"번역을 거절한 것 같습니다: ‘{match[0].strip()}’"
    return [report("refusal", "error", message, context, match.span())]
