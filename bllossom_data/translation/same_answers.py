"""One Korean text for segments that say different things: it can translate one of them at most.

Chat models answer, or lose count, and write the same words under several names.
"""

import re
from collections.abc import Sequence

__all__ = ["same_answers"]

_MIN_HANGUL = 12
_HANGUL = re.compile("[가-힣]")
_WORD = re.compile(r"\w+")
# Two ways to say the same share more than half of their words.
_MAX_SHARED = 0.5


def same_answers(pairs: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Segments that have the same Korean though their English differs.

    Short Korean (네, 감사합니다) is right for much that differs, and so is any Korean where the
    English has most of its words in common.

    Args:
        pairs: English and Korean of segments.

    Returns:
        Places in `pairs`, in order, of each group of two and more; a segment is in one group.
    """
    places: dict[str, list[int]] = {}
    for place, (_, korean) in enumerate(pairs):
        places.setdefault(" ".join(korean.split()), []).append(place)
    return [
        group
        for korean, group in places.items()
        if len(group) > 1
        and len(_HANGUL.findall(korean)) >= _MIN_HANGUL
        and any(not _alike(pairs[group[0]][0], pairs[place][0]) for place in group[1:])
    ]


def _alike(one: str, other: str) -> bool:
    first, second = ({*_WORD.findall(text.casefold())} for text in (one, other))
    return len(first & second) > _MAX_SHARED * len(first | second) or first == second
