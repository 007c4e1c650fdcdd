"""From a chat completion to one answer, or one fault, for each segment.

A completion is taken apart as plain JSON, because servers other than OpenAI's leave out what the
types of the SDK promise.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bllossom_data.translation.openai_prompt import names
from bllossom_data.translation.provider import Answer, Ask, Fault, QuotaError, Usage

__all__ = [
    "Content",
    "faults",
    "quota_error",
    "read_answers",
    "read_content",
    "read_usage",
    "whole_pairs",
]

_FENCED = re.compile(r"\s*```[A-Za-z]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")
_SHOWN_CHARACTERS = 80


def faults(asks: Sequence[Ask], fault: Fault, detail: str) -> tuple[Answer, ...]:
    """The same fault for every segment."""
    return tuple(Answer(ask.key, None, fault, detail) for ask in asks)


def quota_error(name: str, code: str) -> QuotaError:
    """Says that an account pays for no more requests.

    Args:
        name: engine and model.
        code: what the server calls it.
    """
    return QuotaError(
        f"{name}: the account's quota is used up, it has no credit left ({code}); add credit, "
        "raise the limit in the account, or wait until it is renewed"
    )


def read_usage(completion: object, otherwise: Usage) -> Usage:
    """Tokens that the reply says were used, or, if it does not say, those that could have been."""
    told = completion.get("usage") if isinstance(completion, Mapping) else None
    if not isinstance(told, Mapping):
        return otherwise
    given, made = told.get("prompt_tokens"), told.get("completion_tokens")
    if not isinstance(given, int) or not isinstance(made, int) or min(given, made) < 0:
        return otherwise
    return Usage(otherwise.requests, otherwise.characters, given, made)


@dataclass(frozen=True, slots=True)
class Content:
    """What a completion says.

    Attributes:
        text: the reply, without the fence of a code block around it; of one that was cut off, what
            had been said before.
        fault: what is wrong with it, if anything is.
        detail: how it is wrong, in words.
    """

    text: str
    fault: Fault | None = None
    detail: str = ""


def read_content(completion: object) -> Content:
    """The text of the first choice of a completion, or why there is none.

    Args:
        completion: the body of the reply.
    """
    try:
        choice = completion["choices"][0]  # type: ignore[index]
        message, reason = choice["message"], choice.get("finish_reason")
        refusal, content = message.get("refusal"), message.get("content")
    except (TypeError, KeyError, IndexError, AttributeError):
        return Content("", "malformed", "the reply is not a chat completion")
    if refusal:
        return Content("", "refused", f"the model declined: {_shown(refusal)}")
    if reason == "content_filter":
        return Content("", "refused", "the content filter of the server stopped the reply")
    if not isinstance(content, str):
        if reason == "length":
            return Content("", "truncated", "the reply was cut off before it began")
        return Content("", "malformed", "the reply has no content")
    if fenced := _FENCED.fullmatch(content):
        content = fenced[1]
    if reason == "length":
        return Content(content, "truncated", "the reply was cut off")
    return Content(content)


def read_answers(asks: Sequence[Ask], completion: object) -> tuple[Answer, ...]:
    """Answers of one completion, in the order of the segments.

    Args:
        asks: the segments of the request.
        completion: the body of the reply.
    """
    said = read_content(completion)
    if said.fault == "truncated" and said.text:
        # What had been said before the end is paid for, and whole.
        return _answers(asks, whole_pairs(said.text), "truncated", said.detail)
    if said.fault is not None:
        return faults(asks, said.fault, said.detail)
    try:
        pairs = json.loads(said.text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return faults(asks, "malformed", f"the reply is not JSON: {_shown(said.text)}")
    if not isinstance(pairs, _Pairs):
        return faults(asks, "malformed", f"the reply is not a JSON object: {_shown(said.text)}")
    return _answers(asks, pairs, "missing", "not in the reply")


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it was written: with keys that stand there twice."""


def whole_pairs(text: str) -> list[tuple[str, object]]:
    """Pairs of a JSON object that was cut off, up to the last one that is whole."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs)
    pairs: list[tuple[str, object]] = []
    place = _after(text, 0, "{")
    while place is not None:
        try:
            key, end = decoder.raw_decode(text, place)
            start = _after(text, end, ":")
            if start is None or not isinstance(key, str):
                return pairs
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return pairs
        pairs.append((key, value))
        place = _after(text, end, ",")
    return pairs


def _after(text: str, place: int, mark: str) -> int | None:
    """Where something may begin behind a mark that stands next, or None if it does not."""
    found = _SPACE.match(text, place)
    place = found.end() if found else place
    if not text.startswith(mark, place):
        return None
    found = _SPACE.match(text, place + len(mark))
    return found.end() if found else None


def _answers(
    asks: Sequence[Ask], pairs: Sequence[tuple[str, object]], absent: Fault, detail: str
) -> tuple[Answer, ...]:
    found: dict[str, list[object]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    keys = names(asks)
    more = sorted(found.keys() - set(keys))
    shown = ", ".join(_shown(key) for key in more[:3])
    extra = f"left out {len(more)} that nobody asked for: {shown}" if more else ""
    return tuple(
        _answer(ask, found.get(key, []), absent, detail, extra)
        for key, ask in zip(keys, asks, strict=True)
    )


def _answer(ask: Ask, values: Sequence[object], absent: Fault, detail: str, extra: str) -> Answer:
    def fault(kind: Fault, why: str) -> Answer:
        return Answer(ask.key, None, kind, f"{why}; {extra}" if extra else why)

    if not values:
        return fault(absent, detail)
    value = values[0]
    if any(other != value for other in values):
        return fault("malformed", "two different answers for one segment")
    if not isinstance(value, str):
        return fault("malformed", f"a {type(value).__name__} instead of text")
    if not value.strip():
        return fault("missing", "the answer is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        return fault("malformed", "half of a character in the answer")
    return Answer(ask.key, unicodedata.normalize("NFC", value), detail=extra)


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
    return shown.encode(errors="replace").decode()
