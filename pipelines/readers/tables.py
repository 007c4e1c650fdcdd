"""Tables as text: CSV and TSV, in UTF-8 or CP949, with line breaks inside quotes.

A quote that somebody forgot to close would swallow the rows below it. So a row that spans several
lines and does not fit the header costs its first line only: the others are read again.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from bllossom_data.errors import SourceError
from bllossom_data.korean.encoding import decode
from pipelines.readers.batches import (
    MIB,
    Block,
    RawBatch,
    Reason,
    Rejected,
    RowCollector,
    SourceSpec,
    excerpt,
    missing_column_detail,
    rejected_block,
)
from pipelines.readers.files import SourceFile
from pipelines.readers.streams import (
    Lines,
    Stream,
    Trouble,
    line_blocks,
    open_stream,
    stream_trouble,
    too_large,
)

MAX_ROW_BYTES = 64 * MIB
SAMPLE_BYTES = 256 << 10
# What the csv module says of a quote that is open at the end; the file was cut, or a quote lost.
UNCLOSED = "unexpected end of data"
DELIMITERS = {"csv": ",", "tsv": "\t"}


class _Row(NamedTuple):
    fields: list[str]
    raw: bytes
    repairs: tuple[str, ...]
    problem: tuple[Reason, str] | None = None


class _Lines:
    """Feeds text lines to a CSV reader, remembers those since the last row, takes them back."""

    def __init__(self, stream: Stream, block_bytes: int, encoding: str) -> None:
        self._blocks = line_blocks(stream.pieces, 0, block_bytes, MAX_ROW_BYTES)
        self._encoding = encoding
        self._stream_repairs = stream.repairs
        self._ready: deque[bytes] = deque()
        self._pending_bytes = 0
        self._found: list[str | None] = []
        self.last = ""
        self.pending: list[bytes] = []
        self.troubles: list[Trouble] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        # A row beyond measure ends here for the CSV reader, which then complains of its quote.
        if self._pending_bytes > MAX_ROW_BYTES:
            raise StopIteration
        while not self._ready:
            self._fill(next(self._blocks))
        raw = self._ready.popleft()
        self.pending.append(raw)
        self._pending_bytes += len(raw)
        self.last, encoding = _decode_line(raw, self._encoding)
        self._found.append(encoding)
        return self.last

    def _fill(self, block: Lines | Trouble) -> None:
        if isinstance(block, Trouble):
            self.troubles.append(block)
            return
        *lines, last = block.data.split(b"\n")
        for line in lines:
            if len(line) > MAX_ROW_BYTES:
                self.troubles.append(too_large(block.offset, MAX_ROW_BYTES, line))
            else:
                self._ready.append(line + b"\n")
        # A file that breaks off inside a row would pass half a text off as whole.
        if last and not block.broken_end:
            self._ready.append(last)

    def accept(self) -> tuple[bytes, tuple[str, ...], bool]:
        """Done with the lines so far: their bytes, repairs, and whether all could be decoded."""
        raw = b"".join(self.pending)
        encodings = dict.fromkeys(name for name in self._found if name not in (None, "utf-8"))
        repairs = (*self._stream_repairs, *(f"encoding:{name}" for name in encodings))
        decoded = None not in self._found
        self._clear()
        return raw, repairs, decoded

    def take_back_but_first(self) -> bytes:
        """Give up the first line since the last row; the others will come again."""
        first, *others = self.pending
        self._ready.extendleft(reversed(others))
        self._clear()
        return first

    def _clear(self) -> None:
        self.pending, self._found, self._pending_bytes = [], [], 0


def _decode_line(raw: bytes, encoding: str) -> tuple[str, str | None]:
    """A line as text and its encoding; None where the text has holes."""
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError:
        pass
    try:
        return decode(raw)
    except SourceError:
        return raw.decode(encoding, "replace"), None


def table_file_blocks(file: SourceFile, spec: SourceSpec, block_bytes: int) -> Iterator[Block]:
    """Blocks of a CSV or TSV file, plain or compressed; its first row names the columns."""
    try:
        head, stream = _with_sample(open_stream(file.path))
    except SourceError as error:
        yield rejected_block(Rejected(file.origin, *stream_trouble(error, 0)))
        return
    csv.field_size_limit(MAX_ROW_BYTES)
    encoding = _encoding(head)
    delimiter = DELIMITERS[file.format]
    quoted = file.format == "csv" or _is_quoted(head.decode(encoding, "replace"), delimiter)
    rows = _rows(_Lines(stream, block_bytes, encoding), delimiter, quoted=quoted)
    before: list[_Row | Trouble] = []
    header: list[str] = []
    for row in rows:
        if isinstance(row, _Row) and row.problem is None:
            header = [name.strip().removeprefix("\ufeff").strip() for name in row.fields]
            break
        before.append(row)
    missing = [column for column in spec.text_columns if column not in header]
    if header and missing:
        detail = missing_column_detail(missing[0], header)
        yield rejected_block(Rejected(file.origin, 0, "missing_text_column", detail, ""))
        return
    yield from _blocks(chain(before, rows), header, file.origin, spec, block_bytes)


def _with_sample(stream: Stream) -> tuple[bytes, Stream]:
    """The first bytes of a stream, which stay in it, as does the error they may end with."""
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in stream.pieces:
            pieces.append(piece)
            size += len(piece)
            if size >= SAMPLE_BYTES:
                break
        rest = stream.pieces
    except SourceError as error:
        rest = _raising(error)
    return b"".join(pieces)[:SAMPLE_BYTES], Stream(chain(pieces, rest), stream.repairs)


def _raising(error: SourceError) -> Iterator[bytes]:
    yield b""
    raise error


def _encoding(head: bytes) -> str:
    """What most lines that are not ASCII are in: a single short CP949 line can pass for UTF-8."""
    n_utf_8 = 0
    others = []
    for line in head.split(b"\n")[:-1] or [head]:
        if line.isascii():
            continue
        try:
            line.decode()
            n_utf_8 += 1
        except UnicodeDecodeError:
            others.append(line)
    if n_utf_8 >= len(others):
        return "utf-8"
    try:
        return decode(b"\n".join(others))[1]
    except SourceError:
        return "utf-8"


def _is_quoted(sample: str, delimiter: str) -> bool:
    """Whether quotes in a TSV enclose fields, as Excel writes them, or are part of the text."""
    if '"' not in sample:
        return False
    whole_lines = sample[: sample.rfind("\n") + 1] or sample
    reader = csv.reader(io.StringIO(whole_lines, newline=""), delimiter=delimiter, strict=True)
    try:
        return len({len(row) for row in reader if row}) == 1
    except csv.Error:
        return False


def _rows(lines: _Lines, delimiter: str, *, quoted: bool) -> Iterator[_Row | Trouble]:
    """Rows of a table; the first one decides how many fields there must be."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    n_fields = 0
    while True:
        fields: list[str] = []
        error = ""
        try:
            fields = next(reader) if quoted else next(lines).rstrip("\r\n").split(delimiter)
        except StopIteration:
            break
        except csv.Error as caught:
            error = str(caught)
        yield from _drain(lines)
        if not error and not any(fields):
            lines.accept()
            continue
        if error or not _fits(fields, n_fields):
            if len(lines.pending) > 1 or error == UNCLOSED:
                first = lines.take_back_but_first()
                detail = error or f"{len(fields)} fields, not {n_fields}, over several lines"
                yield _Row([], first, (), ("unclosed_quote", detail))
                continue
            if error:
                fields = _leniently(lines.last, delimiter)
        yield _row(lines, fields, n_fields)
        n_fields = n_fields or len(fields)
    yield from _drain(lines)


def _drain(lines: _Lines) -> Iterator[Trouble]:
    yield from lines.troubles
    lines.troubles = []


def _fits(fields: list[str], n_fields: int) -> bool:
    """Whether the number of fields is right; separators too many at the end of a line are fine."""
    return not n_fields or (len(fields) >= n_fields and not any(fields[n_fields:]))


def _leniently(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except (csv.Error, StopIteration):
        return []


def _row(lines: _Lines, fields: list[str], n_fields: int) -> _Row:
    raw, repairs, decoded = lines.accept()
    if not decoded:
        return _Row([], raw, (), ("undecodable", "a line of it is in no known encoding"))
    if not fields or not _fits(fields, n_fields):
        detail = f"{len(fields)} fields, not {n_fields} as in the header"
        return _Row([], raw, (), ("bad_row", detail))
    return _Row(fields, raw, repairs)


def _blocks(
    rows: Iterator[_Row | Trouble],
    header: list[str],
    origin: str,
    spec: SourceSpec,
    block_bytes: int,
) -> Iterator[Block]:
    held: list[tuple[int, _Row | Trouble]] = []
    size = number = 0
    for row in rows:
        held.append((number, row))
        if isinstance(row, _Row):
            number += 1
            size += len(row.raw)
        if size >= block_bytes:
            yield _block(held, size, header, origin, spec)
            held, size = [], 0
    if held:
        yield _block(held, size, header, origin, spec)


def _block(
    rows: list[tuple[int, _Row | Trouble]],
    size: int,
    header: list[str],
    origin: str,
    spec: SourceSpec,
) -> Block:
    def load() -> RawBatch:
        collector = RowCollector(spec)
        for number, row in rows:
            if isinstance(row, Trouble):
                collector.reject(Rejected(origin, *row)._replace(position=number))
            elif row.problem is not None:
                shown = excerpt(row.raw)
                collector.reject(Rejected(origin, number, *row.problem, shown))
            else:
                record = dict(zip(header, row.fields, strict=False))
                collector.add(record, origin, number, row.repairs)
        return collector.batch(size)

    return Block(size, load)
