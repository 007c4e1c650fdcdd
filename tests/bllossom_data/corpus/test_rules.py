import polars as pl
import pytest

from bllossom_data.corpus.rules import (
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
