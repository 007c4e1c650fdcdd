"""The blocks of a Markdown text that hold prose, with the place of each of their lines."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from markdown_it.common.utils import MD_TRIM_CHARS
from markdown_it.token import Token

from bllossom_data.translation.grammar import parser_for
from bllossom_data.translation.lines import is_prose
from bllossom_data.translation.patterns import Span
from bllossom_data.translation.segments import SegmentKind

__all__ = ["NEWLINE", "Block", "Content", "Line", "prose_blocks"]

NEWLINE = re.compile(r"\r\n?|\n")
_TASK_BOX = re.compile(r"\[[ xX]\]\s+")
# Callouts of GitHub, VitePress and MkDocs: the word is a key word, a title after it is prose.
_CALLOUT = re.compile(
    r"(?::{3,}[ \t]*[\w-]*|\[![A-Za-z]+\][+-]?|/{3,}[ \t]*[\w-]*(?:[ \t]*\|)?"
    r"|(?:!!!|\?\?\?\+?)[ \t]*[\w-]+)(?:[ \t]*\{[^{}]*\})?(?:\s+|$)"
)
_PIPE = re.compile(r"(?<!\\)\|")


class Line(NamedTuple):
    """Where the text of one line begins and ends in the source, without blanks around it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block that holds prose.

    Attributes:
        kind: what its segments are.
        lines: places of its lines; none is empty.
        is_literal: Markdown means nothing in it: by its marks it is code.
    """

    kind: SegmentKind
    lines: tuple[Line, ...]
    is_literal: bool = False


class Content:
    """The text of one block without container marks: its lines, joined by line feeds."""

    def __init__(self, source: str, block: Block) -> None:
        self.source = source
        self.lines = [source[line.start : line.end] for line in block.lines]
        self.text = "\n".join(self.lines)
        self._places = [line.start for line in block.lines]
        self._starts = [0]
        for line in self.lines[:-1]:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def place(self, at: int) -> int:
        """Place in the source of a character of this text."""
        line = bisect_right(self._starts, at) - 1
        return self._places[line] + at - self._starts[line]

    def original(self, start: int, end: int) -> str:
        """What stands in the source for a stretch of this text, container marks included."""
        return self.source[self.place(start) : self.place(end)]

    def newlines(self, piece: Span) -> list[int]:
        """Places of the line feeds in a stretch of this text."""
        first, stop = (
            bisect_left(self._starts, piece.start + 1),
            bisect_right(self._starts, piece.end),
        )
        return [start - 1 for start in self._starts[max(first, 1) : stop]]


class _Places:
    """From places in the text as markdown-it normalises it to places in the source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._shifts: list[int] = []
        if "\r" in source:
            self._shifts = [0]
            for newline in NEWLINE.finditer(source):
                self._shifts.append(self._shifts[-1] + len(newline[0]) - 1)

    def line(self, place: tuple[int, int, int]) -> Line:
        """The text of one line, by its number and its place in the normalised text."""
        number, start, end = place
        shift = self._shifts[number] if self._shifts else 0
        return self.trimmed(start + shift, end + shift)

    def trimmed(self, start: int, end: int) -> Line:
        """A stretch of the source without the blanks around it."""
        text = self.source[start:end]
        left = len(text) - len(text.lstrip(MD_TRIM_CHARS))
        return Line(start + left, start + max(left, len(text.rstrip(MD_TRIM_CHARS))))


def prose_blocks(source: str) -> tuple[list[Block], dict[str, Any]]:
    """All blocks of a Markdown text with prose in them, in order.

    Not among them: code (but see `is_prose`), HTML blocks, maths, front matter, delimiter rows of
    tables, definitions of references.

    Returns:
        The blocks, and markdown-it's environment, which the inline rules need.
    """
    env: dict[str, Any] = {}
    tokens = parser_for(source).parse(source, env)
    return list(_blocks(tokens, _Places(source))), env


def _blocks(tokens: Sequence[Token], places: _Places) -> Iterator[Block]:
    containers: list[SegmentKind] = ["paragraph"]
    cells: Iterator[Line] | None = None
    for opening, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "tr_open":
            cells = None
        elif token.type in ("list_item_open", "blockquote_open"):
            containers.append("list_item" if token.type == "list_item_open" else "quote")
        elif token.type in ("list_item_close", "blockquote_close"):
            containers.pop()
        elif token.type in ("fence", "code_block"):
            yield from _prose_in_code(token, places)
        elif token.type == "inline" and opening is not None:
            lines = [places.line(place) for place in token.meta["places"]]
            if opening.type in ("td_open", "th_open"):
                cells = _cells(lines[0], places) if cells is None else cells
                # A row may hold fewer cells than its table has columns.
                yield from _block("table_cell", list(islice(cells, 1)))
            elif opening.type == "heading_open":
                yield from _heading(lines, opening.markup, token.content, places)
            else:
                yield from _paragraphs(lines, containers[-1], places.source)


def _block(kind: SegmentKind, lines: Sequence[Line], *, is_literal: bool = False) -> list[Block]:
    filled = tuple(line for line in lines if line.start < line.end)
    return [Block(kind, filled, is_literal)] if filled else []


def _heading(lines: list[Line], markup: str, content: str, places: _Places) -> list[Block]:
    if markup.startswith("#"):
        start, end = lines[0]
        text = places.trimmed(start + len(markup), end)
        lines = [Line(text.start, text.start + len(content))]
    return _block("heading", lines)


def _cells(row: Line, places: _Places) -> Iterator[Line]:
    """The cells of one row, as markdown-it parts them: an escaped pipe does not."""
    pipes = [pipe.start() for pipe in _PIPE.finditer(places.source, *row)]
    for start, end in zip([row.start, *(at + 1 for at in pipes)], [*pipes, row.end], strict=True):
        if start < end or start > row.start:
            yield places.trimmed(start, end)


def _paragraphs(lines: list[Line], kind: SegmentKind, source: str) -> Iterator[Block]:
    """A paragraph, without the lines and marks in it that are structure to other dialects."""
    held: list[Line] = []
    for number, line in enumerate(lines):
        box = _TASK_BOX.match(source, *line) if kind == "list_item" and not number else None
        if box is not None:
            line = Line(box.end(), line.end)
        callout = _CALLOUT.match(source, *line)
        if callout is None:
            held.append(line)
            continue
        yield from _block(kind, held)
        yield from _block(kind, [Line(callout.end(), line.end)])
        held = []
    yield from _block(kind, held)


def _prose_in_code(token: Token, places: _Places) -> Iterator[Block]:
    """Paragraphs of a block of code that names no language and holds prose."""
    lines = [places.line(place) for place in token.meta["places"]]
    text, n_lines = token.content, token.content.count("\n")
    n_lines += bool(text) and not text.endswith("\n")
    if token.type == "fence":
        first = places.trimmed(lines[0].start + len(token.markup), lines[0].end)
        # One word there is a language; text that begins there belongs to the block.
        has_language = len(token.info.split()) == 1
        lines = ([] if has_language else [first]) + lines[1 : 1 + n_lines]
        text = f"{token.info}\n{text}"
        if has_language:
            return
    if not is_prose(text):
        return
    held: list[Line] = []
    for line in lines:
        if line.start < line.end:
            held.append(line)
            continue
        yield from _block("ambiguous_code", held, is_literal=True)
        held = []
    yield from _block("ambiguous_code", held, is_literal=True)
