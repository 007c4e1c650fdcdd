"""Mix parts: how often each document is taken so that languages and sources have their shares.

Three stages, the first and the last per part and therefore parallel:

1. `document_sizes.write_size_part` writes what each document weighs after cleaning.
2. `select_documents` plans the mix over all size parts. It holds a hash and a size, 16 bytes, for
   each document of one source and language at a time.
3. `write_mix_part` writes the copies of each document, from its hash alone.

`summarise_mix` then counts what the written parts hold; nothing is reported that was only planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bllossom_data.corpus.mixing import (
    Available,
    Choice,
    MixGroup,
    MixPlan,
    MixSettings,
    choose_copies,
    copies_of,
    hash_ids,
    missed_targets,
    plan_mix,
)
from bllossom_data.errors import StepError
from bllossom_data.files import pretty_json, write_atomic
from pipelines.document_sizes import SIZE_COLUMNS, read_aligned, read_part, write_part

__all__ = [
    "MixSelection",
    "mix_parts",
    "select_documents",
    "summarise_mix",
    "write_mix_part",
]

SIZE_OF_UNIT = {"bytes": "n_bytes", "tokens": "n_tokens"}
GROUP = ["language", "source"]
COUNTS = {
    "available_documents": pl.Int64,
    "available_bytes": pl.Int64,
    "available_tokens": pl.Int64,
    "documents": pl.Int64,
    "copies": pl.Int64,
    "bytes": pl.Int64,
    "tokens": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class MixSelection:
    """The plan, and which documents of each group meet it."""

    plan: MixPlan
    available: dict[MixGroup, Available]
    largest: dict[str, int]
    choices: dict[MixGroup, Choice]


def select_documents(size_parts: Sequence[Path], settings: MixSettings) -> MixSelection:
    """Plan the mix over all parts and choose the documents that meet the plan.

    Args:
        size_parts: all parts that `write_size_part` wrote
        settings: what is asked for

    Returns:
        the same selection whatever the order of the parts and the cuts between them

    Raises:
        StepError: a part cannot be read, or has no tokens where the unit is tokens
    """
    totals = [_totals(part, settings) for part in size_parts]
    available: dict[MixGroup, Available] = {}
    largest: dict[str, int] = {}
    parts_of: dict[MixGroup, list[Path]] = {}
    for part, rows in zip(size_parts, totals, strict=True):
        for language, source, documents, size, of_largest in rows:
            group = MixGroup(language, source)
            before = available.get(group, Available(0, 0))
            available[group] = Available(before.documents + documents, before.size + size)
            largest[language] = max(largest.get(language, 0), of_largest)
            parts_of.setdefault(group, []).append(part)
    plan = plan_mix(available, settings)
    choices: dict[MixGroup, Choice] = {}
    carried: dict[str, int] = {}
    for group, target in plan.targets.items():
        there = available[group].size
        if target.size == 0:
            choices[group] = Choice(0, None, 0)
            continue
        # What whole documents leave over in one source, the next of the language makes good.
        wanted = target.size + carried.get(group.language, 0)
        wanted = max(0, min(wanted, there * settings.max_epochs))
        choice = _choose(parts_of[group], group, wanted, there, settings)
        choices[group] = choice
        carried[group.language] = carried.get(group.language, 0) + target.size - choice.size
    return MixSelection(plan, available, largest, choices)


def _totals(part: Path, settings: MixSettings) -> list[tuple[str, str, int, int, int]]:
    size = SIZE_OF_UNIT[settings.unit]
    sizes = read_part(part, [*GROUP, "n_bytes", size] if size != "n_bytes" else [*GROUP, size])
    if sizes[size].null_count():
        raise StepError(
            f"{part}: has no tokens, but the mix is in tokens; "
            "write the size parts again with the tokenizer of the recipe"
        )
    totals = (
        sizes.filter(pl.col("n_bytes") > 0)
        .group_by(GROUP)
        .agg(
            pl.len().cast(pl.Int64),
            pl.col(size).sum().alias("size"),
            pl.col(size).max().alias("max"),
        )
        .sort(GROUP)
    )
    return totals.rows()


def _choose(
    parts: Sequence[Path], group: MixGroup, wanted: int, there: int, settings: MixSettings
) -> Choice:
    if wanted % there == 0:
        return Choice(wanted // there, None, wanted)
    hashes, sizes = [], []
    size = SIZE_OF_UNIT[settings.unit]
    for part in parts:
        rows = read_part(part, SIZE_COLUMNS).filter(
            pl.col("n_bytes") > 0,
            pl.col("language") == group.language,
            pl.col("source") == group.source,
        )
        hashes.append(hash_ids(rows["id"].to_arrow(), settings.seed))
        sizes.append(rows[size].to_numpy())
    return choose_copies(np.concatenate(hashes), np.concatenate(sizes), wanted, settings.max_epochs)


def write_mix_part(
    size_part: Path, output_part: Path, selection: MixSelection, settings: MixSettings
) -> None:
    """Write a mix part: `id`, and `copies` (uint16, 0 = not taken).

    Raises:
        StepError: the part cannot be read
    """
    sizes = read_part(size_part, SIZE_COLUMNS)
    hashes = hash_ids(sizes["id"].to_arrow(), settings.seed)
    copies = np.zeros(len(sizes), np.uint16)
    for language, source in sizes.select(GROUP).unique().rows():
        choice = selection.choices.get(MixGroup(language, source))
        if choice is not None:
            of_group = (
                (sizes["language"] == language)
                & (sizes["source"] == source)
                & (sizes["n_bytes"] > 0)
            ).to_numpy()
            copies[of_group] = copies_of(hashes[of_group], choice)
    write_part(pl.DataFrame({"id": sizes["id"], "copies": copies}), output_part)


def mix_parts(
    size_parts: Sequence[Path], output_folder: Path, summary_file: Path, settings: MixSettings
) -> dict[str, Any]:
    """Mix all parts in this process: mix parts of the same names, and last the summary as JSON.

    Returns:
        what `summarise_mix` counted
    """
    selection = select_documents(size_parts, settings)
    written = [output_folder / part.name for part in size_parts]
    for part, output in zip(size_parts, written, strict=True):
        write_mix_part(part, output, selection, settings)
    summary = summarise_mix(size_parts, written, selection, settings)
    write_atomic(summary_file, pretty_json(summary))
    return summary


def summarise_mix(
    size_parts: Sequence[Path],
    written_parts: Sequence[Path],
    selection: MixSelection,
    settings: MixSettings,
) -> dict[str, Any]:
    """Count what written mix parts hold, beside what was asked and why they differ.

    Returns:
        `asked` (the settings), `achieved` (documents, copies, bytes, tokens; tokens are null where
        they were not counted), `languages` and `sources` with the same numbers, shares and epochs,
        `as_asked` (each language within 0.5 % of what was asked), `why` (reasons)

    Raises:
        StepError: a part cannot be read, or a mix part is not of the documents of its size part
    """
    counted = [
        _count(size_part, mix_part)
        for size_part, mix_part in zip(size_parts, written_parts, strict=True)
    ]
    empty = pl.DataFrame(schema={"language": pl.String, "source": pl.String, **COUNTS})
    sources = pl.concat([empty, *counted]).group_by(GROUP).agg(_sums()).sort(GROUP)
    languages = sources.group_by("language").agg(_sums()).sort("language")
    total = sources.select(_sums()).row(0, named=True)
    size = settings.unit
    achieved = dict(languages.select("language", size).iter_rows())
    targets = selection.plan.language_targets()
    missed = missed_targets(targets, achieved, selection.largest, settings.unit)
    whole = total[size] or 1
    return {
        "asked": {
            "unit": settings.unit,
            "ratio": dict(settings.ratio),
            "weights": dict(settings.weights),
            "budget": settings.budget,
            "max_epochs": settings.max_epochs,
            "seed": settings.seed,
        },
        "achieved": total,
        "languages": {
            row["language"]: {
                "asked_share": settings.ratio.get(row["language"], 0.0 if settings.ratio else None),
                "share": row[size] / whole,
                "target": targets.get(row["language"], 0),
                **{name: row[name] for name in COUNTS},
            }
            for row in languages.iter_rows(named=True)
        },
        "sources": [_source_summary(row, selection, size) for row in sources.iter_rows(named=True)],
        "as_asked": not selection.plan.reasons and not missed,
        "why": [*selection.plan.reasons, *missed],
    }


def _sums() -> list[pl.Expr]:
    # The sum of nothing counted is nothing, not 0.
    return [
        pl.when(pl.col(name).is_null().any() & (pl.len() > 0))
        .then(None)
        .otherwise(pl.col(name).sum())
        .alias(name)
        for name in COUNTS
    ]


def _count(size_part: Path, mix_part: Path) -> pl.DataFrame:
    """Numbers of `COUNTS` by language and source, from one pair of parts."""
    sizes = read_part(size_part, SIZE_COLUMNS)
    copies = read_aligned(mix_part, ["id", "copies"], sizes)["copies"].cast(pl.Int64)
    rows = sizes.with_columns(copies).filter((pl.col("n_bytes") > 0) | (pl.col("copies") > 0))
    return (
        rows.select(
            *GROUP,
            available_documents=pl.lit(1, pl.Int64),
            available_bytes="n_bytes",
            available_tokens="n_tokens",
            documents=(pl.col("copies") > 0).cast(pl.Int64),
            copies="copies",
            bytes=pl.col("n_bytes") * pl.col("copies"),
            tokens=pl.col("n_tokens") * pl.col("copies"),
        )
        .group_by(GROUP)
        .agg(_sums())
    )


def _source_summary(row: dict[str, Any], selection: MixSelection, size: str) -> dict[str, Any]:
    group = MixGroup(row["language"], row["source"])
    there = row[f"available_{size}"]
    target = selection.plan.targets.get(group)
    return {
        "language": group.language,
        "source": group.source,
        "target": 0 if target is None else target.size,
        "epochs": row[size] / there if there else 0.0,
        **{name: row[name] for name in COUNTS},
    }
