"""Sets of hashed word n-grams ("shingles") of a batch of texts: what near-duplicates share.

The text is simplified the way datatrove's `simplify_text` does it (lower case, numbers to `0`,
punctuation and symbols to spaces, diacritics stripped, white space folded) with four differences:

- the result is NFC, so a Hangul syllable stays one code point (datatrove leaves NFD jamo);
- a number is any run of digits joined by `.` or `,`: `1,234.5`, `2026.11.21` and `7` are all `0`;
- digits that follow a Latin letter belong to a name and stay: pages on `sha256sum` and `sha512sum`
  or on `base32` and `base64` differ in nothing else and are not duplicates;
- every Unicode punctuation mark and symbol is a space, not a list of 90 of them.

Words are what white space separates. One pass over the UTF-8 bytes of an Arrow batch simplifies,
hashes words and combines them; no Python object exists per document.
"""

import unicodedata
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.hashing import BASE, mix

__all__ = ["shingle_sets", "simplification_table"]

SPACE = 0x20
ZERO = 0x30
DROPPED = 0xFFFFFFFF
FULL_STOP, COMMA, NINE, LETTER_A, LETTER_Z = 0x2E, 0x2C, 0x39, 0x61, 0x7A

# Blocks whose characters are their own simplification: not worth asking unicodedata 200,000 times.
UNCHANGED_BLOCKS = (
    range(0x3400, 0xA000),
    range(0xAC00, 0xF900),
    range(0x17000, 0x18D00),
    range(0x20000, 0xE0000),
    range(0xE1000, 0x110000),
)


@lru_cache(maxsize=1)
def simplification_table() -> NDArray[np.uint32]:
    """What each code point becomes: shape (0x110000,).

    `SPACE` separates words, `ZERO` is a digit, `DROPPED` vanishes without separating (combining
    marks, zero-width characters), anything else is the lower-case letter without diacritics.
    """
    table = np.arange(0x110000, dtype=np.uint32)
    unchanged = np.zeros(0x110000, dtype=bool)
    for block in UNCHANGED_BLOCKS:
        unchanged[block.start : block.stop] = True
    for code_point in np.flatnonzero(~unchanged).tolist():
        table[code_point] = _simplified(chr(code_point))
    return table


def _simplified(character: str) -> int:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return DROPPED
    if category == "Nd":
        return ZERO
    if category[0] in "PSZ" or category == "Cc":
        return SPACE
    decomposed = unicodedata.normalize("NFD", character.lower())
    letters = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me"})
    recomposed = unicodedata.normalize("NFC", letters)
    # One Kannada vowel sign would become two code points; it is left as it is.
    return ord(recomposed) if len(recomposed) == 1 else ord(character)


def shingle_sets(texts: pa.Array, ngram_words: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash the word n-grams of every text.

    A text of fewer than `ngram_words` words has one shingle, the whole of it with its numbers, so
    that short repeats meet but a mark of 1 and one of 10 do not; a text without a word has none.

    Args:
        texts: Arrow array of strings (nulls count as empty).
        ngram_words: words per shingle, at least 1.

    Returns:
        The 64-bit hashes, ascending and distinct within each text, and the offsets
        (`len(texts) + 1`): text i owns `hashes[offsets[i]:offsets[i + 1]]`.
    """
    strings = pc.fill_null(texts.cast(pa.large_string()), "")
    if len(strings) == 0:
        return np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64)
    if not _is_composed(strings):
        strings = pc.utf8_normalize(strings, form="NFC")
    _, offsets_buffer, data_buffer = strings.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[strings.offset :][: len(strings) + 1]
    if offsets[-1] == offsets[0]:
        return np.empty(0, dtype=np.uint64), np.zeros(len(strings) + 1, dtype=np.int64)
    data = np.frombuffer(data_buffer, dtype=np.uint8)
    # A word takes at least one byte and its separator another. Pages never written cost no memory.
    hashes = np.empty((int(offsets[-1] - offsets[0]) + len(strings) + 1) // 2 + 1, dtype=np.uint64)
    ends = _hash_shingles(data, offsets, simplification_table(), ngram_words, hashes)
    return hashes[: ends[-1]].copy(), ends


def _is_composed(strings: pa.Array) -> bool:
    """Whether the whole batch is NFC already (it is, in a folder that ingest wrote)."""
    _, offsets_buffer, data_buffer = strings.buffers()
    if data_buffer is None:
        return True
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[strings.offset :][: len(strings) + 1]
    text = str(memoryview(data_buffer)[int(offsets[0]) : int(offsets[-1])], "utf-8")
    return unicodedata.is_normalized("NFC", text)


@njit(cache=True, nogil=True)
def _decoded(data: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """The code point of valid UTF-8 at a byte and the byte after it."""
    lead = int(data[at])
    if lead < 0x80:
        return lead, at + 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (data[at + 1] & 0x3F), at + 2
    middle = (int(data[at + 1]) & 0x3F) << 6
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | middle | (data[at + 2] & 0x3F), at + 3
    last = (int(data[at + 2]) & 0x3F) << 6 | (data[at + 3] & 0x3F)
    return (lead & 0x07) << 18 | middle << 6 | last, at + 4


@njit(cache=True, nogil=True)
def _hash_words(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    table: NDArray[np.uint32],
    words: NDArray[np.uint64],
    folds_numbers: bool,
) -> int:
    """Write the hash of each simplified word of one text into `words`; return how many."""
    count, at = 0, start
    word = BASE
    in_word = in_number = in_name = False
    while at < end:
        code_point, at = _decoded(data, at)
        simplified = table[code_point]
        if simplified == DROPPED:
            continue
        if simplified == ZERO and (in_name or not folds_numbers):
            simplified = np.uint32(code_point)
        elif simplified == ZERO:
            if in_number:
                continue
            in_number = True
        else:
            joins = in_number and code_point in (FULL_STOP, COMMA) and at < end
            if joins and ZERO <= data[at] <= NINE:
                continue
            in_number = False
            in_name = LETTER_A <= simplified <= LETTER_Z
        if simplified != SPACE:
            word = (word ^ np.uint64(simplified)) * BASE
            in_word = True
        elif in_word:
            words[count] = mix(word)
            count += 1
            word = BASE
            in_word = False
    if in_word:
        words[count] = mix(word)
        count += 1
    return count


@njit(cache=True, nogil=True)
def _hash_shingles(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: NDArray[np.uint32],
    ngram_words: int,
    hashes: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Fill `hashes` with the sorted distinct shingles of each text; return their offsets."""
    ends = np.zeros(offsets.size, dtype=np.int64)
    filled = 0
    for text in range(offsets.size - 1):
        words = hashes[filled:]
        start, end = offsets[text], offsets[text + 1]
        n_words = _hash_words(data, start, end, table, words, True)
        length = ngram_words
        if n_words < ngram_words:
            length = n_words = _hash_words(data, start, end, table, words, False)
        n_shingles = n_words - length + 1 if n_words else 0
        # Shingle i overwrites word i, which no later shingle needs.
        for first in range(n_shingles):
            combined = np.uint64(length)
            for word in range(first, first + length):
                combined = (combined ^ words[word]) * BASE
            words[first] = mix(combined)
        shingles = words[:n_shingles]
        shingles.sort()
        kept = 0
        for i in range(n_shingles):
            if i == 0 or shingles[i] != shingles[kept - 1]:
                shingles[kept] = shingles[i]
                kept += 1
        filled += kept
        ends[text + 1] = filled
    return ends
