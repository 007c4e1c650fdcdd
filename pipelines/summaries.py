"""What every step did to every source, counted from the parts a build left behind.

Nothing here needs more than one part in memory, and counts come from the results themselves, never
from what a step said it did.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from bllossom_data.corpus.rules import RULES, Thresholds, active_rules
from bllossom_data.errors import StepError
from bllossom_data.manifest import RECORD, read_record
from pipelines.layout import FINAL, STEPS, Layout

N_BINS = 50
_LOG_SIGNALS = {"n_content_words": (1.0, 1e6), "n_lines": (1.0, 1e5)}
_LINEAR_RANGES = {
    "mean_word_chars": (0.0, 12.5),
    "n_stop_words": (0.0, 25.0),
    "spam_terms_per_1000_chars": (0.0, 50.0),
}


def check_finished(layout: Layout, steps: Sequence[str] = (*STEPS[:-1], FINAL)) -> None:
    """Refuses a build of which a step is missing or was made from other results than are there.

    Raises:
        StepError: The build is not finished.
    """
    fingerprints: dict[str, str] = {}
    for step in steps:
        folder = layout.root / step
        record = read_record(folder) if (folder / RECORD).is_file() else None
        if record is None or dict(record.inputs).items() - fingerprints.items():
            raise StepError(f"{folder}: not built yet; run `bllossom build` first")
        fingerprints[step] = record.fingerprint


def part_frames(layout: Layout) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yields for each part its name and one frame with what every step said of every document.

    Columns: ``id, source, language, n_bytes, failed, unmeasured, kept_decide, kept_deduplicate,
    kind, kept_decontaminate, clean_bytes, edits, copies``.
    """
    for name in layout.part_names():
        frame = pl.read_parquet(layout.part("ingest", name), columns=["id", "source"])
        measured = pl.read_parquet(layout.part("measure", name), columns=["language", "n_bytes"])
        decided = pl.read_parquet(
            layout.part("decide", name), columns=["kept", "failed", "unmeasured"]
        )
        unique = pl.read_parquet(layout.part("deduplicate", name), columns=["kept", "kind"])
        clear = pl.read_parquet(layout.part("decontaminate", name), columns=["kept"])
        cleaned = pl.read_parquet(layout.part("clean", name), columns=["clean_text", "edits"])
        mixed = pl.read_parquet(layout.part("mix", name), columns=["copies"])
        frame = (
            frame.hstack(measured)
            .hstack(decided.rename({"kept": "kept_decide"}))
            .hstack(unique.rename({"kept": "kept_deduplicate"}))
            .hstack(clear.rename({"kept": "kept_decontaminate"}))
            .hstack(mixed)
            .with_columns(
                edits=cleaned["edits"],
                clean_bytes=pl.coalesce(
                    cleaned["clean_text"].str.len_bytes().cast(pl.Int64), "n_bytes"
                ),
            )
        )
        yield name, frame


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """Counts of a whole build.

    Attributes:
        flow: ``source, language, step, documents, bytes``: what was there after each step; copies
            of a document count after the mix.
        reasons: ``source, language, reason, documents, documents_only_this, bytes`` of the
            documents that failed each rule, were duplicates or leaks.
        edits: ``source, kind, documents, edits``: personal data that was replaced.
    """

    flow: pl.DataFrame
    reasons: pl.DataFrame
    edits: pl.DataFrame


def count_build(layout: Layout) -> BuildCounts:
    """Counts documents and bytes after every step and for every reason, by source and language."""
    flows: list[pl.DataFrame] = []
    reasons: list[pl.DataFrame] = []
    edits: list[pl.DataFrame] = []
    for _, frame in part_frames(layout):
        flows += _flow(frame)
        reasons += _reasons(frame)
        edits.append(_edits(frame))
    flows += [_published(path) for path in layout.shards()]
    keys = ["source", "language"]
    flow = pl.concat(flows).group_by([*keys, "step"]).sum()
    reason = pl.concat(reasons).group_by([*keys, "reason"]).sum()
    edit = pl.concat(edits).group_by("source", "kind").sum().sort("source", "kind")
    return BuildCounts(flow.sort([*keys, "step"]), reason.sort([*keys, "reason"]), edit)


def count_kept(parts: Sequence[Path]) -> dict[str, int]:
    """Counts documents and kept documents of parts with ``kept``."""
    kept = [pl.read_parquet(path, columns=["kept"])["kept"] for path in parts]
    return {
        "documents": sum(len(column) for column in kept),
        "kept": sum(int(column.sum()) for column in kept),
    }


def _flow(frame: pl.DataFrame) -> list[pl.DataFrame]:
    frame = frame.with_columns(
        everything=pl.lit(True),
        once=pl.lit(1, dtype=pl.Int64),
        selected=pl.col("copies") > 0,
        copies=pl.col("copies").cast(pl.Int64),
    )
    steps = (
        ("ingest", "everything", "once", "n_bytes"),
        ("measure", "everything", "once", "n_bytes"),
        ("decide", "kept_decide", "once", "n_bytes"),
        ("deduplicate", "kept_deduplicate", "once", "n_bytes"),
        ("decontaminate", "kept_decontaminate", "once", "n_bytes"),
        ("clean", "kept_decontaminate", "once", "clean_bytes"),
        ("mix", "selected", "copies", "clean_bytes"),
    )
    return [
        frame.group_by("source", "language").agg(
            step=pl.lit(step),
            documents=pl.col(times).filter(pl.col(alive)).sum(),
            bytes=(pl.col(size) * pl.col(times)).filter(pl.col(alive)).sum(),
        )
        for step, alive, times, size in steps
    ]


def _published(shard: Path) -> pl.DataFrame:
    """What one published file holds: the documents themselves are counted, not a plan of them."""
    frame = pl.read_parquet(shard, columns=["source", "language", "text"])
    return frame.group_by("source", "language").agg(
        step=pl.lit("export"),
        documents=pl.len().cast(pl.Int64),
        bytes=pl.col("text").str.len_bytes().cast(pl.Int64).sum(),
    )


def _reasons(frame: pl.DataFrame) -> list[pl.DataFrame]:
    bits = [
        (rule.reason, pl.col("failed") & (1 << bit) != 0, pl.col("failed") == 1 << bit)
        for bit, rule in enumerate(RULES)
    ]
    duplicate = pl.col("kept_decide") & ~pl.col("kept_deduplicate")
    exact = duplicate & (pl.col("kind") == "exact")
    near = duplicate & (pl.col("kind") == "near")
    leaked = pl.col("kept_deduplicate") & ~pl.col("kept_decontaminate")
    bits += [
        ("exact_duplicate", exact, exact),
        ("near_duplicate", near, near),
        ("contaminated", leaked, leaked),
    ]
    counted = []
    for reason, failed, only in bits:
        rows = frame.filter(failed)
        if rows.height:
            counted.append(
                rows.group_by("source", "language").agg(
                    reason=pl.lit(reason),
                    documents=pl.len().cast(pl.Int64),
                    documents_only_this=only.sum().cast(pl.Int64),
                    bytes=pl.col("n_bytes").sum().cast(pl.Int64),
                )
            )
    empty = pl.DataFrame(
        schema={
            "source": pl.String,
            "language": pl.String,
            "reason": pl.String,
            "documents": pl.Int64,
            "documents_only_this": pl.Int64,
            "bytes": pl.Int64,
        }
    )
    return [empty, *counted]


def _edits(frame: pl.DataFrame) -> pl.DataFrame:
    edited = frame.filter(pl.col("edits") != "{}").select("source", "edits")
    rows = [
        (source, kind, 1, number)
        for source, edits in edited.iter_rows()
        for kind, number in json.loads(edits).items()
    ]
    schema = {"source": pl.String, "kind": pl.String, "documents": pl.Int64, "edits": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True)
class SignalCounts:
    """How a signal is distributed over the documents of one language.

    Attributes:
        signal: Column of the measure step.
        language: ``ko`` or ``en``.
        edges: Bounds of the bins, shape ``(bins + 1,)``; values beyond are in the outer bins.
        counts: Documents per bin.
        unmeasured: Documents without a value.
        logarithmic: Whether the bins are even on a logarithmic axis.
        removed: Documents that fail each rule on the signal, by reason.
    """

    signal: str
    language: str
    edges: np.ndarray
    counts: np.ndarray
    unmeasured: int
    logarithmic: bool
    removed: dict[str, int]


def bin_edges(signal: str) -> np.ndarray:
    """Returns the bounds of a signal's bins, the same in every build, so that builds compare."""
    if signal in _LOG_SIGNALS:
        low, high = _LOG_SIGNALS[signal]
        return np.geomspace(low, high, N_BINS + 1)
    low, high = _LINEAR_RANGES.get(signal, (0.0, 1.0))
    return np.linspace(low, high, N_BINS + 1)


def count_signals(layout: Layout, thresholds: Mapping[str, Thresholds]) -> list[SignalCounts]:
    """Counts the values of every signal that a rule in force looks at, by language."""
    found: dict[tuple[str, str], SignalCounts] = {}
    for language, limits in thresholds.items():
        for rule, _ in active_rules(limits):
            if rule.reason != "language" and (language, rule.signal) not in found:
                found[language, rule.signal] = SignalCounts(
                    rule.signal,
                    language,
                    bin_edges(rule.signal),
                    np.zeros(N_BINS, dtype=np.int64),
                    0,
                    rule.signal in _LOG_SIGNALS,
                    {},
                )
    columns = sorted({"language", *(signal for _, signal in found)})
    for path in layout.parts("measure"):
        frame = pl.read_parquet(path, columns=columns)
        for (language, signal), before in found.items():
            values = frame.filter(pl.col("language") == language)[signal].cast(pl.Float64)
            found[language, signal] = _counted(before, values, thresholds[language])
    return list(found.values())


def _counted(before: SignalCounts, values: pl.Series, limits: Thresholds) -> SignalCounts:
    present = values.drop_nulls()
    clipped = present.to_numpy().clip(before.edges[0], before.edges[-1])
    removed = dict(before.removed)
    for rule, limit in active_rules(limits):
        if rule.signal == before.signal:
            failing = present > limit if rule.side == "above" else present < limit
            removed[rule.reason] = removed.get(rule.reason, 0) + int(failing.sum())
    return replace(
        before,
        counts=before.counts + np.histogram(clipped, before.edges)[0],
        unmeasured=before.unmeasured + values.null_count(),
        removed=removed,
    )
