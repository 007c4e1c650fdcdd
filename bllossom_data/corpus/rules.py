"""Rules: a signal, a threshold and the reason given when a document fails.

A profile is a table of thresholds per language; a recipe may change any of them. Deciding is one
Polars expression over the columns of signals, so trying other thresholds costs seconds. Every rule
is applied to every document, and what failed is kept as a bit mask.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from bllossom_data.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Rule:
    """One way for a document to be dropped.

    Attributes:
        reason: What is recorded when the rule fails; the bit is its place in `RULES`.
        threshold: Name of the threshold in a profile or recipe.
        signal: Column of the measure step that is compared.
        side: ``above``: values above the threshold fail; ``below``: values below it fail.
        needs_words: Whether the signal is counted in words (morphemes, tokens).
        description: What is measured, in English.
        description_ko: The same in Korean.
    """

    reason: str
    threshold: str
    signal: str
    side: Literal["above", "below"]
    needs_words: bool
    description: str
    description_ko: str


def _top(size: int) -> Rule:
    return Rule(
        f"top_{size}_gram",
        f"max_top_{size}_gram_char_frac",
        f"top_{size}_gram_char_frac",
        "above",
        True,
        f"share of characters in the most frequent run of {size} words",
        f"가장 자주 나오는 {size}단어 묶음이 차지하는 글자 비율",
    )


def _duplicate(size: int) -> Rule:
    return Rule(
        f"duplicated_{size}_n_grams",
        f"max_dup_{size}_gram_char_frac",
        f"dup_{size}_gram_char_frac",
        "above",
        True,
        f"share of characters in repeated runs of {size} words",
        f"되풀이되는 {size}단어 묶음이 차지하는 글자 비율",
    )


RULES: tuple[Rule, ...] = (
    Rule("language", "min_expected_language", "expected_language", "below", False,
         "whether the document is in a language that its source and dataset ask for",
         "출처와 데이터셋이 요구하는 언어인지"),
    Rule("language_score", "min_language_score", "lid_score", "below", False,
         "certainty of the language identification", "언어 판별 확신도"),
    Rule("empty", "min_lines", "n_lines", "below", False,
         "lines that are not blank", "비어 있지 않은 줄 수"),
    Rule("dup_para_frac", "max_dup_para_frac", "dup_para_frac", "above", False,
         "share of paragraphs that repeat an earlier one", "되풀이되는 문단의 비율"),
    Rule("dup_para_char_frac", "max_dup_para_char_frac", "dup_para_char_frac", "above", False,
         "share of characters in repeated paragraphs", "되풀이되는 문단의 글자 비율"),
    Rule("dup_line_frac", "max_dup_line_frac", "dup_line_frac", "above", False,
         "share of lines that repeat an earlier one", "되풀이되는 줄의 비율"),
    Rule("dup_line_char_frac", "max_dup_line_char_frac", "dup_line_char_frac", "above", False,
         "share of characters in repeated lines", "되풀이되는 줄의 글자 비율"),
    *(_top(size) for size in (2, 3, 4)),
    *(_duplicate(size) for size in (5, 6, 7, 8, 9, 10)),
    Rule("line_punct_ratio", "min_line_punct_ratio", "line_punct_ratio", "below", False,
         "share of lines that end a sentence", "문장 부호로 끝나는 줄의 비율"),
    Rule("short_line_ratio", "max_short_line_ratio", "short_line_ratio", "above", False,
         "share of lines of 30 characters or fewer", "30자 이하인 줄의 비율"),
    Rule("char_dup_ratio", "max_char_dup_ratio", "char_dup_ratio", "above", False,
         "share of characters in repeated lines, line breaks left out",
         "되풀이되는 줄의 글자 비율(줄 바꿈 제외)"),
    Rule("list_ratio", "max_newline_word_ratio", "newline_word_ratio", "above", True,
         "line breaks per word", "단어당 줄 바꿈 수"),
    Rule("gopher_short_doc", "min_words", "n_content_words", "below", True,
         "words that are not only punctuation", "문장 부호가 아닌 단어 수"),
    Rule("gopher_long_doc", "max_words", "n_content_words", "above", True,
         "words that are not only punctuation", "문장 부호가 아닌 단어 수"),
    Rule("gopher_below_avg_threshold", "min_mean_word_chars", "mean_word_chars", "below", True,
         "mean characters per word", "단어의 평균 글자 수"),
    Rule("gopher_above_avg_threshold", "max_mean_word_chars", "mean_word_chars", "above", True,
         "mean characters per word", "단어의 평균 글자 수"),
    Rule("gopher_too_many_hashes", "max_hash_word_ratio", "hash_word_ratio", "above", True,
         "hash signs per word", "단어당 # 기호 수"),
    Rule("gopher_too_many_ellipsis", "max_ellipsis_word_ratio", "ellipsis_word_ratio", "above",
         True, "ellipses per word", "단어당 말줄임표 수"),
    Rule("gopher_too_many_bullets", "max_bullet_line_ratio", "bullet_line_ratio", "above", False,
         "share of lines that begin with a bullet", "글머리 기호로 시작하는 줄의 비율"),
    Rule("gopher_too_many_end_ellipsis", "max_ellipsis_line_ratio", "ellipsis_line_ratio",
         "above", False, "share of lines that end with an ellipsis",
         "말줄임표로 끝나는 줄의 비율"),
    Rule("gopher_below_alpha_threshold", "min_alpha_word_ratio", "alpha_word_ratio", "below",
         True, "share of words with a letter", "글자가 들어 있는 단어의 비율"),
    Rule("gopher_enough_stop_words", "min_stop_words", "n_stop_words", "below", True,
         "different stop words", "서로 다른 불용어의 수"),
    Rule("spam_terms", "max_spam_terms_per_1000_chars", "spam_terms_per_1000_chars", "above",
         False, "gambling, massage and loan spam terms per 1,000 characters",
         "1,000자당 도박·마사지·대출 광고어 수"),
    Rule("board_chrome", "max_chrome_line_ratio", "chrome_line_ratio", "above", False,
         "share of lines that belong to a page, not to its text",
         "본문이 아닌 화면 요소 줄의 비율"),
    Rule("mojibake", "max_broken_char_ratio", "broken_char_ratio", "above", False,
         "share of characters that only a wrong decoding makes", "깨진 글자의 비율"),
)  # fmt: skip
RULE_BITS: dict[str, int] = {rule.reason: bit for bit, rule in enumerate(RULES)}
THRESHOLD_NAMES: tuple[str, ...] = tuple(dict.fromkeys(rule.threshold for rule in RULES))

KOREAN_STOP_WORDS = (
    "의", "다", "이", "는", "에", "을", "한", "년", "하", "은", "를", "했", "고", "에서", "가",
    "있", "으로", "인", "월", "로", "되",
)  # fmt: skip
ENGLISH_STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")

Thresholds = Mapping[str, float | None]
"""Threshold by name; a rule whose threshold is absent or None is off."""

_COMMON: Thresholds = {
    "min_expected_language": 1,
    "min_lines": 1,
    "min_words": 50,
    "max_words": 100_000,
    "max_hash_word_ratio": 0.1,
    "max_ellipsis_word_ratio": 0.1,
    "max_bullet_line_ratio": 0.9,
    "max_ellipsis_line_ratio": 0.3,
    "min_stop_words": 2,
    "max_dup_para_frac": None,
    "max_dup_para_char_frac": None,
    "max_dup_line_char_frac": None,
    "max_short_line_ratio": None,
    "max_spam_terms_per_1000_chars": None,
    "max_chrome_line_ratio": None,
    "max_broken_char_ratio": None,
}
PROFILES: Mapping[str, Mapping[str, Thresholds]] = {
    "fineweb2": {
        "ko": {
            **_COMMON,
            "min_language_score": 0.842,
            "max_dup_line_frac": 0.374,
            "max_top_2_gram_char_frac": 0.282,
            "max_top_3_gram_char_frac": 0.228,
            "max_top_4_gram_char_frac": 0.185,
            "max_dup_5_gram_char_frac": 0.201,
            "max_dup_6_gram_char_frac": 0.184,
            "max_dup_7_gram_char_frac": 0.168,
            "max_dup_8_gram_char_frac": 0.154,
            "max_dup_9_gram_char_frac": 0.140,
            "max_dup_10_gram_char_frac": 0.127,
            "min_line_punct_ratio": 0.062,
            "max_char_dup_ratio": 0.1,
            "max_newline_word_ratio": 0.196,
            "min_mean_word_chars": 1,
            "max_mean_word_chars": 6,
            "min_alpha_word_ratio": 0.791,
        },
        "en": {
            **_COMMON,
            "min_language_score": 0.65,
            "max_dup_line_frac": 0.3,
            "max_top_2_gram_char_frac": 0.2,
            "max_top_3_gram_char_frac": 0.18,
            "max_top_4_gram_char_frac": 0.16,
            "max_dup_5_gram_char_frac": 0.15,
            "max_dup_6_gram_char_frac": 0.14,
            "max_dup_7_gram_char_frac": 0.13,
            "max_dup_8_gram_char_frac": 0.12,
            "max_dup_9_gram_char_frac": 0.11,
            "max_dup_10_gram_char_frac": 0.10,
            "min_line_punct_ratio": 0.12,
            "max_char_dup_ratio": 0.01,
            "max_newline_word_ratio": 0.3,
            "min_mean_word_chars": 3,
            "max_mean_word_chars": 10,
            "min_alpha_word_ratio": 0.8,
        },
    }
}
"""Thresholds of FineWeb-2 (Penedo et al. 2025, ``configs/kor_Hang.yml`` and the constants of its
pipeline; English from the defaults of datatrove's filters)."""


def thresholds_of(profile: str, language: str, changes: Thresholds) -> Thresholds:
    """Returns a profile's thresholds for a language with a recipe's changes.

    Raises:
        RecipeError: The profile or a threshold does not exist; the message names the nearest one.
    """
    if profile not in PROFILES:
        raise RecipeError(f"profile = {profile!r} does not exist; there is {', '.join(PROFILES)}")
    for name in changes:
        if name not in THRESHOLD_NAMES:
            near = difflib.get_close_matches(name, THRESHOLD_NAMES, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RecipeError(
                f"[decide.{language}] {name} is not a threshold{hint} "
                f"There are: {', '.join(THRESHOLD_NAMES)}"
            )
    return {**PROFILES[profile][language], **changes}


def settling_thresholds(thresholds: Thresholds) -> Thresholds:
    """Returns the thresholds of the rules that need no words: they can settle a verdict alone."""
    without_words = {rule.threshold for rule in RULES if not rule.needs_words}
    return {name: value for name, value in thresholds.items() if name in without_words}


def active_rules(thresholds: Thresholds) -> list[tuple[Rule, float]]:
    """Returns the rules that have a threshold, with it."""
    return [
        (rule, float(value))
        for rule in RULES
        if (value := thresholds.get(rule.threshold)) is not None
    ]


def failed_mask(thresholds: Thresholds) -> pl.Expr:
    """Returns the bit mask of the rules that a document of signals fails, as a UInt64 column."""
    mask = pl.lit(0, dtype=pl.UInt64)
    for rule, threshold in active_rules(thresholds):
        signal = pl.col(rule.signal)
        failed = signal > threshold if rule.side == "above" else signal < threshold
        mask = mask | pl.when(failed).then(1 << RULE_BITS[rule.reason]).otherwise(0).cast(pl.UInt64)
    return mask


def unmeasured_mask(thresholds: Thresholds) -> pl.Expr:
    """Returns the bit mask of the rules whose signal was not measured for a document."""
    mask = pl.lit(0, dtype=pl.UInt64)
    for rule, _ in active_rules(thresholds):
        missing = pl.col(rule.signal).is_null()
        mask = mask | pl.when(missing).then(1 << RULE_BITS[rule.reason]).otherwise(0).cast(
            pl.UInt64
        )
    return mask


def reasons_of(mask: int) -> list[str]:
    """Returns the reasons of a bit mask, in the order of `RULES`."""
    return [rule.reason for bit, rule in enumerate(RULES) if mask >> bit & 1]
