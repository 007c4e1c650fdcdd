"""Translation memories from files, and from what people accepted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bllossom_data.errors import SourceError
from bllossom_data.examples import Message, Review, Role
from bllossom_data.translation.markdown import parse_markdown
from bllossom_data.translation.memory import Entry, Memory
from bllossom_data.translation.segments import SLOT, Segment, slot
from bllossom_data.translation.tmx import export_tmx, import_tmx
from pipelines.reviewing import Settled, decided_moment
from pipelines.rows import read_rows

__all__ = [
    "ParallelText",
    "accepted_entries",
    "aligned_segments",
    "fill_memory",
    "remember_accepted",
]


@dataclass(frozen=True, slots=True)
class ParallelText:
    """One line of a ``.jsonl`` memory: a message in English and in Korean, Markdown alike."""

    example: str
    role: Role
    english: str
    korean: str


def aligned_segments(english: str, korean: str) -> list[tuple[str, str]] | None:
    """Pairs of segments of two texts with the same Markdown structure.

    Returns:
        English and Korean with the same slots, or None where the structures differ.
    """
    here, there = parse_markdown(english).segments, parse_markdown(korean).segments
    if [one.kind for one in here] != [one.kind for one in there]:
        return None
    pairs = []
    for source, target in zip(here, there, strict=True):
        text = _with_slots_of(source, target)
        if text is not None:
            pairs.append((source.text, text))
    return pairs


def _with_slots_of(source: Segment, target: Segment) -> str | None:
    """The Korean with slots numbered as in the English, or None where they hold other things."""
    if sorted(source.slots) != sorted(target.slots):
        return None
    free: dict[str, list[int]] = {}
    for number, content in enumerate(source.slots, 1):
        free.setdefault(content, []).append(number)
    numbers = {number: free[content].pop(0) for number, content in enumerate(target.slots, 1)}
    return SLOT.sub(lambda found: slot(numbers[int(found.group(1))]), target.text)


def fill_memory(memory: Memory, files: Sequence[Path]) -> list[str]:
    """Adds what files hold.

    Args:
        memory: receives the entries.
        files: ``.tmx``, or ``.jsonl`` of `ParallelText`.

    Returns:
        What was left out, a sentence each.

    Raises:
        SourceError: a file is of another kind.
    """
    problems: list[str] = []
    for file in files:
        if file.suffix == ".tmx":
            refused = import_tmx(memory, file).refused
            problems += [f"{file.name}, line {one.line}: {one.problem}" for one in refused]
        elif file.suffix == ".jsonl":
            memory.add(_entries(file, problems))
        else:
            raise SourceError(f"{file}: a translation memory is a .tmx or a .jsonl file")
    return problems


def _entries(file: Path, problems: list[str]) -> Iterator[Entry]:
    for row in read_rows(file, ParallelText):
        pairs = aligned_segments(row.english, row.korean)
        if pairs is None:
            problems.append(
                f"{file.name}: {row.example} ({row.role}): English and Korean differ in their "
                "Markdown; give both the same paragraphs, lists and tables"
            )
            continue
        for english, korean in pairs:
            yield Entry(english, korean, "human", file.name, example=row.example, role=row.role)


def accepted_entries(settled: Iterable[Settled]) -> Iterator[Entry]:
    """Segments of the text that people approved."""
    for example, review, message, final in _approved(settled):
        for english, korean in aligned_segments(message.content, final.content) or ():
            # When it was decided, and not now: the same decisions are the same entries.
            who = review.reviewer
            when = decided_moment(review).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield Entry(english, korean, "review", who, when, example, message.role)


def remember_accepted(settled: Iterable[Settled], database: Path, tmx: Path) -> int:
    """Adds the text that people approved to a memory of its own, and writes it as TMX.

    It is a memory for other recipes and later versions: a draft that a person has seen must not
    change because the person accepted it.

    Returns:
        How many entries the memory holds.
    """
    memory = Memory(database)
    try:
        memory.add(accepted_entries(settled))
        return export_tmx(memory, tmx)
    finally:
        memory.close()


def _approved(settled: Iterable[Settled]) -> Iterator[tuple[str, Review, Message, Message]]:
    for one in settled:
        # What was moved to Korea no longer says what the English says.
        if one.state != "approved" or one.review is None or one.label != "simply_transferred":
            continue
        for message, final in zip(one.draft.messages, one.messages, strict=True):
            yield one.draft.id, one.review, message, final
