"""What the last steps of all kinds of dataset share: manifest, card, metadata, rows of Parquet."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.build import StepFolder
from bllossom_data.files import atomic_path, write_atomic
from bllossom_data.manifest import (
    Manifest,
    ModelEntry,
    SourceEntry,
    StepEntry,
    StepRecord,
    package_versions,
    write_manifest,
)
from bllossom_data.publishing.card import card_of
from bllossom_data.publishing.croissant import CROISSANT, croissant_metadata
from bllossom_data.publishing.drift import decisive_settings
from bllossom_data.recipe_loading import AnyRecipe

__all__ = ["MESSAGES", "final_manifest", "public_names", "write_final_folder", "write_table"]

MESSAGES = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                pa.field("role", pa.string(), nullable=False),
                pa.field("content", pa.string(), nullable=False),
            ]
        ),
    )
)
"""Turns of a conversation, as TRL reads them."""


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Writes one split of a dataset that fits into memory; the same rows are the same bytes."""
    with atomic_path(path) as temporary:
        table = pa.Table.from_pylist(list(rows), schema=schema)
        pq.write_table(table, temporary, compression="zstd", write_statistics=False)


def public_names(counts: Mapping[str, int], what: str) -> dict[str, str]:
    """What people are called in public, by how much they did; their own names stay in the house.

    Args:
        counts: what each did, by what they call themselves.
        what: begins the name, such as ``reviewer`` of ``reviewer-1``.
    """
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return {name: f"{what}-{place}" for place, name in enumerate(ordered, 1)}


def final_manifest(
    recipe: AnyRecipe,
    records: Sequence[StepRecord],
    external: Mapping[str, str],
    counts: Mapping[str, Mapping[str, Mapping[str, int]]],
    models: Sequence[ModelEntry] = (),
) -> Manifest:
    """The manifest of a build, without its files.

    Args:
        recipe: the recipe.
        records: of the steps before, in their order.
        external: fingerprint of what each source read, by its name.
        counts: all that the card tells.
        models: that the build used.
    """
    dataset = recipe.dataset
    packages = {name: version for one in records for name, version in one.packages.items()}
    return Manifest(
        name=dataset.name,
        version=dataset.version,
        license=dataset.license,
        languages=dataset.languages,
        sources=tuple(
            SourceEntry(one.name, one.license, one.url, one.revision, external[one.name])
            for one in recipe.sources
        ),
        steps=tuple(
            StepEntry(one.name, one.revision, one.fingerprint, one.settings) for one in records
        ),
        models=tuple(models),
        counts=counts,
        packages={**packages, **package_versions(("datasets",))},
        recipe=decisive_settings(recipe),
    )


def write_final_folder(
    folder: StepFolder, recipe: AnyRecipe, manifest: Manifest, prose: str, command: str
) -> None:
    """Writes the card with its plots, Croissant metadata and the manifest beside the rows."""
    for path, text in card_of(recipe, manifest, prose, command).files().items():
        write_atomic(folder.path / path, text)
    write_atomic(folder.path / CROISSANT, croissant_metadata(folder.path, recipe.dataset))
    write_manifest(folder.path, manifest)
