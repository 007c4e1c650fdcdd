"""Pairs of answers that people compare, and the judgements that come out.

One line of a pairs file::

    {"id": "q001", "prompt": [{"role": "user", "content": "…"}],
     "first": {"text": "…", "system": "bllossom"}, "second": {"text": "…", "system": "other"},
     "license": "cc-by-4.0", "category": "reasoning"}

``prompt`` may be a plain text for a single question. Systems never reach the page that people vote
on.
"""

import unicodedata
from dataclasses import dataclass

from pydantic import TypeAdapter

from annotation.exchange.strict_lines import read_strictly
from annotation.exchange.waiting_files import IncomingItem, check_key, sha256_of, short_title
from bllossom_data.examples import Message


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    system: str


@dataclass(frozen=True, slots=True)
class _Pair:
    id: str
    prompt: tuple[Message, ...] | str
    first: _Answer
    second: _Answer
    license: str
    category: str = ""


_ADAPTER = TypeAdapter(_Pair)


def parse_pair(text: str) -> IncomingItem:
    """Checks one line of a pairs file; fields that are not named here are left out.

    Args:
        text: one JSON object.

    Raises:
        ValueError: it is no pair; the message says which field is wrong, and its value.
    """
    pair = read_strictly(_ADAPTER, text, extra="ignore")
    check_key("id", pair.id)
    prompt = (Message("user", pair.prompt),) if isinstance(pair.prompt, str) else pair.prompt
    if not prompt or prompt[-1].role != "user" or not prompt[-1].content.strip():
        raise ValueError("prompt: must end with a user turn that asks something")
    if not pair.license.strip():
        raise ValueError("license: is empty; nothing can be published without one")
    if not pair.first.text.strip() or not pair.second.text.strip():
        raise ValueError("first, second: an answer is empty")
    plain = {
        "id": pair.id,
        "prompt": [{"role": one.role, "content": _nfc(one.content)} for one in prompt],
        "first": {"text": _nfc(pair.first.text), "system": pair.first.system},
        "second": {"text": _nfc(pair.second.text), "system": pair.second.system},
        "license": pair.license,
        "category": pair.category,
    }
    sha256 = sha256_of(plain)
    texts = [pair.id, *(one.content for one in prompt), pair.first.text, pair.second.text]
    return IncomingItem(
        key=pair.id,
        split="",
        risk=0.0,
        title=short_title(prompt[-1].content),
        search_text=_nfc("\n".join(texts)).casefold(),
        draft_sha256="",
        payload=plain,
        line_sha256=sha256,
        basis_sha256=sha256,
    )


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
