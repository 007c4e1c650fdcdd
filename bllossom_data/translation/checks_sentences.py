"""Whether a translation has dropped a sentence or added one.

Translators join sentences and take them apart, so a count alone says little. But where each is as
long as its counterpart usually is once one of them is left out, and is not where they are joined,
one is too few or too many. The figures are those of human translations, see
``tests/bench/translation_checks.py``.
"""

import math
from collections.abc import Callable, Sequence

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.sentences import spoken

__all__ = ["check_sentences"]

# Korean characters for one English character of a sentence, and how much that varies (logarithm).
_USUAL_RATIO = 0.54
_SPREAD = 0.27
# Short sentences vary more: so many characters more or less count little.
_SLACK_CHARS = 4
# By how much leaving one out must be the likelier explanation (logarithm of the odds).
_DROPPED, _ADDED = 0.5, 1.5
_MIN_ENGLISH_CHARS, _MIN_KOREAN_CHARS = 16, 10
_MOST_STEPS = 50_000


def check_sentences(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """As many sentences, or sentences that were joined or taken apart."""
    if context.expects_english:
        return []
    before, after = (
        [len(prose(one, context).strip()) for one in spoken(text)] for text in (source, korean)
    )
    counts = f"원문 {len(before)}문장, 번역문 {len(after)}문장"
    if len(after) < len(before) and after:
        odds = _odds(before, after, _MIN_ENGLISH_CHARS, lambda many, one: _misfit(many, one))
        if odds > _DROPPED:
            message = f"빠진 문장이 있는 것 같습니다({counts})."
            return [report("sentences", "warning", message, context)]
    if len(before) < len(after) and before:
        odds = _odds(after, before, _MIN_KOREAN_CHARS, lambda many, one: _misfit(one, many))
        if odds > _ADDED:
            message = f"원문에 없는 문장이 있는 것 같습니다({counts})."
            return [report("sentences", "warning", message, context)]
    return []


def _misfit(english_chars: int, korean_chars: int) -> float:
    """How unlikely it is that texts of these lengths say the same: minus the log likelihood."""
    usual = english_chars * _USUAL_RATIO + _SLACK_CHARS
    return (math.log((korean_chars + _SLACK_CHARS) / usual) / _SPREAD) ** 2 / 2


def _odds(
    many: Sequence[int], few: Sequence[int], least_chars: int, misfit: Callable[[int, int], float]
) -> float:
    """How much likelier it is that one of many was left out than that all were joined to few.

    Args:
        many: lengths of the sentences of one side.
        few: lengths of the fewer sentences of the other.
        least_chars: how long a sentence that is left out has to be.
        misfit: of some of the many, joined, and one of the few.
    """
    n_joined = len(many) - len(few) + 1
    if len(many) * len(few) * n_joined > _MOST_STEPS:
        return 0.0
    # Of the first sentences of both sides: the least misfit with none left out, and with one.
    joined = [0.0] + [math.inf] * len(many)
    one_less = [math.inf] * len(joined)
    for one in few:
        one_less = _with_one_left_out(many, joined, one_less, least_chars)
        next_joined, next_less = [math.inf] * len(joined), [math.inf] * len(joined)
        for start in range(len(many)):
            chars = 0
            for end in range(start + 1, min(start + n_joined, len(many)) + 1):
                chars += many[end - 1]
                cost = misfit(chars, one)
                next_joined[end] = min(next_joined[end], joined[start] + cost)
                next_less[end] = min(next_less[end], one_less[start] + cost)
        joined, one_less = next_joined, next_less
    return joined[-1] - _with_one_left_out(many, joined, one_less, least_chars)[-1]


def _with_one_left_out(
    many: Sequence[int], joined: Sequence[float], one_less: Sequence[float], least_chars: int
) -> list[float]:
    """The misfits with one left out, where that may also be the sentence before."""
    return [one_less[0]] + [
        min(less, before) if chars >= least_chars else less
        for less, before, chars in zip(one_less[1:], joined, many, strict=False)
    ]
