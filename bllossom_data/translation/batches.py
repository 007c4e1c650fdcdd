"""Requests: how segments are put together for one, and taken apart again when it fails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bllossom_data.translation.provider import Answer, Ask, Limits, Reply, Usage
from bllossom_data.translation.same_answers import same_answers

__all__ = [
    "Place",
    "Waiting",
    "answers_by_key",
    "ask_characters",
    "batches",
    "parts_to_ask_again",
    "shares",
    "smallest",
    "split_off",
]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where the segments of a request stand: number of the request, and of its first segment.

    A request of which a part was sent by itself keeps its number, so that the order stays.
    """

    request: int
    first: int = 0


Waiting: TypeAlias = tuple[Place, Sequence[Ask]]
"""A request that is not sent yet."""


def ask_characters(ask: Ask) -> int:
    """Characters that a segment puts into a request, with all that goes along with it."""
    terms = sum(len(english) + len(korean) for english, korean in ask.glossary)
    return len(ask.text) + len(ask.context) + len(ask.correction or "") + terms


def batches(asks: Sequence[Ask], limits: Limits) -> list[list[Ask]]:
    """Segments in their order, in requests within the limits.

    A segment that is larger than a request may be stands alone: only its provider can say whether
    what goes along with it may be left out.
    """
    made: list[list[Ask]] = []
    room = 0
    for ask in asks:
        size = ask_characters(ask)
        if not made or len(made[-1]) >= limits.max_segments or size > room:
            made.append([])
            room = limits.max_characters
        made[-1].append(ask)
        room -= size
    return made


def smallest(waiting: Sequence[Waiting]) -> Ask:
    """The smallest segment of all requests, the first of several."""
    return min((ask for _, asks in waiting for ask in asks), key=ask_characters)


def split_off(
    waiting: Sequence[Waiting], fits: Callable[[Sequence[Ask]], bool]
) -> list[Waiting] | None:
    """Puts a smaller request first, where the first one is too large to be sent.

    It is as much of the beginning of the first request as fits, by halves, else the smallest
    segment of all.

    Args:
        waiting: requests in their order; the first one does not fit.
        fits: whether segments may be sent together.

    Returns:
        The same segments in requests of which the first one fits; None where none does.
    """
    (place, asks), *others = waiting
    count = len(asks) // 2
    while count:
        if fits(asks[:count]):
            return [*_cut(place, asks, 0, count), *others]
        count //= 2
    one = smallest(waiting)
    if not fits([one]):
        return None
    at = next(index for index, (_, asks) in enumerate(waiting) if one in asks)
    place, asks = waiting[at]
    number = asks.index(one)
    chosen, *rest = _cut(place, asks, number, number + 1)
    return [chosen, *waiting[:at], *rest, *waiting[at + 1 :]]


def _cut(place: Place, asks: Sequence[Ask], start: int, end: int) -> list[Waiting]:
    """A part of a request as one of its own, then what stood before and after it."""
    parts = ((start, end), (0, start), (end, len(asks)))
    return [
        (Place(place.request, place.first + first), asks[first:last])
        for first, last in parts
        if first < last
    ]


def parts_to_ask_again(faulty: Sequence[Ask], asked: int) -> list[list[Ask]]:
    """Smaller requests for the segments of a request that have no answer.

    A request that is asked again is at most half as large as before, so that it ends: after at
    most ``log2(asked)`` rounds every segment has an answer or has been asked alone.

    Args:
        faulty: those without an answer.
        asked: how many the request held; at least two.
    """
    if len(faulty) <= asked // 2:
        return [list(faulty)] if faulty else []
    middle = (len(faulty) + 1) // 2
    return [list(half) for half in (faulty[:middle], faulty[middle:]) if half]


def answers_by_key(asks: Sequence[Ask], reply: Reply) -> dict[str, Answer]:
    """One answer for each segment, whatever the reply holds.

    What was not asked is left out. No answer, or an empty one, is `missing`; two that differ are
    `malformed`, for nobody can say which one is meant, and so is one for segments that differ.
    """
    found: dict[str, Answer] = {}
    wanted = {ask.key for ask in asks}
    for answer in reply.answers:
        if answer.key not in wanted:
            continue
        if answer.fault is None and not (answer.text or "").strip():
            answer = Answer(answer.key, None, "missing", "the answer is empty")
        before = found.get(answer.key, answer)
        if before != answer:
            answer = Answer(answer.key, None, "malformed", "two different answers for one segment")
        found[answer.key] = answer
    for key in wanted - found.keys():
        found[key] = Answer(key, None, "missing", "not in the reply")
    told = [ask for ask in asks if found[ask.key].text is not None]
    for group in same_answers([(ask.text, found[ask.key].text or "") for ask in told]):
        detail = f"the same answer for {len(group)} segments that differ"
        for key in (told[place].key for place in group):
            found[key] = Answer(key, None, "malformed", detail)
    return found


def shares(asks: Sequence[Ask], usage: Usage) -> Mapping[str, Usage]:
    """Each segment's share of what a request used, by its characters; together exactly `usage`."""
    weights = [ask_characters(ask) + 1 for ask in asks]
    columns = [
        _divide(amount, weights)
        for amount in (usage.requests, usage.characters, usage.input_tokens, usage.output_tokens)
    ]
    return {ask.key: Usage(*row) for ask, row in zip(asks, zip(*columns, strict=True), strict=True)}


def _divide(amount: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of an amount by weight; cumulated, so that they add up."""
    total, done, given = sum(weights), 0, 0
    parts: list[int] = []
    for weight in weights:
        done += weight
        parts.append(amount * done // total - given)
        given += parts[-1]
    return parts
