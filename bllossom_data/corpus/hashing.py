"""Hashes of pieces of text inside kernels: words, lines and n-grams are compared by 64-bit hash.

A piece of code points c1…ck hashes to the polynomial c1·B^(k-1) + … + ck modulo 2^64. Polynomials
concatenate: the hash of an n-gram follows from prefix sums in constant time, whatever its length,
which is what lets every n be measured in one pass. Two pieces of one document with equal hash are
taken as equal; with 10^5 pieces the chance of one false match is below 10^-9.
"""

import numpy as np
from numba import int64, njit, uint64
from numpy.typing import NDArray

from bllossom_data.corpus.batches import Codes

BASE = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def mix(value: int) -> int:
    """Spreads the entropy of a polynomial over all its bits (the finaliser of splitmix64)."""
    value = uint64(value)
    value ^= value >> uint64(30)
    value *= uint64(0xBF58476D1CE4E5B9)
    value ^= value >> uint64(27)
    value *= uint64(0x94D049BB133111EB)
    return value ^ (value >> uint64(31))


@njit(cache=True, nogil=True)
def piece_hash(codes: Codes, start: int, end: int) -> int:
    """Returns the polynomial hash of ``codes[start:end]``."""
    value = uint64(0)
    for position in range(start, end):
        value = value * BASE + uint64(codes[position]) + uint64(1)
    return value


@njit(cache=True, nogil=True)
def powers(count: int) -> NDArray[np.uint64]:
    """Returns ``B^0 … B^(count-1)`` modulo 2^64."""
    result = np.empty(count, dtype=np.uint64)
    value = uint64(1)
    for exponent in range(count):
        result[exponent] = value
        value = value * BASE
    return result


@njit(cache=True, nogil=True)
def table_size(elements: int) -> int:
    """Returns a power of two that keeps an open-addressing table at most half full."""
    size = 16
    while size < 2 * elements:
        size *= 2
    return size


@njit(cache=True, nogil=True)
def find_slot(
    keys: NDArray[np.uint64], stamps: NDArray[np.int64], stamp: int, key: int, mask: int
) -> int:
    """Finds the slot of ``key`` among the entries of ``stamp``, or the free slot for it.

    A slot whose stamp differs is free, so a table is emptied by taking the next stamp. ``mask`` is
    the number of slots in use minus one.
    """
    slot = int64(mix(key) & uint64(mask))
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


def text_hash(text: str) -> int:
    """Returns the polynomial hash of a Python string, as the kernels compute it."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    return int(piece_hash(codes, 0, len(codes)))
