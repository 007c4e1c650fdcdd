"""What differs between two texts, word by word, and readable without colours.

Of Korean words (eojeol) that differ, the morphemes at their end that do not are kept apart: of
북한산을 and 관악산을, 을 is the same.
"""

import difflib
import re
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bllossom_data.korean.morphemes import kiwi

Change = Literal["same", "removed", "added"]
_WORD = re.compile(r"\s+|[^\s]+")
# Beyond this, comparing word by word takes longer than a person waits.
MAX_WORDS = 20_000


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one of the texts, or of both."""

    change: Change
    text: str


def difference(before: str, after: str) -> list[Span]:
    """What became of a text.

    Returns:
        Spans; those that are not `added` give `before` when put together, those that are not
        `removed` give `after`.
    """
    spans: list[Span] = []
    for was, now in _blocks(_WORD.findall(before), _WORD.findall(after)):
        if was == now:
            _add(spans, "same", "".join(was))
        elif was and now:
            for span in _within(was, now):
                _add(spans, span.change, span.text)
        else:
            _add(spans, "removed", "".join(was))
            _add(spans, "added", "".join(now))
    return spans


def _blocks(before: list[str], after: list[str]) -> list[tuple[list[str], list[str]]]:
    if len(before) + len(after) > MAX_WORDS:
        return [(before, after)]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        (before[start:end], after[new_start:new_end])
        for _, start, end, new_start, new_end in matcher.get_opcodes()
    ]


def _within(before: list[str], after: list[str]) -> list[Span]:
    """The same, at morphemes, where one word stands for one word; else as whole words."""
    was, now = "".join(before), "".join(after)
    if len(before) != 1 or len(after) != 1:
        return [Span("removed", was), Span("added", now)]
    left, right = _morphemes(was), _morphemes(now)
    tail = 0
    while tail < min(len(left), len(right)) - 1 and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    same = "".join(left[len(left) - tail :]) if tail else ""
    return [
        Span("removed", was[: len(was) - len(same)]),
        Span("added", now[: len(now) - len(same)]),
        Span("same", same),
    ]


def _morphemes(word: str) -> list[str]:
    """Surface pieces of a word; together they are the word."""
    cuts = sorted({0, *(token.start for token in kiwi().tokenize(word)), len(word)})
    return [word[start:end] for start, end in pairwise(cuts)]


def _add(spans: list[Span], change: Change, text: str) -> None:
    if not text:
        return
    if spans and spans[-1].change == change:
        spans[-1] = Span(change, spans[-1].text + text)
    else:
        spans.append(Span(change, text))


def difference_html(before: str, after: str) -> SafeString:
    """The difference as HTML: underlined, struck through, and said in words to who cannot see."""
    parts = []
    for span in difference(before, after):
        text = escape(span.text)
        if span.change == "removed":
            said = escape(_("removed:"))
            parts.append(f'<del><span class="hidden">{said} </span>{text}</del>')
        elif span.change == "added":
            said = escape(_("added:"))
            parts.append(f'<ins><span class="hidden">{said} </span>{text}</ins>')
        else:
            parts.append(text)
    return mark_safe("".join(parts))


def edit_distance_ratio(before: str, after: str) -> float:
    """0-1: share of characters that changed (Levenshtein over the longer text)."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(before, after))
