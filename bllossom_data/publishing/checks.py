"""What must be true before anything leaves the house; every problem is told at once."""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import yaml

from bllossom_data.counted import counted
from bllossom_data.errors import BllossomError
from bllossom_data.manifest import MANIFEST, Manifest, read_manifest, verify_manifest
from bllossom_data.publishing.changes import split_files
from bllossom_data.publishing.drift import setting_problems
from bllossom_data.publishing.licences import COLLECTION, licence_problem
from bllossom_data.publishing.stale import card_problems
from bllossom_data.recipe_loading import AnyRecipe

__all__ = ["card_header_of", "publishing_problems"]

HEADER_KEYS = (
    "license",
    "language",
    "pretty_name",
    "task_categories",
    "size_categories",
    "tags",
    "configs",
)
RESTRICTED_FORMATS = {
    "aihub": "AI-Hub forbids to pass its data on",
    "modu": "the Modu corpora may not be passed on",
}


def card_header_of(card: str) -> dict[str, Any]:
    """The YAML header of a card, empty if there is none or it is not YAML."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    try:
        header = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError:
        return {}
    return header if isinstance(header, dict) else {}


def publishing_problems(recipe: AnyRecipe, recipe_path: Path, final: Path) -> list[str]:
    """Why a build may not be published, each with what to do; nothing if it may.

    Args:
        recipe: the recipe.
        recipe_path: its file, for the commands to type.
        final: the folder that would be uploaded.
    """
    dataset = recipe.dataset
    problems = []
    if dataset.version.endswith("-dev"):
        problems.append(
            f"{recipe_path}: dataset.version = {dataset.version!r} may still change; write a "
            f"release such as {dataset.version.removesuffix('-dev')!r} and build it"
        )
    problems += _restricted(recipe, recipe_path)
    if not (final / MANIFEST).is_file():
        return [*problems, f"{final}: not built; run `bllossom build {recipe_path}` first"]
    try:
        manifest = read_manifest(final)
    except BllossomError as error:
        return [*problems, str(error)]
    problems += setting_problems(recipe, recipe_path, manifest, final)
    wrong = verify_manifest(final)
    problems += (f"{final}: {one}; remove the folder and build it again" for one in wrong)
    problems += _licences(manifest, recipe_path)
    if not wrong:
        problems += _row_licences(manifest, final, recipe_path)
        problems += _rows(manifest, final)
    problems += _waiting(manifest, recipe_path)
    problems += _card(recipe, manifest, final, recipe_path)
    return problems


def _restricted(recipe: AnyRecipe, path: Path) -> Iterator[str]:
    for source in recipe.sources:
        if reason := RESTRICTED_FORMATS.get(getattr(source, "format", None) or ""):
            yield (
                f"{path}: source {source.name!r} has format {getattr(source, 'format', '')!r}: "
                f"{reason}; publish a recipe without it"
            )


def _licences(manifest: Manifest, path: Path) -> Iterator[str]:
    for source in manifest.sources:
        if problem := licence_problem(source.license, manifest.license):
            yield (
                f"{path}: source {source.name!r} is under {source.license!r}, which {problem}; "
                "change dataset.license or leave the source out"
            )


def _row_licences(manifest: Manifest, final: Path, path: Path) -> Iterator[str]:
    named = {source.license for source in manifest.sources}
    found: set[str] = set()
    columns: set[str] = set()
    for file in manifest.files:
        shard = final / file.path
        if file.path.endswith(".parquet"):
            lazy = pl.scan_parquet(shard)
            columns |= set(names := lazy.collect_schema().names())
            if "license" in names:
                found |= set(lazy.select(pl.col("license").unique()).collect()["license"])
    for licence in sorted(str(one) for one in found - named):
        yield (
            f"{final}: has rows under {licence!r}, which no source of the recipe states; build it "
            "again"
        )
    if manifest.license == COLLECTION and columns and "license" not in columns:
        yield (
            f"{path}: dataset.license = {COLLECTION!r} says that each row carries its licence, and "
            "the rows have no column `license`"
        )


def _rows(manifest: Manifest, final: Path) -> Iterator[str]:
    """Splits whose files hold another number of rows than the manifest, and so the card, says."""
    said = {
        (config, split): count
        for config, splits in manifest.counts.get("rows", {}).items()
        for split, count in splits.items()
    } or {
        ("default", split): one["documents"]
        for split, one in manifest.counts.get("splits", {}).items()
        if one["documents"]
    }
    found = {
        place: sum(pq.read_metadata(final / path).num_rows for path in paths)
        for place, paths in split_files(manifest).items()
    }
    for place in sorted(said.keys() | found.keys()):
        if said.get(place, 0) != found.get(place, 0):
            yield (
                f"{final}: {'/'.join(place)} has {found.get(place, 0):,} rows, and the manifest "
                f"says {said.get(place, 0):,}; remove the folder and build it again"
            )


def _waiting(manifest: Manifest, path: Path) -> Iterator[str]:
    waiting = manifest.counts.get("examples", {}).get("states", {}).get("waiting", 0)
    if waiting:
        told = counted(waiting, "example waits", "examples wait")
        yield (
            f"{told} for review; see them with `bllossom review show {path}`, "
            "have them decided, import the decisions, give the recipe the next version and build it"
        )


def _card(recipe: AnyRecipe, manifest: Manifest, final: Path, path: Path) -> Iterator[str]:
    card = final / "README.md"
    if not card.is_file():
        yield f"{card}: there is no card; remove the folder and build it again"
        return
    yield from card_problems(recipe, path, manifest, final)
    header = card_header_of(card.read_text(encoding="utf-8", errors="replace"))
    if missing := [key for key in HEADER_KEYS if not header.get(key)]:
        yield f"{card}: its header has no {', '.join(missing)}"
        return
    patterns = [
        entry.get("path", "")
        for config in header["configs"]
        for entry in config.get("data_files", [])
    ]
    data = [file.path for file in manifest.files if file.path.endswith(".parquet")]
    for pattern in patterns:
        if not fnmatch.filter(data, pattern):
            yield f"{card}: its configuration names {pattern!r}, and there is no such file"
    for name in data:
        if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            yield f"{card}: no configuration names {name}, so nobody would load it"
