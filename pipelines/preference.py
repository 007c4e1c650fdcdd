"""Preference data for DPO: from reviews, and from judgements of pairs.

A person who corrected a draft has said which of two texts is better: the correction is chosen, the
machine's draft rejected, where they differ in more than a trifle. A judged pair says it directly.
Rows are as TRL reads them: ``prompt``, ``chosen`` and ``rejected`` as messages.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz.distance import Levenshtein

from bllossom_data.examples import Message
from bllossom_data.files import atomic_path
from pipelines.reviewing import Settled

__all__ = [
    "MIN_CHANGED_RATIO",
    "PREFERENCE_SCHEMA",
    "Judgement",
    "Preference",
    "preferences_of_judgements",
    "preferences_of_reviews",
    "write_preferences",
]

MIN_CHANGED_RATIO = 0.02
"""Least share of characters by which a correction must differ from the draft (edit distance over
the longer text). Below it lie spacing and single particles, which teach a model nothing about
answers."""

_MESSAGES = pa.list_(
    pa.field("element", pa.struct([("role", pa.string()), ("content", pa.string())]))
)
PREFERENCE_SCHEMA = pa.schema(
    [
        pa.field("prompt", _MESSAGES, nullable=False),
        pa.field("chosen", _MESSAGES, nullable=False),
        pa.field("rejected", _MESSAGES, nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("chosen_by", pa.string(), nullable=False),
        pa.field("license", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person said of two answers to one prompt.

    Attributes:
        id: of the pair.
        prompt: turns up to and with the last user turn.
        first: one answer.
        second: the other.
        verdict: which is better; a tie says nothing about preference.
        both_unacceptable: neither is good enough to be chosen.
        judge: a pseudonym.
        license: licence of prompt and answers.
    """

    id: str
    prompt: tuple[Message, ...]
    first: str
    second: str
    verdict: Literal["first", "second", "tie"]
    both_unacceptable: bool
    judge: str
    license: str


@dataclass(frozen=True, slots=True)
class Preference:
    """One row: the same prompt, a better and a worse answer, and who preferred it."""

    id: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    origin: Literal["review", "judgement"]
    chosen_by: str
    license: str


def preferences_of_reviews(settled: Iterable[Settled]) -> Iterator[Preference]:
    """Corrected answers, with the machine's draft as the worse one.

    Each assistant turn that was changed gives a row; its prompt is the final text before it, so
    that chosen and rejected answer the same question.
    """
    for one in settled:
        review = one.review
        if one.state != "approved" or review is None or review.decision != "correct":
            continue
        for turn, message in enumerate(one.messages):
            draft = one.draft.rewritten(turn) if turn < len(one.draft.translations) else None
            if message.role != "assistant" or draft is None:
                continue
            if Levenshtein.normalized_distance(draft, message.content) < MIN_CHANGED_RATIO:
                continue
            yield Preference(
                f"{one.draft.id}#{turn}",
                one.messages[:turn],
                message.content,
                draft,
                "review",
                review.reviewer,
                one.draft.license,
            )


def preferences_of_judgements(judgements: Iterable[Judgement]) -> Iterator[Preference]:
    """Judged pairs; ties, and pairs of which neither is acceptable, give no row."""
    for one in judgements:
        if one.verdict == "tie" or one.both_unacceptable or one.first == one.second:
            continue
        better, worse = one.first, one.second
        if one.verdict == "second":
            better, worse = worse, better
        yield Preference(one.id, one.prompt, better, worse, "judgement", one.judge, one.license)


def write_preferences(path: Path, preferences: Sequence[Preference]) -> None:
    """Writes rows as TRL's conversational preference format, sorted by id and judge."""
    rows = [
        _row(one)
        for one in sorted(preferences, key=lambda one: (one.id, one.chosen_by, one.chosen))
    ]
    with atomic_path(path) as temporary:
        table = pa.Table.from_pylist(rows, schema=PREFERENCE_SCHEMA)
        pq.write_table(table, temporary, compression="zstd", write_statistics=False)


def _row(one: Preference) -> Mapping[str, Any]:
    return {
        "prompt": [{"role": turn.role, "content": turn.content} for turn in one.prompt],
        "chosen": [{"role": "assistant", "content": one.chosen}],
        "rejected": [{"role": "assistant", "content": one.rejected}],
        "id": one.id,
        "origin": one.origin,
        "chosen_by": one.chosen_by,
        "license": one.license,
    }
