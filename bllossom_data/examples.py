"""Instruction examples: what is translated, localised, reviewed and published.

Nothing here is ever re-indexed or dropped: an `Example` keeps its id from the source row to the
published dataset, and one that fails stays, marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias

import xxhash

from bllossom_data.files import canonical_json

__all__ = [
    "Decision",
    "Dependency",
    "Edit",
    "EditKind",
    "Example",
    "Finding",
    "Label",
    "Level",
    "Message",
    "Review",
    "Role",
    "Split",
    "apply_edits",
    "draft_sha256",
    "example_id",
]

Role: TypeAlias = Literal["system", "user", "assistant"]
EditKind: TypeAlias = Literal["entity", "topic", "measure", "style", "josa"]
Dependency: TypeAlias = Literal["none", "local", "whole_answer"]
"""Whether the answer depends on an edit: not at all, in the edited place, or as a whole."""
Decision: TypeAlias = Literal["accept", "correct", "reject", "remove", "retranslate"]
Split: TypeAlias = Literal["train", "validation", "test"]
Level: TypeAlias = Literal["error", "warning"]
Label: TypeAlias = Literal["simply_transferred", "target_modified", "removed", "newly_created"]
"""What became of an example's culture, as in KoBBQ (Jin et al., TACL 2024, section 3)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: who speaks.
        content: what is said, Markdown in Unicode NFC.
    """

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation as its source has it.

    Attributes:
        id: `example_id`; the same from the source to the published dataset.
        split: where it belongs.
        source: name of the source in the recipe.
        license: licence of the source.
        origin: file path relative to the source's root, with forward slashes.
        position: row number in its source, from 0.
        category: what the source calls its own origin (`stackexchange`), if it does.
        messages: turns in order, English.
    """

    id: str
    split: Split
    source: str
    license: str
    origin: str
    position: int
    category: str | None
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decided about one draft.

    Attributes:
        example_id: the example.
        decision: `accept` takes the draft, `correct` the messages given here; `reject` and
            `retranslate` leave it waiting, `remove` takes it out of the dataset.
        draft_sha256: the draft that the person saw (`draft_sha256`), without which the decision
            does not count; None for one that holds whatever the draft is, such as a text that was
            written without a draft.
        messages: the final Korean turns of `correct`; empty otherwise.
        label: what became of the example's culture; None to keep the proposed label.
        reviewer: a pseudonym.
        decided_at: ISO 8601, UTC.
        comment: why, for others.
        dismissed: checks whose errors the person looked at and found to be wrong.
    """

    example_id: str
    decision: Decision
    draft_sha256: str | None
    messages: tuple[Message, ...]
    label: Label | None
    reviewer: str
    decided_at: str
    comment: str = ""
    dismissed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One proposed rewrite of one span of a Korean translation.

    Attributes:
        kind: what is rewritten.
        turn: number of the message, from 0.
        start: first character of the span in the translation of that message.
        end: one past its last character; equal to `start` for an insertion.
        before: the text of the span.
        after: what stands there instead.
        reason: why, in Korean, for the person who reviews it.
        source: what proposes it: `entity:ID`, `topic:ID`, `measure:NAME`, `josa`, `style:NAME`
            or `model:NAME`.
        dependency: whether the answer depends on it.
    """

    kind: EditKind
    turn: int
    start: int
    end: int
    before: str
    after: str
    reason: str
    source: str
    dependency: Dependency = "none"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check has to say of a translation.

    Attributes:
        check: name of the check, such as `numbers` or `josa`.
        level: an error blocks, a warning informs.
        message: what is wrong, where, and what was expected, in Korean for the reviewer.
        turn: number of the message, from 0; None for the example as a whole.
        start: first character of the place in the checked text, if there is one.
        end: one past its last character.
    """

    check: str
    level: Level
    message: str
    turn: int | None = None
    start: int | None = None
    end: int | None = None


def example_id(
    name: str,
    split: Split,
    position: int,
    messages: Sequence[Message],
    source_id: str | None = None,
) -> str:
    """Identifier of an example: its own in its source, else its place and a hash of what it says.

    Args:
        name: name of the source.
        split: where it belongs.
        position: row number in the source's split, from 0.
        messages: the source's own messages, before any translation.
        source_id: the source's own identifier, if it has one.
    """
    if source_id is not None:
        return f"{name}-{source_id}"
    text = canonical_json([[one.role, one.content] for one in messages])
    return f"{name}-{split}-{position:05d}-{xxhash.xxh3_64_hexdigest(text.encode())[:8]}"


def draft_sha256(messages: Sequence[Message]) -> str:
    """What ties a decision to the draft that the person saw: SHA-256 of its turns, in hex."""
    text = canonical_json([[one.role, one.content] for one in messages])
    return sha256(text.encode()).hexdigest()


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits of one message carried out.

    Args:
        text: the translation that the spans of the edits refer to.
        edits: of this message only, in any order; insertions at one place keep their order.

    Raises:
        ValueError: spans overlap, or the text of a span is not what the edit expects.
    """
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < done:
            raise ValueError(f"edit {edit.source} at {edit.start} overlaps the one before it")
        if text[edit.start : edit.end] != edit.before:
            found = text[edit.start : edit.end]
            raise ValueError(f"edit {edit.source}: {edit.before!r} expected, {found!r} found")
        pieces += [text[done : edit.start], edit.after]
        done = edit.end
    return "".join([*pieces, text[done:]])
