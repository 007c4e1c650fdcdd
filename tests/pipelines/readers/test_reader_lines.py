import bz2
import gzip
import json
import lzma

import pytest
import zstandard

TEXTS = ["안녕하세요.", "Hello", "세 번째 줄\n안의 줄", "끝"]
PACKERS = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": lambda data: bz2.compress(data, 1),
    ".xz": lzma.compress,
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


def lines(*texts):
    rows = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
    return "".join(row + "\n" for row in rows).encode()


@pytest.mark.parametrize("suffix", PACKERS)
def test_every_compression_gives_the_same_rows(tmp_path, read, suffix):
    data = lines(*TEXTS)
    (tmp_path / f"a.jsonl{suffix}").write_bytes(PACKERS[suffix](data))
    everything = read(tmp_path)
    assert everything.texts == TEXTS
    assert not everything.rejected
    starts = [0, *(data.index(b"\n", row["position"]) + 1 for row in everything.rows[:-1])]
    assert [row["position"] for row in everything.rows] == starts


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_members_one_after_the_other_are_all_read(tmp_path, read, suffix):
    pack = PACKERS[suffix]
    data = pack(lines("하나", "둘")) + pack(lines("셋")) + b"\0" * 512 + pack(lines("넷"))
    (tmp_path / f"a.jsonl{suffix}").write_bytes(data)
    assert read(tmp_path).texts == ["하나", "둘", "셋", "넷"]


def test_compression_is_known_by_content_not_by_name(tmp_path, read):
    (tmp_path / "a.jsonl.gz").write_bytes(lines("풀린 채 받은 파일"))
    (tmp_path / "b.jsonl").write_bytes(gzip.compress(lines("이름만 풀린 파일")))
    assert read(tmp_path).texts == ["풀린 채 받은 파일", "이름만 풀린 파일"]


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_a_truncated_file_gives_what_was_readable_and_says_where_it_ended(tmp_path, read, suffix):
    noise = [f"{index} {hash_text(index)}" for index in range(20_000)]
    packed = PACKERS[suffix](lines(*noise))
    (tmp_path / f"a.jsonl{suffix}").write_bytes(packed[: len(packed) * 3 // 4])
    everything = read(tmp_path)
    n_read = len(everything.texts)
    assert n_read > 2_000
    assert everything.texts == noise[:n_read]
    assert everything.reasons[-1] == "truncated_file"
    assert len(everything.reasons) <= 2
    assert everything.rejected[-1].position >= everything.rows[-1]["position"]
    assert "breaks off after" in everything.rejected[-1].detail


def hash_text(number):
    return hash((number, number)) % 10**15 * 7919


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_damaged_file_gives_what_lies_before_the_damage(tmp_path, read, suffix):
    noise = [f"{index} {hash_text(index)}" for index in range(40_000)]
    packed = bytearray(PACKERS[suffix](lines(*noise)))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    (tmp_path / f"a.jsonl{suffix}").write_bytes(packed)
    everything = read(tmp_path)
    assert len(everything.texts) > 1_000
    assert everything.texts[:1_000] == noise[:1_000]
    assert everything.reasons[-1] == "truncated_file"


def test_bad_rows_are_refused_one_by_one_and_the_others_kept(tmp_path, read):
    rows = [
        b'{"text": "first"}',
        b'{"text": unquoted}',
        b'{"text": 3}',
        b'{"content": "x", "url": "y"}',
        b"[1, 2]",
        '{"text": "가운데가 깨진 긴 문장입니다"}'.encode().replace("깨".encode(), b"\xea\xb9"),
        b"",
        b"   ",
        b'{"text": null}',
        b'{"text": "last"}',
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(rows))
    everything = read(tmp_path)
    assert everything.texts == ["first", "", "last"]
    assert everything.reasons == [
        "bad_json",
        "text_not_string",
        "missing_text_column",
        "not_an_object",
        "undecodable",
    ]
    bad, number, missing = everything.rejected[:3]
    assert (bad.origin, bad.position, bad.excerpt) == ("a.jsonl", 18, '{"text": unquoted}')
    assert number.detail == 'column "text" holds int, not text'
    assert missing.detail == (
        'no column "text"; there are: content, url; set text_columns in the recipe'
    )


def test_what_strict_parsers_refuse_is_mended(tmp_path, read):
    rows = [
        b'\xef\xbb\xbf{"text": "mark"}',
        b'{"text": "a\ttab"}\r',
        b'{"text": "half \\ud83d pair", "score": NaN}',
        '{"text": "한글 완성형으로 적은 줄입니다"}'.encode("cp949"),
        b'\xef\xbb\xbf{"text": "joined files"}',
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(rows))
    everything = read(tmp_path)
    assert everything.texts == [
        "mark",
        "a\ttab",
        "half \ufffd pair",
        "한글 완성형으로 적은 줄입니다",
        "joined files",
    ]
    repairs = [row["repairs"] for row in everything.rows]
    assert repairs == [[], [], ["lone_surrogate"], ["encoding:cp949"], []]
    assert everything.rows[2]["metadata"] == '{"score":null}'


def test_deep_nesting_is_refused_not_followed(tmp_path, read):
    deep = b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    (tmp_path / "a.jsonl").write_bytes(deep + b"\n" + lines("good"))
    everything = read(tmp_path)
    assert everything.texts == ["good"]
    assert everything.reasons == ["bad_json"]


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("chunk_bytes", [200_000, 64 << 20])
def test_a_line_beyond_measure_is_refused_and_the_next_is_read(tmp_path, read, suffix, chunk_bytes):
    data = lines("before", "x" * 5_000_000, "after", "y" * 2_000_000)
    (tmp_path / f"a.jsonl{suffix}").write_bytes(PACKERS[suffix](data))
    everything = read(tmp_path, chunk_bytes=chunk_bytes, max_document_bytes=1_000_000)
    assert everything.texts == ["before", "after"]
    assert everything.reasons == ["too_large", "too_large"]
    assert everything.rejected[0].position == len(lines("before"))
    assert everything.rejected[0].excerpt.startswith('{"text": "xxx')


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_wide_encodings_with_a_mark_are_recoded(tmp_path, read, encoding):
    mark = "" if encoding in ("utf-16", "utf-32") else "\ufeff"
    (tmp_path / "a.jsonl").write_bytes((mark + lines(*TEXTS).decode()).encode(encoding))
    everything = read(tmp_path, chunk_bytes=50)
    assert everything.texts == TEXTS
    assert everything.rows[0]["repairs"] == [f"encoding:{encoding[:6]}"]


def test_an_empty_file_is_one_chunk_without_rows(tmp_path, read):
    (tmp_path / "a.jsonl").write_bytes(b"")
    assert read(tmp_path) == ([], [])


def test_columns_find_their_places(tmp_path, read):
    row = {"title": "제목", "text": "본문", "id": 7, "url": "https://a.b", "tags": ["x"], "n": 1.5}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    (only,) = read(tmp_path).rows
    assert only == {
        "text": "본문",
        "source_id": "7",
        "url": "https://a.b",
        "origin": "a.jsonl",
        "position": 0,
        "repairs": [],
        "metadata": '{"title":"제목","tags":["x"],"n":1.5}',
    }
    (joined,) = read(tmp_path, text_columns=("title", "text"), id_column="n").rows
    assert joined["text"] == "제목\n본문"
    assert joined["source_id"] is None
    assert joined["metadata"] == '{"id":7,"tags":["x"],"n":1.5}'


def test_joined_columns_leave_out_empty_ones_but_not_missing_ones(tmp_path, read):
    rows = ['{"title": null, "text": "a"}', '{"title": "", "text": "b"}', '{"text": "c"}']
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    everything = read(tmp_path, text_columns=("title", "text"))
    assert everything.texts == ["a", "b"]
    assert everything.reasons == ["missing_text_column"]


def test_metadata_beyond_its_limit_is_dropped_and_the_text_kept(tmp_path, read):
    row = {"text": "본문", "html": "x" * 20_000}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    assert read(tmp_path).rows[0]["metadata"] == "{}"


def test_an_unreadable_file_is_refused_and_the_others_read(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_bytes(lines(name))
    from pipelines.readers import chunks, files

    listed = files.list_files(tmp_path)
    (tmp_path / "a.jsonl").unlink()
    group = chunks.plan_chunks(listed)[0]
    spec = chunks.SourceSpec("s", "x")
    batches = [batch for _, batch in chunks.read_chunks(group, lambda _: True, spec)]
    assert [text for batch in batches for text in batch.rows["text"]] == ["b"]
    (refused,) = [row for batch in batches for row in batch.rejected]
    assert (refused.origin, refused.reason) == ("a.jsonl", "unreadable_file")
    assert "No such file" in refused.detail
