"""The review step: what passes by itself, what people decided, and what waits for them.

Decisions live outside the build, in ``<root>/<name>/decisions.jsonl``, so that they survive a
rebuild; each is tied to the hash of the draft that the person saw and is void when the draft has
changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bllossom_data.errors import StepError
from bllossom_data.examples import Message, Review, Role, draft_sha256
from bllossom_data.files import canonical_json, write_atomic
from pipelines.drafts import Draft
from pipelines.rows import row_parser, write_rows
from pipelines.suggestions import SuggestedText

__all__ = ["Settled", "State", "add_decisions", "read_decisions", "settle", "write_waiting"]

SIMILAR_SHOWN = 3
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


def read_decisions(paths: Iterable[Path]) -> list[Review]:
    """Decisions of several files, in order; a file that is not there holds none.

    Raises:
        StepError: a line is no decision; the message says which field is wrong.
    """
    decisions = []
    parse = row_parser(Review)
    for path in paths:
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if not line.strip():
                continue
            try:
                decisions.append(_checked(parse(line)))
            except ValueError as error:
                raise StepError(f"{path}, line {number}: {error}; correct the line") from error
    return decisions


def _checked(review: Review) -> Review:
    if (review.decision == "correct") != bool(review.messages):
        raise ValueError("messages: the final turns are given with `correct`, and only with it")
    if review.decision == "accept" and review.draft_sha256 is None:
        raise ValueError("draft_sha256: an accepted draft must be named")
    if not review.reviewer:
        raise ValueError("reviewer: is empty; give a pseudonym")
    return review


def add_decisions(store: Path, incoming: Path, drafts: Mapping[str, Draft]) -> tuple[int, int]:
    """Adds decisions to the store; those that stand there already are left out.

    Args:
        store: the file of all decisions of a dataset.
        incoming: decisions as a review page exports them.
        drafts: drafts of the build, by example.

    Returns:
        How many were added and how many were there before.

    Raises:
        StepError: a decision cannot be read or names an unknown example; nothing was added.
    """
    if not incoming.is_file():
        raise StepError(f"{incoming}: there is no such file; give the exported decisions")
    # Somebody may come back to what they said first: only last decisions tell what is known.
    last = {one.example_id: _plain(one) for one in read_decisions([store])}
    new, before = [], 0
    for review in {one.example_id: one for one in read_decisions([incoming])}.values():
        if review.example_id not in drafts:
            raise StepError(
                f"{incoming}: example {review.example_id!r} is not in this dataset; nothing was "
                "imported. Give the decisions of this recipe's own waiting.jsonl"
            )
        turns = [message.role for message in drafts[review.example_id].messages]
        if review.messages and [message.role for message in review.messages] != turns:
            raise StepError(
                f"{incoming}: example {review.example_id!r}: turns must be {', '.join(turns)}; "
                "nothing was imported"
            )
        decision = _plain(review)
        if decision == last.get(review.example_id):
            before += 1
        else:
            new.append(canonical_json(decision) + "\n")
    if new:
        there = store.read_text(encoding="utf-8") if store.is_file() else ""
        write_atomic(store, there + "".join(new))
    return len(new), before


def _plain(review: Review) -> dict[str, object]:
    return {
        **{name: getattr(review, name) for name in Review.__slots__ if name != "messages"},
        "messages": [{"role": one.role, "content": one.content} for one in review.messages],
    }


def settle(drafts: Sequence[Draft], decisions: Sequence[Review]) -> list[Settled]:
    """Says what became of every draft; of several decisions about one, the last counts."""
    last = {review.example_id: review for review in decisions}
    return [_settle(draft, last.get(draft.id)) for draft in drafts]


def _settle(draft: Draft, review: Review | None) -> Settled:
    current = draft_sha256(draft.korean()) if draft.is_complete() else None
    if review is not None and review.draft_sha256 not in (None, current):
        return Settled(draft, "waiting", (), draft.label, None, review)
    if review is not None and review.decision in ("accept", "correct"):
        messages = review.messages or draft.korean()
        return Settled(draft, "approved", messages, review.label or draft.label, review, None)
    if review is not None and review.decision == "remove":
        return Settled(draft, "removed", (), "removed", review, None)
    if review is None and draft.may_pass():
        return Settled(draft, "passed", draft.korean(), draft.label, None, None)
    return Settled(draft, "waiting", (), draft.label, review, None)


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
