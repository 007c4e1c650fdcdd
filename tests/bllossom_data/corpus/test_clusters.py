"""Verification, union and the choice of survivors."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.clusters import (
    choose_survivors,
    jaccard,
    pair_similarities,
    roots_of,
    unite_similar,
)

number_sets = st.lists(st.sets(st.integers(0, 12)), min_size=1, max_size=12)


def stored(sets):
    arrays = [np.array(sorted(each), dtype=np.uint32) for each in sets]
    sizes = np.array([len(each) for each in arrays], dtype=np.uint32)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return np.concatenate(arrays), starts, sizes


def similarity(one, other):
    return len(one & other) / len(one | other) if one | other else 0.0


@settings(deadline=None)
@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_jaccard_is_that_of_the_sets(one, other):
    arrays = [np.array(sorted(each), dtype=np.uint32) for each in (one, other)]
    assert jaccard(*arrays) == similarity(one, other)


@settings(deadline=None)
@given(number_sets, st.floats(0.1, 1.0), st.randoms())
def test_clusters_are_the_components_of_similar_pairs_whatever_their_order(sets, least, random):
    store, starts, sizes = stored(sets)
    n = len(sets)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    component = list(range(n))
    for i, j in pairs:
        if similarity(sets[i], sets[j]) >= least:
            low, high = sorted((component[i], component[j]))
            component = [low if each == high else each for each in component]
    random.shuffle(pairs)
    packed = np.array([i << 32 | j for i, j in pairs], dtype=np.uint64)
    parents = np.arange(n, dtype=np.uint32)
    compared, similar = unite_similar(packed, store, starts, sizes, least, parents)
    assert roots_of(parents).tolist() == component
    assert n - similar == len(set(component))
    assert similar <= compared <= len(pairs)


@settings(deadline=None)
@given(number_sets)
def test_similarities_of_pairs_are_those_of_their_sets(sets):
    store, starts, sizes = stored(sets)
    first = np.arange(len(sets))
    found = pair_similarities(first, first[::-1].copy(), store, starts, sizes)
    expected = [similarity(one, other) for one, other in zip(sets, sets[::-1], strict=True)]
    assert np.allclose(found, expected)


def survivors_of(rows):
    clusters, priorities, qualities, identities = zip(*rows, strict=True)
    return choose_survivors(
        np.array(clusters, dtype=np.int64),
        np.array(priorities, dtype=np.int64),
        np.array(qualities, dtype=np.float32),
        np.array(identities, dtype=np.uint32),
    ).tolist()


def test_priority_comes_before_quality_before_identity_before_position():
    assert survivors_of([(0, 1, 0.9, 1), (0, 2, 0.1, 2)]) == [1, 1]
    assert survivors_of([(0, 1, 0.1, 1), (0, 1, 0.9, 2)]) == [1, 1]
    assert survivors_of([(0, 1, 0.5, 2), (0, 1, 0.5, 1)]) == [1, 1]
    assert survivors_of([(0, 1, 0.5, 1), (0, 1, 0.5, 1)]) == [0, 0]


def test_a_missing_quality_is_the_lowest_one():
    assert survivors_of([(0, 1, np.nan, 1), (0, 1, -3.0, 2)]) == [1, 1]
    assert survivors_of([(0, 1, np.nan, 2), (0, 1, np.nan, 1)]) == [1, 1]


def test_clusters_do_not_touch_one_another():
    assert survivors_of([(7, 1, 0.1, 3), (2, 9, 0.9, 0), (7, 2, 0.1, 4)]) == [2, 1, 2]
