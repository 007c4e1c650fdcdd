"""JSON documents that hold many records, and what can be saved of damaged ones."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

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
from pipelines.readers.json_scanner import Span, record_spans, record_starts
from pipelines.readers.json_values import load_fast, load_value
from pipelines.readers.streams import Stream, Trouble, open_stream, stream_trouble, too_large

Shape = Callable[[dict[str, Any]], dict[str, Any]]


class _Item(NamedTuple):
    origin: str
    found: Span | Trouble
    repairs: tuple[str, ...]


def json_file_blocks(file: SourceFile, spec: SourceSpec, block_bytes: int) -> Iterator[Block]:
    """Blocks of a `.json` file: an array of records, or records one after the other."""
    try:
        stream = open_stream(file.path)
    except SourceError as error:
        yield rejected_block(Rejected(file.origin, *stream_trouble(error, 0)))
        return
    yield from document_blocks([(file.origin, stream)], spec, block_bytes)


def document_blocks(
    documents: Iterable[tuple[str, Stream | Trouble]],
    spec: SourceSpec,
    block_bytes: int,
    anchor: re.Pattern[bytes] | None = None,
    shape: Shape = lambda record: record,
) -> Iterator[Block]:
    """Blocks of records out of many JSON documents, small documents together.

    Args:
        documents: origin and content of each, or why it has none.
        spec: how the records are understood.
        block_bytes: about how much a block holds.
        anchor: see `record_spans`.
        shape: gives a parsed record the columns that `spec` names.
    """
    held: list[_Item] = []
    size = 0
    for origin, stream in documents:
        if isinstance(stream, Trouble):
            held.append(_Item(origin, stream, ()))
            continue
        for found in record_spans(stream, anchor, spec.max_document_bytes):
            held.append(_Item(origin, found, stream.repairs))
            size += len(found.data) if isinstance(found, Span) else 0
            if size >= block_bytes:
                yield _block(held, size, spec, shape)
                held, size = [], 0
    if held:
        yield _block(held, size, spec, shape)


def _block(items: list[_Item], size: int, spec: SourceSpec, shape: Shape) -> Block:
    def load() -> RawBatch:
        collector = RowCollector(spec)
        for item in items:
            _take(item, collector, spec, shape)
        return collector.batch(size)

    return Block(size, load)


def _take(item: _Item, collector: RowCollector, spec: SourceSpec, shape: Shape) -> None:
    origin, found, repairs = item
    if isinstance(found, Trouble):
        collector.reject(Rejected(origin, *found))
        return
    if found.is_record and len(found.data) <= spec.max_document_bytes:
        loaded = load_fast(found.data)
        if loaded.problem is None:
            value = loaded.value
            record = shape(value) if isinstance(value, dict) else value
            collector.add(record, origin, found.offset, repairs + loaded.repairs)
            return
    for part in _salvage(found, spec.max_document_bytes):
        if isinstance(part, Trouble):
            collector.reject(Rejected(origin, *part))
            continue
        record = shape(part.record)
        # Objects inside the damaged record may begin like it; those without text are no records.
        if all(column in record for column in spec.text_columns):
            collector.add(record, origin, part.offset, repairs + part.repairs)


class _Saved(NamedTuple):
    offset: int
    record: dict[str, Any]
    repairs: tuple[str, ...]


def _salvage(span: Span, max_bytes: int) -> Iterator[_Saved | Trouble]:
    """Whole records inside a damaged stretch, and the stretches that stay damaged."""
    starts = record_starts(span.data)
    for start, stop in zip(starts, [*starts[1:], len(span.data)], strict=True):
        piece = span.data[start:stop]
        if stop - start > max_bytes:
            yield too_large(span.offset + start, max_bytes, piece)
            continue
        loaded = load_value(piece[: _end_of_object(piece)])
        if loaded.problem is not None:
            yield Trouble(span.offset + start, *loaded.problem, excerpt(piece))
        elif isinstance(loaded.value, dict):
            yield _Saved(span.offset + start, loaded.value, loaded.repairs)
        else:
            detail = f"a record is an object, this is {type(loaded.value).__name__}"
            yield Trouble(span.offset + start, "not_an_object", detail, excerpt(piece))


def _end_of_object(piece: bytes) -> int:
    """Where the object that opens a piece ends; all of the piece where that cannot be told."""
    # Latin-1 keeps every byte in its place, and JSON's own characters are ASCII.
    text = piece.decode("latin-1")
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[1]
    except (ValueError, RecursionError):
        return len(piece)
