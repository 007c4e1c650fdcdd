"""Names of models in answers that people compare blindly.

A model that says who it is has no blind judge any more (as seen in FastChat's arena, whose cleaning
drops such votes). What it says of itself is covered; a text about models stays as it is, because
there the names are the subject. To cover too little costs one blind vote; to cover too much makes
an answer unreadable: only what is certainly said of the speaker is covered.
"""

import re

from annotation.comparing.system_names import ANY_NAME, MAKER, NAME

MASK = "▇▇▇"

# Marks of emphasis and quotation between a name and its particle.
_MARK = r"[*_`'\"“”‘’「」()]{0,3}"
_ASIDE = r"(?:\s?\([^()\n]{1,30}\))?"
_N, _ANY, _M = (rf"{_MARK}{name}{_ASIDE}{_MARK}" for name in (NAME, ANY_NAME, MAKER))

_MADE = (
    r"(?:직접\s)?(?:만든|개발한|훈련한|훈련시킨|학습시킨|학습한|제공하는|공개한|출시한|운영하는|설계한|구축한"
    r"|선보인)\s"
)
_AI = (
    r"(?:(?:언어|AI|인공\s?지능|대화형?|생성형?|딥러닝|초?거대)\s?모델|AI|인공\s?지능|챗봇|어시스턴트|비서|도우미"
    r"|에이전트|LLM)(?:\s?\([A-Za-z ]{2,30}\))?"
)
_IS = (
    r"(?:입니다|이에요|예요|에요|이야|야(?![가-힣])|이고|이며|이지만|지만|인데|이라서|라서|이므로|이라\s|이랍니다|랍니다"
    r"|이다(?![가-힣])|이죠|죠|이지요|지요|임(?![가-힣]))"
)
_MODEL = rf"(?:\s(?:모델|{_AI}))?"
_AS = r"으?로[서써]|으?로(?=,)"
_CALLED = r"이?라고\s?(?:합니다|해요|하고|하며|해(?![가-힣])|불|부르|소개)"
# A word that cannot have turned the sentence to somebody else.
_WORD = r"(?:[^\s.!?]{1,20}(?<![은는이가을를에게서고로와과도])\s)"
_OF_MAKER = rf"(?:{_M}(?:사|팀)?(?:이|가|에서|의)?\s)"
_BEFORE = (
    rf"(?:{_OF_MAKER}|{_MADE}|바로\s|한국어[에를로와]\s|여러분[을의]\s(?:돕는\s)?|{_WORD}){{0,6}}"
)
_I = (
    r"(?:(?<![가-힣])(?:저는|나는|난|제가|내가|저희는|본\s?(?:모델|AI|인공지능|챗봇)은|본\s?(?:AI|챗봇)는)\s"
    r"|^[\s\-*#>\d.]*전\s)"
)
_MY = r"(?<![가-힣])(?:제|저의|나의|내)\s"
_ME = r"(?<![가-힣])(?:저를|나를|절|날)\s"
_HELLO = r"(?:안녕하세요|안녕하십니까|안녕|반갑습니다|반가워요?|Hello|Hi|Hey)[\s,!.~]*"
_THE_MADE_ONE = rf"{_M}(?:사|팀)?(?:이|가|에서|의)\s{_WORD}{{0,3}}{_MADE}{_BEFORE}"

_KOREAN = (
    rf"{_I}{_BEFORE}{_N}(?:{_MODEL}{_IS}|{_CALLED}|이?라는\s{_WORD}{{0,3}}{_AI}{_IS}"
    r"|[이가]\s아[니닙])",
    rf"{_I}{_BEFORE}{_OF_MAKER}{_BEFORE}(?:{_ANY}{_MODEL}{_IS}|{_AI}{_MARK}(?:{_IS}|{_AS}))",
    rf"{_I}{_BEFORE}{_N}[을를]?\s?(?:기반|바탕)(?:으로|의|인)?\s{_WORD}{{0,3}}"
    rf"(?:하는\s|한\s)?(?:{_WORD}{{0,3}}{_AI}{_MARK}{_IS}|만들어졌|개발되었|개발됐|작동|동작|구동)",
    rf"{_I}{_BEFORE}{_M}[^.!?\n]{{0,40}}?(?:만들어졌|만들어진\s{_AI}|(?:개발|훈련|학습|설계|제작|구축)"
    rf"(?:되었|됐|받았|된\s(?:{_AI}|모델))|태어났|탄생했)",
    rf"{_MY}이름은\s{_BEFORE}{_N}(?:{_IS}|{_CALLED})",
    rf"{_ME}{_BEFORE}{_N}{_CALLED}",
    rf"(?:{_N}|{_M}[^.!?\n]{{0,30}}?{_AI}{_MARK})(?:인|이라는|라는|으로서의?|로서의?|으로서,|로서,)\s"
    r"(?:저|나|제|내)(?=[는가를의도에,]|\s)",
    rf"(?<![가-힣])저\s?[(,]\s?{_N}[)]?[는,)]",
    rf"{_ME}{_MADE}[^.!?\n]{{0,20}}?{_M}",
    rf"{_MY}(?:개발사|제작사|개발자|제작자|창조자|모회사|운영사|개발\s?회사)(?:은|는|가|이)\s{_BEFORE}{_M}"
    rf"{_IS}",
    rf"{_M}(?:사|팀)?(?:이|가|에서|은|는)\s{_WORD}{{0,3}}{_ME}{_WORD}{{0,2}}(?:만들|만든|개발|훈련|학습|설계)",
)
# Sentences without a subject: nobody else may have been the subject of the text before.
_KOREAN_ALONE = (
    rf"^{_MARK}(?:{_HELLO})?{_THE_MADE_ONE}(?:{_N}{_MODEL}{_IS}|{_AI}{_MARK}(?:{_IS}|{_AS}))",
    rf"^{_MARK}(?:{_HELLO})?{_N}{_CALLED}",
    rf"^{_MARK}{_HELLO}{_BEFORE}{_N}{_IS}",
)
_KOREAN_GREETED = (rf"^{_MARK}{_BEFORE}{_N}{_IS}",)

_DONE = (
    r"(?:(?i:developed|created|trained|made|built|designed|fine-tuned|trained\sand\sdeveloped"
    r"|created\sand\strained))"
)
_KIND = (
    r"(?:(?:an?|the)\s)?(?:(?:helpful|large|friendly|conversational|virtual|multimodal|generative|digital"
    r"|text-based|state-of-the-art|AI|A\.I\.|artificial\sintelligence|language|chat)[\s-]){0,4}"
    r"(?:AI|A\.I\.|artificial\sintelligence|model|assistant|chatbot|system|LLM|bot)(?:\s\(\w{2,4}\))?"
)
_PEOPLE = r"(?:(?:the|a|an|team|group|of|researchers|engineers|people|company|at)\s){0,6}"
_BY_MAKER = rf"{_DONE}\s(?:by|at)\s{_PEOPLE}{_M}"
_SIMPLY = r"(?:(?:actually|just|simply|really|also|not|called|named|the)\s){0,2}"
_AM = rf"(?:\bI\s?(?:['’]m|\sam)\s{_SIMPLY})"
_AM_OR_WAS = r"\bI(?:['’]m|\sam|\swas|['’]ve\sbeen|\shave\sbeen)\s(?:\w+ly\s)?"
_NAMED = r"(?:\b(?i:my\sname\sis|my\sname['’]s|call\sme|I\sgo\sby)\s)"
_THEIR = rf"(?:{_MARK}{MAKER}(?:['’]s)?\s)?"

_ENGLISH = (
    rf"(?:{_AM}|{_NAMED}){_THEIR}{_N}",
    rf"{_AM}{_KIND},?\s(?:\w{{1,15}}\s){{0,3}}(?:named|called|known\sas)\s{_N}",
    rf"(?:{_AM}|\b[Aa]s\s){_KIND},?\s(?:(?:that|which|who)\s(?:was|is)\s)?{_BY_MAKER}",
    rf"(?:{_AM}|\b[Aa]s\s)(?:an?\s|the\s)?{_M}(?:['’]s)?\s{_KIND}",
    rf"\b[Aa]s\s{_THEIR}{_N},(?:[^.!?,]{{1,60}},)?\s(?:I\b|my\b)",
    rf"{_AM}{_KIND}\s(?:from|of|by)\s{_M}",
    rf"\bI,\s{_N},",
    rf"{_AM_OR_WAS}{_BY_MAKER}",
    rf"{_AM_OR_WAS}(?:based|built|powered|running|fine-tuned)\s(?:on|upon|by|from)\s(?:top\sof\s)?{_THEIR}{_N}",
    rf"{_M}\s(?:has\s)?{_DONE}\sme\b",
    rf"\b(?i:my)\s(?:creators?|developers?|makers?|trainers?|parent\scompany)\s(?:at|is|are|,)?\s?{_M}",
    rf"{_DONE}\sme\s(?:is|was)\s{_M}",
    rf"\b[Tt]his\sis\s{_THEIR}{_N}\s(?:speaking|here)\b",
)
_ENGLISH_ALONE = (
    rf"^{_MARK}{_BY_MAKER}(?=[.!*]*\s*$|,?\sI\b|\sto\s(?:help|assist)\b)",
    rf"^{_MARK}(?:{_HELLO})?{_N}\shere\b",
)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_OF_ITSELF = _any_of((*_KOREAN, *_ENGLISH))
_ALONE = _any_of((*_KOREAN_ALONE, *_ENGLISH_ALONE))
_GREETED = _any_of(_KOREAN_GREETED)
_GREETING = re.compile(rf"^\W*(?:{_HELLO})+$")
_BREAK = re.compile(r"((?<=[.!?])[*_\"'”’)]*\s+|\n+)")
_IN_MATCH = re.compile(f"{ANY_NAME}|{MAKER}")
_BEHIND = re.compile(f"{NAME}|{MAKER}")


def mask_identity(text: str) -> str:
    """Covers what a model says of itself.

    Args:
        text: an answer, Markdown. Only sentences in which the speaker speaks of itself are changed,
            and of them only the names; particles and endings stay.
    """
    pieces = _BREAK.split(text)
    others, greeted = False, False
    for number in range(0, len(pieces), 2):
        sentence = pieces[number]
        masked = _masked(sentence, others, greeted)
        if masked is None:
            others = others or _IN_MATCH.search(sentence) is not None
        else:
            pieces[number] = masked
        greeted = _GREETING.match(sentence) is not None
    return "".join(pieces)


def _masked(sentence: str, others: bool, greeted: bool) -> str | None:
    """The sentence with its speaker's names covered; None where it does not give any.

    Args:
        sentence: one sentence, without the space behind it.
        others: names were the subject of the text before.
        greeted: the sentence before was a greeting.
    """
    if _IN_MATCH.search(sentence) is None:
        return None
    found = _OF_ITSELF.search(sentence)
    if found is None and not others:
        found = _ALONE.search(sentence)
    if found is None and greeted:
        found = _GREETED.search(sentence)
    if found is None:
        return None
    said = _IN_MATCH.sub(MASK, found[0])
    return sentence[: found.start()] + said + _BEHIND.sub(MASK, sentence[found.end() :])


def says_who_it_is(text: str) -> bool:
    """Whether an answer gives its maker away."""
    return mask_identity(text) != text
