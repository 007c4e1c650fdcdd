"""One line of a file of decisions: what it may say, and every mistake that a person can make in it.

Lines come from the review page, from other tools and from people who write them by hand; so every
mistake of a line is told, with its key, its value and what to do.
"""

import difflib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from bllossom_data.examples import Decision, Label, Message, Review, Role
from bllossom_data.files import Place
from bllossom_data.recipe_loading import key_text, mistake
from bllossom_data.strict_json import json_object
from pipelines.drafts import Draft

__all__ = ["DecisionLine", "DecisionTurn", "decision_of", "mistakes_about"]

SHOWN_VALUE_CHARS = 60
SHA256_CHARS = 64
_DECISION_WORDS: Mapping[str, Decision] = {
    **{word: "accept" for word in ("accept", "accepted", "approve", "approved", "ok", "승인")},
    **{word: "correct" for word in ("correct", "corrected", "edit", "edited", "fix", "수정")},
    **{word: "reject" for word in ("reject", "rejected", "refuse", "반려")},
    **{word: "remove" for word in ("remove", "removed", "delete", "drop", "삭제")},
    **{word: "retranslate" for word in ("retranslate", "translate", "redo", "재번역")},
}
"""What people write for each decision: `approve` is no misspelt `remove`."""
_TYPES = {"string_type": "text in quotes", "list_type": "a list", "model_type": "an object"}


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", _not_blank(text))
    if not name.isprintable() or name != name.strip():
        # Two names that look the same would be two people.
        raise ValueError(
            f"must have no white space around it and no invisible characters: {text!a}"
        )
    return name


def _sha256(text: str) -> str:
    if len(text) != SHA256_CHARS or set(text) - set("0123456789abcdef"):
        raise ValueError(
            "must be 64 characters of 0-9 and a-f; copy draft_sha256 of the example's line in "
            "waiting.jsonl"
        )
    return text


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo:
            # The first and the last day that there are may not exist in UTC.
            moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            "must be a day or time such as 2026-11-26 or 2026-11-26T09:30:00Z"
        ) from None
    return text


_Text = Annotated[str, AfterValidator(_not_blank)]


class DecisionTurn(BaseModel):
    """One final turn of a corrected example."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Role
    content: _Text


class DecisionLine(BaseModel):
    """What a line may say, as `bllossom_data.examples.Review` holds it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    example_id: _Text
    decision: Decision
    draft_sha256: Annotated[str, AfterValidator(_sha256)] | None
    reviewer: Annotated[str, AfterValidator(_name)]
    decided_at: Annotated[str, AfterValidator(_moment)]
    messages: list[DecisionTurn] = []
    label: Label | None = None
    comment: str = ""
    dismissed: list[_Text] = []


def decision_of(line: bytes) -> tuple[Review | None, Mapping[str, Any], list[str]]:
    """Reads one line.

    Args:
        line: JSON; texts come out in NFC.

    Returns:
        The decision, or None where it has mistakes; what the line holds, as far as it is JSON; the
        mistakes.
    """
    try:
        raw = json.loads(json_object(line))
        if any("\ud800" <= letter <= "\udfff" for letter in json.dumps(raw, ensure_ascii=False)):
            raise ValueError("has half a character (an escape from \\ud800 to \\udfff alone)")
    except ValueError as error:
        return None, {}, [f"the line {error}"]
    if isinstance(raw.get("draft"), dict) and "decision" not in raw:
        return None, raw, ["the line is one of waiting.jsonl: a draft, and no decision about it"]
    mistakes = list(_across(raw))
    try:
        said = DecisionLine.model_validate(raw)
    except ValidationError as error:
        told = [_told(one) for one in error.errors(include_url=False)]
        return None, raw, told + mistakes
    if mistakes:
        return None, raw, mistakes
    return _review(said), raw, []


def _review(said: DecisionLine) -> Review:
    values = said.model_dump(exclude={"messages", "dismissed"})
    turns = (Message(one.role, unicodedata.normalize("NFC", one.content)) for one in said.messages)
    return Review(messages=tuple(turns), dismissed=tuple(said.dismissed), **values)


def _across(raw: Mapping[str, Any]) -> Iterator[str]:
    """What only two keys together get wrong."""
    decision, messages = raw.get("decision"), raw.get("messages")
    if decision == "correct" and not messages:
        yield 'messages: must hold the final turns, because decision = "correct"'
    if decision in ("accept", "reject", "remove", "retranslate") and messages:
        yield (
            f'messages: are given, but decision = "{decision}"; only "correct" takes final turns, '
            "so leave them out or correct the example"
        )
    if decision == "accept" and "draft_sha256" in raw and raw["draft_sha256"] is None:
        yield (
            'draft_sha256 = null: decision = "accept" must name the draft that was seen; where '
            'waiting.jsonl has null too, a turn is untranslated: give the text with "correct"'
        )
    if decision in ("accept", "correct") and raw.get("label") == "removed":
        yield (
            f'label = "removed": decision = "{decision}" publishes the example; take it out with '
            'decision = "remove", or give another label'
        )
    if raw.get("dismissed") and not str(raw.get("comment") or "").strip():
        yield "comment: must say why the errors of `dismissed` are none"


def mistakes_about(raw: Mapping[str, Any], drafts: Mapping[str, Draft]) -> Iterator[str]:
    """What is wrong with a line for these drafts, as far as it can be read.

    Args:
        raw: what the line holds.
        drafts: drafts of the build, by example.
    """
    name = raw.get("example_id")
    if not isinstance(name, str) or not name.strip():
        return
    if name not in drafts:
        meant = _meant(name, {one: one for one in drafts})
        yield f"example_id = {_shown(name)}: is not in this dataset{meant}"
        return
    messages = raw.get("messages")
    if not messages or not isinstance(messages, list):
        return
    turns = [message.role for message in drafts[name].messages]
    given = [one.get("role") for one in messages if isinstance(one, dict)]
    if given != turns and len(given) == len(messages):
        told = ", ".join(str(role) for role in given)
        yield f"messages: the turns must be {', '.join(turns)}, as in the draft; there are {told}"


def _told(details: Any) -> str:
    place: Place = details["loc"]
    value = details["input"]
    kind = details["type"]
    if kind in ("missing", "extra_forbidden"):
        return key_text(place) + mistake(DecisionLine, details, "decision")[1]
    if kind == "literal_error":
        allowed = details["ctx"]["expected"].replace("'", '"')
        names = {name: name for name in re.findall('"(.*?)"', allowed)}
        words = _DECISION_WORDS if place == ("decision",) else names
        meant = _meant(value, words) if isinstance(value, str) else ""
        return f"{key_text(place)} = {_shown(value)}: must be {allowed}{meant}"
    if kind in _TYPES:
        return f"{key_text(place)} = {_shown(value)}: must be {_TYPES[kind]}"
    cause = details.get("ctx", {}).get("error")
    said = str(cause) if cause else details["msg"].replace("Input should", "must", 1)
    return f"{key_text(place)} = {_shown(value)}: {said}"


def _meant(value: str, names: Mapping[str, str]) -> str:
    """The name that is nearest, by the words that stand for names."""
    near = difflib.get_close_matches(value.strip().casefold(), names, n=1, cutoff=0.5)
    return f'; did you mean "{names[near[0]]}"?' if near else ""


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    # A lone surrogate cannot be printed.
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= SHOWN_VALUE_CHARS else text[: SHOWN_VALUE_CHARS - 1] + "…"
