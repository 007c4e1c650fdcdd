"""Checks that the reply is a translation at all: no answer and no refusal."""

import re

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, report
from bllossom_data.translation.checks_opening import OPENING_CHARACTERS

__all__ = ["check_answer", "check_refusal"]

_ASKS = re.compile(
    r"[?？]|(?:까|나요|가요|니|냐|지요|죠|래요|세요|십시오|시오|줘|줘요|라|달라|보자|할 것"
    r"|바랍니다|주시길)"
    r"요?(?:[.!)\"”’]+(?:\s|$)|\s*(?:\n|$))"
)
# Could you: 해 주시면 감사하겠습니다. Who knows: 아무도 모릅니다.
_REQUESTS = re.compile(
    r"\b(?:can|could|would|will|may|might|do) (?:you|i|we|someone|anyone)\b", re.IGNORECASE
)
_REQUESTED = re.compile(
    r"(?:싶(?:습니다|어요|은데요|다)|(?:감사|고맙)(?:하겠습니다|겠습니다|겠어요|하겠어요)|좋겠(?:습니다|어요|네요|다)"
    r"|부탁(?:드립니다|드려요|해요|합니다)|바랍니다|바라요)[.!]?\s*$"
)
_EXCLAIMS = re.compile(
    r"\b(?:(?:is|are|was|were|does|do|did|has|have|ca|could|would|should)n['’]t"
    r"|how \w+ (?:is|are|was|were) (?:that|this|it|he|she|they|these|those|you)|who knows|who cares"
    r"|who would have thought|what could go wrong|why not)\b",
    re.IGNORECASE,
)
_INSTRUCTS = re.compile(
    r"\s*(?:please )?(?:write|list|explain|describe|give|translate|summari[sz]e|tell|name|create"
    r"|generate|suggest|compare|identify|find|rewrite|classify|provide|make|discuss|outline)\b",
    re.IGNORECASE,
)
# What an instruction is in Korean where it ends as no request does: 시 쓰기, 요약문, 세 가지 예.
_TASK = re.compile(
    r"[쓰써쓴쓸적]|작성|[지짓]기|나열|목록|열거|제시|설명|서술|기술|묘사|말하|말씀|이야기|얘기|알리|알려"
    r"|가르|번역|옮기|옮긴|요약|정리|간추|줄거리|이름|명칭|만들|만드|생성|짓|지어|제안|추천|권하|아이디어"
    r"|비교|차이|대조|찾|식별|확인|고르|고쳐|고치|다시|바꿔|바꾸|분류|나누|나눠|제공|논[의하해]|토론|개요"
    r"|예[시를문]|예는|가지|글|문장|제목|소개|답|질문|주[는기]|부탁|보[기자]|대하여|대해|대한|관하여|관해"
    r"|관한|시[.\s]*$|노래|편지|기사|논문|에세이|수필|소설|동화"
)
# Korean has about half the characters of the English that it translates (see the length check).
_LONG_FOR_A_QUESTION = 1.1


def check_answer(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """A question or an instruction is translated, not answered."""
    asks = source.rstrip(" \"'”’)*_").endswith("?")
    if not asks and not (context.role == "user" and _INSTRUCTS.match(source)):
        return []
    if _ASKS.search(korean) or (_REQUESTS.search(source) and _REQUESTED.search(korean)):
        return []
    if len(korean) < len(source) and _EXCLAIMS.search(source):
        return []
    only_asks = asks and not re.search(r"[.!?:;\n] *\S", source.strip()[:-1])
    states = re.search(r"[가-힣]다[.!]?\s*$", korean) is not None
    message = (
        "원문은 묻거나 시키는 말인데 번역문은 그렇지 않습니다. 번역하지 않고 대답한 것 같습니다."
    )
    if len(korean) < _LONG_FOR_A_QUESTION * len(source) and not (only_asks and states):
        if asks or _TASK.search(korean):
            return []
        return [report("answer", "warning", message, context, (0, len(korean)))]
    return [report("answer", "error", message, context, (0, len(korean)))]


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


def check_refusal(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The engine has not declined, unless the source itself apologises or declines there."""
    match = _REFUSAL.search(korean)
    if match:
        # An apology that opens the reply has its reason in the opening of the source.
        reason = source[:OPENING_CHARACTERS] if not korean[: match.start()].strip() else source
        if _REFUSES.search(reason):
            match = None
    if match is None and not _OF_MODELS.search(source):
        match = _MODEL_SPEAKS.search(korean)
    if match is None:
        return []
    message = f"번역을 거절한 것 같습니다: ‘{match[0].strip()}’"
    return [report("refusal", "error", message, context, match.span())]
