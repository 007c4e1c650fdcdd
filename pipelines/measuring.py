"""The measure and decide steps, part by part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from bllossom_data.corpus.language import LanguageIdentifier, LanguageModel, load_identifier
from bllossom_data.corpus.rules import Thresholds, failed_mask, unmeasured_mask
from bllossom_data.corpus.signals import SignalMeter, WordMode
from bllossom_data.files import atomic_path

# Text measured at once: enough to make compiled code worth calling, small enough for flat memory.
_BATCH_BYTES = 4_000_000
_HANGUL_SHARE_OF_KOREAN = 0.3


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """What measuring depends on; hashable, so that a worker loads models once.

    Attributes:
        words: ``fast`` or ``exact``.
        model: Where the language model comes from.
        languages: Languages that the dataset may hold.
        source_languages: Pairs of source and its declared language; a source that declares none is
            not among them.
        settling: In ``exact`` mode, thresholds by language as sorted pairs: documents that fail
            without words are not analysed.
    """

    words: WordMode
    model: LanguageModel
    languages: tuple[str, ...]
    source_languages: tuple[tuple[str, str], ...]
    settling: tuple[tuple[str, tuple[tuple[str, float | None], ...]], ...] = ()


@lru_cache(maxsize=1)
def identifier_of(model: LanguageModel) -> LanguageIdentifier:
    """Loads the language model, once per process."""
    return load_identifier(model)


@lru_cache(maxsize=1)
def _meter(settings: MeasureSettings) -> SignalMeter:
    settling = {language: dict(limits) for language, limits in settings.settling}
    return SignalMeter(settings.words, settling or None)


def batches_of(frame: pl.DataFrame, batch_bytes: int = _BATCH_BYTES) -> Iterator[pl.DataFrame]:
    """Cuts a frame with a ``text`` column into row ranges of about ``batch_bytes`` of text."""
    sizes = frame["text"].str.len_bytes().fill_null(0).to_numpy().astype(np.int64)
    if not len(sizes):
        return
    group = np.cumsum(sizes) // batch_bytes
    cuts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(sizes)]
    for first, last in pairwise(cuts):
        yield frame.slice(first, last - first)


def identify_languages(documents: pl.DataFrame, settings: MeasureSettings) -> pl.DataFrame:
    """Names the language of documents and whose thresholds apply.

    Args:
        documents: Columns ``id``, ``text`` and ``source``.
        settings: Model, wanted languages and the sources' languages.

    Returns:
        ``id``, ``lid_language``, ``lid_score``, ``language`` and ``expected_language`` (1 when the
        document is in a language that its source and the dataset ask for, else 0). ``language`` is
        the identified one where it is Korean or English, else the source's, else by script.
    """
    found = identifier_of(settings.model).identify(documents["text"])
    declared = pl.col("source").replace_strict(
        dict(settings.source_languages), default=None, return_dtype=pl.String
    )
    identified = documents.select(
        "id",
        lid_language=found.languages,
        lid_score=pl.Series(found.scores).cast(pl.Float64),
        declared=declared,
    )
    known = pl.when(pl.col("lid_language").is_in(["ko", "en"])).then("lid_language")
    identified = identified.with_columns(language=known.otherwise("declared"))
    # Scripts are counted only where nothing else says whose thresholds apply.
    unknown = identified["language"].is_null()
    if unknown.any():
        by_script = _languages_by_script(documents["text"].filter(unknown))
        language = identified["language"].scatter(unknown.arg_true(), by_script)
        identified = identified.with_columns(language=language)
    expected = pl.col("lid_language").is_in(list(settings.languages)) & (
        pl.col("declared").is_null() | (pl.col("declared") == pl.col("lid_language"))
    )
    return identified.with_columns(expected_language=expected.cast(pl.Int8)).drop("declared")


def _languages_by_script(texts: pl.Series) -> pl.Series:
    hangul = texts.str.count_matches("[가-힣]")
    letters = texts.str.count_matches(r"\pL")
    return (hangul > letters * _HANGUL_SHARE_OF_KOREAN).replace_strict({True: "ko", False: "en"})


def measure_part(documents: Path, target: Path, settings: MeasureSettings) -> None:
    """Measures an ingest part and writes its measure part."""
    frame = pl.read_parquet(documents, columns=["id", "text", "source"])
    meter = _meter(settings)
    measured = [
        meter.measure(batch["text"], identify_languages(batch, settings))
        for batch in batches_of(frame)
    ] or [meter.measure(frame["text"], identify_languages(frame, settings))]
    with atomic_path(target) as temporary:
        pl.concat(measured).write_parquet(temporary, compression="zstd", statistics=False)


def decide(signals: pl.DataFrame, thresholds: Mapping[str, Thresholds]) -> pl.DataFrame:
    """Applies every rule to every document.

    Args:
        signals: Columns of a measure part.
        thresholds: Thresholds by language.

    Returns:
        ``id``, ``kept``, the bit masks ``failed`` and ``unmeasured`` of
        `bllossom_data.corpus.rules.RULES`, and ``quality``: the share of lines that end a sentence
        times the share of characters outside repeated runs of five words, by which the best of
        several duplicates is chosen.
    """
    failed = pl.lit(0, dtype=pl.UInt64)
    unmeasured = pl.lit(0, dtype=pl.UInt64)
    for language, limits in thresholds.items():
        applies = pl.col("language") == language
        failed = pl.when(applies).then(failed_mask(limits)).otherwise(failed)
        unmeasured = pl.when(applies).then(unmeasured_mask(limits)).otherwise(unmeasured)
    quality = pl.col("line_punct_ratio") * (1 - pl.col("dup_5_gram_char_frac"))
    return signals.select(
        "id",
        kept=failed == 0,
        failed=failed,
        unmeasured=unmeasured,
        quality=quality.fill_null(0.0).cast(pl.Float32),
    )


def decide_part(measured: Path, target: Path, thresholds: Mapping[str, Thresholds]) -> None:
    """Decides a measure part and writes its decide part."""
    decided = decide(pl.read_parquet(measured), thresholds)
    with atomic_path(target) as temporary:
        decided.write_parquet(temporary, compression="zstd", statistics=False)
