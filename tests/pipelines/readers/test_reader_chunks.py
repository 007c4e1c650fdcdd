import gzip
import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.errors import SourceError
from pipelines.readers import (
    SourceSpec,
    check_columns,
    list_files,
    plan_chunks,
    plan_tasks,
    read_chunks,
)

SPEC = SourceSpec("s", "x")
DOCUMENTS = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=30).map(
            lambda text: json.dumps({"text": text}, ensure_ascii=False).encode()
        ),
        st.sampled_from([b"", b"  ", b"not json", b'{"other": 1}', b'{"text": "\xb0\xa1"}']),
    ),
    max_size=12,
)


def everything(files, chunk_bytes, wanted=lambda _: True):
    rows, rejected = [], []
    for group in plan_chunks(files, chunk_bytes):
        for _, batch in read_chunks(group, wanted, SPEC):
            rows += batch.rows.rows()
            rejected += batch.rejected
    return rows, rejected


@given(
    st.lists(DOCUMENTS, min_size=1, max_size=4),
    st.integers(1, 300),
    st.sampled_from([bytes, gzip.compress, zstandard.ZstdCompressor().compress]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_chunk_size_gives_the_same_rows_in_the_same_order(
    tmp_path_factory, contents, chunk_bytes, pack, ends_with_line_feed
):
    folder = tmp_path_factory.mktemp("chunks")
    for index, documents in enumerate(contents):
        data = b"\n".join(documents) + b"\n" * ends_with_line_feed
        (folder / f"{index}.jsonl").write_bytes(pack(data))
    files = list_files(folder)
    at_once = everything(files, 64 << 20)
    assert everything(files, chunk_bytes) == at_once


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20), st.integers(1, 300))
@settings(deadline=None)
def test_the_plan_packs_every_file_once_in_order(sizes, chunk_bytes):
    from pathlib import Path

    from pipelines.readers import SourceFile

    files = [
        SourceFile(Path(f"/nowhere/{index}"), f"{index:03d}.txt", size, "text")
        for index, size in enumerate(sizes)
    ]
    plan = plan_chunks(files, chunk_bytes)
    assert [file for group in plan for file in group.files] == files
    assert [group.index for group in plan] == list(range(len(plan)))
    assert all(len(group.files) == 1 or group.size_bytes <= chunk_bytes for group in plan)
    pairs = itertools.pairwise(plan)
    assert all(a.size_bytes + b.files[0].size_bytes > chunk_bytes for a, b in pairs)


@pytest.fixture
def sources(tmp_path):
    rows = [json.dumps({"text": f"글 {index} " + "가" * (index % 40)}) for index in range(500)]
    data = ("\n".join(rows) + "\n").encode()
    (tmp_path / "a.jsonl").write_bytes(data)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(data))
    (tmp_path / "c.jsonl").write_bytes(data[:700])
    return list_files(tmp_path)


def test_tasks_of_any_number_of_workers_cover_every_chunk_once(sources):
    plan = plan_chunks(sources, 5_000)
    known = [(group.index, chunk) for group in plan for chunk in range(group.n_chunks or 0)]
    for n_workers in (1, 2, 3, 7):
        tasks = plan_tasks(plan, n_workers)
        wanted = [
            (task.group.index, chunk)
            for task in tasks
            for chunk in range(task.group.n_chunks or 100)
            if task.wants(chunk)
        ]
        assert len(wanted) == len(set(wanted))
        assert set(known) <= set(wanted)


def test_workers_that_share_a_compressed_file_read_all_of_it_between_them(sources):
    plan = plan_chunks([file for file in sources if file.origin.endswith(".gz")], 5_000)
    alone = everything(sources[1:2], 5_000)
    tasks = plan_tasks(plan, 3)
    assert [task.stride for task in tasks] == [3, 3, 3]
    with ThreadPoolExecutor(3) as pool:
        parts = pool.map(lambda task: list(read_chunks(task.group, task.wants, SPEC)), tasks)
    batches = sorted(
        ((chunk, batch) for part in parts for chunk, batch in part), key=lambda p: p[0]
    )
    assert len({chunk for chunk, _ in batches}) > 5
    assert [row for _, batch in batches for row in batch.rows.rows()] == alone[0]


def test_many_compressed_files_are_not_all_read_by_everybody(tmp_path):
    for index in range(8):
        (tmp_path / f"{index}.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n' * 100))
    plan = plan_chunks(list_files(tmp_path), 10)
    assert [task.stride for task in plan_tasks(plan, 2)] == [1] * 8


def test_a_plain_file_is_entered_in_its_middle(sources, monkeypatch):
    group = plan_chunks(sources[:1], 5_000)[0]
    monkeypatch.setattr("pipelines.readers.chunks.line_file_blocks", None)
    assert group.n_chunks > 5
    batches = [batch for _, batch in read_chunks(group, lambda chunk: chunk == 4, SPEC)]
    positions = [place for batch in batches for place in batch.rows["position"]]
    assert all(20_000 <= place < 25_000 for place in positions)
    assert sum(batch.n_bytes for batch in batches) < 5_500


def test_a_source_without_its_text_column_is_told_before_the_build(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"content": "글", "id": 1}\n' * 10)
    (tmp_path / "b.jsonl").write_text('bad row\n{"text": "글"}\n')
    files = list_files(tmp_path)
    with pytest.raises(SourceError, match=r"'s': .*a\.jsonl: no column .text.; .*: content, id"):
        check_columns(files, SPEC)
    check_columns(files[1:], SPEC)
    check_columns(files, SourceSpec("s", "x", ("content",)))
