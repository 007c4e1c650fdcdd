"""Similar texts among many, without comparing with each of them.

Two texts of similarity `s` differ by at most ``(1 - s) * (a + b)`` inserted or deleted characters,
`a` and `b` being their lengths. So lengths that differ by more are out, and so are texts whose
characters, counted in buckets, differ by more: every insertion or deletion changes one count by
one. Both tests let nothing through the net that belongs in it; what is left is compared in full.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Indel

from bllossom_data.translation.segments import SLOT

__all__ = ["SimilarTexts"]

BUCKETS = 32
ONE_SLOT = "\ufffc"


def _counts(text: str) -> NDArray[np.int32]:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return np.bincount(codes % BUCKETS, minlength=BUCKETS).astype(np.int32)


class SimilarTexts:
    """Texts with numbers, searched by similarity; safe to use from several threads."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._numbers: list[int] = []
        self._counts = np.zeros((0, BUCKETS), dtype=np.int32)
        self._lengths = np.zeros(0, dtype=np.int32)
        self._lock = threading.Lock()

    def extend(self, after: Callable[[int], Sequence[tuple[int, str]]]) -> None:
        """Take in texts that have come since the last time.

        Args:
            after: gives the texts with a number higher than the given one, in their order.
        """
        with self._lock:
            rows = after(self._numbers[-1] if self._numbers else -1)
            if not rows:
                return
            texts = [SLOT.sub(ONE_SLOT, text) for _, text in rows]
            self._numbers += [number for number, _ in rows]
            self._texts += texts
            counts = np.array([_counts(text) for text in texts], dtype=np.int32)
            self._counts = np.concatenate([self._counts, counts])
            self._lengths = self._counts.sum(axis=1, dtype=np.int32)

    def search(self, text: str, limit: int, least: float) -> list[tuple[int, float]]:
        """Numbers of the most similar texts and their similarity, the best first.

        Args:
            text: what to search for; all its slots count as the same character.
            limit: how many at most.
            least: the least similarity, 0-1.
        """
        text = SLOT.sub(ONE_SLOT, text)
        with self._lock:
            texts, numbers, counts, lengths = (
                self._texts, self._numbers, self._counts, self._lengths
            )  # fmt: skip
        # A text of exactly the least similarity must not be lost to the last bit of a float.
        allowed = (1.0 - least) * (lengths + len(text)) + 1e-6
        near = np.flatnonzero(np.abs(lengths - len(text)) <= allowed)
        differences = np.abs(counts[near] - _counts(text)).sum(axis=1)
        near = near[differences <= allowed[near]]
        found = process.extract(
            text,
            [texts[index] for index in near],
            scorer=Indel.normalized_similarity,
            score_cutoff=least,
            limit=None,
        )
        scored = [(numbers[near[index]], float(score)) for _, score, index in found]
        return sorted(scored, key=lambda one: (-one[1], one[0]))[:limit]
