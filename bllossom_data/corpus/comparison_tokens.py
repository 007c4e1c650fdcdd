"""Tokens by which copies of one text are recognised however it is spaced, cased or punctuated.

A Hangul syllable (or Chinese character, or kana) is a token, and so is every other word. Spaces,
punctuation, case, accents and loose jamo (`ㅋㅋ`, `ㅠㅠ`) do not count, because copies of one
Korean sentence differ in all of them. Numbers do count, unlike for near-duplicates: two arithmetic
problems that differ in their numbers are two problems.
"""

import functools
import re
import unicodedata

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.hashing import mix

__all__ = ["folding_table", "hash_one", "hash_tokens", "is_syllabic", "utf8_buffers"]

Bytes = NDArray[np.uint8]
Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]

SEPARATOR = 0
DROPPED = 1
# From here on a character is a token of its own: CJK, kana, Hangul.
FIRST_SYLLABLE = 0x2E80
SYLLABIC_WORD = re.compile(r"[\u1100-\u11FF\u2E80-\uD7FF\uF900-\uFAFF]")
LOOSE_JAMO = (range(0x1100, 0x1200), range(0x3130, 0x3190), range(0xFFA0, 0xFFE0))
UNIQUE_BLOCKS = (range(0x3400, 0xA000), range(0xAC00, 0xD7A4), range(0x20000, 0x2FA20))

_SHIFT = np.uint64(32)
_WORD_PRIME = np.uint64(0xFF51AFD7ED558CCD)


def is_syllabic(text: str) -> bool:
    """Whether at least half of the words hold Hangul, kana or Chinese characters."""
    words = text.split()
    syllabic = sum(bool(SYLLABIC_WORD.search(word)) for word in words)
    return bool(words) and 2 * syllabic >= len(words)


def hash_tokens(texts: pa.Array) -> tuple[Hashes, Numbers]:
    """Hash the tokens of each text; a Hangul syllable counts the same in NFC and NFD.

    Args:
        texts: n strings

    Returns:
        the hashes of all tokens, and n + 1 offsets into them
    """
    data, offsets = utf8_buffers(texts)
    hashes = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint64)
    starts = np.zeros(len(texts) + 1, np.int64)
    used = _hash_all(data, offsets, folding_table(), hashes, starts)
    return hashes[:used].copy(), starts


def utf8_buffers(texts: pa.Array) -> tuple[Bytes, Numbers]:
    """The UTF-8 bytes behind n strings (null counts as empty) and n + 1 offsets into them."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    texts = texts.cast(pa.large_string()).fill_null("")
    if len(texts) == 0:
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    _, offset_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64, len(texts) + 1, 8 * texts.offset)
    if offsets[-1] == offsets[0]:
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    return np.frombuffer(data_buffer, np.uint8), offsets


@functools.cache
def folding_table() -> Codes:
    """Table of what each code point is compared as; `SEPARATOR` ends a word, `DROPPED` does not.

    Fullwidth and other compatibility forms and letters with marks become their base letter where
    that is one code point. Digits stay.
    """
    table = np.zeros(0x110000, np.uint32)
    for block in UNIQUE_BLOCKS:
        table[block.start : block.stop] = np.arange(block.start, block.stop)
    for code in np.flatnonzero(table == 0).tolist():
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Mn", "Me", "Cf"):
            table[code] = DROPPED
        elif category[0] in "LN" or category == "Mc":
            table[code] = _base_letter(character)
    for block in LOOSE_JAMO:
        table[block.start : block.stop] = SEPARATOR
    return table


def _base_letter(character: str) -> int:
    lower = character.lower()
    for form in ("NFKD", "NFD"):
        parts = unicodedata.normalize(form, lower)
        base = [part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf")]
        if len(base) == 1:
            return ord(base[0].lower()[0])
    return ord(lower) if len(lower) == 1 else ord(character)


@njit(cache=True, nogil=True)
def _decode(data: Bytes, at: int) -> tuple[int, int]:
    """Code point of the valid UTF-8 sequence at a byte, and where the next one begins."""
    first = int(data[at])
    if first < 0x80:
        return first, at + 1
    second = int(data[at + 1]) & 0x3F
    if first < 0xE0:
        return ((first & 0x1F) << 6) | second, at + 2
    third = int(data[at + 2]) & 0x3F
    if first < 0xF0:
        return ((first & 0x0F) << 12) | (second << 6) | third, at + 3
    fourth = int(data[at + 3]) & 0x3F
    return ((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth, at + 4


@njit(cache=True, nogil=True)
def _compose(data: Bytes, lead: int, at: int, end: int) -> tuple[int, int]:
    """Compose a leading jamo with the vowel and tail that follow (Unicode 3.12); 0 if loose."""
    if at + 3 > end:
        return 0, at
    vowel, after = _decode(data, at)
    if vowel < 0x1161 or vowel > 0x1175:
        return 0, at
    syllable = 0xAC00 + ((lead - 0x1100) * 21 + (vowel - 0x1161)) * 28
    if after + 3 <= end:
        tail, last = _decode(data, after)
        if 0x11A8 <= tail <= 0x11C2:
            return syllable + (tail - 0x11A7), last
    return syllable, after


@njit(cache=True, nogil=True)
def hash_one(data: Bytes, start: int, end: int, table: Codes, out: Hashes, used: int) -> int:
    """Append the hashes of the tokens of data[start:end]; return how many `out` then holds."""
    state = np.uint64(0)
    at = start
    while at < end:
        code, at = _decode(data, at)
        if 0x1100 <= code <= 0x1112:
            code, at = _compose(data, code, at, end)
        folded = table[code]
        if folded == DROPPED:
            continue
        if DROPPED < folded < FIRST_SYLLABLE:
            state = (state + np.uint64(folded)) * _WORD_PRIME
            state ^= state >> _SHIFT
            continue
        if state != 0:
            out[used] = mix(state)
            used += 1
            state = np.uint64(0)
        if folded != SEPARATOR:
            out[used] = mix(np.uint64(folded))
            used += 1
    if state != 0:
        out[used] = mix(state)
        used += 1
    return used


@njit(cache=True, nogil=True)
def _hash_all(data: Bytes, offsets: Numbers, table: Codes, out: Hashes, starts: Numbers) -> int:
    used = 0
    for row in range(len(offsets) - 1):
        used = hash_one(data, offsets[row], offsets[row + 1], table, out, used)
        starts[row + 1] = used
    return used
