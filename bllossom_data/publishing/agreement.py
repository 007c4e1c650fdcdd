"""How far people agreed who decided about the same drafts.

Source of alpha: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", nominal data.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Agreement", "measure_agreement"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement about one thing, such as what becomes of a draft.

    Attributes:
        examples: those that two people or more decided about.
        pairs: pairs of decisions about the same example.
        same_pairs: those in which both decided the same.
        alpha: Krippendorff's alpha, 1 for complete agreement and 0 for chance; None where all
            decisions are the same one, so that nothing can be told from them, or there are none.
    """

    examples: int
    pairs: int
    same_pairs: int
    alpha: float | None


def measure_agreement(votes: Mapping[str, int]) -> Agreement:
    """Measures agreement.

    Args:
        votes: how many examples have which decisions of different people, such as
            `{"accept+accept": 30, "accept+correct": 4}`.
    """
    units = {tuple(names): n for text, n in votes.items() if len(names := text.split("+")) > 1}
    pairs = sum(n * len(names) * (len(names) - 1) // 2 for names, n in units.items())
    same = sum(n * k * (k - 1) // 2 for names, n in units.items() for k in Counter(names).values())
    return Agreement(sum(units.values()), pairs, same, _alpha(units))


def _alpha(units: Mapping[tuple[str, ...], int]) -> float | None:
    names = sorted({name for unit in units for name in unit})
    if len(names) < 2:
        return None
    import krippendorff

    counts = [
        [Counter(unit)[name] for name in names]
        for unit, times in units.items()
        for _ in range(times)
    ]
    return float(
        krippendorff.alpha(value_counts=counts, value_domain=names, level_of_measurement="nominal")
    )
