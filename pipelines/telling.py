"""What a build says on the terminal when it is done."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bllossom_data.errors import StepError
from bllossom_data.report.data import SampledDocument
from pipelines.layout import STEPS, Layout
from pipelines.pretraining import PretrainingBuild
from pipelines.sampling import removal_reasons
from pipelines.summaries import check_finished, count_build

_SHOWN_STEPS = tuple(step for step in STEPS if step not in ("measure", "export"))


def build_summary(layout: Layout, report: Path) -> dict[str, Any]:
    """Returns what `print_summary` prints, as plain data.

    ``sources`` has, for each source, documents and bytes after every step and documents by reason;
    ``languages`` the shares of the mix.
    """
    counts = count_build(layout)
    sources: dict[str, Any] = {}
    for source, language, step, documents, size in counts.flow.iter_rows():
        entry = sources.setdefault(source, {"steps": {}, "removed": {}, "languages": []})
        if language not in entry["languages"]:
            entry["languages"].append(language)
        total = entry["steps"].setdefault(step, {"documents": 0, "bytes": 0})
        total["documents"] += documents
        total["bytes"] += size
    for source, _, reason, documents, *_ in counts.reasons.iter_rows():
        removed = sources[source]["removed"]
        removed[reason] = removed.get(reason, 0) + documents
    mix = json.loads(layout.mix_summary.read_bytes())
    ingested = json.loads((layout.root / "ingest" / "step.json").read_bytes())["counts"]
    return {
        "sources": sources,
        "quarantined": {
            source: entry["quarantined"]
            for source, entry in ingested.items()
            if entry["quarantined"]
        },
        "unit": mix["asked"]["unit"],
        "languages": mix["languages"],
        "why": mix["why"],
        "masked": dict(
            counts.edits.group_by("kind").agg(pl.col("edits").sum()).sort("kind").iter_rows()
        ),
        "dataset": str(layout.final),
        "card": str(layout.final / "README.md"),
        "report": str(report),
    }


def print_summary(summary: dict[str, Any]) -> None:
    """Prints what each step left of every source, why documents went, and where the result is."""
    console = Console(markup=False, emoji=False)
    console.print(_steps_table(summary["sources"]))
    console.print(_reasons_table(summary["sources"]))
    for source, reasons in summary["quarantined"].items():
        told = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()))
        console.print(f"set aside unread from {source}: {told}", highlight=False)
    if summary["masked"]:
        told = ", ".join(f"{kind} {count:,}" for kind, count in summary["masked"].items())
        console.print(f"personal data replaced: {told}", highlight=False)
    unit = summary["unit"]
    for language, numbers in summary["languages"].items():
        asked = numbers["asked_share"]
        wanted = f", asked {asked:.2%}" if asked is not None else ""
        console.print(
            f"{language}: {numbers['share']:.2%} of the mix{wanted} "
            f"({numbers['copies']:,} documents, {numbers[unit]:,} {unit})",
            highlight=False,
        )
    for reason in summary["why"]:
        console.print(f"  {reason}", highlight=False)
    for name in ("dataset", "card", "report"):
        console.print(f"{name:<8} {summary[name]}", highlight=False, soft_wrap=True)


def _steps_table(sources: Mapping[str, Any]) -> Table:
    table = Table(title="Documents after each step · 단계별 남은 문서", title_justify="left")
    table.add_column("source", overflow="fold")
    for step in _SHOWN_STEPS:
        table.add_column(step, justify="right")
    totals = dict.fromkeys(_SHOWN_STEPS, 0)
    for source, entry in sources.items():
        after = [entry["steps"].get(step, {"documents": 0})["documents"] for step in _SHOWN_STEPS]
        for step, documents in zip(_SHOWN_STEPS, after, strict=True):
            totals[step] += documents
        table.add_row(source, *(f"{count:,}" for count in after))
    table.add_section()
    table.add_row("all", *(f"{totals[step]:,}" for step in _SHOWN_STEPS))
    return table


def _reasons_table(sources: Mapping[str, Any]) -> Table:
    title = "Why documents were removed; one may fail several rules · 제외 사유"
    table = Table(title=title, title_justify="left")
    table.add_column("reason", no_wrap=True)
    table.add_column("documents", justify="right")
    table.add_column("by source")
    by_reason: dict[str, dict[str, int]] = {}
    for source, entry in sources.items():
        for reason, documents in entry["removed"].items():
            by_reason.setdefault(reason, {})[source] = documents
    for reason, counts in sorted(by_reason.items(), key=lambda item: -sum(item[1].values())):
        told = ", ".join(f"{source} {count:,}" for source, count in counts.items())
        table.add_row(reason, f"{sum(counts.values()):,}", told)
    return table


def check_filters(build: PretrainingBuild, reason: str | None, source: str | None) -> None:
    """Refuses a reason or source that cannot occur, naming those that can.

    Raises:
        StepError: The reason or the source does not exist, or the build is not finished.
    """
    if reason and reason not in removal_reasons():
        raise StepError(
            f"--reason {reason}: no document is removed for this; there are "
            f"{', '.join(removal_reasons())}"
        )
    names = [one.name for one in build.recipe.sources]
    if source and source not in names:
        raise StepError(f"--source {source}: not in the recipe; there are {', '.join(names)}")
    check_finished(build.layout, STEPS[:-1])


def print_document(document: SampledDocument) -> None:
    """Prints a document with every failed rule, its value and its threshold."""
    console = Console()
    lines = []
    for failure in document.failures:
        sign = {"above": ">", "below": "<"}.get(failure.side or "", "")
        value = "" if failure.value is None else f" {failure.value:.4g}"
        limit = "" if failure.threshold is None else f" {sign} {failure.threshold:g}"
        detail = f" {failure.detail}" if failure.detail else ""
        lines.append(f"{failure.reason}:{value}{limit}{detail}")
    cut = "…" if document.n_chars > len(document.text) else ""
    console.print(
        Panel(
            Text(document.text + cut),
            title=Text(f"{document.source} · {document.origin} · {document.n_chars:,} characters"),
            title_align="left",
        )
    )
    for line in lines or ["kept"]:
        console.print(Text(f"  {line}"), soft_wrap=True)
