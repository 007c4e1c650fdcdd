"""One line of a file read strictly: what is not exactly as it must be is told with its value."""

import json
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

SHOWN_VALUE_CHARS = 80
Record = TypeVar("Record")
Extra = Literal["forbid", "ignore"]


def json_object(line: bytes) -> str:
    """The text of a line that holds one JSON object.

    Raises:
        ValueError: it holds something else, or what no database keeps.
    """
    text = line.decode("utf-8-sig")
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("is no JSON object")
    # Only an escape can bring a NUL into JSON; the backslash may itself be escaped.
    if "\\u0000" in text and _has_nul(value):
        # PostgreSQL keeps no NUL in a text.
        raise ValueError("has a NUL character")
    return text


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"has the field {repeated!r} twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(map(_has_nul, value))


def read_strictly(adapter: TypeAdapter[Record], text: str, extra: Extra = "forbid") -> Record:
    """Reads one JSON object; no value is turned into another type.

    Args:
        adapter: what it must be.
        text: the JSON.
        extra: what becomes of fields that are not known.

    Raises:
        ValueError: the first field that is wrong, with its value.
    """
    try:
        return adapter.validate_json(text, strict=True, extra=extra)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the line"
    if first["type"] == "missing":
        raise ValueError(f"{place}: is missing")
    if first["type"] == "unexpected_keyword_argument":
        raise ValueError(f"{place}: is not known here")
    raise ValueError(f"{place}: {first['msg']}, not {shown(first['input'])}")


def shown(value: Any) -> str:
    """A value for a message, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_VALUE_CHARS else text[: SHOWN_VALUE_CHARS - 1] + "…"
