"""Rows to the tensors of a batch, such that no document sees another one.

Positions begin again at 0 with every document; from that, transformers' attention (sdpa, flex)
keeps documents apart. Flash attention reads boundaries only of a single long row, so for it the
rows of a batch are laid end to end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from training.chat import IGNORED
from training.mixture import MixedRows
from training.token_stream import TokenRow, TokenStream, unpredicted

__all__ = [
    "FILLING",
    "GROUPS",
    "MixCollator",
    "PackedCollator",
    "batch_of_rows",
    "is_flattened",
    "plan_columns",
]

GROUPS = "groups"
"""Key of the batch that says which source every token came from; the trainer takes it out."""
FILLING = -1
"""Group of what only fills a row."""


def is_flattened(attention: str) -> bool:
    """Whether rows must be laid end to end for this attention implementation."""
    return "flash" in attention


def _positions(lengths: Sequence[int]) -> torch.Tensor:
    return torch.cat([torch.arange(length) for length in lengths])


def _groups(row: TokenRow) -> torch.Tensor:
    return torch.repeat_interleave(torch.tensor(row.groups), torch.tensor(row.lengths))


def batch_of_rows(
    rows: Sequence[TokenRow], pad_token_id: int, *, flatten: bool
) -> dict[str, torch.Tensor | int]:
    """Tensors of a batch.

    Args:
        rows: the rows.
        pad_token_id: fills the end of shorter rows, untrained.
        flatten: one row of all, with the boundaries that varlen kernels want.

    Returns:
        `input_ids`, `labels`, `position_ids` and `groups`, each `[rows, tokens]` (int64); what only
        fills a row has the group `FILLING`.
    """
    columns = {
        "input_ids": ([torch.from_numpy(row.input_ids) for row in rows], pad_token_id),
        "labels": ([torch.from_numpy(row.labels) for row in rows], IGNORED),
        "position_ids": ([_positions(row.lengths) for row in rows], 0),
        GROUPS: ([_groups(row) for row in rows], FILLING),
    }
    if flatten:
        flat: dict[str, torch.Tensor | int] = {
            name: torch.cat(tensors)[None] for name, (tensors, _) in columns.items()
        }
        lengths = torch.tensor([length for row in rows for length in row.lengths])
        ends = torch.cumsum(lengths, 0, dtype=torch.int32)
        flat["cu_seq_lens_q"] = flat["cu_seq_lens_k"] = torch.cat([ends.new_zeros(1), ends])
        flat["max_length_q"] = flat["max_length_k"] = int(lengths.max())
        return flat
    width = max(len(row.input_ids) for row in rows)
    padded: dict[str, torch.Tensor | int] = {}
    for name, (tensors, filler) in columns.items():
        table = torch.full((len(rows), width), filler, dtype=torch.int64)
        for index, tensor in enumerate(tensors):
            table[index, : len(tensor)] = tensor
            if name == "position_ids" and len(tensor) < width:
                # Filling that goes on from the last document comes after it, where causal
                # attention never looks; a new beginning would cost the fast path of sdpa.
                last = int(tensor[-1])
                table[index, len(tensor) :] = torch.arange(last + 1, last + 1 + width - len(tensor))
        padded[name] = table
    return padded


def empty_row(pad_token_id: int) -> TokenRow:
    """A row that trains nothing; fills the last batch, so that no row is ever seen twice."""
    return TokenRow(np.array([pad_token_id]), np.array([IGNORED]), (1,), (FILLING,))


@dataclass(frozen=True, slots=True)
class MixCollator:
    """Batches of pretraining: rows of the plan, read from the streams.

    Attributes:
        streams: the streams of `mix`, then those of the evaluation.
        ends: where each stream ends, in tokens, if anywhere.
        pad_token_id: id that fills rows.
        flatten: see `batch_of_rows`.
    """

    streams: tuple[TokenStream, ...]
    ends: tuple[int | None, ...]
    pad_token_id: int
    flatten: bool

    def __call__(self, planned: Sequence[Mapping[str, int]]) -> dict[str, Any]:
        """Tensors of the rows `{"stream": …, "row": …}`; stream -1 is an empty row."""
        rows = [
            empty_row(self.pad_token_id)
            if one["stream"] < 0
            else self.streams[one["stream"]].row(one["row"], self.ends[one["stream"]])
            for one in planned
        ]
        return batch_of_rows(rows, self.pad_token_id, flatten=self.flatten)


@dataclass(frozen=True, slots=True)
class PackedCollator:
    """Batches of SFT: conversations, one or several to a row."""

    pad_token_id: int
    flatten: bool

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Tensors of rows with `input_ids`, `labels`, `seq_lengths` and `groups`."""
        return batch_of_rows(
            [self._row(one) for one in examples], self.pad_token_id, flatten=self.flatten
        )

    @staticmethod
    def _row(example: Mapping[str, Any]) -> TokenRow:
        ids = np.asarray(example["input_ids"], dtype=np.int64)
        lengths = tuple(example.get("seq_lengths") or (len(ids),))
        labels = np.asarray(example["labels"], dtype=np.int64)
        starts = unpredicted(ids, lengths) == IGNORED
        per_token = example["groups"]
        begins = np.cumsum([0, *lengths[:-1]])
        groups = tuple(int(per_token[begin]) for begin in begins)
        return TokenRow(ids, np.where(starts, IGNORED, labels), lengths, groups)


def plan_columns(mix: MixedRows, batch_rows: int) -> dict[str, list[int]]:
    """Columns of the dataset of row numbers, filled up to whole batches with empty rows."""
    missing = -len(mix) % batch_rows
    return {
        "stream": [*mix.streams.tolist(), *[-1] * missing],
        "row": [*mix.rows.tolist(), *[0] * missing],
    }
