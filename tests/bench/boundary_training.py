"""Trains the model of word boundaries: an averaged perceptron over characters."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.batches import TextBatch
from bllossom_data.corpus.boundaries import (
    BEGIN,
    CONTEXT_FREE,
    N_FEATURES,
    OVERLAP,
    TABLE_BITS,
    _simplify,
    feature_slots,
    looks_like_address,
)
from bllossom_data.corpus.characters import character_classes
from bllossom_data.corpus.words import Words, chunk_bounds


@njit(cache=True, nogil=True)
def _labels(n_codes, starts, ends, word_offsets):
    labels = np.zeros(n_codes, dtype=np.uint8)
    for document in range(len(word_offsets) - 1):
        covered = -1
        for word in range(word_offsets[document], word_offsets[document + 1]):
            start = starts[word]
            labels[start] |= OVERLAP if start < covered else BEGIN
            covered = max(covered, ends[word])
    return labels


@njit(cache=True, nogil=True)
def _epoch(
    simple, kinds, offsets, chunks, order, gold, weights, sums, step, correct_labels, context_free
):
    chunk_starts, chunk_ends, chunk_offsets, chunk_hashes = chunks
    slots = np.empty(N_FEATURES, dtype=np.int64)
    scores = np.zeros(4, dtype=np.int64)
    wrong = 0
    for document in order:
        first, last = offsets[document], offsets[document + 1]
        for chunk in range(chunk_offsets[document], chunk_offsets[document + 1]):
            start, end = chunk_starts[chunk], chunk_ends[chunk]
            if context_free:
                first, last = start, end
            address = looks_like_address(simple, start, end)
            label = 0
            label_before = 0
            for position in range(start, end):
                feature_slots(
                    simple, kinds, position, first, last, start, chunk_hashes[chunk], address,
                    label, label_before, slots,
                )  # fmt: skip
                scores[:] = 0
                for slot in slots:
                    for candidate in range(4):
                        scores[candidate] += weights[slot, candidate]
                best = -1
                for candidate in range(4):
                    allowed = position > start or candidate & BEGIN
                    if allowed and (best < 0 or scores[candidate] > scores[best]):
                        best = candidate
                truth = gold[position]
                if position == start:
                    truth |= BEGIN
                step += 1
                if best != truth:
                    wrong += 1
                    for slot in slots:
                        weights[slot, truth] += 1
                        sums[slot, truth] += step
                        weights[slot, best] -= 1
                        sums[slot, best] -= step
                label_before = label
                label = truth if correct_labels else best
    return step, wrong


def train(
    batch: TextBatch, words: Words, epochs: int, language: str, seed: int = 1
) -> NDArray[np.int8]:
    """Returns 8-bit weights, shape ``(2 ** TABLE_BITS, 4)``."""
    classes = character_classes()
    simple, kinds = _simplify(batch.codes, classes)
    chunks = chunk_bounds(batch.codes, batch.offsets, classes)
    gold = _labels(len(batch.codes), words.starts, words.ends, words.offsets)
    weights = np.zeros((2**TABLE_BITS, 4), dtype=np.int32)
    sums = np.zeros((2**TABLE_BITS, 4), dtype=np.int64)
    random = np.random.default_rng(seed)
    step = 0
    for epoch in range(epochs):
        order = random.permutation(len(batch))
        step, wrong = _epoch(
            simple,
            kinds,
            batch.offsets,
            chunks,
            order,
            gold,
            weights,
            sums,
            step,
            epoch == 0,
            language in CONTEXT_FREE,
        )
        print(f"epoch {epoch + 1}: {wrong / len(batch.codes):.4f} of characters wrong", flush=True)
    averaged = weights - sums / step
    scale = np.quantile(np.abs(averaged[averaged != 0]), 0.998) / 127
    return np.clip(np.rint(averaged / scale), -127, 127).astype(np.int8)
