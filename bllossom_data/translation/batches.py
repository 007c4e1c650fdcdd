"""Requests: how segments are put together for one, and taken apart again when it fails."""

from collections.abc import Mapping, Sequence

from bllossom_data.translation.provider import Answer, Ask, Limits, Reply, Usage

__all__ = ["answers_by_key", "ask_characters", "batches", "parts_to_ask_again", "shares"]


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
    `malformed`, for nobody can say which one is meant.
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
