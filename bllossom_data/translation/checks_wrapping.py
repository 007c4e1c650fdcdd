"""Checks that nothing was put around a translation: labels, English words, quotes, fences, tags."""

import re
from collections.abc import Iterator
from html import unescape

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, has_hangul, report
from bllossom_data.translation.sentences import spoken

__all__ = ["check_wrapping"]

_MARKUP = r"[\s*_#>\"“‘'「『(\[【<-]*"
# Title:, [KO], Sure! and Here you go:, before the Korean.
_LATIN_OPENING = re.compile(
    rf"\A{_MARKUP}(?P<words>[A-Za-z][A-Za-z'’ ,()/-]{{0,60}}?)[*_]*"
    r"(?:[:：!.…\])】>]+[*_\"”’]*(?=\s|[가-힣\"“])|\s*\n|(?<=[a-z])\s*(?=,))"
)
_LANGUAGE_TAGS = frozenset(("ko", "kor", "kr", "kokr", "eng", "en", "tgt", "out"))
_ABBREVIATIONS = frozenset(("mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "jr", "tel", "fax"))
# With a comma only what is no name: Sure, 그 빙하는.
_WITH_COMMA = re.compile(
    "sure|okay|ok|yes|yeah|certainly|ofcourse|hello|hi|alright|absolutely|definitely|great|noproblem"
    "|understood|gotit|right"
)
_SHORT_NAME = 4
_KOREAN_LABEL = re.compile(
    rf"\A{_MARKUP}(?P<words>(?:최종 |번역 |출력 |한국어 |한글 )?"
    r"(?:결과(?:물|문)?|출력(?:물|값|문)?|답변|응답|정답|답|번역(?:문|본)?|최종본|한국어|한글|국문"
    r"|도착어|(?:대상 )?(?:문장|텍스트)))"
    r"(?: ?\([^)\n]*\))?[*_\]】)>]*\s*(?:[:：]|(?<=[\]】>])|\n)"
)
# 1. and (안내 문구) before it.
_NUMBER_OPENING = re.compile(r"\A\s*\d{1,2}[.)]\s")
_COUNTS = re.compile(r"\d|\b(?:one|first\w*|steps?|second\w*|to begin)\b", re.IGNORECASE)
_BRACKET_OPENING = re.compile(r"\A\s*[(\[【][^()\[\]【】\n]{1,30}[)\]】]\s*(?=[^\s.,!?])")
_BRACKET = re.compile(r"[(\[{*—–:]| - ")
_LABELLED = re.compile(r"\A[^.!?\n]{1,40}?(?:[:：—–\n]| - )|\A[\W_]*\w+[.!?]|\[")
_FENCE = re.compile(r"^\s*(?:```|~~~)[^\n]*", re.MULTILINE)
# What is left of JSON, of a template of a chat, or of marks around an answer.
_LEFTOVER = re.compile(
    r"\A\s*\{\s*\"[^\"\n]*\"\s*:|\A\s*\"[^\"\n가-힣]{1,40}\"\s*:\s*|\"\s*[}\]]+\s*\Z|\A\s*[{\[]+\s*\""
    r"|<\|[^|>\n]{1,40}\|>|</?s>|\[/?INST\]|⟦\d+⟧|</?x id=[^>\n]{1,9}>|</?[A-Za-z][A-Za-z_-]*>"
)
_QUOTES = ("“”", '""', "‘’", "''", "「」", "『』")
_ANY_QUOTE = re.compile(r"[\"“”‘’「」『』«»„`´]|(?<!\w)'|'(?!\w)")
_ENDS_SENTENCE = re.compile(r"(?:[.!?…]|[가-힣]다|[가-힣]요)\Z")
_ENGLISH_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
_LEAST_WORDS = 3
_KNOWN_SHARE = 0.5


def check_wrapping(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """The reply is the translation alone, without a label, English, quotes or a fence around it."""
    for message, span in _wrappings(source, korean, context):
        return [report("commentary", "error", message, context, span)]
    match = _BRACKET_OPENING.match(korean)
    if match and not _BRACKET.search(source):
        message = f"원문에 없는 괄호로 시작합니다: ‘{match[0].strip()}’"
        return [report("commentary", "warning", message, context, match.span())]
    return []


def _wrappings(
    source: str, korean: str, context: CheckContext
) -> Iterator[tuple[str, tuple[int, int]]]:
    match = _FENCE.search(korean)
    if match and not _FENCE.search(source):
        yield "원문에 없는 코드 블록으로 감쌌습니다.", match.span()
    for match in _LEFTOVER.finditer(korean):
        if match[0].strip().lower() not in unescape(source).lower():
            yield f"번역문이 아닌 기호가 남아 있습니다: ‘{match[0].strip()}’", match.span()
    match = _KOREAN_LABEL.match(korean)
    if match and not _LABELLED.search(source):
        yield f"원문에 없는 이름표가 붙었습니다: ‘{match[0].strip()}’", match.span()
    match = _NUMBER_OPENING.match(korean)
    if match and not _COUNTS.search(source):
        yield f"원문에 없는 번호가 붙었습니다: ‘{match[0].strip()}’", match.span()
    yield from _quoted(source, korean)
    if not context.expects_english:
        yield from _english(source, korean)


def _quoted(source: str, korean: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Quotation marks around a whole sentence, of which the source has none."""
    text = korean.strip()
    is_quoted = any(
        len(text) > 2 and text[0] == pair[0] and text[-1] == pair[1] for pair in _QUOTES
    )
    if (
        is_quoted
        and _ENDS_SENTENCE.search(text[1:-1])
        and not _ANY_QUOTE.search(text[1:-1])
        and not _ANY_QUOTE.search(source)
    ):
        yield "원문에 없는 따옴표로 전체를 감쌌습니다.", (0, len(korean))


def _english(source: str, korean: str) -> Iterator[tuple[str, tuple[int, int]]]:
    match = _LATIN_OPENING.match(korean)
    if match and has_hangul(korean[match.end() :]) and _is_added(source, korean, match):
        yield f"원문에 없는 영어로 시작합니다: ‘{match['words']}’", match.span("words")
    known = {word.lower() for word in _ENGLISH_WORD.findall(source)}
    if not has_hangul(korean):
        return
    for sentence in spoken(korean):
        words = _ENGLISH_WORD.findall(sentence)
        if has_hangul(sentence) or "⟦" in sentence or len(words) < _LEAST_WORDS:
            continue
        n_small = sum(word[0].islower() for word in words)
        n_known = sum(word.lower() in known for word in words)
        if n_small >= _LEAST_WORDS - 1 and n_known < _KNOWN_SHARE * len(words):
            start = korean.find(sentence)
            message = f"원문에 없는 영어 문장이 있습니다: ‘{sentence}’"
            yield message, (start, start + len(sentence))


def _is_added(source: str, korean: str, match: re.Match[str]) -> bool:
    words = _plain(match["words"])
    if words in _LANGUAGE_TAGS:
        return not re.search(rf"(?<![A-Za-z]){re.escape(match['words'])}(?![A-Za-z])", source)
    if korean[match.end() :].lstrip().startswith(",") and not _WITH_COMMA.fullmatch(words):
        return False
    is_name = match["words"].isupper() and len(words) <= _SHORT_NAME
    is_label = match[0].rstrip()[-1:] in ":："
    if is_name or words in _ABBREVIATIONS or (is_label and _LABELLED.search(source)):
        return False
    return words not in _plain(source) and words.removesuffix("s") not in _plain(source)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9가-힣]", "", text.lower())
