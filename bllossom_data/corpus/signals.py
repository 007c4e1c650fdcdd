"""Signals: one measured number per document and name. Measuring never drops anything.

Every signal of FineWeb-2's filters is here under a name that says what it is; which reason of
datatrove's it decides is written in `bllossom_data.corpus.rules`.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import polars as pl

from bllossom_data.corpus.batches import TextBatch, text_batch
from bllossom_data.corpus.boundaries import fast_words
from bllossom_data.corpus.characters import character_classes
from bllossom_data.corpus.hashing import text_hash
from bllossom_data.corpus.line_kernels import LINE_COLUMNS, measure_lines
from bllossom_data.corpus.page_kernels import measure_pages
from bllossom_data.corpus.rules import (
    ENGLISH_STOP_WORDS,
    KOREAN_STOP_WORDS,
    Thresholds,
    failed_mask,
    settling_thresholds,
)
from bllossom_data.corpus.word_kernels import WORD_COLUMNS, measure_words, strip_words
from bllossom_data.corpus.words import EnglishWords, Words, kiwi_words

SHORT_LINE_CHARS = 30
"""A line of at most so many characters is short (FineWeb)."""

WordMode = Literal["fast", "exact"]
STOP_WORDS: Mapping[str, tuple[str, ...]] = {"ko": KOREAN_STOP_WORDS, "en": ENGLISH_STOP_WORDS}

_RATIOS_PER_WORD = {
    "hash_word_ratio": "n_hashes",
    "ellipsis_word_ratio": "n_ellipses",
    "newline_word_ratio": "n_newlines",
}


class SignalMeter:
    """Measures the signals of documents, batch by batch; keeps what one batch can reuse.

    Args:
        words: ``exact`` counts the words that datatrove would count (Kiwi, spaCy), ``fast`` a
            close model of them.
        thresholds: Thresholds by language. With them, the words of a document that already fails a
            rule without words are not counted in ``exact`` mode, and its word signals are null.
    """

    def __init__(self, words: WordMode, thresholds: Mapping[str, Thresholds] | None = None) -> None:
        self._exact = words == "exact"
        self._english = EnglishWords() if self._exact else None
        self._settling = {
            language: settling_thresholds(limits) for language, limits in (thresholds or {}).items()
        }
        self._stop_hashes = {
            language: np.array([text_hash(word) for word in words], dtype=np.uint64)
            for language, words in STOP_WORDS.items()
        }

    def measure(self, texts: pl.Series, identified: pl.DataFrame) -> pl.DataFrame:
        """Measures a batch.

        Args:
            texts: Documents, NFC.
            identified: Row-aligned columns that rules read beside the signals; ``language`` (``ko``
                or ``en``) says whose words and thresholds apply.

        Returns:
            The columns of ``identified``, then ``n_bytes``, ``n_chars`` and every signal.
        """
        batch = text_batch(texts)
        lines = measure_lines(batch.codes, batch.offsets, character_classes(), SHORT_LINE_CHARS)
        frame = identified.with_columns(
            n_bytes=texts.fill_null("").str.len_bytes().cast(pl.Int64),
            n_chars=pl.Series(np.diff(batch.offsets)),
            **{name: pl.Series(lines[:, column]) for column, name in enumerate(LINE_COLUMNS)},
        ).hstack(measure_pages(texts, batch))
        measured = [
            self._measure_words(language, texts, batch, rows)
            for language in STOP_WORDS
            if len(rows := self._rows_with_words(frame, language))
        ]
        words = pl.concat([_no_words(), *measured])
        frame = frame.with_row_index("row").join(words, on="row", how="left", maintain_order="left")
        return frame.drop("row").with_columns(
            (pl.col(count) / pl.col("n_words")).fill_nan(0.0).alias(name)
            for name, count in _RATIOS_PER_WORD.items()
        )

    def _rows_with_words(self, frame: pl.DataFrame, language: str) -> np.ndarray:
        wanted = (pl.col("language") == language) & (pl.col("n_chars") > 0)
        if self._exact and language in self._settling:
            wanted &= failed_mask(self._settling[language]) == 0
        return frame.select(wanted.arg_true()).to_series().to_numpy()

    def _measure_words(
        self, language: str, texts: pl.Series, batch: TextBatch, rows: np.ndarray
    ) -> pl.DataFrame:
        if len(rows) < len(texts):
            texts = texts.gather(rows)
            batch = text_batch(texts)
        classes = character_classes()
        words = strip_words(batch.codes, *self._find_words(language, texts, batch), classes)
        values = measure_words(
            batch.codes, batch.offsets, *words, classes, self._stop_hashes[language]
        )
        columns = {name: values[:, column] for column, name in enumerate(WORD_COLUMNS)}
        return pl.DataFrame({"row": rows.astype(np.uint32), **columns})

    def _find_words(
        self, language: str, texts: pl.Series, batch: TextBatch
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        words: Words
        if self._english is None:
            words = fast_words(batch, language)
        elif language == "ko":
            words = kiwi_words(texts.fill_null("").to_list(), batch)
        else:
            words = self._english(batch)
        return words.starts, words.ends, words.offsets


def _no_words() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.UInt32, **dict.fromkeys(WORD_COLUMNS, pl.Float64)})
