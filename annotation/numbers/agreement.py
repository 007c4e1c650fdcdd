"""Agreement between people, with what it means where it cannot be computed.

Percent agreement; Cohen (1960) for two people; Fleiss (1971) for the same number on each item;
Krippendorff (2011, "Computing Krippendorff's Alpha-Reliability") for any number, through the
library `krippendorff`, with an interval by resampling items.
"""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import krippendorff
import numpy as np

Votes = Sequence[Mapping[str, Hashable]]
"""One mapping for each item: what each person said, by the person's pseudonym."""

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Agreement:
    """One measure.

    Attributes:
        value: of the measure; None where it is undefined.
        reason: why it is undefined: a key of `annotation.numbers.reasons`.
        low: 2.5 % of the resampled values; None without an interval.
        high: 97.5 % of them.
        items: how many items it rests on.
    """

    value: float | None
    reason: str = ""
    low: float | None = None
    high: float | None = None
    items: int = 0


def percent(votes: Votes) -> Agreement:
    """Share of pairs of people who said the same, 0-1."""
    same = total = used = 0
    for item in votes:
        pairs = list(combinations(item.values(), 2))
        used += bool(pairs)
        total += len(pairs)
        same += sum(one == other for one, other in pairs)
    return Agreement(same / total, items=used) if total else Agreement(None, "no_overlap")


def cohen(votes: Votes, one: str, other: str) -> Agreement:
    """Cohen's kappa of two people on the items that both answered."""
    both = [(item[one], item[other]) for item in votes if one in item and other in item]
    if not both:
        return Agreement(None, "no_overlap")
    total = len(both)
    observed = sum(a == b for a, b in both) / total
    left, right = Counter(a for a, _ in both), Counter(b for _, b in both)
    expected = sum(left[value] * right[value] for value in left) / total**2
    if math.isclose(expected, 1.0):
        return Agreement(None, "one_value", items=total)
    return Agreement((observed - expected) / (1 - expected), items=total)


def fleiss(votes: Votes) -> Agreement:
    """Fleiss' kappa; defined only where every item was answered by the same number of people."""
    answered = [Counter(item.values()) for item in votes if len(item) > 1]
    if not answered:
        return Agreement(None, "no_overlap")
    raters = {sum(counts.values()) for counts in answered}
    if len(raters) != 1:
        return Agreement(None, "uneven", items=len(answered))
    (n,) = raters
    per_item = [
        (sum(count * count for count in counts.values()) - n) / (n * (n - 1)) for counts in answered
    ]
    totals: Counter[Hashable] = sum(answered, Counter())
    expected = sum((count / (n * len(answered))) ** 2 for count in totals.values())
    if math.isclose(expected, 1.0):
        return Agreement(None, "one_value", items=len(answered))
    observed = sum(per_item) / len(per_item)
    return Agreement((observed - expected) / (1 - expected), items=len(answered))


def alpha(
    votes: Votes,
    level: Literal["nominal", "ordinal"] = "nominal",
    order: Sequence[Hashable] = (),
    seed: int = 0,
) -> Agreement:
    """Krippendorff's alpha with a bootstrap interval.

    Args:
        votes: items without two answers are left out.
        level: whether values have an order.
        order: the values from low to high; for `ordinal`.
        seed: of the resampling: the same votes give the same interval.
    """
    used = [item for item in votes if len(item) > 1]
    if not used:
        return Agreement(None, "no_overlap")
    values = list(order) or sorted({value for item in used for value in item.values()}, key=str)
    if len({value for item in used for value in item.values()}) < 2:
        return Agreement(None, "one_value", items=len(used))
    counts = np.array(
        [[sum(said == value for said in item.values()) for value in values] for item in used]
    )
    found = _alpha(counts, level)
    generator = np.random.default_rng(seed)
    samples = [
        value
        for _ in range(RESAMPLES if len(used) > 1 else 0)
        if (value := _alpha(counts[generator.integers(0, len(used), len(used))], level)) is not None
    ]
    if len(samples) < RESAMPLES // 2:
        return Agreement(found, items=len(used))
    low, high = np.percentile(samples, [2.5, 97.5])
    return Agreement(found, "", float(low), float(high), len(used))


def _alpha(counts: "np.ndarray", level: str) -> float | None:
    if (counts.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement=level))
