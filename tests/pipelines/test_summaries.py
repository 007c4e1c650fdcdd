"""Counts of a build, checked against builds whose every verdict was chosen by hand."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hand_made_build import Row, write_build
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bllossom_data.build import Step, StepResult, run_build
from bllossom_data.corpus.rules import PROFILES, RULES
from bllossom_data.errors import StepError
from pipelines.layout import FINAL, STEPS, Layout
from pipelines.summaries import (
    N_BINS,
    bin_edges,
    check_finished,
    count_build,
    count_signals,
    part_frames,
)

SURVIVOR = Row("같은 글의 원본입니다.")
ROWS = [
    SURVIVOR,
    Row("짧다", failed=("gopher_short_doc",)),
    Row("짧고 목록뿐", failed=("gopher_short_doc", "list_ratio")),
    Row("같은 글의 원본입니다!", duplicate=("near", SURVIVOR.id, 0.95)),
    Row("Same text.", source="en-news", language="en", duplicate=("exact", SURVIVOR.id, None)),
    Row("시험 문제가 든 글", leak=("klue", "17", 0.8)),
    Row("전화 010-1234-5678", clean_text="전화 010-0000-0000", edits={"phone": 2}, copies=3),
    Row("전화 셋, 메일 하나", clean_text="전화", edits={"phone": 3, "email": 1}, copies=0),
    Row("English of the mix.", source="en-news", language="en", copies=2),
]


def size(*rows: Row) -> int:
    return sum(len(row.text.encode()) for row in rows)


@pytest.fixture
def layout(tmp_path) -> Layout:
    return write_build(tmp_path, {"all.00000.00000": ROWS})


def flow(layout: Layout) -> dict[tuple[str, str], tuple[int, int]]:
    """Documents and bytes by source and step."""
    return {
        (source, step): (documents, n_bytes)
        for source, _, step, documents, n_bytes in count_build(layout).flow.iter_rows()
    }


def test_each_step_counts_what_it_left(layout):
    found = flow(layout)
    korean = [row for row in ROWS if row.source == "ko-web"]
    kept = [row for row in korean if not row.failed]
    unique = [row for row in kept if not row.duplicate]
    clear = [row for row in unique if not row.leak]
    assert found["ko-web", "ingest"] == found["ko-web", "measure"] == (7, size(*korean))
    assert found["ko-web", "decide"] == (5, size(*kept))
    assert found["ko-web", "deduplicate"] == (4, size(*unique))
    assert found["ko-web", "decontaminate"] == (3, size(*clear))
    cleaned = [replace(row, text=row.clean_text or row.text) for row in clear]
    assert found["ko-web", "clean"] == (3, size(*cleaned))
    assert found["ko-web", "mix"] == (4, size(cleaned[0], cleaned[1], cleaned[1], cleaned[1]))


def test_what_was_published_is_counted_from_the_files_themselves(layout):
    assert ("ko-web", "export") not in flow(layout)
    (layout.final / "data").mkdir(parents=True)
    for split, number, texts in (("train", 0, ["한국어", "글"]), ("validation", 0, ["글"])):
        frame = pl.DataFrame({"text": texts, "source": "ko-web", "language": "ko"})
        frame.write_parquet(layout.final / "data" / f"{split}-{number:05d}-of-00001.parquet")
    assert flow(layout)["ko-web", "export"] == (3, len("한국어글글".encode()))


def test_copies_count_once_before_the_mix_and_each_time_after_it(layout):
    found = flow(layout)
    assert found["en-news", "clean"] == (1, size(ROWS[8]))
    assert found["en-news", "mix"] == (2, 2 * size(ROWS[8]))


def test_reasons_count_every_failed_rule_and_what_only_that_rule_removes(layout):
    counted = {
        (source, reason): (documents, alone, n_bytes)
        for source, _, reason, documents, alone, n_bytes in count_build(layout).reasons.iter_rows()
    }
    assert counted == {
        ("ko-web", "gopher_short_doc"): (2, 1, size(ROWS[1], ROWS[2])),
        ("ko-web", "list_ratio"): (1, 0, size(ROWS[2])),
        ("ko-web", "near_duplicate"): (1, 1, size(ROWS[3])),
        ("en-news", "exact_duplicate"): (1, 1, size(ROWS[4])),
        ("ko-web", "contaminated"): (1, 1, size(ROWS[5])),
    }


def test_a_document_that_failed_a_rule_is_not_also_a_duplicate_or_a_leak(tmp_path):
    row = Row(
        "버려진 사본",
        failed=("language",),
        duplicate=("near", SURVIVOR.id, 0.9),
        leak=("klue", "1", 0.9),
    )
    counts = count_build(write_build(tmp_path, {"a.00000.00000": [row, SURVIVOR]}))
    assert counts.reasons["reason"].to_list() == ["language"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.reason)
def test_every_bit_is_counted_under_its_own_reason(rule, tmp_path):
    layout = write_build(tmp_path, {"a.00000.00000": [Row("글", failed=(rule.reason,))]})
    assert count_build(layout).reasons.row(0)[:5] == ("ko-web", "ko", rule.reason, 1, 1)


def test_edits_add_up_by_source_and_kind(layout):
    assert count_build(layout).edits.rows() == [
        ("ko-web", "email", 1, 1),
        ("ko-web", "phone", 2, 5),
    ]


def test_a_build_without_documents_counts_nothing(tmp_path):
    counts = count_build(write_build(tmp_path, {"a.00000.00000": []}))
    assert counts.flow.is_empty()
    assert counts.reasons.is_empty()
    assert counts.edits.is_empty()


def test_frames_have_the_rows_of_their_part_in_order(layout):
    ((name, frame),) = part_frames(layout)
    assert name == "all.00000.00000.parquet"
    assert frame["id"].to_list() == [row.id for row in ROWS]
    assert frame["clean_bytes"][6] == len(ROWS[6].clean_text.encode())


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.randoms(use_true_random=False))
def test_counts_do_not_depend_on_how_documents_are_cut_into_parts(tmp_path_factory, drawn):
    thresholds = PROFILES["fineweb2"]
    rows = [replace(row, signals={"n_content_words": drawn.randint(1, 200)}) for row in ROWS]
    whole = write_build(tmp_path_factory.mktemp("whole"), {"a.00000.00000": rows})
    drawn.shuffle(rows)
    border = drawn.randint(0, len(rows))
    parts = {"a.00000.00000": rows[:border], "a.00000.00001": rows[border:]}
    cut = write_build(tmp_path_factory.mktemp("cut"), parts)
    one, other = count_build(whole), count_build(cut)
    assert one.flow.equals(other.flow)
    assert one.reasons.equals(other.reasons)
    assert one.edits.equals(other.edits)
    for before, after in zip(
        count_signals(whole, thresholds), count_signals(cut, thresholds), strict=True
    ):
        assert (before.signal, before.language) == (after.signal, after.language)
        assert before.counts.tolist() == after.counts.tolist()
        assert (before.unmeasured, before.removed) == (after.unmeasured, after.removed)


def histogram(tmp_path, signal, values, thresholds, language="ko"):
    rows = [
        Row(f"문서 {number}", language=language, signals={signal: value})
        for number, value in enumerate(values)
    ]
    layout = write_build(tmp_path, {"a.00000.00000": rows})
    found = count_signals(layout, {"ko": {}, "en": {}, language: thresholds})
    return next(one for one in found if (one.signal, one.language) == (signal, language))


def test_values_fall_into_their_bins(tmp_path):
    values = [0.0, 0.011, 0.03, 0.999, 1.0]
    found = histogram(tmp_path, "line_punct_ratio", values, {"min_line_punct_ratio": 0.02})
    assert len(found.edges) == N_BINS + 1
    assert found.counts[[0, 1, N_BINS - 1]].tolist() == [2, 1, 2]
    assert found.counts.sum() == 5
    assert found.removed == {"line_punct_ratio": 2}
    assert not found.logarithmic


def test_values_beyond_the_edges_are_in_the_outer_bins(tmp_path):
    values = [-3.0, 0.0, 12.5, 80.0, float("inf")]
    found = histogram(tmp_path, "mean_word_chars", values, {"max_mean_word_chars": 6})
    assert found.counts[0] == 2
    assert found.counts[-1] == 3
    assert found.removed == {"gopher_above_avg_threshold": 3}


def test_lengths_are_on_a_logarithmic_axis_from_nothing_to_more_than_any_limit(tmp_path):
    values = [0.0, 1.0, 49.0, 50.0, 100_001.0, 3e7]
    limits = {"min_words": 50, "max_words": 100_000}
    found = histogram(tmp_path, "n_content_words", values, limits)
    assert found.logarithmic
    assert found.edges[0] == pytest.approx(1)
    assert np.allclose(np.diff(np.log(found.edges)), np.log(1e6) / N_BINS)
    assert found.counts[0] == 2
    assert found.counts[-1] == 1
    assert found.counts.sum() == 6
    assert found.removed == {"gopher_short_doc": 3, "gopher_long_doc": 2}


def test_a_value_on_the_threshold_is_kept(tmp_path):
    found = histogram(tmp_path, "short_line_ratio", [0.5, 0.51], {"max_short_line_ratio": 0.5})
    assert found.removed == {"short_line_ratio": 1}


def test_documents_without_a_value_are_counted_apart(tmp_path):
    found = histogram(
        tmp_path, "alpha_word_ratio", [None, 0.5, None], {"min_alpha_word_ratio": 0.7}
    )
    assert found.unmeasured == 2
    assert found.counts.sum() == 1
    assert found.removed == {"gopher_below_alpha_threshold": 1}


def test_only_signals_of_rules_in_force_are_counted_each_language_with_its_own(tmp_path):
    rows = [
        Row("한국어", signals={"spam_terms_per_1000_chars": 7.0}),
        Row("English", language="en", signals={"spam_terms_per_1000_chars": 7.0}),
    ]
    layout = write_build(tmp_path, {"a.00000.00000": rows})
    thresholds = {
        "ko": {"max_spam_terms_per_1000_chars": 10},
        "en": {"max_spam_terms_per_1000_chars": 5, "max_words": None, "min_expected_language": 1},
    }
    found = {(one.language, one.signal): one for one in count_signals(layout, thresholds)}
    assert set(found) == {
        ("ko", "spam_terms_per_1000_chars"),
        ("en", "spam_terms_per_1000_chars"),
    }
    assert found["ko", "spam_terms_per_1000_chars"].removed == {"spam_terms": 0}
    assert found["en", "spam_terms_per_1000_chars"].removed == {"spam_terms": 1}


@pytest.mark.parametrize("signal", sorted({rule.signal for rule in RULES}))
def test_every_signal_has_bins_in_rising_order_that_hold_the_profile_s_thresholds(signal):
    edges = bin_edges(signal)
    assert len(edges) == N_BINS + 1
    assert (np.diff(edges) > 0).all()
    for limits in PROFILES["fineweb2"].values():
        for rule in RULES:
            limit = limits.get(rule.threshold)
            if rule.signal == signal and limit is not None:
                assert edges[0] <= limit <= edges[-1]


def build_steps(root, settings: int, broken: str | None = None) -> None:
    """Runs a build whose steps write nothing, each reading the one before; one may fail."""

    def run(folder):
        if folder.path.name == broken:
            raise OSError("the disk is full")
        return StepResult()

    names = [*STEPS[:-1], FINAL]
    steps = [
        Step(name, 1, {"settings": settings}, tuple(names[max(place - 1, 0) : place]), {}, run)
        for place, name in enumerate(names)
    ]
    run_build(steps, root, "toy", "2026.11.0-dev")


def test_a_finished_build_is_told_from_one_that_stopped_or_is_half_rebuilt(tmp_path):
    layout = Layout(tmp_path / "toy" / "2026.11.0-dev")
    with pytest.raises(StepError, match="ingest: not built yet; run `bllossom build` first"):
        check_finished(layout)
    with pytest.raises(StepError):
        build_steps(tmp_path, 1, broken="mix")
    with pytest.raises(StepError, match="mix: not built yet"):
        check_finished(layout)
    build_steps(tmp_path, 1)
    check_finished(layout)
    with pytest.raises(StepError):
        build_steps(tmp_path, 2, broken="deduplicate")
    with pytest.raises(StepError, match="deduplicate: not built yet"):
        check_finished(layout)
    (layout.root / "deduplicate").rename(tmp_path / "elsewhere")
    with pytest.raises(StepError, match="deduplicate: not built yet"):
        check_finished(layout)


def test_a_step_made_from_results_that_are_gone_is_not_finished(tmp_path):
    build_steps(tmp_path, 1)
    kept = tmp_path / "toy" / "2026.11.0-dev" / "mix"
    kept.rename(tmp_path / "old-mix")
    build_steps(tmp_path, 2)
    (tmp_path / "toy" / "2026.11.0-dev" / "mix").rename(tmp_path / "new-mix")
    (tmp_path / "old-mix").rename(kept)
    with pytest.raises(StepError, match="mix: not built yet"):
        check_finished(Layout(tmp_path / "toy" / "2026.11.0-dev"))
