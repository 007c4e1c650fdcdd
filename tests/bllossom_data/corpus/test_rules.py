import polars as pl
import pytest

from bllossom_data.corpus.rules import (
    ENGLISH_STOP_WORDS,
    KOREAN_STOP_WORDS,
    PROFILES,
    RULE_BITS,
    RULES,
    THRESHOLD_NAMES,
    active_rules,
    failed_mask,
    reasons_of,
    thresholds_of,
)
from bllossom_data.errors import RecipeError


def test_every_rule_has_its_own_reason_and_they_fit_a_64_bit_mask():
    assert len(RULE_BITS) == len(RULES) <= 64


def test_profiles_name_only_thresholds_that_exist():
    for languages in PROFILES.values():
        for limits in languages.values():
            assert set(limits) == set(THRESHOLD_NAMES)


def test_all_failed_rules_are_recorded_and_a_missing_signal_fails_none():
    limits = {"min_words": 50, "max_bullet_line_ratio": 0.9, "min_stop_words": 2}
    frame = pl.DataFrame(
        {
            "n_content_words": [10.0, 60.0, None],
            "bullet_line_ratio": [1.0, 0.0, 0.95],
            "n_stop_words": [0.0, 5.0, None],
        }
    )
    masks = frame.select(failed_mask(limits)).to_series().to_list()
    assert [set(reasons_of(mask)) for mask in masks] == [
        {"gopher_short_doc", "gopher_too_many_bullets", "gopher_enough_stop_words"},
        set(),
        {"gopher_too_many_bullets"},
    ]


def test_a_value_at_its_threshold_passes_on_both_sides():
    limits = {"min_words": 50, "max_words": 50}
    frame = pl.DataFrame({"n_content_words": [50.0]})
    assert frame.select(failed_mask(limits)).item() == 0


def test_a_recipe_can_change_and_switch_off_thresholds():
    limits = thresholds_of("fineweb2", "ko", {"min_words": 20, "min_stop_words": None})
    by_name = {rule.threshold: value for rule, value in active_rules(limits)}
    assert by_name["min_words"] == 20
    assert "min_stop_words" not in by_name
    assert by_name["max_top_2_gram_char_frac"] == 0.282


def test_an_unknown_threshold_is_refused_with_the_nearest_one():
    with pytest.raises(RecipeError, match="did you mean min_words"):
        thresholds_of("fineweb2", "ko", {"min_word": 20})


def test_an_unknown_profile_is_refused_with_those_there_are():
    with pytest.raises(RecipeError, match="fineweb2"):
        thresholds_of("fineweb3", "ko", {})


def test_profile_fineweb2_has_the_published_numbers():
    """configs/kor_Hang.yml and the constants of fineweb-2-pipeline.py; datatrove's defaults."""
    off = dict.fromkeys(
        (
            "max_dup_para_frac",
            "max_dup_para_char_frac",
            "max_dup_line_char_frac",
            "max_short_line_ratio",
            "max_spam_terms_per_1000_chars",
            "max_chrome_line_ratio",
            "max_broken_char_ratio",
        )
    )
    common = {
        "min_expected_language": 1,
        "min_lines": 1,
        "min_words": 50,
        "max_words": 100_000,
        "max_hash_word_ratio": 0.1,
        "max_ellipsis_word_ratio": 0.1,
        "max_bullet_line_ratio": 0.9,
        "max_ellipsis_line_ratio": 0.3,
        "min_stop_words": 2,
    }
    korean = {
        "min_language_score": 0.842,
        "max_dup_line_frac": 0.374,
        "max_dup_5_gram_char_frac": 0.201,
        "max_dup_6_gram_char_frac": 0.184,
        "max_dup_7_gram_char_frac": 0.168,
        "max_dup_8_gram_char_frac": 0.154,
        "max_dup_9_gram_char_frac": 0.140,
        "max_dup_10_gram_char_frac": 0.127,
        "max_top_2_gram_char_frac": 0.282,
        "max_top_3_gram_char_frac": 0.228,
        "max_top_4_gram_char_frac": 0.185,
        "min_line_punct_ratio": 0.062,
        "max_char_dup_ratio": 0.1,
        "max_newline_word_ratio": 0.196,
        "min_mean_word_chars": 1,
        "max_mean_word_chars": 6,
        "min_alpha_word_ratio": 0.791,
    }
    english = {
        "min_language_score": 0.65,
        "max_dup_line_frac": 0.3,
        "max_dup_5_gram_char_frac": 0.15,
        "max_dup_6_gram_char_frac": 0.14,
        "max_dup_7_gram_char_frac": 0.13,
        "max_dup_8_gram_char_frac": 0.12,
        "max_dup_9_gram_char_frac": 0.11,
        "max_dup_10_gram_char_frac": 0.10,
        "max_top_2_gram_char_frac": 0.2,
        "max_top_3_gram_char_frac": 0.18,
        "max_top_4_gram_char_frac": 0.16,
        "min_line_punct_ratio": 0.12,
        "max_char_dup_ratio": 0.01,
        "max_newline_word_ratio": 0.3,
        "min_mean_word_chars": 3,
        "max_mean_word_chars": 10,
        "min_alpha_word_ratio": 0.8,
    }
    assert PROFILES["fineweb2"]["ko"] == {**common, **off, **korean}
    assert PROFILES["fineweb2"]["en"] == {**common, **off, **english}
    korean_words = "의 다 이 는 에 을 한 년 하 은 를 했 고 에서 가 있 으로 인 월 로 되"
    assert " ".join(KOREAN_STOP_WORDS) == korean_words
    assert " ".join(ENGLISH_STOP_WORDS) == "the be to of and that have with"
