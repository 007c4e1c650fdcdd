"""Texts taken apart into single sentences for engines that translate nothing longer, and back.

White space, line breaks, and what has no letters in it never reach the engine, so they come back
as they were. Where the engine loses a slot, its sentence is taken apart at the slots as well.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bllossom_data.translation.provider import Answer, Ask
from bllossom_data.translation.segments import SLOT
from bllossom_data.translation.sentences import sentences

__all__ = ["TOO_LONG", "Translate", "translate_asks"]

Translate = Callable[[Sequence[str]], Mapping[str, str | None]]
"""Korean for each of some different sentences; None where it was cut off."""
TOO_LONG = "a sentence is longer than the model reads or writes"

_LETTER = re.compile(r"[^\W\d_]")
_MARK = re.compile(r"(⟦[0-9]+⟧)")


def translate_asks(
    asks: Sequence[Ask], translate: Translate, keeps_slots: bool
) -> tuple[Answer, ...]:
    """Answers for segments, sentence by sentence.

    Args:
        asks: the segments.
        translate: the engine; it is asked at most twice, for all sentences at once.
        keeps_slots: whether it is worth giving it sentences with slots.
    """
    taken_apart = {ask.key: sentences(ask.text) for ask in asks}
    whole = {
        part
        for parts in taken_apart.values()
        for part in parts[::2]
        if _LETTER.search(SLOT.sub("", part)) and (keeps_slots or not SLOT.search(part))
    }
    known = dict(translate(sorted(whole))) if whole else {}
    for sentence in whole:
        if (korean := known[sentence]) is not None and _slots(korean) != _slots(sentence):
            del known[sentence]
    pieces = {
        core
        for parts in taken_apart.values()
        for part in parts[::2]
        if part not in known
        for piece in _MARK.split(part)
        if _LETTER.search(core := piece.strip()) and not SLOT.fullmatch(core)
    }
    new = pieces - known.keys()
    known.update(translate(sorted(new)) if new else {})
    return tuple(_answer(ask, taken_apart[ask.key], known) for ask in asks)


def _slots(text: str) -> Counter[str]:
    return Counter(SLOT.findall(text))


def _answer(ask: Ask, parts: Sequence[str], known: Mapping[str, str | None]) -> Answer:
    made: list[str] = []
    for number, part in enumerate(parts):
        if number % 2:
            made.append(part)
            continue
        korean = known[part] if part in known else _joined(part, known)
        if korean is None:
            return Answer(ask.key, None, "truncated", TOO_LONG)
        made.append(korean)
    text = unicodedata.normalize("NFC", "".join(made))
    if ask.text.strip() and not text.strip():
        return Answer(ask.key, None, "missing", "the model wrote nothing")
    return Answer(ask.key, text)


def _joined(sentence: str, known: Mapping[str, str | None]) -> str | None:
    """A sentence put together from what stands between its slots."""
    made: list[str] = []
    for piece in _MARK.split(sentence):
        core = piece.strip()
        if core not in known or SLOT.fullmatch(core):
            made.append(piece)
            continue
        korean = known[core]
        if korean is None:
            return None
        start = piece.index(core)
        made += [piece[:start], korean.strip(), piece[start + len(core) :]]
    return "".join(made)
