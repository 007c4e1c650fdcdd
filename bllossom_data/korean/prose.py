"""The prose of a Markdown text: where it is, and what of it Kiwi should see.

Code, addresses and raw HTML are no Korean, and marks of emphasis, links and brackets stand between
a word and its particle. What is measured on a text without them keeps the places of the text.
"""

import re
from functools import cache, lru_cache
from typing import Any

from bllossom_data.errors import missing_package

__all__ = ["line_starts", "masked", "parse_blocks", "protected_spans", "without_marks"]

_INLINE = re.compile(
    r"(?P<code>(?<!`)(`+)(?!`)[^\n]*?(?<!`)\2(?!`))"
    r"|(?P<address>https?://[^\s<>()\[\]가-힣\"'`]+(?:\([^\s()]*\)[^\s<>()\[\]가-힣\"'`]*)*"
    r"(?:(?<=[/=&?#_-])[가-힣][^\s<>\[\]\"'`]*)?"
    r"|(?<![\w.])[\w.+-]+@[\w-]+\.[\w.-]*[A-Za-z]|(?<=\]\()[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?=[\s)]))"
    r"|(?P<maths>\$\$.+?\$\$|\\\(.+?\\\)|\\\[.+?\\\]|(?<![\w$])\$(?=[^\s$\d])[^$\n]*[^\s$]\$(?![\w$]))"
    r"|(?P<tag></?[A-Za-z][^<>\n]*>)|(?P<slot>⟦[0-9]+⟧)",
    re.DOTALL,
)
_MARK = re.compile(
    r"(?P<mark>\*{1,3}|~~|__|`+|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[“”‘’「」『』《》〈〉]|\"|"
    r"(?<![A-Za-z])'|'(?![A-Za-z]))"
    r"|(?P<link>\]\([^\n()]*(?:\([^\n()]*\)[^\n()]*)*\)|!?\[(?=[^\[\]\n]*\]\())"
    r"|(?P<aside>(?<=[^\s(])(?:\((?!(?:은|는|이|가|을|를|과|와|으|아|야)\))[^()\n]{0,80}\)"
    r"|\[[^\[\]\n]{1,40}\](?!\()))(?=[가-힣*_~`\"'”’」』》〉])"
)


@cache
def _markdown() -> Any:
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise missing_package("markdown-it-py", "reading Markdown") from error
    return MarkdownIt("commonmark").enable("table")


def parse_blocks(text: str) -> list[Any]:
    """Tokens of markdown-it for a text; `map` of each is its lines, from 0, one past the last."""
    return list(_blocks(text))


# Particles, sentences and style ask about the same text, one after the other.
@lru_cache(maxsize=16)
def _blocks(text: str) -> tuple[Any, ...]:
    return tuple(_markdown().parse(text))


def line_starts(text: str) -> list[int]:
    """Place of the first character of each line, and of the end of the text."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return [min(start, len(text)) for start in starts]


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Where code, addresses, maths, HTML and slots are: start and end of each, in order."""
    return list(_protected(text))


@lru_cache(maxsize=16)
def _protected(text: str) -> tuple[tuple[int, int], ...]:
    starts = line_starts(text)
    blocks = [
        (starts[one.map[0]], starts[one.map[1]])
        for one in (parse_blocks(text) if re.search(r"```|~~~|^ {4}|^\t|^ *<", text, re.M) else [])
        if one.type in ("fence", "code_block", "html_block") and one.map
    ]
    spans = list(blocks)
    position = 0
    for start, end in [*blocks, (len(text), len(text))]:
        spans += [match.span() for match in _INLINE.finditer(text, position, start)]
        position = end
    return tuple(sorted(span for span in spans if span[0] < span[1]))


def masked(text: str, mark: str = "X") -> str:
    """The text at its full length, every protected character but line ends replaced by a mark."""
    letters = list(text)
    for start, end in protected_spans(text):
        for place in range(start, end):
            if letters[place] != "\n":
                letters[place] = mark
    return "".join(letters)


def without_marks(text: str) -> tuple[str, list[int]]:
    """The text without marks, asides and blocks of code, as a reader says it.

    Returns:
        The text, and the place that each of its characters has in the original.
    """
    keep = bytearray(b"\x01") * len(text)
    for match in _MARK.finditer(text):
        keep[match.start() : match.end()] = bytes(match.end() - match.start())
    for start, end in protected_spans(text):
        if "\n" in text[start:end].rstrip("\n"):
            keep[start:end] = bytes(end - start)
            if end and text[end - 1] == "\n":
                keep[end - 1] = 1
    places = [place for place in range(len(text)) if keep[place]]
    return "".join(text[place] for place in places), places
