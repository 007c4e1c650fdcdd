"""The sample of instruction data as a build needs it: parallel text, and decisions of an editor.

The sample holds, for each conversation, a machine-like translation and what an editor made of it.
The first becomes a translation memory, the second decisions as a review page exports them.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from bllossom_data.examples import Message, Review
from bllossom_data.files import write_atomic
from bllossom_data.localization.rewritten import OF_WORDING, WRITTEN_ANEW
from pipelines.instruction_sources import InstructionRow, read_instructions
from pipelines.memories import ParallelText
from pipelines.rows import write_rows

__all__ = ["write_sample_instructions"]

# File of the sample, and the name of the source that the demo's recipe gives it.
_FILES = {
    "items.jsonl": "demo-lima",
    "alpaca.jsonl": "demo-alpaca",
    "sharegpt.jsonl": "demo-sharegpt",
    "messages.jsonl": "demo-messages",
}
# The editor has decided all test items and two of three others; the rest shows what a queue is.
_DECIDED = (0, 1)
_EVERY = 3


def write_sample_instructions(folder: Path) -> None:
    """Writes the conversations, ``memory.jsonl`` and ``decisions.jsonl``; the same bytes always."""
    for name in _FILES:
        write_atomic(folder / name, _packaged(name))
    translations = {row["id"]: row["translations"] for row in _rows("translations.jsonl")}
    gold = {row["id"]: row for row in _rows("gold.jsonl")}
    texts: list[ParallelText] = []
    decisions: list[Review] = []
    for number, (source, row) in enumerate(_conversations(folder), 1):
        own = str(row.source_id)
        for message, korean in zip(row.messages, translations.get(own, ()), strict=False):
            texts.append(ParallelText(own, message.role, message.content, korean))
        if row.split == "test" or number % _EVERY in _DECIDED:
            decisions.append(_decision(f"{source}-{own}", gold[own]))
    write_rows(folder / "memory.jsonl", texts)
    write_rows(folder / "decisions.jsonl", decisions)


def _conversations(folder: Path) -> Iterator[tuple[str, InstructionRow]]:
    for name, source in _FILES.items():
        for row in read_instructions(folder / name):
            if isinstance(row, InstructionRow):
                yield source, row


def _packaged(name: str) -> str:
    resource = files("bllossom_data.sample") / "instructions" / name
    return resource.read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _packaged(name).splitlines() if line.strip()]


def _decision(example: str, gold: dict[str, Any]) -> Review:
    removed = gold["label"] == "removed"
    return Review(
        example_id=example,
        decision="remove" if removed else "correct",
        # Written from the English, not from a draft.
        draft_sha256=None,
        messages=tuple(Message(**turn) for turn in gold["messages"]),
        label=gold["label"],
        reviewer="sample-editor",
        decided_at="2026-11-25T00:00:00Z",
        comment=gold.get("note", ""),
        # An editor's text for Korea tells other facts than the English.
        dismissed=tuple(sorted(OF_WORDING)) if gold["label"] in WRITTEN_ANEW else (),
    )
