"""Segments: the prose of a Markdown text, cut out of what must not be translated.

Inside a segment, what must survive byte for byte (inline code, addresses, maths, tags) is a slot:
``⟦1⟧`` stands for the first one. Slots are numbered from 1 in each segment.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["SLOT", "Segment", "SegmentKind", "slot"]

SegmentKind: TypeAlias = Literal[
    "paragraph", "heading", "list_item", "table_cell", "quote", "ambiguous_code"
]
SLOT = re.compile(r"⟦([0-9]+)⟧")


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of prose to translate.

    Attributes:
        kind: what it is in the Markdown; `ambiguous_code` is a fenced block without a language that
            holds prose.
        start: first character of the piece in its message.
        end: one past its last character.
        text: what is translated: the piece with slots in place of what is protected.
        slots: what each slot stands for, byte for byte; slot ``n`` is `slots[n - 1]`.
    """

    kind: SegmentKind
    start: int
    end: int
    text: str
    slots: tuple[str, ...]


def slot(number: int) -> str:
    """The mark of a slot, such as ``⟦1⟧``."""
    return f"⟦{number}⟧"
