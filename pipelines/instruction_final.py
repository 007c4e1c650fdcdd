"""The last step of an instruction dataset: configurations, card and manifest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from bllossom_data.build import StepFolder, StepResult
from bllossom_data.errors import StepError
from bllossom_data.examples import Message, Review, draft_sha256
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import StepRecord
from pipelines.drafts import Translation
from pipelines.final_folder import (
    MESSAGES,
    final_manifest,
    public_names,
    write_final_folder,
    write_table,
)
from pipelines.reviewing import Settled, void_of, void_told, waiting_of

__all__ = ["SFT_SCHEMA", "FinalInputs", "write_instruction_final"]

SFT_SCHEMA = pa.schema(
    [
        pa.field("messages", MESSAGES, nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("reviewed", pa.bool_(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("license", pa.string(), nullable=False),
        pa.field("category", pa.string()),
        pa.field("engines", pa.list_(pa.field("element", pa.string())), nullable=False),
    ]
)
"""Columns of a published row; ``messages`` is what TRL reads."""
SPLITS = ("train", "validation", "test")
PUBLISHED = ("approved", "passed")


@dataclass(frozen=True, slots=True)
class FinalInputs:
    """What the last step is made from.

    Attributes:
        recipe: the recipe.
        prose: Markdown of the card.
        command: what is typed to build the dataset.
        settled: every draft and what became of it, in the order of the sources.
        decisions: all decisions, also those that another one replaced.
        translations: plain translations, for the numbers of the engines.
        read: examples read, by source.
        records: records of the steps before.
    """

    recipe: InstructionRecipe
    prose: str
    command: str
    settled: Sequence[Settled]
    decisions: Sequence[Review]
    translations: Sequence[Translation]
    read: Mapping[str, int]
    records: Mapping[str, StepRecord]


def write_instruction_final(inputs: FinalInputs, folder: StepFolder) -> StepResult:
    """Writes ``data/<configuration>/<split>.parquet``, ``README.md`` and ``manifest.json``.

    Raises:
        StepError: nothing may be published yet.
    """
    published = [one for one in inputs.settled if one.state in PUBLISHED]
    if not published:
        waiting = sum(one.state == "waiting" for one in inputs.settled)
        raise StepError(
            f"nothing can be published: {waiting_of(waiting, len(inputs.settled))}; review them "
            "with `bllossom review export` and `bllossom review import`"
            f"{void_told(void_of(inputs.settled))}"
        )
    rows: dict[str, dict[str, int]] = {"ko": {}, "bilingual": {}}
    for split in SPLITS:
        of_split = [one for one in published if one.draft.split == split]
        korean = [_row(one, one.messages, "ko") for one in of_split]
        english = [_row(one, one.draft.messages, "en") for one in of_split]
        for name, table in (("ko", korean), ("bilingual", [*korean, *english])):
            if table:
                rows[name][split] = len(table)
                write_table(folder.path / "data" / name / f"{split}.parquet", table, SFT_SCHEMA)
    manifest = final_manifest(
        inputs.recipe,
        list(inputs.records.values()),
        inputs.records["ingest"].external,
        _counts(inputs, published, rows),
    )
    write_final_folder(folder, inputs.recipe, manifest, inputs.prose, inputs.command)
    return StepResult({name: dict(splits) for name, splits in rows.items()})


def _row(one: Settled, messages: Sequence[Message], language: str) -> dict[str, Any]:
    return {
        "messages": [{"role": turn.role, "content": turn.content} for turn in messages],
        "id": one.draft.id,
        "language": language,
        "label": one.label,
        "reviewed": one.state == "approved",
        "source": one.draft.source,
        "license": one.draft.license,
        "category": one.draft.category,
        "engines": list(one.draft.providers) if language == "ko" else [],
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _counts(
    inputs: FinalInputs, published: Sequence[Settled], rows: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, Mapping[str, int]]]:
    by_source = Counter(one.draft.source for one in published)
    segments = [one for translation in inputs.translations for one in translation.segments]
    reviews = [one.review for one in inputs.settled if one.review]
    return {
        "rows": dict(rows),
        "sources": {
            source.name: {"read": inputs.read[source.name], "published": by_source[source.name]}
            for source in inputs.recipe.sources
        },
        "source_states": {
            source.name: _counted(
                one.state for one in inputs.settled if one.draft.source == source.name
            )
            for source in inputs.recipe.sources
        },
        "edits": _edits(inputs.settled),
        "examples": {
            "states": _counted(one.state for one in inputs.settled),
            "labels": _counted(one.label for one in published),
            "engines": _counted(one.provider or "untranslated" for one in segments),
            "findings": _counted(
                check
                for one in inputs.settled
                for check in {finding.check for finding in one.draft.findings}
            ),
            "decisions": _counted(review.decision for review in reviews),
            "reviewers": _reviewers(reviews),
            "votes": _votes(inputs.settled, inputs.decisions),
        },
    }


def _edits(settled: Sequence[Settled]) -> dict[str, Mapping[str, int]]:
    """Proposed edits by kind and what became of the text that they are in."""
    found: dict[str, Counter[str]] = {}
    for one in settled:
        corrected = one.review is not None and one.review.decision == "correct"
        fate = "corrected" if corrected else "as_proposed"
        for edit in one.draft.edits:
            counts = found.setdefault(edit.kind, Counter())
            counts[fate if one.state in PUBLISHED else "not_published"] += 1
    return {kind: dict(sorted(counts.items())) for kind, counts in sorted(found.items())}


def _reviewers(reviews: Sequence[Review]) -> dict[str, int]:
    """Decisions by reviewer."""
    by_name = Counter(review.reviewer for review in reviews)
    return {public: by_name[name] for name, public in public_names(by_name, "reviewer").items()}


def _votes(settled: Sequence[Settled], decisions: Sequence[Review]) -> dict[str, int]:
    """Examples by the decisions of different people about the draft as it is now.

    Of several decisions of one person the last counts; examples of one person are not listed.
    """
    current = {
        one.draft.id: draft_sha256(one.draft.korean()) for one in settled if one.draft.is_complete()
    }
    last: dict[str, dict[str, str]] = {}
    for review in decisions:
        if review.draft_sha256 == current.get(review.example_id):
            last.setdefault(review.example_id, {})[review.reviewer] = review.decision
    return _counted("+".join(sorted(one.values())) for one in last.values() if len(one) > 1)
