"""Real Markdown through segments and back: what is lost (nothing), what is sent, and how fast.

Run as ``python tests/bench/markdown_round_trip.py``; ``--data`` is the folder of shared real data
(LIMA, trees of Markdown files, documentation). Failures must be 0: a text whose segments stay as
they are must stay as it is, and so must what is outside of segments when they change.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from bllossom_data.translation.emphasis import repair_emphasis
from bllossom_data.translation.markdown import ParsedText, assemble, parse_markdown
from bllossom_data.translation.segments import SLOT
from bllossom_data.translation.slots import slot_problem
from bllossom_data.translation.structure import structure_problems
from pipelines.instruction_sources import InstructionRow, read_instructions

DOCUMENTS_PER_CORPUS = 1_000


@dataclass
class Figures:
    """What was counted for one group of texts; `seconds` is the parsing and putting together."""

    documents: int = 0
    characters: int = 0
    n_bytes: int = 0
    segments: int = 0
    sent_characters: int = 0
    slots: int = 0
    failures: int = 0
    slot_problems: int = 0
    structure_changes: int = 0
    emphasis_changes: int = 0
    longest_seconds: float = 0.0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)


def messages(folder: Path) -> Iterator[str]:
    for row in read_instructions(folder):
        if isinstance(row, InstructionRow):
            yield from (message.content for message in row.messages)
        else:
            raise SystemExit(f"{folder}: {row}")


def tree(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.md")):
        yield path.read_bytes().decode("utf-8", "replace")


def corpus(path: Path) -> Iterator[str]:
    yield from pl.read_ndjson(path).get_column("text").head(DOCUMENTS_PER_CORPUS)


def groups(data: Path) -> Iterator[tuple[str, Iterator[str]]]:
    yield "lima-train", messages(data / "restricted" / "lima-train")
    yield "lima-test", messages(data / "restricted" / "lima-test")
    yield "vue-docs-ko", tree(data / "raw" / "vue-docs-ko")
    yield "learnxinyminutes", tree(data / "raw" / "learnxinyminutes")
    for path in sorted((data / "corpus" / "en").glob("*.jsonl.zst")):
        if "docs" in path.name or "course" in path.name:
            yield path.name.removesuffix(".jsonl.zst"), corpus(path)


def in_korean_letters(text: str) -> str:
    """The text with a Hangul syllable for every letter outside of slots."""
    pieces, done = [], 0
    for mark in SLOT.finditer(text):
        pieces += [re.sub(r"[^\W\d_]", "가", text[done : mark.start()]), mark[0]]
        done = mark.end()
    return "".join([*pieces, re.sub(r"[^\W\d_]", "가", text[done:])])


def outside(parsed: ParsedText, text: str, translations: list[str]) -> bool:
    """Whether all that is outside of segments stands, in order, in a translated text."""
    at = done = 0
    for segment in parsed.segments:
        gap = parsed.text[done : segment.start]
        at = text.find(gap, at)
        if at < 0:
            return False
        at, done = at + len(gap), segment.end
    return text.endswith(parsed.text[done:]) and len(translations) == len(parsed.segments)


def look_at(text: str, figures: Figures) -> None:
    start = time.perf_counter()
    parsed = parse_markdown(text)
    same = assemble(parsed, [segment.text for segment in parsed.segments])
    seconds = time.perf_counter() - start
    translations = [in_korean_letters(segment.text) for segment in parsed.segments]
    translated = assemble(parsed, translations)
    kept = assemble(parsed, [None] * len(parsed.segments))
    is_whole = same == text == kept and outside(parsed, translated, translations)
    slots_survive = all(slot in translated for one in parsed.segments for slot in one.slots)
    figures.documents += 1
    figures.characters += len(text)
    figures.n_bytes += len(text.encode("utf-8", "surrogatepass"))
    figures.segments += len(parsed.segments)
    figures.sent_characters += sum(len(segment.text) for segment in parsed.segments)
    figures.slots += sum(len(segment.slots) for segment in parsed.segments)
    figures.failures += not (is_whole and slots_survive)
    figures.slot_problems += sum(
        slot_problem(segment, translation) is not None
        for segment, translation in zip(parsed.segments, translations, strict=True)
    )
    figures.structure_changes += bool(structure_problems(text, translated))
    figures.emphasis_changes += repair_emphasis(text, text) != (text, ())
    figures.seconds += seconds
    figures.longest_seconds = max(figures.longest_seconds, seconds)
    figures.kinds.update(segment.kind for segment in parsed.segments)


def main() -> None:
    """Measures every group and prints two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    console = Console(width=160)
    table = Table("texts", "documents", "characters", "segments", "sent", "slots", "failures")
    for name in ("slot problems", "structure", "emphasis", "MB/s", "seconds", "longest s"):
        table.add_column(name)
    kinds = Table("texts", "segments by kind")
    for name, texts in groups(parser.parse_args().data):
        figures = Figures()
        for text in texts:
            look_at(text, figures)
        counts = (figures.documents, figures.characters, figures.segments)
        problems = (figures.slot_problems, figures.structure_changes, figures.emphasis_changes)
        table.add_row(
            name,
            *(f"{count:,}" for count in counts),
            f"{figures.sent_characters / max(1, figures.characters):.1%}",
            f"{figures.slots:,}",
            f"{figures.failures:,}",
            *(f"{count:,}" for count in problems),
            f"{figures.n_bytes / 1e6 / max(figures.seconds, 1e-9):.2f}",
            f"{figures.seconds:.2f}",
            f"{figures.longest_seconds:.3f}",
        )
        kinds.add_row(name, ", ".join(f"{kind} {n:,}" for kind, n in figures.kinds.most_common()))
    console.print(table)
    console.print(kinds)


if __name__ == "__main__":
    main()
