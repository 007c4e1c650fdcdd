"""Trains the fast word model on the words of Kiwi and spaCy, and measures its error.

python tests/bench/calibrate_words.py --data ../shared/data [--write]

A tenth of the documents is held out; the table shows, for each kind of text, how many words the
model finds alike (F1 over word slices) and the ratio of word counts. With ``--write`` the weights
go into the package.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl
from boundary_training import train
from real_data import corpus_files, documents, sentences
from rich.console import Console
from rich.table import Table

from bllossom_data.corpus import boundaries
from bllossom_data.corpus.batches import TextBatch, text_batch
from bllossom_data.corpus.boundaries import pack_weights, words_with
from bllossom_data.corpus.characters import character_classes
from bllossom_data.corpus.word_kernels import strip_words
from bllossom_data.corpus.words import EnglishWords, Words, kiwi_words

EPOCHS = 5
BYTES_PER_FILE = {"ko": 2_000_000, "en": 3_000_000}
HELD_OUT_EVERY = 10


def training_documents(data: Path, language: str) -> list[tuple[str, str]]:
    """Documents with the name of their kind: every second corpus document, and sentences."""
    result = []
    for path in corpus_files(data, language):
        taken = 0
        texts = documents(path)[::2]
        if path.name.startswith("nsmc"):
            texts = ["\n".join(texts[first : first + 20]) for first in range(0, len(texts), 20)]
        for place in np.random.default_rng(1).permutation(len(texts)):
            if taken > BYTES_PER_FILE[language]:
                break
            result.append((path.name.split(".")[0], texts[place]))
            taken += len(texts[place].encode())
    for name, groups in sentences(data, language).items():
        result += [(name, group) for group in groups]
    return result


def reference_words(texts: list[str], language: str) -> tuple[TextBatch, Words]:
    batch = text_batch(pl.Series(texts))
    words = EnglishWords()(batch) if language == "en" else kiwi_words(texts, batch)
    classes = character_classes()
    return batch, Words(*strip_words(batch.codes, words.starts, words.ends, words.offsets, classes))


def slices(words: Words, document: int) -> set[tuple[int, int]]:
    chosen = slice(words.offsets[document], words.offsets[document + 1])
    return set(zip(words.starts[chosen].tolist(), words.ends[chosen].tolist(), strict=True))


def error_table(
    language: str, kinds: list[str], reference: Words, found: Words, speed: float
) -> Table:
    table = Table(title=f"{language}: {speed:.0f} MB/s on one core, held-out documents")
    for column in ("text", "documents", "words", "F1", "count ratio"):
        table.add_column(column, justify="left" if column == "text" else "right")
    for kind in [*dict.fromkeys(kinds), "all"]:
        places = [place for place, name in enumerate(kinds) if kind in (name, "all")]
        pairs = [(slices(reference, place), slices(found, place)) for place in places]
        n_true = sum(len(true) for true, _ in pairs)
        n_found = sum(len(ours) for _, ours in pairs)
        alike = sum(len(true & ours) for true, ours in pairs)
        table.add_row(
            kind, f"{len(places):,}", f"{n_true:,}",
            f"{2 * alike / max(n_true + n_found, 1):.4f}", f"{n_found / max(n_true, 1):.4f}",
        )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--languages", nargs="+", default=["en", "ko"])
    options = parser.parse_args()
    for language in options.languages:
        labelled = training_documents(options.data, language)
        kept_out = labelled[::HELD_OUT_EVERY]
        used = [row for place, row in enumerate(labelled) if place % HELD_OUT_EVERY]
        weights = train(*reference_words([text for _, text in used], language), EPOCHS, language)
        texts = [text for _, text in kept_out]
        batch, reference = reference_words(texts, language)
        packed = pack_weights(weights)
        words_with(batch, packed, language)
        begin = time.perf_counter()
        found = words_with(batch, packed, language)
        speed = sum(len(text.encode()) for text in texts) / (time.perf_counter() - begin) / 1e6
        Console().print(
            error_table(language, [kind for kind, _ in kept_out], reference, found, speed)
        )
        if options.write:
            target = Path(boundaries.__file__).with_name(f"boundaries_{language}.npz")
            np.savez_compressed(target, weights=weights)


if __name__ == "__main__":
    main()
