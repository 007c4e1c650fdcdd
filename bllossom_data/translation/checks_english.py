"""Checks that no English is left: a whole reply, a paragraph, a few words, one word."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz import fuzz

from bllossom_data.examples import Finding, Level
from bllossom_data.translation.check_context import (
    CheckContext,
    excerpt,
    hangul_share,
    has_hangul,
    prose,
    report,
)
from bllossom_data.translation.common_words import capitalised_words

__all__ = ["check_echo", "check_english_words", "check_untranslated"]

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
# Identifiers, file names, commands: words that are not prose.
_CODE = re.compile(r"[_\\/=<>{}|#@$]|::|\(\)|[a-z][A-Z]|[A-Za-z]\.[A-Za-z]|\d[A-Za-z]|[A-Za-z]\d")
_FUNCTION_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "and",
        "or",
        "in",
        "on",
        "at",
        "to",
        "for",
        "with",
        "from",
        "by",
        "de",
        "la",
        "le",
        "von",
        "van",
        "der",
        "vs",
    ]
)
# Of a text that comes back as it was: only what no translator would touch. LeBron is no code.
_SURELY_CODE = re.compile(
    r"[_\\=<>{}@]|::|\$[A-Za-z]|\w\(\)|[A-Za-z]\.[A-Za-z]|\d[A-Za-z]|[A-Za-z]\d"
)
# Capitalised words that are no names though they stand alone: answers and headings.
_PLAIN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "yes no true false none maybe positive negative neutral correct incorrect right wrong "
        "agree disagree hello hi thanks note notes tip warning example examples introduction "
        "overview background summary conclusion ingredients instructions directions steps "
        "materials method results discussion question answer answers definition benefits "
        "advantages disadvantages pros cons monday tuesday wednesday thursday friday saturday "
        "sunday",
    )
)
# In this order of magnitude a Korean sentence still holds some names in Latin letters.
_LEAST_HANGUL = 0.25
_MIN_ENGLISH_WORDS = 5
_SAME = 93.0


def _english_words(text: str, context: CheckContext) -> list[str]:
    return _WORD.findall(_without_code(text, context))


def _is_prose(words: list[str]) -> bool:
    """Whether words are more than names: one that begins small and is no function word."""
    return any(
        (word[0].islower() and word not in _FUNCTION_WORDS) or word.lower() in _PLAIN_WORDS
        for word in words
    )


def check_untranslated(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Prose has become mostly Hangul; what is only names and code may stay as it is."""
    words = _english_words(source, context)
    if context.expects_english or not words or not korean.strip():
        return []
    left = _english_words(korean, context)
    share = hangul_share(_without_code(korean, context))
    if share >= _LEAST_HANGUL or not left:
        return []
    # A short text may hold more technical terms than Korean: middleware 추가하기.
    if share > 0 and sum(word[0].islower() for word in left) < _MIN_ENGLISH_WORDS:
        return []
    is_label = context.kind in ("heading", "table_cell", "list_item") and len(left) == 1
    is_sentence = re.search(r"[a-z]{2}[.!?][\"”’)]*\s*$", korean) is not None
    if is_label or not (is_sentence or _is_prose(left)):
        is_name = len(left) == 1 and (is_label or not left[0].istitle() or re.search(r"\d", korean))
        if is_name or all(word.isupper() for word in left):
            return []
        message = (
            f"번역되지 않은 것 같습니다. 고유 명사가 아니라면 옮겨 주세요: ‘{excerpt(korean)}’"
        )
        return [report("untranslated", "warning", message, context)]
    message = f"번역되지 않았습니다. 한글이 글자의 {share:.0%}뿐입니다."
    return [report("untranslated", "error", message, context, (0, len(korean)))]


def _without_code(text: str, context: CheckContext) -> str:
    return _without_code_words(prose(text, context))


# Several checks ask for the same two texts, one after the other.
@lru_cache(maxsize=8)
def _without_code_words(text: str) -> str:
    return re.sub(
        r"\S+",
        lambda match: re.sub("[A-Za-z]", " ", match[0]) if _CODE.search(match[0]) else match[0],
        text,
    )


def check_echo(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The reply is not the source again, alone or beside its translation."""
    words = _english_words(source, context)
    if context.expects_english:
        return []
    if len(words) < 3 or not _is_prose(words):
        # A word or two may be a name, which Korean writes in Hangul more often than not.
        same = _same_words(source, korean, context)
        if not same or check_untranslated(source, korean, context):
            return []
        message = f"원문과 같습니다. 한글로 적을 말이 아닌지 확인하세요: ‘{excerpt(korean)}’"
        return [report("echo", "warning", message, context, (0, len(korean)))]
    before, after = (" ".join(text.split()).lower() for text in (source, korean))
    if not has_hangul(korean) and fuzz.ratio(before, after) >= _SAME:
        message = f"원문을 그대로 되풀이했습니다: ‘{excerpt(korean)}’"
        return [report("echo", "error", message, context, (0, len(korean)))]
    if len(words) >= 6 and before in after:
        message = "번역문에 원문이 통째로 들어 있습니다."
        start = max(korean.lower().find(source.strip().lower()), 0)
        return [report("echo", "error", message, context, (start, start + len(source.strip())))]
    return []


def _same_words(source: str, korean: str, context: CheckContext) -> bool:
    """Whether nothing has changed though the text holds a word that is no code."""
    if " ".join(source.split()).casefold() != " ".join(korean.split()).casefold():
        return False
    tokens = prose(source, context).split()
    return any(re.search("[A-Za-z]", one) and not _SURELY_CODE.search(one) for one in tokens)


_ENGLISH_RUN = re.compile(
    r"(?<![\w'’-])[A-Za-z][A-Za-z'’-]*(?:[ ,;:]+[A-Za-z][A-Za-z'’-]*){2,}", re.ASCII
)
_GLOSS_OR_QUOTE = re.compile(
    r"\([^()가-힣]*\)|[\"“‘][^\"”’가-힣\n]*[\"”’]|(?<![A-Za-z가-힣])'[^'가-힣\n]{1,60}'"
)
# One word: small letters, or a capital where Korean makes a verb of it (Preheat하세요).
_ENGLISH_WORD = re.compile(
    r"(?<![\w'’.&*-])(?<!\d )(?:[a-z][a-z'’-]{2,}(?![\w'’*-](?<![가-힣]))"
    r"|[A-Z][a-z]{2,}(?=[하한할함합해되된될됨됩돼]))",
)
# A sentence in which so much is English is no Korean one.
_MANY_WORDS, _MANY_WORDS_SHARE = 2, 1 / 3


@cache
def _technical_words() -> frozenset[str]:
    """Words that Korean texts about computers leave in small Latin letters."""
    text = files(__package__).joinpath("technical_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def check_english_words(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """No English words but technical ones, names, titles, quotes and glosses.

    Three in a row and single ones inform; where they are a large part of a line, it has to be
    translated again.
    """
    if context.expects_english:
        return []
    visible = _without_code(korean, context)
    visible = _GLOSS_OR_QUOTE.sub(lambda match: " " * len(match[0]), visible)
    findings: list[Finding] = []

    def take(match: re.Match[str]) -> str:
        words = _WORD.findall(match[0])
        if sum(word[0].islower() and word not in _FUNCTION_WORDS for word in words) < 2:
            return match[0]
        message = f"영어가 남아 있습니다: ‘{match[0]}’"
        findings.append(report("english_words", "warning", message, context, match.span()))
        return " " * len(match[0])

    visible = _ENGLISH_RUN.sub(take, visible)
    for line in re.finditer(r"[^\n]+", visible):
        if has_hangul(line[0]):
            findings += _single_words(source, visible, line, context)
    return findings


def _single_words(
    source: str, visible: str, line: re.Match[str], context: CheckContext
) -> Iterator[Finding]:
    found = [
        match
        for match in _ENGLISH_WORD.finditer(visible, *line.span())
        if not _is_kept(match[0].lower())
    ]
    known = {match.start() for match in found}
    found += [
        match
        for match in capitalised_words(source, visible, line.span(), _is_kept)
        if match.start() not in known
    ]
    found.sort(key=lambda match: match.start())
    if not found:
        return
    words = list(dict.fromkeys(match[0] for match in found))
    share = len(words) / len(line[0].split())
    level: Level = (
        "error" if len(words) >= _MANY_WORDS and share >= _MANY_WORDS_SHARE else "warning"
    )
    message = f"영어 낱말이 남아 있습니다: {', '.join(f'‘{word}’' for word in words)}"
    yield report("english_words", level, message, context, (found[0].start(), found[-1].end()))


def _is_kept(word: str) -> bool:
    parts = [word, *word.split("-")]
    return word in _FUNCTION_WORDS or any(part in _technical_words() for part in parts)
