"""How the end of a written word is read aloud in Korean: what the choice of a particle depends on.

What stands around a word without being read is looked through, from the end: closing quotes,
punctuation, emphasis and code marks of Markdown, the address of a link. A closing bracket with
something before it is an aside and is skipped (북한산(836m) is read 북한산); a bracket that is the
whole word is read inside. Which of the two it is, nobody knows of words in brackets that begin a
line, of square brackets after a blank, and of what code has in its brackets (`Ok(num)`). A number
is read in Sino-Korean; a currency mark before it is read last ($5 is 오 달러). Capitals are read by
the names of the letters, unless a table says that they are said as a word. What two readers would
end differently (iPhone 15, 10M, 3:05, an unlisted name in Latin letters) has no reading here:
nothing is guessed.
"""

import re
from functools import cache
from importlib.resources import files

from bllossom_data.korean.number_readings import (
    SYMBOLS,
    currency_reading,
    number_reading,
    unit_reading,
)

__all__ = ["readable_end", "reading"]

_LETTER_NAMES = (
    "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 "
    "더블유 엑스 와이 제트"
)
_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTER_NAMES.split(), strict=True))
_JAMO_NAMES = (
    "기역 니은 디귿 리을 미음 비읍 시옷 이응 지읒 치읓 키읔 티읕 피읖 히읗 "
    "쌍기역 쌍디귿 쌍비읍 쌍시옷 쌍지읒"
)
_JAMO = dict(zip("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㄲㄸㅃㅆㅉ", _JAMO_NAMES.split(), strict=True))
# Read by their letters in file names, wherever the table of words has nothing else to say.
_EXTENSION_NAMES = (
    "py js ts jsx tsx md txt csv html htm css json xml yml yaml toml pdf doc docx xls xlsx ppt "
    "pptx png jpg gif svg mp3 mp4 zip exe sh c h cpp rs rb go php sql log hwp hwpx"
)
_EXTENSIONS = frozenset(_EXTENSION_NAMES.split())
_EXTENSION_READINGS = {
    "py": "파이", "gif": "지아이에프", "mp3": "엠피쓰리", "mp4": "엠피포", "log": "로그",
    "yml": "와이엠엘", "c": "씨", "h": "에이치", "go": "고", "toml": "톰엘",
}  # fmt: skip
_DOMAINS = {"com": "닷컴", "net": "닷넷", "kr": "케이알", "io": "아이오", "ai": "에이아이"}
_ROMAN_NUMBERS = "III VI VII VIII IX XI XII XIII XIV XV XVI"
_ROMAN = frozenset(_ROMAN_NUMBERS.split())

_HANGUL = re.compile(r"[가-힣]+$")
_LATIN = re.compile(r"[A-Za-z0-9₀-₉&.'’+#-]*[A-Za-z₀-₉][+#]*$")
_LATIN_AND_DIGITS = re.compile(r"[A-Za-z][A-Za-z0-9-]*[0-9]$")
# 10M, 1e5, 1990s; OO and XX stand for a name that is not told.
_MANY_READINGS = re.compile(r"[0-9](?:M|e[0-9]+)$|[0-9]{4}s$|(?<![A-Za-z])(?:OO+|XX+)$")
_NOT_READ = re.compile(
    r"(?:</?[A-Za-z][^<>]*>|[*_~`\"'“”‘’「」『』《》〈〉＂＇.,!?…;:。、·™®©\s\u200b\u200d\ufe0f])$"
)
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^\s()]*(?:\([^\s()]*\)[^\s()]*)*\)|\[[^\[\]]*\])$")
_PAIRS = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【", "〕": "〔"}
_CODE_IN_BRACKETS = re.compile(r"[A-Za-z0-9_][(\[{][^`\s][^`]*[)\]}]`+[*_]*$")
_DOTTED = re.compile(r"(?:[A-Z]\.)+[A-Z]")
_LETTERS_OF_ONE = re.compile(r"[A-Z]+(?:&[A-Z]+)+|[A-Z]{2,5}|[A-Za-z]")
# Four letters and more that can be said as a word whose end differs from the last letter's name.
_SAID_AS_A_WORD = re.compile(r"(?=.{4}).*[AEIOU][BCGHKPQRT]|(?=.{4}).*[AEIOU].*E")


@cache
def _words() -> dict[str, str]:
    """Latin words to their readings; a key with a capital stands for just that spelling."""
    table = files("bllossom_data.korean").joinpath("latin_words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines())
    return {word: spoken for word, spoken in rows}


def reading(word: str) -> str | None:
    """How the end of a word is read in Korean, or None where that is not certain.

    Args:
        word: a word or a few (`Google Chrome`), with or without Markdown marks, brackets, quotes.

    Returns:
        The last read piece in Hangul: as written for Hangul, else its usual reading.
    """
    if word and "가" <= word[-1] <= "힣":
        return _last_hangul(word)
    end = readable_end(word)
    if not end:
        return None
    hangul = _HANGUL.search(end)
    if hangul:
        return hangul[0]
    last = end[-1]
    if last in _JAMO:
        return _JAMO[last] if len(end) < 2 or end[-2] not in _JAMO else None
    latin = _LATIN.search(end)
    known = _listed((latin or _LATIN_AND_DIGITS.search(end) or [""])[0])
    known = known or currency_reading(end)
    if known or _MANY_READINGS.search(end):
        return known
    return unit_reading(end) or _by_kind(end, latin)


def _last_hangul(word: str) -> str:
    start = len(word)
    while start and "가" <= word[start - 1] <= "힣":
        start -= 1
    return word[start:]


def _by_kind(end: str, latin: re.Match[str] | None) -> str | None:
    if end[-1].isdecimal() and end[-1].isascii():
        return number_reading(end)
    if latin:
        return _latin_reading(latin[0])
    return SYMBOLS.get(end[-1])


def readable_end(word: str) -> str:
    """The word without what stands at its end and is not read; empty if nothing is left."""
    if _CODE_IN_BRACKETS.search(word):
        return ""
    while word:
        before = word
        link = _LINK.search(word)
        if link:
            word = word[: link.start()] + link[1]
        elif word[-1] in _PAIRS:
            word = _without_bracket(word)
        elif _NOT_READ.search(word):
            word = _NOT_READ.sub("", word)
        if word == before:
            return word
    return word


def _without_bracket(word: str) -> str:
    """What stands before the closing bracket's partner; what is inside where nothing does.

    Nothing where there is no partner, where a bracket of several words begins a line and may belong
    to the line before, and for a square bracket apart: nobody knows what these belong to.
    """
    closing, depth = word[-1], 0
    opening = _PAIRS[closing]
    for position in range(len(word) - 1, -1, -1):
        depth += (word[position] == closing) - (word[position] == opening)
        if depth == 0:
            outside, inside = word[:position], word[position + 1 : -1]
            numbered = outside.endswith(" ") and len(inside) == 1
            if numbered or not readable_end(outside):
                begins_a_line = closing == ")" and not outside.strip() and " " in inside
                return "" if begins_a_line else inside
            return "" if closing == "]" and outside.endswith(" ") else outside
    return ""


def _listed(token: str) -> str | None:
    """The reading of a token of the table; of its last part where a hyphen or stroke joins it."""
    words = _words()
    whole = words.get(token) or words.get(token.lower())
    if whole or not re.search(r"[.-]", token):
        return whole
    stem, _, extension = token.rpartition(".")
    if stem:
        return _extension_reading(stem, extension)
    part = re.split(r"-", token)[-1]
    return (words.get(part) or words.get(part.lower())) if part.isalpha() else None


def _extension_reading(stem: str, extension: str) -> str | None:
    """How `main.py` and `example.com` end."""
    if extension in _DOMAINS and re.fullmatch(r"[a-z0-9.-]+", stem):
        return _DOMAINS[extension]
    if extension not in _EXTENSIONS:
        return None
    return (
        _EXTENSION_READINGS.get(extension)
        or _words().get(extension)
        or "".join(_LETTERS[letter] for letter in extension.upper() if letter in _LETTERS)
    )


def _latin_reading(token: str) -> str | None:
    if _DOTTED.fullmatch(token):
        token = token.replace(".", "")
    token = re.split(r"[-.]", token)[-1]
    if not token.isascii():
        return None
    token = re.sub(r"^[0-9]+", "", token)
    if not _LETTERS_OF_ONE.fullmatch(token) or token in _ROMAN or _SAID_AS_A_WORD.fullmatch(token):
        return None
    return "".join(_LETTERS[letter] for letter in token.upper() if letter in _LETTERS)
