"""Goes on with the training of a byte-level BPE from where the base tokenizer ended."""

import codecs
import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from training.vocabulary.corpus_text import HANGUL_FIRST, HANGUL_LAST

__all__ = ["Merge", "continue_bpe", "is_hangul_or_its_beginning"]

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Merge:
    """One new token: its two parts, and how often they stood side by side.

    Attributes:
        left: token on the left, in the alphabet of the byte-level tokenizer.
        right: token on the right.
        count: occurrences in the corpus when it was chosen.
    """

    left: str
    right: str
    count: int

    @property
    def token(self) -> str:
        """The new token."""
        return self.left + self.right


def is_hangul_or_its_beginning(data: bytes) -> bool:
    """Whether bytes are Hangul syllables, or the first two bytes of one.

    A space before them is allowed. Such a merge cannot occur in text without Hangul, so ids of
    all other text stay as they are; merges of continuation bytes alone could occur anywhere.
    """
    data = data.removeprefix(b" ")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(data)
    except UnicodeDecodeError:
        return False
    rest = decoder.getstate()[0]
    if rest:
        return not text and len(rest) == 2 and b"\xea\xb0" <= rest <= b"\xed\x9e"
    return bool(text) and all(HANGUL_FIRST <= ord(letter) <= HANGUL_LAST for letter in text)


class _Words:
    """Words as sequences of tokens, with the pairs that stand in them."""

    def __init__(self, words: Iterable[tuple[Sequence[str], int]]) -> None:
        self.words = [(list(symbols), count) for symbols, count in words]
        self.counts: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[int]] = defaultdict(set)
        for number, (symbols, count) in enumerate(self.words):
            for pair in pairwise(symbols):
                self.counts[pair] += count
                self.places[pair].add(number)

    def merge(self, merged: Pair) -> set[Pair]:
        """Puts a pair together wherever it stands; returns the pairs whose count changed."""
        changed: set[Pair] = set()
        for number in self.places.pop(merged):
            symbols, count = self.words[number]
            for pair in pairwise(symbols):
                self.counts[pair] -= count
                changed.add(pair)
                self.places[pair].discard(number)
            symbols[:] = _joined(symbols, merged)
            for pair in pairwise(symbols):
                self.counts[pair] += count
                changed.add(pair)
                self.places[pair].add(number)
        for pair in changed:
            if not self.counts[pair]:
                del self.counts[pair]
                self.places.pop(pair, None)
        return changed


def _joined(symbols: Sequence[str], pair: Pair) -> list[str]:
    joined: list[str] = []
    place = 0
    while place < len(symbols):
        if tuple(symbols[place : place + 2]) == pair:
            joined.append(pair[0] + pair[1])
            place += 2
        else:
            joined.append(symbols[place])
            place += 1
    return joined


def continue_bpe(
    words: Iterable[tuple[Sequence[str], int]],
    known: Mapping[str, int],
    allowed: Callable[[str], bool],
    tokens: int,
    min_count: int,
) -> list[Merge]:
    """Chooses merges that go after all of the base tokenizer's (arXiv 2512.03989).

    The most frequent pair becomes a token, again and again, as when BPE is trained (Sennrich et
    al. 2016, section 3.2), but on words that the base merges have already been applied to. A pair
    that spells a token which there is already is left alone: made late, it could take part in an
    earlier merge, and the encoder would no longer do what was counted here. So every new token is
    reached.

    Args:
        words: words as the base tokenizer's tokens, with their counts.
        known: tokens of the base.
        allowed: whether a token may be made.
        tokens: how many to make at most.
        min_count: occurrences that a pair needs.

    Returns:
        The merges in order; fewer than `tokens` where no pair is frequent enough.
    """
    state = _Words(words)
    taken = set(known)
    heap: list[tuple[int, str, str]] = []

    def offer(pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            count = state.counts.get(pair, 0)
            token = pair[0] + pair[1]
            if count >= min_count and token not in taken and allowed(token):
                heapq.heappush(heap, (-count, *pair))

    offer(state.counts)
    merges: list[Merge] = []
    while heap and len(merges) < tokens:
        negative, left, right = heapq.heappop(heap)
        # Counts change after they were offered; the entry with the present count is there too.
        if state.counts.get((left, right), 0) != -negative or left + right in taken:
            continue
        merges.append(Merge(left, right, -negative))
        taken.add(left + right)
        offer(state.merge((left, right)))
    return merges
