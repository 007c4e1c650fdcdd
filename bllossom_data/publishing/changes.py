"""What differs between two versions of a dataset, row by row."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bllossom_data.manifest import Manifest

__all__ = ["Changes", "SplitChange", "compare_versions", "describe_changes", "split_files"]

SHARD = re.compile(r"(?:data/)?(?:(?P<config>[^/]+)/)?(?P<split>[^/]+?)(?:-\d+-of-\d+)?\.parquet")
KEYS = ("id", "language")
MOST_CARD_LINES = 40


@dataclass(frozen=True, slots=True)
class SplitChange:
    """Rows of one split that came, went, stayed with other content, or stayed as they were."""

    config: str
    split: str
    added: int
    removed: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs.

    Attributes:
        before: version that is compared with, None if there is none.
        after: version that is compared.
        splits: rows of every split, of either version.
        schema: columns that came, went or changed their type, in words.
        sources: sources that came, went or changed, in words.
        license: licence before and after, if it differs.
        card: lines of a unified diff of the cards.
    """

    before: str | None
    after: str
    splits: tuple[SplitChange, ...]
    schema: tuple[str, ...]
    sources: tuple[str, ...]
    license: tuple[str, str] | None
    card: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether both are the same for a reader."""
        rows = any(one.added or one.removed or one.changed for one in self.splits)
        return not (rows or self.schema or self.sources or self.license or self.card)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def split_files(manifest: Manifest) -> dict[tuple[str, str], list[str]]:
    """Paths of the Parquet files by configuration and split."""
    found: dict[tuple[str, str], list[str]] = {}
    for file in manifest.files:
        if shard := SHARD.fullmatch(file.path):
            place = (shard["config"] or "default", shard["split"])
            found.setdefault(place, []).append(file.path)
    return found


def compare_versions(before: tuple[Path, Manifest] | None, after: tuple[Path, Manifest]) -> Changes:
    """Compares two versions; both folders hold the files that differ between them.

    A row is known by `id` and `language`; a shard that both have is not read.
    """
    folder, manifest = after
    old_folder, old = before if before else (None, None)
    new_files, old_files = split_files(manifest), split_files(old) if old else {}
    new_hashes = {file.path: file.sha256 for file in manifest.files}
    old_hashes = {file.path: file.sha256 for file in old.files} if old else {}
    splits, schema = [], list[str]()
    for place in sorted(new_files.keys() | old_files.keys()):
        paths, old_paths = new_files.get(place, []), old_files.get(place, [])
        same = {old_hashes[path] for path in old_paths} & {new_hashes[path] for path in paths}
        new_rows = _scan(folder, [p for p in paths if new_hashes[p] not in same])
        old_rows = _scan(old_folder, [p for p in old_paths if old_hashes[p] not in same])
        kept = sum(
            _count(pl.scan_parquet(folder / path)) for path in paths if new_hashes[path] in same
        )
        splits.append(_compare_rows(*place, old_rows, new_rows, kept))
        schema += _compare_schemas("/".join(place), old_rows, new_rows)
    return Changes(
        old.version if old else None,
        manifest.version,
        tuple(splits),
        tuple(schema),
        tuple(_compare_sources(old, manifest)) if old else (),
        (old.license, manifest.license) if old and old.license != manifest.license else None,
        _compare_cards(before, after) if before else (),
    )


def _scan(folder: Path | None, paths: Sequence[str]) -> pl.LazyFrame | None:
    if folder is None or not paths:
        return None
    return pl.scan_parquet([folder / path for path in paths], missing_columns="insert")


def _count(rows: pl.LazyFrame | None) -> int:
    return 0 if rows is None else int(rows.select(pl.len()).collect().item())


def _keyed(rows: pl.LazyFrame, keys: Sequence[str], columns: Sequence[str]) -> pl.LazyFrame:
    """One line per key: how often it is there, and a hash of its rows that ignores their order."""
    content = pl.concat_str([pl.struct(name).struct.json_encode() for name in columns]).hash(2)
    return (
        rows.select(key=pl.struct(keys).hash(1), content=content)
        .group_by("key")
        .agg(rows=pl.len(), content=pl.col("content").sum())
    )


def _names(rows: pl.LazyFrame | None) -> dict[str, Any]:
    return dict(rows.collect_schema()) if rows is not None else {}


def _compare_rows(
    config: str, split: str, old: pl.LazyFrame | None, new: pl.LazyFrame | None, kept: int
) -> SplitChange:
    if old is None or new is None:
        # Counted in the footers of the files: a first version is not read.
        return SplitChange(config, split, _count(new), _count(old), 0, kept)
    old_names, new_names = _names(old), _names(new)
    columns = [name for name in (new_names or old_names) if name in (old_names or new_names)]
    keys = [name for name in KEYS if name in columns] or columns
    both = (
        _keyed(old, keys, columns)
        .join(_keyed(new, keys, columns), on="key", how="full", coalesce=True)
        .select(
            pl.col("rows").fill_null(0).cast(pl.Int64).alias("old"),
            pl.col("rows_right").fill_null(0).cast(pl.Int64).alias("new"),
            (pl.col("content") == pl.col("content_right")).fill_null(False).alias("same"),
        )
        .select(
            added=(pl.col("new") - pl.col("old")).clip(lower_bound=0).sum(),
            removed=(pl.col("old") - pl.col("new")).clip(lower_bound=0).sum(),
            unchanged=pl.min_horizontal("old", "new")
            .filter(pl.col("same") | (pl.col("old") != pl.col("new")))
            .sum(),
            changed=pl.col("new").filter(~pl.col("same") & (pl.col("old") == pl.col("new"))).sum(),
        )
        .collect(engine="streaming")
    )
    found = both.row(0, named=True)
    return SplitChange(
        config, split, found["added"], found["removed"], found["changed"], found["unchanged"] + kept
    )


def _compare_schemas(place: str, old: pl.LazyFrame | None, new: pl.LazyFrame | None) -> list[str]:
    if old is None or new is None:
        return []
    before, after = _names(old), _names(new)
    return (
        [f"{place}: column `{name}` is new ({after[name]})" for name in after if name not in before]
        + [f"{place}: column `{name}` is gone" for name in before if name not in after]
        + [
            f"{place}: column `{name}` was {before[name]}, is {after[name]}"
            for name in after
            if name in before and before[name] != after[name]
        ]
    )


def _compare_sources(old: Manifest, new: Manifest) -> list[str]:
    before: Mapping[str, Any] = {one.name: one for one in old.sources}
    after: Mapping[str, Any] = {one.name: one for one in new.sources}
    changes = [f"`{name}` is new" for name in after if name not in before]
    changes += [f"`{name}` is gone" for name in before if name not in after]
    for name in after:
        for key in ("license", "url", "revision", "fingerprint") if name in before else ():
            was, now = getattr(before[name], key), getattr(after[name], key)
            if was != now:
                changes.append(f"`{name}`: {key} was {was or 'none'}, is {now or 'none'}")
    return changes


def _compare_cards(old: tuple[Path, Manifest], new: tuple[Path, Manifest]) -> tuple[str, ...]:
    before, after = (
        # A card names its own version, which always differs.
        (folder / "README.md").read_text("utf-8").replace(manifest.version, "VERSION").splitlines()
        if (folder / "README.md").is_file()
        else []
        for folder, manifest in (old, new)
    )
    return tuple(difflib.unified_diff(before, after, "before", "after", lineterm="", n=0))


def describe_changes(changes: Changes) -> list[str]:
    """The changes as lines for people."""
    if changes.before is None:
        lines = [f"{changes.after}: the first version"]
    else:
        lines = [f"{changes.before} -> {changes.after}"]
        if changes.nothing:
            lines.append("  nothing changes")
    for one in changes.splits:
        lines.append(
            f"  {one.config}/{one.split}: {one.added:,} rows added, {one.removed:,} removed, "
            f"{one.changed:,} changed, {one.unchanged:,} as they were"
        )
    lines += [f"  {one}" for one in changes.schema]
    lines += [f"  source {one}" for one in changes.sources]
    if changes.license:
        lines.append(f"  licence was {changes.license[0]}, is {changes.license[1]}")
    if changes.card:
        lines.append(f"  card: {len(changes.card) - 2:,} changed lines and marks")
        lines += [f"    {line}" for line in changes.card[2 : 2 + MOST_CARD_LINES]]
        if len(changes.card) - 2 > MOST_CARD_LINES:
            lines.append("    …")
    return lines
