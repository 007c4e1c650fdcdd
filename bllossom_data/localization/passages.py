"""How an English text is laid out: code, quotations, titles, sentences and what capitals mean."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from bllossom_data.errors import missing_package

__all__ = ["FENCE", "Reading", "overlaps", "protected_spans"]

Span = tuple[int, int]
FENCE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE)
"""A block of code, to its end or that of the text."""

_INLINE = re.compile(
    r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)"
    r"|https?://[^\s<>\"'`\])]+|www\.[^\s<>\"'`\])]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.])(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|kr)(?:/[^\s<>\"'`\])]*)?(?![\w])"
    r"|\$\$.+?\$\$|</?[A-Za-z][^<>\n]*>|⟦[0-9]+⟧|(?<=\]\()[^\s()]+(?=\))",
    re.DOTALL,
)
_BLOCK_HINT = re.compile(r"```|~~~|^(?: {4}|\t)|^ *<", re.MULTILINE)
_QUOTED = re.compile(
    r"\"([^\"\n]{2,200})\"|“([^”\n]{2,400})”|(?<![\w*_])[*_]([^*_\n]{3,80})[*_](?![\w*_])"
)
_BLOCK_QUOTE = re.compile(r"^ {0,3}>[^\n]*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])|\n+|(?<=:)\s+(?=[A-Z])")
_ABBREVIATED = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Mt|vs|e\.g|i\.e|U\.S|U\.K|No|Inc|Jr)\.)\s*$")
_LIST_MARK = re.compile(r"[ \t]*(?:[-*+•]|\d+[.)]|#{1,6}|>)?[ \t]*[*_\"'“‘(]*$")
_SMALL = "a an and as at but by for from in into is it nor of on or the to vs with your my"
_SMALL_WORDS = frozenset(_SMALL.split())
_TITLE_SHARE = 0.75
_TITLE_MIN_WORDS = 3
_SHOUT_SHARE = 0.7


def overlaps(start: int, end: int, spans: Sequence[Span]) -> bool:
    """Whether a span shares a character with one of the others."""
    return any(start < other_end and other_start < end for other_start, other_end in spans)


def protected_spans(text: str) -> list[Span]:
    """Where code, addresses, maths, tags and slots are in a Markdown text, in order.

    Raises:
        MissingPackageError: markdown-it-py is not installed.
    """
    blocks: list[Span] = []
    if _BLOCK_HINT.search(text):
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        for token in _markdown(text):
            if token.type in ("fence", "code_block", "html_block") and token.map:
                first, last = token.map
                blocks.append((starts[first], min(starts[last], len(text))))
    spans = list(blocks)
    done = 0
    for start, end in [*blocks, (len(text), len(text))]:
        spans += [match.span() for match in _INLINE.finditer(text, done, start)]
        done = end
    return sorted(spans)


def _markdown(text: str) -> list[Any]:
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise missing_package("markdown-it-py", "finding code in Markdown") from error
    return list(MarkdownIt("commonmark").parse(text))


@dataclass(frozen=True)
class Reading:
    """An English text with what its layout says about the names in it."""

    text: str

    @cached_property
    def protected(self) -> list[Span]:
        """Code, addresses, maths, tags and slots."""
        return protected_spans(self.text)

    @cached_property
    def quotations(self) -> list[Span]:
        """Titles of works between quotation marks or in italics, and quoted blocks."""
        spans = [match.span() for match in _BLOCK_QUOTE.finditer(self.text)]
        for match in _QUOTED.finditer(self.text):
            inner = next(group for group in match.groups() if group)
            if _is_title(inner):
                spans.append(match.span())
        return spans

    @cached_property
    def sentences(self) -> list[Span]:
        """Sentences in order; a line end ends one."""
        spans: list[Span] = []
        start = 0
        for match in _SENTENCE_END.finditer(self.text):
            if _ABBREVIATED.search(self.text, max(0, match.start() - 8), match.start()):
                continue
            if match.start() > start:
                spans.append((start, match.start()))
            start = match.end()
        if start < len(self.text):
            spans.append((start, len(self.text)))
        return spans

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def sentence(self, position: int) -> int:
        """Number of the sentence that holds a character."""
        return max(0, bisect_right(self._starts, position) - 1)

    def begins_sentence(self, position: int) -> bool:
        """Whether a word that begins here is the first of its sentence or list item."""
        if not self.sentences:
            return True
        start, _ = self.sentences[self.sentence(position)]
        return bool(_LIST_MARK.fullmatch(self.text, start, position))

    def line(self, position: int) -> str:
        """The line that holds a character."""
        start = self.text.rfind("\n", 0, position) + 1
        end = self.text.find("\n", position)
        return self.text[start : end if end >= 0 else len(self.text)]

    def shouts(self, position: int) -> bool:
        """Whether the line is written in capitals."""
        return _shouts(self.line(position))

    def capital_means_little(self, position: int, *, line_only: bool = False) -> bool:
        """Whether any word would be capitalised here: first of a sentence, heading, capitals.

        Args:
            position: first character of the word.
            line_only: leave out that it is the first of a sentence.
        """
        if self.shouts(position) or _is_title(self.line(position), _TITLE_MIN_WORDS + 1):
            return True
        return not line_only and self.begins_sentence(position)


# Every capitalised word of a line asks about it.
@lru_cache(maxsize=256)
def _shouts(line: str) -> bool:
    letters = [letter for letter in line if letter.isalpha()]
    return len(letters) > 12 and (
        sum(letter.isupper() for letter in letters) / len(letters) > _SHOUT_SHARE
    )


@lru_cache(maxsize=256)
def _is_title(text: str, min_words: int = _TITLE_MIN_WORDS) -> bool:
    """Whether the words that matter are capitalised, as in titles of works and headings."""
    words: list[str] = re.findall(r"[A-Za-z][\w'’-]*", text)
    if len(words) < min_words or text.rstrip()[-1:] in ".,":
        return False
    weighty = [word for word in words if word.lower() not in _SMALL_WORDS]
    if len(weighty) < 2:
        return False
    capitals = sum(word[0].isupper() for word in weighty)
    return capitals >= _TITLE_SHARE * len(weighty)
