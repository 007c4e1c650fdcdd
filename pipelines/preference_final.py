"""The last step of preference data: rows as TRL reads them, card and manifest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from bllossom_data.build import StepFolder, StepResult
from bllossom_data.errors import StepError
from bllossom_data.manifest import StepRecord
from bllossom_data.preference_recipe import PreferenceRecipe
from pipelines.final_folder import (
    MESSAGES,
    final_manifest,
    public_names,
    write_final_folder,
    write_table,
)
from pipelines.preference import Judgement, Preference, judged_pairs

__all__ = ["PREFERENCE_SCHEMA", "PreferenceInputs", "write_preference_final"]

UNSTATED = "unstated"
SPLITS = ("train", "validation", "test")
PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("prompt", MESSAGES, nullable=False),
        pa.field("chosen", MESSAGES, nullable=False),
        pa.field("rejected", MESSAGES, nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("chosen_by", pa.list_(pa.field("element", pa.string())), nullable=False),
        pa.field("judges", pa.int32(), nullable=False),
        pa.field("chosen_system", pa.string(), nullable=False),
        pa.field("rejected_system", pa.string(), nullable=False),
        pa.field("license", pa.string(), nullable=False),
        pa.field("category", pa.string()),
    ]
)
"""Columns of a published row; ``prompt``, ``chosen`` and ``rejected`` are what TRL reads."""


@dataclass(frozen=True, slots=True)
class PreferenceInputs:
    """What the last step is made from.

    Attributes:
        recipe: the recipe.
        prose: Markdown of the card.
        command: what is typed to build the dataset.
        preferences: what was collected, in the order of the rows.
        judgements: all judgements that were read, by source.
        record: record of the step that collected it.
    """

    recipe: PreferenceRecipe
    prose: str
    command: str
    preferences: Sequence[Preference]
    judgements: Mapping[str, Sequence[Judgement]]
    record: StepRecord


def write_preference_final(inputs: PreferenceInputs, folder: StepFolder) -> StepResult:
    """Writes ``data/<split>.parquet``, ``README.md`` with its plots and ``manifest.json``.

    Raises:
        StepError: nobody preferred anything.
    """
    if not inputs.preferences:
        raise StepError(_nothing(inputs.record.counts))
    people = Counter(person for one in inputs.preferences for person in one.chosen_by)
    names = public_names(people, "person")
    rows: dict[str, int] = {}
    for split in SPLITS:
        table = [_row(one, names) for one in inputs.preferences if one.split == split]
        if table:
            rows[split] = len(table)
            write_table(folder.path / "data" / f"{split}.parquet", table, PREFERENCE_SCHEMA)
    record, counts = inputs.record, _counts(inputs, rows, names)
    manifest = final_manifest(inputs.recipe, [record], record.external, counts)
    write_final_folder(folder, inputs.recipe, manifest, inputs.prose, inputs.command)
    return StepResult(dict(rows))


def _nothing(counts: Mapping[str, Any]) -> str:
    told = [
        f"{name}: {source['read']:,} read"
        + "".join(f", {reason} {count:,}" for reason, count in source["without"].items())
        for name, source in counts.items()
    ]
    return (
        f"there are no preferences ({'; '.join(told)}); have answers corrected or pairs judged, "
        "and give those files"
    )


def _row(one: Preference, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "prompt": [{"role": turn.role, "content": turn.content} for turn in one.prompt],
        "chosen": [{"role": "assistant", "content": one.chosen}],
        "rejected": [{"role": "assistant", "content": one.rejected}],
        "id": one.id,
        "source": one.source,
        "origin": one.origin,
        "chosen_by": sorted(names[person] for person in one.chosen_by),
        "judges": one.judges,
        "chosen_system": one.chosen_system,
        "rejected_system": one.rejected_system,
        "license": one.license,
        "category": one.category or None,
    }


def _counts(
    inputs: PreferenceInputs, rows: Mapping[str, int], names: Mapping[str, str]
) -> dict[str, dict[str, Mapping[str, int]]]:
    preferences, told = inputs.preferences, _by_source(inputs)
    people = Counter(names[person] for one in preferences for person in one.chosen_by)
    systems: dict[str, Counter[str]] = {}
    for one in preferences:
        better, worse = one.chosen_system or UNSTATED, one.rejected_system or UNSTATED
        systems.setdefault(better, Counter())[worse] += 1
    return {
        "rows": {"default": rows},
        "origins": {
            split: _sorted(Counter(one.origin for one in preferences if one.split == split))
            for split in rows
        },
        "sources": {
            name: {key: count for key, count in one.items() if isinstance(count, int)}
            for name, one in told.items()
        },
        "without": {name: one["without"] for name, one in told.items()},
        "systems": {name: _sorted(one) for name, one in sorted(systems.items())},
        "lengths": {
            "chosen": _lengths((one.chosen, one.rejected) for one in preferences),
            "rejected": _lengths((one.rejected, one.chosen) for one in preferences),
        },
        "preferences": {"people": _sorted(people), "votes": _votes(inputs.judgements)},
    }


def _by_source(inputs: PreferenceInputs) -> dict[str, Any]:
    return {source.name: inputs.record.counts[source.name] for source in inputs.recipe.sources}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _lengths(answers: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Characters of one side, and in how many rows it is longer than the other."""
    lengths = [(len(one), len(other)) for one, other in answers]
    return {
        "characters": sum(one for one, _ in lengths),
        "longer": sum(one > other for one, other in lengths),
    }


def _votes(judgements: Mapping[str, Sequence[Judgement]]) -> dict[str, int]:
    """Pairs by the verdicts of different people; pairs that one person judged are not listed."""
    return _sorted(
        Counter(
            "+".join(sorted(vote.verdict for vote in votes))
            for judged in judgements.values()
            for said in judged_pairs(judged)
            if len(votes := [one for one in said if not one.settles]) > 1
        )
    )
