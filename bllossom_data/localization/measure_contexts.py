"""Where a US quantity must not be converted by itself, because something else depends on it."""

import re
from collections.abc import Iterator, Sequence

from bllossom_data.examples import Message
from bllossom_data.localization.measure_relations import Relations
from bllossom_data.localization.measure_text import (
    ABOUT_HEAT,
    IDIOM,
    SENTENCE_END,
    KoreanQuantity,
    english_quantities,
    numbers_of,
)
from bllossom_data.localization.measure_units import UNITS, UnitName, korean_number
from bllossom_data.localization.passages import FENCE

__all__ = [
    "degrees_added",
    "degrees_in_doubt",
    "left_to_a_person",
    "mpg_found",
    "sentence_of",
    "stated_measures",
    "used_in_answers",
]

DIFFERENCE = re.compile(r" ?(?:정도 |쯤 |나 |만큼 )?(?:더|덜|차이|높|낮|오르|올라|내리|떨어)")
# What an event of the past is told with is quoted from somewhere, and may be known by its number.
_PAST = re.compile(r"(?<!\d)1\d{3}년|\d ?세기|기원전")
_DECADE = re.compile(r"(?<!\d)[2-9]0년대")
_RATE_BEFORE = re.compile(
    r"(?:(?:갤런|마일|파운드|온스|피트|에이커|달러) ?당|(?:1 ?|한 )갤런에) ?(?:[가-힣]{1,3} )?$"
)
_PER_GALLON = re.compile(r"(?:갤런 ?당|(?:1 ?|한 )갤런에) ?(?:[가-힣]{1,3} )?$")
_MPG = re.compile(
    r"(?<![\w.,])(?P<low>\d+(?:\.\d+)?)(?: ?[-~–] ?(?P<high>\d+(?:\.\d+)?))? ?mpg(?![A-Za-z])",
    re.IGNORECASE,
)
_KILOMETRES_PER_LITRE = 0.425144
_ASKS_AMOUNT = re.compile(
    r"\bhow (?:much|many|long|far|fast|big|large|often|heavy)\b|\bBMI\b|\b(?:calculat|estimat)\w*"
    r"|\bwhat(?:'s| is| are| would| should)? (?:\w+ ){0,3}(?:amount|dos(?:e|age)|size|weight|rate|"
    r"number|intake|pace|speed|cost|ratio|percentage|limit|capacity)\b|\benough\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(
    r"\b(?:divid(?:e|ed|ing)|multipl(?:y|ied|ying)|formula|squared)\b"
    r"|\btimes (?:\d|(?:your|the|its|two|three|four|five|ten)\b)"
    r"|\b(?:per|for (?:each|every)) (?:square )?"
    r"(?:pound|mile|foot|inch|gallon|ounce|acre|yard|lb)\b"
    r"|(?:%|percent) of your (?:body ?)?weight",
    re.IGNORECASE,
)
_RATE_AFTER = re.compile(r" ?당(?!신|시|연|일|장|하)")
_BANKNOTE_AFTER = re.compile(
    r"(?:짜리)? ?(?:지폐|동전|주화|은화|금화|권(?=[이은을에의로과도 ,.]|$))"
)
_MONEY = re.compile(r"\$ ?\d|\d ?(?:달러|불|센트)")
_COIN = re.compile(r"쿼터|다임|니켈|페니|동전은|동전이")
_IDIOMS_OF: dict[UnitName, str] = {"mile": "mile", "inch": "inch", "dollar": "dollar|cent|penn"}
_ANGLE = re.compile(r"angle|rotat|latitude|longitude|\btilt|knife|squat|camera", re.IGNORECASE)
_TURNED = re.compile(
    r"\bturn(?! (?:on|off|up|down))|slope|incline|\bbend|blade|flip|degrees of|edge|pivot|hinge"
    r"|swivel|bachelor|master|college",
    re.IGNORECASE,
)
_FEVER = re.compile(
    r"\b(?:fever|temperature|temp)\b[^.?!\n]{0,40}?(?<![\d.])(?P<number>(?:9[5-9]|10[0-8])(?:\.\d)?)"
    r"(?!\d|%|[.,]\d)(?! ?(?:°|º|degrees?)? ?(?:[CF]\b|Celsius|Fahrenheit))",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    r"(?<![\w.])(?P<number>-?\d{1,3}) ?(?:°|º|degrees)(?! ?(?:[CF]\b|Celsius|Fahrenheit|[NSEW]\b))",
    re.IGNORECASE,
)
_OVEN_IN_DOUBT = re.compile(
    r"\b(?:oven|preheat|bak(?:e|ed|ing)|roast|broil)\w*\b[^.\n]{0,60}?\b(?P<number>1[5-9]\d|2[0-4]\d)"
    r"(?: ?(?:degrees|°))(?! ?(?:F\b|C\b|Fahrenheit|Celsius))",
    re.IGNORECASE,
)


def stated_measures(messages: Sequence[Message]) -> list[set[tuple[UnitName, float]]]:
    """What each message states, with degrees in the scale that another message gives them.

    Args:
        messages: the English conversation.
    """
    stated = [english_quantities(message.content) for message in messages]
    in_fahrenheit = {one for found in stated for one in found if one[0] == "fahrenheit"}
    for message, found in zip(messages, stated, strict=True):
        doubtful = degrees_in_doubt(message.content)
        found |= in_fahrenheit & {("fahrenheit", float(number)) for number, _ in doubtful}
    return stated


def used_in_answers(messages: Sequence[Message]) -> set[tuple[UnitName, float]]:
    """Measures of a question that an answer reckons with, so that its figures depend on them.

    An answer does where it gives a formula, gives a figure that was asked for, or repeats the
    measure in a sentence with another figure.

    Args:
        messages: the English conversation.
    """
    asked = [one.content for one in messages if one.role == "user"]
    answers = "\n".join(one.content for one in messages if one.role == "assistant")
    answers = FENCE.sub(" ", answers)
    given = {one for text in asked for one in english_quantities(text) if one[0] in UNITS}
    known = {number for text in asked for number in numbers_of(text)}
    if not given or not answers:
        return set()
    figures = any(number not in known for number in numbers_of(answers))
    asks = any(_ASKS_AMOUNT.search(text) for text in asked)
    if _FORMULA.search(answers) or (asks and figures):
        return given
    return {
        one
        for sentence in SENTENCE_END.split(answers)
        if any(number not in known for number in numbers_of(sentence))
        for one in given & english_quantities(sentence)
    }


def _fuel_economy(low: float, high: float | None = None) -> str:
    """Miles per gallon as they are told in Korea, for a person to put there."""
    values = [one * _KILOMETRES_PER_LITRE for one in (low, high) if one is not None]
    texts = [korean_number(round(one) if one >= 10 else round(one, 1)) for one in values]
    return f"1리터에 약 {'~'.join(texts)}킬로미터"


def mpg_found(korean: str) -> Iterator[tuple[int, int, str]]:
    """Where a Korean text has fuel consumption as `30mpg`, and what it is in Korea."""
    for hit in _MPG.finditer(korean):
        high = float(hit["high"]) if hit["high"] else None
        yield *hit.span(), _fuel_economy(float(hit["low"]), high)


def left_to_a_person(
    english: str, korean: str, one: KoreanQuantity, relations: Relations
) -> str | None:
    """Why a quantity cannot be converted by itself, in Korean, or None.

    Args:
        english: the message.
        korean: its translation.
        one: the quantity in the translation.
        relations: how the measures of the conversation depend on one another.
    """
    sentence = sentence_of(korean, one)
    before, after = korean[max(0, one.start - 16) : one.start], korean[one.end : one.end + 8]
    if reason := relations.why_left(one.unit, one.values):
        return reason
    if one.unit in relations.priced and one.values == (1.0,) and _MONEY.search(sentence):
        return "미국 단위의 값이라 단위와 금액을 함께 바꾸어야 해서 그대로 두었습니다."
    # Per mile, miles per gallon: a converted number would need the other unit as well.
    if _RATE_AFTER.match(after) or _RATE_BEFORE.search(before):
        said = "미국 단위의 비율이라 두 단위를 함께 바꾸어야 해서 그대로 두었습니다."
        per_gallon = one.unit == "mile" and _PER_GALLON.search(before)
        return f"{said} 한국에서는: {_fuel_economy(*one.values)}." if per_gallon else said
    if re.search(r"\d ?[×xX*] ?$", before):
        return "가로세로를 함께 바꾸어야 해서 그대로 두었습니다."
    if one.unit == "fahrenheit" and DIFFERENCE.match(after):
        return "온도가 아니라 온도 차이라서 그대로 두었습니다(화씨 9도 차이는 섭씨 5도 차이)."
    if one.unit == "fahrenheit" and any(
        float(hit["number"]) in one.values for hit in _OVEN_IN_DOUBT.finditer(english)
    ):
        return "섭씨인지 화씨인지 원문에 없고 둘 다 될 수 있어 그대로 두었습니다."
    if one.unit == "dollar" and (_BANKNOTE_AFTER.match(after) or _COIN.search(sentence)):
        return "지폐나 동전을 이르는 말이라 그대로 두었습니다."
    if _is_idiom(english, one):
        return "원문에 이 단위가 든 관용구가 있어 그대로 두었습니다. 뜻으로 옮겼는지 살펴보세요."
    told = _paragraph(korean, one) if one.unit == "dollar" else sentence
    if one.unit != "cup" and (_PAST.search(told) or _DECADE.search(told)):
        return "지난 시대의 일을 말하는 수라서 그대로 두었습니다."
    return None


def _is_idiom(english: str, one: KoreanQuantity) -> bool:
    word = _IDIOMS_OF.get(one.unit)
    return (
        word is not None
        and one.values in ((1.0,), (0.01,), (0.02,), (1e6,))
        and any(re.search(word, idiom[0], re.IGNORECASE) for idiom in IDIOM.finditer(english))
    )


def degrees_in_doubt(english: str) -> Iterator[tuple[str, bool]]:
    """Temperatures that an English text states without their scale, though Americans mean °F.

    Args:
        english: the message.

    Yields:
        The number as it is written, and whether it is a body's temperature.
    """
    prose = FENCE.sub(" ", english)
    for hit in _FEVER.finditer(prose):
        yield hit["number"], True
    if _ANGLE.search(prose):
        return
    for sentence in SENTENCE_END.split(prose):
        if not _TURNED.search(sentence):
            for hit in _DEGREES.finditer(sentence):
                yield hit["number"], False


_DEGREES_ADDED = re.compile(
    r"(?<!섭씨 )(?<!화씨 )(?<!영하 )(?<!각도 )(?<![\d.,])(?P<number>\d{1,3})도"
    r"(?=[가를에로의는은쯤 ,.]|까지|정도|$)"
)
_NO_DEGREES = r"(?! ?(?:°|degrees?|percent|%|minutes?|hours?))"


def degrees_added(english: str, korean: str) -> Iterator[tuple[float, int, int]]:
    """Temperatures whose English is a bare number, as in 'cook it at 400'.

    Args:
        english: the message.
        korean: its translation.

    Yields:
        The number, and where it starts and ends in the Korean.
    """
    if not ABOUT_HEAT.search(english):
        return
    for found in _DEGREES_ADDED.finditer(korean):
        written = "(?:0|zero)" if found["number"] == "0" else found["number"]
        if re.search(rf"(?<![\w.,]){written}\b{_NO_DEGREES}", english):
            yield float(found["number"]), *found.span()


def _paragraph(text: str, one: KoreanQuantity) -> str:
    end = text.find("\n", one.end)
    return text[text.rfind("\n", 0, one.start) + 1 : end if end >= 0 else len(text)]


def sentence_of(text: str, one: KoreanQuantity) -> str:
    """The sentence of a Korean text that a quantity stands in."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= one.start), default=0)
    return text[start : min((end for end in ends if end >= one.end), default=len(text))]
