"""Samples to read: fair, the same every time, with every value that failed beside its threshold."""

import json
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest
from hand_made_build import Row, write_build
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sampling import (
    EXCERPT_CHARS,
    leaks_of,
    quarantined_rows,
    removal_reasons,
    sample_clusters,
    sample_kept,
    sample_removed,
)

THRESHOLDS = {
    "ko": {"min_words": 50, "max_newline_word_ratio": 0.196, "min_expected_language": 1},
    "en": {"min_words": 40},
}
SURVIVOR = Row("원본", origin="original.jsonl", position=7)


def removed_for(reason: str, number: int, source: str = "ko-web", language: str = "ko") -> list:
    return [
        Row(f"{source} {reason} {place}", source, language, (reason,), position=place)
        for place in range(number)
    ]


@pytest.fixture
def layout(tmp_path):
    parts = {
        "ko-web.00000.00000": [
            *removed_for("gopher_short_doc", 8),
            *removed_for("list_ratio", 2),
            SURVIVOR,
            Row("원본과 비슷", duplicate=("near", SURVIVOR.id, 0.9)),
        ],
        "ko-web.00000.00001": [
            *[replace(row, text=row.text + " 또") for row in removed_for("gopher_short_doc", 8)],
            Row("새어 나간 문제", leak=("klue-mrc", "a: 17", 0.75)),
        ],
        "en-news.00000.00000": [
            *removed_for("gopher_short_doc", 5, "en-news", "en"),
            Row("Kept.", "en-news", "en", url="https://example.org/1"),
        ],
    }
    return write_build(tmp_path, parts)


def groups(documents) -> Counter:
    return Counter(
        (document.failures[0].reason, document.source, document.language) for document in documents
    )


def test_each_reason_source_and_language_gives_its_sample(layout):
    assert groups(sample_removed(layout, THRESHOLDS, 3)) == {
        ("gopher_short_doc", "ko-web", "ko"): 3,
        ("gopher_short_doc", "en-news", "en"): 3,
        ("list_ratio", "ko-web", "ko"): 2,
        ("near_duplicate", "ko-web", "ko"): 1,
        ("contaminated", "ko-web", "ko"): 1,
    }


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"reason": "list_ratio"}, {("list_ratio", "ko-web", "ko"): 2}),
        ({"reason": "contaminated"}, {("contaminated", "ko-web", "ko"): 1}),
        ({"source": "en-news"}, {("gopher_short_doc", "en-news", "en"): 5}),
        ({"language": "en"}, {("gopher_short_doc", "en-news", "en"): 5}),
        (
            {"reason": "gopher_short_doc", "language": "ko"},
            {("gopher_short_doc", "ko-web", "ko"): 9},
        ),
        ({"reason": "exact_duplicate"}, {}),
        ({"source": "en-news", "language": "ko"}, {}),
    ],
)
def test_filters_leave_only_what_was_asked_for(layout, filters, expected):
    assert groups(sample_removed(layout, THRESHOLDS, 9, **filters)) == expected


def test_more_documents_than_there_are_gives_all_of_them(layout):
    assert len(sample_removed(layout, THRESHOLDS, 1_000)) == 25


def test_the_sample_is_the_smallest_ids_whatever_part_they_are_in(layout):
    names = layout.part_names()
    everyone = pl.concat(pl.read_parquet(layout.part("ingest", name)) for name in names)
    short = everyone.filter(
        pl.col("text").str.contains("gopher_short_doc"), pl.col("source") == "ko-web"
    )
    found = sample_removed(layout, THRESHOLDS, 4, reason="gopher_short_doc", source="ko-web")
    assert [document.id for document in found] == sorted(short["id"])[:4]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.randoms(use_true_random=False))
def test_the_sample_does_not_depend_on_how_documents_are_cut_into_parts(tmp_path_factory, drawn):
    rows = [*removed_for("gopher_short_doc", 20), *removed_for("list_ratio", 20)]
    whole = write_build(tmp_path_factory.mktemp("whole"), {"a.00000.00000": rows})
    drawn.shuffle(rows)
    border = drawn.randint(0, len(rows))
    parts = {"a.00000.00000": rows[:border], "a.00000.00001": rows[border:]}
    cut = write_build(tmp_path_factory.mktemp("cut"), parts)
    assert sample_removed(whole, THRESHOLDS, 3) == sample_removed(cut, THRESHOLDS, 3)


def test_a_failure_shows_value_threshold_and_side(tmp_path):
    row = Row(
        "짧은 목록",
        failed=("gopher_short_doc", "list_ratio"),
        signals={"n_content_words": 12.0, "newline_word_ratio": 0.5},
    )
    (document,) = sample_removed(
        write_build(tmp_path, {"a.00000.00000": [row]}), THRESHOLDS, 5, reason="list_ratio"
    )
    shown = [
        (one.reason, one.signal, one.value, one.threshold, one.side) for one in document.failures
    ]
    assert shown == [
        ("list_ratio", "newline_word_ratio", 0.5, 0.196, "above"),
        ("gopher_short_doc", "n_content_words", 12.0, 50.0, "below"),
    ]


def test_thresholds_are_those_of_the_document_s_language(tmp_path):
    row = Row("Short.", language="en", failed=("gopher_short_doc",))
    (document,) = sample_removed(write_build(tmp_path, {"a.00000.00000": [row]}), THRESHOLDS, 1)
    assert document.failures[0].threshold == 40


def test_a_document_in_the_wrong_language_says_which_was_found(tmp_path):
    row = Row("Bonjour tout le monde.", failed=("language",), lid_language="fr")
    (document,) = sample_removed(write_build(tmp_path, {"a.00000.00000": [row]}), THRESHOLDS, 1)
    assert document.failures[0].detail == "identified as fr"


def test_a_document_that_failed_two_rules_is_shown_once(tmp_path):
    rows = [Row(f"글 {number}", failed=("gopher_short_doc", "list_ratio")) for number in range(4)]
    found = sample_removed(write_build(tmp_path, {"a.00000.00000": rows}), THRESHOLDS, 4)
    assert len(found) == len({document.id for document in found}) == 4


def test_duplicates_and_leaks_say_of_what(layout):
    (near,) = sample_removed(layout, THRESHOLDS, 5, reason="near_duplicate")
    assert near.failures[0].value == pytest.approx(0.9)
    assert near.failures[0].detail == f"of {SURVIVOR.id}"
    leaked = sample_removed(layout, THRESHOLDS, 5, reason="contaminated")
    assert leaked[0].failures[0].value == pytest.approx(0.75)
    (leak,) = leaks_of(leaked, {("klue-mrc", "a: 17"): "문제"})
    assert (leak.evaluation_set, leak.evaluation_item) == ("klue-mrc", "a: 17")
    assert leak.item_text == "문제"


def test_kept_documents_are_those_of_the_mix_and_failed_nothing(layout):
    found = sample_kept(layout, THRESHOLDS, 5)
    assert [(document.text, document.failures) for document in found] == [
        ("Kept.", ()),
        ("원본", ()),
    ]
    assert found[0].url == "https://example.org/1"
    assert (found[1].origin, found[1].position) == ("original.jsonl", 7)
    assert [document.text for document in sample_kept(layout, THRESHOLDS, 5, language="ko")] == [
        "원본"
    ]
    assert sample_kept(layout, THRESHOLDS, 5, source="ko-web", language="en") == []


def test_a_kept_document_that_the_mix_left_out_is_not_shown(tmp_path):
    layout = write_build(tmp_path, {"a.00000.00000": [Row("빠짐", copies=0), Row("듦", copies=2)]})
    assert [document.text for document in sample_kept(layout, THRESHOLDS, 5)] == ["듦"]


def test_a_long_text_is_cut_and_its_length_told(tmp_path):
    layout = write_build(tmp_path, {"a.00000.00000": [Row("가" * (EXCERPT_CHARS + 500))]})
    (document,) = sample_kept(layout, THRESHOLDS, 1)
    assert document.text == "가" * EXCERPT_CHARS
    assert document.n_chars == EXCERPT_CHARS + 500


def test_nothing_removed_is_an_empty_sample(tmp_path):
    layout = write_build(tmp_path, {"a.00000.00000": [Row("글")], "b.00000.00000": []})
    assert sample_removed(layout, THRESHOLDS, 3) == []


def test_every_reason_can_be_asked_for(layout):
    for reason in removal_reasons():
        sample_removed(layout, THRESHOLDS, 1, reason=reason)


CLUSTERS = {
    "cluster": pl.Int64,
    "cluster_size": pl.Int32,
    "id": pl.String,
    "source": pl.String,
    "part": pl.String,
    "row": pl.Int64,
    "kind": pl.String,
    "similarity": pl.Float32,
    "duplicate_of": pl.String,
    "survivor": pl.Boolean,
}


def write_clusters(tmp_path, sizes: list[tuple[int, str]]):
    """Clusters of the given size and kind; the survivor is the last row of its cluster."""
    rows, members = [], []
    for cluster, (size, kind) in enumerate(sizes):
        survivor = Row(f"무리 {cluster}의 원본", origin=f"{cluster}.txt")
        for place in range(size):
            last = place == size - 1
            row = survivor if last else Row(f"무리 {cluster}의 사본 {place}")
            verdict = (None, None, None) if last else (kind, 0.8 + place / 100, survivor.id)
            part, at = f"part.{len(rows) % 2:05d}.00000", len(rows) // 2
            members.append(
                (cluster, size, row.id, row.source, f"{part}.parquet", at, *verdict, last)
            )
            rows.append(row)
    layout = write_build(tmp_path, {"part.00000.00000": rows[::2], "part.00001.00000": rows[1::2]})
    pl.DataFrame(members, schema=CLUSTERS, orient="row").write_parquet(layout.clusters)
    return layout


def test_the_largest_near_clusters_come_first_and_the_count_is_kept(tmp_path):
    layout = write_clusters(
        tmp_path, [(2, "near"), (9, "exact"), (6, "near"), (2, "exact"), (3, "near")]
    )
    found = sample_clusters(layout, 4)
    assert [(cluster.size, cluster.kind) for cluster in found[:2]] == [(6, "near"), (3, "near")]
    assert len(found) == len({cluster.id for cluster in found}) == 4


def test_a_cluster_shows_its_survivor_first_then_the_least_alike_which_are_in_doubt(tmp_path):
    (cluster,) = sample_clusters(write_clusters(tmp_path, [(6, "near")]), 5, members=4)
    assert cluster.size == 6
    assert [member.survivor for member in cluster.members] == [True, False, False, False]
    assert cluster.members[0].text == "무리 0의 원본"
    assert cluster.members[0].origin == "0.txt"
    assert cluster.members[0].similarity is None
    likeness = [member.similarity for member in cluster.members[1:]]
    assert likeness == pytest.approx([0.8, 0.81, 0.82])
    assert [member.text for member in cluster.members[1:]] == [
        f"무리 0의 사본 {place}" for place in range(3)
    ]


def test_clusters_are_the_same_each_time_and_none_are_no_error(tmp_path):
    layout = write_clusters(tmp_path / "some", [(2, "near")] * 20)
    assert sample_clusters(layout, 7) == sample_clusters(layout, 7)
    assert sample_clusters(write_clusters(tmp_path / "none", []), 7) == []


def test_quarantined_rows_are_all_counted_and_the_first_are_shown(tmp_path):
    layout = write_build(tmp_path, {"a.00000.00000": []})
    folder = layout.root / "ingest" / "parts" / "quarantine"
    folder.mkdir()
    for part in ("ko-web.00000.00001", "en-news.00000.00000"):
        lines = [
            json.dumps(
                {
                    "origin": f"{part}.jsonl",
                    "position": place * 10,
                    "reason": "bad_json",
                    "detail": "line 3" if place else "",
                    "excerpt": '{"text": "잘린',
                },
                ensure_ascii=False,
            )
            for place in range(3)
        ]
        (folder / f"{part}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    total, shown = quarantined_rows(layout, 4)
    assert total == 6
    assert [(row.source, row.position, row.reason) for row in shown] == [
        ("en-news", 0, "bad_json"),
        ("en-news", 10, "bad_json: line 3"),
        ("en-news", 20, "bad_json: line 3"),
        ("ko-web", 0, "bad_json"),
    ]
    assert shown[0].excerpt == '{"text": "잘린'


def test_a_build_without_quarantine_has_nothing_set_aside(layout):
    assert quarantined_rows(layout, 10) == (0, [])
