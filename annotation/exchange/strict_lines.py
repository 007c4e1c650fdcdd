"""One line of a file read strictly: what is not exactly as it must be is told with its value."""

import json
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

SHOWN_VALUE_CHARS = 80
Record = TypeVar("Record")
Extra = Literal["forbid", "ignore"]


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
