"""The review step: what passes by itself, what people decided, and what waits for them.

Decisions live outside the build, in ``<root>/<name>/decisions.jsonl``, so that they survive a
rebuild; each is tied to the hash of the draft that the person saw and is void when the draft has
changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from bllossom_data.counted import counted
from bllossom_data.examples import Message, Review, Role, draft_sha256
from pipelines.drafts import Draft
from pipelines.rows import write_rows
from pipelines.suggestions import SuggestedText

__all__ = [
    "Settled",
    "State",
    "decided_moment",
    "is_void",
    "settle",
    "void_of",
    "void_told",
    "waiting_of",
    "write_waiting",
]

SIMILAR_SHOWN = 3
SHOWN_VOID = 5
State = Literal["approved", "passed", "removed", "waiting"]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one draft.

    Attributes:
        draft: the draft.
        state: `approved` by a person, `passed` without one, `removed` by a person, or `waiting`.
        messages: the final Korean turns; empty where it is removed or waits.
        label: what became of its culture.
        review: the decision that counts, if any.
        void: a decision that no longer counts, because the draft has changed since.
    """

    draft: Draft
    state: State
    messages: tuple[Message, ...]
    label: str
    review: Review | None
    void: Review | None


def settle(
    drafts: Sequence[Draft], decisions: Sequence[Review], *, read_all: bool = False
) -> list[Settled]:
    """Says what became of every draft.

    Of several decisions about one, the last counts that is not void.

    Args:
        drafts: all of them.
        decisions: of people, in their order.
        read_all: whether nothing passes that nobody has read.
    """
    about: dict[str, list[Review]] = {}
    for review in decisions:
        about.setdefault(review.example_id, []).append(review)
    return [_settle(draft, about.get(draft.id, ()), read_all) for draft in drafts]


def decided_moment(review: Review) -> datetime:
    """When a decision was made, in UTC; a day is its first moment, and no zone is UTC."""
    moment = datetime.fromisoformat(review.decided_at)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_void(review: Review, draft: Draft) -> bool:
    """Whether a decision was about another draft than the one there is now."""
    if review.draft_sha256 is None:
        return False
    return not draft.is_complete() or review.draft_sha256 != draft_sha256(draft.korean())


def _settle(draft: Draft, about: Sequence[Review], read_all: bool) -> Settled:
    review = next((one for one in reversed(about) if not is_void(one, draft)), None)
    if review is None and about:
        return Settled(draft, "waiting", (), draft.label, None, about[-1])
    if review is not None and review.decision in ("accept", "correct"):
        messages = review.messages or draft.korean()
        return Settled(draft, "approved", messages, review.label or draft.label, review, None)
    if review is not None and review.decision == "remove":
        return Settled(draft, "removed", (), "removed", review, None)
    if review is None and draft.may_pass() and not read_all:
        return Settled(draft, "passed", draft.korean(), draft.label, None, None)
    return Settled(draft, "waiting", (), draft.label, review, None)


def waiting_of(n_waiting: int, n_examples: int) -> str:
    """How many of the examples wait for people."""
    examples = f"of {n_examples:,} examples"
    return f"{counted(n_waiting, f'{examples} waits', f'{examples} wait')} for people"


def void_of(settled: Sequence[Settled]) -> list[str]:
    """Examples that wait again because the draft that was decided about has changed."""
    return [one.draft.id for one in settled if one.void is not None]


def void_told(examples: Sequence[str]) -> str:
    """What a person should know of decisions that no longer count; empty where all do."""
    if not examples:
        return ""
    were = counted(len(examples), "of them was decided before", "of them were decided before")
    names = ", ".join([*examples[:SHOWN_VOID], *(["…"] if len(examples) > SHOWN_VOID else [])])
    return (
        f"\n{were}, but about a draft that has changed since, so that the decision does not "
        f"count: {names}. It stands as `void` in the example's line of waiting.jsonl; look at the "
        "new draft and decide anew."
    )


def write_waiting(
    path: Path,
    settled: Sequence[Settled],
    levels: Mapping[Role, str],
    suggestions: Mapping[str, Sequence[SuggestedText]],
) -> int:
    """Writes what waits for people, the riskiest first; returns how many there are.

    Args:
        path: receives a line for each.
        settled: every draft and what became of it.
        levels: speech level that each role should keep.
        suggestions: what the translation memory knows, by example.
    """
    decided = [one for one in settled if one.state == "approved"]
    waiting = sorted(
        (one for one in settled if one.state == "waiting"),
        key=lambda one: (-one.draft.risk, one.draft.id),
    )
    write_rows(
        path, [_task(one, decided, levels, suggestions.get(one.draft.id, ())) for one in waiting]
    )
    return len(waiting)


@dataclass(frozen=True, slots=True)
class _Task:
    """One line of ``waiting.jsonl``."""

    draft: Draft
    draft_sha256: str | None
    korean: tuple[Message, ...]
    similar: tuple[str, ...]
    suggestions: tuple[SuggestedText, ...]
    levels: Mapping[Role, str]
    void: Review | None
    earlier: Review | None


def _task(
    one: Settled,
    decided: Sequence[Settled],
    levels: Mapping[Role, str],
    suggestions: Sequence[SuggestedText],
) -> _Task:
    complete = one.draft.is_complete()
    return _Task(
        draft=one.draft,
        draft_sha256=draft_sha256(one.draft.korean()) if complete else None,
        korean=one.draft.korean() if complete else (),
        similar=_similar(one.draft, decided),
        suggestions=tuple(suggestions),
        levels=dict(levels),
        void=one.void,
        earlier=one.review,
    )


def _similar(draft: Draft, decided: Sequence[Settled]) -> tuple[str, ...]:
    """Examples that people decided and that share proposals (catalogue, topic) with this one."""
    own = draft.proposals()
    shared = [
        (-len(own & other.draft.proposals()), other.draft.id)
        for other in decided
        if own & other.draft.proposals()
    ]
    return tuple(name for _, name in sorted(shared)[:SIMILAR_SHOWN])
