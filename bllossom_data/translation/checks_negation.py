"""Whether a translation says yes where its source says no.

Both languages say no in many ways, and each has words that the other one turns into a negation. So
only this is told: a plain `not` without a Korean word that could stand for it. Korean negations
without an English one are no sign of anything: good Korean has many (그래도 식지 않습니다).
"""

import re

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_negation"]

_EMPHASIS = re.compile(r"[*_]+")
_NOT = re.compile(
    r"\b(?:not|never|cannot|nobody|nothing|nowhere|none|neither|nor|no)\b|n['’]t\b", re.IGNORECASE
)
# No negation, or one that Korean drops: no later than, not only, why not, isn't it, don't forget.
_IDIOM = re.compile(
    r"\bno (?:later|sooner|less|fewer|more|longer|matter|doubt|wonder|surprise|problem|worries|way"
    r"|idea|means|one)\b|\bno\.? ?\d|\bno-\w+|\bno[,.!?]|^\W*no\b"
    r"|\b(?:or|if|why) not\b"
    r"|\bnot (?:only|just|merely|simply|solely|bad|until|to mention|surprising\w*|at all|unlike"
    r"|uncommon|unusual|sure|all|every\w*|always|necessarily|exactly|quite|really|very|so|too|much"
    r"|many|long|far|even|yet|least|know\w*)\b"
    r"|\bwhy \w+n['’]t\b"
    r"|n['’]t (?:forget|hesitate|wait|help|worry|mind|be afraid|miss|know|even|really|only|just"
    r"|have to|need|sure|until|you|we|they|it|he|she|i|there|that|this)\b"
    r"|\b(?:can['’]t|cannot|can not) (?:wait|help|but|agree|stop)\b|\bnever ?mind\b"
    r"|(?:\bnot|n['’]t)\b[^.]{0,40}\bfor (?:another|the next)\b"
    r"|(?:\bnot|n['’]t)\b[^.]{0,40}\bin (?:\w+ )?(?:weeks|months|years)\b"
    r"|\bnothing (?:but|more|less|else|like|short)\b|\bnone (?:other|the)\b"
    r"|\bwhether\b.*\bnot\b|\b(?:does|do) not know\b"
    r"|\bneither\b.*\bnor\b|\bnor\b|\b(?:not|no)\b[^.]*\bbut\b"
    r"|\"[^\"]*\"|“[^”]*”|\([^)]*\)",
    re.IGNORECASE,
)
_KOREAN_NOT = (
    r"않|(?<![가-힣])안 |(?<![가-힣])안[되돼됩된했하해돌변]|못|없|아[니닌닙닐님]"
    r"|말[고아자라길지며았던]|마[세십라시요]|[마말](?![가-힣])|금[지하물]"
)
# What Korean says instead of a negation.
_KOREAN_OTHERWISE = (
    r"불(?:가|법|필|편|안|만|확|이익|일치|완|리|행|신|쾌|통|구하|면|명|변|규|균|응|참|허|투|평|능|사"
    r"|특정|합|충분|분)|비(?:활|공|정|합|효|현실|논|동|어|었|대칭|밀|용|표준|이성)"
    r"|무(?:관|료|의미|시|효|방|리|한|응|반|명|능|례|조건|자격|감|해|상태|작위)"
    r"|미(?:만|완|지|사용|정|혼|성년|달|숙|흡|확|처|등록|설|해결|개|제)|부[족정재인]|(?<![가-힣])빈"
    r"|모[르른를]|몰[라랐]|거[부절]|싫|드[물문뭅]|어[렵려]|힘[들든]|나쁘|모자[라란]"
    r"|이외|제외|배제|면제|해제|대신|반대|달라|다[르릅]|상이|보다는"
    r"|실패|탈락|취소|중단|생략|차단|방지|위반|위배|삼가|멈|그만|그칠|덜|잃|빼|피[하해]|끊|사라"
    r"|막[아는고았을]|떨어|벗어|하기 전|기 전에|에야|비로소"
)
_ANY_NEGATION = re.compile(f"{_KOREAN_NOT}|{_KOREAN_OTHERWISE}")


def check_negation(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """No sentence has lost its negation."""
    if context.expects_english:
        return []
    english_text = _EMPHASIS.sub("", prose(source, context))
    for english, translated in sentence_pairs(english_text, prose(korean, context)):
        lost = _NOT.search(english) and _NOT.search(_IDIOM.sub(" ", english))
        if lost and not _ANY_NEGATION.search(translated):
            message = f"원문의 부정(‘{lost[0]}’)이 번역문에 없습니다: ‘{_shown(translated)}’"
            return [report("negation", "warning", message, context)]
    return []


def _shown(sentence: str) -> str:
    text = " ".join(sentence.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
