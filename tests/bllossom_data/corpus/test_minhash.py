"""Signatures estimate similarity; bands find pairs without comparing all of them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.minhash import (
    MinHashConfig,
    band_keys,
    candidate_pairs,
    collision_probability,
    minima,
    pair_blocks,
    permutations,
    sign,
)


def two_sets(generator, similarity, size=400):
    """Random hashes of two sets of exactly this Jaccard similarity, as one batch."""
    common = round(2 * size * similarity / (1 + similarity))
    numbers = generator.integers(0, 2**64, size=2 * size - common, dtype=np.uint64)
    one, other = numbers[:size], numbers[size - common :]
    return np.concatenate([np.sort(one), np.sort(other)]), np.array([0, size, 2 * size])


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.8, 0.95])
def test_the_share_of_equal_minima_estimates_the_jaccard_similarity(similarity):
    generator = np.random.default_rng(7)
    factors, addends = permutations(112, seed=1)
    shares = []
    for _ in range(60):
        found = minima(*two_sets(generator, similarity), factors, addends)
        shares.append((found[0] == found[1]).mean())
    # Standard error of 60 x 112 coin flips; four of them.
    assert abs(np.mean(shares) - similarity) < 4 * np.sqrt(similarity * (1 - similarity) / 6720)


@pytest.mark.parametrize("similarity", [0.6, 0.7, 0.8, 0.9])
def test_pairs_share_a_band_as_often_as_the_formula_says(similarity):
    generator = np.random.default_rng(11)
    config = MinHashConfig()
    factors, addends = permutations(config.bands * config.rows_per_band, seed=1)
    trials = 300
    met = 0
    for _ in range(trials):
        found = minima(*two_sets(generator, similarity, 200), factors, addends)
        keys = band_keys(found, config.bands)
        met += bool((keys[0] == keys[1]).any())
    expected = collision_probability(similarity, config)
    assert abs(met / trials - expected) < 4 * np.sqrt(expected * (1 - expected) / trials) + 0.01


def test_the_default_bands_find_95_of_100_pairs_at_the_threshold():
    config = MinHashConfig()
    assert collision_probability(config.min_jaccard, config) >= 0.95
    assert config.bands * 8 + 24 <= 280


def test_permutations_are_odd_distinct_and_depend_on_the_seed_only():
    factors, addends = permutations(500, seed=3)
    assert (factors % 2 == 1).all()
    assert len(set(factors.tolist())) == len(set(addends.tolist())) == 500
    assert (permutations(500, seed=3)[0] == factors).all()
    assert not (permutations(500, seed=4)[0] == factors).any()
    # The stream is part of the format: changing it changes every published cluster.
    assert permutations(1, seed=1)[1].tolist() == [487617019471545679]


def test_equal_texts_have_equal_keys_and_empty_ones_a_size_of_zero():
    texts = pa.array(["한국어 말뭉치를 만든다", "", "한국어 말뭉치를 만든다", "전혀 다른 글이다"])
    signatures = sign(texts, MinHashConfig())
    assert signatures.keys.shape == (4, 16)
    assert signatures.sizes.tolist() == [1, 0, 1, 1]
    assert (signatures.keys[0] == signatures.keys[2]).all()
    assert not (signatures.keys[0] == signatures.keys[3]).any()


def unpacked(pairs):
    return [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in pairs]


def test_a_bucket_of_three_is_paired_with_its_leader_and_with_neighbours():
    keys = np.array([5, 9, 5, 5, 2], dtype=np.uint64)
    sizes = np.array([10, 10, 12, 11, 10], dtype=np.uint32)
    assert unpacked(candidate_pairs(keys, sizes, 0.5)) == [(0, 2), (0, 3), (2, 3)]


def test_documents_too_different_in_size_or_without_shingles_are_not_paired():
    keys = np.array([5, 5, 5], dtype=np.uint64)
    assert unpacked(candidate_pairs(keys, np.array([10, 20, 0], np.uint32), 0.8)) == []
    assert unpacked(candidate_pairs(keys, np.array([16, 20, 0], np.uint32), 0.8)) == [(0, 1)]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=60),
    st.floats(0.1, 1.0),
)
def test_pairs_grow_with_the_bucket_and_not_with_its_square(members, min_jaccard):
    keys = np.array([key for key, _ in members], dtype=np.uint64)
    sizes = np.array([size for _, size in members], dtype=np.uint32)
    pairs = unpacked(candidate_pairs(keys, sizes, min_jaccard))
    assert len(pairs) <= 2 * len(members)
    assert len(set(pairs)) == len(pairs)
    linked = set()
    for one, other in pairs:
        assert one < other
        assert keys[one] == keys[other]
        small, large = sorted((sizes[one], sizes[other]))
        assert small >= min_jaccard * large > 0
        linked |= {one, other}
    for i in range(len(members)):
        fits = [
            j
            for j in range(len(members))
            if j != i and keys[i] == keys[j] and sizes[i] and sizes[i] == sizes[j]
        ]
        assert not fits or i in linked


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 300), max_size=80), min_size=1, max_size=5),
    st.integers(1, 60),
)
def test_blocks_of_pairs_are_all_pairs_once_in_order(bands, pairs_at_once):
    arrays = [np.unique(np.array(band, dtype=np.uint64)) for band in bands]
    merged = np.concatenate(list(pair_blocks(arrays, pairs_at_once)))
    assert merged.tolist() == sorted({pair for band in bands for pair in band})
