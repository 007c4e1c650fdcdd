"""Where the words of a document begin and end.

FineWeb-2 counts Korean in Kiwi's morphemes and English in spaCy's tokens. Both cost far more than
everything else together, so there are two ways to get words:

* *exact*: Kiwi over whole batches, and spaCy once per distinct run of non-blank characters (its
  English tokenizer never looks past a blank). The words are those that datatrove gets.
* *fast*: `bllossom_data.corpus.boundaries`, a small model of the same boundaries.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.batches import Classes, Codes, Offsets, TextBatch
from bllossom_data.corpus.characters import SPACE, character_classes
from bllossom_data.corpus.hashing import mix, piece_hash
from bllossom_data.errors import missing_package
from bllossom_data.korean.morphemes import kiwi

_LONG_NUMBER = re.compile("[0-9,]{20,}")
_MAX_CACHED_CHUNKS = 1_000_000


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a batch as slices of its code points.

    Attributes:
        starts: First code point of every word, documents in order.
        ends: One past the last code point of every word.
        offsets: Words of document ``d`` are ``offsets[d]:offsets[d + 1]``.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    offsets: Offsets


def kiwi_words(texts: Sequence[str], batch: TextBatch) -> Words:
    """Finds Kiwi's morphemes.

    Runs of 20 or more digits and commas are left out, as in datatrove, because Kiwi handles them
    badly; unlike datatrove, the slices behind such a run stay where they are in the text.

    Args:
        texts: The documents of ``batch`` as Python strings.
        batch: The same documents as code points.

    Returns:
        The morphemes in order; contracted morphemes overlap.
    """
    pieces_start: list[NDArray[np.int64]] = []
    pieces_end: list[NDArray[np.int64]] = []
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    shortened = [_LONG_NUMBER.sub("", text) for text in texts]
    for document, tokens in enumerate(map(kiwi().tokenize, shortened)):
        starts = np.fromiter((token.start for token in tokens), np.int64, len(tokens))
        ends = np.fromiter((token.end for token in tokens), np.int64, len(tokens))
        if len(shortened[document]) != len(texts[document]):
            kept = _kept_positions(texts[document])
            starts, ends = kept[starts], kept[ends - 1] + 1
        pieces_start.append(starts + batch.offsets[document])
        pieces_end.append(np.minimum(ends + batch.offsets[document], batch.offsets[document + 1]))
        offsets[document + 1] = offsets[document] + len(tokens)
    empty = np.zeros(0, dtype=np.int64)
    return Words(
        np.concatenate([empty, *pieces_start]), np.concatenate([empty, *pieces_end]), offsets
    )


def _kept_positions(text: str) -> NDArray[np.int64]:
    """Maps positions in the text without its long numbers to positions in the text."""
    kept = np.ones(len(text), dtype=bool)
    for match in _LONG_NUMBER.finditer(text):
        kept[match.start() : match.end()] = False
    return np.flatnonzero(kept)


@njit(cache=True, nogil=True)
def chunk_bounds(
    codes: Codes, offsets: Offsets, classes: Classes
) -> tuple[NDArray[np.int64], NDArray[np.int64], Offsets, NDArray[np.uint64]]:
    """Finds the runs of characters that are not white space, and their hashes."""
    n_codes = len(codes)
    starts = np.empty(n_codes // 2 + len(offsets), dtype=np.int64)
    ends = np.empty_like(starts)
    hashes = np.empty(len(starts), dtype=np.uint64)
    chunk_offsets = np.zeros(len(offsets), dtype=np.int64)
    count = 0
    for document in range(len(offsets) - 1):
        position = offsets[document]
        last = offsets[document + 1]
        while position < last:
            if classes[codes[position]] & SPACE:
                position += 1
                continue
            end = position + 1
            while end < last and not classes[codes[end]] & SPACE:
                end += 1
            starts[count] = position
            ends[count] = end
            hashes[count] = mix(piece_hash(codes, position, end))
            count += 1
            position = end
        chunk_offsets[document + 1] = count
    return starts[:count].copy(), ends[:count].copy(), chunk_offsets, hashes[:count].copy()


@njit(cache=True, nogil=True)
def _spread(
    chunk_starts: NDArray[np.int64],
    chunk_offsets: Offsets,
    chunk_entries: NDArray[np.int64],
    entry_offsets: Offsets,
    entry_starts: NDArray[np.int64],
    entry_ends: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], Offsets]:
    """Writes the words of every chunk, looked up by the entry of its distinct form."""
    total = 0
    for entry in chunk_entries:
        total += entry_offsets[entry + 1] - entry_offsets[entry]
    starts = np.empty(total, dtype=np.int64)
    ends = np.empty(total, dtype=np.int64)
    offsets = np.zeros_like(chunk_offsets)
    word = 0
    for document in range(len(chunk_offsets) - 1):
        for chunk in range(chunk_offsets[document], chunk_offsets[document + 1]):
            entry = chunk_entries[chunk]
            for piece in range(entry_offsets[entry], entry_offsets[entry + 1]):
                starts[word] = chunk_starts[chunk] + entry_starts[piece]
                ends[word] = chunk_starts[chunk] + entry_ends[piece]
                word += 1
        offsets[document + 1] = word
    return starts, ends, offsets


class EnglishWords:
    """spaCy's English tokens, each distinct run of non-blank characters tokenised once."""

    def __init__(self) -> None:
        self._tokenizer = _spacy_tokenizer()
        self._known: dict[int, list[tuple[int, int]]] = {}

    def __call__(self, batch: TextBatch) -> Words:
        """Finds the tokens of every document of ``batch``."""
        starts, ends, offsets, hashes = chunk_bounds(
            batch.codes, batch.offsets, character_classes()
        )
        distinct, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        if len(self._known) > _MAX_CACHED_CHUNKS:
            self._known.clear()
        bounds: list[list[tuple[int, int]]] = []
        for key, chunk in zip(distinct.tolist(), first.tolist(), strict=True):
            tokens = self._known.get(key)
            if tokens is None:
                text = batch.codes[starts[chunk] : ends[chunk]].tobytes().decode("utf-32-le")
                tokens = self._known[key] = self._tokenise(text)
            bounds.append(tokens)
        entry_offsets = np.zeros(len(bounds) + 1, dtype=np.int64)
        np.cumsum([len(tokens) for tokens in bounds], out=entry_offsets[1:])
        pairs = np.array(
            [pair for tokens in bounds for pair in tokens] or np.zeros((0, 2)), dtype=np.int64
        )
        return Words(
            *_spread(
                starts, offsets, inverse, entry_offsets, pairs[:, 0].copy(), pairs[:, 1].copy()
            )
        )

    def _tokenise(self, chunk: str) -> list[tuple[int, int]]:
        # spaCy refuses its own attribute names as words; datatrove then removes IS_ALPHA.
        try:
            tokens = self._tokenizer(chunk)
        except ValueError:
            return [(0, len(chunk))]
        return [(token.idx, token.idx + len(token)) for token in tokens]


@lru_cache(maxsize=1)
def _spacy_tokenizer() -> Any:
    try:
        import spacy
    except ImportError as error:
        raise missing_package("spacy", 'words = "exact" in [measure]', "pipelines,exact") from error
    return spacy.blank("en").tokenizer
