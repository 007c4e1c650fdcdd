"""Mix parts: how often each document is taken so that languages and sources have their shares.

Three stages, the first and the last per part and therefore parallel:

1. `document_sizes.write_size_part` writes what each document weighs after cleaning.
2. `select_documents` plans the mix over all size parts. It holds a hash and a size, 16 bytes, for
   each document of one source and language at a time.
3. `write_mix_part` writes the copies of each document, from its hash alone.

Documents for validation are drawn before: they are taken once, and everything else here is of the
others. `summarise_mix` then counts what the written parts hold; nothing is reported that was only
planned.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bllossom_data.corpus.mixing import TOLERANCE, MixGroup, MixSettings, copies_of, hash_ids
from bllossom_data.files import pretty_json, write_atomic
from pipelines.document_sizes import SIZE_COLUMNS, read_aligned, read_part, write_part
from pipelines.mix_selection import (
    GROUP,
    MixSelection,
    for_training,
    held_out,
    select_documents,
)

__all__ = [
    "MixSelection",
    "missed_targets",
    "mix_parts",
    "select_documents",
    "summarise_mix",
    "write_mix_part",
]

COUNTS = {
    "available_documents": pl.Int64,
    "available_bytes": pl.Int64,
    "available_tokens": pl.Int64,
    "documents": pl.Int64,
    "copies": pl.Int64,
    "bytes": pl.Int64,
    "tokens": pl.Int64,
}
VALIDATION = {"validation_documents": "documents", "validation_bytes": "bytes"}
COLUMNS = {**COUNTS, **dict.fromkeys(VALIDATION, pl.Int64)}


def write_mix_part(
    size_part: Path, output_part: Path, selection: MixSelection, settings: MixSettings
) -> None:
    """Write a mix part: `id`, `copies` (uint16, 0 = not taken), `validation` (bool; copies 1).

    Raises:
        StepError: the part cannot be read
    """
    sizes = read_part(size_part, SIZE_COLUMNS)
    hashes = hash_ids(sizes["id"].to_arrow(), settings.seed)
    training = for_training(sizes, settings)
    validation = held_out(sizes, settings)
    copies = validation.astype(np.uint16)
    for language, source in sizes.select(GROUP).unique().rows():
        choice = selection.choices.get(MixGroup(language, source))
        if choice is not None:
            of_group = (
                training & (sizes["language"] == language) & (sizes["source"] == source)
            ).to_numpy()
            copies[of_group] = copies_of(hashes[of_group], choice)
    mixed = {"id": sizes["id"], "copies": copies, "validation": validation}
    write_part(pl.DataFrame(mixed), output_part)


def mix_parts(
    size_parts: Sequence[Path],
    output_folder: Path,
    summary_file: Path,
    settings: MixSettings,
    source_languages: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Mix all parts in this process: mix parts of the same names, and last the summary as JSON.

    Returns:
        what `summarise_mix` counted
    """
    selection = select_documents(size_parts, settings)
    written = [output_folder / part.name for part in size_parts]
    for part, output in zip(size_parts, written, strict=True):
        write_mix_part(part, output, selection, settings)
    summary = summarise_mix(size_parts, written, selection, settings, source_languages)
    write_atomic(summary_file, pretty_json(summary))
    return summary


def summarise_mix(
    size_parts: Sequence[Path],
    written_parts: Sequence[Path],
    selection: MixSelection,
    settings: MixSettings,
    source_languages: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Count what written mix parts hold, beside what was asked and why they differ.

    Args:
        size_parts: what each document weighs
        written_parts: their mix parts, in the same order
        selection: what the mix parts were written from
        settings: what is asked for
        source_languages: language that each source is said to have, if any: sources without a
            document, known from here or from the weights, are listed with it ("" if unknown)

    Returns:
        `asked` (the settings), `achieved` (documents, copies, bytes, tokens; tokens are null where
        they were not counted), `languages` and `sources` with the same numbers, shares and epochs,
        `validation` (documents and bytes by language, in none of the others), `as_asked` (each
        language within 0.5 % of what was asked), `why` (reasons)

    Raises:
        StepError: a part cannot be read, or a mix part is not of the documents of its size part
    """
    counted = [
        _count(size_part, mix_part)
        for size_part, mix_part in zip(size_parts, written_parts, strict=True)
    ]
    empty = pl.DataFrame(schema={"language": pl.String, "source": pl.String, **COLUMNS})
    sources = pl.concat([empty, *counted]).group_by(GROUP).agg(_sums()).sort(GROUP)
    total = sources.select(_sums()).row(0, named=True)
    expected = {**dict.fromkeys(settings.weights), **(source_languages or {})}
    present = set(sources["source"])
    absent = [
        (language or "", source) for source, language in expected.items() if source not in present
    ]
    languages = _with_zeros(sources, ["language"], [(name,) for name in settings.ratio])
    sources = _with_zeros(sources, GROUP, absent)
    missed = _missed(languages, selection, settings)
    return {
        "asked": {
            "unit": settings.unit,
            "ratio": dict(settings.ratio),
            "weights": dict(settings.weights),
            "budget": settings.budget,
            "max_epochs": settings.max_epochs,
            "seed": settings.seed,
            "validation_ratio": settings.validation_ratio,
        },
        "achieved": {name: total[name] for name in COUNTS},
        "languages": {
            row["language"]: _language_summary(row, selection, settings, total[settings.unit])
            for row in languages.iter_rows(named=True)
        },
        "sources": [
            _source_summary(row, selection, settings.unit) for row in sources.iter_rows(named=True)
        ],
        "validation": {
            row["language"]: {name: row[column] for column, name in VALIDATION.items()}
            for row in languages.iter_rows(named=True)
            if row["validation_documents"]
        },
        "as_asked": not selection.plan.reasons and not missed,
        "why": [*selection.plan.reasons, *missed],
    }


def missed_targets(
    targets: Mapping[str, int],
    achieved: Mapping[str, int],
    chosen: Mapping[str, int],
    deciding: Mapping[str, int],
    unit: str,
) -> tuple[str, ...]:
    """Say of which languages the achieved size is more than 0.5 % from the target, and why.

    Args:
        targets: size planned for each language
        achieved: size counted for each language
        chosen: size of the documents chosen for each language
        deciding: size of the document that decides how near the chosen comes, see `MixSelection`
        unit: of all four
    """
    missed = []
    for language, target in sorted(targets.items()):
        there = achieved.get(language, 0)
        if not target or abs(there - target) <= TOLERANCE * target:
            continue
        size = f"{deciding.get(language, 0)} {unit}"
        if there != chosen.get(language, 0):
            why = f"{chosen.get(language, 0)} {unit} were chosen; build the mix parts again"
        elif there < target:
            why = f"documents are taken whole, and the smallest left has {size}"
        else:
            why = f"documents are taken whole, and without the last of {size} more would be missing"
        missed.append(
            f"language {language} has {there} {unit} where {target} were planned "
            f"({there / target - 1:+.2%}): {why}"
        )
    return tuple(missed)


def _missed(
    languages: pl.DataFrame, selection: MixSelection, settings: MixSettings
) -> tuple[str, ...]:
    chosen: dict[str, int] = {}
    for group, choice in selection.choices.items():
        chosen[group.language] = chosen.get(group.language, 0) + choice.size
    achieved = dict(languages.select("language", settings.unit).iter_rows())
    targets = selection.plan.language_targets()
    return missed_targets(targets, achieved, chosen, selection.deciding, settings.unit)


def _sums() -> list[pl.Expr]:
    # The sum of nothing counted is nothing, not 0.
    return [
        pl.when(pl.col(name).is_null().any() & (pl.len() > 0))
        .then(None)
        .otherwise(pl.col(name).sum())
        .alias(name)
        for name in COLUMNS
    ]


def _with_zeros(
    sources: pl.DataFrame, by: list[str], keys: Sequence[tuple[str, ...]]
) -> pl.DataFrame:
    """Sums by some columns, with zeros for keys of which there is nothing."""
    sums = sources.group_by(by).agg(_sums())
    known = set(sums.select(by).iter_rows())
    zero = {name: None if sums[name].null_count() else 0 for name in COLUMNS}
    missing = [
        {**dict(zip(by, key, strict=True)), **zero}
        for key in dict.fromkeys(keys)
        if key not in known
    ]
    return pl.concat([sums, pl.DataFrame(missing, schema=sums.schema)]).sort(by)


def _count(size_part: Path, mix_part: Path) -> pl.DataFrame:
    """Numbers of `COLUMNS` by language and source, from one pair of parts."""
    sizes = read_part(size_part, SIZE_COLUMNS)
    mixed = read_aligned(mix_part, ["id", "copies", "validation"], sizes)
    rows = sizes.with_columns(mixed["copies"].cast(pl.Int64), mixed["validation"]).filter(
        (pl.col("n_bytes") > 0) | (pl.col("copies") > 0)
    )
    held_out = pl.col("validation").cast(pl.Int64)
    training = 1 - held_out
    copies = pl.col("copies") * training
    return (
        rows.select(
            *GROUP,
            available_documents=training,
            available_bytes=pl.col("n_bytes") * training,
            available_tokens=pl.col("n_tokens") * training,
            documents=(copies > 0).cast(pl.Int64),
            copies=copies,
            bytes=pl.col("n_bytes") * copies,
            tokens=pl.col("n_tokens") * copies,
            validation_documents=held_out,
            validation_bytes=pl.col("n_bytes") * held_out,
        )
        .group_by(GROUP)
        .agg(_sums())
    )


def _language_summary(
    row: dict[str, Any], selection: MixSelection, settings: MixSettings, whole: int
) -> dict[str, Any]:
    language = row["language"]
    return {
        "asked_share": settings.ratio.get(language, 0.0 if settings.ratio else None),
        "share": row[settings.unit] / (whole or 1),
        "target": selection.plan.language_targets().get(language, 0),
        **{name: row[name] for name in COUNTS},
    }


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
