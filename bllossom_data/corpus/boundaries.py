"""A small model of where Kiwi's morphemes and spaCy's English tokens begin and end.

Counting words is what costs most of a Korean run: Kiwi reads about 0.3 MB/s on a core. The rules
need only counts and repeats of words, so a linear model that labels each character suffices. It
looks at up to three neighbours on each side and at the run of non-blank characters around it,
through hashed features, and is trained on the words of the real analysers (averaged perceptron,
Collins 2002). ``tests/bench/calibrate_words.py`` trains it and measures its error.

The label of a character is two bits: a word begins here after the last one ended (`BEGIN`), and
another begins here although the last one covers this character (`OVERLAP`, Korean contractions:
했 is 하 and 었).
"""

from functools import lru_cache
from importlib.resources import files

import numpy as np
from numba import int64, njit, uint64
from numpy.typing import NDArray

from bllossom_data.corpus.batches import Classes, Codes, Offsets, TextBatch
from bllossom_data.corpus.characters import (
    DIGIT,
    HANGUL,
    HANJA,
    JAMO,
    LATIN,
    PUNCTUATION,
    SPACE,
    UPPER,
    character_classes,
)
from bllossom_data.corpus.hashing import table_size
from bllossom_data.corpus.words import Words, chunk_bounds

CONTEXT_FREE = ("en",)
"""Languages whose analyser looks at each run of non-blank characters by itself, as spaCy does."""

BEGIN = 1
OVERLAP = 2
TABLE_BITS = 18
N_FEATURES = 16
_SHIFT = np.uint64(64 - TABLE_BITS)
_A = np.uint64(0x9E3779B97F4A7C15)
_B = np.uint64(0xC2B2AE3D27D4EB4F)
_BLANK = 32
_COLON = 58
_SLASH = 47
_AT = 64
_ZERO = 48
# Four weights of 16 bits share one entry, each stored with this offset so that none is negative.
_BIAS = 128


@njit(cache=True, nogil=True, inline="always")
def _join(left: int, right: int) -> int:
    return (uint64(left) * _A) ^ (uint64(right) + _B)


@njit(cache=True, nogil=True, inline="always")
def _slot(template: int, value: int) -> int:
    return ((uint64(value) + uint64(template)) * _B * _A + uint64(value)) >> _SHIFT


@njit(cache=True, nogil=True)
def _simplify(codes: Codes, classes: Classes) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Digits become 0 and white space a blank; the kind of every character as a small number."""
    simple = np.empty(len(codes), dtype=np.uint32)
    kinds = np.empty(len(codes), dtype=np.uint8)
    for position in range(len(codes)):
        code = codes[position]
        flags = classes[code]
        kind = 0
        if flags & SPACE:
            code, kind = _BLANK, 1
        elif flags & DIGIT:
            code, kind = _ZERO, 2
        elif flags & HANGUL:
            kind = 3
        elif flags & LATIN:
            kind = 5 if flags & UPPER else 4
        elif flags & PUNCTUATION:
            kind = 6
        elif flags & HANJA:
            kind = 7
        elif flags & JAMO:
            kind = 8
        simple[position] = code
        kinds[position] = kind
    return simple, kinds


@njit(cache=True, nogil=True)
def looks_like_address(simple: NDArray[np.uint32], start: int, end: int) -> bool:
    """Tells whether a run of non-blank characters holds ``://`` or ``@``, which analysers keep."""
    for position in range(start, end):
        if simple[position] == _AT:
            return True
        if (
            simple[position] == _COLON
            and position + 2 < end
            and simple[position + 1] == _SLASH
            and simple[position + 2] == _SLASH
        ):
            return True
    return False


@njit(cache=True, nogil=True)
def feature_slots(
    simple: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
    position: int,
    first: int,
    last: int,
    chunk_start: int,
    chunk_hash: int,
    address: bool,
    label: int,
    label_before: int,
    slots: NDArray[np.int64],
) -> None:
    """Writes the table slots of the features of one character.

    Args:
        simple: Characters after `_simplify`.
        kinds: Kinds of characters after `_simplify`.
        position: The character.
        first: First character of the document.
        last: One past the last character of the document.
        chunk_start: Where the run of non-blank characters around it begins.
        chunk_hash: Hash of that run.
        address: Whether that run is an address.
        label: Label of the character before.
        label_before: Label of the one before that.
        slots: Receives `N_FEATURES` slots.
    """
    c0 = uint64(simple[position])
    p1 = uint64(simple[position - 1]) if position - 1 >= first else uint64(_BLANK)
    p2 = uint64(simple[position - 2]) if position - 2 >= first else uint64(_BLANK)
    p3 = uint64(simple[position - 3]) if position - 3 >= first else uint64(_BLANK)
    n1 = uint64(simple[position + 1]) if position + 1 < last else uint64(_BLANK)
    n2 = uint64(simple[position + 2]) if position + 2 < last else uint64(_BLANK)
    n3 = uint64(simple[position + 3]) if position + 3 < last else uint64(_BLANK)
    window = uint64(0)
    for neighbour in range(position - 3, position + 4):
        kind = kinds[neighbour] if first <= neighbour < last else 1
        window = window * uint64(16) + uint64(kind)
    before = _join(p1, c0)
    after = _join(c0, n1)
    around = _join(before, n1)
    before_2 = _join(p2, before)
    after_2 = _join(after, n2)
    slots[0] = _slot(1, c0)
    slots[1] = _slot(2, before)
    slots[2] = _slot(3, after)
    slots[3] = _slot(4, around)
    slots[4] = _slot(5, before_2)
    slots[5] = _slot(6, after_2)
    slots[6] = _slot(7, _join(p2, around))
    slots[7] = _slot(8, _join(around, n2))
    slots[8] = _slot(9, _join(p2, _join(around, n2)))
    slots[9] = _slot(10, _join(p3, before_2))
    slots[10] = _slot(11, _join(after_2, n3))
    slots[11] = _slot(12, window)
    slots[12] = _slot(13, (window >> uint64(8)) & uint64(0xFFF) | uint64(address) << uint64(12))
    slots[13] = _slot(14, _join(uint64(label), before))
    slots[14] = _slot(15, _join(uint64(label * 4 + label_before), after))
    slots[15] = _slot(16, _join(uint64(chunk_hash), uint64(position - chunk_start)))


@njit(cache=True, nogil=True)
def _label_chunks(
    codes: Codes,
    offsets: Offsets,
    chunk_starts: NDArray[np.int64],
    chunk_ends: NDArray[np.int64],
    chunk_offsets: Offsets,
    chunk_hashes: NDArray[np.uint64],
    classes: Classes,
    weights: NDArray[np.uint64],
    context_free: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Offsets]:
    """Labels every character from left to right and cuts words where the labels say.

    Where words do not depend on what is around a run of non-blank characters, a run that was seen
    before in the batch gets the words that it had.
    """
    simple, kinds = _simplify(codes, classes)
    slots = np.empty(N_FEATURES, dtype=np.int64)
    # One row per distinct run: hash, number of words, first word, first character. A free row has
    # no words; what is looked up together lies together.
    seen = np.zeros((table_size(len(chunk_starts)) if context_free else 1, 4), dtype=np.uint64)
    mask = len(seen) - 1
    starts = np.empty(2 * len(codes), dtype=np.int64)
    ends = np.empty(2 * len(codes), dtype=np.int64)
    word_offsets = np.zeros(len(offsets), dtype=np.int64)
    count = 0
    for document in range(len(offsets) - 1):
        first, last = offsets[document], offsets[document + 1]
        for chunk in range(chunk_offsets[document], chunk_offsets[document + 1]):
            start, end = chunk_starts[chunk], chunk_ends[chunk]
            row = seen[0]
            if context_free:
                first, last = start, end
                key = chunk_hashes[chunk]
                slot = int64(key & uint64(mask))
                while seen[slot, 1] and seen[slot, 0] != key:
                    slot = (slot + 1) & mask
                row = seen[slot]
                if row[1]:
                    shift = start - int64(row[3])
                    for word in range(int64(row[2]), int64(row[2] + row[1])):
                        starts[count] = starts[word] + shift
                        ends[count] = ends[word] + shift
                        count += 1
                    continue
                row[0] = key
                row[2] = count
                row[3] = start
            words_before = count
            address = looks_like_address(simple, start, end)
            label = 0
            label_before = 0
            for position in range(start, end):
                feature_slots(
                    simple,
                    kinds,
                    position,
                    first,
                    last,
                    start,
                    chunk_hashes[chunk],
                    address,
                    label,
                    label_before,
                    slots,
                )
                total = uint64(0)
                for feature in range(N_FEATURES):
                    total += weights[slots[feature]]
                best = 0
                best_score = -1
                for candidate in range(4):
                    score = int64((total >> uint64(16 * candidate)) & uint64(0xFFFF))
                    allowed = position > start or candidate & BEGIN
                    if allowed and score > best_score:
                        best, best_score = candidate, score
                if best & BEGIN:
                    if position > start:
                        ends[count - 1] = position
                    starts[count] = position
                    count += 1
                if best & OVERLAP:
                    ends[count - 1] = position + 1
                    starts[count] = position
                    count += 1
                label_before = label
                label = best
            ends[count - 1] = end
            row[1] = count - words_before
        word_offsets[document + 1] = count
    return starts[:count].copy(), ends[:count].copy(), word_offsets


def pack_weights(weights: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Packs four 8-bit weights per slot, shape ``(slots, 4)``, into one 64-bit entry per slot."""
    lanes = weights.astype(np.int64) + _BIAS
    shifts = np.array([0, 16, 32, 48], dtype=np.uint64)
    return np.bitwise_or.reduce(lanes.astype(np.uint64) << shifts, axis=1)


@lru_cache(maxsize=2)
def _weights(language: str) -> NDArray[np.uint64]:
    resource = files("bllossom_data.corpus") / f"boundaries_{language}.npz"
    with resource.open("rb") as stream:
        return pack_weights(np.load(stream)["weights"])


def words_with(batch: TextBatch, weights: NDArray[np.uint64], language: str) -> Words:
    """Finds words with the given packed weights."""
    classes = character_classes()
    chunks = chunk_bounds(batch.codes, batch.offsets, classes)
    return Words(
        *_label_chunks(
            batch.codes, batch.offsets, *chunks, classes, weights, language in CONTEXT_FREE
        )
    )


def fast_words(batch: TextBatch, language: str) -> Words:
    """Finds the words of a batch as Kiwi (``ko``) or spaCy (``en``) would, nearly."""
    return words_with(batch, _weights(language), language)
