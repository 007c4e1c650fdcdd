import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.readers import list_files, plan_chunks
from pipelines.readers.parquet import row_ranges


def write(path, texts, row_group_size=None, **columns):
    pq.write_table(pa.table({"text": texts, **columns}), path, row_group_size=row_group_size)


@pytest.mark.parametrize("chunk_bytes", [1, 500, 5_000, 64 << 20])
def test_rows_come_in_order_whatever_the_row_groups_and_chunks(tmp_path, read, chunk_bytes):
    texts = [f"{index}번 글 {'가' * (index % 50)}" for index in range(300)]
    write(tmp_path / "a.parquet", texts[:200], row_group_size=70)
    write(tmp_path / "b.parquet", texts[200:], row_group_size=1_000)
    everything = read(tmp_path, chunk_bytes=chunk_bytes)
    assert everything.texts == texts
    assert [row["position"] for row in everything.rows] == [*range(200), *range(100)]


def test_a_large_row_group_is_cut_into_chunks(tmp_path):
    write(tmp_path / "a.parquet", [f"{index:01000d}" for index in range(1_000)])
    files = list_files(tmp_path)
    chunks = row_ranges(files, 100_000)
    assert len(chunks) == 11 == plan_chunks(files, 100_000)[0].n_chunks
    assert [(chunk[0].start, chunk[-1].stop) for chunk in chunks][:2] == [(0, 90), (90, 181)]


def test_other_columns_of_every_kind_become_metadata(tmp_path, read):
    write(
        tmp_path / "a.parquet",
        pa.array(["글"], pa.large_string()),
        id=[12],
        url=["https://a.b"],
        day=[datetime.date(2026, 1, 2)],
        labels=[["x", None]],
        image=[{"bytes": b"\xff\xd8", "path": "a.jpg"}],
    )
    (row,) = read(tmp_path).rows
    assert (row["text"], row["source_id"], row["url"]) == ("글", "12", "https://a.b")
    assert json.loads(row["metadata"]) == {
        "day": "2026-01-02",
        "labels": ["x", None],
        "image": {"bytes": "<2 bytes>", "path": "a.jpg"},
    }


def test_dictionary_encoded_and_missing_texts_are_read(tmp_path, read):
    texts = pa.array(["가", None, "가"]).dictionary_encode()
    write(tmp_path / "a.parquet", texts)
    assert read(tmp_path).texts == ["가", "", "가"]


def test_a_wrong_column_is_told_once_per_file(tmp_path, read):
    write(tmp_path / "a.parquet", [1, 2, 3])
    pq.write_table(pa.table({"content": ["x", "y"], "n": [1, 2]}), tmp_path / "b.parquet")
    write(tmp_path / "c.parquet", ["good"])
    everything = read(tmp_path, chunk_bytes=1)
    assert everything.texts == ["good"]
    assert everything.reasons == ["text_not_string", "missing_text_column"]
    assert everything.rejected[0].detail == 'column "text" holds int64'
    assert "there are: content, n" in everything.rejected[1].detail


def test_a_file_that_is_no_parquet_is_refused(tmp_path, read):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 not really")
    write(tmp_path / "b.parquet", ["good"])
    everything = read(tmp_path)
    assert everything.texts == ["good"]
    (rejected,) = everything.rejected
    assert (rejected.origin, rejected.reason) == ("a.parquet", "unreadable_file")


def test_a_damaged_row_group_is_refused_and_the_others_read(tmp_path, read):
    texts = [f"{index}:{'글' * 50}" for index in range(300)]
    table = pa.table({"text": texts})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=100, compression="zstd")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    column = pq.read_metadata(tmp_path / "a.parquet").row_group(1).column(0)
    start = column.dictionary_page_offset
    data[start + 30 : start + column.total_compressed_size] = bytes(
        column.total_compressed_size - 30
    )
    (tmp_path / "a.parquet").write_bytes(data)
    everything = read(tmp_path)
    assert everything.texts == texts[:100] + texts[200:]
    (rejected,) = everything.rejected
    assert (rejected.reason, rejected.position) == ("unreadable_rows", 100)


def test_text_that_is_not_utf_8_is_refused_row_by_row(tmp_path, read):
    raw = pa.array([b"good", b"\xff\xfe bad", "끝".encode()], pa.binary())
    text = pa.StringArray.from_buffers(3, raw.buffers()[1], raw.buffers()[2])
    write(tmp_path / "a.parquet", text)
    everything = read(tmp_path)
    assert everything.texts == ["good", "끝"]
    assert [(row.reason, row.position) for row in everything.rejected] == [("undecodable", 1)]


def test_an_empty_file_is_one_chunk_without_rows(tmp_path, read):
    write(tmp_path / "a.parquet", pa.array([], pa.string()))
    assert read(tmp_path) == ([], [])
