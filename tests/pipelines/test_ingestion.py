import gzip
import json
import unicodedata

import pyarrow.parquet as pq
import pytest

from bllossom_data.errors import SourceError
from bllossom_data.records import DOCUMENT_SCHEMA, document_id
from pipelines.ingestion import IngestCounts, ingest_chunk, ingest_task, part_name, read_counts
from pipelines.readers import ReadTask, SourceSpec, list_files, plan_chunks, plan_tasks
from pipelines.readers.streams import read_whole

SPEC = SourceSpec("news", "CC-BY-4.0")


def rows_of(part):
    return pq.read_table(part).to_pylist()


def quarantine_of(folder, part="news.00000.00000"):
    path = folder / "quarantine" / f"{part}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ingest(source, folder, n_workers=1, chunk_bytes=64 << 20):
    plan = plan_chunks(list_files(source), chunk_bytes)
    total = IngestCounts()
    tasks = plan_tasks(plan, n_workers)
    for task in (task for rank in range(n_workers) for task in tasks[rank::n_workers]):
        for counts in ingest_task(task, SPEC, folder).values():
            total.add(counts)
    return total


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    rows = [json.dumps({"id": index, "text": f"글 {index} 끝\r\n"}) for index in range(300)]
    rows[7] = "{broken"
    rows[8] = '{"text": " \\u3000\\n "}'
    data = "\n".join(rows).encode()
    (folder / "a.jsonl").write_bytes(data)
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(data))
    return folder


def test_a_part_has_the_schema_of_documents_and_normal_texts(tmp_path):
    source = tmp_path / "a.jsonl"
    rows = [
        {
            "text": unicodedata.normalize("NFD", "하늘"),
            "id": "n1",
            "url": "https://a.b",
            "date": "2026",
        },
        {"text": "줄\r\n끝"},
    ]
    source.write_text("\n".join(json.dumps(row) for row in rows))
    counts = ingest(source, tmp_path / "out")
    part = tmp_path / "out" / "news.00000.00000.parquet"
    assert pq.read_schema(part).equals(DOCUMENT_SCHEMA)
    first, second = rows_of(part)
    assert first == {
        "id": document_id("하늘"),
        "text": "하늘",
        "source": "news",
        "source_id": "n1",
        "license": "CC-BY-4.0",
        "url": "https://a.b",
        "origin": "a.jsonl",
        "position": 0,
        "repairs": ["nfc"],
        "metadata": '{"date":"2026"}',
    }
    assert (second["text"], second["repairs"]) == ("줄\n끝", ["newlines"])
    assert dict(counts.repairs) == {"nfc": 1, "newlines": 1}


def test_repairs_of_reading_come_before_those_of_the_text(tmp_path):
    source = tmp_path / "a.txt"
    source.write_bytes("완성형으로 적은 글\r\n".encode("cp949"))
    ingest(source, tmp_path / "out")
    (row,) = rows_of(tmp_path / "out" / "news.00000.00000.parquet")
    assert row["repairs"] == ["encoding:cp949", "newlines"]


def test_refused_rows_are_in_quarantine_with_place_and_reason_and_counted(source, tmp_path):
    folder = tmp_path / "out"
    counts = ingest(source, folder)
    assert dict(counts.quarantined) == {"bad_json": 2, "empty_text": 2}
    assert counts.documents == 596
    assert counts.bytes_in == 2 * (source / "a.jsonl").stat().st_size
    assert [row["origin"] for row in quarantine_of(folder)] == ["a.jsonl"] * 2 + ["b.jsonl.gz"] * 2
    bad, empty = quarantine_of(folder)[:2]
    assert (bad["origin"], bad["reason"], bad["excerpt"]) == ("a.jsonl", "bad_json", "{broken")
    data = (source / "a.jsonl").read_bytes()
    assert data[bad["position"] :].startswith(b"{broken")
    assert data[empty["position"] :].startswith(b'{"text": " ')
    assert empty["reason"] == "empty_text"


@pytest.mark.parametrize("n_workers", [2, 3, 5])
def test_any_number_of_workers_makes_the_same_bytes(source, tmp_path, n_workers):
    alone = ingest(source, tmp_path / "1", chunk_bytes=1_500)
    together = ingest(source, tmp_path / "n", n_workers, chunk_bytes=1_500)
    assert contents(tmp_path / "1") == contents(tmp_path / "n")
    assert len(contents(tmp_path / "1")) > 10
    assert alone == together


def test_a_stopped_build_goes_on_and_knows_the_counts_of_what_was_there(source, tmp_path):
    folder = tmp_path / "out"
    total = ingest(source, folder, chunk_bytes=1_500)
    before = contents(folder)
    parts = sorted(folder.glob("*.parquet"))
    for part in parts[::2]:
        part.unlink()
    kept = {part: part.stat().st_mtime_ns for part in parts[1::2]}
    assert ingest(source, folder, chunk_bytes=1_500) == total
    assert contents(folder) == before
    assert {part: part.stat().st_mtime_ns for part in kept} == kept


def test_one_chunk_can_be_made_again_and_old_quarantine_goes(source, tmp_path):
    folder = tmp_path / "out"
    (source / "b.jsonl.gz").unlink()
    group = plan_chunks(list_files(source))[0]
    counts = ingest_chunk(group, 0, SPEC, folder)
    part = folder / part_name("news", 0, 0)
    assert read_counts(part) == counts
    assert len(quarantine_of(folder)) == 2
    text = (source / "a.jsonl").read_text()
    (source / "a.jsonl").write_text(text.replace("{broken", "").replace('" \\u3000\\n "', '"글"'))
    ingest_chunk(group, 0, SPEC, folder)
    assert not quarantine_of(folder)
    with pytest.raises(SourceError, match="has no chunk 5"):
        ingest_chunk(group, 5, SPEC, folder)


def test_a_killed_writer_leaves_nothing_under_the_final_name(source, tmp_path, monkeypatch):
    folder = tmp_path / "out"

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.ingestion._to_arrow", killed)
    task = ReadTask(plan_chunks(list_files(source))[0], 0, 1)
    with pytest.raises(KeyboardInterrupt):
        ingest_task(task, SPEC, folder)
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_a_chunk_without_documents_is_a_part_without_rows(tmp_path):
    source = tmp_path / "a.jsonl"
    source.write_text("\n\n")
    counts = ingest(source, tmp_path / "out")
    part = tmp_path / "out" / "news.00000.00000.parquet"
    assert (rows_of(part), counts.documents) == ([], 0)
    assert pq.read_schema(part).equals(DOCUMENT_SCHEMA)


def test_a_file_that_is_no_ingest_part_is_not_taken_for_one(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"half a part")
    with pytest.raises(SourceError, match="is damaged"):
        read_counts(tmp_path / "x.parquet")


def test_large_metadata_is_counted(tmp_path):
    source = tmp_path / "a.jsonl"
    source.write_text(json.dumps({"text": "글", "html": "x" * 20_000}))
    counts = ingest(source, tmp_path / "out")
    assert (counts.documents, counts.metadata_dropped) == (1, 1)


def test_a_real_source_comes_through_whole(shared_data, tmp_path):
    source = shared_data / "corpus/ko/fastapi-docs.jsonl.zst"
    counts = ingest(source, tmp_path / "out")
    assert counts.documents == read_whole(source, 1 << 30).count(b"\n") > 100
    assert not counts.quarantined
    part = tmp_path / "out" / "news.00000.00000.parquet"
    assert all(row["id"] == document_id(row["text"]) for row in rows_of(part))
