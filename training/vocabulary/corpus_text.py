"""Lines of a built corpus by language, and its Korean words cut at morphemes."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xxhash

from bllossom_data.korean.morphemes import kiwi
from bllossom_data.progress import Progress
from training.pinned_data import PinnedDataset, open_dataset, require_columns
from training.run_file import DatasetEntry

__all__ = ["HANGUL_FIRST", "HANGUL_LAST", "count_pieces", "has_hangul", "lines_of", "open_corpus"]

HANGUL_FIRST, HANGUL_LAST = 0xAC00, 0xD7A3
LINES_AT_ONCE = 512
HASH_RANGE = 2**64


def has_hangul(text: str) -> bool:
    """Whether a text holds a Hangul syllable."""
    return any(HANGUL_FIRST <= ord(letter) <= HANGUL_LAST for letter in text)


def open_corpus(place: str, split: str) -> PinnedDataset:
    """Opens a built corpus, the folder of a build or `owner/name@commit`, and proves its bytes.

    Raises:
        TrainingError: it is not there, is not what its manifest says, or has no `text`.
    """
    dataset = open_dataset(DatasetEntry(path=place, name="corpus", split=split))
    require_columns(dataset, ("text", "language"), "a vocabulary")
    return dataset


def lines_of(dataset: PinnedDataset, language: str, share: float) -> Iterator[list[str]]:
    """Lines with text of the documents of a language, in order, some hundreds at a time.

    Args:
        dataset: an opened corpus.
        language: `ko` or `en`.
        share: share (0-1) of the documents to take, chosen by a hash of their text.
    """
    lines = _lines(dataset, language, share)
    while some := list(islice(lines, LINES_AT_ONCE)):
        yield some


def _lines(dataset: PinnedDataset, language: str, share: float) -> Iterator[str]:
    for path in dataset.train.files:
        for batch in _batches(path):
            texts, languages = batch.column("text"), batch.column("language")
            for text, found in zip(texts.to_pylist(), languages.to_pylist(), strict=True):
                if found == language and _taken(text, share):
                    yield from (line for line in text.splitlines() if line.strip())


def _batches(path: Path) -> Iterator[Any]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=1000, columns=["text", "language"])


def _taken(text: str, share: float) -> bool:
    return share >= 1 or xxhash.xxh3_64_intdigest(text) < share * HASH_RANGE


def morpheme_starts(morphemes: Sequence[Any]) -> set[int]:
    """Places in a line at which a morpheme begins and no other goes on.

    Morphemes may share a syllable (`했` is `하` and `었`, `간다` is `가` and `ㄴ다`); a syllable is
    never cut, so such a place is none.

    Args:
        morphemes: what Kiwi found, with `start` and `len` in characters.
    """
    spans = [(one.start, one.start + one.len) for one in morphemes]
    starts, reached = set(), 0
    for start, end in sorted(spans):
        if start >= reached:
            starts.add(start)
        reached = max(reached, end)
    return starts


def cut_word(word: str, start: int, cuts: set[int]) -> Iterator[str]:
    """Parts of a word between morphemes; a space before it stays with the first.

    Args:
        word: the word, perhaps with a space before it.
        start: where it begins in its line.
        cuts: places in the line to cut at.
    """
    first = len(word) - len(word.lstrip())
    inside = [place for place in range(first + 1, len(word)) if start + place in cuts]
    for begin, end in pairwise([0, *inside, len(word)]):
        yield word[begin:end]


def count_pieces(
    dataset: PinnedDataset, words_of: Callable[[str], list[str]], share: float, progress: Progress
) -> tuple[Counter[str], int]:
    """Counts the parts of Korean words in a corpus: what lies within one Kiwi morpheme.

    Args:
        dataset: an opened corpus.
        words_of: cuts a line into its words as the tokenizer does; their texts, joined, are the
            line.
        share: share (0-1) of the documents to count.
        progress: where work reports.

    Returns:
        How often each part occurs, and the bytes of the lines with Hangul that were counted.
    """
    counts: Counter[str] = Counter()
    size = 0
    analyser = kiwi()
    with progress.work("Count Korean within morphemes", None, "lines") as advance:
        for lines in lines_of(dataset, "ko", share):
            korean = [line for line in lines if has_hangul(line)]
            for line, morphemes in zip(korean, analyser.tokenize(korean), strict=True):
                cuts = morpheme_starts(morphemes)
                place = 0
                for word in words_of(line):
                    if has_hangul(word):
                        counts.update(cut_word(word, place, cuts))
                    place += len(word)
                size += len(line.encode())
            advance(len(lines))
    return Counter({piece: count for piece, count in counts.items() if has_hangul(piece)}), size
