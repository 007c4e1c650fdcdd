"""English words that were left in a Korean sentence with a capital, as if they were names.

``Recipe를`` is no name where the English speaks of a recipe. Whether it does is seen in the English
itself, where the word also stands in small letters; where a sentence or a heading begins with it,
only a list of common words can tell. Inside a sentence a capital makes a name, and a product keeps
its name whatever the word means in small letters.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

__all__ = ["capitalised_words"]

# Words that stand alone or one after the other, not beside other Latin letters or a slot.
_RUN = re.compile(
    r"(?<![\w'’.&*/\[⟦⟧-])(?<![A-Za-z0-9.⟧-] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*"
    r"(?![A-Za-z0-9_'’*/\]-]|\.[A-Za-z]| [A-Za-z0-9(⟦\[-])"
)
_BEGINNING = re.compile(r"(?:^|[.!?:;]\s+|[\"“‘(\[*_>#|-]\s*|\d[.)]\s+)$")
_CAPITALISED = re.compile(r"(?<![A-Za-z])[A-Z][a-z]+(?![A-Za-z])")
_SMALL = re.compile(r"(?<![A-Za-z'’-])[a-z]+(?![A-Za-z'’-])")
_LONG_WORD = re.compile(r"[A-Za-z]{4,}")


def capitalised_words(
    source: str, visible: str, span: tuple[int, int], is_kept: Callable[[str], bool]
) -> Iterator[re.Match[str]]:
    """Common words with a capital in a line of a translation.

    Args:
        source: English.
        visible: its translation, without what nobody translates.
        span: start and end of the line.
        is_kept: whether a word in small letters is one that Korean leaves in English.
    """
    for match in _RUN.finditer(visible, *span):
        words = match[0].split()
        if not any(is_kept(word.lower()) for word in words) and all(
            _is_common(source, word) for word in words
        ):
            yield match


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(files(__package__).joinpath(name).read_text(encoding="utf-8").split())


def _is_common(source: str, word: str) -> bool:
    forms = _forms(word.lower())
    places = [
        place
        for place in _CAPITALISED.finditer(source)
        if place[0].lower() in forms or place[0] == word
    ]
    if not all(_begins_something(source, place.start()) for place in places):
        return False
    if places and word.lower() in _words("product_words.txt"):
        return False
    if not forms.isdisjoint(_SMALL.findall(source)):
        return True
    lists = map(_words, ("common_words.txt", "product_words.txt"))
    return bool(places) and not all(forms.isdisjoint(known) for known in lists)


def _forms(word: str) -> set[str]:
    """A word with its plural and its singular, as far as their spelling tells."""
    forms = {word}
    if word.endswith("ies"):
        forms.add(f"{word[:-3]}y")
    if word.endswith("ves"):
        forms |= {f"{word[:-3]}f", f"{word[:-3]}fe"}
    if word.endswith("men"):
        forms.add(f"{word[:-3]}man")
    if word.endswith("es"):
        forms.add(word[:-2])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        forms.add(word[:-1])
    if re.search(r"[^aeiou]y\Z", word):
        forms.add(f"{word[:-1]}ies")
    if re.search(r"(?:[sxzo]|ch|sh)\Z", word):
        forms.add(f"{word}es")
    if re.search(r"fe?\Z", word):
        forms.add(re.sub(r"fe?\Z", "ves", word))
    return forms | {f"{word}s"}


def _begins_something(source: str, start: int) -> bool:
    """Whether a sentence, a quotation or a list item begins here, or a heading gives capitals."""
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", start)
    line = source[line_start : line_end if line_end >= 0 else len(source)]
    if _BEGINNING.search(source[line_start:start]):
        return True
    long_words = _LONG_WORD.findall(line)
    return not re.search(r"[.!?]\s*$", line) and all(word[0].isupper() for word in long_words)
