"""Evaluation sets are read as they are published."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from bllossom_data.errors import SourceError
from pipelines.evaluation_sets import read_evaluation_items

ROWS = [
    {"guid": "a", "premise": "첫 문장이다.", "hypothesis": "둘째 문장이다."},
    {"guid": "b", "premise": "“따옴표가 있는 문장", "hypothesis": "셋째 문장이다."},
]
FIELDS = ("premise", "hypothesis")
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
TABLE = "\n".join(["guid\tpremise\thypothesis", *("\t".join(row.values()) for row in ROWS)])


def texts_of(items):
    return [(item.item, item.texts) for item in items]


EXPECTED = [(row["guid"], (row["premise"], row["hypothesis"])) for row in ROWS]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("set.jsonl", LINES.encode()),
        ("set.jsonl.gz", gzip.compress(LINES.encode())),
        ("set.jsonl.zst", zstandard.compress(LINES.encode())),
        ("set.json", json.dumps(ROWS).encode()),
        ("set.json", json.dumps({"version": 1, "data": ROWS}).encode()),
        ("set.json", LINES.encode()),
        ("set.tsv", TABLE.encode()),
        ("set.tsv", TABLE.replace("\n", "\r\n").encode("utf-8-sig")),
        ("set.tsv", TABLE.encode("cp949")),
        ("set.csv", TABLE.replace("\t", ",").encode()),
    ],
)
def test_the_same_items_come_out_of_every_format(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    items, unread = read_evaluation_items("nli", tmp_path / name, FIELDS)
    assert texts_of(items) == EXPECTED
    assert {item.evaluation_set for item in items} == {"nli"}
    assert unread == []


def test_parquet_and_quoted_csv_are_read(tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "set.parquet")
    assert texts_of(read_evaluation_items("x", tmp_path / "set.parquet", FIELDS)[0]) == EXPECTED
    (tmp_path / "set.csv").write_text('id,q\n7,"한 줄,\n두 줄"\n', encoding="utf-8")
    assert texts_of(read_evaluation_items("x", tmp_path / "set.csv", ["q"])[0]) == [
        ("7", ("한 줄,\n두 줄",))
    ]


def test_lists_and_nested_fields_are_walked(tmp_path):
    record = {
        "question_id": 81,
        "turns": ["첫 질문", "둘째 질문"],
        "paragraphs": [{"qas": [{"question": "누구?"}, {"question": "언제?"}]}],
        "dotted.name": "점",
        "answer": 3,
    }
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(record), encoding="utf-8")
    fields = ["turns", "paragraphs.qas.question", "dotted.name"]
    items, _ = read_evaluation_items("mt", path, fields)
    assert texts_of(items) == [("81", ("첫 질문", "둘째 질문", "누구?", "언제?", "점"))]


def test_ids_that_repeat_are_replaced_by_the_row(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 1, "q": "가"}\n{"id": 1, "q": "나"}\n')
    (tmp_path / "b.txt").write_text("다\n\n라\n")
    items, _ = read_evaluation_items("x", tmp_path / "a.jsonl", ["q"])
    assert texts_of(items) == [("a.jsonl:1", ("가",)), ("a.jsonl:2", ("나",))]
    items, _ = read_evaluation_items("x", tmp_path / "b.txt", ["text"])
    assert texts_of(items) == [("b.txt:1", ("다",)), ("b.txt:3", ("라",))]


def test_a_folder_is_read_file_by_file_and_other_files_are_passed_over(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.jsonl").write_text('{"q": "나"}\n')
    (tmp_path / "a.jsonl").write_text('{"q": "가"}\n')
    (tmp_path / "README.md").write_text("about")
    items, _ = read_evaluation_items("x", tmp_path, ["q"])
    assert texts_of(items) == [("a.jsonl:1", ("가",)), ("sub/b.jsonl:1", ("나",))]


def test_bad_rows_are_told_and_the_good_are_kept(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text('{"q": "가"}\n{"q": \n[1]\n{"q": " "}\n{"q": "나"}\n', encoding="utf-8")
    items, unread = read_evaluation_items("x", path, ["q"])
    assert [item.texts for item in items] == [("가",), ("나",)]
    assert [(row.origin, row.position) for row in unread] == [
        ("set.jsonl", 2),
        ("set.jsonl", 3),
        ("set.jsonl", 4),
    ]
    path = tmp_path / "set.tsv"
    path.write_text("q\ta\n가\t1\n나\n다\t2\t3\n", encoding="utf-8")
    items, unread = read_evaluation_items("x", path, ["q"])
    assert [item.texts for item in items] == [("가",)]
    assert [row.reason for row in unread] == [
        "has 1 fields, the header has 2",
        "has 3 fields, the header has 2",
    ]


def test_a_field_that_no_row_has_is_refused_with_the_fields_there_are(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text('{"question": "가"}\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"field 'questoin'.*fields are question"):
        read_evaluation_items("x", path, ["questoin"])
    path.write_text("", encoding="utf-8")
    with pytest.raises(SourceError, match="no row could be read"):
        read_evaluation_items("x", path, ["q"])


def test_what_cannot_be_read_at_all_is_refused(tmp_path):
    (tmp_path / "set.xlsx").write_bytes(b"PK")
    (tmp_path / "set.parquet").write_bytes(b"PAR1")
    (tmp_path / "set.jsonl.gz").write_bytes(gzip.compress(LINES.encode())[:-20])
    for name in ("set.xlsx", "set.parquet", "set.jsonl.gz", "absent.jsonl"):
        with pytest.raises(SourceError, match=name):
            read_evaluation_items("x", tmp_path / name, ["premise"])


def test_the_published_sets_are_read_whole(shared_data):
    labelled = shared_data / "labelled"
    klue = labelled / "klue/klue_benchmark"
    expected = {
        klue / "klue-nli-v1.1/klue-nli-v1.1_dev.json": (FIELDS, 3_000),
        klue / "klue-sts-v1.1/klue-sts-v1.1_dev.json": (("sentence1", "sentence2"), 519),
        klue / "klue-ner-v1.1/klue-ner-v1.1_dev.tsv": (("text",), 5_000),
        klue / "klue-dp-v1.1/klue-dp-v1.1_dev.tsv": (("text",), 2_000),
        labelled / "kornlu/KorNLI/xnli.test.ko.tsv": (("sentence1", "sentence2"), 5_010),
        labelled / "kornlu/KorSTS/sts-test.tsv": (("sentence1", "sentence2"), 1_379),
        labelled / "ud-korean-pud/ko_pud-ud-test.conllu": (("text",), 1_000),
        shared_data / "instruct/mt-bench/fastchat/llm_judge/data/mt_bench/question.jsonl": (
            ("turns",),
            80,
        ),
    }
    for path, (fields, count) in expected.items():
        items, unread = read_evaluation_items("x", path, fields)
        assert (len(items), unread) == (count, []), path
        assert len({item.item for item in items}) == count
    items, _ = read_evaluation_items("ner", klue / "klue-ner-v1.1/klue-ner-v1.1_dev.tsv", ("text",))
    assert items[0].item == "klue-ner-v1_dev_00000-wikitree"
    assert items[0].texts[0].startswith("경찰은 또 성매매 알선 자금을 관리한 박씨의 딸(32)과")
