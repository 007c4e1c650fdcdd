"""Parquet files, by row groups, or by parts of a row group that is too large for one chunk."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.errors import SourceError
from pipelines.readers.batches import (
    MIB,
    Block,
    RawBatch,
    Rejected,
    RowCollector,
    SourceSpec,
    missing_column_detail,
    rejected_block,
)
from pipelines.readers.files import SourceFile
from pipelines.readers.streams import stream_trouble

ARROW_ERRORS = (pa.ArrowException, OSError)
READ_BUFFER_BYTES = MIB


class RowRange(NamedTuple):
    """Rows [start, stop) of a row group, which begins at row `offset` of its file."""

    file: SourceFile
    row_group: int
    offset: int
    start: int
    stop: int
    row_bytes: float


def _open(file: SourceFile) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file.path, buffer_size=READ_BUFFER_BYTES, pre_buffer=False)
    except ARROW_ERRORS as error:
        raise SourceError(f"cannot be read as Parquet ({error})") from error


def row_ranges(files: Sequence[SourceFile], chunk_bytes: int) -> list[list[RowRange]]:
    """The chunks of a group of files: lists of row ranges of about `chunk_bytes` uncompressed.

    A file whose footer cannot be read takes part as one empty range: reading it says why.
    """
    chunks: list[list[RowRange]] = [[]]
    filled = 0.0
    for row_range in (part for file in files for part in _file_ranges(file, chunk_bytes)):
        size = (row_range.stop - row_range.start) * row_range.row_bytes
        if chunks[-1] and filled + size > chunk_bytes:
            chunks.append([])
            filled = 0.0
        chunks[-1].append(row_range)
        filled += size
    return chunks


def _file_ranges(file: SourceFile, chunk_bytes: int) -> Iterator[RowRange]:
    try:
        with _open(file) as parquet:
            metadata = parquet.metadata
    except SourceError:
        yield RowRange(file, 0, 0, 0, 0, 0.0)
        return
    offset = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        n_rows = group.num_rows
        row_bytes = group.total_byte_size / max(n_rows, 1)
        n_parts = max(1, min(n_rows, -(-group.total_byte_size // chunk_bytes)))
        for part in range(n_parts):
            start, stop = n_rows * part // n_parts, n_rows * (part + 1) // n_parts
            if start < stop:
                yield RowRange(file, index, offset, start, stop, row_bytes)
        offset += n_rows


def parquet_blocks(
    ranges: Sequence[RowRange], spec: SourceSpec, block_bytes: int
) -> Iterator[Block]:
    """Blocks of a chunk's row ranges."""
    for row_range in ranges:
        origin = row_range.file.origin
        try:
            with _open(row_range.file) as parquet:
                problem = _column_problem(parquet.schema_arrow, spec)
                if problem is None:
                    yield from _range_blocks(parquet, row_range, spec, block_bytes)
                elif row_range.offset + row_range.start == 0:
                    yield rejected_block(problem._replace(origin=origin))
        except SourceError as error:
            yield rejected_block(Rejected(origin, *stream_trouble(error, 0)))


def _column_problem(schema: pa.Schema, spec: SourceSpec) -> Rejected | None:
    for column in spec.text_columns:
        if column not in schema.names:
            detail = missing_column_detail(column, schema.names)
            return Rejected("", 0, "missing_text_column", detail, "")
        kind = schema.field(column).type
        value = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (
            pa.types.is_string(value)
            or pa.types.is_large_string(value)
            or pa.types.is_string_view(value)
            or pa.types.is_null(value)
        ):
            return Rejected("", 0, "text_not_string", f'column "{column}" holds {kind}', "")
    return None


def _range_blocks(
    parquet: pq.ParquetFile, row_range: RowRange, spec: SourceSpec, block_bytes: int
) -> Iterator[Block]:
    """Read a row group from its beginning, hand over the rows of the range."""
    n_rows = max(1, int(block_bytes / max(row_range.row_bytes, 1.0)))
    first = 0
    try:
        for batch in parquet.iter_batches(n_rows, row_groups=[row_range.row_group]):
            start, stop = max(row_range.start, first), min(row_range.stop, first + len(batch))
            if start < stop:
                wanted = batch.slice(start - first, stop - start)
                yield _block(wanted, row_range.file.origin, row_range.offset + start, spec)
            first += len(batch)
            if first >= row_range.stop:
                return
    except ARROW_ERRORS as error:
        position = row_range.offset + max(row_range.start, first)
        detail = f"row group {row_range.row_group}: {error}"
        yield rejected_block(
            Rejected(row_range.file.origin, position, "unreadable_rows", detail, "")
        )


def _block(batch: pa.RecordBatch, origin: str, position: int, spec: SourceSpec) -> Block:
    return Block(batch.nbytes, lambda: _parse(batch, origin, position, spec))


def _parse(batch: pa.RecordBatch, origin: str, position: int, spec: SourceSpec) -> RawBatch:
    collector = RowCollector(spec)
    if _is_valid(batch):
        _add_rows(batch, origin, position, collector)
        return collector.batch(batch.nbytes)
    for index in range(len(batch)):
        row = batch.slice(index, 1)
        if _is_valid(row):
            _add_rows(row, origin, position + index, collector)
        else:
            detail = "a text of this row is not UTF-8"
            collector.reject(Rejected(origin, position + index, "undecodable", detail, ""))
    return collector.batch(batch.nbytes)


def _is_valid(batch: pa.RecordBatch) -> bool:
    """Whether all text is UTF-8: Parquet promises it, nobody checks, and Polars relies on it."""
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _add_rows(batch: pa.RecordBatch, origin: str, position: int, collector: RowCollector) -> None:
    frame = cast(pl.DataFrame, pl.from_arrow(batch))
    for index, record in enumerate(frame.iter_rows(named=True)):
        collector.add(record, origin, position + index)
