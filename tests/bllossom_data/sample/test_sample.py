import csv
import gzip
import hashlib
import json
import re
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bllossom_data.errors import StepError
from bllossom_data.sample.materialise import (
    EXPECTATIONS,
    SOURCES,
    labels,
    write_sample,
)

MIN_NEAR_JACCARD = 0.8
MAX_UNLABELLED_JACCARD = 0.2
PERSONAL_DATA_KINDS = {
    "phone",
    "resident_number",
    "foreigner_number",
    "business_number",
    "card",
    "account",
    "email",
    "ip",
    "passport",
    "driver_licence",
}
BROKEN_LINES = {"bad_json", "missing_text", "empty_text", "wrong_type", "invalid_utf8"} | {
    "not_an_object"
}


@cache
def masters() -> dict[str, dict]:
    folder = files("bllossom_data.sample").joinpath("documents")
    rows = [
        json.loads(line)
        for source in SOURCES
        for line in folder.joinpath(f"{source}.jsonl").read_text("utf-8").splitlines()
    ]
    return {row["key"]: row for row in rows}


@cache
def evaluation_items() -> list[dict]:
    path = files("bllossom_data.sample").joinpath("evaluation.jsonl")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def item_texts(item: dict) -> str:
    return item["text"] if "text" in item else item["question"]


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_sample(folder)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def five_grams(text: str) -> set[tuple[str, ...]]:
    words = unicodedata.normalize("NFC", text).split()
    return {tuple(words[start : start + 5]) for start in range(len(words) - 4)}


def jaccard(one: set, other: set) -> float:
    return len(one & other) / len(one | other)


def family(key: str) -> str:
    return masters()[key]["duplicate_of"] or key


def test_there_are_enough_documents_of_both_languages_and_every_expectation():
    sample = labels()
    assert len(sample) >= 170
    korean = sum(label.source.startswith("ko-") for label in sample) / len(sample)
    assert 0.55 <= korean <= 0.7
    for language in ("ko-", "en-"):
        found = {label.expect for label in sample if label.source.startswith(language)}
        assert found == set(EXPECTATIONS)


def test_every_kind_of_personal_data_occurs_and_only_where_it_is_to_be_masked():
    counts = Counter()
    for label in labels():
        assert (label.expect == "clean") == (label.personal_data is not None), label.key
        counts.update(label.personal_data or {})
    assert set(counts) == PERSONAL_DATA_KINDS
    assert min(counts.values()) >= 1


def test_keys_are_unique_name_their_source_and_references_exist():
    sample = labels()
    keys = [label.key for label in sample]
    assert len(set(keys)) == len(keys) == len(masters())
    for label in sample:
        assert label.key.startswith(label.source + "-")
        assert label.why.endswith(".")
        assert (label.expect == "duplicate") == (label.duplicate_of is not None), label.key
        assert (label.expect == "drop") == bool(label.reasons), label.key
        if label.duplicate_of:
            assert masters()[label.duplicate_of]["expect"] == "keep"


def test_no_two_masters_are_the_same_document_unless_labelled():
    rows = [row for row in masters().values() if len(row["text"]) > 100]
    grams = {row["key"]: five_grams(row["text"]) for row in rows}
    # Chinese and Japanese are not written in words: those two have no 5-gram.
    keys = [key for key in grams if grams[key]]
    assert len(keys) >= len(rows) - 2
    for index, key in enumerate(keys):
        for other in keys[:index]:
            if family(key) != family(other):
                assert jaccard(grams[key], grams[other]) < MAX_UNLABELLED_JACCARD, (key, other)


def test_near_duplicates_are_near_and_some_duplicates_are_exact(record_property):
    similarities = {
        row["key"]: jaccard(
            five_grams(row["text"]), five_grams(masters()[row["duplicate_of"]]["text"])
        )
        for row in masters().values()
        if row["duplicate_of"]
    }
    record_property("jaccard", json.dumps(similarities))
    near = {key: value for key, value in similarities.items() if value < 1}
    assert len(near) >= 10
    assert len(similarities) - len(near) >= 4
    assert min(near.values()) >= MIN_NEAR_JACCARD, near


def test_contaminated_documents_hold_an_evaluation_item_and_no_others_do():
    leaked = set()
    for row in masters().values():
        found = {item["id"] for item in evaluation_items() if item_texts(item) in row["text"]}
        assert (row["expect"] == "contaminated") == bool(found), row["key"]
        leaked |= found
    assert leaked == {item["id"] for item in evaluation_items()}


def test_some_evaluation_items_are_shorter_than_twelve_words_in_both_languages():
    short = Counter(
        item["language"] for item in evaluation_items() if len(item_texts(item).split()) < 12
    )
    assert short["ko"] >= 2
    assert short["en"] >= 2


def test_writing_twice_gives_the_same_bytes(raw, tmp_path):
    write_sample(tmp_path / "again")
    write_sample(tmp_path / "again")
    assert digests(raw) == digests(tmp_path / "again")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StepError, match="file"):
        write_sample(tmp_path / "file")


def jsonl_lines(raw: Path, source: str) -> list[bytes]:
    if source == "ko-news":
        with pa.input_stream(str(raw / source / "articles.jsonl.zst"), compression="zstd") as file:
            return file.read().splitlines()
    if source == "en-news":
        return gzip.decompress((raw / source / "articles.jsonl.gz").read_bytes()).splitlines()
    (path,) = (raw / source).glob("*.jsonl")
    return path.read_bytes().splitlines()


@pytest.mark.parametrize("source", ["ko-news", "en-news", "en-forum"])
def test_jsonl_sources_hold_every_record_with_its_key(raw, source):
    rows = [json.loads(line) for line in jsonl_lines(raw, source)]
    assert [row["id"] for row in rows] == [
        label.key for label in labels() if label.source == source
    ]
    for row in rows:
        if masters()[row["id"]]["damage"] is None:
            assert row["text"] == masters()[row["id"]]["text"]


def test_broken_rows_stand_in_the_middle_of_good_ones_and_are_broken(raw):
    source = [row for row in masters().values() if row["source"] == "en-web"]
    lines = jsonl_lines(raw, "en-web")
    assert len(lines) == len(source)
    broken = {}
    for row, line in zip(source, lines, strict=True):
        try:
            value = json.loads(line.decode("utf-8"))
            good = isinstance(value, dict) and isinstance(value.get("text"), str) and value["text"]
        except ValueError:
            good = False
        readable = row["expect"] != "quarantine" and row["damage"] != "invalid_utf8"
        assert bool(good) == readable, row["key"]
        if not good:
            broken[row["damage"]] = row["key"]
    assert set(broken) == BROKEN_LINES
    assert source[0]["expect"] != "quarantine"
    assert source[-1]["expect"] != "quarantine"


@pytest.mark.parametrize("source", ["ko-wiki", "en-wiki"])
def test_parquet_sources_hold_every_record_and_korean_one_null(raw, source):
    rows = pq.read_table(raw / source / "articles.parquet").to_pylist()
    assert [row["id"] for row in rows] == [
        label.key for label in labels() if label.source == source
    ]
    null = [row["id"] for row in rows if row["text"] is None]
    assert null == [
        label.key for label in labels() if label.source == source and label.expect == "quarantine"
    ]


def test_the_csv_keeps_line_breaks_inside_its_cells(raw):
    path = raw / "ko-board" / "posts.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [
        label.key for label in labels() if label.source == "ko-board"
    ]
    assert any("\n" in row["body"] for row in rows)


def test_the_tsv_has_three_plain_columns(raw):
    lines = (raw / "ko-review" / "reviews.tsv").read_text("utf-8").split("\n")
    rows = [line.split("\t") for line in lines if line]
    assert {len(row) for row in rows} == {3}
    assert [row[0] for row in rows[1:]] == [
        label.key for label in labels() if label.source == "ko-review"
    ]


@pytest.mark.parametrize(
    ("source", "suffix"),
    [("ko-essay", ".txt"), ("en-essay", ".txt"), ("ko-web", ".html"), ("ko-docs", ".md")],
)
def test_every_file_of_a_tree_is_named_by_its_key_and_decodes_to_its_text(raw, source, suffix):
    paths = {path.stem: path for path in (raw / source).rglob(f"*{suffix}")}
    rows = [row for row in masters().values() if row["source"] == source]
    assert set(paths) == {row["key"] for row in rows}
    for row in rows:
        content = paths[row["key"]].read_bytes().decode(row.get("encoding", "utf-8"))
        if suffix == ".txt":
            assert content.rstrip("\n") == row["text"]
        else:
            assert re.split(r"[.\n]", row["text"])[0] in content
            assert row["title"] in content


def test_korean_files_come_in_several_encodings_and_need_them(raw):
    encodings = Counter(
        row["encoding"] for row in masters().values() if row["source"] == "ko-essay"
    )
    assert {"utf-8", "cp949", "euc-kr", "utf-16"} <= set(encodings)
    (extended,) = (raw / "ko-essay").rglob("ko-essay-003.txt")
    with pytest.raises(UnicodeDecodeError):
        extended.read_bytes().decode("euc-kr")
    assert 'charset="euc-kr"' in (raw / "ko-web" / "ko-web-006.html").read_text("euc-kr")


def test_damaged_texts_can_be_undone_or_are_lost_as_labelled(raw):
    damaged = {row["key"]: row for row in masters().values() if row["damage"] == "nfd"}
    assert len(damaged) >= 3
    news = {row["id"]: row["text"] for row in map(json.loads, jsonl_lines(raw, "ko-news"))}
    round_trip = news["ko-news-022"].encode("latin-1").decode("euc_kr")
    assert round_trip == masters()["ko-news-022"]["text"]
    wiki = {row["id"]: row for row in pq.read_table(raw / "ko-wiki").to_pylist()}
    nfd = wiki["ko-wiki-019"]["text"]
    assert nfd != unicodedata.normalize("NFC", nfd) == masters()["ko-wiki-008"]["text"]
    with (raw / "ko-board" / "posts.csv").open(encoding="utf-8-sig", newline="") as file:
        lost = {row["id"]: row["body"] for row in csv.DictReader(file)}["ko-board-022"]
    assert lost.count("\ufffd") > 100
