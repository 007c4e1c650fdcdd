"""From candidate pairs to clusters and the one document of each that stays.

A pair counts only when the Jaccard similarity of the two whole shingle sets reaches the threshold.
Clusters are the connected components of such pairs, so a member may be less similar to the survivor
than the threshold: it was reached over a third document. Its own similarity to the survivor is kept
with it.
"""

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

__all__ = ["choose_survivors", "jaccard", "pair_similarities", "roots_of", "unite_similar"]


@njit(cache=True, nogil=True)
def jaccard(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    """Jaccard similarity (0-1) of two ascending arrays of hashes; 0 when both are empty."""
    common = i = j = 0
    while i < one.size and j < other.size:
        if one[i] == other[j]:
            common += 1
            i += 1
            j += 1
        elif one[i] < other[j]:
            i += 1
        else:
            j += 1
    union = one.size + other.size - common
    return common / union if union else 0.0


@njit(cache=True, nogil=True)
def _shingles(
    document: int,
    store: NDArray[np.uint32],
    starts: NDArray[np.int64],
    sizes: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    return store[starts[document] : starts[document] + np.int64(sizes[document])]


@njit(cache=True, nogil=True)
def pair_similarities(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    store: NDArray[np.uint32],
    starts: NDArray[np.int64],
    sizes: NDArray[np.uint32],
) -> NDArray[np.float32]:
    """Jaccard similarity of each pair of documents.

    Args:
        first: one document of each pair.
        second: the other.
        store: shingle hashes, ascending within each document.
        starts: where the shingles of each document begin in the store.
        sizes: how many they are.
    """
    found = np.empty(first.size, dtype=np.float32)
    for pair in range(first.size):
        found[pair] = jaccard(
            _shingles(first[pair], store, starts, sizes),
            _shingles(second[pair], store, starts, sizes),
        )
    return found


@njit(cache=True, nogil=True)
def _root(parents: NDArray[np.uint32], document: int) -> int:
    while parents[document] != document:
        parents[document] = parents[parents[document]]
        document = parents[document]
    return document


@njit(cache=True, nogil=True)
def unite_similar(
    pairs: NDArray[np.uint64],
    store: NDArray[np.uint32],
    starts: NDArray[np.int64],
    sizes: NDArray[np.uint32],
    min_jaccard: float,
    parents: NDArray[np.uint32],
) -> tuple[int, int]:
    """Unite the documents of every pair whose similarity reaches the threshold, in `parents`.

    A pair that is already connected is not compared: it cannot change the components, and in a
    cluster of m documents it leaves at most m - 1 successful comparisons. The smaller number
    becomes the root, so the root of a cluster is its smallest member whatever the order of pairs.

    Args:
        pairs: `smaller << 32 | larger`, as `minhash.candidate_pairs` gives them.
        store: shingle hashes, ascending within each document.
        starts: where the shingles of each document begin in the store.
        sizes: how many they are.
        min_jaccard: threshold (0-1), inclusive.
        parents: union-find forest over all documents; changed in place.

    Returns:
        How many pairs were compared, and how many of them were similar.
    """
    compared = similar = 0
    for pair in pairs:
        left, right = np.int64(pair >> uint64(32)), np.int64(pair & uint64(0xFFFFFFFF))
        one, other = _root(parents, left), _root(parents, right)
        if one == other:
            continue
        compared += 1
        similarity = jaccard(
            _shingles(left, store, starts, sizes), _shingles(right, store, starts, sizes)
        )
        if similarity >= min_jaccard:
            similar += 1
            parents[max(one, other)] = min(one, other)
    return compared, similar


@njit(cache=True, nogil=True)
def roots_of(parents: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The smallest member of the cluster of each document."""
    roots = np.empty_like(parents)
    for document in range(parents.size):
        roots[document] = _root(parents, document)
    return roots


def choose_survivors(
    clusters: NDArray[np.int64],
    priorities: NDArray[np.int64],
    qualities: NDArray[np.float32],
    identities: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """Which row survives in the cluster of each row.

    Order of preference: highest priority of the source, highest quality (a missing one is lowest),
    smallest identity, first row.

    Args:
        clusters: cluster of each row.
        priorities: priority of its source; larger is better.
        qualities: its quality score; NaN where there is none.
        identities: rank of its id among all ids.

    Returns:
        The surviving row's number, for each row.
    """
    scores = np.nan_to_num(qualities, nan=-np.inf)
    order = np.lexsort((identities, -scores, -priorities, clusters))
    ordered = clusters[order]
    starts = np.ones(order.size, dtype=bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    survivors = np.empty(order.size, dtype=np.int64)
    survivors[order] = order[starts][np.cumsum(starts) - 1]
    return survivors
