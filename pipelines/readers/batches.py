"""What every reader hands over: rows of raw text, the rows that were refused, the bytes read.

A reader yields `Block`s: cheap to obtain (bytes already cut at record boundaries), dear to load
(parsed). So a worker that streams past a compressed file pays only for the chunks it wants.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import orjson
import polars as pl
import pyarrow as pa

from pipelines.readers.front_matter import split_front_matter

MIB = 1 << 20
MAX_METADATA_BYTES = 16 << 10
EXCERPT_CHARS = 200

RAW_SCHEMA = pl.Schema(
    {
        "text": pl.String(),
        "source_id": pl.String(),
        "url": pl.String(),
        "origin": pl.String(),
        "position": pl.Int64(),
        "repairs": pl.List(pl.String()),
        "metadata": pl.String(),
    }
)

Reason = Literal[
    "bad_archive",
    "bad_json",
    "bad_row",
    "bad_xml",
    "decompression_bomb",
    "empty_text",
    "missing_records",
    "missing_text_column",
    "no_extraction",
    "not_an_object",
    "text_not_string",
    "too_large",
    "truncated_file",
    "unclosed_quote",
    "undecodable",
    "unreadable_file",
    "unreadable_rows",
    "unsafe_xml",
]


class Rejected(NamedTuple):
    """A row, or a file, that could not be taken.

    Attributes:
        origin: file path relative to the source's root.
        position: byte offset or row number where the trouble begins.
        reason: a fixed word, countable.
        detail: what exactly was wrong, for a person.
        excerpt: the first characters of what was refused.
    """

    origin: str
    position: int
    reason: Reason
    detail: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """How the rows of one source are understood.

    Attributes:
        name: name of the source in the recipe; the first part of every part's name.
        license: licence of its texts.
        text_columns: columns that hold the text; several are joined with a line break.
        id_column: column with the source's own identifier; may be absent from the rows.
        url_column: column with the address; may be absent from the rows.
        max_document_bytes: longer lines, records and files are quarantined.
        markup: `markdown`: front matter in a text column is taken off and joins the other columns.
    """

    name: str
    license: str
    text_columns: tuple[str, ...] = ("text",)
    id_column: str = "id"
    url_column: str = "url"
    max_document_bytes: int = 256 * MIB
    markup: Literal["plain", "markdown"] = "plain"


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Rows as they came.

    Attributes:
        rows: columns of `RAW_SCHEMA`, in the order of the source.
        rejected: rows and files that could not be taken, in the order of the source.
        n_bytes: uncompressed bytes read for this batch.
        n_metadata_dropped: rows whose other columns were too large to carry along.
    """

    rows: pl.DataFrame
    rejected: tuple[Rejected, ...]
    n_bytes: int
    n_metadata_dropped: int


class Block(NamedTuple):
    """Bytes of a source, cut at record boundaries, and how to turn them into rows."""

    n_bytes: int
    load: Callable[[], RawBatch]


def excerpt(raw: bytes | str) -> str:
    """The first characters of something refused, as valid text whatever it was."""
    if isinstance(raw, bytes):
        return raw[: 4 * EXCERPT_CHARS].decode("utf-8", "replace")[:EXCERPT_CHARS]
    return raw[:EXCERPT_CHARS].encode("utf-8", "replace").decode()


def rejected_batch(rejected: Rejected, n_bytes: int = 0) -> RawBatch:
    """A batch of no rows that says why there are none."""
    return RawBatch(pl.DataFrame(schema=RAW_SCHEMA), (rejected,), n_bytes, 0)


def rejected_block(rejected: Rejected, n_bytes: int = 0) -> Block:
    """A block of no rows that says why there are none."""
    return Block(n_bytes, lambda: rejected_batch(rejected, n_bytes))


def _plain(value: object) -> str:
    # An image inside a table row is not metadata; its size is.
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)


class RowCollector:
    """Turns parsed records into the columns of a `RawBatch`, one record at a time."""

    def __init__(self, spec: SourceSpec) -> None:
        self._spec = spec
        self._only_text = spec.text_columns[0] if len(spec.text_columns) == 1 else None
        self._id_column, self._url_column = spec.id_column, spec.url_column
        self._has_front_matter = spec.markup == "markdown"
        self._rows: list[tuple[Any, ...]] = []
        self._rejected: list[Rejected] = []
        self._n_metadata_dropped = 0

    def add(
        self, record: object, origin: str, position: int, repairs: tuple[str, ...] = ()
    ) -> None:
        """Take one record (which is consumed: its columns are removed from it)."""
        if not isinstance(record, dict):
            detail = f"a record is an object with columns, this is {type(record).__name__}"
            self.reject(Rejected(origin, position, "not_an_object", detail, excerpt(str(record))))
            return
        text = record.get(self._only_text)
        if type(text) is str:
            del record[self._only_text]
        else:
            joined = self._text_of(record, origin, position)
            if joined is None:
                return
            text = joined
        if self._has_front_matter and text.startswith(("---", "+++")):
            keys, text = split_front_matter(text)
            record.update({key: value for key, value in keys.items() if key not in record})
        source_id = record.pop(self._id_column, None)
        if source_id is not None and type(source_id) is not str:
            if type(source_id) is int:
                source_id = str(source_id)
            else:
                record[self._id_column], source_id = source_id, None
        url = record.pop(self._url_column, None)
        if url is not None and type(url) is not str:
            record[self._url_column], url = url, None
        metadata = self._metadata_of(record) if record else "{}"
        self._rows.append((text, source_id, url, origin, position, repairs, metadata))

    def _text_of(self, record: dict[str, object], origin: str, position: int) -> str | None:
        """The text of an unusual record: several columns, an empty one, or None: refused."""
        columns = list(record)
        texts = []
        for column in self._spec.text_columns:
            if column not in columns:
                detail = missing_column_detail(column, columns)
                self.reject(Rejected(origin, position, "missing_text_column", detail, ""))
                return None
            value = record.pop(column)
            if value is not None and not isinstance(value, str):
                detail = f'column "{column}" holds {type(value).__name__}, not text'
                shown = excerpt(str(value))
                self.reject(Rejected(origin, position, "text_not_string", detail, shown))
                return None
            if value:
                texts.append(value)
        return "\n".join(texts)

    def _metadata_of(self, record: dict[str, object]) -> str:
        try:
            encoded = orjson.dumps(record, default=_plain, option=orjson.OPT_NON_STR_KEYS)
        except TypeError:
            encoded = None
        if encoded is None or len(encoded) > MAX_METADATA_BYTES:
            self._n_metadata_dropped += 1
            return "{}"
        return encoded.decode()

    def reject(self, rejected: Rejected) -> None:
        """Note something that could not be taken."""
        self._rejected.append(rejected)

    def batch(self, n_bytes: int) -> RawBatch:
        """All that was taken and refused so far; `n_bytes` is what was read for it."""
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * len(RAW_SCHEMA)
        rows = pl.DataFrame(
            [
                list_series(values).alias(name)
                if dtype == pl.List
                else pl.Series(name, values, dtype=dtype)
                for (name, dtype), values in zip(RAW_SCHEMA.items(), columns, strict=True)
            ]
        )
        return RawBatch(rows, tuple(self._rejected), n_bytes, self._n_metadata_dropped)


def list_series(rows: Sequence[Sequence[str]]) -> pl.Series:
    """A column of lists of text; through Arrow, as Polars makes a series of every row."""
    offsets = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    values = pa.array([value for row in rows for value in row], pa.string())
    return cast(pl.Series, pl.from_arrow(pa.ListArray.from_arrays(pa.array(offsets), values)))


def missing_column_detail(column: str, columns: list[str]) -> str:
    """Says which column is missing and which ones there are."""
    there = ", ".join(columns) or "none"
    return f'no column "{column}"; there are: {there}; set text_columns in the recipe'
