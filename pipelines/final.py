"""The last step: shards, card and manifest in the folder that is published."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from bllossom_data.build import StepFolder, StepResult
from bllossom_data.files import write_atomic
from bllossom_data.manifest import (
    Manifest,
    ModelEntry,
    SourceEntry,
    StepEntry,
    StepRecord,
    package_versions,
    read_record,
    write_manifest,
)
from bllossom_data.publishing.card import CardNumbers, SourceRow, StepRow, render_card
from bllossom_data.recipe import Recipe
from pipelines.executor import run_units
from pipelines.export import (
    SPLITS,
    PartFiles,
    ShardPlan,
    plan_shards,
    scatter_part,
    shard_file_name,
    shard_rows,
    write_shard,
)
from pipelines.layout import STEPS, Layout
from pipelines.summaries import BuildCounts, count_build


def write_final(
    recipe: Recipe,
    layout: Layout,
    prose: str,
    language_model: str,
    workers: int,
    folder: StepFolder,
) -> StepResult:
    """Writes ``data/*.parquet``, ``README.md`` and ``manifest.json`` into the step's folder."""
    parts = {name: _part_files(layout, name) for name in layout.part_names()}
    plan = plan_shards(
        list(parts.values()),
        recipe.export.shard_bytes,
        recipe.export.validation_ratio,
        recipe.mix.seed,
    )
    scattered = [f"scratch/scattered/{name}.done" for name in parts]
    run_units(
        "scatter", folder, scattered, partial(_scatter_unit, folder.path, parts, plan), workers
    )
    shards = {
        f"data/{shard_file_name(split, shard, plan)}": f"{split}-{shard:05d}"
        for split in SPLITS
        for shard in range(plan.shards[split])
    }
    run_units(
        "write shards", folder, list(shards), partial(_shard_unit, folder.path, shards), workers
    )
    records = {step: read_record(layout.root / step) for step in STEPS if step != "export"}
    counts = count_build(layout)
    splits = [
        (split, shard_rows(sorted((folder.path / "data").glob(f"{split}-*")))) for split in SPLITS
    ]
    numbers = card_numbers(recipe, counts, records, splits, language_model)
    write_atomic(folder.path / "README.md", render_card(recipe, prose, numbers))
    write_manifest(folder.path, _manifest(recipe, counts, records, language_model))
    return StepResult({"documents": dict(splits)}, ("datasets",))


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


def card_numbers(
    recipe: Recipe,
    counts: BuildCounts,
    records: Mapping[str, StepRecord],
    splits: list[tuple[str, int]],
    language_model: str,
) -> CardNumbers:
    """Collects everything in a card that is counted."""
    by_source = {source.name: source for source in recipe.sources}
    flow = counts.flow
    read = flow.filter(pl.col("step") == "ingest")
    kept = flow.filter(pl.col("step") == "mix")
    composition = read.join(kept, on=["source", "language"], how="left", suffix="_out")
    steps = flow.group_by("step").agg(pl.col("documents").sum(), pl.col("bytes").sum())
    by_step = {step: (documents, size) for step, documents, size in steps.iter_rows()}
    reasons = (
        counts.reasons.group_by("reason")
        .agg(pl.col("documents").sum())
        .sort(["documents", "reason"], descending=[True, False])
    )
    mix: Any = records["mix"].counts
    edits = counts.edits.group_by("kind").agg(pl.col("edits").sum()).sort("kind")
    versions = dict(records["measure"].packages)
    return CardNumbers(
        splits=splits,
        sources=[
            SourceRow(
                row["source"],
                row["language"],
                by_source[row["source"]].license,
                by_source[row["source"]].revision or "",
                row["documents"],
                row["documents_out"] or 0,
                row["bytes_out"] or 0,
            )
            for row in composition.iter_rows(named=True)
        ],
        steps=[StepRow(step, *by_step[step]) for step in STEPS if step in by_step],
        reasons=list(reasons.iter_rows()),
        shares=[
            (language, numbers["asked_share"], numbers["share"])
            for language, numbers in mix["languages"].items()
        ],
        mix_unit=recipe.mix.unit,
        shortfall=" ".join(mix["why"]),
        personal_data=list(edits.iter_rows()),
        versions=sorted(versions.items()),
        language_model=language_model,
        words=recipe.measure.words,
        build_command=f"bllossom build data_cards/{recipe.dataset.name}.toml",
    )


def _manifest(
    recipe: Recipe, counts: BuildCounts, records: Mapping[str, StepRecord], language_model: str
) -> Manifest:
    table: dict[str, dict[str, dict[str, int]]] = {}
    for source, _, step, documents, size in counts.flow.iter_rows():
        entry = table.setdefault(step, {}).setdefault(source, {"documents": 0, "bytes": 0})
        entry["documents"] += documents
        entry["bytes"] += size
    for source, _, reason, documents, *_ in counts.reasons.iter_rows():
        entry = table.setdefault("removed", {}).setdefault(source, {})
        entry[reason] = entry.get(reason, 0) + documents
    packages = {
        name: version for record in records.values() for name, version in record.packages.items()
    }
    given = recipe.measure.language_model
    return Manifest(
        name=recipe.dataset.name,
        version=recipe.dataset.version,
        license=recipe.dataset.license,
        languages=recipe.dataset.languages,
        sources=tuple(
            SourceEntry(
                source.name,
                source.license,
                source.url,
                source.revision,
                records["ingest"].external[source.name],
            )
            for source in recipe.sources
        ),
        steps=tuple(
            StepEntry(record.name, record.revision, record.fingerprint, record.settings)
            for record in records.values()
        ),
        models=(
            ModelEntry(
                language_model,
                "language identification",
                given.url if given else None,
                given.sha256 if given else None,
            ),
        ),
        counts=table,
        packages={**packages, **package_versions(("datasets",))},
    )
