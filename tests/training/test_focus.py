"""FOCUS: old tokens that are used alike, and rows made of theirs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from bllossom_data.errors import MissingPackageError, TrainingError
from training.vocabulary.focus import focus_weights, sparsemax, token_vectors, weighted_rows

WORDS = ("cat", "dog", "kitten", "meows", "barks", "softly", "loudly")
LINES = [
    "cat meows softly softly meows",
    "dog barks loudly loudly barks",
    "kitten meows softly softly meows",
] * 1500


def encode(lines):
    return [[WORDS.index(word) for word in line.split()] for line in lines]


def vectors_of(lines=LINES, seed=7):
    return token_vectors([lines], encode, seed)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    scores = np.random.default_rng(0).normal(size=(50, 30)).astype(np.float32)
    shares = sparsemax(scores)
    assert np.allclose(shares.sum(1), 1, atol=1e-5)
    assert (shares >= 0).all()
    assert (shares == 0).mean() > 0.5
    assert np.allclose(sparsemax(np.array([[0.1, 0.1, -5]], np.float32)), [[0.5, 0.5, 0]])
    others = np.random.default_rng(1).dirichlet(np.ones(30), size=200)
    for row, best in zip(scores, shares, strict=True):
        assert ((others - row) ** 2).sum(1).min() >= ((best - row) ** 2).sum() - 1e-5


def test_focus_finds_the_old_token_that_is_used_alike():
    """`cat` and `dog` are old; the new `kitten` stands where `cat` stands."""
    ids, shares = focus_weights(vectors_of(), [2], [0, 1])[2]
    assert ids[shares.argmax()] == 0
    matrix = torch.randn(2, 4)
    row = weighted_rows(matrix, {2: (ids, shares)})[2]
    assert torch.allclose(row, torch.tensor(shares) @ matrix[torch.tensor(ids)])


SCRIPT = """
import hashlib, sys
import numpy as np
from training.vocabulary.focus import token_vectors

# What lies in memory when fastText takes it must not matter.
rubbish = [np.full(100_000, float(sys.argv[1]), np.float32) for _ in range(50)]
del rubbish
draw = np.random.default_rng(3)
ids = [draw.integers(0, 400, 12).tolist() for _ in range(1500)]
vectors = token_vectors([range(1500)], lambda lines: [ids[line] for line in lines], 7)
assert len(vectors) == 400
print(hashlib.sha256(b"".join(vectors[one].tobytes() for one in sorted(vectors))).hexdigest())
"""


def test_one_seed_and_text_give_the_same_bits_in_every_process():
    root = Path(__file__).parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, rubbish],
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for rubbish in ("nan", "0.5")
    }
    assert len(found) == 1


def test_every_value_is_a_number_and_the_seed_decides_it():
    """fastText's own beginning is what lies in memory; on texts of this size it gave NaN."""
    first, second, other = vectors_of(), vectors_of(), vectors_of(seed=8)
    assert set(first) == set(range(len(WORDS)))
    for number, vector in first.items():
        assert np.isfinite(vector).all()
        assert np.abs(vector).max() > 0
        assert np.array_equal(vector, second[number])
    assert any(not np.array_equal(first[number], other[number]) for number in first)


def test_a_token_without_a_vector_is_left_out():
    vectors = {0: np.ones(3, np.float32), 2: np.ones(3, np.float32)}
    assert set(focus_weights(vectors, [2, 3], [0, 1])) == {2}


@pytest.mark.parametrize("lines", [[], LINES[:1], ["dog barks"] * 20])
def test_a_text_that_is_too_small_is_told_with_its_figures(lines):
    with pytest.raises(TrainingError, match=r"too small for FOCUS: 0 of 2 new tokens and \d old"):
        focus_weights(vectors_of(lines), [2, 3], [0, 1])


def test_a_text_without_old_tokens_is_too_small_too():
    with pytest.raises(TrainingError, match="1 of 1 new tokens and 0 old"):
        focus_weights(vectors_of(), [2], [99])


def test_without_fasttext_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "fasttext", None)
    with pytest.raises(MissingPackageError, match="fasttext-numpy2-wheel"):
        vectors_of()
