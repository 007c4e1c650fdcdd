"""MinHash signatures, their bands, and the pairs of documents that share a band.

Two sets of Jaccard similarity s agree in one minimum with probability s, so in one band of r
minima with s^r, and meet in at least one of b bands with 1 - (1 - s^r)^b (Broder 1997; Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, 3.4). Pairs that meet are only candidates: whether
they are near-duplicates is decided on their shingle sets (`bllossom_data.corpus.clusters`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit, uint64
from numpy.typing import NDArray

from bllossom_data.corpus.hashing import BASE, mix
from bllossom_data.corpus.shingles import shingle_sets

__all__ = [
    "MinHashConfig",
    "Signatures",
    "band_keys",
    "candidate_pairs",
    "collision_probability",
    "minima",
    "packed",
    "pair_blocks",
    "permutations",
    "sign",
]

HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class MinHashConfig:
    """What counts as a near-duplicate and how it is looked for.

    Attributes:
        ngram_words: words per shingle.
        bands: keys per document; documents that share one are compared.
        rows_per_band: minima per key.
        min_jaccard: similarity of the shingle sets (0-1) from which two documents are one.
        seed: of the permutations.
    """

    ngram_words: int = 5
    bands: int = 16
    rows_per_band: int = 7
    min_jaccard: float = 0.8
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Signatures:
    """What is kept of a batch of documents: shape (documents, bands) and (documents,).

    Attributes:
        keys: 64-bit key of each band.
        sizes: distinct shingles of each document; keys of a document with 0 mean nothing.
    """

    keys: NDArray[np.uint64]
    sizes: NDArray[np.uint32]


def collision_probability(jaccard: float, config: MinHashConfig) -> float:
    """Probability (0-1) that two documents of this similarity share a band."""
    return float(1 - (1 - jaccard**config.rows_per_band) ** config.bands)


def permutations(count: int, seed: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Multipliers (odd) and addends of `count` hash functions, from splitmix64 of the seed.

    Function i maps a 32-bit x to `(multiplier * x + addend mod 2^64) >> 32`, which is strongly
    universal (Dietzfelbinger 1996, multiply-add-shift). splitmix64 rather than NumPy's generator,
    whose stream may change between versions: signatures must not.
    """
    state = (seed * int(BASE)) % 2**64
    steps = [(state + step * int(BASE)) % 2**64 for step in range(1, 2 * count + 1)]
    numbers = np.array([mix(np.uint64(step)) for step in steps], dtype=np.uint64)
    return numbers[:count] | np.uint64(1), numbers[count:]


def sign(texts: pa.Array, config: MinHashConfig) -> Signatures:
    """Signatures of an Arrow array of texts."""
    hashes, offsets = shingle_sets(texts, config.ngram_words)
    factors, addends = permutations(config.bands * config.rows_per_band, config.seed)
    keys = band_keys(minima(hashes, offsets, factors, addends), config.bands)
    return Signatures(keys, np.diff(offsets).astype(np.uint32))


@njit(cache=True, nogil=True)
def minima(
    hashes: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    factors: NDArray[np.uint64],
    addends: NDArray[np.uint64],
) -> NDArray[np.uint32]:
    """Smallest value of every hash function over every set: shape (sets, functions).

    The functions see the upper 32 bits of a shingle's hash.
    """
    found = np.empty((offsets.size - 1, factors.size), dtype=np.uint32)
    lowest = np.empty(factors.size, dtype=np.uint64)
    for document in range(offsets.size - 1):
        lowest[:] = uint64(0xFFFFFFFF)
        for position in range(offsets[document], offsets[document + 1]):
            shingle = hashes[position] >> HALF
            for function in range(factors.size):
                value = (factors[function] * shingle + addends[function]) >> HALF
                lowest[function] = min(lowest[function], value)
        for function in range(factors.size):
            found[document, function] = lowest[function]
    return found


@njit(cache=True, nogil=True)
def band_keys(found: NDArray[np.uint32], bands: int) -> NDArray[np.uint64]:
    """One 64-bit key per band of equally many minima: shape (documents, bands).

    64 bits: among 65 million documents 10^-4 accidental matches are expected per band, and an
    accidental match costs one comparison of two sets.
    """
    documents, functions = found.shape
    rows = functions // bands
    keys = np.empty((documents, bands), dtype=np.uint64)
    for document in range(documents):
        for band in range(bands):
            key = uint64(band)
            for row in range(band * rows, (band + 1) * rows):
                key = mix((key ^ uint64(found[document, row])) * BASE)
            keys[document, band] = key
    return keys


def candidate_pairs(
    keys: NDArray[np.uint64], sizes: NDArray[np.uint32], min_jaccard: float
) -> NDArray[np.uint64]:
    """Pairs worth comparing among documents that share the key of one band.

    A bucket of m documents has m(m-1)/2 pairs, 5·10^11 for a template used a million times. Here it
    gives fewer than 2m: its members are sorted by size, and each is paired with its predecessor and
    with its leader, the smallest member whose size does not yet rule the similarity out
    (Jaccard <= smaller / larger). Clusters are connected by such chains; what a chain misses in one
    band another band, with other buckets, may find.

    Args:
        keys: key of each document in this band.
        sizes: distinct shingles of each document; documents with 0 have no pair.
        min_jaccard: pairs that their sizes put below it are left out.

    Returns:
        Pairs of document numbers as `smaller << 32 | larger`, ascending and distinct.
    """
    documents = np.flatnonzero(sizes)
    by_key = documents[np.argsort(keys[documents], kind="stable")]
    same = keys[by_key[1:]] == keys[by_key[:-1]]
    shared = np.zeros(by_key.size, dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    members = by_key[shared]
    members = members[np.lexsort((sizes[members], keys[members]))]
    pairs = _chain(members, keys[members], sizes[members], min_jaccard)
    return np.unique(pairs)


def pair_blocks(
    bands: Sequence[NDArray[np.uint64]], pairs_at_once: int
) -> Iterator[NDArray[np.uint64]]:
    """Merge the pairs of all bands: distinct, ascending over all blocks, in bounded memory.

    Args:
        bands: ascending pairs of each band; memory-mapped files do.
        pairs_at_once: pairs read for one block, roughly.
    """
    step = max(1, pairs_at_once // 1_000)
    samples = np.sort(np.concatenate([band[::step] for band in bands]))
    cuts = samples[:: max(1, pairs_at_once // step)][1:]
    ends = [np.append(np.searchsorted(band, cuts), len(band)) for band in bands]
    starts = [0] * len(bands)
    for block in range(len(cuts) + 1):
        stops = [int(end[block]) for end in ends]
        slices = [band[start:stop] for band, start, stop in zip(bands, starts, stops, strict=True)]
        yield np.unique(np.concatenate(slices))
        starts = stops


@njit(cache=True, nogil=True)
def packed(one: int, other: int) -> int:
    """A pair of document numbers as one number that sorts by the smaller, then the larger."""
    return uint64(min(one, other)) << HALF | uint64(max(one, other))


@njit(cache=True, nogil=True)
def _chain(
    members: NDArray[np.int64],
    keys: NDArray[np.uint64],
    sizes: NDArray[np.uint32],
    min_jaccard: float,
) -> NDArray[np.uint64]:
    pairs = np.empty(2 * members.size, dtype=np.uint64)
    filled = leader = 0
    for i in range(1, members.size):
        if keys[i] != keys[leader]:
            leader = i
            continue
        while sizes[leader] < min_jaccard * sizes[i]:
            leader += 1
        if leader < i - 1:
            pairs[filled] = packed(members[leader], members[i])
            filled += 1
        if leader < i:
            pairs[filled] = packed(members[i - 1], members[i])
            filled += 1
    return pairs[:filled]
