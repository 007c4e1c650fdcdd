"""Counts the rows that differ between two versions of a split, in memory that does not grow.

Rows become two hashes, of what names them and of what they say. The hashes go to files, divided by
the first, so that all rows of one name lie in one file; then one file after the other is compared.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.errors import PublishingError

__all__ = ["RowChanges", "columns_of", "compare_rows", "count_rows"]

KEYS = ("id", "language")
# Some 100 MB are in use with these: rows as read and as text, hashes of both versions as joined.
BATCH_BYTES, MOST_BATCH_ROWS = 1_000_000, 20_000
PART_ROWS = 100_000
MOST_PARTS = 512
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RowChanges:
    """Rows that came, went, stayed with other content, or stayed as they were."""

    added: int
    removed: int
    changed: int
    unchanged: int


@contextmanager
def _readable(paths: Sequence[Path]) -> Iterator[None]:
    """Names the files of which one is damaged or is not there.

    Raises:
        PublishingError: one is.
    """
    try:
        yield
    except (pa.ArrowException, pl.exceptions.PolarsError, FileNotFoundError) as error:
        named = ", ".join(str(path) for path in paths[:3]) + (", …" if len(paths) > 3 else "")
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PublishingError(
            f"{named}: cannot be read as Parquet ({reason}); build or pull the dataset again"
        ) from error


def count_rows(paths: Sequence[Path]) -> int:
    """Rows of Parquet files, as their footers say."""
    with _readable(paths):
        return sum(pq.read_metadata(path).num_rows for path in paths)


def columns_of(paths: Sequence[Path]) -> dict[str, Any]:
    """Types of the columns of Parquet files that belong together, by name."""
    if not paths:
        return {}
    with _readable(paths):
        return dict(pl.scan_parquet(list(paths), missing_columns="insert").collect_schema())


def compare_rows(old: Sequence[Path], new: Sequence[Path]) -> RowChanges:
    """Compares the rows of Parquet files whatever their order; columns of one side do not count.

    A row is known by `id` and `language`, or by all it says where it has neither.
    """
    if not old or not new:
        return RowChanges(count_rows(new), count_rows(old), 0, 0)
    before, after = columns_of(old), columns_of(new)
    columns = [name for name in after if name in before]
    if not columns:
        return RowChanges(count_rows(new), count_rows(old), 0, 0)
    keys = [name for name in KEYS if name in columns] or columns
    texts = {name for name in columns if before[name] == after[name] == pl.String}
    rows = max(count_rows(old), count_rows(new))
    parts = min(max(-(-rows // PART_ROWS), 1), MOST_PARTS)
    with tempfile.TemporaryDirectory(prefix="bllossom-diff-") as name:
        folder = Path(name)
        for side, paths in (("old", old), ("new", new)):
            for hashes in _hashes(paths, columns, keys, texts):
                _divide(hashes, folder, side, parts)
        counts = np.sum([_compare_part(folder, part) for part in range(parts)], axis=0)
    return RowChanges(*map(int, counts))


def _hashes(
    paths: Sequence[Path], columns: Sequence[str], keys: Sequence[str], texts: set[str]
) -> Iterator[np.ndarray]:
    """Pairs of hashes, of the key and of the content of each row, some thousand at a time."""
    # As text, a number or a list is the same in columns of two types.
    values = {
        name: pl.col(name) if name in texts else pl.struct(name).struct.json_encode().alias(name)
        for name in columns
    }
    expressions = {
        "key": pl.struct([values[name] for name in keys]).hash(1),
        "content": pl.struct(list(values.values())).hash(2),
    }
    for path in paths:
        # Neither mapped nor read ahead: both count as memory of this process.
        with (
            _readable([path]),
            pq.ParquetFile(path, buffer_size=READ_BYTES, pre_buffer=False) as file,
        ):
            there = [name for name in columns if name in file.schema_arrow.names]
            absent = [pl.lit(None).alias(name) for name in columns if name not in there]
            size = _batch_rows(file.metadata)
            for batch in file.iter_batches(size, columns=there, use_threads=False):
                frame = pl.DataFrame(batch).with_columns(absent)
                yield frame.select(**expressions).to_numpy()


def _batch_rows(metadata: Any) -> int:
    size = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    rows = int(BATCH_BYTES * metadata.num_rows / max(size, 1))
    return min(max(rows, 1), MOST_BATCH_ROWS)


def _divide(hashes: np.ndarray, folder: Path, side: str, parts: int) -> None:
    belongs = hashes[:, 0] % parts
    for part in np.unique(belongs):
        with (folder / f"{side}-{part}").open("ab") as file:
            file.write(hashes[belongs == part].tobytes())


def _compare_part(folder: Path, part: int) -> tuple[int, int, int, int]:
    """Rows added, removed, changed and unchanged among those whose hashes lie in one file."""
    old, new = (_by_key(folder / f"{side}-{part}") for side in ("old", "new"))
    was, is_now = pl.col("rows").fill_null(0), pl.col("rows_right").fill_null(0)
    same = (pl.col("content") == pl.col("content_right")).fill_null(False)
    found = (
        old.join(new, on="key", how="full", coalesce=True)
        .select(was.cast(pl.Int64).alias("was"), is_now.cast(pl.Int64).alias("is"), same=same)
        .select(
            (pl.col("is") - pl.col("was")).clip(lower_bound=0).sum().alias("added"),
            (pl.col("was") - pl.col("is")).clip(lower_bound=0).sum().alias("removed"),
            pl.col("is").filter(~pl.col("same") & (pl.col("was") == pl.col("is"))).sum(),
            pl.min_horizontal("was", "is")
            .filter(pl.col("same") | (pl.col("was") != pl.col("is")))
            .sum()
            .alias("unchanged"),
        )
    )
    added, removed, changed, unchanged = found.row(0)
    return added, removed, changed, unchanged


def _by_key(path: Path) -> pl.DataFrame:
    """One line per key: how often it is there, and the sum of its contents in any order."""
    pairs = (
        np.fromfile(path, np.uint64).reshape(-1, 2)
        if path.exists()
        else np.empty((0, 2), np.uint64)
    )
    frame = pl.DataFrame(
        {"key": pairs[:, 0], "content": pairs[:, 1]}, {"key": pl.UInt64, "content": pl.UInt64}
    )
    return frame.group_by("key").agg(rows=pl.len(), content=pl.col("content").sum())
