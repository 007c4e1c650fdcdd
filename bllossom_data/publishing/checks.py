"""What must be true before anything leaves the house; every problem is told at once."""

import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from bllossom_data.errors import BllossomError
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import MANIFEST, Manifest, read_manifest, verify_manifest
from bllossom_data.publishing.licences import COLLECTION, licence_problem
from bllossom_data.recipe import Recipe

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


def publishing_problems(
    recipe: Recipe | InstructionRecipe, recipe_path: Path, final: Path
) -> list[str]:
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
    problems += _other_recipe(recipe, recipe_path, manifest, final)
    wrong = verify_manifest(final)
    problems += (f"{final}: {one}; build it again" for one in wrong)
    problems += _licences(manifest, recipe_path)
    if not wrong:
        problems += _row_licences(manifest, final, recipe_path)
    problems += _waiting(manifest, recipe_path)
    problems += _card(manifest, final, recipe_path)
    return problems


def _restricted(recipe: Recipe | InstructionRecipe, path: Path) -> Iterator[str]:
    for source in recipe.sources:
        if reason := RESTRICTED_FORMATS.get(getattr(source, "format", None) or ""):
            yield (
                f"{path}: source {source.name!r} has format {getattr(source, 'format', '')!r}: "
                f"{reason}; publish a recipe without it"
            )


def _other_recipe(
    recipe: Recipe | InstructionRecipe, path: Path, manifest: Manifest, final: Path
) -> Iterator[str]:
    dataset = recipe.dataset
    for key in ("name", "version", "license"):
        asked, built = getattr(dataset, key), getattr(manifest, key)
        if asked != built:
            yield (
                f"{path}: dataset.{key} = {asked!r}, but {final} was built with {built!r}; build "
                "it again"
            )
    asked_sources = {one.name: (one.license, one.revision) for one in recipe.sources}
    built_sources = {one.name: (one.license, one.revision) for one in manifest.sources}
    if asked_sources != built_sources:
        differing = sorted(
            name
            for name in asked_sources.keys() | built_sources.keys()
            if asked_sources.get(name) != built_sources.get(name)
        )
        yield (
            f"{path}: source {', '.join(differing)}: name, licence or revision is not the one that "
            f"{final} was built with; build it again"
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


def _waiting(manifest: Manifest, path: Path) -> Iterator[str]:
    waiting = manifest.counts.get("examples", {}).get("states", {}).get("waiting", 0)
    if waiting:
        yield (
            f"{waiting:,} examples wait for review; see them with `bllossom review show {path}`, "
            "have them decided, import the decisions and build again"
        )


def _card(manifest: Manifest, final: Path, path: Path) -> Iterator[str]:
    card = final / "README.md"
    if not card.is_file():
        yield f"{card}: there is no card; write {path.with_suffix('.md')} and build again"
        return
    text = card.read_text(encoding="utf-8")
    header = card_header_of(text)
    if missing := [key for key in HEADER_KEYS if not header.get(key)]:
        yield f"{card}: its header has no {', '.join(missing)}; build it again"
        return
    if header["license"] != manifest.license:
        yield (
            f"{card}: says license {header['license']!r}, the manifest {manifest.license!r}; "
            "build it again"
        )
    prose = text.partition("\n---\n")[2].strip()
    if not re.search(r"[가-힣]", prose) or not re.search(r"[A-Za-z]{3}", prose):
        yield f"{card}: must speak Korean and English; add the other to {path.with_suffix('.md')}"
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
