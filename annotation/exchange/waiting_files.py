"""Drafts that wait for people, as ``bllossom review export`` writes them (``waiting.jsonl``)."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bllossom_data.examples import Edit, Finding, Label, Message, Split, apply_edits
from bllossom_data.files import canonical_json

TITLE_CHARS = 160


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the page needs of a draft."""

    id: str
    split: Split
    messages: tuple[Message, ...]
    translations: tuple[str | None, ...]
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    topics: tuple[tuple[str, tuple[str, ...]], ...]
    label: Label
    risk: float


@dataclass(frozen=True, slots=True)
class _Line:
    draft: _Draft
    draft_sha256: str | None
    korean: tuple[Message, ...]


_ADAPTER = TypeAdapter(_Line)


@dataclass(frozen=True, slots=True)
class IncomingItem:
    """One line, ready to be kept.

    Attributes:
        basis_sha256: hash of what decisions rest on; a line whose risk, similar examples or
            suggestions alone differ has the same.
        line_sha256: hash of the whole line.
    """

    key: str
    split: str
    risk: float
    title: str
    search_text: str
    draft_sha256: str
    payload: Mapping[str, Any]
    line_sha256: str
    basis_sha256: str


def parse_waiting(line: Mapping[str, Any]) -> IncomingItem:
    """Checks one line of ``waiting.jsonl``.

    Raises:
        ValueError: it is no waiting draft; the message says which field is wrong.
    """
    try:
        read = _ADAPTER.validate_python(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the line"
        raise ValueError(f"{place}: {first['msg']}") from error
    draft = read.draft
    if not draft.id or len(draft.id) > 200:
        raise ValueError("draft.id: must have 1 to 200 characters")
    if not draft.messages or len(draft.messages) != len(draft.translations):
        raise ValueError("draft.translations: there must be one for every message")
    _check_edits(draft)
    first_user = next((m.content for m in draft.messages if m.role == "user"), "")
    texts = [message.content for message in (*draft.messages, *read.korean)]
    return IncomingItem(
        key=draft.id,
        split=draft.split,
        risk=draft.risk,
        title=short_title(first_user),
        search_text=unicodedata.normalize("NFC", "\n".join([draft.id, *texts])).casefold(),
        draft_sha256=read.draft_sha256 or "",
        payload=line,
        line_sha256=sha256_of(line),
        basis_sha256=sha256_of(
            [
                line["draft"]["translations"],
                line["draft"]["edits"],
                line["draft"]["messages"],
                line["draft_sha256"],
            ]
        ),
    )


def _check_edits(draft: _Draft) -> None:
    for turn, text in enumerate(draft.translations):
        edits = [edit for edit in draft.edits if edit.turn == turn]
        if edits and text is None:
            raise ValueError(f"draft.edits: turn {turn} is untranslated and cannot have edits")
        apply_edits(text or "", edits)
    if any(edit.turn >= len(draft.messages) for edit in draft.edits):
        raise ValueError("draft.edits: one is of a turn that does not exist")


def short_title(text: str) -> str:
    """The beginning of a text, in one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= TITLE_CHARS else flat[: TITLE_CHARS - 1] + "…"


def sha256_of(value: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def earlier_texts(payload: Mapping[str, Any]) -> Sequence[str]:
    """Keys of decided examples that share proposals with this draft."""
    return tuple(payload.get("similar", ()))
