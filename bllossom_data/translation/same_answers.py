"""One Korean text for segments that say different things: it can translate one of them at most.

Chat models answer, or lose count, and write the same words under several names.
"""

import re
from collections.abc import Sequence

__all__ = ["same_answers"]

_MIN_HANGUL = 12
_HANGUL = re.compile("[가-힣]")
_WORD = re.compile(r"\w+")
# Korean leaves out or shares what these say: to hope this helps and to hope that helps.
_FUNCTION_WORDS = re.compile(
    r"an?|the|th(?:is|at|ese|ose|ey|em|eir)|its?|i|we|us|our|you|your|s?he|his|her|me|my|is|are"
    r"|was|were|be|been|am|do|does|did|has|have|had|will|would|can|could|may|might|shall|should"
    r"|ca|wo|please|just|then|so|and|also|now|here|there|very|really|of|for|to|in|on|at"
)
_NEGATED = re.compile("n['’]t\\b|\\bcannot\\b")
_SHORTENED = re.compile("['’](?:s|re|ve|ll|m|d)\\b")
_STEM_CHARACTERS = 4


def same_answers(pairs: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Segments that have the same Korean though their English differs.

    Short Korean (네, 감사합니다) is right for much that differs, and so is any Korean where the
    English differs in nothing but function words and endings.

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
    return _content(one) == _content(other)


def _content(text: str) -> frozenset[str]:
    text = _SHORTENED.sub("", _NEGATED.sub(" not", text.casefold()))
    words = [word for word in _WORD.findall(text) if not _FUNCTION_WORDS.fullmatch(word)]
    return frozenset(word[:_STEM_CHARACTERS] for word in words)
