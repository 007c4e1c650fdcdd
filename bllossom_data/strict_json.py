"""One JSON object a line, read strictly: what could mean two things is refused."""

import json
from typing import Any

__all__ = ["json_object"]


def json_object(line: bytes) -> str:
    """The text of a line that holds one JSON object.

    Raises:
        ValueError: it holds something else, or what no database keeps.
    """
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"is not UTF-8 (byte 0x{line[error.start]:02x} at {error.start + 1}); save as UTF-8"
        ) from error
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_repeats)
    except json.JSONDecodeError as error:
        # Some messages end in the word already: Unterminated string starting at.
        said = error.msg.removesuffix(" at")
        raise ValueError(f"is not JSON ({said} at character {error.pos + 1})") from error
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
