"""Two texts side by side: what differs between duplicates, what a leak shares with its item."""

import re
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from bllossom_data.report.formatting import visible

__all__ = ["mark_differences", "mark_shared"]

_WORD = re.compile(r"\S+\s*|\s+")
_MIN_SHARED_WORDS = 3


def _words(text: str) -> list[str]:
    return _WORD.findall(visible(text))


def _matcher(left: list[str], right: list[str]) -> SequenceMatcher[str]:
    # Spaces and line ends are no difference a reader looks for.
    return SequenceMatcher(
        None, [word.strip() for word in left], [word.strip() for word in right], autojunk=False
    )


def _wrapped(words: list[str], tag: str) -> Markup:
    joined = "".join(words)
    if not joined:
        return Markup()
    bare = joined.rstrip()
    return Markup("<{0}>{1}</{0}>{2}").format(Markup(tag), bare, joined[len(bare) :])


def mark_differences(survivor: str, duplicate: str) -> tuple[Markup, Markup]:
    """Mark the words of each text that the other does not have.

    Returns:
        Both texts, escaped: `<del>` around words only the survivor has, `<ins>` around words only
        the duplicate has.
    """
    left, right = _words(survivor), _words(duplicate)
    marked_left: list[Markup] = []
    marked_right: list[Markup] = []
    for kind, a, b, c, d in _matcher(left, right).get_opcodes():
        if kind == "equal":
            marked_left.append(escape("".join(left[a:b])))
            marked_right.append(escape("".join(right[c:d])))
        else:
            marked_left.append(_wrapped(left[a:b], "del"))
            marked_right.append(_wrapped(right[c:d], "ins"))
    return Markup().join(marked_left), Markup().join(marked_right)


def mark_shared(document: str, item: str) -> tuple[Markup, Markup]:
    """Mark the runs of three and more words that two texts share, with `<mark>`."""
    left, right = _words(document), _words(item)
    blocks = [
        block
        for block in _matcher(left, right).get_matching_blocks()
        if block.size >= min(_MIN_SHARED_WORDS, len(right) or 1)
    ]
    marked_left = _marked_runs(left, [(block.a, block.size) for block in blocks])
    return marked_left, _marked_runs(right, [(block.b, block.size) for block in blocks])


def _marked_runs(words: list[str], runs: list[tuple[int, int]]) -> Markup:
    pieces: list[Markup] = []
    end = 0
    for start, size in runs:
        pieces.append(escape("".join(words[end:start])))
        end = start + size
        pieces.append(_wrapped(words[start:end], "mark"))
    pieces.append(escape("".join(words[end:])))
    return Markup().join(pieces)
