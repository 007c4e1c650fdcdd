"""The documents of one language as one endless, shuffled, addressable row of tokens.

Row `n` holds the tokens from `n * max_length` on: every row is full, no token is left out, and a
document that crosses the end of a row goes on in the next one. Any row is found without reading
those before it, so a run is resumed at once, wherever it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.token_files import TokenPart

__all__ = ["Epoch", "TokenRow", "TokenStream"]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One row of a batch.

    Attributes:
        input_ids: ids of all pieces, int64.
        labels: what is trained; the first token of every piece is not.
        lengths: tokens of each piece of a document, in order.
        groups: of each piece, the index of its source (`TokenStream.group_names`).
    """

    input_ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    lengths: tuple[int, ...]
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One order of all documents.

    Attributes:
        order: number of the document at each place, int32.
        token_ends: tokens up to and with the document at each place, int64.
    """

    order: NDArray[np.int32]
    token_ends: NDArray[np.int64]


class TokenStream:
    """All documents of one language, shuffled anew for every epoch.

    Args:
        language: the language.
        parts: its token files; other languages are left out.
        max_length: tokens of a row.
        seed: decides the order.
        first_group: number of the first of this stream's sources.
    """

    def __init__(
        self,
        language: str,
        parts: Sequence[TokenPart],
        max_length: int,
        seed: int,
        first_group: int = 0,
    ) -> None:
        self.language = language
        self.max_length = max_length
        self._parts = [part for part in parts if part.language == language]
        self._seed = seed
        self._first_of_part = np.cumsum([0, *(len(part.ends) for part in self._parts)])
        names = {name for part in self._parts for name in part.source_names}
        used = sorted(name for name in names if self._has_source(name))
        self.group_names = tuple(used)
        self._groups = {name: first_group + index for index, name in enumerate(used)}
        self._lengths = _joined([np.diff(part.ends, prepend=0) for part in self._parts])
        self._bytes = _joined([np.asarray(part.text_bytes) for part in self._parts])
        self.total_tokens = int(self._lengths.sum(dtype=np.int64))
        self.total_bytes = int(self._bytes.sum(dtype=np.int64))
        self.documents = len(self._lengths)
        # Two, because a row can begin in one epoch and end in the next.
        self.epoch = lru_cache(maxsize=2)(self._shuffled)

    def __reduce__(self) -> tuple[Any, ...]:
        first = min(self._groups.values(), default=0)
        return TokenStream, (self.language, self._parts, self.max_length, self._seed, first)

    def _has_source(self, name: str) -> bool:
        return any(
            name in part.source_names
            and bool((part.sources == part.source_names.index(name)).any())
            for part in self._parts
        )

    def _shuffled(self, number: int) -> Epoch:
        generator = np.random.Generator(
            np.random.PCG64([self._seed, number, *map(ord, self.language)])
        )
        order = generator.permutation(np.arange(self.documents, dtype=np.int32))
        return Epoch(order, np.cumsum(self._lengths[order], dtype=np.int64))

    def bytes_until(self, tokens: NDArray[np.int64]) -> NDArray[np.float64]:
        """Bytes of text that stand before a place of the stream, given in tokens.

        Exact where a document ends; inside a document its bytes are spread evenly.
        """
        found = np.empty(len(tokens), dtype=np.float64)
        epochs = tokens // self.total_tokens
        for number in np.unique(epochs):
            one = self.epoch(int(number))
            chosen = epochs == number
            places = tokens[chosen] - number * self.total_tokens
            byte_ends = np.cumsum(self._bytes[one.order], dtype=np.int64)
            found[chosen] = number * self.total_bytes + np.interp(
                places, np.append(0, one.token_ends), np.append(0, byte_ends)
            )
        return found

    def predicted_bytes(self) -> float:
        """Bytes of text of the tokens that are predicted when the stream is gone through once.

        Nothing predicts the first token of what a row cuts off a document; with another tokenizer
        that is more or less text. The first token of a whole document stands before its text.
        Bytes of a document are spread evenly over its tokens.
        """
        one = self.epoch(0)
        cuts = np.arange(self.max_length, self.total_tokens, self.max_length, dtype=np.int64)
        # A row that begins where a document does cuts nothing off.
        cuts = cuts[~np.isin(cuts, one.token_ends)]
        cut = one.order[np.searchsorted(one.token_ends, cuts, side="right")]
        return self.total_bytes - float((self._bytes[cut] / self._lengths[cut]).sum())

    def row(self, number: int, end: int | None = None) -> TokenRow:
        """A row of the stream.

        Args:
            number: its number, from 0.
            end: where the stream ends, in tokens; the last row may be shorter.
        """
        start = number * self.max_length
        stop = start + self.max_length if end is None else min(start + self.max_length, end)
        pieces: list[NDArray[np.int64]] = []
        groups: list[int] = []
        while start < stop:
            epoch, place = divmod(start, self.total_tokens)
            one = self.epoch(epoch)
            index = int(np.searchsorted(one.token_ends, place, side="right"))
            document = int(one.order[index])
            length = int(self._lengths[document])
            begun = place - (int(one.token_ends[index]) - length)
            taken = min(length - begun, stop - start)
            ids, group = self._piece(document, begun, taken)
            pieces.append(ids)
            groups.append(group)
            start += taken
        input_ids = np.concatenate(pieces)
        lengths = tuple(len(piece) for piece in pieces)
        return TokenRow(input_ids, unpredicted(input_ids, lengths), lengths, tuple(groups))

    def _piece(self, document: int, begun: int, taken: int) -> tuple[NDArray[np.int64], int]:
        number = int(np.searchsorted(self._first_of_part, document, side="right")) - 1
        part = self._parts[number]
        local = document - int(self._first_of_part[number])
        first = int(part.ends[local - 1]) if local else 0
        ids = part.tokens[first + begun : first + begun + taken].astype(np.int64)
        return ids, self._groups[part.source_names[int(part.sources[local])]]


def unpredicted(
    ids: NDArray[np.int64], lengths: Sequence[int], ignored: int = -100
) -> NDArray[np.int64]:
    """Labels of packed pieces: their ids, but nothing predicts the first token of a piece."""
    labels = ids.copy()
    labels[np.cumsum([0, *lengths[:-1]])] = ignored
    return labels


def _joined(arrays: Sequence[NDArray[np.int64]]) -> NDArray[np.int32]:
    """One number of every document; int32, because there are tens of millions of them."""
    return np.concatenate([one.astype(np.int32) for one in arrays] or [np.zeros(0, np.int32)])
