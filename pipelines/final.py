"""The last step: shards, card and manifest in the folder that is published."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from bllossom_data.build import StepFolder, StepResult
from bllossom_data.errors import StepError
from bllossom_data.manifest import (
    Manifest,
    ModelEntry,
    StepRecord,
    read_record,
)
from bllossom_data.recipe import Recipe
from pipelines.executor import run_units
from pipelines.export import (
    SPLITS,
    PartFiles,
    ShardPlan,
    plan_shards,
    scatter_part,
    shard_file_names,
    shard_rows,
    write_shard,
)
from pipelines.final_folder import final_manifest, write_final_folder
from pipelines.layout import STEPS, Layout
from pipelines.summaries import BuildCounts, count_build

Table = dict[str, dict[str, dict[str, int]]]


def write_final(
    recipe: Recipe,
    layout: Layout,
    prose: str,
    language_model: str,
    command: str,
    workers: int,
    folder: StepFolder,
) -> StepResult:
    """Writes the shards, the card, Croissant metadata and the manifest into the step's folder."""
    parts = {name: _part_files(layout, name) for name in layout.part_names()}
    plan = plan_shards(list(parts.values()), recipe.export.shard_bytes, recipe.mix.seed)
    scattered = [f"scratch/scattered/{name}.done" for name in parts]
    run_units(
        "scatter", folder, scattered, partial(_scatter_unit, folder.path, parts, plan), workers
    )
    shards = {
        f"data/{name}": shard
        for split in SPLITS
        for name, shard in shard_file_names(split, folder.scratch / "shards").items()
    }
    run_units(
        "write shards", folder, list(shards), partial(_shard_unit, folder.path, shards), workers
    )
    records = {step: read_record(layout.root / step) for step in STEPS if step != "export"}
    counts = count_build(layout)
    splits = [
        (split, shard_rows(sorted((folder.path / "data").glob(f"{split}-*")))) for split in SPLITS
    ]
    _check_published(counts)
    manifest = _manifest(recipe, counts, records, splits, language_model)
    write_final_folder(folder, recipe, manifest, prose, command)
    return StepResult({"documents": dict(splits)})


def _check_published(counts: BuildCounts) -> None:
    """Makes sure that something is published, and that it is what the mix chose.

    Raises:
        StepError: Nothing is left, or the files do not hold the mix.
    """
    totals = counts.flow.group_by("step").agg(pl.col("documents").sum(), pl.col("bytes").sum())
    by_step = {step: (documents, size) for step, documents, size in totals.iter_rows()}
    mixed, published = by_step.get("mix", (0, 0)), by_step.get("export", (0, 0))
    if not mixed[0]:
        reasons = ", ".join(f"{name} {count:,}" for name, count in _most_frequent(counts)[:5])
        raise StepError(
            f"no document is left: {by_step.get('ingest', (0, 0))[0]:,} were read; most frequent "
            f"reasons: {reasons or 'none'}. Look at them with `bllossom inspect`, and change the "
            "thresholds in [decide] or the sources"
        )
    if mixed != published:
        raise StepError(
            f"the published files hold {published[0]:,} documents and {published[1]:,} bytes where "
            f"the mix has {mixed[0]:,} and {mixed[1]:,}; remove the folder and build again"
        )


def _most_frequent(counts: BuildCounts) -> list[tuple[str, int]]:
    reasons = counts.reasons.group_by("reason").agg(pl.col("documents").sum())
    return list(reasons.sort(["documents", "reason"], descending=[True, False]).iter_rows())


def _part_files(layout: Layout, name: str) -> PartFiles:
    return PartFiles(*(layout.part(step, name) for step in ("ingest", "measure", "clean", "mix")))


def _scatter_unit(folder: Path, parts: Mapping[str, PartFiles], plan: ShardPlan, unit: str) -> None:
    name = unit.rpartition("/")[2].removesuffix(".done")
    scatter_part(parts[name], plan, folder / "scratch" / "shards")
    mark = folder / unit
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def _shard_unit(folder: Path, shards: Mapping[str, str], unit: str) -> None:
    pieces = folder / "scratch" / "shards" / shards[unit]
    write_shard(list(pieces.glob("*.parquet")), folder / unit)


def _manifest(
    recipe: Recipe,
    counts: BuildCounts,
    records: Mapping[str, StepRecord],
    splits: Sequence[tuple[str, int]],
    language_model: str,
) -> Manifest:
    given = recipe.measure.language_model
    return final_manifest(
        recipe,
        list(records.values()),
        records["ingest"].external,
        _counts(counts, records, splits),
        models=(
            ModelEntry(
                language_model,
                "language identification",
                given.url if given else None,
                given.sha256 if given else None,
            ),
        ),
    )


def _counts(
    counts: BuildCounts, records: Mapping[str, StepRecord], splits: Sequence[tuple[str, int]]
) -> Table:
    """Everything that was counted, for the manifest and through it for the card."""
    table: Table = {"splits": {split: {"documents": documents} for split, documents in splits}}
    for source, kind, _, edits in counts.edits.iter_rows():
        table.setdefault("personal_data", {}).setdefault(source, {})[kind] = edits
    for source, language, step, documents, size in counts.flow.iter_rows():
        if step == "export":
            by_language = table.setdefault("languages", {}).setdefault(language, {})
            by_language["documents"] = by_language.get("documents", 0) + documents
            by_language["bytes"] = by_language.get("bytes", 0) + size
            table.setdefault("source_languages", {}).setdefault(source, {})[language] = documents
            table.setdefault("source_bytes", {}).setdefault(source, {})[language] = size
        entry = table.setdefault(step, {}).setdefault(source, {"documents": 0, "bytes": 0})
        entry["documents"] += documents
        entry["bytes"] += size
    for source, _, reason, documents, *_ in counts.reasons.iter_rows():
        entry = table.setdefault("removed", {}).setdefault(source, {})
        entry[reason] = entry.get(reason, 0) + documents
    return {**table, **_step_counts(records)}


def _step_counts(records: Mapping[str, StepRecord]) -> Table:
    """What the steps themselves counted and the parts of a build do not show."""
    read: Any = records["ingest"].counts
    duplicates: Any = records["deduplicate"].counts
    sets: Any = records["decontaminate"].counts["evaluation_sets"]
    mix: Any = records["mix"].counts["languages"]
    found: Table = {
        "quarantined": {
            source: one["quarantined"] for source, one in read.items() if one["quarantined"]
        },
        "duplicates": {"all": {name: duplicates[name] for name in ("clusters", "exact", "near")}},
        "evaluation_sets": {
            name: {key: one[key] for key in ("texts", "too_short", "unread_rows", "contaminated")}
            for name, one in sets.items()
        },
        "mix_languages": {
            # Tokens are not counted where the mix is one of bytes.
            language: {key: size for key, size in one.items() if isinstance(size, int)}
            for language, one in mix.items()
        },
    }
    return {name: one for name, one in found.items() if one}
