"""Kernels of the packaged language model: walk the automaton, weigh its features, decide.

Three facts make them fast. The model's float16 weights are whole multiples of 1/512, so int16
holds them exactly. The automaton's state depends on the last few bytes only, so four parts of a
text are walked side by side while each waits for memory. Automaton and weights do not fit the
processor's cache together, so a block of texts is walked first and weighed then.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["WEIGHT_UNITS", "ModelTables", "Utf8Batch", "automaton_order", "classify_bytes", "scan"]

WEIGHT_UNITS = 512
"""Weights are kept in units of 1/512 natural logarithm."""

_LANE_MIN_BYTES = 64
_BLOCK_BYTES = 1 << 22
# A class so many natural logarithms below the best adds less than float32 can show.
_NEGLIGIBLE = -17.0


class Utf8Batch(NamedTuple):
    """Texts laid end to end as UTF-8: text ``d`` is ``data[offsets[d]:offsets[d + 1]]``."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


class ModelTables(NamedTuple):
    """The packaged model laid out for the kernels.

    Attributes:
        next_state: Rows of 256 next states, flat.
        row_start: Where the row of a state starts in ``next_state``.
        feature: Feature seen on entering a state; ``features`` (one past the last) for none.
        weights: Shape ``(features, classes)``, in units of 1/512; classes padded for SIMD.
        prior: Log prior of every class (padded).
        aliases: Pairs of columns that carry one label, shape ``(pairs, 2)``.
        log_counts: ``log(1 + count)``.
        n_classes: Classes without the padding.
        order: A state depends on so many last bytes at most.
    """

    next_state: NDArray[np.uint32]
    row_start: NDArray[np.uint32]
    feature: NDArray[np.uint32]
    weights: NDArray[np.int16]
    prior: NDArray[np.float32]
    aliases: NDArray[np.int64]
    log_counts: NDArray[np.float32]
    n_classes: int
    order: int


@njit(cache=True, nogil=True)
def automaton_order(next_state: NDArray[np.uint32], row_start: NDArray[np.uint32]) -> int:
    """Longest of the shortest paths from the start: the depth of an Aho-Corasick automaton."""
    depth = np.full(row_start.size, -1, np.int32)
    queue = np.zeros(row_start.size, np.int32)
    depth[0] = 0
    head, tail = 0, 1
    while head < tail:
        state = queue[head]
        head += 1
        for byte in range(256):
            following = next_state[row_start[state] + byte]
            if depth[following] < 0:
                depth[following] = depth[state] + 1
                queue[tail] = following
                tail += 1
    return int(depth[queue[tail - 1]])


@njit(cache=True, nogil=True)
def _count(
    state: np.uint32,
    tables: ModelTables,
    counts: NDArray[np.int32],
    seen: NDArray[np.uint32],
    n_seen: int,
) -> int:
    """Counts the feature of a state; writes it to `seen` always, but keeps it when it is new."""
    feature = tables.feature[state]
    count = counts[feature]
    counts[feature] = count + 1
    seen[n_seen] = feature
    return n_seen + (count == 0)


@njit(cache=True, nogil=True)
def _walk(
    text: NDArray[np.uint8],
    tables: ModelTables,
    counts: NDArray[np.int32],
    seen: NDArray[np.uint32],
) -> int:
    """Counts the features of one text; returns how many different ones are in `seen`."""
    following, row_start = tables.next_state, tables.row_start
    n_seen = 0
    state = np.uint32(0)
    lane = text.size // 4 if text.size >= max(_LANE_MIN_BYTES, 4 * tables.order) else 0
    if lane:
        first, second, third, fourth = text[:lane], text[lane:], text[2 * lane :], text[3 * lane :]
        a = b = c = d = state
        for i in range(lane - tables.order, lane):
            b = following[row_start[b] + np.uint32(first[i])]
            c = following[row_start[c] + np.uint32(second[i])]
            d = following[row_start[d] + np.uint32(third[i])]
        for i in range(lane):
            a = following[row_start[a] + np.uint32(first[i])]
            b = following[row_start[b] + np.uint32(second[i])]
            c = following[row_start[c] + np.uint32(third[i])]
            d = following[row_start[d] + np.uint32(fourth[i])]
            n_seen = _count(a, tables, counts, seen, n_seen)
            n_seen = _count(b, tables, counts, seen, n_seen)
            n_seen = _count(c, tables, counts, seen, n_seen)
            n_seen = _count(d, tables, counts, seen, n_seen)
        state = d
    for i in range(4 * lane, text.size):
        state = following[row_start[state] + np.uint32(text[i])]
        n_seen = _count(state, tables, counts, seen, n_seen)
    return n_seen


@njit(cache=True, nogil=True)
def _take_counts(
    seen: NDArray[np.uint32],
    tables: ModelTables,
    counts: NDArray[np.int32],
    features: NDArray[np.uint32],
    log_counts: NDArray[np.float32],
) -> int:
    """Moves the counts of one text out as log(1 + count) per feature; returns how many."""
    n = 0
    for feature in seen:
        count = counts[feature]
        counts[feature] = 0
        if feature < tables.weights.shape[0]:
            features[n] = feature
            is_common = count < tables.log_counts.size
            log_counts[n] = tables.log_counts[count] if is_common else np.float32(math.log1p(count))
            n += 1
    return n


@njit(cache=True, nogil=True, fastmath={"contract"})
def _weigh(
    features: NDArray[np.uint32],
    log_counts: NDArray[np.float32],
    tables: ModelTables,
    totals: NDArray[np.float32],
) -> None:
    """Sums the weighted log counts of one text per class, four features at a time."""
    weights = tables.weights
    n_in_fours = features.size - features.size % 4
    totals[:] = 0
    for k in range(0, n_in_fours, 4):
        n0, n1, n2, n3 = log_counts[k], log_counts[k + 1], log_counts[k + 2], log_counts[k + 3]
        w0, w1 = weights[features[k]], weights[features[k + 1]]
        w2, w3 = weights[features[k + 2]], weights[features[k + 3]]
        for c in range(totals.size):
            totals[c] += (
                n0 * np.float32(w0[c])
                + n1 * np.float32(w1[c])
                + n2 * np.float32(w2[c])
                + n3 * np.float32(w3[c])
            )
    for k in range(n_in_fours, features.size):
        n0, w0 = log_counts[k], weights[features[k]]
        for c in range(totals.size):
            totals[c] += n0 * np.float32(w0[c])


@njit(cache=True, nogil=True)
def _decide(
    totals: NDArray[np.float32], n_bytes: int, tables: ModelTables
) -> tuple[int, np.float32]:
    """Turns class totals into the best class and its share, softened by the root of the length."""
    n = tables.n_classes
    best = totals[:n].max()
    softness = np.float32(1.0 / math.sqrt(max(n_bytes, 1)))
    total = np.float32(0.0)
    for c in range(n):
        distance = (totals[c] - best) * softness
        totals[c] = math.exp(distance) if distance > _NEGLIGIBLE else np.float32(0.0)
        total += totals[c]
    for pair in range(tables.aliases.shape[0]):
        first, second = tables.aliases[pair]
        totals[first] += totals[second]
        totals[second] = 0.0
    winner = int(totals[:n].argmax())
    return winner, totals[winner] / total


@njit(cache=True, nogil=True)
def _classify_block(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    tables: ModelTables,
    counts: NDArray[np.int32],
    classes: NDArray[np.int32],
    scores: NDArray[np.float32],
) -> None:
    """Counts the features of all texts of a block, then weighs them."""
    n_texts = offsets.size - 1
    features = np.empty(offsets[-1] - offsets[0], np.uint32)
    log_counts = np.empty(features.size, np.float32)
    begins = np.zeros(n_texts + 1, np.int64)
    seen = np.empty(counts.size + 1, np.uint32)
    for d in range(n_texts):
        n_seen = _walk(data[offsets[d] : offsets[d + 1]], tables, counts, seen)
        begin = begins[d]
        begins[d + 1] = begin + _take_counts(
            seen[:n_seen], tables, counts, features[begin:], log_counts[begin:]
        )
    totals = np.empty(tables.prior.size, np.float32)
    unit = np.float32(1.0 / WEIGHT_UNITS)
    for d in range(n_texts):
        begin, end = begins[d], begins[d + 1]
        _weigh(features[begin:end], log_counts[begin:end], tables, totals)
        # Without a feature every class is equal: the prior alone would name a language.
        for c in range(totals.size):
            totals[c] = totals[c] * unit + tables.prior[c] if end > begin else np.float32(0.0)
        classes[d], scores[d] = _decide(totals, offsets[d + 1] - offsets[d], tables)


@njit(cache=True, nogil=True)
def classify_bytes(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], tables: ModelTables
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Scores every text of a batch; returns class numbers and probabilities."""
    n_texts = offsets.size - 1
    counts = np.zeros(tables.weights.shape[0] + 1, np.int32)
    classes = np.empty(n_texts, np.int32)
    scores = np.empty(n_texts, np.float32)
    begin = 0
    while begin < n_texts:
        end = begin + 1
        while end < n_texts and offsets[end + 1] - offsets[begin] <= _BLOCK_BYTES:
            end += 1
        _classify_block(
            data, offsets[begin : end + 1], tables, counts, classes[begin:end], scores[begin:end]
        )
        begin = end
    return classes, scores


@njit(cache=True, nogil=True)
def _is_hangul(data: NDArray[np.uint8], i: int) -> bool:
    """Whether the character of three bytes that begins at `i` is a syllable or a jamo."""
    lead, second, third = data[i], data[i + 1], data[i + 2]
    if lead == 0xE1:
        return 0x84 <= second <= 0x87
    if lead == 0xE3:
        return (
            second == 0x85 or (second == 0x84 and third > 0xB0) or (second == 0x86 and third < 0x8F)
        )
    if lead == 0xEA:
        return second >= 0xB0
    return lead == 0xEB or lead == 0xEC or (lead == 0xED and second < 0xA0)


@njit(cache=True, nogil=True)
def scan(
    data: NDArray[np.uint8], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Finds texts that may be upper-case or not NFC, and the share of Hangul among letters.

    ASCII, Hangul syllables and U+4000-U+9FFF have no case but for ASCII letters, and are NFC among
    themselves; a text with anything else is worth asking Python about. Blocks that are mostly
    punctuation and symbols do not count as letters.
    """
    n_texts = offsets.size - 1
    is_special = np.zeros(n_texts, np.bool_)
    hangul_ratio = np.zeros(n_texts, np.float32)
    for d in range(n_texts):
        n_lower = n_upper = n_hangul = n_other = n_strange = 0
        for i in range(offsets[d], offsets[d + 1]):
            byte = data[i]
            if byte < 0x80:
                n_lower += 0x61 <= byte <= 0x7A
                n_upper += 0x41 <= byte <= 0x5A
            elif byte >= 0xC0:
                is_hangul = 0xE0 < byte < 0xEE and _is_hangul(data, i)
                n_hangul += is_hangul
                n_other += not is_hangul and byte not in (0xC2, 0xE2, 0xE3, 0xEF)
                n_strange += not (0xE4 <= byte <= 0xED and (is_hangul or byte < 0xEA))
        is_special[d] = n_strange > 0 or (n_lower == 0 and n_upper > 0)
        n_letters = n_lower + n_upper + n_hangul + n_other
        hangul_ratio[d] = n_hangul / max(n_letters, 1)
    return is_special, hangul_ratio
