"""One JSON value that the fast parser refused: what of it can still be understood."""

import json
import re
from typing import NamedTuple

import orjson

from bllossom_data.errors import SourceError
from bllossom_data.korean.encoding import decode
from pipelines.readers.batches import Reason

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Loaded(NamedTuple):
    """A parsed value with what was mended, or why there is none."""

    value: object
    repairs: tuple[str, ...]
    problem: tuple[Reason, str] | None = None


def load_value(raw: bytes) -> Loaded:
    """Parse one value, mending what can be mended.

    Understood beyond strict JSON: other encodings than UTF-8, a byte order mark, raw control
    characters inside strings, `NaN` and `Infinity`, halves of surrogate pairs (become U+FFFD).
    """
    try:
        text, encoding = raw.decode(), ""
    except UnicodeDecodeError:
        try:
            text, encoding = decode(raw)
        except SourceError as error:
            return Loaded(None, (), ("undecodable", str(error)))
    return load_text(text, (f"encoding:{encoding}",) if encoding else ())


def load_text(text: str, repairs: tuple[str, ...] = ()) -> Loaded:
    """Parse one value from text, as `load_value` does."""
    try:
        value = json.loads(text.removeprefix("\ufeff"), strict=False)
    except RecursionError:
        return Loaded(None, repairs, ("bad_json", "nested too deeply"))
    except ValueError as error:
        return Loaded(None, repairs, ("bad_json", str(error)))
    if "\\ud" in text or "\\uD" in text:
        cleaned = without_lone_surrogates(value)
        if cleaned != value:
            return Loaded(cleaned, (*repairs, "lone_surrogate"))
    return Loaded(value, repairs)


def without_lone_surrogates(value: object) -> object:
    """The value with U+FFFD for every half of a surrogate pair, in keys too."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {
            without_lone_surrogates(key): without_lone_surrogates(item)
            for key, item in value.items()
        }
    return value


def load_fast(raw: bytes) -> Loaded:
    """Parse one value: strictly and fast, or else as `load_value` does."""
    try:
        return Loaded(orjson.loads(raw), ())
    except orjson.JSONDecodeError:
        return load_value(raw)
