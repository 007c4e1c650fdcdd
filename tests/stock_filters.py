"""datatrove's own filters with FineWeb-2's settings: what ours must agree with."""

from typing import Any

from datatrove.data import Document
from datatrove.pipeline.filters import (
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils.word_tokenizers import KiwiTokenizer

from bllossom_data.corpus.rules import KOREAN_STOP_WORDS, PROFILES

REPETITION_REASONS = (
    "empty",
    "dup_para_frac",
    "dup_para_char_frac",
    "dup_line_frac",
    "dup_line_char_frac",
    *(f"top_{size}_gram" for size in (2, 3, 4)),
    *(f"duplicated_{size}_n_grams" for size in range(5, 11)),
)
FINEWEB_REASONS = ("empty", "line_punct_ratio", "short_line_ratio", "char_dup_ratio", "list_ratio")
QUALITY_REASONS = (
    "gopher_short_doc",
    "gopher_long_doc",
    "gopher_below_avg_threshold",
    "gopher_above_avg_threshold",
    "gopher_too_many_hashes",
    "gopher_too_many_ellipsis",
    "gopher_too_many_bullets",
    "gopher_too_many_end_ellipsis",
    "gopher_below_alpha_threshold",
    "gopher_enough_stop_words",
)
REASONS_BY_FILTER = (REPETITION_REASONS, FINEWEB_REASONS, QUALITY_REASONS)


def korean_tokenizer() -> KiwiTokenizer:
    """datatrove's Kiwi wrapper with Kiwi's default model; its own choice, sbg, is gone."""
    return KiwiTokenizer(model_type=None)


def stock_filters(language: str) -> list[Any]:
    """The three filters in FineWeb-2's order."""
    limits = PROFILES["fineweb2"][language]
    words = korean_tokenizer() if language == "ko" else "en"
    return [
        GopherRepetitionFilter(
            dup_line_frac=limits["max_dup_line_frac"],
            dup_para_frac=0,
            dup_line_char_frac=0,
            dup_para_char_frac=0,
            top_n_grams=tuple((n, limits[f"max_top_{n}_gram_char_frac"]) for n in (2, 3, 4)),
            dup_n_grams=tuple((n, limits[f"max_dup_{n}_gram_char_frac"]) for n in range(5, 11)),
            language=words,
        ),
        FineWebQualityFilter(
            line_punct_thr=limits["min_line_punct_ratio"],
            short_line_thr=999,
            char_duplicates_ratio=limits["max_char_dup_ratio"],
            new_line_ratio=limits["max_newline_word_ratio"],
            language=words,
        ),
        GopherQualityFilter(
            min_avg_word_length=limits["min_mean_word_chars"],
            max_avg_word_length=limits["max_mean_word_chars"],
            max_non_alpha_words_ratio=limits["min_alpha_word_ratio"],
            stop_words=list(KOREAN_STOP_WORDS) if language == "ko" else None,
            language=words,
        ),
    ]


def stock_reasons(filters: list[Any], text: str) -> list[str | None]:
    """What each filter says of a document: the first reason to drop it, or None.

    A document without words makes the stock list and quality ratios divide by zero, which ends the
    task; None stands for that here.
    """
    reasons: list[str | None] = []
    for stock in filters:
        try:
            result = stock.filter(Document(text=text, id="0"))
        except ZeroDivisionError:
            result = True
        reasons.append(None if result is True else result[1])
    return reasons


def first_reasons(reasons: set[str]) -> list[str | None]:
    """The reason that each stock filter would have given first, from all that failed."""
    return [
        next((reason for reason in order if reason in reasons), None) for order in REASONS_BY_FILTER
    ]
