"""Rows for new tokens out of old rows that are used alike (FOCUS).

Dobler and de Melo 2023, "FOCUS: Effective Embedding Initialization for Monolingual Specialization
of Multilingual Models" (EMNLP, section 3): static vectors of all tokens are trained on text in the
target language, cut by the extended tokenizer; a new row is the combination of old rows whose
vectors are near, weighted by the sparsemax of cosine similarities.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bllossom_data.errors import TrainingError, missing_package

__all__ = ["Weights", "focus_weights", "sparsemax", "token_vectors", "weighted_rows"]

# The authors' settings (deepfocus 1.0.1).
DIMENSIONS = 100
EPOCHS = 3
MIN_COUNT = 10
NEGATIVES = 10
LEAST_RATIO = 0.5
ROWS_AT_ONCE = 256
Weights = Mapping[int, tuple[NDArray[np.int64], NDArray[np.float32]]]


def sparsemax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Nearest probabilities to scores, most of them 0 (Martins and Astudillo 2016, algorithm 1).

    Args:
        scores: `[rows, choices]`.
    """
    ordered = -np.sort(-scores, axis=1)
    sums = np.cumsum(ordered, axis=1) - 1
    ranks = np.arange(1, scores.shape[1] + 1)
    support = (ordered * ranks > sums).sum(1, keepdims=True)
    threshold = np.take_along_axis(sums, support - 1, axis=1) / support
    return np.maximum(scores - threshold, 0).astype(np.float32)


def token_vectors(
    texts: Iterable[Sequence[str]],
    encode: Callable[[Sequence[str]], list[list[int]]],
    seed: int,
    min_count: int = MIN_COUNT,
) -> dict[int, NDArray[np.float32]]:
    """Vectors of tokens, trained by fastText on text that the tokenizer has cut.

    Tokens are written as their ids and have no parts: letters of a byte-level token are bytes, and
    what two of them share says nothing.

    Args:
        texts: lines of the target language, some hundreds at a time.
        encode: ids of each line by the extended tokenizer.
        seed: of the values that training begins from; one seed and text give the same bits.
        min_count: tokens that come less often get no vector.

    Raises:
        MissingPackageError: fastText is not installed.
    """
    try:
        import fasttext
    except ImportError as error:
        raise missing_package("fasttext-numpy2-wheel", "FOCUS", "pipelines,training") from error
    with tempfile.TemporaryDirectory() as folder:
        text, begun = Path(folder, "tokens.txt"), Path(folder, "begun.vec")
        counts = _write_ids(text, texts, encode)
        words = sorted(number for number, count in counts.items() if count >= min_count)
        if not words:
            return {}
        _write_first_vectors(begun, words, seed)
        trained = fasttext.train_unsupervised(
            str(text), model="cbow", dim=DIMENSIONS, epoch=EPOCHS, neg=NEGATIVES,
            minCount=min_count, maxn=0, t=_sampling(len(words)), pretrainedVectors=str(begun),
            thread=1, verbose=0,
        )  # fmt: skip
        return {number: trained.get_word_vector(str(number)).astype(np.float32) for number in words}


def _write_ids(
    path: Path,
    texts: Iterable[Sequence[str]],
    encode: Callable[[Sequence[str]], list[list[int]]],
) -> Counter[int]:
    counts: Counter[int] = Counter()
    with path.open("w", encoding="ascii") as file:
        for lines in texts:
            encoded = encode(lines)
            counts.update(chain.from_iterable(encoded))
            file.writelines(" ".join(map(str, ids)) + "\n" for ids in encoded)
    return counts


def _write_first_vectors(path: Path, words: Sequence[int], seed: int) -> None:
    """Writes a vector for every word that fastText will have.

    On one thread fastText draws only the first tenth of its vectors and takes whatever lies in
    memory for the others (`DenseMatrix::uniform`), which is different in every call and now and
    then not a number; on several threads the order of updates differs. Vectors given to it are
    taken as they are.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    with path.open("w", encoding="ascii") as file:
        file.write(f"{len(words) + 1} {DIMENSIONS}\n")
        # The end of a line is a word too.
        for word in ("</s>", *words):
            values = generator.uniform(-1 / DIMENSIONS, 1 / DIMENSIONS, DIMENSIONS)
            file.write(f"{word} {' '.join(f'{value:.9f}' for value in values)}\n")


def _sampling(words: int) -> float:
    """Share of the text above which a token is passed over now and then.

    fastText's 1e-4 is for words; of a few hundred tokens each one is more frequent than that, and
    nothing would be left to train on.
    """
    return max(1e-4, 3 / words)


def _unit(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    matrix = np.stack(vectors)
    return matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)


def focus_weights(
    vectors: Mapping[int, NDArray[np.float32]], new: Sequence[int], old: Sequence[int]
) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Old tokens that a new one is made of, and their shares; those without a vector are left out.

    Args:
        vectors: vectors by id.
        new: new ids.
        old: ids of old tokens.

    Raises:
        TrainingError: the text was too small: most new tokens, or all old ones, have no vector.
    """
    with_vector = [number for number in new if number in vectors]
    anchors = np.array([number for number in old if number in vectors], dtype=np.int64)
    if len(with_vector) < LEAST_RATIO * len(new) or not len(anchors):
        raise TrainingError(
            f"the text is too small for FOCUS: {len(with_vector):,} of {len(new):,} new tokens and "
            f"{len(anchors):,} old ones come {MIN_COUNT} times in its Korean; give a larger "
            "--corpus or --share, or take --initialise subword-mean"
        )
    known = _unit([vectors[number] for number in anchors.tolist()])
    weights = {}
    for begin in range(0, len(with_vector), ROWS_AT_ONCE):
        some = with_vector[begin : begin + ROWS_AT_ONCE]
        shares = sparsemax(_unit([vectors[number] for number in some]) @ known.T)
        for number, row in zip(some, shares, strict=True):
            chosen = np.flatnonzero(row)
            weights[number] = (anchors[chosen], row[chosen])
    return weights


def weighted_rows(matrix: torch.Tensor, weights: Weights) -> dict[int, torch.Tensor]:
    """Rows as combinations of old ones.

    Args:
        matrix: old rows, `[tokens, dimensions]`.
        weights: ids and shares of old tokens, by new id.
    """
    exact = matrix.float()
    return {
        number: torch.from_numpy(shares) @ exact[ids] for number, (ids, shares) in weights.items()
    }
