"""Whether a translation has dropped a sentence or added one.

Translators join sentences and take them apart, so a count alone says little. But where each is as
long as its counterpart usually is once one of them is left out, and is not where they are joined,
one is too few or too many. The figures are those of human translations, see
``tests/bench/translation_checks.py``.
"""

import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

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
# Of several questions one less is asked: a shorter one may be missing, and less speaks for it.
_DROPPED_QUESTION, _MIN_QUESTION_CHARS = 0.25, 12
_MOST_STEPS = 100_000
_QUESTION = re.compile(r"[?？]|(?:니까|나요|가요|까요|지요|죠)\W*$")


def check_sentences(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """As many sentences, or sentences that were joined or taken apart; one finding for each."""
    if context.expects_english:
        return []
    before, after = (
        [len(prose(one, context).strip()) for one in spoken(text)] for text in (source, korean)
    )
    if not before or not after:
        return []
    counts = f"원문 {len(before)}문장, 번역문 {len(after)}문장"
    if len(after) < len(before):
        is_question = _questions(source) > max(1, _questions(korean))
        usual, least = (
            (_DROPPED_QUESTION, _MIN_QUESTION_CHARS)
            if is_question
            else (_DROPPED, _MIN_ENGLISH_CHARS)
        )
        n_wrong = _n_left_out(before, after, least, _misfit, usual)
        said = "빠진 문장이 있는 것 같습니다"
    else:
        n_wrong = _n_left_out(
            after, before, _MIN_KOREAN_CHARS, lambda many, one: _misfit(one, many), _ADDED
        )
        said = "원문에 없는 문장이 있는 것 같습니다"
    places = ["", *(f", {place}번째" for place in range(2, n_wrong + 1))][:n_wrong]
    return [
        report("sentences", "warning", f"{said}({counts}{place}).", context) for place in places
    ]


def _questions(text: str) -> int:
    return sum(_QUESTION.search(one) is not None for one in spoken(text))


def _misfit(english_chars: int, korean_chars: int) -> float:
    """How unlikely it is that texts of these lengths say the same: minus the log likelihood."""
    usual = english_chars * _USUAL_RATIO + _SLACK_CHARS
    return (math.log((korean_chars + _SLACK_CHARS) / usual) / _SPREAD) ** 2 / 2


def _n_left_out(
    many: Sequence[int],
    few: Sequence[int],
    least_chars: int,
    misfit: Callable[[int, int], float],
    least_odds: float,
) -> int:
    """How many of many were left out, rather than joined to few.

    Args:
        many: lengths of the sentences of one side.
        few: lengths of the fewer sentences of the other.
        least_chars: how long a sentence that is left out has to be.
        misfit: of some of the many, joined, and one of the few.
        least_odds: by how much each one left out must be likelier than one less.
    """
    n_more = len(many) - len(few)
    if len(many) * len(few) * (n_more + 1) ** 2 > _MOST_STEPS:
        return 0
    # Of the first sentences of both sides: the least misfit with none left out, one, two.
    costs = [[math.inf] * (len(many) + 1) for _ in range(n_more + 1)]
    costs[0][0] = 0.0
    for one in few:
        _leave_out(many, costs, least_chars)
        costs = [_joined(many, cost, one, n_more + 1, misfit) for cost in costs]
    _leave_out(many, costs, least_chars)
    n_left_out = 0
    while n_left_out < n_more and costs[n_left_out][-1] - costs[n_left_out + 1][-1] > least_odds:
        n_left_out += 1
    return n_left_out


def _joined(
    many: Sequence[int],
    costs: Sequence[float],
    one: int,
    most: int,
    misfit: Callable[[int, int], float],
) -> list[float]:
    """The misfits once the next of the few stands for one or more of the many."""
    following = [math.inf] * len(costs)
    for start in range(len(many)):
        chars = 0
        for end in range(start + 1, min(start + most, len(many)) + 1):
            chars += many[end - 1]
            following[end] = min(following[end], costs[start] + misfit(chars, one))
    return following


def _leave_out(many: Sequence[int], costs: list[list[float]], least_chars: int) -> None:
    """Lower the misfits where the sentence before was left out."""
    for some, one_more in pairwise(costs):
        for end, chars in enumerate(many, start=1):
            if chars >= least_chars:
                one_more[end] = min(one_more[end], some[end - 1])
