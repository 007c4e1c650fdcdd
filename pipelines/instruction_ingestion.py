"""The ingest step of instruction data: rows of a source become examples with ids that stay."""

from collections import Counter
from pathlib import Path
from typing import cast

from bllossom_data.errors import SourceError
from bllossom_data.examples import Example, Split, example_id
from bllossom_data.instruction_recipe import InstructionSource
from pipelines.instruction_sources import RefusedRow, read_instructions

__all__ = ["read_examples"]


def read_examples(source: InstructionSource, path: Path) -> tuple[list[Example], list[RefusedRow]]:
    """Reads all of a source.

    Args:
        source: what the recipe says of it.
        path: where it lies.

    Returns:
        Its conversations in order, and the rows that are none, with why.

    Raises:
        SourceError: nothing there is a conversation, or two rows have one id.
    """
    examples: list[Example] = []
    refused: list[RefusedRow] = []
    for row in read_instructions(path, layout=source.layout, split=source.split):
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        split = cast("Split", row.split)
        examples.append(
            Example(
                example_id(source.name, split, row.position, row.messages, row.source_id),
                split,
                source.name,
                source.license,
                row.origin,
                row.row,
                row.source or None,
                row.messages,
            )
        )
    if not examples:
        first = f": {refused[0].detail}" if refused else ""
        raise SourceError(f"source {source.name!r}: {path}: no conversation in it{first}")
    times = Counter(example.id for example in examples)
    if double := [name for name, count in times.items() if count > 1]:
        raise SourceError(
            f"source {source.name!r}: {path}: {len(double):,} ids stand in more than one row, such "
            f"as {double[0]!r}; make the column `id` unique"
        )
    return examples, refused
