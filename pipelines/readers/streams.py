"""Bytes of a file, whatever packed them, in pieces of bounded size.

What could be read before a file breaks off is always handed over; only then comes the error.
"""

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import zstandard

from bllossom_data.errors import SourceError
from pipelines.readers.batches import MIB, Reason, excerpt

PIECE_BYTES = MIB
# A zstd run of one repeated byte unpacks 1:32,000; small sips keep even that within memory.
PACKED_SIP_BYTES = 8 << 10
MAX_EXPANSION = 1_000
EXPANSION_GRACE_BYTES = 1 << 30
ZSTD_WINDOW_BYTES = 1 << 31


class StreamError(SourceError):
    """A file that cannot be followed further, with the reason its quarantine row will carry."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Decompressor(Protocol):
    """The part that the four decompressors have in common."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - the standard library documents it

    @property
    def unused_data(self) -> bytes: ...  # noqa: D102 - the standard library documents it

    def decompress(self, data: bytes, /) -> bytes: ...  # noqa: D102 - as above


def _zstd() -> Decompressor:
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj()


def _decompressor(head: bytes) -> Callable[[], Decompressor] | None:
    """By the first bytes, not the name: a download is often unpacked without being renamed."""
    if head.startswith(b"\x1f\x8b\x08"):
        return lambda: zlib.decompressobj(wbits=31)
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return bz2.BZ2Decompressor
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMADecompressor
    if head.startswith(b"\x28\xb5\x2f\xfd") or head[1:4] == b"\x2a\x4d\x18":
        return _zstd
    return None


def _unpacked(file: IO[bytes], new: Callable[[], Decompressor]) -> Iterator[bytes]:
    """Decompress all members of a file, one after the other.

    Raises:
        SourceError: the file breaks off, is damaged, or grows beyond all measure.
    """
    decoder, started = new(), False
    n_packed = n_unpacked = 0
    while sip := file.read(PACKED_SIP_BYTES):
        n_packed += len(sip)
        while sip:
            if decoder.eof:
                # Archives on tapes and some writers pad with zeros; nothing is lost there.
                sip = sip.lstrip(b"\0")
                if not sip:
                    break
                decoder = new()
            try:
                piece = decoder.decompress(sip)
            except (zlib.error, OSError, EOFError, lzma.LZMAError, zstandard.ZstdError) as error:
                detail = f"damaged near packed byte {n_packed}: {error}"
                raise StreamError("truncated_file", detail) from error
            started = True
            sip = decoder.unused_data if decoder.eof else b""
            n_unpacked += len(piece)
            if n_unpacked > max(EXPANSION_GRACE_BYTES, n_packed * MAX_EXPANSION):
                raise StreamError(
                    "decompression_bomb",
                    f"grows more than {MAX_EXPANSION}-fold when unpacked "
                    f"({n_packed} to {n_unpacked} bytes)",
                )
            if piece:
                yield piece
    if started and not decoder.eof:
        raise StreamError("truncated_file", f"breaks off after {n_packed} packed bytes")


def _file_pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            new = _decompressor(file.read(16))
            file.seek(0)
            if new is not None:
                yield from _unpacked(file, new)
                return
            while piece := file.read(PIECE_BYTES):
                yield piece
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})") from error


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32, known by its byte order mark: it cannot be cut at line feeds."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def has_plain_lines(path: Path) -> bool:
    """Whether a file can be entered anywhere: it can be read, is not compressed, not in UTF-16."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    return _decompressor(head) is None and wide_encoding(head) is None


class Stream(NamedTuple):
    """Uncompressed content in pieces, and what was mended on the way to UTF-8 or CP949."""

    pieces: Iterator[bytes]
    repairs: tuple[str, ...]


def as_stream(pieces: Iterator[bytes]) -> Stream:
    """Recode UTF-16 and UTF-32 to UTF-8; leave all else as it is.

    Raises:
        SourceError: what the first piece raised.
    """
    first = next(pieces, b"")
    while 0 < len(first) < 4 and (more := next(pieces, b"")):
        first += more
    whole = chain((first,), pieces)
    encoding = wide_encoding(first)
    if encoding is None:
        return Stream(whole, ())
    return Stream(_recoded(whole, encoding), (f"encoding:{encoding}",))


def _recoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", True).encode()


def open_stream(path: Path) -> Stream:
    """Content of a plain or compressed file.

    Raises:
        SourceError: at once or while reading, after all that could be read was handed over.
    """
    return as_stream(_file_pieces(path))


def read_whole(path: Path, max_bytes: int) -> bytes:
    """Content of a plain or compressed file as it is, at most `max_bytes`.

    Raises:
        SourceError: the file cannot be read, or is larger.
    """
    pieces, size = [], 0
    for piece in _file_pieces(path):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise StreamError("too_large", f"larger than {max_bytes} bytes")
    return b"".join(pieces)


def plain_pieces(path: Path, start: int, stop: int) -> tuple[int, Iterator[bytes]]:
    """Lines of a plain file that begin in [start, stop), as pieces.

    Returns:
        The offset of the first such line (`stop` or beyond: there is none), and the pieces.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        first = _first_line_start(path, start, stop)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})") from error
    return first, _line_pieces(path, first, stop) if first < stop else iter(())


def _first_line_start(path: Path, start: int, stop: int) -> int:
    if start == 0:
        return 0
    with path.open("rb") as file:
        offset = start - 1
        file.seek(offset)
        while offset < stop and (piece := file.read(PIECE_BYTES)):
            if (at := piece.find(b"\n")) >= 0:
                return offset + at + 1
            offset += len(piece)
    return stop


def _line_pieces(path: Path, start: int, stop: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(start)
            offset = start
            while offset < stop and (piece := file.read(min(PIECE_BYTES, stop - offset))):
                offset += len(piece)
                yield piece
            if offset < stop or piece.endswith(b"\n"):
                return
            while piece := file.read(PIECE_BYTES):
                if (at := piece.find(b"\n")) >= 0:
                    yield piece[: at + 1]
                    return
                yield piece
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})") from error


class Lines(NamedTuple):
    """Whole lines, with their line feeds (the last line of a file may have none).

    `broken_end` is true where the file broke off inside the last line.
    """

    offset: int
    data: bytes
    broken_end: bool = False


class Trouble(NamedTuple):
    """Where a stream could not be followed, and why."""

    offset: int
    reason: Reason
    detail: str
    excerpt: str


def too_large(offset: int, max_bytes: int, head: bytes) -> Trouble:
    """The trouble of a line or record that is longer than anything sensible."""
    return Trouble(offset, "too_large", f"longer than {max_bytes} bytes", excerpt(head))


def stream_trouble(error: SourceError, offset: int) -> Trouble:
    """The trouble that a stream ended with."""
    reason = error.reason if isinstance(error, StreamError) else "unreadable_file"
    return Trouble(offset, reason, str(error), "")


def _slices(pieces: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The same bytes; a sip of a well packed file can be larger than a block."""
    for piece in pieces:
        if len(piece) <= max_bytes:
            yield piece
        else:
            starts = range(0, len(piece), max_bytes)
            yield from (piece[start : start + max_bytes] for start in starts)


def line_blocks(
    pieces: Iterator[bytes], offset: int, block_bytes: int, max_line_bytes: int
) -> Iterator[Lines | Trouble]:
    """Cut a stream at line feeds into blocks of about `block_bytes`, however long its lines are.

    A line longer than `max_line_bytes` is passed over without being held in memory.
    """
    held: list[bytes] = []
    size = cut = 0
    passing_over = False
    try:
        for piece in _slices(pieces, block_bytes):
            if passing_over:
                end = piece.find(b"\n") + 1
                offset += end or len(piece)
                if not end:
                    continue
                piece, passing_over = piece[end:], False
            if end := piece.rfind(b"\n") + 1:
                cut = size + end
            held.append(piece)
            size += len(piece)
            if cut and size >= block_bytes:
                data = b"".join(held)
                yield Lines(offset, data[:cut])
                offset += cut
                held, size, cut = [data[cut:]], size - cut, 0
            elif not cut and size > max_line_bytes:
                yield too_large(offset, max_line_bytes, held[0])
                offset += size
                held, size, passing_over = [], 0, True
    except SourceError as error:
        data = b"".join(held)
        if data:
            yield Lines(offset, data, broken_end=not data.endswith(b"\n"))
        yield stream_trouble(error, offset + len(data))
        return
    if size:
        yield Lines(offset, b"".join(held))
