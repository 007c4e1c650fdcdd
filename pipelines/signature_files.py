"""Signature files and the tables read from them: what near-duplicate search keeps per document.

A signature file holds one row per kept document of a part and carries the part's name. The numbers
in it are hashes, so they do not compress; at 16 bands a row is 152 bytes, where 112 minima of 64
bits would be 896.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bllossom_data.corpus.minhash import MinHashConfig, sign
from bllossom_data.errors import StepError
from bllossom_data.files import atomic_path

__all__ = [
    "Documents",
    "check_signature_file",
    "id_texts",
    "read_band",
    "read_batches",
    "read_columns",
    "read_documents",
    "write_atomically",
    "write_signatures",
]

ROWS_AT_ONCE = 2_048
ROWS_PER_GROUP = 65_536
CONFIG_KEY = b"bllossom.minhash"
ID_CHARS = 32

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Documents:
    """Every kept document, part by part in the order of part names.

    Attributes:
        parts: part names, ascending.
        starts: documents of part p are `starts[p]:starts[p + 1]`.
        rows: row of each document in its part.
        qualities: its quality score, NaN where there is none.
        ranks: rank of its id among the distinct ids.
        id_words: the distinct ids, ascending: shape (ids, 2), upper and lower 64 bits.
        sizes: distinct shingles of each distinct id.
    """

    parts: list[str]
    starts: NDArray[np.int64]
    rows: NDArray[np.uint32]
    qualities: NDArray[np.float32]
    ranks: NDArray[np.uint32]
    id_words: NDArray[np.uint64]
    sizes: NDArray[np.uint32]


def write_signatures(
    document_part: Path, decision_part: Path, output_file: Path, config: MinHashConfig
) -> int:
    """Write the signatures of the kept documents of one part; return how many there are.

    Columns: row (uint32), id_high and id_low (uint64), size (uint32, distinct shingles) and one
    uint64 key per band. `output_file` must carry the part's name.

    Raises:
        StepError: the two parts do not have the same rows, or an id is not 32 hexadecimal digits.
    """
    kept = read_columns(decision_part, ["kept"])["kept"].to_numpy()
    schema = _schema(config)
    batches = []
    first = 0
    for batch in read_batches(document_part, ["id", "text"]):
        chosen = np.flatnonzero(kept[first : first + len(batch)])
        documents = batch.take(pa.array(chosen))
        signatures = sign(documents["text"], config)
        id_words = _id_words(documents["id"], document_part)
        columns = [chosen + first, *id_words.T, signatures.sizes, *signatures.keys.T]
        arrays = [
            pa.array(np.ascontiguousarray(values), type=field.type)
            for values, field in zip(columns, schema, strict=True)
        ]
        batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
        first += len(batch)
    if first != len(kept):
        raise StepError(
            f"{document_part} has {first:,} rows but {decision_part} has {len(kept):,}: "
            "the parts belong to different builds; run the decide step again"
        )
    # Hashes do not compress; a dictionary of them only costs time.
    write_atomically(pa.Table.from_batches(batches, schema), output_file, compression="none")
    return int(kept.sum())


def check_signature_file(
    file: Path, texts: Mapping[str, Path], decisions: Mapping[str, Path], config: MinHashConfig
) -> None:
    """Make sure that a signature file has its parts and was made with these settings.

    Raises:
        StepError: a part is missing, or the settings differ.
    """
    for step, parts in (("ingest", texts), ("decide", decisions)):
        if file.name not in parts:
            raise StepError(f"{file} has no {step} part of the same name: run {step} again")
    found = (pq.read_schema(file).metadata or {}).get(CONFIG_KEY)
    if found != _config_text(config):
        raise StepError(
            f"{file} was made with {(found or b'nothing').decode()}, the recipe says "
            f"{_config_text(config).decode()}: delete the signatures and run deduplicate again"
        )


def read_documents(files: Sequence[Path], decisions: Mapping[str, Path]) -> Documents:
    """Number the documents of all signature files, given in the order of their names.

    Raises:
        StepError: a file signs other rows than its decide part keeps.
    """
    rows, qualities, id_words, sizes = [], [], [], []
    for file in files:
        signed = read_columns(file, ["row", "id_high", "id_low", "size"])
        decided = read_columns(decisions[file.name], ["kept", "quality"])
        kept = np.flatnonzero(decided["kept"].to_numpy())
        if not np.array_equal(kept, signed["row"].to_numpy()):
            raise StepError(
                f"{file} signs other rows than {decisions[file.name]} keeps: "
                "delete the signatures and run deduplicate again"
            )
        rows.append(signed["row"].to_numpy())
        qualities.append(decided["quality"].fill_null(np.nan).to_numpy()[kept])
        id_words.append(signed.select("id_high", "id_low").to_numpy())
        sizes.append(signed["size"].to_numpy())
    starts = np.cumsum([0, *(len(part) for part in rows)])
    every_id = _joined(id_words, np.empty((0, 2), dtype=np.uint64))
    order = np.lexsort((every_id[:, 1], every_id[:, 0]))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (every_id[order[1:]] != every_id[order[:-1]]).any(axis=1)
    ranks = np.empty(len(order), dtype=np.uint32)
    ranks[order] = np.cumsum(new) - 1
    return Documents(
        parts=[file.name for file in files],
        starts=starts,
        rows=_joined(rows, np.empty(0, dtype=np.uint32)),
        qualities=_joined(qualities, np.empty(0, dtype=np.float32)),
        ranks=ranks,
        id_words=every_id[order[new]],
        sizes=_joined(sizes, np.empty(0, dtype=np.uint32))[order[new]],
    )


def read_band(file: Path, band: int) -> NDArray[np.uint64]:
    """The keys of one band of a signature file."""
    return read_columns(file, [_band(band)])[_band(band)].to_numpy()


def id_texts(id_words: NDArray[np.uint64]) -> pl.Series:
    """Ids as 32 hexadecimal digits again: shape (ids, 2) to (ids,)."""
    digits = id_words.astype(">u8").tobytes().hex().encode()
    ends = np.arange(len(id_words) + 1, dtype=np.int64) * ID_CHARS
    texts = pa.LargeStringArray.from_buffers(
        len(id_words), pa.py_buffer(ends), pa.py_buffer(digits)
    )
    return pl.Series(texts, dtype=pl.String)


def read_columns(file: Path, columns: list[str]) -> pl.DataFrame:
    """Some columns of a part.

    Raises:
        StepError: the file cannot be read or lacks a column.
    """
    try:
        return pl.read_parquet(file, columns=columns)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StepError(_unreadable(file, error)) from error


def read_batches(file: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of a part, `ROWS_AT_ONCE` rows at a time.

    Raises:
        StepError: the file cannot be read or lacks a column.
    """
    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(batch_size=ROWS_AT_ONCE, columns=columns):
                yield batch.select(columns)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise StepError(_unreadable(file, error)) from error


def write_atomically(table: pa.Table, file: Path, compression: str = "zstd") -> None:
    """Write a Parquet file that exists whole or not at all."""
    # Row groups small enough that the rows of one part are found without reading the rest.
    with atomic_path(file) as unfinished:
        pq.write_table(
            table,
            unfinished,
            compression=compression,
            use_dictionary=compression != "none",
            row_group_size=ROWS_PER_GROUP,
        )


def _unreadable(file: Path, error: Exception) -> str:
    return f"{file} cannot be read ({error}): delete it and run the step that writes it again"


def _id_words(ids: pa.Array, file: Path) -> NDArray[np.uint64]:
    lengths = pc.min_max(pc.binary_length(ids)).as_py()
    try:
        if len(ids) and (ids.null_count or set(lengths.values()) != {ID_CHARS}):
            raise ValueError(f"{lengths['min']} to {lengths['max']} characters")
        octets = bytes.fromhex("".join(ids.to_pylist()))
    except ValueError as error:
        raise StepError(
            f"{file} has ids that are not {ID_CHARS} hexadecimal digits ({error}): "
            "run the ingest step again"
        ) from error
    return np.frombuffer(octets, dtype=">u8").reshape(-1, 2).astype(np.uint64)


def _band(band: int) -> str:
    return f"band_{band:03d}"


def _schema(config: MinHashConfig) -> pa.Schema:
    keys = [(_band(band), pa.uint64()) for band in range(config.bands)]
    ids = [("id_high", pa.uint64()), ("id_low", pa.uint64())]
    columns = [("row", pa.uint32()), *ids, ("size", pa.uint32()), *keys]
    return pa.schema(columns, metadata={CONFIG_KEY: _config_text(config)})


def _config_text(config: MinHashConfig) -> bytes:
    """The settings that signatures depend on; the threshold is not one of them."""
    settings = asdict(config)
    del settings["min_jaccard"]
    return json.dumps(settings, sort_keys=True).encode()


def _joined(pieces: Sequence[NDArray[Number]], nothing: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate([nothing, *pieces])
