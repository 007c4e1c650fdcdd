"""Fills the report of a build from what its steps left behind."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from bllossom_data.corpus.mixing import TOLERANCE
from bllossom_data.corpus.rules import RULES, Thresholds, active_rules
from bllossom_data.files import write_atomic
from bllossom_data.manifest import RECORD, TIMINGS, read_manifest, read_record
from bllossom_data.publishing.prose import build_command
from bllossom_data.report.data import (
    ClusterSizeCount,
    Counts,
    EditCount,
    Histogram,
    MixShare,
    MixSource,
    MixSummary,
    ModelFile,
    Provenance,
    ReasonCount,
    Report,
    SourceSummary,
    StepSummary,
    Threshold,
)
from bllossom_data.report.page import render_report
from pipelines.evaluation_sets import read_evaluation_items
from pipelines.layout import STEPS, Layout
from pipelines.pretraining import PretrainingBuild
from pipelines.readers import list_files
from pipelines.sampling import (
    leaks_of,
    quarantined_rows,
    sample_clusters,
    sample_kept,
    sample_removed,
)
from pipelines.summaries import SignalCounts, check_finished, count_build, count_signals

_REJECTS_PER_GROUP = 2
_KEPT_PER_SOURCE = 3
_CLUSTERS = 16
_QUARANTINED = 200
_LEAKS = 20
_FAMILIES = {
    "lid_score": "language",
    "n_content_words": "length",
    "mean_word_chars": "length",
    "n_lines": "length",
    "line_punct_ratio": "lines",
    "short_line_ratio": "lines",
    "newline_word_ratio": "lines",
    "bullet_line_ratio": "lines",
    "ellipsis_line_ratio": "lines",
    "hash_word_ratio": "symbols",
    "ellipsis_word_ratio": "symbols",
    "alpha_word_ratio": "symbols",
    "n_stop_words": "quality",
    "spam_terms_per_1000_chars": "web",
    "chrome_line_ratio": "web",
    "broken_char_ratio": "web",
}
_CLUSTER_SIZES = ((2, 2), (3, 3), (4, 5), (6, 10), (11, 100), (101, None))


def write_report(build: PretrainingBuild) -> Path:
    """Writes ``report.html`` beside the steps of a finished build and returns where it lies."""
    target = build.layout.root / "report.html"
    write_atomic(target, render_report(collect_report(build)))
    return target


def collect_report(build: PretrainingBuild) -> Report:
    """Collects everything the report shows.

    Args:
        build: A finished build.

    Raises:
        StepError: The build is not finished.
    """
    recipe, layout = build.recipe, build.layout
    check_finished(layout)
    thresholds = build.thresholds()
    manifest = read_manifest(layout.final)
    counts = count_build(layout)
    removed = sample_removed(layout, thresholds, _REJECTS_PER_GROUP)
    leaks = sample_removed(layout, thresholds, _LEAKS, reason="contaminated")
    total_quarantined, quarantine = quarantined_rows(layout, _QUARANTINED)
    finished = datetime.fromtimestamp((layout.final / RECORD).stat().st_mtime, UTC)
    return Report(
        name=recipe.dataset.name,
        version=recipe.dataset.version,
        built_at=finished.isoformat(timespec="seconds"),
        generated_from=str(layout.root),
        languages=recipe.dataset.languages,
        pretty_name=recipe.dataset.pretty_name,
        sources=tuple(_sources(build)),
        steps=tuple(_steps(layout, counts.flow)),
        provenance=Provenance(
            command=build_command(build.recipe_path),
            recipe=recipe.model_dump_json(indent=1),
            recipe_path=str(build.recipe_path),
            machine=f"{platform.system()} {platform.machine()}",
            models=tuple(
                ModelFile(model.name, model.url or "", model.sha256 or "")
                for model in manifest.models
            ),
            versions=dict(manifest.packages),
        ),
        reasons=tuple(_reasons(counts.reasons)),
        histograms=tuple(
            _histogram(one, thresholds)
            for one in count_signals(layout, thresholds)
            if one.counts.sum()
        ),
        rejects=tuple(removed),
        kept=tuple(sample_kept(layout, thresholds, _KEPT_PER_SOURCE)),
        clusters=tuple(sample_clusters(layout, _CLUSTERS)),
        cluster_sizes=tuple(_cluster_sizes(layout)),
        leaks=tuple(leaks_of(leaks, _item_texts(build))),
        personal_data=tuple(
            EditCount(kind, source, documents, edits)
            for source, kind, documents, edits in counts.edits.iter_rows()
        ),
        mix=_mix(layout, recipe.dataset.languages),
        quarantine=tuple(quarantine),
        quarantined=total_quarantined,
    )


def _sources(build: PretrainingBuild) -> list[SourceSummary]:
    summaries = []
    for source in build.recipe.sources:
        listed = list_files(build.source_path(source), source.format)
        summaries.append(
            SourceSummary(
                name=source.name,
                language=source.language or "",
                license=source.license,
                path=source.path,
                revision=source.revision or "",
                url=source.url,
                format=listed[0].format,
                files=len(listed),
                bytes=sum(file.size_bytes for file in listed),
            )
        )
    return summaries


def _steps(layout: Layout, flow: pl.DataFrame) -> list[StepSummary]:
    by_step: dict[str, dict[str, tuple[int, int]]] = {step: {} for step in STEPS}
    totals = flow.group_by("step", "source").agg(pl.col("documents").sum(), pl.col("bytes").sum())
    for step, source, documents, size in totals.sort("step", "source").iter_rows():
        by_step[step][source] = (documents, size)
    summaries = []
    before = by_step[STEPS[0]]
    for step in STEPS:
        folder = layout.final if step == "export" else layout.root / step
        timings = json.loads((folder / TIMINGS).read_bytes())
        after = by_step[step]
        summaries.append(
            StepSummary(
                name=step,
                by_source={
                    source: Counts(*before.get(source, (0, 0)), *after.get(source, (0, 0)))
                    for source in sorted({*before, *after})
                },
                seconds=timings["seconds"],
                peak_memory_bytes=max(
                    timings["peak_memory_bytes"], timings["largest_worker_bytes"]
                ),
                fingerprint=read_record(folder).fingerprint,
            )
        )
        before = after
    return summaries


def _reasons(reasons: pl.DataFrame) -> list[ReasonCount]:
    totals = reasons.group_by("reason", "source").agg(
        pl.col("documents").sum(), pl.col("documents_only_this").sum(), pl.col("bytes").sum()
    )
    return [ReasonCount(*row) for row in totals.sort("reason", "source").iter_rows()]


def _histogram(counts: SignalCounts, thresholds: Mapping[str, Thresholds]) -> Histogram:
    rules = [
        (rule, value)
        for rule, value in active_rules(thresholds[counts.language])
        if rule.signal == counts.signal
    ]
    description = next(rule for rule in RULES if rule.signal == counts.signal)
    return Histogram(
        signal=counts.signal,
        language=counts.language,
        edges=tuple(counts.edges.tolist()),
        counts=tuple(counts.counts.tolist()),
        thresholds=tuple(
            Threshold(
                value,
                rule.side,
                counts.removed.get(rule.reason, 0) / max(int(counts.counts.sum()), 1),
                rule.reason,
            )
            for rule, value in rules
        ),
        family=_FAMILIES.get(counts.signal, "repetition"),
        scale="log" if counts.logarithmic else "linear",
        unmeasured=counts.unmeasured,
        description_en=description.description,
        description_ko=description.description_ko,
    )


def _cluster_sizes(layout: Layout) -> list[ClusterSizeCount]:
    sizes = pl.read_parquet(layout.clusters, columns=["cluster"]).group_by("cluster").len()["len"]
    counted = []
    for low, high in _CLUSTER_SIZES:
        chosen = sizes.filter((sizes >= low) & (sizes <= high if high else sizes >= low))
        if len(chosen):
            counted.append(ClusterSizeCount(low, high, len(chosen), int(chosen.sum())))
    return counted


def _item_texts(build: PretrainingBuild) -> dict[tuple[str, str], str]:
    texts = {}
    for one in build.recipe.decontaminate.evaluation_sets:
        items, _ = read_evaluation_items(one.name, build.evaluation_path(one), one.fields)
        for item in items:
            texts[item.evaluation_set, item.item] = "\n".join(item.texts)
    return texts


def _mix(layout: Layout, languages: Sequence[str]) -> MixSummary:
    summary: dict[str, Any] = json.loads(layout.mix_summary.read_bytes())
    asked, unit = summary["asked"], summary["asked"]["unit"]
    return MixSummary(
        unit=unit,
        shares=tuple(
            MixShare(
                language,
                numbers["asked_share"],
                numbers["share"],
                numbers[f"available_{unit}"],
                numbers[unit],
            )
            for language in languages
            if (numbers := summary["languages"].get(language))
        ),
        sources=tuple(
            MixSource(
                row["source"],
                row["language"],
                row["available_documents"],
                row["documents"],
                row["bytes"],
                row["tokens"],
                row["epochs"],
            )
            for row in summary["sources"]
        ),
        budget=asked["budget"],
        max_epochs=asked["max_epochs"],
        shortfall=_shortfall(summary),
    )


def _shortfall(summary: Mapping[str, Any]) -> str:
    """Why the mix is not what was asked; a mix that only became smaller to keep its ratio is."""
    missed = any(
        numbers["asked_share"] is not None
        and abs(numbers["share"] - numbers["asked_share"]) > TOLERANCE
        for numbers in summary["languages"].values()
    )
    return " ".join(summary["why"]) if missed or summary["asked"]["budget"] else ""
