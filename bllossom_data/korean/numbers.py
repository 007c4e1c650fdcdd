"""Compares the numbers of an English text and its Korean translation by value."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

from bllossom_data.korean.number_values import Number, NumberKind
from bllossom_data.korean.numbers_english import english_numbers
from bllossom_data.korean.numbers_korean import korean_numbers

__all__ = [
    "Number",
    "NumberEdits",
    "NumberKind",
    "NumberProblem",
    "compare_numbers",
    "english_numbers",
    "korean_numbers",
]

NumberEdits: TypeAlias = Sequence[tuple[str, str]]
"""Pairs of Korean that a deliberate edit took out and the Korean that it put in its place."""


@dataclass(frozen=True, slots=True)
class NumberProblem:
    """A number without its counterpart, or in another unit than its counterpart.

    Attributes:
        problem: `missing` from the Korean, `added` to it, or there in another `unit`.
        number: of the English text where it is missing, else of the Korean text.
        source: the number of the English text that is in another unit.
    """

    problem: Literal["missing", "added", "unit"]
    number: Number
    source: Number | None = None


def compare_numbers(english: str, korean: str, edits: NumberEdits = ()) -> list[NumberProblem]:
    """The numbers that a translation lost or made up.

    Numbers agree by value and, where both sides have one, by dimension and by unit: 90 minutes is
    1시간 30분, 6 months is not 6년, 20 dollars is not 20원. A lone 1, vague numbers and words that
    need not be meant as numbers are never missed; a number that is only said again is not made up.

    Args:
        english: the source, Unicode NFC.
        korean: its translation, Unicode NFC.
        edits: what was changed on purpose, such as 5마일 to 8킬로미터; one whose numbers do not all
            stand in the translation was refused and explains nothing.
    """
    sources, targets = english_numbers(english), korean_numbers(korean)
    if _OTHER_YEOL.search(english):
        targets = [_without_ten(one) for one in targets]
    open_sources, open_targets = map(_Open, _without_edits(sources, targets, edits))
    open_sources.pair(open_targets, _unit_keys)
    same_values = [
        pair
        for keys in (_exact_keys, _loose_keys)
        for pair in open_sources.pair(open_targets, keys)
    ]
    in_other_units = [
        NumberProblem("unit", target, source)
        for source, target in same_values
        if source.units and target.units and source.units.isdisjoint(target.units)
    ]
    open_sources.match_parts(open_targets)
    open_targets.match_parts(open_sources)
    said = {key for one in targets for key in _all_keys(one, "target")}
    known = {key for one in sources for key in _all_keys(one, "source")}
    is_ordinal_open = any(one.kind == "ordinal" and one.value != 1 for one in open_sources)
    missing = [
        NumberProblem("missing", one)
        for one in open_sources
        if one.certain and not (one.kind in _SAID_ONCE and said & set(_all_keys(one, "source")))
    ]
    added = [
        NumberProblem("added", one)
        for one in open_targets
        if one.certain
        and not _is_forgiven(one, is_ordinal_open=is_ordinal_open)
        and known.isdisjoint(_all_keys(one, "target"))
    ]
    return missing + added + in_other_units


_Side: TypeAlias = Literal["source", "target"]
_Keys: TypeAlias = Callable[[Number, _Side], Iterable[Hashable]]
# What stands twice in the source need not be said again.
_SAID_ONCE = ("month", "year", "decade", "century")


# What 열 is where it is not ten: a column, heat, or the verb to open.
_OTHER_YEOL = re.compile(
    r"\b(?:columns?|heat\w*|thermal\w*|fever\w*|temperatures?|open\w*)\b", re.IGNORECASE
)


def _without_ten(number: Number) -> Number:
    """열 번호 holds no number, and 열 두 개 may be two of them as well as twelve."""
    if number.text == "열":
        return replace(number, certain=False)
    if number.text.startswith("열 ") and number.kind in ("count", "ordinal") and number.value:
        return replace(number, readings=number.readings | {("plain", number.value - 10)})
    return number


class _Open:
    """The numbers of one side that have found no counterpart yet."""

    def __init__(self, numbers: Sequence[Number]) -> None:
        self._numbers = list(numbers)

    def __iter__(self) -> Iterator[Number]:
        return iter(self._numbers)

    def pair(self, targets: "_Open", keys_of: _Keys) -> list[tuple[Number, Number]]:
        """Takes out of both sides what shares a key, each number once, certain ones first."""
        pairs: list[tuple[Number, Number]] = []
        waiting: dict[Hashable, deque[Number]] = defaultdict(deque)
        for target in sorted(targets, key=lambda one: not one.certain):
            for key in keys_of(target, "target"):
                waiting[key].append(target)
        taken_here, taken_there = set[int](), set[int]()
        for source in sorted(self, key=lambda one: not one.certain):
            for key in keys_of(source, "source"):
                queue = waiting.get(key, deque())
                while queue and id(queue[0]) in taken_there:
                    queue.popleft()
                if queue:
                    target = queue.popleft()
                    pairs.append((source, target))
                    taken_there.add(id(target))
                    taken_here.add(id(source))
                    break
        self._take(taken_here)
        targets._take(taken_there)
        return pairs

    def match_parts(self, others: "_Open") -> None:
        """16:9 is 16 대 9: numbers that fall into several on the other side."""
        waiting: dict[Fraction, list[Number]] = defaultdict(list)
        for other in others:
            if other.value is not None:
                waiting[other.value].append(other)
        taken_here, taken_there = set[int](), set[int]()
        for whole in self:
            wanted = Counter(whole.parts)
            if wanted and all(len(waiting[part]) >= times for part, times in wanted.items()):
                taken_here.add(id(whole))
                taken_there |= {id(waiting[part].pop(0)) for part in whole.parts}
        self._take(taken_here)
        others._take(taken_there)

    def _take(self, taken: set[int]) -> None:
        self._numbers = [one for one in self._numbers if id(one) not in taken]


def _without_edits(
    sources: Sequence[Number], targets: Sequence[Number], edits: NumberEdits
) -> tuple[Sequence[Number], Sequence[Number]]:
    """The numbers of both sides without those that an edit took out, and those that it put in."""
    for before, after in edits:
        put_in = korean_numbers(after)
        there = _counterparts(put_in, targets, "target")
        if len(there) == len(put_in):
            gone = _counterparts(korean_numbers(before), sources, "source")
            targets = [one for one in targets if id(one) not in there]
            sources = [one for one in sources if id(one) not in gone]
    return sources, targets


def _counterparts(numbers: Sequence[Number], others: Sequence[Number], side: _Side) -> set[int]:
    """Ids of the others that are the same as the numbers of a Korean edit, each once."""
    found: set[int] = set()
    others = sorted(others, key=lambda one: not one.certain)
    for number in numbers:
        for keys_of in (_unit_keys, _exact_keys, _loose_keys):
            keys = set(keys_of(number, "target"))
            same = (
                id(one)
                for one in others
                if id(one) not in found and not keys.isdisjoint(keys_of(one, side))
            )
            if (one := next(same, None)) is not None:
                found.add(one)
                break
    return found


def _unit_keys(number: Number, side: _Side) -> Iterable[Hashable]:
    """Equal for the same value in the same unit: of 5 kg and 5 lb, each finds its own."""
    return sorted((reading, unit) for reading in number.readings for unit in number.units)


def _exact_keys(number: Number, side: _Side) -> Iterable[Hashable]:
    """Equal for numbers that can mean the same, in one dimension."""
    if number.kind in ("version", "code"):
        return [number.text.lower().rstrip("s")]
    return sorted(number.readings)


def _loose_keys(number: Number, side: _Side) -> Iterable[Hashable]:
    """Equal also where one side does not say the unit (two or three hours) or the colon (6.30)."""
    keys: list[Hashable] = []
    dimensions = {dimension for dimension, _ in number.readings}
    if number.value is not None and "percent" not in dimensions:
        keys.append(("any", side, number.value))
        if dimensions <= {"plain"}:
            keys.append(("any", "target" if side == "source" else "source", number.value))
    if number.parts:
        is_time = (number.kind == "time") == (side == "source")
        keys.append(("parts", is_time, number.parts))
    return keys


def _all_keys(number: Number, side: _Side) -> Iterable[Hashable]:
    return [*_exact_keys(number, side), *_loose_keys(number, side)]


def _is_forgiven(number: Number, *, is_ordinal_open: bool) -> bool:
    """0 and 1 come with the grammar; but 제1 is no translation of second."""
    if number.value not in (0, 1):
        return False
    is_ordinal = number.kind == "ordinal" and number.text[-1].isdigit()
    return not (is_ordinal and is_ordinal_open)
