"""The translate step: segments of all examples through memory, cache and engines, and back."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bllossom_data.examples import Example, Finding, Role
from bllossom_data.localization.entities import entity_glossary, plan_entities
from bllossom_data.translation.check_context import CheckContext
from bllossom_data.translation.checks import (
    OF_SEGMENTS_ONLY,
    OF_SEGMENTS_TOO,
    REVERSAL_CHECKS,
    check_segment,
)
from bllossom_data.translation.emphasis import repair_emphasis
from bllossom_data.translation.markdown import ParsedText, assemble, parse_markdown
from bllossom_data.translation.provider import Ask
from bllossom_data.translation.segments import SLOT, Segment
from bllossom_data.translation.slots import slot_problem
from bllossom_data.translation.translator import Outcome
from pipelines.drafts import TranslatedSegment, Translation
from pipelines.executor import in_processes

__all__ = [
    "AnswerCheck",
    "SegmentedExample",
    "ask_check",
    "kept_so_far",
    "put_together",
    "questions",
    "segment_example",
    "translations_of",
]

MAX_CONTEXT_CHARS = 300
ANSWERS = 200
"""Answers that one process judges at a time."""
EXAMPLES = 25
"""Examples that one process puts together at a time."""


@dataclass(frozen=True, slots=True)
class SegmentedExample:
    """An example cut into segments.

    Attributes:
        example: the example.
        turns: each message, parsed.
        glossary: English terms of the example and the Korean that engines are asked to write.
    """

    example: Example
    turns: tuple[ParsedText, ...]
    glossary: tuple[tuple[str, str], ...]


def segment_example(example: Example, *, with_glossary: bool) -> SegmentedExample:
    """Cuts an example into segments and fixes how engines are to write its names."""
    glossary = entity_glossary(plan_entities(example.messages)) if with_glossary else ()
    turns = tuple(parse_markdown(message.content) for message in example.messages)
    return SegmentedExample(example, turns, tuple(glossary))


def _key(example: Example, turn: int, number: int) -> str:
    return f"{example.id}#{turn}.{number}"


def questions(segmented: SegmentedExample) -> Iterator[Ask]:
    """What is asked for each segment: its text, what stands before it, and the names in it."""
    for turn, parsed in enumerate(segmented.turns):
        role: Role = segmented.example.messages[turn].role
        before = ""
        for number, segment in enumerate(parsed.segments):
            yield Ask(
                key=_key(segmented.example, turn, number),
                text=segment.text,
                kind=segment.kind,
                role=role,
                context=before[-MAX_CONTEXT_CHARS:],
                glossary=tuple(
                    pair for pair in segmented.glossary if pair[0].lower() in segment.text.lower()
                ),
            )
            before = segment.text


class AnswerCheck:
    """What judges each answer before it is taken: its text, and its slots by what they hold.

    Args:
        segmented: the examples whose segments are asked for.
        workers: processes for many answers at once; changes nothing in what is said.
    """

    def __init__(self, segmented: Iterable[SegmentedExample], workers: int = 1) -> None:
        self._workers = workers
        self._segments = {
            _key(one.example, turn, number): segment
            for one in segmented
            for turn, parsed in enumerate(one.turns)
            for number, segment in enumerate(parsed.segments)
        }

    def __call__(self, ask: Ask, korean: str) -> Sequence[Finding]:
        """Judges one answer."""
        return _judged(ask, korean, self._segments[ask.key])

    def many(self, pairs: Sequence[tuple[Ask, str]]) -> Iterator[Sequence[Finding]]:
        """Judges many answers, in their order."""
        given = [(ask, korean, self._segments[ask.key]) for ask, korean in pairs]
        pieces = [given[first : first + ANSWERS] for first in range(0, len(given), ANSWERS)]
        for findings in in_processes(_judged_together, pieces, min(self._workers, len(pieces))):
            yield from findings


def _judged_together(given: Sequence[tuple[Ask, str, Segment]]) -> list[Sequence[Finding]]:
    return [_judged(*one) for one in given]


def _judged(ask: Ask, korean: str, segment: Segment) -> Sequence[Finding]:
    findings = ask_check(ask, korean)
    if any(one.check == "slots" for one in findings):
        return findings
    problem = slot_problem(segment, korean)
    return [*findings, *([Finding("slots", "error", problem)] if problem else [])]


def ask_check(ask: Ask, korean: str) -> Sequence[Finding]:
    """What checks say of one answer by its text alone."""
    # Names may be written in any of the catalogue's ways; `entity_edits` says which is missing.
    context = CheckContext(role=ask.role, kind=ask.kind)
    return check_segment(ask.text, korean, context)


def put_together(
    segmented: Sequence[SegmentedExample], outcomes: Iterable[Outcome], workers: int = 1
) -> list[Translation]:
    """Puts the answers of all examples together, in their order.

    Args:
        segmented: the examples.
        outcomes: what became of all their segments.
        workers: processes to use; changes nothing in the result.
    """
    by_key = {outcome.key: outcome for outcome in outcomes}
    pieces = []
    for first in range(0, len(segmented), EXAMPLES):
        piece = segmented[first : first + EXAMPLES]
        asked = [by_key[ask.key] for one in piece for ask in questions(one)]
        pieces.append((piece, {outcome.key: outcome for outcome in asked}))
    found = in_processes(_put_together, pieces, min(workers, len(pieces)))
    return [translation for piece in found for translation in piece]


def _put_together(
    given: tuple[Sequence[SegmentedExample], Mapping[str, Outcome]],
) -> list[Translation]:
    segmented, outcomes = given
    return [translations_of(one, outcomes) for one in segmented]


def kept_so_far(asks: Sequence[Ask], outcomes: Sequence[Outcome]) -> str:
    """What a translation that stopped has done, and that it goes on from there."""
    done = [ask for ask, one in zip(asks, outcomes, strict=True) if one.text is not None]
    characters, all_characters = (sum(len(ask.text) for ask in some) for some in (done, asks))
    return (
        f"{len(done):,} of {len(asks):,} segments ({characters:,} of {all_characters:,} English "
        "characters) are translated and kept; once that is put right, the same command goes on "
        "from there and sends only the others; `bllossom translate RECIPE --estimate` tells what "
        "those need."
    )


def translations_of(segmented: SegmentedExample, outcomes: Mapping[str, Outcome]) -> Translation:
    """Puts the answers of an example together.

    A turn of which a segment is untranslated has no text: English never stands in its place. What
    checks say of single segments alone is kept for the reviewer; the rest is said again of the
    whole turn, but for what it may not show (exchanged values, a heading that stayed English).
    """
    texts: list[str | None] = []
    segments: list[TranslatedSegment] = []
    for turn, parsed in enumerate(segmented.turns):
        answers = [
            outcomes[_key(segmented.example, turn, number)]
            for number in range(len(parsed.segments))
        ]
        segments += [
            _translated(turn, segment, answer)
            for segment, answer in zip(parsed.segments, answers, strict=True)
        ]
        if any(answer.text is None for answer in answers):
            texts.append(None)
            continue
        text = assemble(parsed, [answer.text for answer in answers])
        repaired, _ = repair_emphasis(parsed.text, text)
        texts.append(repaired)
    findings = [
        _of_turn(finding, turn, segment)
        for turn, parsed in enumerate(segmented.turns)
        for number, segment in enumerate(parsed.segments)
        for answer in (outcomes[_key(segmented.example, turn, number)],)
        for finding in [*answer.findings, *_turned_round(answer)]
        if answer.text is None or finding.check in OF_SEGMENTS_ONLY | OF_SEGMENTS_TOO
    ]
    return Translation(segmented.example.id, tuple(texts), tuple(segments), tuple(findings))


def _turned_round(answer: Outcome) -> Iterator[Finding]:
    """A person compares a text that was turned round because a check, maybe wrong, said so."""
    told = {one.check for one in answer.findings}
    for one in answer.attempts if answer.text is not None else ():
        if one.problem in REVERSAL_CHECKS - told:
            said = (
                "다시 물어 뜻을 바꾼 번역입니다. 원문과 맞는지 확인하세요. 처음 번역을 두고 한 말:"
            )
            yield Finding(one.problem, "warning", f"{said} {one.detail}")


def _of_turn(finding: Finding, turn: int, segment: Segment) -> Finding:
    """A finding about one segment as one about its turn; whoever reads it sees no slots."""
    message = _filled(finding.message, segment)
    return replace(finding, message=message, turn=turn, start=None, end=None)


def _filled(text: str, segment: Segment) -> str:
    """The text with what its slots hold; a number that no slot has stays as it is."""

    def held(found: re.Match[str]) -> str:
        number = int(found.group(1))
        return segment.slots[number - 1] if 0 < number <= len(segment.slots) else found[0]

    return SLOT.sub(held, text)


def _translated(turn: int, segment: Segment, answer: Outcome) -> TranslatedSegment:
    return TranslatedSegment(
        turn=turn,
        start=segment.start,
        end=segment.end,
        english=_filled(segment.text, segment),
        korean=None if answer.text is None else _filled(answer.text, segment),
        provider=answer.provider,
        attempts=tuple(
            f"{one.provider}: {one.problem}" + (f" ({one.detail})" if one.detail else "")
            for one in answer.attempts
        ),
    )
