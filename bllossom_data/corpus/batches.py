"""A batch of documents as one array of code points, the form in which kernels read text."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint32]
"""Unicode code points of a batch, documents laid end to end."""
Offsets: TypeAlias = NDArray[np.int64]
"""Where pieces begin; the last entry is where the last one ends."""
Classes: TypeAlias = NDArray[np.uint16]
"""Flags of every code point (`bllossom_data.corpus.characters`)."""


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Documents laid end to end.

    Attributes:
        codes: Unicode code points of all documents, shape ``(characters,)``.
        offsets: Document ``d`` is ``codes[offsets[d]:offsets[d + 1]]``, shape ``(documents + 1,)``.
    """

    codes: Codes
    offsets: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1


def text_batch(texts: pl.Series) -> TextBatch:
    """Lays the documents of a string column end to end; a null counts as an empty document."""
    texts = texts.fill_null("")
    codes = np.frombuffer("".join(texts.to_list()).encode("utf-32-le"), dtype=np.uint32)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(texts.str.len_chars().to_numpy(), out=offsets[1:])
    return TextBatch(codes, offsets)
