"""Instruction data in every layout and format comes out whole, or says why it does not."""

import gzip
import json
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from bllossom_data.errors import SourceError
from bllossom_data.examples import Message
from pipelines.instruction_sources import InstructionRow, RefusedRow, read_instructions

Q, A = Message("user", "Why?"), Message("assistant", "Because.")
Q2, A2 = Message("user", "And?"), Message("assistant", "So.")
SYSTEM = Message("system", "Be kind.")

GOOD = [
    ({"conversations": ["Why?", "Because."], "source": "stackexchange"}, (Q, A)),
    ({"conversations": ["Why?", "Because.", "And?", "So."], "source": "x"}, (Q, A, Q2, A2)),
    ({"instruction": "Why?", "input": "", "output": "Because."}, (Q, A)),
    ({"instruction": "Why?", "output": "Because."}, (Q, A)),
    ({"instruction": "Why?", "input": None, "output": "Because.", "history": None}, (Q, A)),
    (
        {"instruction": "Why?", "input": "Here.", "output": "Because."},
        (Message("user", "Why?\n\nHere."), A),
    ),
    (
        {"instruction": "And?", "input": "", "output": "So.", "history": [["Why?", "Because."]]},
        (Q, A, Q2, A2),
    ),
    (
        {"instruction": "Why?", "input": "", "output": "Because.", "system": "Be kind."},
        (SYSTEM, Q, A),
    ),
    (
        {
            "conversations": [
                {"from": "human", "value": "Why?"},
                {"from": "gpt", "value": "Because."},
            ]
        },
        (Q, A),
    ),
    (
        {
            "system": "Be kind.",
            "conversations": [
                {"from": "user", "value": "Why?"},
                {"from": "assistant", "value": "Because."},
            ],
        },
        (SYSTEM, Q, A),
    ),
    (
        {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "Because."},
            ]
        },
        (SYSTEM, Q, A),
    ),
    (
        {
            "messages": [
                {"role": "system", "content": ""},
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "Because."},
            ]
        },
        (Q, A),
    ),
]

BROKEN = [
    ({"conversations": []}, "empty_turn"),
    ({"conversations": ["Why?", " \n"]}, "empty_turn"),
    ({"conversations": ["Why?"]}, "no_answer"),
    ({"conversations": ["Why?", "Because.", "And?"]}, "no_answer"),
    ({"conversations": ["Why?", 5]}, "not_text"),
    ({"conversations": None}, "unknown_layout"),
    ({"instruction": "", "input": "", "output": "Because."}, "empty_turn"),
    ({"instruction": "Why?", "input": "", "output": ""}, "empty_turn"),
    ({"instruction": "Why?", "input": "", "output": None}, "no_answer"),
    ({"instruction": "Why?", "instances": []}, "no_answer"),
    ({"instruction": ["Why?"], "input": "", "output": "Because."}, "not_text"),
    ({"instruction": "Why?", "input": 3, "output": "Because."}, "not_text"),
    ({"instruction": "Why?", "output": {"text": "Because."}}, "not_text"),
    ({"instruction": "Why?", "output": "Because.", "history": [["one"]]}, "not_text"),
    ({"instruction": "Why?", "output": "Because.", "history": "one"}, "not_text"),
    ({"instruction": "Why?", "output": "Because.", "history": [["", "x"]]}, "empty_turn"),
    ({"conversations": [{"from": "gpt", "value": "Because."}]}, "wrong_roles"),
    ({"conversations": [{"from": "human", "value": "a"}] * 2}, "wrong_roles"),
    ({"conversations": [{"from": "tool", "value": "a"}]}, "wrong_roles"),
    ({"conversations": [{"value": "a"}]}, "wrong_roles"),
    ({"conversations": [{"from": "human", "value": "a"}, "b"]}, "not_text"),
    ({"messages": "Why?"}, "not_text"),
    ({"messages": [{"role": "user", "content": None}]}, "not_text"),
    ({"messages": [{"role": ["user"], "content": "a"}]}, "wrong_roles"),
    (
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "system", "content": "b"},
                {"role": "assistant", "content": "c"},
            ]
        },
        "wrong_roles",
    ),
    ({"prompt": "Why?", "completion": "Because."}, "unknown_layout"),
    ({}, "unknown_layout"),
    (["Why?", "Because."], "not_an_object"),
    ("Why?", "not_an_object"),
    (None, "not_an_object"),
]


def lines_of(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def read(path, **settings):
    return list(read_instructions(path, **settings))


@pytest.mark.parametrize(("record", "messages"), GOOD)
def test_each_layout_is_told_from_its_columns(tmp_path, record, messages):
    (tmp_path / "data.jsonl").write_bytes(lines_of([record]))
    assert read(tmp_path) == [
        InstructionRow(0, "train", record.get("source", ""), messages, "data.jsonl", 0)
    ]


@pytest.mark.parametrize(("record", "reason"), BROKEN)
def test_a_broken_row_is_refused_with_its_place_and_loses_no_other(tmp_path, record, reason):
    good = {"conversations": ["Why?", "Because."]}
    (tmp_path / "data.jsonl").write_bytes(lines_of([good, record, good]))
    first, refused, last = read(tmp_path)
    assert isinstance(refused, RefusedRow)
    assert (refused.origin, refused.row, refused.position) == ("data.jsonl", 1, 1)
    assert refused.reason == reason
    assert refused.detail
    assert (first.position, last.position) == (0, 2)


def test_a_layout_that_is_given_is_the_only_one_taken(tmp_path):
    (tmp_path / "data.jsonl").write_bytes(lines_of([GOOD[0][0], GOOD[2][0]]))
    rows = read(tmp_path, layout="alpaca")
    assert [type(row) for row in rows] == [RefusedRow, InstructionRow]
    with pytest.raises(SourceError, match="allowed are lima, alpaca, sharegpt, messages"):
        read(tmp_path, layout="vicuna")


RECORDS = [record for record, _ in GOOD[:2]]
WANTED = [messages for _, messages in GOOD[:2]]


def write_parquet(path, records):
    pq.write_table(pa.Table.from_pylist(records), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.jsonl", lambda path: path.write_bytes(lines_of(RECORDS))),
        ("a.jsonl", lambda path: path.write_bytes(b"\xef\xbb\xbf\n\n" + lines_of(RECORDS))),
        ("a.jsonl", lambda path: path.write_bytes(lines_of(RECORDS).replace(b"\n", b"\r\n"))),
        ("a.jsonl", lambda path: path.write_bytes(json.dumps(RECORDS).encode())),
        ("a.jsonl.gz", lambda path: path.write_bytes(gzip.compress(lines_of(RECORDS)))),
        ("a.jsonl.zst", lambda path: path.write_bytes(zstandard.compress(lines_of(RECORDS)))),
        ("a.json", lambda path: path.write_bytes(json.dumps(RECORDS).encode())),
        ("a.json", lambda path: path.write_bytes(json.dumps(RECORDS, indent=2).encode())),
        ("a.json", lambda path: path.write_bytes(lines_of(RECORDS))),
        ("a.json.gz", lambda path: path.write_bytes(gzip.compress(json.dumps(RECORDS).encode()))),
        ("a.parquet", lambda path: write_parquet(path, RECORDS)),
        ("a.ndjson", lambda path: path.write_bytes(lines_of(RECORDS))),
    ],
)
@pytest.mark.parametrize("whole_folder", [True, False])
def test_each_format_gives_the_same_rows(tmp_path, name, write, whole_folder):
    write(tmp_path / name)
    (tmp_path / "README.md").write_text("# Not data")
    rows = read(tmp_path if whole_folder else tmp_path / name)
    assert [row.messages for row in rows] == WANTED
    assert [row.position for row in rows] == [0, 1]
    assert {row.origin for row in rows} == {name}


@pytest.mark.parametrize(("record", "messages"), GOOD)
def test_parquet_holds_every_layout(tmp_path, record, messages):
    write_parquet(tmp_path / "a.parquet", [record])
    (row,) = read(tmp_path)
    assert row.messages == messages


def test_a_test_row_of_lima_has_only_the_turn_of_the_user(tmp_path):
    rows = [
        {"conversations": ["Why?"], "source": "multi_turn"},
        {"conversations": "Why?"},
        {"instruction": "Why?", "input": "", "output": ""},
        {"messages": [{"role": "user", "content": "Why?"}]},
        {"conversations": []},
    ]
    (tmp_path / "test.jsonl").write_bytes(lines_of(rows))
    found = read(tmp_path)
    assert [row.split for row in found] == ["test"] * 5
    assert [row.messages for row in found[:4]] == [(Q,)] * 4
    assert found[4].reason == "empty_turn"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.jsonl", "train"),
        ("lima_test_set.jsonl", "test"),
        ("data/test-00000-of-00001.jsonl", "test"),
        ("validation.jsonl", "validation"),
        ("dev/a.jsonl", "validation"),
        ("test/train.jsonl", "train"),
        ("latest.jsonl", "train"),
        ("anything.jsonl", "train"),
    ],
)
def test_the_nearest_name_says_the_split(tmp_path, name, split):
    path = tmp_path / "source" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines_of(RECORDS))
    assert {row.split for row in read(tmp_path / "source")} == {split}
    if "/" not in name:
        assert {row.split for row in read(path)} == {split}
    assert {row.split for row in read(path, split="test")} == {"test"}


def test_positions_are_counted_in_each_split_over_all_files(tmp_path):
    for name in ("train-0", "train-1", "test"):
        (tmp_path / f"{name}.jsonl").write_bytes(lines_of([*RECORDS, "broken"]))
    places = [(row.split, row.position, row.origin, row.row) for row in read(tmp_path)]
    assert places == [
        *(("test", number, "test.jsonl", number) for number in range(3)),
        *(("train", number, "train-0.jsonl", number) for number in range(3)),
        *(("train", number + 3, "train-1.jsonl", number) for number in range(3)),
    ]


def test_texts_come_in_nfc(tmp_path):
    decomposed = unicodedata.normalize("NFD", "한글")
    (tmp_path / "a.jsonl").write_bytes(lines_of([{"conversations": [decomposed, decomposed]}]))
    (row,) = read(tmp_path)
    assert [message.content for message in row.messages] == ["한글", "한글"]


def test_a_broken_line_costs_itself(tmp_path):
    lines = lines_of(RECORDS).splitlines(keepends=True)
    (tmp_path / "a.jsonl").write_bytes(lines[0] + b'{"conversations": [\n' + lines[1])
    first, refused, last = read(tmp_path)
    assert [first.messages, last.messages] == WANTED
    assert (refused.reason, refused.row) == ("bad_json", 1)
    assert refused.excerpt.startswith('{"conversations"')


def test_a_file_that_breaks_off_gives_what_it_has_and_says_so(tmp_path):
    packed = gzip.compress(lines_of(RECORDS * 2_000), compresslevel=1)
    (tmp_path / "a.jsonl.gz").write_bytes(packed[:-200])
    (tmp_path / "b.jsonl").write_bytes(lines_of(RECORDS))
    rows = read(tmp_path)
    assert [row.messages for row in rows[-2:]] == WANTED
    assert "truncated_file" in [row.reason for row in rows if isinstance(row, RefusedRow)]
    assert sum(isinstance(row, InstructionRow) for row in rows) > 100


def test_a_damaged_record_in_an_array_costs_itself(tmp_path):
    texts = [json.dumps(record) for record in (*RECORDS, *RECORDS)]
    texts[1] = texts[1].replace(": [", ": what [", 1)
    (tmp_path / "a.json").write_text("[" + ",\n".join(texts) + "]")
    rows = read(tmp_path)
    assert [isinstance(row, InstructionRow) for row in rows] == [True, False, True, True]
    assert rows[1].reason == "bad_json"


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl.gz", "a.jsonl.zst", "a.json"])
def test_a_file_of_noise_stops_nothing(tmp_path, name):
    heads = {".gz": b"\x1f\x8b\x08", ".zst": b"\x28\xb5\x2f\xfd", ".json": b"{", ".parquet": b""}
    (tmp_path / name).write_bytes(heads["." + name.rsplit(".", 1)[1]] + b"\xff\x00noise" * 50)
    (tmp_path / "z.jsonl").write_bytes(lines_of(RECORDS))
    rows = read(tmp_path)
    assert [row.messages for row in rows if isinstance(row, InstructionRow)] == WANTED
    refused = [row for row in rows if isinstance(row, RefusedRow)]
    assert refused
    assert refused[0].origin == name


def test_a_parquet_row_that_is_not_utf_8_costs_itself(tmp_path):
    texts = pa.array([b"Why?", b"\xff\xfe", b"And?"]).view(pa.string())
    table = pa.table({"instruction": texts, "output": ["Because.", "x", "So."]})
    pq.write_table(table, tmp_path / "a.parquet")
    rows = read(tmp_path)
    assert [isinstance(row, InstructionRow) for row in rows] == [True, False, True]
    assert rows[1].reason == "undecodable"


def test_a_folder_without_data_is_an_error_that_says_what_was_sought(tmp_path):
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(SourceError, match=r"\*\.jsonl"):
        read(tmp_path)
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "absent")


def test_an_empty_file_has_no_rows(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert read(tmp_path) == []
