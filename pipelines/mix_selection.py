"""Which documents of all parts meet the plan of a mix, beside those held out for validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bllossom_data.corpus.mixing import (
    NEAR_ENOUGH,
    Available,
    Choice,
    MixGroup,
    MixPlan,
    MixSettings,
    choose_copies,
    choose_more,
    hash_ids,
    is_validation,
    plan_mix,
    smallest_left,
)
from bllossom_data.errors import StepError
from pipelines.document_sizes import SIZE_COLUMNS, read_part

__all__ = ["MixSelection", "for_training", "held_out", "select_documents"]

SIZE_OF_UNIT = {"bytes": "n_bytes", "tokens": "n_tokens"}
GROUP = ["language", "source"]


@dataclass(frozen=True, slots=True)
class MixSelection:
    """The plan, and which documents of each group meet it.

    Attributes:
        plan: how much of each group is wanted
        available: what there is of each group beside the documents for validation
        choices: what is taken of each group
        deciding: of languages that miss their target, the size of the document that decides by how
            much: the smallest left, or the one taken last where more than the target is taken
    """

    plan: MixPlan
    available: dict[MixGroup, Available]
    choices: dict[MixGroup, Choice]
    deciding: dict[str, int]


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
    available: dict[MixGroup, Available] = {}
    parts_of: dict[MixGroup, list[Path]] = {}
    for part in size_parts:
        for language, source, documents, size in _totals(part, settings):
            group = MixGroup(language, source)
            before = available.get(group, Available(0, 0))
            available[group] = Available(before.documents + documents, before.size + size)
            parts_of.setdefault(group, []).append(part)
    plan = plan_mix(available, settings)
    choices = {group: Choice(0, None, 0) for group in available}
    left: dict[str, int] = {}
    for group, target in plan.targets.items():
        if target.size == 0:
            continue
        # What whole documents leave over in one source, the next of the language makes good.
        wanted = target.size + left.get(group.language, 0)
        choices[group] = _choose(parts_of[group], group, wanted, available[group].size, settings)
        left[group.language] = wanted - choices[group].size
    deciding = {}
    for language, target_size in plan.language_targets().items():
        if left.get(language, 0) > NEAR_ENOUGH * target_size:
            parts = {
                group: parts_of[group]
                for group, target in plan.targets.items()
                if group.language == language and target.size > 0
            }
            deciding[language] = _make_good(parts, left[language], choices, settings)
    return MixSelection(plan, available, choices, deciding)


def _totals(part: Path, settings: MixSettings) -> list[tuple[str, str, int, int]]:
    """Language, source, documents and size of each group of a part, without validation."""
    size = SIZE_OF_UNIT[settings.unit]
    sizes = read_part(part, SIZE_COLUMNS)
    if sizes[size].null_count():
        raise StepError(
            f"{part}: has no tokens, but the mix is in tokens; "
            "write the size parts again with the tokenizer of the recipe"
        )
    return (
        sizes.filter(for_training(sizes, settings))
        .group_by(GROUP)
        .agg(pl.len().cast(pl.Int64), pl.col(size).sum().alias("size"))
        .sort(GROUP)
        .rows()
    )


def held_out(sizes: pl.DataFrame, settings: MixSettings) -> NDArray[np.bool_]:
    """Which documents are for validation: drawn, of what the mix could take."""
    if settings.validation_ratio == 0:
        return np.zeros(len(sizes), np.bool_)
    usable = pl.col("n_bytes") > 0
    if settings.ratio:
        usable &= pl.col("language").is_in(
            [name for name, share in settings.ratio.items() if share]
        )
    unused = [source for source, weight in settings.weights.items() if weight == 0]
    usable &= ~pl.col("source").is_in(unused)
    drawn = is_validation(sizes["id"].to_arrow(), settings.validation_ratio, settings.seed)
    return np.logical_and(drawn, sizes.select(usable.fill_null(False)).to_series().to_numpy())


def for_training(sizes: pl.DataFrame, settings: MixSettings) -> pl.Series:
    """Which documents the mix chooses from: those with text that are not for validation."""
    return (sizes["n_bytes"] > 0) & ~pl.Series(held_out(sizes, settings), dtype=pl.Boolean)


def _choose(
    parts: Sequence[Path], group: MixGroup, wanted: int, there: int, settings: MixSettings
) -> Choice:
    wanted = min(wanted, there * settings.max_epochs)
    if wanted % there == 0:
        return Choice(wanted // there, None, wanted)
    return choose_copies(*_documents(parts, group, settings), wanted, settings.max_epochs)


def _make_good(
    parts_of: Mapping[MixGroup, Sequence[Path]],
    left: int,
    choices: dict[MixGroup, Choice],
    settings: MixSettings,
) -> int:
    """Take what still fits of any source of a language, and one more where that comes nearer.

    Args:
        parts_of: size parts of each source of the language
        left: size that is missing
        choices: of all groups; changed
        settings: what is asked for

    Returns:
        size of the smallest document that was left before the one more
    """
    smallest: dict[MixGroup, int] = {}
    most = settings.max_epochs
    for group, parts in parts_of.items():
        before = choices[group]
        documents = _documents(parts, group, settings)
        choices[group] = choose_more(*documents, before, left, most)
        left -= choices[group].size - before.size
        size = smallest_left(*documents, choices[group], most)
        if size is not None:
            smallest[group] = size
    if not smallest:
        return 0
    group = min(smallest, key=lambda group: (smallest[group], group))
    if smallest[group] - left < left:
        documents = _documents(parts_of[group], group, settings)
        choices[group] = choose_more(*documents, choices[group], smallest[group], most)
    return smallest[group]


def _documents(
    parts: Sequence[Path], group: MixGroup, settings: MixSettings
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash and size of all documents of a group for training."""
    hashes, sizes = [], []
    for part in parts:
        rows = read_part(part, SIZE_COLUMNS)
        rows = rows.filter(
            for_training(rows, settings)
            & (rows["language"] == group.language)
            & (rows["source"] == group.source)
        )
        hashes.append(hash_ids(rows["id"].to_arrow(), settings.seed))
        sizes.append(rows[SIZE_OF_UNIT[settings.unit]].to_numpy())
    return np.concatenate(hashes), np.concatenate(sizes)
