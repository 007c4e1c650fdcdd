"""How the files of a source are cut into chunks, whatever the number of workers.

A *group* is one file, or consecutive small files. A *chunk* is about `chunk_bytes` of a group's
uncompressed content and becomes one part. Plain JSON lines and Parquet are entered anywhere; all
else is streamed past, which is cheap beside parsing, so that several workers can share one
compressed giant: each streams all of it and parses its own chunks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from bllossom_data.errors import SourceError
from pipelines.readers.batches import MIB, RAW_SCHEMA, Block, RawBatch, SourceSpec
from pipelines.readers.files import PACKED_SUFFIXES, SourceFile
from pipelines.readers.lines import line_file_blocks, line_range_blocks
from pipelines.readers.parquet import parquet_blocks, row_ranges
from pipelines.readers.streams import has_plain_lines
from pipelines.readers.tables import table_file_blocks
from pipelines.readers.text import Parse, parse_markdown, parse_text, whole_file_blocks

CHUNK_BYTES = 64 * MIB
BLOCK_BYTES = 8 * MIB
CHECKED_BYTES = MIB
WHOLE_FILE_FORMATS = ("text", "markdown", "html", "hwpx")


@dataclass(frozen=True, slots=True)
class FileGroup:
    """One file, or consecutive small files, of one format.

    Attributes:
        index: place in the plan; the first number in the name of every part made from it.
        files: in the order of the source.
        n_chunks: None where it is known only after reading.
        chunk_bytes: uncompressed content per chunk.
    """

    index: int
    files: tuple[SourceFile, ...]
    n_chunks: int | None
    chunk_bytes: int

    @property
    def size_bytes(self) -> int:
        """Size on disk."""
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Work for one worker: chunks `first`, `first + stride`, `first + 2 * stride`… of a group."""

    group: FileGroup
    first: int
    stride: int

    def wants(self, chunk: int) -> bool:
        """Whether a chunk is part of this work."""
        return chunk >= self.first and (chunk - self.first) % self.stride == 0


def plan_chunks(
    files: Sequence[SourceFile], chunk_bytes: int = CHUNK_BYTES
) -> tuple[FileGroup, ...]:
    """Cut a source into groups; the plan follows from the files and `chunk_bytes` alone."""
    packs: list[list[SourceFile]] = []
    size = 0
    for file in files:
        if not packs or size + file.size_bytes > chunk_bytes:
            packs.append([])
            size = 0
        packs[-1].append(file)
        size += file.size_bytes
    return tuple(
        FileGroup(index, tuple(pack), _count_chunks(pack, chunk_bytes), chunk_bytes)
        for index, pack in enumerate(packs)
    )


def _count_chunks(pack: list[SourceFile], chunk_bytes: int) -> int | None:
    format_name = pack[0].format
    if format_name in WHOLE_FILE_FORMATS:
        return 1
    if format_name == "parquet":
        return len(row_ranges(pack, chunk_bytes))
    if any(file.origin.lower().endswith((*PACKED_SUFFIXES, ".zip")) for file in pack):
        return None
    size_bytes = sum(file.size_bytes for file in pack)
    if size_bytes <= chunk_bytes:
        return 1
    if format_name == "jsonl" and has_plain_lines(pack[0].path):
        return -(-size_bytes // chunk_bytes)
    return None


def plan_tasks(groups: Sequence[FileGroup], n_workers: int) -> tuple[ReadTask, ...]:
    """Cut a plan into work for `n_workers`, in the order of the plan; they end with equal parts.

    A group of unknown length goes to one worker, unless it is more than a worker's fair share of
    all of those: then all of them share it.
    """
    fair_share = sum(group.size_bytes for group in groups if group.n_chunks is None) / n_workers
    tasks = []
    for group in groups:
        if group.n_chunks is not None:
            stride = group.n_chunks
        else:
            stride = n_workers if group.size_bytes > fair_share else 1
        tasks += [ReadTask(group, first, stride) for first in range(stride)]
    return tuple(tasks)


def read_chunks(
    group: FileGroup, wanted: Callable[[int], bool], spec: SourceSpec
) -> Iterator[tuple[int, RawBatch]]:
    """Batches of the wanted chunks, in order; a chunk without rows has one empty batch.

    What cannot be read is in the batches' `rejected`; nothing is raised for it.
    """
    block_bytes = min(BLOCK_BYTES, group.chunk_bytes)
    if group.n_chunks is not None and group.n_chunks > 1:
        for chunk in filter(wanted, range(group.n_chunks)):
            blocks = _seek_blocks(group, chunk, spec, block_bytes)
            yield from ((chunk, batch) for batch in _or_empty(block.load() for block in blocks))
        return
    if group.n_chunks == 1 and not wanted(0):
        return
    chunk = filled = n_blocks = 0
    for block in _stream_blocks(group, spec, block_bytes):
        if group.n_chunks is None and filled >= group.chunk_bytes:
            chunk, filled = chunk + 1, 0
        filled += block.n_bytes
        n_blocks += 1
        if wanted(chunk):
            yield chunk, block.load()
    if not n_blocks and wanted(0):
        yield from ((0, batch) for batch in _or_empty(iter(())))


def check_columns(files: Sequence[SourceFile], spec: SourceSpec) -> None:
    """Look at the beginning of the first file, before a long build finds nothing in any of them.

    Raises:
        SourceError: its rows have no such text column; the message names those there are.
    """
    group = plan_chunks(files[:1], CHECKED_BYTES)[0]
    _, batch = next(read_chunks(group, lambda chunk: chunk == 0, spec))
    wrong = [
        row for row in batch.rejected if row.reason in ("missing_text_column", "text_not_string")
    ]
    if wrong and batch.rows.is_empty():
        raise SourceError(f"source {spec.name!r}: {files[0].path}: {wrong[0].detail}")


def _or_empty(batches: Iterator[RawBatch]) -> Iterator[RawBatch]:
    first = next(batches, None)
    yield first or RawBatch(pl.DataFrame(schema=RAW_SCHEMA), (), 0, 0)
    yield from batches


def _seek_blocks(
    group: FileGroup, chunk: int, spec: SourceSpec, block_bytes: int
) -> Iterator[Block]:
    if group.files[0].format == "parquet":
        ranges = row_ranges(group.files, group.chunk_bytes)[chunk]
        return parquet_blocks(ranges, spec, block_bytes)
    start = chunk * group.chunk_bytes
    stop = min(start + group.chunk_bytes, group.size_bytes)
    return line_range_blocks(group.files[0], spec, block_bytes, start, stop)


def _stream_blocks(group: FileGroup, spec: SourceSpec, block_bytes: int) -> Iterator[Block]:
    """Blocks of all files of a group, from the beginning; some readers take long to import."""
    format_name = group.files[0].format
    if format_name == "parquet":
        ranges = row_ranges(group.files, group.chunk_bytes)
        yield from parquet_blocks([part for chunk in ranges for part in chunk], spec, block_bytes)
    elif format_name in WHOLE_FILE_FORMATS:
        yield from whole_file_blocks(group.files, spec, block_bytes, _parser(format_name))
    else:
        read = _file_reader(format_name)
        for file in group.files:
            yield from read(file, spec, block_bytes)


def _file_reader(format_name: str) -> Callable[[SourceFile, SourceSpec, int], Iterator[Block]]:
    if format_name == "jsonl":
        return line_file_blocks
    if format_name in ("csv", "tsv"):
        return table_file_blocks
    if format_name == "json":
        from pipelines.readers.json_records import json_file_blocks

        return json_file_blocks
    from pipelines.readers.korean_corpora import corpus_blocks

    return corpus_blocks


def _parser(format_name: str) -> Parse:
    if format_name == "text":
        return parse_text
    if format_name == "markdown":
        return parse_markdown
    if format_name == "html":
        from pipelines.readers.webpages import parse_page

        return parse_page
    from pipelines.readers.hwpx import parse_hwpx

    return parse_hwpx
