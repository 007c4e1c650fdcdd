"""Which language's row comes next, so that shares hold over every stretch of training.

The rows of all languages are merged by how far each would have brought its language, measured in
tokens or bytes over its share: the order that always serves whoever is furthest behind. At any
place the amount of a language is at most one row away from its share, so a window of `n` rows is
at most `1/n` away from the ratio.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bllossom_data.errors import TrainingError
from training.token_stream import TokenStream

__all__ = ["MixedRows", "mix_rows"]

Unit = Literal["tokens", "bytes"]


@dataclass(frozen=True, slots=True)
class MixedRows:
    """The plan of a run: which row of which stream comes when.

    Attributes:
        streams: index of the stream of each row, int64.
        rows: number of the row in its stream, int64.
        ends: where each stream ends, in tokens, where that is before a full row; else None.
        shares: realised share (0-1) of each stream in the unit of the mix.
        epochs: how often each stream is gone through.
    """

    streams: NDArray[np.int64]
    rows: NDArray[np.int64]
    ends: tuple[int | None, ...]
    shares: tuple[float, ...]
    epochs: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.rows)


def _shares(
    streams: Sequence[TokenStream], ratio: Mapping[str, float], unit: Unit
) -> NDArray[np.float64]:
    languages = [stream.language for stream in streams]
    if ratio:
        for language in ratio:
            if language not in languages:
                raise TrainingError(
                    f"the mix asks for {ratio[language]:.0%} {language}, and no dataset has a "
                    f"document in it; there is: {', '.join(languages)}"
                )
        if extra := [language for language in languages if language not in ratio]:
            raise TrainingError(
                f"the datasets hold {', '.join(extra)}, for which the mix has no share; add it to "
                "`ratio` in [mix], or take a dataset without it"
            )
        return np.array([ratio[language] for language in languages])
    sizes = np.array([_size(stream, unit) for stream in streams], dtype=np.float64)
    shares: NDArray[np.float64] = sizes / sizes.sum()
    return shares


def _size(stream: TokenStream, unit: Unit) -> int:
    return stream.total_tokens if unit == "tokens" else stream.total_bytes


def _row_ends(stream: TokenStream, rows: int, unit: Unit, end: int | None) -> NDArray[np.float64]:
    """Amount of a stream in `unit` up to the end of each of its first rows, from 0."""
    places = np.arange(rows + 1, dtype=np.int64) * stream.max_length
    if end is not None:
        places = np.minimum(places, end)
    return places.astype(np.float64) if unit == "tokens" else stream.bytes_until(places)


def mix_rows(
    streams: Sequence[TokenStream],
    ratio: Mapping[str, float],
    unit: Unit,
    *,
    rows: int | None = None,
    epochs: float = 1.0,
    skipped: int = 0,
) -> MixedRows:
    """Plans the rows of a run.

    Args:
        streams: one per language.
        ratio: share of each language; empty: as much as there is of each.
        unit: what shares are counted in.
        rows: how many rows; none: as many as `epochs` of the language that runs out first give.
        epochs: how often a document is taken at most, if `rows` is not given.
        skipped: rows at the beginning that an earlier stage has used.

    Raises:
        TrainingError: a language is missing, or there is nothing to train on.
    """
    if not streams or not all(stream.total_bytes for stream in streams):
        raise TrainingError("the datasets hold no text; there is nothing to train on")
    shares = _shares(streams, ratio, unit)
    if rows is None:
        sizes = np.array([_size(stream, unit) for stream in streams])
        least = float((epochs * sizes / shares).min())
        # Without the tolerance, the language that runs out first could lose its last row to
        # rounding.
        full = epochs * sizes / shares <= least * (1 + 1e-9)
        ends = [
            math.floor(epochs * stream.total_tokens) if whole else None
            for stream, whole in zip(streams, full, strict=True)
        ]
        counts = [
            math.ceil((end or least * share / size * stream.total_tokens) / stream.max_length)
            for stream, share, size, end in zip(streams, shares, sizes, ends, strict=True)
        ]
        merged = _merged(streams, counts, shares, unit, ends)
        return _described(streams, merged, skipped, ends, unit)
    wanted = rows + skipped
    tokens_per_unit = [stream.total_tokens / _size(stream, unit) for stream in streams]
    weights = shares * np.array(tokens_per_unit)
    slack = 1.05
    while True:
        counts = [math.ceil(wanted * slack * one / weights.sum()) + 8 for one in weights]
        merged = _merged(streams, counts, shares, unit, [None] * len(streams))
        used = [int((merged[0][:wanted] == index).sum()) for index in range(len(streams))]
        if all(one < count for one, count in zip(used, counts, strict=True)):
            kept = merged[0][:wanted], merged[1][:wanted]
            return _described(streams, kept, skipped, [None] * len(streams), unit)
        slack *= 1.5


def _merged(
    streams: Sequence[TokenStream],
    counts: Sequence[int],
    shares: NDArray[np.float64],
    unit: Unit,
    ends: Sequence[int | None],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    keys, owners, numbers = [], [], []
    for index, (stream, count, end) in enumerate(zip(streams, counts, ends, strict=True)):
        amounts = _row_ends(stream, count, unit, end)
        # The middle of a row, so that neither of two languages is always a whole row ahead.
        keys.append((amounts[:-1] + amounts[1:]) / 2 / shares[index])
        owners.append(np.full(count, index, dtype=np.int64))
        numbers.append(np.arange(count, dtype=np.int64))
    order = np.argsort(np.concatenate(keys), kind="stable")
    return np.concatenate(owners)[order], np.concatenate(numbers)[order]


def _described(
    streams: Sequence[TokenStream],
    merged: tuple[NDArray[np.int64], NDArray[np.int64]],
    skipped: int,
    ends: Sequence[int | None],
    unit: Unit,
) -> MixedRows:
    owners, numbers = merged[0][skipped:], merged[1][skipped:]
    amounts, epochs = [], []
    for index, (stream, end) in enumerate(zip(streams, ends, strict=True)):
        of_stream = numbers[owners == index]
        if len(of_stream) == 0:
            amounts.append(0.0)
            epochs.append(0.0)
            continue
        reached = _row_ends(stream, int(of_stream[-1]) + 1, unit, end)
        amounts.append(float(reached[-1] - reached[int(of_stream[0])]))
        last = (int(of_stream[-1]) + 1) * stream.max_length
        epochs.append((last if end is None else min(last, end)) / stream.total_tokens)
    whole = sum(amounts) or 1.0
    return MixedRows(
        owners, numbers, tuple(ends), tuple(one / whole for one in amounts), tuple(epochs)
    )
