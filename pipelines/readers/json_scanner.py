"""Records inside one large JSON document, found by their brackets without parsing the document.

A document with an error in its middle cannot be parsed, but its other records can: a raw line feed
ends any string (JSON allows none inside), so an unclosed quote harms its own line only, and where
brackets do not balance the records are found again by the first key of the damaged one.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bllossom_data.errors import SourceError
from pipelines.readers.streams import Stream, Trouble, stream_trouble, too_large

MAX_SPANS = 1 << 14
ANCHOR_WINDOW_BYTES = 4 << 10
FIRST_KEY = re.compile(rb'\{\s*("(?:[^"\\\n]|\\.)*")\s*:')

# Where the open record begins, if not in the piece at hand.
NOWHERE, IN_EARLIER_PIECES, TOO_FAR_BACK = -1, -2, -3
QUOTE, COMMA, BACKSLASH, LINE_FEED, SPACE = 34, 44, 92, 10, 32
OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE = 91, 93, 123, 125


class Span(NamedTuple):
    """Bytes of one record, or of something that is none (`is_record` false)."""

    offset: int
    data: bytes
    is_record: bool = True


@njit(cache=True, nogil=True)
def _find_spans(
    data: NDArray[np.uint8], begin: int, state: NDArray[np.int64], spans: NDArray[np.int64]
) -> tuple[int, int, bool]:
    """Fill `spans` with rows of (begin, end, is record), from `begin` on.

    `state` (depth, in string, after a backslash, where the open record begins) goes from piece to
    piece. Returns how many spans there are, where to go on, and whether the array has ended.
    """
    depth, in_string, escaped, opened = state
    junk = -1
    n_spans = 0
    at = begin
    ended = False
    # One byte adds one span at most, and the junk at the end needs a place of its own.
    while at < data.size and n_spans + 2 <= spans.shape[0]:
        byte = data[at]
        if in_string:
            if byte == LINE_FEED:
                in_string = escaped = 0
            elif escaped:
                escaped = 0
            elif byte == BACKSLASH:
                escaped = 1
            elif byte == QUOTE:
                in_string = 0
        elif byte == QUOTE:
            in_string = 1
            if depth == 0 and junk < 0:
                junk = at
        elif byte in (OPEN_BRACE, OPEN_BRACKET):
            if depth == 0:
                if junk >= 0:
                    spans[n_spans, 0], spans[n_spans, 1], spans[n_spans, 2] = junk, at, 0
                    n_spans += 1
                    junk = -1
                opened = at
            depth += 1
        elif byte in (CLOSE_BRACE, CLOSE_BRACKET):
            if depth > 0:
                depth -= 1
                if depth == 0:
                    spans[n_spans, 0], spans[n_spans, 1], spans[n_spans, 2] = opened, at + 1, 1
                    n_spans += 1
                    opened = NOWHERE
            elif byte == CLOSE_BRACKET:
                ended = True
                at += 1
                break
            elif junk < 0:
                junk = at
        elif depth == 0 and byte != COMMA and byte > SPACE and junk < 0:
            junk = at
        at += 1
    if junk >= 0:
        spans[n_spans, 0], spans[n_spans, 1], spans[n_spans, 2] = junk, at, 0
        n_spans += 1
    state[0], state[1], state[2], state[3] = depth, in_string, escaped, opened
    return n_spans, at, ended


class _Scanner:
    """Finds the records of one array, or sequence, that is fed to it piece by piece."""

    def __init__(self, max_record_bytes: int) -> None:
        self._max_record_bytes = max_record_bytes
        self._state = np.array([0, 0, 0, NOWHERE], dtype=np.int64)
        self._spans = np.empty((MAX_SPANS, 3), dtype=np.int64)
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._held_offset = 0
        self._offset = 0
        self.array_ended = False

    def begin(self, offset: int) -> None:
        """Start on fresh ground at an offset of the stream."""
        self._state[:] = (0, 0, 0, NOWHERE)
        self._held, self._held_bytes = [], 0
        self._offset, self.array_ended = offset, False

    def feed(self, piece: bytes) -> Iterator[Span | Trouble]:
        """Spans that end in this piece; ends early, with `array_ended`, where the array does."""
        view = np.frombuffer(piece, dtype=np.uint8)
        at = 0
        while at < len(piece) and not self.array_ended:
            n_spans, at, self.array_ended = _find_spans(view, at, self._state, self._spans)
            for begin, end, is_record in self._spans[:n_spans].tolist():
                if begin >= 0:
                    data = piece[begin:end]
                    # Brackets that close too much are what is left of an earlier record.
                    if is_record or data.strip(b"]},\r\n\t "):
                        yield Span(self._offset + begin, data, bool(is_record))
                elif begin == IN_EARLIER_PIECES:
                    yield Span(self._held_offset, b"".join((*self._held, piece[:end])))
                self._held, self._held_bytes = [], 0
        opened = int(self._state[3])
        if opened >= 0 or opened == IN_EARLIER_PIECES:
            self._hold(piece, opened)
        self._offset += at
        if self._held_bytes > self._max_record_bytes:
            yield from self._give_up()

    def _hold(self, piece: bytes, opened: int) -> None:
        if opened >= 0:
            self._held_offset = self._offset + opened
            self._state[3] = IN_EARLIER_PIECES
        self._held.append(piece[max(opened, 0) :])
        self._held_bytes += len(self._held[-1])

    def _give_up(self) -> Iterator[Span | Trouble]:
        """A record beyond measure: whole ones inside it are found, or it is passed over."""
        data, offset = b"".join(self._held), self._held_offset
        starts = record_starts(data)
        if len(starts) == 1:
            yield too_large(offset, self._max_record_bytes, data)
            self._held, self._held_bytes = [], 0
            self._state[3] = TOO_FAR_BACK
            return
        end = self._offset
        yield Span(offset, data[: starts[-1]])
        self.begin(offset + starts[-1])
        yield from self.feed(data[starts[-1] :])
        if self.array_ended:
            self.begin(end)

    def rest(self) -> tuple[int, bytes]:
        """Offset and bytes of a record that never closed."""
        return self._held_offset, b"".join(self._held)

    @property
    def offset(self) -> int:
        """Where in the stream the scanner stands."""
        return self._offset


def record_starts(data: bytes) -> list[int]:
    """Where a damaged stretch may hold records: its beginning, and its first key opening again."""
    first = FIRST_KEY.search(data)
    if first is None:
        return [0]
    again = re.compile(rb"\{\s*" + re.escape(first.group(1)) + rb"\s*:")
    return [0, *(match.start() for match in again.finditer(data, first.end()))]


def record_spans(
    stream: Stream, anchor: re.Pattern[bytes] | None, max_record_bytes: int
) -> Iterator[Span | Trouble]:
    """Records of a document, in order.

    Args:
        stream: the document.
        anchor: matches up to the bracket that opens an array of records; None: the document is
            itself an array of records, or a sequence of them.
        max_record_bytes: longer ones are passed over.
    """
    scanner = _Scanner(max_record_bytes)
    head, offset, n_bytes = b"", 0, 0
    scanning = found = False
    try:
        for piece in stream.pieces:
            n_bytes += len(piece)
            rest = piece
            while rest:
                if not scanning:
                    head += rest
                    start = _start(head, anchor)
                    if start is None:
                        cut = max(0, len(head) - ANCHOR_WINDOW_BYTES)
                        head, offset = head[cut:], offset + cut
                        break
                    scanning = found = True
                    scanner.begin(offset + start)
                    head, rest = b"", head[start:]
                yield from scanner.feed(rest)
                rest = (
                    rest[len(rest) - (n_bytes - scanner.offset) :] if scanner.array_ended else b""
                )
                if scanner.array_ended and anchor is None:
                    scanner.begin(scanner.offset)
                elif scanner.array_ended:
                    scanning, offset = False, scanner.offset
    except SourceError as error:
        yield from _unfinished(scanner)
        yield stream_trouble(error, n_bytes)
        return
    yield from _unfinished(scanner)
    if anchor is not None and not found:
        detail = f"nothing in it matches {anchor.pattern.decode()}"
        yield Trouble(0, "missing_records", detail, "")


def _start(head: bytes, anchor: re.Pattern[bytes] | None) -> int | None:
    """Where the first record may begin, if it can be told yet."""
    if anchor is not None:
        found = anchor.search(head)
        return found.end() if found else None
    content = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not content or content in (b"\xef", b"\xef\xbb"):
        return None
    return len(head) - len(content) + (content[:1] == b"[")


def _unfinished(scanner: _Scanner) -> Iterator[Span]:
    offset, data = scanner.rest()
    if data:
        yield Span(offset, data)
