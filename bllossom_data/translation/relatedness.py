"""Whether a Korean text belongs to its English, judged by all the other pairs of the same data.

A model that answers instead of translating, or writes a translation under the name of the next
segment, leaves no mark inside the text. But its words give it away: in the rest of the data, other
Korean stands beside this English. Which words go together is learnt from the pairs themselves, by
the likelihood ratio of their occurring together (Dunning 1993, "Accurate Methods for the Statistics
of Surprise and Coincidence", section 4); whether a pair belongs together is the evidence of its
words on both sides, added up.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from sys import intern
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bllossom_data.korean.word_beginnings import LATIN_CHARACTERS, word_beginnings
from bllossom_data.translation.segments import SLOT

__all__ = ["UNRELATED_BELOW", "relatedness"]

UNRELATED_BELOW = -6.0
"""Evidence below which a pair is told; set on translations by people
(``tests/bench/translation_checks.py``)."""

_MOST_PAIRS = 16_000
# What is learnt from takes memory for every English unit with every Korean one of its pair.
_MOST_CELLS = 5_000_000
# Rarer units show no habit, and those of every third segment tell nothing.
_LEAST_SEGMENTS = 4
_MOST_SEGMENTS = 0.3
_WEAK, _STRONG = 8.0, 25.0
_SMOOTHING = 0.5
_ENGLISH = re.compile(r"[a-z]+(?:['’][a-z]+)?|[0-9]+")

_Units: TypeAlias = frozenset[str]
_UnitPair: TypeAlias = tuple[_Units, _Units]
_Partners: TypeAlias = Mapping[str, tuple[_Units, _Units]]
"""Units of the other language that often stand beside a unit, and those that always seem to."""


def relatedness(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """How much the words of each pair speak for its belonging together.

    Args:
        pairs: English and Korean of segments. Of fewer than about 300, little is known of any word,
            and little is told. At most 16,000 are learnt from, evenly chosen, and fewer where they
            are long.

    Returns:
        The logarithm of the odds for each pair; 0 where nothing is known.
    """
    learnt = [(_english(one), _korean(two)) for one, two in _to_learn_from(pairs)]
    english, korean = (_telling(pair[side] for pair in learnt) for side in (0, 1))
    learnt = [(one & english, two & korean) for one, two in learnt]
    of_english, of_korean = _partners(learnt)
    forth = _Evidence(learnt, of_english)
    back = _Evidence([(two, one) for one, two in learnt], of_korean)
    scores = []
    for pair in pairs:
        one, two = _english(pair[0]), _korean(pair[1])
        scores.append(forth.of(one, two) + back.of(two, one))
    return scores


def _english(text: str) -> _Units:
    found = _ENGLISH.findall(SLOT.sub(" ", text).lower())
    return frozenset(intern(word[:LATIN_CHARACTERS]) for word in found)


def _korean(text: str) -> _Units:
    return word_beginnings(SLOT.sub(" ", text))


def _to_learn_from(pairs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The shorter pairs, each once; not of Korean with several English texts, maybe an answer."""
    different = dict.fromkeys(pairs)
    times = Counter(korean for _, korean in different)
    chosen = [pair for pair in different if times[pair[1]] == 1]
    chosen = chosen[:: max(1, -(-len(chosen) // _MOST_PAIRS))]
    shortest = sorted(chosen, key=_cells)
    totals = accumulate(map(_cells, shortest))
    return [pair for pair, total in zip(shortest, totals, strict=True) if total <= _MOST_CELLS]


def _cells(pair: tuple[str, str]) -> int:
    """How many pairs of words a pair has, at most."""
    return math.prod(text.count(" ") + text.count("\n") + 1 for text in pair)


def _telling(texts: Iterable[_Units]) -> _Units:
    """Units that are neither too rare nor everywhere."""
    counts: Counter[str] = Counter()
    total = 0
    for units in texts:
        counts.update(units)
        total += 1
    most = _MOST_SEGMENTS * total
    return frozenset(unit for unit, times in counts.items() if _LEAST_SEGMENTS <= times < most)


def _partners(learnt: Sequence[_UnitPair]) -> tuple[_Partners, _Partners]:
    """Partners of the English units and of the Korean ones.

    One occurrence less is counted than there is, so that no pair bears witness for itself.
    """
    names = [sorted(frozenset().union(*(pair[side] for pair in learnt))) for side in (0, 1)]
    english, korean = (
        [np.array([number[unit] for unit in pair[side]], dtype=np.int64) for pair in learnt]
        for side, number in enumerate({unit: at for at, unit in enumerate(own)} for own in names)
    )
    n_korean = max(len(names[1]), 1)
    nothing = np.empty(0, np.int64)
    together = [
        (one[:, None] * n_korean + two).ravel() for one, two in zip(english, korean, strict=True)
    ]
    keys, both = np.unique(np.concatenate([nothing, *together]), return_counts=True)
    ones, twos = keys // n_korean, keys % n_korean
    one, two = (
        np.bincount(np.concatenate([nothing, *units]), minlength=1)[places]
        for units, places in ((english, ones), (korean, twos))
    )
    counts = np.stack([both, one, two]).astype(np.float64)
    ratio = _likelihood_ratio(counts - 1, len(learnt) - 1.0)
    return _by_unit(
        (names[0][ones[place]], names[1][twos[place]], bool(ratio[place] >= _STRONG))
        for place in np.flatnonzero(ratio >= _WEAK)
    )


def _by_unit(found: Iterable[tuple[str, str, bool]]) -> tuple[_Partners, _Partners]:
    """Each unit's partners, from two units that are and whether they strongly are."""
    sides: list[dict[str, tuple[set[str], set[str]]]] = [{}, {}]
    for one, two, is_strong in found:
        for side, own, other in ((sides[0], one, two), (sides[1], two, one)):
            side.setdefault(own, (set(), set()))[is_strong].add(other)
    english, korean = (
        {unit: (frozenset(weak), frozenset(strong)) for unit, (weak, strong) in side.items()}
        for side in sides
    )
    return english, korean


def _likelihood_ratio(counts: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Dunning's ratio for two units that stand together more often than by chance; else 0.

    Args:
        counts: in how many pairs both are, the one, and the other; three rows.
        total: number of pairs.
    """
    both, one, two = counts

    def term(count: NDArray[np.float64]) -> NDArray[np.float64]:
        return count * np.log(np.maximum(count, 1.0))

    cells = term(both) + term(one - both) + term(two - both) + term(total - one - two + both)
    rows = term(one) + term(total - one) + term(two) + term(total - two)
    ratio: NDArray[np.float64] = 2 * (cells - rows + total * math.log(max(total, 1.0)))
    return np.where((both >= 2) & (both * total > one * two), ratio, 0.0)


class _Evidence:
    """What a unit says of a pair by whether one of its partners is there.

    Args:
        learnt: units of the language of the unit, and of the other one, of each pair.
        partners: of each unit.
    """

    def __init__(self, learnt: Sequence[_UnitPair], partners: _Partners) -> None:
        self._partners = partners
        own, other = (_containing([pair[side] for pair in learnt]) for side in (0, 1))
        self._log_odds = {
            unit: _log_odds(own[unit], [_any_of(some, other) for some in both], len(learnt))
            for unit, both in partners.items()
        }

    def _strength(self, unit: str, other: _Units) -> int:
        weak, strong = self._partners[unit]
        return 2 if not strong.isdisjoint(other) else int(not weak.isdisjoint(other))

    def of(self, own: _Units, other: _Units) -> float:
        """What all units of a text say together, in an order that is always the same."""
        return sum(
            self._log_odds[unit][self._strength(unit, other)]
            for unit in sorted(own)
            if unit in self._log_odds
        )


def _containing(texts: Sequence[_Units]) -> dict[str, int]:
    """Of each unit, the texts that contain it, each as the bit of its number."""
    places: dict[str, list[int]] = defaultdict(list)
    for number, units in enumerate(texts):
        for unit in units:
            places[unit].append(number)
    bits = np.zeros(len(texts), dtype=np.uint8)
    found = {}
    for unit, numbers in places.items():
        bits[numbers] = 1
        found[unit] = int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
        bits[numbers] = 0
    return found


def _any_of(units: _Units, containing: Mapping[str, int]) -> int:
    found = 0
    for unit in units:
        found |= containing[unit]
    return found


def _log_odds(own: int, partners: Sequence[int], total: int) -> list[float]:
    """What no partner, a weak and a strong one say of a pair; none at all never speaks for it.

    Args:
        own: bits of the texts with the unit.
        partners: bits of the texts with a weak and with a strong partner.
        total: number of texts.
    """
    weak, strong = partners[0] & ~partners[1], partners[1]
    right = [(own & some).bit_count() for some in (weak, strong)]
    wrong = [some.bit_count() - both for some, both in zip((weak, strong), right, strict=True)]
    right = [own.bit_count() - sum(right), *right]
    wrong = [total - own.bit_count() - sum(wrong), *wrong]
    share = math.log((sum(wrong) + 3 * _SMOOTHING) / (sum(right) + 3 * _SMOOTHING))
    odds = [
        math.log((one + _SMOOTHING) / (other + _SMOOTHING)) + share
        for one, other in zip(right, wrong, strict=True)
    ]
    return [min(odds[0], 0.0), *odds[1:]]
