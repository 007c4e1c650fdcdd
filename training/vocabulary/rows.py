"""Rows of a model's embeddings for new tokens, by their explicit ids."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM

from bllossom_data.errors import TrainingError
from training.vocabulary.focus import Weights, weighted_rows

__all__ = ["Initialisation", "extend_model", "extended_rows"]

Initialisation = Literal["subword-mean", "normal", "focus"]
ROWS_AT_ONCE = 1024


def extended_rows(
    old: torch.Tensor,
    known: Sequence[int],
    pieces: Mapping[int, Sequence[int]],
    rows: int,
    initialisation: Initialisation,
    generator: torch.Generator,
    weights: Weights | None = None,
) -> torch.Tensor:
    """A matrix with the old rows as they were, bit for bit, and rows for new tokens.

    Args:
        old: the old matrix, [rows, width]; rows that no token has are padding.
        known: ids of the old tokens.
        pieces: for each new id, the ids of the old tokens that its text was before.
        rows: rows of the new matrix.
        initialisation: `subword-mean`: the mean of the rows of those old tokens (Kim et al. 2024,
            arXiv 2402.14714, section 3.1, for the input; here for the output too). `normal`: drawn
            from the normal distribution that has mean and covariance of the old rows (Hewitt 2021).
            `focus`: old rows weighted by `weights`; where a token has none, the subword mean.
        generator: of random numbers.
        weights: focus: old tokens and their shares, by new id.

    Returns:
        The new matrix, [rows, width], in the type of the old one. Padding that is new is the mean
        of the old rows, so that no logit of it stands out.
    """
    values = old.float()
    tokens = values[torch.tensor(sorted(known))]
    mean = tokens.mean(dim=0)
    new = old.new_empty((rows, old.shape[1]))
    new[:] = mean.to(old.dtype)
    kept = min(rows, old.shape[0])
    new[:kept] = old[:kept]
    ids = sorted(pieces)
    if initialisation != "normal":
        for number in ids:
            new[number] = values[list(pieces[number])].mean(dim=0).to(old.dtype)
        for number, row in weighted_rows(values, weights or {}).items():
            new[number] = row.to(old.dtype)
        return new
    centred = tokens - mean
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        # A random mixture of the old rows has their covariance, without a matrix being factored.
        mixture = torch.randn(len(some), len(centred), generator=generator)
        drawn = mean + mixture @ centred / len(centred) ** 0.5
        new[torch.tensor(some)] = drawn.to(old.dtype)
    return new


def extend_model(
    folder: Path,
    target: Path,
    known: Sequence[int],
    pieces: Mapping[int, Sequence[int]],
    *,
    initialisation: Initialisation,
    pad_rows_to: int,
    seed: int,
    weights: Weights | None = None,
) -> int:
    """Writes a model with rows for new tokens; needs memory for the whole model in its own type.

    Args:
        folder: the base model.
        target: folder to save to.
        known: ids of the old tokens.
        pieces: for each new id, the ids of the old tokens that its text was before.
        initialisation: how new rows begin.
        pad_rows_to: the number of rows becomes a multiple of this.
        seed: of what is drawn.
        weights: focus: old tokens and their shares, by new id.

    Returns:
        Rows of the new matrices.

    Raises:
        TrainingError: the model cannot be read, or has fewer rows than its tokenizer tokens.
    """
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingError(f"{folder}: no model can be read from here ({error})") from error
    embeddings, head = model.get_input_embeddings(), model.get_output_embeddings()
    old = embeddings.weight.shape[0]
    if max(known) >= old:
        raise TrainingError(
            f"{folder}: the tokenizer has ids up to {max(known):,}, the model {old:,} rows; give "
            "the tokenizer that belongs to the model"
        )
    needed = max(old, max(pieces) + 1)
    rows = -(-needed // pad_rows_to) * pad_rows_to
    generator = torch.Generator().manual_seed(seed)
    tied = head is None or head.weight is embeddings.weight
    matrices: list[Any] = [embeddings] if tied else [embeddings, head]
    with torch.no_grad():
        made = [
            extended_rows(one.weight, known, pieces, rows, initialisation, generator, weights)
            for one in matrices
        ]
        model.resize_token_embeddings(rows, mean_resizing=False)
        places = [model.get_input_embeddings(), model.get_output_embeddings()]
        for place, weight in zip(places, made, strict=False):
            place.weight.copy_(weight)
    model.save_pretrained(target)
    return rows
