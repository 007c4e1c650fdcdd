"""Signals of words and word n-grams, measured over a whole batch in compiled code.

A word is a slice of the text. Slices may overlap: Korean contractions share syllables (됐 is 되 and
었), and both slices count, as they do in datatrove's filters, whose definitions these are.
"""

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from bllossom_data.corpus.batches import Classes, Codes, Offsets
from bllossom_data.corpus.characters import ALPHABETIC, PUNCTUATION, SPACE
from bllossom_data.corpus.hashing import BASE, find_slot, piece_hash, powers, table_size

TOP_NGRAM_SIZES = (2, 3, 4)
DUPLICATE_NGRAM_SIZES = (5, 6, 7, 8, 9, 10)
WORD_COLUMNS = (
    "n_words",
    "n_content_words",
    "mean_word_chars",
    "alpha_word_ratio",
    "n_stop_words",
    *(f"top_{size}_gram_char_frac" for size in TOP_NGRAM_SIZES),
    *(f"dup_{size}_gram_char_frac" for size in DUPLICATE_NGRAM_SIZES),
)
_BLANK = 32
_FIRST_TOP_COLUMN = 5
_FIRST_DUPLICATE_COLUMN = 8


@njit(cache=True, nogil=True)
def strip_words(
    codes: Codes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    word_offsets: Offsets,
    classes: Classes,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Offsets]:
    """Strips white space from every word and removes words of nothing else."""
    kept_starts = np.empty_like(starts)
    kept_ends = np.empty_like(ends)
    kept_offsets = np.zeros_like(word_offsets)
    kept = 0
    for document in range(len(word_offsets) - 1):
        for word in range(word_offsets[document], word_offsets[document + 1]):
            start, end = starts[word], ends[word]
            while start < end and classes[codes[start]] & SPACE:
                start += 1
            while end > start and classes[codes[end - 1]] & SPACE:
                end -= 1
            if start < end:
                kept_starts[kept] = start
                kept_ends[kept] = end
                kept += 1
        kept_offsets[document + 1] = kept
    return kept_starts[:kept].copy(), kept_ends[:kept].copy(), kept_offsets


@njit(cache=True, nogil=True)
def _single_words(
    codes: Codes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    classes: Classes,
    stop_hashes: NDArray[np.uint64],
    hashes: NDArray[np.uint64],
    row: NDArray[np.float64],
) -> None:
    n_content = 0
    content_chars = 0
    n_alphabetic = 0
    stop_words_seen = np.zeros(len(stop_hashes), dtype=np.bool_)
    for word in range(len(starts)):
        content = False
        alphabetic = False
        for position in range(starts[word], ends[word]):
            flags = classes[codes[position]]
            content = content or not flags & PUNCTUATION
            alphabetic = alphabetic or (flags & ALPHABETIC) != 0
        n_content += content
        n_alphabetic += alphabetic
        if content:
            content_chars += ends[word] - starts[word]
        key = piece_hash(codes, starts[word], ends[word])
        hashes[word] = key
        for stop_word in range(len(stop_hashes)):
            if stop_hashes[stop_word] == key:
                stop_words_seen[stop_word] = True
    row[0] = len(starts)
    row[1] = n_content
    row[2] = content_chars / n_content if n_content else 0.0
    row[3] = n_alphabetic / len(starts)
    row[4] = stop_words_seen.sum()


@njit(cache=True, nogil=True)
def _prefixes(
    hashes: NDArray[np.uint64],
    lengths: NDArray[np.int64],
    power: NDArray[np.uint64],
    separated: bool,
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes and lengths of the text made of the first k words, with or without blanks between."""
    n_words = len(hashes)
    prefix = np.zeros(n_words + 1, dtype=np.uint64)
    total = np.zeros(n_words + 1, dtype=np.int64)
    for word in range(n_words):
        value = prefix[word] * power[lengths[word]] + hashes[word]
        length = total[word] + lengths[word]
        if separated:
            value = value * BASE + uint64(_BLANK + 1)
            length += 1
        prefix[word + 1] = value
        total[word + 1] = length
    return prefix, total


@njit(cache=True, nogil=True)
def _top_ngram_chars(
    prefix: NDArray[np.uint64],
    total: NDArray[np.int64],
    power: NDArray[np.uint64],
    size: int,
    keys: NDArray[np.uint64],
    stamps: NDArray[np.int64],
    counts: NDArray[np.int64],
    slots: NDArray[np.int64],
    stamp: int,
    mask: int,
) -> int:
    """Characters covered by the most frequent n-gram; of several, the one that occurs first."""
    n_ngrams = len(prefix) - size
    for first in range(n_ngrams):
        length = total[first + size] - total[first]
        key = prefix[first + size] - prefix[first] * power[length]
        slot = find_slot(keys, stamps, stamp, key, mask)
        if stamps[slot] != stamp:
            stamps[slot] = stamp
            keys[slot] = key
            counts[slot] = 0
        counts[slot] += 1
        slots[first] = slot
    best_count = 0
    best_chars = 0
    for first in range(n_ngrams):
        count = counts[slots[first]]
        if count > best_count:
            best_count = count
            best_chars = total[first + size] - total[first] - 1
    return best_count * best_chars


@njit(cache=True, nogil=True)
def _duplicate_ngram_chars(
    prefix: NDArray[np.uint64],
    total: NDArray[np.int64],
    power: NDArray[np.uint64],
    size: int,
    keys: NDArray[np.uint64],
    stamps: NDArray[np.int64],
    stamp: int,
    mask: int,
) -> int:
    """Characters of n-grams seen before, not counting one that overlaps the last counted."""
    n_ngrams = len(prefix) - size
    repeated_chars = 0
    first = 0
    while first < n_ngrams:
        length = total[first + size] - total[first]
        key = prefix[first + size] - prefix[first] * power[length]
        slot = find_slot(keys, stamps, stamp, key, mask)
        if stamps[slot] == stamp:
            repeated_chars += length
            first += size
        else:
            stamps[slot] = stamp
            keys[slot] = key
            first += 1
    return repeated_chars


@njit(cache=True, nogil=True)
def measure_words(
    codes: Codes,
    offsets: Offsets,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    word_offsets: Offsets,
    classes: Classes,
    stop_hashes: NDArray[np.uint64],
) -> NDArray[np.float64]:
    """Measures the word signals of every document.

    Args:
        codes: Code points of the batch.
        offsets: Document boundaries in ``codes``.
        starts: First code point of every word, documents in order.
        ends: One past the last code point of every word.
        word_offsets: Document boundaries in ``starts`` and ``ends``.
        classes: Table of `bllossom_data.corpus.characters.character_classes`.
        stop_hashes: `text_hash` of every stop word.

    Returns:
        One row per document, one column per name of `WORD_COLUMNS`; a document without words is
        all 0. Fractions are of the characters of the whole text, as in datatrove.
    """
    n_documents = len(offsets) - 1
    result = np.zeros((n_documents, 14), dtype=np.float64)
    most_words = 1
    most_chars = 1
    for document in range(n_documents):
        first, last = word_offsets[document], word_offsets[document + 1]
        most_words = max(most_words, last - first)
        chars = last - first
        for word in range(first, last):
            chars += ends[word] - starts[word]
        most_chars = max(most_chars, chars)
    power = powers(most_chars + 1)
    size = table_size(most_words)
    keys = np.empty(size, dtype=np.uint64)
    stamps = np.zeros(size, dtype=np.int64)
    counts = np.empty(size, dtype=np.int64)
    slots = np.empty(most_words, dtype=np.int64)
    hashes = np.empty(most_words, dtype=np.uint64)
    stamp = 0
    for document in range(n_documents):
        first, last = word_offsets[document], word_offsets[document + 1]
        if first == last:
            continue
        row = result[document]
        document_hashes = hashes[: last - first]
        document_starts, document_ends = starts[first:last], ends[first:last]
        _single_words(
            codes, document_starts, document_ends, classes, stop_hashes, document_hashes, row
        )
        lengths = document_ends - document_starts
        n_chars = offsets[document + 1] - offsets[document]
        mask = table_size(last - first) - 1
        prefix, total = _prefixes(document_hashes, lengths, power, True)
        for column in range(3):
            stamp += 1
            ngram = column + 2
            row[_FIRST_TOP_COLUMN + column] = (
                _top_ngram_chars(
                    prefix, total, power, ngram, keys, stamps, counts, slots, stamp, mask
                )
                / n_chars
            )
        prefix, total = _prefixes(document_hashes, lengths, power, False)
        for column in range(6):
            stamp += 1
            ngram = column + 5
            row[_FIRST_DUPLICATE_COLUMN + column] = (
                _duplicate_ngram_chars(prefix, total, power, ngram, keys, stamps, stamp, mask)
                / n_chars
            )
    return result
