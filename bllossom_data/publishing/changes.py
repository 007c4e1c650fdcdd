"""What differs between two versions of a dataset, row by row."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bllossom_data.manifest import Manifest
from bllossom_data.publishing.row_changes import columns_of, compare_rows, count_rows

__all__ = ["Changes", "SplitChange", "compare_versions", "describe_changes", "split_files"]

SHARD = re.compile(r"(?:data/)?(?:(?P<config>[^/]+)/)?(?P<split>[^/]+?)(?:-\d+-of-\d+)?\.parquet")
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
        ours = [folder / path for path in paths if new_hashes[path] not in same]
        theirs = [
            old_folder / path for path in old_paths if old_folder and old_hashes[path] not in same
        ]
        kept = count_rows([folder / path for path in paths if new_hashes[path] in same])
        rows = compare_rows(theirs, ours)
        splits.append(
            SplitChange(*place, rows.added, rows.removed, rows.changed, rows.unchanged + kept)
        )
        schema += _compare_schemas("/".join(place), columns_of(theirs), columns_of(ours))
    return Changes(
        old.version if old else None,
        manifest.version,
        tuple(splits),
        tuple(schema),
        tuple(_compare_sources(old, manifest)) if old else (),
        (old.license, manifest.license) if old and old.license != manifest.license else None,
        _compare_cards(before, after) if before else (),
    )


def _compare_schemas(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    if not before or not after:
        return []
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
        (folder / "README.md")
        .read_text("utf-8", errors="replace")
        .replace(manifest.version, "VERSION")
        .splitlines()
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
