"""Which system people prefer, how sure that is, and whether the side it stood on mattered.

Strengths follow Bradley and Terry (1952) through the library `choix`; a tie counts as half a win
for either. Intervals come from resampling items: votes on one item are no independent votes.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import choix
import numpy as np

RESAMPLES = 500
# Keeps strengths finite where one system won every time; it pulls rates to the middle a little.
REGULARIZATION = 0.01


@dataclass(frozen=True, slots=True)
class Vote:
    """One verdict.

    Attributes:
        item: the pair.
        first: system of the first answer.
        second: of the second.
        verdict: `first`, `second` or `tie`.
        shown_first: the answer that stood on the left.
        first_acceptable: whether the first answer is acceptable by itself; None where not said.
        second_acceptable: the same of the second.
    """

    item: str
    first: str
    second: str
    verdict: str
    shown_first: str
    first_acceptable: bool | None = None
    second_acceptable: bool | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval; None where nobody voted."""

    value: float | None
    low: float | None
    high: float | None
    votes: int


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one system's comparisons, and the share of its answers that are acceptable."""

    system: str
    wins: int
    ties: int
    losses: int
    strength: Rate
    acceptable: Rate


def records(votes: Sequence[Vote], seed: int = 0) -> list[Record]:
    """Wins, ties and losses of every system, and its chance against an average one; best first."""
    systems = sorted({name for vote in votes for name in (vote.first, vote.second)})
    if len(systems) < 2:
        return []
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    for vote in votes:
        if vote.verdict == "tie":
            tally[vote.first]["ties"] += 1
            tally[vote.second]["ties"] += 1
        else:
            tally[_winner(vote)]["wins"] += 1
            tally[_loser(vote)]["losses"] += 1
    point = _chances(votes, systems)
    resampled = _resampled(votes, lambda some: _chances(some, systems), seed)
    found = []
    for place, system in enumerate(systems):
        low, high = np.percentile([one[place] for one in resampled], [2.5, 97.5])
        counts = tally[system]
        rate = Rate(float(point[place]), float(low), float(high), sum(counts.values()))
        acceptable = acceptable_rate(votes, system, seed)
        found.append(
            Record(system, counts["wins"], counts["ties"], counts["losses"], rate, acceptable)
        )
    return sorted(found, key=lambda one: (-(one.strength.value or 0), one.system))


def _winner(vote: Vote) -> str:
    return vote.first if vote.verdict == "first" else vote.second


def _loser(vote: Vote) -> str:
    return vote.second if vote.verdict == "first" else vote.first


def _chances(votes: Sequence[Vote], systems: Sequence[str]) -> "np.ndarray":
    """Chance of each system to win against one of average strength."""
    number = {system: place for place, system in enumerate(systems)}
    wins = np.zeros((len(systems), len(systems)))
    for vote in votes:
        first, second = number[vote.first], number[vote.second]
        if vote.verdict == "tie":
            wins[first, second] += 0.5
            wins[second, first] += 0.5
        else:
            wins[number[_winner(vote)], number[_loser(vote)]] += 1
    strengths = choix.ilsr_pairwise_dense(wins, alpha=REGULARIZATION)
    return np.asarray(1 / (1 + np.exp(-(strengths - strengths.mean()))))


def _resampled(votes: Sequence[Vote], measure: Any, seed: int) -> list[Any]:
    items: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        items[vote.item].append(vote)
    groups = list(items.values())
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(RESAMPLES):
        chosen = generator.integers(0, len(groups), len(groups))
        found.append(measure([vote for place in chosen for vote in groups[place]]))
    return found


def left_rate(votes: Sequence[Vote], seed: int = 0) -> Rate:
    """Share of decided votes that went to the answer on the left; 0.5 where the side is nothing."""
    return _rate([vote for vote in votes if vote.verdict != "tie"], _went_left, seed)


def tie_rate(votes: Sequence[Vote], seed: int = 0) -> Rate:
    """Share of votes that were ties."""
    return _rate(votes, lambda vote: vote.verdict == "tie", seed)


def acceptable_rate(votes: Sequence[Vote], system: str, seed: int = 0) -> Rate:
    """Share of a system's answers that people would accept, of those about which they said so."""
    judged = [vote for vote in votes if _acceptable(vote, system) is not None]
    return _rate(judged, lambda vote: _acceptable(vote, system), seed)


def _acceptable(vote: Vote, system: str) -> bool | None:
    said = {vote.second: vote.second_acceptable, vote.first: vote.first_acceptable}
    return said.get(system)


def _went_left(vote: Vote) -> bool:
    return vote.verdict == vote.shown_first


def _rate(votes: Sequence[Vote], test: Any, seed: int) -> Rate:
    if not votes:
        return Rate(None, None, None, 0)

    def share(some: Sequence[Vote]) -> float:
        return sum(map(test, some)) / len(some)

    low, high = np.percentile(_resampled(votes, share, seed), [2.5, 97.5])
    return Rate(share(votes), float(low), float(high), len(votes))
