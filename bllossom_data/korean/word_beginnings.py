"""Beginnings of the words of a Korean text, which tell what it is about without an analysis.

Endings and particles follow the beginning of a word, so that one word has one beginning in all its
forms. Words in Latin letters and numbers count as well.
"""

import re
from sys import intern

__all__ = ["LATIN_CHARACTERS", "word_beginnings"]

LATIN_CHARACTERS = 6
"""How much of a word in Latin letters is its beginning."""
_HANGUL_CHARACTERS = 2
_WORD = re.compile(r"(?P<hangul>[가-힣]+)|[a-z]+|[0-9]+")


def word_beginnings(text: str) -> frozenset[str]:
    """Each beginning of a word once, in small letters."""
    return frozenset(
        intern(match[0][: _HANGUL_CHARACTERS if match["hangul"] else LATIN_CHARACTERS])
        for match in _WORD.finditer(text.lower())
    )
