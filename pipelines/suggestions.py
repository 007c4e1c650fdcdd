"""What the translation memory knows that is like a text: for the person who reviews it.

An exact match is used by itself; a similar one is only shown, with how alike the English is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bllossom_data.translation.markdown import parse_markdown
from bllossom_data.translation.memory import Memory, MemoryProvider, Suggestion
from bllossom_data.translation.segments import SLOT, Segment
from pipelines.drafts import Draft, Translation

__all__ = ["SuggestedText", "suggested_texts"]

LEAST_RATIO = 0.75
"""Below it lie texts that share words and say something else."""
LEAST_CHARS = 16
SHOWN = 5


@dataclass(frozen=True, slots=True)
class SuggestedText:
    """A text of the memory that is like a segment.

    Attributes:
        turn: number of the message that holds the segment, from 0.
        source: English of the memory.
        target: its Korean.
        ratio: how alike the English of both is, 0-1.
        example: the example that it was written for; empty where nobody knows.
    """

    turn: int
    source: str
    target: str
    ratio: float
    example: str


def suggested_texts(
    drafts: Iterable[Draft], translations: Mapping[str, Translation], memory: Memory
) -> dict[str, tuple[SuggestedText, ...]]:
    """The best suggestions for each draft, by its id; drafts without one are left out.

    Args:
        drafts: drafts that people will see.
        translations: plain translations, by example.
        memory: what is looked into.
    """
    found: dict[str, tuple[SuggestedText, ...]] = {}
    for draft in drafts:
        best = {
            (one.source, one.target): one
            for one in sorted(_of_draft(draft, translations[draft.id], memory), key=_order)[::-1]
        }
        if best:
            found[draft.id] = tuple(sorted(best.values(), key=_order)[:SHOWN])
    return found


def _order(one: SuggestedText) -> tuple[float, int, str, str]:
    return -one.ratio, one.turn, one.source, one.target


def _of_draft(draft: Draft, translation: Translation, memory: Memory) -> Iterator[SuggestedText]:
    for turn, message in enumerate(draft.messages):
        answers = [one for one in translation.segments if one.turn == turn]
        segments = parse_markdown(message.content).segments
        for segment, answer in zip(segments, answers, strict=True):
            if answer.provider == MemoryProvider.name or len(segment.text) < LEAST_CHARS:
                continue
            for suggestion in memory.similar(segment.text, SHOWN, LEAST_RATIO):
                yield _suggested(turn, segment, suggestion)


def _suggested(turn: int, segment: Segment, suggestion: Suggestion) -> SuggestedText:
    entry = suggestion.entry
    slots = dict.fromkeys(int(found[1]) for found in SLOT.finditer(entry.source))
    # What stands in the slots of a text of the memory is not kept; that of this one fits as well.
    contents = dict(zip(slots, segment.slots, strict=False))

    def filled(text: str) -> str:
        return SLOT.sub(lambda found: contents.get(int(found[1]), found[0]), text)

    ratio = round(suggestion.similarity, 4)
    return SuggestedText(turn, filled(entry.source), filled(entry.target), ratio, entry.example)
