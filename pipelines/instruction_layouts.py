"""The layouts in which instruction data is published, and the conversations in them."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, get_args

from bllossom_data.examples import Message, Role

__all__ = ["LAYOUTS", "Layout", "RowError", "conversation_of", "layout_of"]

Layout: TypeAlias = Literal["lima", "alpaca", "sharegpt", "messages"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

_ROLES: dict[str, Role] = {
    "human": "user",
    "user": "user",
    "prompter": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "system": "system",
}


class RowError(NamedTuple):
    """Why a record is no conversation.

    Attributes:
        reason: a fixed word, countable.
        detail: what exactly was wrong, for a person.
    """

    reason: str
    detail: str


class _Turn(NamedTuple):
    role: object
    content: object


def layout_of(record: Mapping[str, object]) -> Layout | None:
    """The layout of a record, told from its columns; None where it has none that is known."""
    conversations = record.get("conversations")
    if isinstance(conversations, str):
        return "lima"
    if isinstance(conversations, list):
        return "sharegpt" if any(isinstance(one, Mapping) for one in conversations) else "lima"
    if "messages" in record:
        return "messages"
    return "alpaca" if "instruction" in record else None


def conversation_of(
    record: Mapping[str, object], layout: Layout | None, *, is_test: bool
) -> tuple[Message, ...] | RowError:
    """The conversation of a record, in NFC, or why it is none.

    A conversation is a system message, if there is one, and turns of user and assistant by turns.
    It ends with an answer; only in a test split it may end with the user's turn.

    Args:
        record: columns of one row.
        layout: its layout; None: what its columns tell.
        is_test: the row belongs to a test split.
    """
    known = layout or layout_of(record)
    if known is None:
        columns = ", ".join(map(str, record)) or "none"
        return RowError("unknown_layout", f"the columns ({columns}) are none of {LAYOUTS}")
    turns = _TURNS[known](record)
    if isinstance(turns, RowError):
        return turns
    if known == "alpaca" and not is_test and record.get("output") is None:
        return RowError("no_answer", 'there is no "output"')
    if known == "alpaca" and is_test and turns and not turns[-1].content:
        turns = turns[:-1]
    messages = _messages(turns)
    if isinstance(messages, RowError):
        return messages
    return _order_problem(messages, is_test=is_test) or messages


def _lima(record: Mapping[str, object]) -> list[_Turn] | RowError:
    conversations = record.get("conversations")
    if isinstance(conversations, str):
        conversations = [conversations]
    if not isinstance(conversations, list):
        return RowError("not_text", '"conversations" is no list of texts')
    roles = ("user", "assistant")
    return [_Turn(roles[number % 2], text) for number, text in enumerate(conversations)]


def _alpaca(record: Mapping[str, object]) -> list[_Turn] | RowError:
    instruction, extra = record.get("instruction"), record.get("input")
    if not isinstance(instruction, str) or not isinstance(extra, str | None):
        return RowError("not_text", '"instruction" or "input" is no text')
    history = record.get("history") or []
    turns = [_Turn("system", record.get("system") or "")]
    if not isinstance(history, list):
        return RowError("not_text", '"history" is no list of pairs')
    for number, pair in enumerate(history):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            return RowError("not_text", f'pair {number} of "history" is no pair of texts')
        turns += [_Turn("user", pair[0]), _Turn("assistant", pair[1])]
    # Two paragraphs: what is asked, and what it is asked about.
    asked = "\n\n".join(part for part in (instruction, extra) if part)
    return [*turns, _Turn("user", asked), _Turn("assistant", record.get("output") or "")]


def _sharegpt(record: Mapping[str, object]) -> list[_Turn] | RowError:
    return _keyed(record, "conversations", "from", "value")


def _chat(record: Mapping[str, object]) -> list[_Turn] | RowError:
    return _keyed(record, "messages", "role", "content")


def _keyed(
    record: Mapping[str, object], column: str, role: str, content: str
) -> list[_Turn] | RowError:
    listed = record.get(column)
    if not isinstance(listed, list):
        return RowError("not_text", f'"{column}" is no list of turns')
    turns = [_Turn("system", record.get("system") or "")]
    for number, one in enumerate(listed):
        if not isinstance(one, Mapping):
            return RowError("not_text", f'turn {number} is no object with "{role}" and "{content}"')
        turns.append(_Turn(one.get(role), one.get(content)))
    return turns


_TURNS = {"lima": _lima, "alpaca": _alpaca, "sharegpt": _sharegpt, "messages": _chat}


def _messages(turns: Sequence[_Turn]) -> tuple[Message, ...] | RowError:
    messages: list[Message] = []
    for number, turn in enumerate(turns):
        role = _ROLES.get(turn.role) if isinstance(turn.role, str) else None
        if role is None:
            known = ", ".join(_ROLES)
            return RowError("wrong_roles", f"turn {number}: role {turn.role!r}; known are {known}")
        if not isinstance(turn.content, str):
            kind = type(turn.content).__name__
            return RowError("not_text", f"turn {number} ({role}) holds {kind}, not text")
        if turn.content.strip():
            messages.append(Message(role, unicodedata.normalize("NFC", turn.content)))
        elif role != "system":
            return RowError("empty_turn", f"turn {number} ({role}) is empty")
    return tuple(messages)


def _order_problem(messages: tuple[Message, ...], *, is_test: bool) -> RowError | None:
    roles = [message.role for message in messages]
    spoken = roles[1:] if roles[:1] == ["system"] else roles
    if not spoken:
        return RowError("empty_turn", "there is no turn")
    if any(role != ("user", "assistant")[number % 2] for number, role in enumerate(spoken)):
        return RowError("wrong_roles", f"user and assistant do not take turns: {', '.join(roles)}")
    if spoken[-1] == "user" and not is_test:
        return RowError("no_answer", "the conversation ends with the user's turn")
    return None
