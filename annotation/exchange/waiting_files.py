"""Drafts that wait for people, as ``bllossom review export`` writes them (``waiting.jsonl``)."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import FiniteFloat, TypeAdapter

from annotation.exchange.strict_lines import read_strictly, shown
from bllossom_data.examples import (
    Edit,
    Finding,
    Label,
    Message,
    Review,
    Role,
    Split,
    apply_edits,
    draft_sha256,
)
from bllossom_data.files import canonical_json
from bllossom_data.korean.speech_endings import SpeechLevel

TITLE_CHARS = 160
MAX_KEY_CHARS = 200


@dataclass(frozen=True, slots=True)
class _Draft:
    """A draft as the pipelines write it; what the page does not need may be missing."""

    id: str
    split: Split
    messages: tuple[Message, ...]
    translations: tuple[str | None, ...]
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    topics: tuple[tuple[str, tuple[str, ...]], ...]
    label: Label
    risk: FiniteFloat
    source: str = ""
    license: str = ""
    category: str | None = None
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _SuggestedText:
    turn: int
    source: str
    target: str
    ratio: FiniteFloat
    example: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    draft: _Draft
    draft_sha256: str | None
    korean: tuple[Message, ...]
    similar: tuple[str, ...] = ()
    suggestions: tuple[_SuggestedText, ...] = ()
    levels: Mapping[Role, SpeechLevel] | None = None
    void: Review | None = None
    earlier: Review | None = None


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


def parse_waiting(text: str) -> IncomingItem:
    """Checks one line of ``waiting.jsonl``; what is kept is what was checked.

    Args:
        text: one JSON object.

    Raises:
        ValueError: it is no waiting draft; the message says which field is wrong, and its value.
    """
    line = read_strictly(_ADAPTER, text)
    draft = line.draft
    check_key("draft.id", draft.id)
    if not draft.messages or len(draft.messages) != len(draft.translations):
        raise ValueError("draft.translations: there must be one for every message")
    _check_edits(draft)
    _check_hash(line)
    payload = _ADAPTER.dump_python(line, mode="json")
    first_user = next((m.content for m in draft.messages if m.role == "user"), "")
    texts = [message.content for message in (*draft.messages, *line.korean)]
    return IncomingItem(
        key=draft.id,
        split=draft.split,
        risk=draft.risk,
        title=short_title(first_user),
        search_text=unicodedata.normalize("NFC", "\n".join([draft.id, *texts])).casefold(),
        draft_sha256=line.draft_sha256 or "",
        payload=payload,
        line_sha256=sha256_of(payload),
        basis_sha256=basis_of(payload),
    )


def basis_of(payload: Mapping[str, Any]) -> str:
    """Hash of what decisions about a waiting draft rest on."""
    draft = payload["draft"]
    return sha256_of(
        [draft["translations"], draft["edits"], draft["messages"], payload["draft_sha256"]]
    )


def check_key(place: str, key: str) -> None:
    """Checks the id of an item.

    Raises:
        ValueError: it is empty or too long, or two such ids could look the same.
    """
    if not key or len(key) > MAX_KEY_CHARS:
        raise ValueError(f"{place}: must have 1 to {MAX_KEY_CHARS} characters, not {shown(key)}")
    if not key.isprintable() or key != unicodedata.normalize("NFC", key).strip():
        raise ValueError(
            f"{place}: has invisible characters, white space around it or is not NFC: {key!a}"
        )


def _check_edits(draft: _Draft) -> None:
    for number, edit in enumerate(draft.edits):
        place = f"draft.edits.{number}"
        if not 0 <= edit.turn < len(draft.messages):
            raise ValueError(f"{place}.turn: there is no turn {shown(edit.turn)}")
        text = draft.translations[edit.turn]
        if text is None:
            raise ValueError(f"{place}: turn {edit.turn} is untranslated and cannot have edits")
        if not 0 <= edit.start <= edit.end <= len(text):
            span = shown([edit.start, edit.end])
            raise ValueError(f"{place}.start, end: {span} is no place of {len(text)} characters")
    for turn, text in enumerate(draft.translations):
        try:
            apply_edits(text or "", [edit for edit in draft.edits if edit.turn == turn])
        except ValueError as error:
            raise ValueError(f"draft.edits: turn {turn}: {error}") from error


def _check_hash(line: _Line) -> None:
    """Decisions are tied to the draft by this hash: of another text, they would count nowhere."""
    if line.draft_sha256 is None:
        return
    draft = line.draft
    rewritten = [
        Message(
            message.role,
            apply_edits(text or "", [edit for edit in draft.edits if edit.turn == turn]),
        )
        for turn, (message, text) in enumerate(zip(draft.messages, draft.translations, strict=True))
    ]
    if line.draft_sha256 != draft_sha256(rewritten):
        raise ValueError(f"draft_sha256: {shown(line.draft_sha256)} is not that of the draft")


def short_title(text: str) -> str:
    """The beginning of a text, in one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= TITLE_CHARS else flat[: TITLE_CHARS - 1] + "…"


def sha256_of(value: Any) -> str:
    """SHA-256 of plain data."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
