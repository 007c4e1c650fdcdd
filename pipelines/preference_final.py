"""The last step of preference data: rows as TRL reads them, card and manifest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.build import StepFolder, StepResult
from bllossom_data.errors import StepError
from bllossom_data.files import atomic_path, write_atomic
from bllossom_data.manifest import (
    Manifest,
    SourceEntry,
    StepEntry,
    StepRecord,
    package_versions,
    write_manifest,
)
from bllossom_data.preference_recipe import PreferenceRecipe
from bllossom_data.publishing.card import card_of
from bllossom_data.publishing.croissant import CROISSANT, croissant_metadata
from bllossom_data.publishing.drift import decisive_settings
from pipelines.preference import Judgement, Preference, judged_pairs

__all__ = ["PREFERENCE_SCHEMA", "PreferenceInputs", "write_preference_final"]

UNSTATED = "unstated"
SPLITS = ("train", "validation", "test")
_MESSAGES = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                pa.field("role", pa.string(), nullable=False),
                pa.field("content", pa.string(), nullable=False),
            ]
        ),
    )
)
PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("prompt", _MESSAGES, nullable=False),
        pa.field("chosen", _MESSAGES, nullable=False),
        pa.field("rejected", _MESSAGES, nullable=False),
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
    names = _pseudonyms(inputs.preferences)
    rows: dict[str, int] = {}
    for split in SPLITS:
        table = [_row(one, names) for one in inputs.preferences if one.split == split]
        if table:
            rows[split] = len(table)
            _write(folder.path / "data" / f"{split}.parquet", table)
    manifest = _manifest(inputs, _counts(inputs, rows, names))
    card = card_of(inputs.recipe, manifest, inputs.prose, inputs.command)
    for path, text in card.files().items():
        write_atomic(folder.path / path, text)
    write_atomic(folder.path / CROISSANT, croissant_metadata(folder.path, inputs.recipe.dataset))
    write_manifest(folder.path, manifest)
    return StepResult(dict(rows))


def _pseudonyms(preferences: Sequence[Preference]) -> dict[str, str]:
    """What people are called in public; what they call themselves stays in the house."""
    rows = Counter(person for one in preferences for person in one.chosen_by)
    ordered = sorted(rows, key=lambda name: (-rows[name], name))
    return {name: f"person-{place}" for place, name in enumerate(ordered, 1)}


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


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with atomic_path(path) as temporary:
        table = pa.Table.from_pylist(list(rows), schema=PREFERENCE_SCHEMA)
        pq.write_table(table, temporary, compression="zstd", write_statistics=False)


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


def _manifest(
    inputs: PreferenceInputs, counts: Mapping[str, Mapping[str, Mapping[str, int]]]
) -> Manifest:
    dataset, record = inputs.recipe.dataset, inputs.record
    return Manifest(
        name=dataset.name,
        version=dataset.version,
        license=dataset.license,
        languages=dataset.languages,
        sources=tuple(
            SourceEntry(
                source.name,
                source.license,
                source.url,
                source.revision,
                record.external[source.name],
            )
            for source in inputs.recipe.sources
        ),
        steps=(StepEntry(record.name, record.revision, record.fingerprint, record.settings),),
        models=(),
        counts=counts,
        packages={**record.packages, **package_versions(("datasets",))},
        recipe=decisive_settings(inputs.recipe),
    )
