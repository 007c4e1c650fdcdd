"""Instruction data as it is published: files in, conversations and refused rows out.

Every record of every file comes out, in order, as a conversation or as a refusal that says why; a
damaged file costs no more than what is damaged.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import orjson

from bllossom_data.errors import SourceError
from bllossom_data.examples import Message
from pipelines.instruction_layouts import LAYOUTS, Layout, RowError, conversation_of
from pipelines.readers.batches import MIB, excerpt
from pipelines.readers.files import PACKED_SUFFIXES, SourceFile, list_files
from pipelines.readers.json_values import load_fast
from pipelines.readers.streams import (
    Stream,
    Trouble,
    line_blocks,
    open_stream,
    stream_trouble,
)

__all__ = ["InstructionRow", "RefusedRow", "read_instructions"]

FORMATS = ("jsonl", "parquet")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLOCK_BYTES = 8 * MIB
MAX_RECORD_BYTES = 64 * MIB
BATCH_ROWS = 1_024
_SPLIT = re.compile(r"(?<![a-z])(train|test|validation|valid|dev)(?![a-z])")


@dataclass(frozen=True, slots=True)
class InstructionRow:
    """One conversation.

    Attributes:
        position: number of the record in its split, over all files in order, from 0; refused ones
            are counted, so that it does not move when one of them is mended.
        split: `train`, `test` or `validation`.
        source: what the row itself says of its source; empty where it says nothing.
        messages: its turns, in NFC.
        origin: file it stood in, relative to the path that was read.
        row: number of the record in that file, from 0.
        source_id: the source's own identifier, if the row has a column `id`.
    """

    position: int
    split: str
    source: str
    messages: tuple[Message, ...]
    origin: str
    row: int
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One record, or the rest of a file, that could not be taken.

    Attributes:
        position: number in its split, as in `InstructionRow`; None where it is no record.
        split: `train`, `test` or `validation`.
        origin: file it stood in, relative to the path that was read.
        row: number of the record in that file, from 0: where the trouble begins.
        reason: a fixed word, countable.
        detail: what exactly was wrong, for a person.
        excerpt: the first characters of what was refused.
    """

    position: int | None
    split: str
    origin: str
    row: int
    reason: str
    detail: str
    excerpt: str


class _Damage(NamedTuple):
    """Something in a file that cannot be parsed; `is_record` where it stands for one record."""

    error: RowError
    excerpt: str
    is_record: bool = True


_Found: TypeAlias = object
"""A parsed JSON value, or a `_Damage`."""


def read_instructions(
    path: Path, *, layout: Layout | None = None, split: str | None = None
) -> Iterator[InstructionRow | RefusedRow]:
    """Reads conversations from a file or from all files in a folder and the folders below it.

    Formats: JSON lines, JSON arrays (both also packed, such as `.gz` and `.zst`), Parquet; in a
    folder, other files are passed over. Layouts: LIMA (`conversations` of texts), Alpaca
    (`instruction`, `input`, `output`, `history`, `system`), ShareGPT (`conversations` of `from` and
    `value`), `messages` of `role` and `content`.

    Args:
        path: a file or a folder.
        layout: layout of every row; None: what the columns of each row tell.
        split: split of every row; None: what its column `split` says, else the name of the file or
            of a folder between `path` and it, else `train`.

    Yields:
        One row for each record, in the order of the files, and the damage that stands between them.

    Raises:
        SourceError: there is nothing to read, or `layout` is unknown. Nothing in a file raises.
    """
    if layout is not None and layout not in LAYOUTS:
        raise SourceError(f"layout {layout!r} is not known; allowed are {', '.join(LAYOUTS)}")
    return _rows(_files(path), layout, split)


def _files(path: Path) -> list[SourceFile]:
    if path.is_file():
        is_parquet = _plain_name(path).endswith((".parquet", ".pq"))
        return list(list_files(path, "parquet" if is_parquet else "jsonl"))
    found: list[SourceFile] = []
    for name in FORMATS:
        try:
            found += list_files(path, name)
        except SourceError:
            if not path.is_dir():
                raise
    if not found:
        raise SourceError(f"{path}: no *.jsonl, *.json or *.parquet file to read; check the path")
    return sorted(found, key=lambda file: file.origin)


def _plain_name(path: Path) -> str:
    """Name of a file without the suffix of its packing."""
    name = path.name.lower()
    for packed in PACKED_SUFFIXES:
        name = name.removesuffix(packed)
    return name


def _split_of(file: SourceFile) -> str:
    """The split that the nearest name below the path says: of the file, else of its folders."""
    for name in reversed(file.origin.split("/")):
        found = _SPLIT.findall(name.lower())
        if found:
            return "validation" if found[-1] in ("valid", "dev") else str(found[-1])
    return "train"


def _own_split(found: _Found) -> str | None:
    said = found.get("split") if isinstance(found, dict) else None
    return said if said in ("train", "validation", "test") else None


def _rows(
    files: list[SourceFile], layout: Layout | None, split: str | None
) -> Iterator[InstructionRow | RefusedRow]:
    positions: dict[str, int] = {}
    for file in files:
        of_file = split or _split_of(file)
        row = 0
        for found in _records(file):
            name = of_file if split else _own_split(found) or of_file
            if isinstance(found, _Damage) and not found.is_record:
                yield RefusedRow(None, name, file.origin, row, *found.error, found.excerpt)
                continue
            position = positions.get(name, 0)
            positions[name] = position + 1
            yield _row(found, position, name, file.origin, row, layout)
            row += 1


def _row(
    found: _Found, position: int, split: str, origin: str, row: int, layout: Layout | None
) -> InstructionRow | RefusedRow:
    if isinstance(found, _Damage):
        return RefusedRow(position, split, origin, row, *found.error, found.excerpt)
    if not isinstance(found, dict):
        detail = f"a record is an object with columns, this is {type(found).__name__}"
        shown = excerpt(str(found))
        return RefusedRow(position, split, origin, row, "not_an_object", detail, shown)
    messages = conversation_of(found, layout, is_test=split == "test")
    if isinstance(messages, RowError):
        return RefusedRow(position, split, origin, row, *messages, excerpt(str(found)))
    source = found.get("source")
    told = source if isinstance(source, str) else ""
    own = found.get("id")
    source_id = str(own) if isinstance(own, str | int) and not isinstance(own, bool) else None
    return InstructionRow(position, split, told, messages, origin, row, source_id or None)


def _records(file: SourceFile) -> Iterator[_Found]:
    if file.format == "parquet":
        return _parquet_records(file)
    return _json_records(file)


def _json_records(file: SourceFile) -> Iterator[_Found]:
    try:
        stream = open_stream(file.path)
        head: list[bytes] = []
        for piece in stream.pieces:
            head.append(piece)
            if b"".join(head).removeprefix(BYTE_ORDER_MARK).strip():
                break
    except SourceError as error:
        yield _damage(stream_trouble(error, 0))
        return
    whole = Stream(chain(head, stream.pieces), stream.repairs)
    is_array = b"".join(head).removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"[")
    if is_array or _plain_name(file.path).endswith(".json"):
        yield from _document_records(whole)
    else:
        yield from _line_records(whole)


def _line_records(stream: Stream) -> Iterator[_Found]:
    for lines in line_blocks(stream.pieces, 0, BLOCK_BYTES, MAX_RECORD_BYTES):
        if isinstance(lines, Trouble):
            yield _damage(lines, is_record=lines.reason == "too_large")
            continue
        for line in lines.data.split(b"\n"):
            if line.removeprefix(BYTE_ORDER_MARK).strip():
                yield _loaded(line)


def _document_records(stream: Stream) -> Iterator[_Found]:
    """Records of one document: parsed at once if it is small and sound, else one by one."""
    begin: list[bytes] = []
    error: SourceError | None = None
    try:
        for piece in stream.pieces:
            begin.append(piece)
            if sum(map(len, begin)) > BLOCK_BYTES:
                break
        else:
            found = orjson.loads(b"".join(begin).removeprefix(BYTE_ORDER_MARK))
            if isinstance(found, list) and all(isinstance(one, dict) for one in found):
                yield from found
                return
    except orjson.JSONDecodeError:
        pass
    except SourceError as caught:
        error = caught
    yield from _spanned_records(Stream(_again(begin, stream.pieces, error), stream.repairs))


def _again(begin: list[bytes], rest: Iterator[bytes], error: SourceError | None) -> Iterator[bytes]:
    yield from begin
    if error is not None:
        raise error
    yield from rest


def _spanned_records(stream: Stream) -> Iterator[_Found]:
    # Its kernels are compiled by numba, which is slow to import.
    from pipelines.readers.json_scanner import record_spans

    for found in record_spans(stream, None, MAX_RECORD_BYTES):
        if isinstance(found, Trouble):
            yield _damage(found, is_record=found.reason == "too_large")
        elif found.is_record:
            yield _loaded(found.data)
        else:
            error = RowError("bad_json", f"no record, at byte {found.offset}")
            yield _Damage(error, excerpt(found.data))


def _loaded(raw: bytes) -> _Found:
    loaded = load_fast(raw)
    if loaded.problem is None:
        return loaded.value
    return _Damage(RowError(*loaded.problem), excerpt(raw))


def _damage(trouble: Trouble, *, is_record: bool = False) -> _Damage:
    return _Damage(RowError(trouble.reason, trouble.detail), trouble.excerpt, is_record)


def _parquet_records(file: SourceFile) -> Iterator[_Found]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(BATCH_ROWS):
                yield from _batch_records(batch)
    except (pa.ArrowException, OSError) as error:
        yield _Damage(
            RowError("unreadable_rows", f"cannot be read as Parquet ({error})"), "", False
        )


def _batch_records(batch: Any) -> Iterator[_Found]:
    """Rows of a batch, each by itself: Parquet promises UTF-8, and nobody checks."""
    for index in range(len(batch)):
        try:
            yield batch.slice(index, 1).to_pylist()[0]
        except UnicodeDecodeError:
            yield _Damage(RowError("undecodable", "a text of this row is not UTF-8"), "")
