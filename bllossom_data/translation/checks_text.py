"""Checks of the Korean text as text: empty, looping, wrong letters, lengths, lines, brackets."""

import re
import unicodedata
from collections import Counter

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.segments import SegmentKind

__all__ = [
    "check_balance",
    "check_empty",
    "check_length",
    "check_letters",
    "check_lines",
    "check_questions",
    "check_repetition",
]


def check_empty(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """There is a translation where there is something to translate."""
    if _says_something(korean) or not _says_something(source):
        return []
    return [report("empty", "error", "번역문이 비어 있습니다.", context)]


def _says_something(text: str) -> bool:
    """Whether a text holds letters, digits or signs, and not only white space and full stops."""
    return any(letter.isalnum() or unicodedata.category(letter)[0] == "S" for letter in text)


# Eight times in a row is no style; four times is none for a phrase of several words.
_LOOP = re.compile(r"(?P<unit>\S(?:[^\n]{0,60}?\S)?)(?P<again>[\s,.!?]*(?P=unit)){3,}")
_SHORT_LOOP = re.compile(r"(?P<unit>\S(?:[^\n]{0,3}?\S)?)(?:[\s,.!?]*(?P=unit)){3}")
_SHORT_CHARS = 5
_MOST_REPEATS = 7
_MIN_LOOP_LETTERS = 12
_MIN_WORDS = 40
_LEAST_DISTINCT = 0.4


def check_repetition(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """No phrase over and over, unless the source repeats itself as well."""
    visible = prose(korean, context)
    for match in _LOOP.finditer(visible) if _may_loop(visible) else ():
        unit = match["unit"]
        if len(set(re.findall(r"[\w가-힣]", unit))) < 2:
            continue
        times = match[0].count(unit)
        is_phrase = len(unit) >= 4 and len(match[0]) >= _MIN_LOOP_LETTERS
        if (times > _MOST_REPEATS or is_phrase) and not _loops(source, times):
            message = f"같은 말이 {times}번 되풀이됩니다: ‘{unit}’"
            return [report("repetition", "error", message, context, match.span())]
    ratio = _distinct(korean)
    if ratio < _LEAST_DISTINCT and ratio < 0.6 * _distinct(source):
        message = f"같은 말이 지나치게 되풀이됩니다(서로 다른 네 어절 묶음 {ratio:.0%})."
        return [report("repetition", "error", message, context, (0, len(korean)))]
    return []


def _may_loop(text: str) -> bool:
    """Whether `_LOOP` can match at all, in a fraction of its time.

    It matches where a short unit does, or where the beginning of a longer one stands four times.
    """
    if _SHORT_LOOP.search(text):
        return True
    chars = _SHORT_CHARS + 1
    beginnings = Counter(text[place : place + chars] for place in range(len(text) - _SHORT_CHARS))
    return max(beginnings.values(), default=0) > 3


def _loops(text: str, times: int) -> bool:
    """Whether a text repeats something too, at least half as often.

    The zeros of 10,000, dots, and a letter that is drawn out (noooo, XXXX) are no repetition.
    """
    return any(
        2 * match[0].count(match["unit"]) >= times
        and (
            len(set(re.findall(r"\w", match["unit"]))) >= 2
            or (match["unit"].isalpha() and match[0] != match["unit"] * len(match[0]))
        )
        for match in _LOOP.finditer(text)
    )


def _distinct(text: str) -> float:
    words = text.split()
    if len(words) < _MIN_WORDS:
        return 1.0
    groups = Counter(tuple(words[i : i + 4]) for i in range(len(words) - 3))
    return len(groups) / groups.total()


_FOREIGN = re.compile(
    r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]+|[\u0400-\u04ff]+|[\u0590-\u06ff]+|[\u0900-\u0e7f]+"
)
_HANJA = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_JAMO = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]+")
_LAUGHS = re.compile(
    r"\b(?:(?:a?(?:ha){2,}h?|(?:he){2,}|lo+l|lmf?ao|rofl|hmm+|sob|sigh|omg|wtf)\b)|[:;=]['-]?[()DP]|\bXD\b"
    r"|T[_.]T|[😀-🙏🤣😂]",
    re.IGNORECASE,
)
_STYLE_JAMO = re.compile(r"[ㅋㅎ]+|[ㅠㅜ]+|ㅇㅇ|ㅇㅋ|ㄴㄴ|ㄷㄷ|ㅇㅈ|ㅡ+")
_ABOUT_LETTERS = re.compile(
    r"\b(?:hangul|korean|letters?|consonants?|vowels?|alphabet|[A-Z]-shaped|shape)\b",
    re.IGNORECASE,
)


def check_letters(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """No letters that neither the source nor Korean uses, and no broken characters."""
    findings = []
    if not unicodedata.is_normalized("NFC", korean) and unicodedata.is_normalized("NFC", source):
        message = "유니코드 NFC가 아닙니다. 풀어 쓴 한글이 있는지 확인하세요."
        findings.append(report("letters", "error", message, context))
    for match in re.finditer("[\ufffd\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", korean):
        if match[0] not in source:
            message = f"깨진 글자가 있습니다: U+{ord(match[0]):04X}"
            findings.append(report("letters", "error", message, context, match.span()))
    for match in _FOREIGN.finditer(korean):
        if match[0] not in source:
            message = f"원문에 없는 외국 글자가 있습니다: ‘{match[0]}’"
            findings.append(report("letters", "error", message, context, match.span()))
    for match in _HANJA.finditer(korean):
        if match[0] not in source and not _is_gloss(korean, match):
            message = f"뜻밖의 한자가 있습니다: ‘{match[0]}’"
            findings.append(report("letters", "error", message, context, match.span()))
    return findings + _stray_jamo(source, korean, context)


def _is_gloss(korean: str, match: re.Match[str]) -> bool:
    """사과(沙果): Hanja that only explains a Korean word."""
    opened = korean.rfind("(", 0, match.start())
    return opened >= 0 and ")" not in korean[opened : match.start()]


def _stray_jamo(source: str, korean: str, context: CheckContext) -> list[Finding]:
    if _JAMO.search(source) or _ABOUT_LETTERS.search(source):
        return []
    laughs = bool(_LAUGHS.search(source))
    return [
        report("letters", "error", f"낱자가 남아 있습니다: ‘{match[0]}’", context, match.span())
        for match in _JAMO.finditer(korean)
        if not (laughs and _STYLE_JAMO.fullmatch(match[0]))
        and not re.match(r"자(?![가-힣]{2})|자형|자 ", korean[match.end() :])
    ]


_SHORTEST = 12
# About the 0.2 % and 99.8 % quantiles of human translations; see tests/bench/translation_checks.py.
_RATIOS: dict[SegmentKind, tuple[float, float]] = {
    "paragraph": (0.28, 1.15),
    "list_item": (0.28, 1.4),
    "quote": (0.28, 1.15),
    "heading": (0.25, 1.5),
    "table_cell": (0.15, 1.6),
    "ambiguous_code": (0.2, 1.6),
}


def check_length(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The Korean is as long as such a segment usually becomes, in characters without slots."""
    before, after = (len(" ".join(prose(one, context).split())) for one in (source, korean))
    if before < _SHORTEST or not after or context.expects_english:
        return []
    least, most = _RATIOS[context.kind]
    # Short texts vary more: allow for five characters either way.
    if least * before - 5 <= after <= most * before + 5:
        return []
    said = "짧습니다" if after < least * before else "깁니다"
    message = f"번역문이 원문에 비해 {said}: {after / before:.2f}배(보통 {least:g}~{most:g}배)"
    return [report("length", "warning", message, context, (0, len(korean)))]


_KOREAN_QUESTION = re.compile(
    r"[?？]|(?:까|나요|가요|은가|는가|던가|나|니|냐|지요|죠|래|을지|는지|란|요)[.!\"”’)]*\s*(?:$|\n|[.])"
)


def check_questions(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """A question stays one, and nothing else becomes one."""
    before, after = prose(source, context), prose(korean, context)
    if "?" in before and not _KOREAN_QUESTION.search(after):
        message = "원문은 묻는 말인데 번역문은 그렇지 않습니다."
        return [report("questions", "warning", message, context)]
    found = re.search(r"[?？]", after)
    if found and "?" not in before and not _ASKS_WITHOUT_MARK.search(before):
        message = "원문에 없는 물음표가 있습니다."
        return [report("questions", "warning", message, context, found.span())]
    return []


_ASKS_WITHOUT_MARK = re.compile(
    r"\b(?:what|why|how|who|where|when|which|whether|wonder\w*|ask\w*|question\w*|huh|right"
    r"|do you|are you|could you|would you|can you|will you|please|let(?:'|’)s|guess)\b",
    re.IGNORECASE,
)


def check_lines(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """As many lines with text as the source has."""
    before, after = (
        sum(bool(line.strip()) for line in one.split("\n")) for one in (source, korean)
    )
    if before == after or not korean.strip():
        return []
    message = f"줄 수가 다릅니다: 원문 {before}줄, 번역문 {after}줄."
    return [report("lines", "warning", message, context)]


_PAIRS = ("()", "[]", "{}", "「」", "『』", "《》", "〈〉", "（）")
_NOT_A_BRACKET = re.compile(r"[:;=][-']?[()\[\]]|^[ \t]*(?:\d{1,2}|[A-Za-z가-힣])\)", re.MULTILINE)


def check_balance(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Brackets and quotation marks come in pairs, where they do so in the source."""
    before, after = (_NOT_A_BRACKET.sub("", one) for one in (source, korean))
    wrong = [
        pair
        for pair in _PAIRS
        if after.count(pair[0]) != after.count(pair[1])
        and before.count(pair[0]) == before.count(pair[1])
    ]
    # A text may mix straight and curly marks; an odd number of them is one too few.
    if _quotes(after) % 2 and not _quotes(before) % 2:
        wrong.append("“”")
    return [
        report("balance", "warning", f"{pair[0]}…{pair[1]}의 짝이 맞지 않습니다.", context)
        for pair in wrong
    ]


def _quotes(text: str) -> int:
    return sum(map(text.count, '"“”'))
