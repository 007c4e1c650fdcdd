"""Where quantities stand in English and in Korean, and where they must not be touched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from bllossom_data.localization.measure_units import UnitName
from bllossom_data.localization.passages import FENCE

__all__ = [
    "NUMBER",
    "SENTENCE_END",
    "KoreanQuantity",
    "english_dollars",
    "english_quantities",
    "fenced_numbers",
    "is_protected",
    "joined",
    "korean_quantities",
    "numbers_of",
    "protected_spans",
]

PROTECTED = re.compile(
    r"^(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)|\Z)"
    r"|(?P<tick>`+).+?(?P=tick)"
    r"|^ {0,3}>[^\n]*$"
    r"|https?://\S+|\]\([^)\s]*\)"
    r"|\$\$.+?\$\$|\\\(.+?\\\)|\\\[.+?\\\]"
    r"|\$(?!\s)[^$\n]*?[\\^_={}+*<>][^$\n]*?(?<!\s)\$(?!\d)|\$[^$\s]{1,30}\$(?!\d)"
    r"|“[^”\n]*”|‘[^’\n]*’|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》|〈[^〉\n]*〉"
    r'|(?<![\d\w])"[^"\n]+"'
    r"|(?<![\d\w])'[^'\n]+'(?!\d)",
    re.DOTALL | re.MULTILINE,
)
IDIOM = re.compile(
    r"extra mile|miles (?:ahead|apart)|every penny|miles away from (reality|home in)"
    r"|(?:is|was|were|are) (?:still )?miles away"
    r"|million[- ]dollar (?:question|smile|idea|baby)|\$64,?000 question"
    r"|like a million (?:bucks|dollars)"
    r"|an? inch\b.{0,40}\ba mile|inch by inch|every inch|within an inch|miss(?:es|ed)? by a mile"
    r"|a mile a minute|by a (?:country )?mile|milestones?|ounce of|pound of (?:flesh|cure)"
    r"|penn(?:y|ies) for|two cents|my (?:two|2) cents|six feet under|(?:ten|10)[- ]foot pole"
    r"|feet first|cold feet|on (?:my|your|his|her) feet|pounds? on the door|foot the bill"
    r"|walk a mile in|a few (?:pounds|dollars|miles|bucks)|another (?:day, another )?dollar"
    r"|dollars to do(?:ugh)?nuts|a dime a dozen|bet (?:my|your) bottom dollar"
    r"|a cup of (?:tea|coffee)",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
NOT_LENGTH = (
    r"(?=[- ]?(?:\w+ )?(?:monitor|tv|television|screen|laptop|display|tablet|pizza|wheel|tire|"
    r"rim|bike|pipe|jeans|waist|skillet))"
)
WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "a hundred": 100, "one hundred": 100, "a thousand": 1000, "one thousand": 1000,
    "half a": 0.5, "half an": 0.5, "a half": 0.5, "half": 0.5, "a quarter": 0.25, "quarter": 0.25,
}  # fmt: skip
VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}
DIGITS = r"(?:\d+[ -]\d+/\d+|\d+/\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?[½¼¾⅓⅔⅛]?|[½¼¾⅓⅔⅛])"
WORD = "|".join(sorted(WORDS, key=len, reverse=True))
ENGLISH_NUMBER = rf"(?<![\w.,/$€£])(?:{DIGITS}|\b(?:{WORD})\b)"
SCALES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "billion": 1e9, "m": 1e6, "bn": 1e9}
NUMBER = r"\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
TO = r"(?: ?[-–~] ?| to | and | or | by )"
ENGLISH_UNITS: tuple[tuple[UnitName, str], ...] = (
    ("mph", r"mph|miles (?:per|an) hour"),
    ("square_mile", r"square[- ]miles?|sq\.? ?mi"),
    ("square_foot", r"square[- ]f(?:ee|oo)t|sq\.? ?f(?:t|eet)"),
    ("fluid_ounce", r"fluid[- ]ounces?|fl\.? ?oz"),
    ("mile", r"miles?|mi"),
    ("foot", r"f(?:ee|oo)t|ft|[′'](?!\w)"),
    ("inch", r"(?:inch(?:es)?|in\.)(?!\w)"),
    ("yard", r"yards?|yds?"),
    ("pound", r"pounds?|lbs?"),
    ("ounce", r"ounces?|oz"),
    ("gallon", r"gallons?|gal"),
    ("quart", r"quarts?|qts?"),
    ("pint", r"pints?"),
    ("acre", r"acres?"),
    ("cup", r"cups?"),
    ("dollar", r"dollars?|bucks|USD"),
)
ENGLISH = tuple(
    (name, re.compile(rf"(?:{unit})(?![a-zA-Z])", re.IGNORECASE), re.compile(
        rf"(?:(?P<low>{ENGLISH_NUMBER}){TO})?(?P<number>{ENGLISH_NUMBER})[- ]?(?:of an? )?"
        rf"(?:{unit})(?![a-zA-Z])", re.IGNORECASE))
    for name, unit in ENGLISH_UNITS
)  # fmt: skip
FEET_INCHES = re.compile(
    r"(?<![\w.])(\d)(?: ?(?:feet|foot|ft)\.?,?(?: and)? ?|-foot-|['′’] ?)(\d{1,2}(?:\.5)?)"
    r" ?(?:inches|inch|in\b|[\"″”]|''|(?=[ .,?!]|$))",
    re.IGNORECASE,
)
FEET_TALL = re.compile(r"\b(\d|four|five|six|seven)[ -](?:feet|foot)[ -]tall", re.IGNORECASE)
POUNDS_OUNCES = re.compile(
    r"(?<![\w.])(\d+) ?(?:pounds?|lbs?)\.?,?(?: and)? (\d+) ?(?:ounces?|oz)\b", re.IGNORECASE
)
# An ounce of a drink is one of volume, and nothing says which.
DRINK_OUNCES = re.compile(
    r"\d+[- ]?(?:ounces?|oz)\.?(?=[- ](?:\w+ ){0,2}?(?:can|bottle|glass|mug|soda|beer|drink|milk|"
    r"water|juice|coffee|cocktail)s?\b)",
    re.IGNORECASE,
)
MILLIONS = re.compile(rf"\b(an?|one|{DIGITS}) (million|billion|thousand) (?:dollars|bucks)", re.I)
SCREEN = re.compile(rf"\d+(?:\.\d+)?[- ]?(?:inch|in\.?|\"){NOT_LENGTH}", re.IGNORECASE)
DOLLARS = re.compile(
    rf"(?<![A-Za-z$])(?:US)?\$ ?(?P<low>{DIGITS})(?:{TO}\$? ?(?P<number>{DIGITS}))?"
    r" ?(?P<scale>k|million|billion|thousand|m|bn)?(?![\w$])",
    re.IGNORECASE,
)
CENTS = re.compile(rf"(?P<number>{ENGLISH_NUMBER}) cents?\b", re.IGNORECASE)
FAHRENHEIT = re.compile(
    rf"(?:(?P<low>{DIGITS}){TO})?(?P<number>(?:(?<![\w)])[-−])?{DIGITS})"
    r" ?(?:°|º|degrees?|℉)? ?(?P<mark>°?F\b|Fahrenheit|℉|(?<=℉)|(?<=°)|(?<=degrees))"
    r"(?! ?(?:C\b|Celsius))",
)
# Americans say what an oven is set to without its unit; in Celsius no oven is so hot.
OVEN = re.compile(
    r"\b(?:oven|preheat|bak(?:e|ed|ing)|roast|broil)\w*\b[^.\n]{0,60}?\b(?:to|at) "
    r"(?P<low>(?:2[5-9]|3\d|4\d|5[0-4])[05])(?: ?(?:[-–]|to) ?(?P<number>[2-5]\d[05]))?(?![\d.,]\d)"
    r"(?! ?(?:(?:°|º|degrees)? ?(?:C\b|Celsius)|g\b|grams|ml|minutes|calories|people|%|percent))",
    re.IGNORECASE,
)
ABOUT_HEAT = re.compile(
    r"oven|preheat|bak(?:e|ing)|roast|fever|temperature|thermostat|outside|weather|heat|hot|cold"
    r"|warm|freez\w*|fridge|grill|body",
    re.IGNORECASE,
)


def _english_value(text: str) -> float:
    lowered = text.lower()
    if lowered in WORDS:
        return float(WORDS[lowered])
    if text[-1] in VULGAR:
        return (float(text[:-1].replace(",", "")) if text[:-1] else 0.0) + VULGAR[text[-1]]
    if text[0] in "-−":
        return -_english_value(text[1:])
    if "/" in text:
        return float(sum(Fraction(part) for part in re.split(r"[ -]", text)))
    return float(text.replace(",", ""))


def english_quantities(text: str) -> set[tuple[UnitName, float]]:
    """Units and values that an English text states, without idioms, quotations' marks and code."""
    prose = IDIOM.sub(" ", FENCE.sub(" ", text))
    prose = DRINK_OUNCES.sub(" ", SCREEN.sub(" ", prose))
    found: set[tuple[UnitName, float]] = set()
    for hit in FEET_INCHES.finditer(prose):
        found.add(("height", round(int(hit[1]) + float(hit[2]) / 12, 6)))
    found |= {("height", _english_value(hit[1])) for hit in FEET_TALL.finditer(prose)}
    for hit in POUNDS_OUNCES.finditer(prose):
        found.add(("pound", int(hit[1]) + int(hit[2]) / 16))
    prose = POUNDS_OUNCES.sub(" ", prose)
    for name, unit, pattern in ENGLISH:
        # A number can begin anywhere, and most texts name no unit.
        for hit in pattern.finditer(prose) if unit.search(prose) else ():
            found |= {(name, _english_value(hit[part])) for part in ("low", "number") if hit[part]}
    found |= {("dollar", value) for _, value in _dollars(prose)}
    for hit in DOLLARS.finditer(prose):
        found |= {("dollar", _english_value(hit[part])) for part in ("low", "number") if hit[part]}
    heat = ABOUT_HEAT.search(prose) is not None
    for hit in FAHRENHEIT.finditer(prose):
        if heat or hit["mark"]:
            values = [_english_value(hit[part]) for part in ("low", "number") if hit[part]]
            found |= {("fahrenheit", value) for value in values}
    for hit in OVEN.finditer(prose):
        found |= {("fahrenheit", float(hit[part])) for part in ("low", "number") if hit[part]}
    return found


def english_dollars(text: str) -> list[float]:
    """Amounts in dollars that an English text states, in order and as often as it does."""
    return [value for _, value in sorted(_dollars(IDIOM.sub(" ", FENCE.sub(" ", text))))]


def numbers_of(text: str) -> Iterator[float]:
    """The numbers that an English text writes in digits, with a dollar sign or without."""
    for number in re.findall(NUMBER, text):
        yield float(number.lstrip("$").replace(",", ""))


def _dollars(prose: str) -> Iterator[tuple[int, float]]:
    for hit in DOLLARS.finditer(prose):
        scale = SCALES.get((hit["scale"] or "").lower(), 1.0)
        for part in ("low", "number"):
            if hit[part]:
                yield hit.start(part), _english_value(hit[part]) * scale
    for hit in MILLIONS.finditer(prose):
        yield hit.start(), _english_value(hit[1]) * SCALES[hit[2].lower()]
    for hit in CENTS.finditer(prose):
        yield hit.start(), _english_value(hit["number"]) / 100
    _, unit, pattern = ENGLISH[-1]
    for hit in pattern.finditer(prose) if unit.search(prose) else ():
        for part in ("low", "number"):
            if hit[part]:
                yield hit.start(part), _english_value(hit[part])


KOREAN_UNITS: tuple[tuple[UnitName, str], ...] = (
    ("square_mile", r"(?:제곱|평방) ?마일"),
    ("square_foot", r"(?:제곱|평방) ?피트|sq\.? ?ft"),
    ("fluid_ounce", r"액량 ?온스|fl\.? ?oz"),
    ("mph", r"mph"),
    ("mile", r"마일|mi(?![a-zA-Z])"),
    ("foot", r"피트|ft(?![a-zA-Z])"),
    ("inch", r"인치"),
    ("yard", r"야드"),
    ("pound", r"파운드|lbs?(?![a-zA-Z])"),
    ("ounce", r"온스|oz(?![a-zA-Z])"),
    ("gallon", r"갤런"),
    ("quart", r"쿼트"),
    ("pint", r"파인트"),
    ("acre", r"에이커"),
    ("cup", r"컵"),
    ("dollar", r"달러|불(?=[을를이가은는로에짜 .,]|$)"),
    (
        "fahrenheit",
        r"°F|℉|도(?=에|의|가|를|로|까지|보다|이|입|였|인|는|은|쯤|정도|짜|면|와|가량|씩|안팎"
        r"|라|나|든|만|마다|일(?= |지|뿐|수록)|예|네|야|죠|지|다|고|[^가-힣]|$)",
    ),
)
NATIVE = {
    "반": 0.5, "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8,
    "아홉": 9, "열": 10, "스무": 20, "백": 100, "천": 1_000, "만": 10_000, "백만": 1_000_000,
    "십억": 1e9, "천만": 1e7, "십만": 1e5,
}  # fmt: skip
KOREAN_SCALES = {
    "백": 1e2, "천": 1e3, "만": 1e4, "십만": 1e5, "백만": 1e6, "천만": 1e7, "억": 1e8,
    "십억": 1e9, "백억": 1e10, "천억": 1e11, "조": 1e12,
}  # fmt: skip
SCALE = "|".join(sorted(KOREAN_SCALES, key=len, reverse=True))
KOREAN_DIGITS = (
    r"(?:\d+ \d+/\d+|\d+/\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?[½¼¾⅓⅔⅛]?|[½¼¾⅓⅔⅛])"
)
KOREAN_NUMBER = (
    rf"(?:\d+분의 ?\d+|(?:영하 )?{KOREAN_DIGITS}"
    rf"(?: ?(?:{SCALE})(?: ?{KOREAN_DIGITS}(?:{SCALE})?)*)?"
    rf"|(?<![가-힣])(?:{'|'.join(sorted(NATIVE, key=len, reverse=True))}))"
)
RANGE = r"(?: ?[~\-–] ?)"
OR = re.compile(r"(?:이나|에서|과|,)? (?:또는 |혹은 )?(?:약 )?|[~–-]")
KOREAN = re.compile(
    rf"(?<![\w.,/$])(?P<scale>시속 |화씨 )?(?:(?P<low>{KOREAN_NUMBER})(?P<to>{RANGE}))?"
    rf"(?P<number>{KOREAN_NUMBER})(?P<space> ?)"
    rf"(?:{'|'.join(f'(?P<{name}>{unit})' for name, unit in KOREAN_UNITS)})"
)
KOREAN_HEIGHT = re.compile(r"(?<![\w.])(\d)(?:피트 ?(\d{1,2})인치|['′’] ?(\d{1,2})(?:[\"″”]|''))")
KOREAN_POUNDS_OUNCES = re.compile(r"(?<![\w.])(\d+)파운드 ?(\d+)온스")
KOREAN_DOLLARS = re.compile(
    rf"(?<![A-Za-z$])\$ ?(?P<low>{DIGITS})(?:(?P<to>{RANGE})\$? ?(?P<number>{DIGITS}))?"
    r"(?P<scale> ?(?:k|만|억|백만))?(?![\w.]*[a-zA-Z\\^$])"
)
KOREAN_OVEN = re.compile(
    r"오븐[^.\n]{0,12} (?P<number>\d{3})(?=(?:으로|로|에서|에) ?(?:예열|맞|굽|구))"
)
KOREAN_CENTS = re.compile(rf"(?P<number>{KOREAN_DIGITS}) ?센트")


@dataclass(frozen=True, slots=True)
class KoreanQuantity:
    """A US quantity in Korean text.

    Attributes:
        unit: the unit.
        values: one value, or both ends of a range.
        start: first character, from 0.
        end: one past the last.
        symbol: whether the unit is written in Latin letters or as a sign.
        space: what stands between number and unit.
        to: what stands between the ends of a range.
        lead: word before the number that belongs to the unit, such as `시속 ` or `화씨 `.
    """

    unit: UnitName
    values: tuple[float, ...]
    start: int
    end: int
    symbol: bool = False
    space: str = ""
    to: str = ""
    lead: str = ""


def _korean_value(text: str) -> float:
    if text in NATIVE:
        return float(NATIVE[text])
    if "분의" in text:
        below, above = text.split("분의")
        return int(above) / int(below)
    if text.startswith("영하 "):
        return -_korean_value(text.removeprefix("영하 "))
    total = 0.0
    for number, scale in re.findall(rf"({KOREAN_DIGITS})(?: ?({SCALE}))?", text):
        total += _english_value(number) * KOREAN_SCALES.get(scale, 1.0)
    return total


def korean_quantities(text: str) -> Iterator[KoreanQuantity]:
    """Quantities in US units in a Korean text, in order, none inside another."""
    found: list[KoreanQuantity] = []
    for hit in KOREAN_HEIGHT.finditer(text):
        feet = round(int(hit[1]) + int(hit[2] or hit[3]) / 12, 6)
        found.append(KoreanQuantity("height", (feet,), *hit.span(), symbol=hit[2] is None))
    for hit in KOREAN_POUNDS_OUNCES.finditer(text):
        found.append(KoreanQuantity("pound", (int(hit[1]) + int(hit[2]) / 16,), *hit.span()))
    for hit in KOREAN_DOLLARS.finditer(text):
        scale = KOREAN_SCALES.get((hit["scale"] or "").strip(), 1.0)
        scale = 1e3 if (hit["scale"] or "").strip() == "k" else scale
        values = tuple(_english_value(hit[part]) * scale for part in ("low", "number") if hit[part])
        found.append(KoreanQuantity("dollar", values, *hit.span(), to=hit["to"] or ""))
    for hit in KOREAN_CENTS.finditer(text):
        found.append(KoreanQuantity("dollar", (_korean_value(hit["number"]) / 100,), *hit.span()))
    for hit in KOREAN_OVEN.finditer(text):
        values = (float(hit["number"]),)
        found.append(KoreanQuantity("fahrenheit", values, *hit.span("number")))
    for hit in KOREAN.finditer(text):
        unit: UnitName = next(name for name, _ in KOREAN_UNITS if hit[name])
        written = hit[unit]
        lead = hit["scale"] or ""
        if lead == "시속 ":
            if unit != "mile":
                continue
            unit = "mph"
        if (lead == "화씨 ") != (unit == "fahrenheit") and lead:
            continue
        values = tuple(_korean_value(hit[part]) for part in ("low", "number") if hit[part])
        symbol = not re.search(r"[가-힣]", written)
        found.append(
            KoreanQuantity(unit, values, *hit.span(), symbol, hit["space"], hit["to"] or "", lead)
        )
    before: KoreanQuantity | None = None
    for one in sorted(found, key=lambda quantity: (quantity.start, -quantity.end)):
        if before is None or one.start >= before.end:
            if before and before.unit == "mph" and one.unit == "mile" and joined(text, before, one):
                one = replace(one, unit="mph")
            yield one
            before = one


def joined(text: str, one: KoreanQuantity, other: KoreanQuantity) -> bool:
    """Whether two quantities of a Korean text are told as one or the other: 65마일이나 70마일."""
    return OR.fullmatch(text, one.end, other.start) is not None


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Code, addresses, maths, quotations and titles, in which nothing is converted."""
    return [hit.span() for hit in PROTECTED.finditer(text)]


def is_protected(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a span touches one of the protected ones."""
    return any(start < last and end > first for first, last in spans)


def fenced_numbers(text: str) -> set[float]:
    """Numbers in fenced code; what the text says of them is about the code."""
    return {
        float(number)
        for fence in FENCE.finditer(text)
        for number in re.findall(r"\d+(?:\.\d+)?", fence[0])
    }
