"""JSON lines: one object per line, plain or compressed, however large the file."""

import gc
from collections.abc import Iterator

import orjson

from bllossom_data.errors import SourceError
from pipelines.readers.batches import (
    Block,
    RawBatch,
    Rejected,
    RowCollector,
    SourceSpec,
    excerpt,
    rejected_block,
)
from pipelines.readers.files import SourceFile
from pipelines.readers.json_values import load_value
from pipelines.readers.streams import (
    Lines,
    Trouble,
    line_blocks,
    open_stream,
    plain_pieces,
    stream_trouble,
    too_large,
)


def line_file_blocks(file: SourceFile, spec: SourceSpec, block_bytes: int) -> Iterator[Block]:
    """Blocks of a whole file, plain or compressed, as a stream."""
    try:
        stream = open_stream(file.path)
    except SourceError as error:
        yield rejected_block(Rejected(file.origin, *stream_trouble(error, 0)))
        return
    cut = line_blocks(stream.pieces, 0, block_bytes, spec.max_document_bytes)
    yield from (_block(item, file.origin, spec, stream.repairs) for item in cut)


def line_range_blocks(
    file: SourceFile, spec: SourceSpec, block_bytes: int, start: int, stop: int
) -> Iterator[Block]:
    """Blocks of the lines of a plain file that begin in bytes [start, stop)."""
    try:
        first, pieces = plain_pieces(file.path, start, stop)
    except SourceError as error:
        yield rejected_block(Rejected(file.origin, *stream_trouble(error, start)))
        return
    cut = line_blocks(pieces, first, block_bytes, spec.max_document_bytes)
    yield from (_block(item, file.origin, spec, ()) for item in cut)


def _block(item: Lines | Trouble, origin: str, spec: SourceSpec, repairs: tuple[str, ...]) -> Block:
    if isinstance(item, Trouble):
        return rejected_block(Rejected(origin, *item))
    return Block(len(item.data), lambda: _parse(item, origin, spec, repairs))


def _parse(lines: Lines, origin: str, spec: SourceSpec, repairs: tuple[str, ...]) -> RawBatch:
    collector = RowCollector(spec)
    # Parsed rows hold no cycles, but looking for some among them takes a third of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        _collect(lines, origin, spec, repairs, collector)
    finally:
        if collects:
            gc.enable()
    return collector.batch(len(lines.data))


def _collect(
    lines: Lines,
    origin: str,
    spec: SourceSpec,
    repairs: tuple[str, ...],
    collector: RowCollector,
) -> None:
    add, loads = collector.add, orjson.loads
    position = lines.offset
    for line in lines.data.split(b"\n"):
        try:
            if len(line) <= spec.max_document_bytes:
                add(loads(line), origin, position, repairs)
            else:
                trouble = too_large(position, spec.max_document_bytes, line)
                collector.reject(Rejected(origin, *trouble))
        except orjson.JSONDecodeError:
            _mend(line, origin, position, collector, repairs)
        position += len(line) + 1


def _mend(
    line: bytes, origin: str, position: int, collector: RowCollector, repairs: tuple[str, ...]
) -> None:
    if not line.removeprefix(b"\xef\xbb\xbf").strip():
        return
    loaded = load_value(line)
    if loaded.problem is None:
        collector.add(loaded.value, origin, position, repairs + loaded.repairs)
    else:
        collector.reject(Rejected(origin, position, *loaded.problem, excerpt(line)))
