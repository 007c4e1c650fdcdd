"""Documents to read: a fair sample of what was dropped, and why, and of what was kept.

Ids are hashes of the text, so the smallest ids are a random sample, the same in every build of the
same data.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from bllossom_data.corpus.rules import RULE_BITS, RULES, Thresholds
from bllossom_data.report.data import (
    Cluster,
    ClusterMember,
    Failure,
    Leak,
    QuarantinedRow,
    SampledDocument,
)
from pipelines.layout import Layout
from pipelines.summaries import part_frames

EXCERPT_CHARS = 1500
_OTHER_REASONS = {
    "exact_duplicate": pl.col("kept_decide")
    & ~pl.col("kept_deduplicate")
    & (pl.col("kind") == "exact"),
    "near_duplicate": pl.col("kept_decide")
    & ~pl.col("kept_deduplicate")
    & (pl.col("kind") == "near"),
    "contaminated": pl.col("kept_deduplicate") & ~pl.col("kept_decontaminate"),
}


def removal(reason: str) -> pl.Expr:
    """Returns the condition under which a document of `part_frames` was removed for a reason."""
    if reason in RULE_BITS:
        return pl.col("failed") & (1 << RULE_BITS[reason]) != 0
    return _OTHER_REASONS[reason]


def removal_reasons() -> tuple[str, ...]:
    """Returns every reason for which a document can be removed."""
    return (*RULE_BITS, *_OTHER_REASONS)


def sample_removed(
    layout: Layout,
    thresholds: Mapping[str, Thresholds],
    per_group: int,
    *,
    reason: str | None = None,
    source: str | None = None,
    language: str | None = None,
) -> list[SampledDocument]:
    """Samples removed documents for every reason, source and language.

    Args:
        layout: The build.
        thresholds: Thresholds by language, to show beside the failing values.
        per_group: Documents per reason, source and language.
        reason: Only this reason.
        source: Only this source.
        language: Only this language.
    """
    chosen: list[pl.DataFrame] = []
    for name, frame in part_frames(layout):
        rows = _of(frame, name, source, language)
        for one in (reason,) if reason else removal_reasons():
            removed = rows.filter(removal(one))
            if removed.height:
                chosen.append(_smallest(removed.with_columns(group=pl.lit(one)), per_group))
    return _load(layout, thresholds, chosen, per_group)


def sample_kept(
    layout: Layout,
    thresholds: Mapping[str, Thresholds],
    per_group: int,
    *,
    source: str | None = None,
    language: str | None = None,
) -> list[SampledDocument]:
    """Samples documents of the mix for every source and language."""
    chosen = []
    for name, frame in part_frames(layout):
        kept = _of(frame, name, source, language).filter(pl.col("copies") > 0)
        if kept.height:
            chosen.append(_smallest(kept.with_columns(group=pl.lit("kept")), per_group))
    return _load(layout, thresholds, chosen, per_group)


def _of(frame: pl.DataFrame, name: str, source: str | None, language: str | None) -> pl.DataFrame:
    frame = frame.with_row_index("row").with_columns(part=pl.lit(name))
    if source:
        frame = frame.filter(pl.col("source") == source)
    if language:
        frame = frame.filter(pl.col("language") == language)
    return frame


def _smallest(rows: pl.DataFrame, count: int) -> pl.DataFrame:
    keys = ["group", "source", "language"]
    return rows.sort("id", "part", "row").group_by(keys, maintain_order=True).head(count)


def _load(
    layout: Layout,
    thresholds: Mapping[str, Thresholds],
    chosen: list[pl.DataFrame],
    per_group: int,
) -> list[SampledDocument]:
    if not chosen:
        return []
    keys = ["group", "source", "language", "id", "part", "row", "failed", "kind"]
    rows = _smallest(pl.concat(frame.select(keys) for frame in chosen), per_group)
    rows = rows.unique(["part", "row"], keep="first", maintain_order=True)
    found: dict[tuple[str, int], SampledDocument] = {}
    for (part,), group in rows.group_by(["part"], maintain_order=True):
        numbers = group["row"]
        documents = pl.read_parquet(layout.part("ingest", part))[numbers]
        signals = pl.read_parquet(layout.part("measure", part))[numbers]
        unique = pl.read_parquet(layout.part("deduplicate", part))[numbers]
        clear = pl.read_parquet(layout.part("decontaminate", part))[numbers]
        for place, row in enumerate(group.iter_rows(named=True)):
            document = documents.row(place, named=True)
            failures = _rule_failures(row, signals.row(place, named=True), thresholds)
            failures += _other_failures(unique.row(place, named=True), clear.row(place, named=True))
            found[part, row["row"]] = _sampled(document, row["language"], failures)
    order = rows.sort("language", "source", "group", "id", "part", "row")
    return [found[part, row] for part, row in order.select("part", "row").iter_rows()]


def _rule_failures(
    row: Mapping[str, object],
    signals: Mapping[str, object],
    thresholds: Mapping[str, Thresholds],
) -> list[Failure]:
    failures = []
    for bit, rule in enumerate(RULES):
        if int(str(row["failed"])) >> bit & 1:
            value = signals[rule.signal]
            limit = thresholds[str(row["language"])].get(rule.threshold)
            detail = f"identified as {signals['lid_language']}" if rule.reason == "language" else ""
            failures.append(
                Failure(
                    rule.reason,
                    rule.signal,
                    float(str(value)) if value is not None else None,
                    float(limit) if limit is not None else None,
                    rule.side,
                    detail,
                )
            )
    return failures


def _other_failures(unique: Mapping[str, object], clear: Mapping[str, object]) -> list[Failure]:
    failures = []
    if unique["duplicate_of"]:
        similarity = unique["similarity"]
        failures.append(
            Failure(
                f"{unique['kind']}_duplicate",
                "similarity",
                float(str(similarity)) if similarity is not None else None,
                detail=f"of {unique['duplicate_of']}",
            )
        )
    if clear["evaluation_item"]:
        detail = f"{clear['evaluation_set']}: {clear['evaluation_item']}"
        failures.append(
            Failure("contaminated", "overlap", float(str(clear["overlap"])), detail=detail)
        )
    return failures


def _sampled(
    document: Mapping[str, object], language: str, failures: list[Failure]
) -> SampledDocument:
    text = str(document["text"])
    url = document["url"]
    return SampledDocument(
        id=str(document["id"]),
        source=str(document["source"]),
        origin=str(document["origin"]),
        language=language,
        text=text[:EXCERPT_CHARS],
        n_chars=len(text),
        position=int(str(document["position"])),
        url=str(url) if url is not None else None,
        failures=tuple(failures),
    )


def sample_clusters(layout: Layout, count: int, members: int = 4) -> list[Cluster]:
    """Samples duplicate clusters: the largest half, and half at random."""
    rows = pl.read_parquet(layout.clusters)
    if rows.is_empty():
        return []
    near = rows.group_by("cluster").agg(
        pl.len().alias("size"), (pl.col("kind") == "near").any().alias("near")
    )
    largest = near.sort(["near", "size", "cluster"], descending=[True, True, False])
    picked = [*largest.head(count // 2)["cluster"], *near.sort("cluster")["cluster"].head(count)]
    clusters = []
    for number in list(dict.fromkeys(picked))[:count]:
        found = rows.filter(pl.col("cluster") == number)
        shown = found.sort(["survivor", "similarity", "id"], descending=[True, False, False])
        kinds = set(found["kind"].drop_nulls())
        clusters.append(
            Cluster(
                id=str(number),
                kind="near" if "near" in kinds else "exact",
                size=found.height,
                members=tuple(
                    _member(layout, row) for row in shown.head(members).iter_rows(named=True)
                ),
            )
        )
    return clusters


def _member(layout: Layout, row: Mapping[str, object]) -> ClusterMember:
    part = pl.scan_parquet(layout.part("ingest", str(row["part"])))
    document = (
        part.select("text", "origin").slice(int(str(row["row"])), 1).collect().row(0, named=True)
    )
    similarity = row["similarity"]
    return ClusterMember(
        id=str(row["id"]),
        source=str(row["source"]),
        origin=document["origin"],
        text=document["text"][:EXCERPT_CHARS],
        n_chars=len(document["text"]),
        survivor=bool(row["survivor"]),
        similarity=float(str(similarity)) if similarity is not None else None,
    )


def leaks_of(documents: list[SampledDocument], texts: Mapping[tuple[str, str], str]) -> list[Leak]:
    """Turns sampled leaks into what the report shows.

    Args:
        documents: Sampled documents removed as ``contaminated``.
        texts: Text of evaluation items by set and item.
    """
    leaks = []
    for document in documents:
        for failure in document.failures:
            if failure.reason == "contaminated":
                name, _, item = failure.detail.partition(": ")
                leaks.append(
                    Leak(document, name, item, failure.value or 0.0, texts.get((name, item), ""))
                )
    return leaks


def quarantined_rows(layout: Layout, limit: int) -> tuple[int, list[QuarantinedRow]]:
    """Returns the number of rows set aside, and the first of them."""
    total = 0
    shown: list[QuarantinedRow] = []
    for path in sorted((layout.root / "ingest" / "parts" / "quarantine").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                total += 1
                if len(shown) < limit:
                    shown.append(_quarantined(path, line))
    return total, shown


def _quarantined(path: Path, line: str) -> QuarantinedRow:
    row = json.loads(line)
    return QuarantinedRow(
        path.name.split(".")[0],
        row["origin"],
        row["position"],
        f"{row['reason']}: {row['detail']}" if row["detail"] else row["reason"],
        row["excerpt"],
    )
