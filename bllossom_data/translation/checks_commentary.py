"""Checks that the reply holds no word about the translation: before it, after it, in brackets."""

import re

from bllossom_data.examples import Finding, Level
from bllossom_data.translation.check_context import CheckContext, report
from bllossom_data.translation.checks_opening import n_statements

__all__ = ["check_commentary"]

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
    r"번역|(?:한국어|한국말|우리말|한글)로(?:는)? [^.!?\n]{0,80}"
    r"(?:옮기|옮겨|옮긴|옮겼|바꾸|바꿔|바꾼|표현|말하|말할|쓰면|적으면|하면|정리|나타)"
    r"|한국(?:어|식) (?:표현|문장|버전)"
    r"|(?<![a-z])(?:korean|translation|translated|literally|idiom)(?![a-z])",
    re.IGNORECASE,
)
_SPEAKS_OF_LANGUAGE = re.compile(
    r"translat|korean|version|interpret|languag|edition|render|gloss|subtitl|dub|foreign|original"
    r"|i18n|locali[sz]|번역|한국|literal|idiom",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"(?:더|추가로|다른|또)(?![가-힣])[^.!?\n]{0,25}(?:필요|궁금)[^.!?\n]{0,20}"
    r"(?:말씀|알려|문의|질문)[^.!?\n]{0,12}[.!?]?\s*$"
    r"|도움이 되(?:셨|었)?(?:기를?|길) 바랍니다[.!]?\s*$"
)
_OFFERS = re.compile(
    r"\b(?:let (?:me|us)|tell|asks?|asking|questions?|contact|reach|feel free|know|speak|inform"
    r"|help|say|mention|useful|hop(?:e|ing)|assist|wish|benefi|need|write|email|e-mail|mail|drop|call"
    r"|ring|shout|holler|message|dm|ping|text|phone|get (?:in touch|back|hold)|repl|respond|comment"
    r"|post|line|touch|talk|chat|visit|ticket|enquir|inquir)",
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


# (직역: …), [끝] and the like, which are about the text they follow.
_ABOUT_THE_TEXT = re.compile(
    r"[(\[【〔][ *_]*(?:"
    r"(?:직역|의역|원문|영문|원어|또는|혹은|다른 (?:표현|번역)|대안|뜻|의미|발음|출처|해설"
    r"|어감|뉘앙스|문맥|관용구|관용 표현|literal(?:ly)?|lit\.|or|note|alt(?:ernatively)?)"
    r"[^)\]】〕\n]{0,12}[:：=,][^)\]】〕\n]*"
    r"|(?:직역|의역|존댓말|반말|높임말|해요체|합쇼체|문어체|구어체|격식체|비격식체|관용구|관용 표현"
    r"|끝|이상|완료|생략|end|eof|done)(?:입니다|임)?[.!]?)[)\]】〕]",
    re.IGNORECASE,
)
_SAYS_IT_TOO = re.compile(
    r"\b(?:pronounc\w*|pronunciation|literal\w*|mean\w*|or|alternativ\w*|source|original|idiom\w*"
    r"|formal\w*|end|done|sense|i\.e|namely)\b|/",
    re.IGNORECASE,
)
_AFTER_A_SENTENCE = re.compile(
    r"[.!?…][\"”’*_]*\s*(?P<bracket>[(\[【〔][^()\[\]【】〔〕]*[)\]】〕])[.]?\s*\Z"
)
_BRACKET = re.compile(r"[(\[{（【〔]|[—–*†]| - |--")
_WORD_OF_THE_END = re.compile(r"(?:(?<=[.!?])|\n)\s*(?:끝|이상입니다|이상|번역 끝|완료)[.!]*\s*\Z")
_ENDS = re.compile(
    r"\b(?:end(?:s|ed|ing)?|fin|finish\w*|over|done|conclu\w*|complete\w*|that(?:'|’)?s (?:all|it)"
    r"|that is all|all for|period|full stop|out|more than|above)\b",
    re.IGNORECASE,
)
_OTHER_WORDING = re.compile(
    r"^[ \t*_]*(?:또는|혹은|or)[ \t*_]*[:：]?[ \t*_]*$", re.MULTILINE | re.IGNORECASE
)
_OR = re.compile(r"\b(?:or|alternatively|otherwise)\b", re.IGNORECASE)
# Sentences that a translation has over its source, before the rest or after it.
_BEFORE = re.compile(
    r"\A[\s*_#]*[^.!?:\n]{0,30}(?:"
    r"(?:(?:다음|아래|이|위)(?:과|와) 같(?:습니다|아요)|여기 있(?:습니다|어요)"
    r"|이렇(?:습니다|게 됩니다))"
    r"|(?:이렇게|(?:다음|아래|이)(?:과|와) 같이) "
    r"(?:옮|표현|바꾸|바꿔|정리|작성|쓸 수|쓰면|적|말할 수|나타낼)[^.!?:\n]{0,25}"
    r"|(?:요청하신|말씀하신|부탁하신|물어보신|질문하신|입력하신|(?:보내|제공해|알려) ?주신"
    r"|주신 (?:문장|글|내용|텍스트))"
    r"[^.!?:\n]{0,40}"
    r"|(?:해당|위|이) (?:문장|글|텍스트)(?:은|는|을|를)[^.!?:\n]{0,40}"
    r")(?:[.!?:]+(?=\s)|\n)"
)
_POINTS = re.compile(
    r"\b(?:follow\w*|below|here|this|these|like so|above|results?|request\w*|asked|such|thus|so"
    r"|you (?:want|need|sent|said|gave|mention\w*)|as in|next|example|way|how|steps?|list\w*)\b",
    re.IGNORECASE,
)
_LAST = re.compile(r"(?:(?<=[.!?])[\"”’*_]*\s+|\n\s*)(?P<last>[^.!?\n]*(?:[.!?]+[\"”’)*_]*)?)\s*\Z")
_OF_WORDING = re.compile(
    r"표현|문맥|어감|뉘앙스|직역|의역|관용|높임말|존댓말|반말|격식|말투|어투|문체|구어체|문어체|어순|시제"
    r"|[A-Za-z'\"”’](?:은|는|이란) [^.!?\n]*(?:뜻|의미)(?:의|입니다|이에요|하는|합니다|으로)"
    r"|(?:이|위) (?:문장|번역|말)(?:은|이|을)"
)
_SPEAKS_OF_WORDING = re.compile(
    r"\b(?:phras\w*|express\w*|idiom\w*|sentences?|words?|wording|mean\w*|tones?|context\w*|formal\w*"
    r"|nuance|polite\w*|natural\w*|sense|refers?|stands? for|call\w*|names?|terms?|text|style|tense"
    r"|vocabulary|represent\w*|custom\w*|familiar|imply|implies|indicat\w*|signif\w*|translat\w*"
    r"|say\w*|said|feel\w*|show\w*|convey\w*)\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:다른|더|추가|또|새로운) [^.!?\n]{0,20}(?:보내|말씀해|알려|물어|질문|문의|입력)"
    r"[가-힣 ]{0,8}(?:주세요|주십시오|보세요|하세요)"
    r"|(?:원하시면|필요하시면|필요하면|원하신다면|언제든(?:지)?)[^.!?\n]{0,45}"
    r"(?:드릴|드리|주세요|주십시오|하세요|가능합니다)[가-힣 ]{0,8}"
    r"|마음에 드시나요|도움이 되(?:셨|었|었으)[가-힣 ]*|괜찮으신가요|맞나요"
    r"|수정(?:이 필요|해 드릴)[^.!?\n]*"
    r"|(?:좋은|즐거운) 하루[가-힣 ]*|감사합니다|고맙습니다)[.!?~]*\s*\Z"
)
_THANKS = re.compile(
    r"\b(?:thank\w*|thx|grateful|appreciat\w*|cheers|gratitude|day|enjoy|have a|gracias|merci|want"
    r"|wish|like|prefer|any ?time|whenever|always|free|ready|right|correct|ok(?:ay)?)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\A[\W_]*\w+(?: \w+)?[:!]")
_OF_THE_SOURCE = re.compile(r"\A\W*(?:(?:이|위|해당|주어진) (?:영어 )?|영어 )문장(?:은|을|의)")
_TRANSLATES = re.compile(r"translat|번역", re.IGNORECASE)
# What only a comment says, and what a source says whose translation may say it too.
_COMMENTS = (
    (_PREAMBLE, _TRANSLATES),
    (_COMMENT, re.compile(r"translat|korean|original|번역", re.IGNORECASE)),
    (_TRANSLATORS_NOTE, _TRANSLATES),
    (_OF_TRANSLATION, _SPEAKS_OF_LANGUAGE),
    (_OF_THE_SOURCE, re.compile(r"sentence|english|statement|line|text|say|said", re.IGNORECASE)),
    (_WORD_OF_THE_END, _ENDS),
    (_OTHER_WORDING, _OR),
)


def check_commentary(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The reply is the translation alone, without a word about it."""
    for pattern, reason in _COMMENTS:
        match = pattern.search(korean)
        if match and not reason.search(source):
            return [_commentary("error", match[0], context, match.span())]
    return _in_brackets(source, korean, context) or _over(source, korean, context)


def _commentary(level: Level, said: str, context: CheckContext, span: tuple[int, int]) -> Finding:
    message = f"번역이 아닌 설명이 붙었습니다: ‘{said.strip()}’"
    return report("commentary", level, message, context, span)


def _in_brackets(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Notes in brackets that the source has not."""
    has_fewer = len(_BRACKET.findall(source)) < len(_BRACKET.findall(korean))
    match = _NOTE.search(korean)
    if match and has_fewer and not _NOTES.search(source):
        level: Level = "warning" if _LABEL.match(source) else "error"
        return [_commentary(level, match[0], context, match.span())]
    match = _ABOUT_THE_TEXT.search(korean)
    if match and has_fewer and not _SAYS_IT_TOO.search(source):
        return [_commentary("error", match[0], context, match.span())]
    last_line = source.rstrip().rpartition("\n")[2]
    match = _AFTER_A_SENTENCE.search(korean)
    # A sentence of the source may have become the one in brackets.
    n_outside = n_statements(korean[: match.start("bracket")]) if match else 0
    if match and not _BRACKET.search(last_line) and n_outside >= n_statements(source):
        return [_commentary("error", match["bracket"], context, match.span("bracket"))]
    return []


def _over(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """What a translation says before or after it, where it has more sentences than its source."""
    level: Level = "error" if n_statements(source) < n_statements(korean) else "warning"
    match = _OFFER.search(korean)
    if match and not _OFFERS.search(source):
        return [_commentary(level, match[0], context, match.span())]
    is_longer = level == "error" or _n_lines(source) < _n_lines(korean)
    if not is_longer:
        return []
    match = _BEFORE.match(korean)
    if match and not _POINTS.search(source):
        return [_commentary("error", match[0], context, match.span())]
    last = _LAST.search(korean)
    if last is None:
        return _paragraphs(source, korean, context)
    says = last["last"]
    wording = _OF_WORDING.search(says) and not _SPEAKS_OF_WORDING.search(source)
    closing = _CLOSING.search(says) and not (_OFFERS.search(source) or _THANKS.search(source))
    if wording or closing:
        return [_commentary("error", says, context, last.span("last"))]
    return _paragraphs(source, korean, context)


def _paragraphs(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """A second paragraph with sentences of its own, where the source is one."""
    gap = re.search(r"\S\s*?\n[ \t]*\n\s*(?=\S)", korean.rstrip())
    if gap is None or "\n" in source.strip() or n_statements(source) >= n_statements(korean):
        return []
    message = "원문에 없는 문단이 붙었습니다."
    return [report("commentary", "error", message, context, (gap.end(), len(korean)))]


def _n_lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.split("\n"))
