"""From raw rows to ingest parts: normalised text, its identity, and the rows that were refused.

One chunk of a source becomes one Parquet part with a fixed name and, whoever makes it, the same
bytes. What the chunk had to leave out is in `quarantine/<part>.jsonl`, and the counts travel in
the part itself, so that a build that goes on after a stop still knows them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from xxhash import xxh3_128_hexdigest

from bllossom_data.errors import SourceError
from bllossom_data.files import JSON, atomic_path, canonical_json, write_atomic
from bllossom_data.korean.normalization import normalize_series
from bllossom_data.records import DOCUMENT_SCHEMA
from pipelines.readers import FileGroup, RawBatch, ReadTask, Rejected, SourceSpec, read_chunks

COUNTS_KEY = b"bllossom.ingest.counts"
QUARANTINE = "quarantine"
# Every later step reads these parts again; only what is published is packed tightly.
COMPRESSION_LEVEL = 1
DICTIONARY_COLUMNS = ["source", "license", "origin"]


@dataclass(slots=True)
class IngestCounts:
    """What became of the rows of one part, or of several.

    Attributes:
        documents: rows that were taken.
        bytes_in: uncompressed bytes read (size on disk for whole-file formats).
        bytes_out: UTF-8 bytes of the texts that were taken.
        metadata_dropped: documents whose other columns were too large to keep.
        quarantined: rows and files that were refused, by reason.
        repairs: documents that were mended, by kind of repair.
    """

    documents: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    metadata_dropped: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)

    def add(self, other: "IngestCounts") -> None:
        """Add the counts of another part to these."""
        self.documents += other.documents
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.metadata_dropped += other.metadata_dropped
        self.quarantined.update(other.quarantined)
        self.repairs.update(other.repairs)

    def as_json(self) -> dict[str, JSON]:
        """These counts as plain data, the same in every build."""
        return {
            "documents": self.documents,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "metadata_dropped": self.metadata_dropped,
            "quarantined": dict(sorted(self.quarantined.items())),
            "repairs": dict(sorted(self.repairs.items())),
        }


def part_name(source: str, group: int, chunk: int) -> str:
    """Name of the part that a chunk becomes, in every step."""
    return f"{source}.{group:05d}.{chunk:05d}.parquet"


def ingest_task(task: ReadTask, spec: SourceSpec, folder: Path) -> dict[str, IngestCounts]:
    """Make the parts of a task that are not there yet.

    Args:
        task: which chunks of which group.
        spec: how its rows are understood.
        folder: where the parts go; the caller clears it when anything else has changed.

    Returns:
        Counts by name of part, of those that were made and of those that were there.

    Raises:
        OSError: a part could not be written.
    """
    group = task.group.index
    done: dict[str, IngestCounts] = {}

    def wanted(chunk: int) -> bool:
        name = part_name(spec.name, group, chunk)
        if not task.wants(chunk) or name in done:
            return False
        if (folder / name).exists():
            done[name] = read_counts(folder / name)
            return False
        return True

    for chunk, batches in groupby(read_chunks(task.group, wanted, spec), key=itemgetter(0)):
        name = part_name(spec.name, group, chunk)
        done[name] = _write_part(folder / name, (batch for _, batch in batches), spec)
    return done


def ingest_chunk(group: FileGroup, chunk: int, spec: SourceSpec, folder: Path) -> IngestCounts:
    """Make the part of one chunk, over whatever was there.

    Raises:
        SourceError: the group has no such chunk.
        OSError: the part could not be written.
    """
    batches = (batch for _, batch in read_chunks(group, lambda index: index == chunk, spec))
    first = next(batches, None)
    if first is None:
        raise SourceError(f"{group.files[0].path}: has no chunk {chunk}; count from 0")
    name = part_name(spec.name, group.index, chunk)
    return _write_part(folder / name, _chain(first, batches), spec)


def _chain(first: RawBatch, others: Iterator[RawBatch]) -> Iterator[RawBatch]:
    yield first
    yield from others


def read_counts(part: Path) -> IngestCounts:
    """Counts of a part that was made earlier.

    Raises:
        SourceError: the file is no ingest part.
    """
    try:
        stored = (pq.read_metadata(part).metadata or {}).get(COUNTS_KEY)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{part}: is damaged ({error}); remove it and build again") from error
    if stored is None:
        raise SourceError(f"{part}: is not a part of the ingest step; remove it and build again")
    values = json.loads(stored)
    values["quarantined"] = Counter(values["quarantined"])
    values["repairs"] = Counter(values["repairs"])
    return IngestCounts(**values)


def _write_part(path: Path, batches: Iterable[RawBatch], spec: SourceSpec) -> IngestCounts:
    """Write a part and what it refused; the part last, since it says that both are there."""
    counts = IngestCounts()
    refused: list[bytes] = []
    with atomic_path(path) as temporary:
        with pq.ParquetWriter(
            temporary,
            DOCUMENT_SCHEMA,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=DICTIONARY_COLUMNS,
        ) as writer:
            for batch in batches:
                documents, rejected = _documents(batch, spec)
                if len(documents):
                    writer.write_table(_to_arrow(documents))
                refused += [_quarantine_line(row) for row in rejected]
                _count(counts, batch, documents, rejected)
            writer.add_key_value_metadata({COUNTS_KEY: _counts_json(counts)})
        _write_quarantine(path.parent / QUARANTINE / f"{path.stem}.jsonl", refused)
    return counts


def _counts_json(counts: IngestCounts) -> bytes:
    values = {name: getattr(counts, name) for name in IngestCounts.__slots__}
    return canonical_json(values).encode()


def _write_quarantine(path: Path, lines: list[bytes]) -> None:
    if lines:
        write_atomic(path, b"".join(lines))
    else:
        path.unlink(missing_ok=True)


def _quarantine_line(rejected: Rejected) -> bytes:
    line = json.dumps(rejected._asdict(), ensure_ascii=False) + "\n"
    # Messages of the system may quote a file name that is not valid Unicode.
    return line.encode("utf-8", "replace")


def _documents(batch: RawBatch, spec: SourceSpec) -> tuple[pl.DataFrame, list[Rejected]]:
    """Normalised rows, and all that was refused."""
    texts, repairs = normalize_series(batch.rows["text"])
    empty = ~texts.str.contains(r"\S")
    rows = batch.rows.with_columns(
        texts.alias("text"),
        pl.concat_list(pl.col("repairs"), repairs.alias("mended")).alias("repairs"),
        pl.lit(spec.name).alias("source"),
        pl.lit(spec.license).alias("license"),
    )
    rejected = list(batch.rejected)
    if empty.any():
        places = rows.filter(empty).select("origin", "position").rows()
        rejected += [
            Rejected(origin, position, "empty_text", "no visible character in the text", "")
            for origin, position in places
        ]
        rows = rows.filter(~empty)
    return rows, rejected


def _to_arrow(rows: pl.DataFrame) -> pa.Table:
    columns = {
        column.name: rows[column.name].to_arrow().cast(column.type)
        for column in DOCUMENT_SCHEMA
        if column.name != "id"
    }
    columns["id"] = _identities(columns["text"])
    return pa.Table.from_pydict(columns, schema=DOCUMENT_SCHEMA)


def _identities(texts: pa.StringArray) -> pa.StringArray:
    """`document_id` of every text, from the bytes as they lie: no text is copied for it."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    content = memoryview(data or b"")
    return pa.array(
        [xxh3_128_hexdigest(content[start:end]) for start, end in pairwise(ends.tolist())],
        pa.string(),
    )


def _count(
    counts: IngestCounts, batch: RawBatch, documents: pl.DataFrame, rejected: list[Rejected]
) -> None:
    counts.documents += len(documents)
    counts.bytes_in += batch.n_bytes
    counts.bytes_out += int(documents["text"].str.len_bytes().sum())
    counts.metadata_dropped += batch.n_metadata_dropped
    counts.quarantined.update(row.reason for row in rejected)
    mended = documents["repairs"].explode().drop_nulls().value_counts()
    counts.repairs.update(dict(mended.rows()))
