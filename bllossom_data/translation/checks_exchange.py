"""Whether two numbers of a sentence have changed places: all values are there then.

Four signs are told. The numbers have each other's units: 2 pills every 6 hours became 6알을
2시간마다. Two that are told side by side come in the other order: 40% men and 60% women became 60%
men and 40% women. From 30 to 45 became 45에서 30으로. Or a ratio or a size is turned round: 2 to 1
became 1 대 2.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from bllossom_data.examples import Finding
from bllossom_data.korean.number_values import Number
from bllossom_data.korean.numbers import english_numbers, korean_numbers
from bllossom_data.translation.check_context import CheckContext, prose, report
from bllossom_data.translation.sentences import sentence_pairs

__all__ = ["check_exchange"]

_MEASURED_KINDS = ("count", "duration", "percent", "fraction", "money")
# Between two numbers that are told side by side: what the first one counts, and no verb's subject.
_SIDE_BY_SIDE = re.compile(r"(?: of)?(?: [A-Za-z'’-]+){1,4},? and (?:about |around |only )?$")
_DIGITS_OR_WORD = re.compile(
    r"\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|half)\b",
    re.IGNORECASE,
)
_TURNS_ROUND = re.compile(
    r"\b(?:before|after|since|until|till|following|when|while|because|if|though|between|out of"
    r"|more|less|fewer|than|by|for|per|which|who|that|with)\b",
    re.IGNORECASE,
)


_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_VALUE = rf"(\d+(?:[.,]\d+)*|\b(?:{'|'.join(_WORDS)})\b)"
_RATIO = re.compile(
    rf"(?<![\d:.,/-]){_VALUE}(?:(?: ?[:x×] ?| (?:to|by) )){_VALUE}(?![:\d/-])", re.I
)
# A score is told from the side of whoever wins; a range has the smaller number first.
_NO_RATIO = re.compile(
    r"\b(?:from|between|los[et]\w*|losses|beat\w*|defeat\w*|won|win|wins|scor\w+|lead\w*|led|vot\w+"
    r"|o['’]clock|verses?|chapters?)\b|[ap]\.?m\b",
    re.IGNORECASE,
)


def check_exchange(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """No two numbers of a sentence have changed places."""
    findings = []
    for english, translated in sentence_pairs(prose(source, context), prose(korean, context)):
        findings += [
            report("exchange", "warning", _exchanged(*pair), context)
            for pair in _turned_ratios(english, translated)
        ]
        # Most sentences have no two numbers, and reading them takes long.
        if len(_DIGITS_OR_WORD.findall(english)) < 2:
            continue
        numbers = english_numbers(english)
        before = _single(numbers)
        after = {one.value: one for one in _single(korean_numbers(translated))}
        found = (
            *_with_exchanged_units(before, after),
            *_side_by_side(english, before, after),
            *_from_and_to(english, translated, numbers, after),
        )
        for first, second in dict.fromkeys(found):
            findings.append(report("exchange", "warning", _exchanged(first, second), context))
    return findings


def _exchanged(first: str, second: str) -> str:
    return f"‘{first}’와 ‘{second}’의 자리가 서로 바뀐 것 같습니다."


def _turned_ratios(english: str, korean: str) -> Iterator[tuple[str, str]]:
    """Both numbers of a ratio side by side in Korean, in the other order only."""
    if _NO_RATIO.search(english):
        return
    for said in _RATIO.finditer(english):
        first, second = (_digits(value) for value in said.groups())
        if first == second or f"{second}:{first}" in english:
            continue
        kept, turned = (
            re.search(rf"(?<![\d.,:]){one} ?(?:대|:|x|×|X|\*) ?{other}(?![\d:]|[.,]\d)", korean)
            for one, other in ((first, second), (second, first))
        )
        if turned and not kept:
            yield said[1], said[2]


def _digits(value: str) -> str:
    lowered = value.lower()
    return re.escape(str(_WORDS.index(lowered) + 1) if lowered in _WORDS else value)


def _single(numbers: Sequence[Number]) -> list[Number]:
    """The numbers whose value is there once."""
    values = [one.value for one in numbers]
    return [
        one
        for one in numbers
        if one.value is not None and values.count(one.value) == 1 and one.kind in _MEASURED_KINDS
    ]


def _with_exchanged_units(
    before: Sequence[Number], after: dict[Fraction | None, Number]
) -> Iterator[tuple[str, str]]:
    for first, second in combinations(before, 2):
        one, other = after.get(first.value), after.get(second.value)
        if (
            one is not None
            and other is not None
            and _measure(first) != _measure(second)
            and _measure(first) == _measure(other)
            and _measure(second) == _measure(one)
        ):
            yield first.text.strip(), second.text.strip()


def _side_by_side(
    english: str, before: Sequence[Number], after: dict[Fraction | None, Number]
) -> Iterator[tuple[str, str]]:
    for first, second in pairwise(before):
        between = english[first.end : second.start]
        if not _SIDE_BY_SIDE.match(between) or _TURNS_ROUND.search(between):
            continue
        one, other = after.get(first.value), after.get(second.value)
        if (
            one is not None
            and other is not None
            and one.start > other.start
            and _measure(first) == _measure(second) == _measure(one) == _measure(other)
        ):
            yield first.text.strip(), second.text.strip()


def _from_and_to(
    english: str, korean: str, numbers: Sequence[Number], after: dict[Fraction | None, Number]
) -> Iterator[tuple[str, str]]:
    """From 30 to 45 became 45에서 30으로."""
    for first, second in pairwise(numbers):
        if not english[: first.start].lower().endswith("from "):
            continue
        one, other = after.get(first.value), after.get(second.value)
        if (
            re.match(r"[a-z% ]{0,15} to (?:about |around )?$", english[first.end : second.start])
            and one is not None
            and other is not None
            and other.start < one.start
            and re.match(r"[^\d\s]{0,5}(?:에서|부터)", korean[other.end :])
        ):
            yield first.text.strip(), second.text.strip()


def _measure(number: Number) -> Hashable:
    """What a number is given in: equal in both languages, None for what is only counted."""
    if number.units:
        return number.units
    if number.kind == "duration" and number.value:
        return frozenset((dimension, value / number.value) for dimension, value in number.readings)
    return None
