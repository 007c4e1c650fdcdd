"""Texts taken apart into single sentences, and those of a translation beside their source's.

A sentence ends at a line break, and at a full stop that is followed by white space and belongs to
no abbreviation. That is right for English, and for Korean with its marks.
"""

import re

__all__ = ["sentence_pairs", "sentences", "spoken"]

_GAP = re.compile(r"""(?<=[.!?…])(["'”’)\]*_]*)(\s+)|((?<!\s)\s*\n\s*)""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|etc|cf|No|Fig|"
    r"Inc|Ltd|Co|approx|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\.$"
)
_LETTER = re.compile(r"[A-Za-z가-힣⟦]")


def sentences(text: str) -> list[str]:
    """Sentences and what stands between them, one by one in turn; together exactly the text.

    Even places hold sentences (perhaps empty), odd ones white space.
    """
    parts: list[str] = []
    done = 0
    for found in _GAP.finditer(text):
        if found[3] is not None:
            start, gap = found.start(), found[3]
        else:
            if _ABBREVIATION.search(text[done : found.start()]):
                continue
            start, gap = found.start(2), found[2]
        if start < done:
            continue
        parts += [text[done:start], gap]
        done = start + len(gap)
    return [*parts, text[done:]]


def spoken(text: str) -> list[str]:
    """The sentences of a text that hold a letter or a slot."""
    return [one for one in sentences(text)[::2] if _LETTER.search(one)]


def sentence_pairs(source: str, korean: str) -> list[tuple[str, str]]:
    """Each sentence with its translation where there are as many; else both texts as one pair."""
    before, after = spoken(source), spoken(korean)
    if len(before) == len(after):
        return list(zip(before, after, strict=True))
    return [(source, korean)]
