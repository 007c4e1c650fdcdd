"""The published files: Parquet shards in a fixed random order, training and validation apart.

Neighbours in the sources are alike, and a model that reads them in that order forgets one language
while it learns the other. So every copy of a document goes to a shard drawn by a hash, and each
shard is sorted by that hash: every shard, and every stretch of it, is a fair sample of the whole.
Two passes make it so in bounded memory: parts are scattered to shards, then each shard is sorted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bllossom_data.files import atomic_path

PUBLISHED_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("language", pa.string()),
        ("source", pa.string()),
        ("source_id", pa.string()),
        ("license", pa.string()),
        ("url", pa.string()),
    ]
)
"""Columns of the published files; ``id`` is the xxh3_128 of the published text."""

SPLITS = ("train", "validation")
_ROW_GROUP_ROWS = 4096
_GOLDEN = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The row-aligned files of one part that the export reads."""

    documents: Path
    measured: Path
    cleaned: Path
    mixed: Path


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """How many shards each split has.

    Attributes:
        shards: Number of shards by split; a split without documents has none.
        seed: Seed of the order.
    """

    shards: dict[str, int]
    seed: int


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64, over an array."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _draws(ids: pl.Series, stream: int) -> NDArray[np.uint64]:
    """A reproducible random number for each id, other for every stream."""
    heads = ids.str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64).to_numpy()
    return _mixed(heads + np.uint64((stream * _GOLDEN) % 2**64))


def _selected(part: PartFiles, columns: Sequence[str]) -> pl.DataFrame:
    """Rows of a part that are in the mix, with their final text and number of copies."""
    documents = pl.read_parquet(part.documents, columns=["id", *columns])
    frame = documents.hstack(
        pl.read_parquet(part.mixed, columns=["copies", "validation"])
        .hstack(pl.read_parquet(part.measured, columns=["language", "n_bytes"]))
        .hstack(pl.read_parquet(part.cleaned, columns=["clean_id", "clean_text"]))
    )
    return frame.filter(pl.col("copies") > 0)


def plan_shards(parts: Sequence[PartFiles], shard_bytes: int, seed: int) -> ShardPlan:
    """Counts the shards that hold the mix.

    Args:
        parts: All parts of the build.
        shard_bytes: UTF-8 bytes of text in one shard, about.
        seed: Seed of the order.
    """
    total = dict.fromkeys(SPLITS, 0)
    for part in parts:
        frame = _selected(part, [])
        clean_bytes = frame["clean_text"].str.len_bytes().cast(pl.Int64)
        frame = frame.with_columns(
            weight=clean_bytes.fill_null(frame["n_bytes"]) * frame["copies"].cast(pl.Int64)
        )
        for split in SPLITS:
            rows = frame.filter(pl.col("validation") == (split == "validation"))
            total[split] += int(rows["weight"].sum())
    return ShardPlan({split: math.ceil(total[split] / shard_bytes) for split in SPLITS}, seed)


def scatter_part(part: PartFiles, plan: ShardPlan, folder: Path) -> None:
    """Writes the copies of a part's documents to one file per shard and part, below ``folder``.

    The files are ``<split>-<shard>/<part>``; a shard to which the part gives nothing has none.
    """
    frame = _selected(part, ["text", "source", "source_id", "license", "url"])
    if frame.is_empty():
        return
    frame = frame.with_columns(text=pl.coalesce("clean_text", "text"), id=pl.col("clean_id"))
    frame = frame.with_columns(copy=pl.int_ranges(0, "copies")).explode("copy")
    order = np.zeros(frame.height, dtype=np.uint64)
    copies = frame["copy"].to_numpy()
    for copy in np.unique(copies):
        chosen = copies == copy
        ids = frame["id"].filter(pl.Series(chosen))
        order[chosen] = _draws(ids, 2 * plan.seed + 1 + 2 * (plan.seed + 1) * int(copy))
    frame = frame.with_columns(order=pl.Series(order))
    for split in SPLITS:
        rows = frame.filter(pl.col("validation") == (split == "validation"))
        if rows.is_empty():
            continue
        shard = (pl.col("order") // 2**32) * plan.shards[split] // 2**32
        for (number,), shard_rows in rows.group_by(shard.alias("shard"), maintain_order=True):
            target = folder / f"{split}-{number:05d}" / part.documents.name
            with atomic_path(target) as temporary:
                shard_rows.select("order", *PUBLISHED_SCHEMA.names).write_parquet(
                    temporary, compression="lz4"
                )


def shard_file_names(split: str, scattered: Path) -> dict[str, str]:
    """Returns the folder below ``scattered`` of each file of a split, by the name of the file.

    Names are those that the Hub and ``datasets`` expect. A shard that no document was drawn for has
    no file: few documents larger than a shard leave some empty.
    """
    folders = sorted(path.name for path in scattered.glob(f"{split}-*"))
    return {
        f"{split}-{number:05d}-of-{len(folders):05d}.parquet": name
        for number, name in enumerate(folders)
    }


def write_shard(pieces: Sequence[Path], target: Path) -> int:
    """Sorts the pieces of one shard into its published file and returns the number of documents."""
    frame = pl.concat([pl.read_parquet(piece) for piece in sorted(pieces)])
    frame = frame.sort("order", "id", maintain_order=True).drop("order")
    table = frame.to_arrow().cast(PUBLISHED_SCHEMA)
    with atomic_path(target) as temporary:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            row_group_size=_ROW_GROUP_ROWS,
            write_page_index=True,
            store_schema=False,
        )
    return frame.height


def shard_rows(files: Sequence[Path]) -> int:
    """Returns the number of documents in published files."""
    return sum(pq.read_metadata(path).num_rows for path in files)
