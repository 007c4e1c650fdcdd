"""Context words: whether one of a list is near, and which one.

`contexts.toml` of the catalogue says how the words are written. In a text that is searched, the
entity itself is one character (`ENTITY`), so that its own name never counts as a context word.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

__all__ = ["ENTITY", "found_word", "mask"]

ENTITY = "\ue000"


def mask(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with each span, in order and without overlaps, as the one character `ENTITY`."""
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += [text[done:start], ENTITY]
        done = end
    return "".join([*pieces, text[done:]])


def found_word(
    words: Sequence[str], groups: Mapping[str, tuple[str, ...]], text: str
) -> str | None:
    """The first of the context words that a text holds, as it stands there, or None.

    Args:
        words: context words as the catalogue has them.
        groups: what `@name` stands for.
        text: English text, the entity masked.
    """
    text = text.replace("’", "'")
    alone = [_first(_spelt_out((word,), groups), text) for word in words if " & " not in word]
    # The one that stands first; of two in one place, the one that is named first.
    if match := min(filter(None, alone), key=re.Match.start, default=None):
        return match[0].replace(ENTITY, "{}")
    for word in words:
        if " & " in word:
            parts = [found_word((part,), groups, text) for part in word.split(" & ")]
            if all(part is not None for part in parts):
                return " & ".join(part for part in parts if part is not None)
    for word in words:
        # A group may hold words that need each other.
        if word.startswith("@") and " & " not in word:
            inner = [one for one in groups[word[1:]] if " & " in one]
            if inner and (found := found_word(inner, groups, text)):
                return found
    return None


def _spelt_out(
    words: Sequence[str], groups: Mapping[str, tuple[str, ...]], depth: int = 0
) -> tuple[str, ...]:
    """The words with groups replaced by what they hold."""
    spelt: list[str] = []
    for word in words:
        if " & " in word:
            continue
        if word.startswith("@"):
            spelt += _spelt_out(groups[word[1:]], groups, depth + 1) if depth < 4 else ()
        else:
            spelt.append(word)
    return tuple(spelt)


def _first(words: tuple[str, ...], text: str) -> re.Match[str] | None:
    return _expression(words).search(text) if words else None


# Entries share their groups, some of which hold hundreds of words.
@lru_cache(maxsize=4096)
def _expression(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_one(word) for word in words), re.IGNORECASE)


def _one(word: str) -> str:
    if word.startswith("/") and word.endswith("/"):
        return word[1:-1].replace("{}", ENTITY)
    pattern = re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+")
    pattern = pattern.replace(r"\{\}", ENTITY)
    # In `C++` and `($)` there is no word character whose boundary could be asked for.
    left = r"(?<!\w)" if re.match(r"\w", word) else ""
    right = r"(?!\w)" if re.search(r"\w$", word) else ""
    return f"{left}{pattern}{right}"
