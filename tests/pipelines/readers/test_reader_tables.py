import csv
import gzip
import io

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.readers.batches import SourceSpec
from pipelines.readers.files import list_files
from pipelines.readers.tables import table_file_blocks

ROWS = [["1", "첫 줄,\n둘째 줄", "a"], ["2", '그가 "네"라고', "b"], ["3", "끝", ""]]


def table(rows, header=("id", "text", "label"), **dialect):
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows([header, *rows])
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_quoted_line_breaks_survive_in_every_encoding_and_compression(
    tmp_path, read, encoding, suffix
):
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}[suffix]
    (tmp_path / f"a.csv{suffix}").write_bytes(pack(table(ROWS).encode(encoding)))
    everything = read(tmp_path, chunk_bytes=10)
    assert everything.texts == [row[1] for row in ROWS]
    assert not everything.rejected
    assert [row["position"] for row in everything.rows] == [0, 1, 2]
    assert [row["source_id"] for row in everything.rows] == ["1", "2", "3"]
    assert everything.rows[0]["metadata"] == '{"label":"a"}'
    expected = [] if encoding.startswith("utf-8") else [f"encoding:{encoding}"]
    assert everything.rows[0]["repairs"] == expected


def test_one_row_in_another_encoding_is_read_and_marked(tmp_path, read):
    rows = "".join(f"{index},문장 번호 {index}\n" for index in range(20)).encode()
    other = "20,여기만 완성형으로 적은 문장이다\n".encode("cp949")
    broken = "21,가운데가 깨진 긴 문장이다\n".encode().replace("깨".encode(), b"\xea\xb9")
    (tmp_path / "a.csv").write_bytes(b"id,text\n" + rows + other + broken + b"22,last\n")
    everything = read(tmp_path)
    assert everything.texts[19:] == ["문장 번호 19", "여기만 완성형으로 적은 문장이다", "last"]
    assert everything.rows[20]["repairs"] == ["encoding:cp949"]
    assert [(row.reason, row.position) for row in everything.rejected] == [("undecodable", 21)]


def test_short_cp949_lines_that_could_be_utf_8_are_read_as_the_file_is(tmp_path, read):
    rows = [
        [str(index), text] for index, text in enumerate(["짜장면이 왔습니다", "혔", "새벽 시장"])
    ]
    assert "혔".encode("cp949").decode("utf-8", "replace") != "혔"
    (tmp_path / "a.csv").write_bytes(table(rows, ("id", "text")).encode("cp949"))
    assert read(tmp_path).texts == [text for _, text in rows]


def test_a_quote_that_never_closes_costs_its_line_only(tmp_path, read):
    lines = [f"{index},문장 {index}" for index in range(50)]
    lines[10] = '10,"여는 따옴표만'
    lines[49] = '49,"끝에서도'
    (tmp_path / "a.csv").write_text("id,text\n" + "\n".join(lines) + "\n")
    everything = read(tmp_path)
    assert everything.texts == [f"문장 {index}" for index in range(49) if index != 10]
    assert [(row.reason, row.position) for row in everything.rejected] == [
        ("unclosed_quote", 10),
        ("unclosed_quote", 49),
    ]


def test_a_quote_that_closes_in_a_later_row_costs_its_line_only(tmp_path, read):
    (tmp_path / "a.csv").write_text('id,text\n1,"하나\n2,둘\n3,"셋"\n4,넷\n')
    everything = read(tmp_path)
    assert everything.texts == ["둘", "셋", "넷"]
    assert everything.reasons == ["unclosed_quote"]


def test_quotes_that_are_not_escaped_are_taken_as_they_are(tmp_path, read):
    (tmp_path / "a.csv").write_text('id,text\n1,"따옴표" 뒤에 글\n2,가운데 "따옴표"\n')
    everything = read(tmp_path)
    assert everything.texts == ["따옴표 뒤에 글", '가운데 "따옴표"']


def test_rows_that_do_not_fit_the_header_are_refused(tmp_path, read):
    (tmp_path / "a.csv").write_text("id,text\n1,a\n2,b,c\n3\n\n4,d,,\n")
    everything = read(tmp_path)
    assert everything.texts == ["a", "d"]
    assert everything.reasons == ["bad_row", "bad_row"]
    assert everything.rejected[0].detail == "3 fields, not 2 as in the header"
    assert [row["position"] for row in everything.rows] == [0, 3]


def test_a_table_without_the_text_column_is_refused_once_with_its_columns(tmp_path, read):
    (tmp_path / "a.csv").write_text("id,document\n" + "1,x\n" * 1_000)
    (tmp_path / "b.csv").write_text("id,text\n1,x\n")
    everything = read(tmp_path)
    assert everything.texts == ["x"]
    (missing,) = everything.rejected
    assert "there are: id, document" in missing.detail
    assert read(tmp_path / "a.csv", text_columns=("document",)).texts == ["x"] * 1_000


def test_quotes_in_a_tsv_are_text_unless_they_enclose_fields(tmp_path, read):
    raw = 'id\tdocument\tlabel\n1\t"굿\t1\n2\t"좋다" 최고\t1\n3\t그 "말\t0\n'
    (tmp_path / "raw.tsv").write_text(raw)
    everything = read(tmp_path, text_columns=("document",))
    assert everything.texts == ['"굿', '"좋다" 최고', '그 "말']
    assert not everything.rejected
    (tmp_path / "raw.tsv").write_text(table(ROWS, delimiter="\t"))
    assert read(tmp_path).texts == [row[1] for row in ROWS]


def test_windows_line_ends_and_a_missing_last_one_are_fine(tmp_path, read):
    (tmp_path / "a.tsv").write_bytes("id\ttext\r\n1\t하나\r\n\r\n2\t둘".encode())
    assert read(tmp_path).texts == ["하나", "둘"]


def test_a_truncated_table_does_not_pass_half_a_row_off_as_whole(tmp_path, read):
    rows = [[str(index), f"문장 {hash((index, index))}"] for index in range(20_000)]
    packed = gzip.compress(table(rows, ("id", "text")).encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    everything = read(tmp_path)
    assert len(everything.texts) > 2_000
    assert everything.texts == [text for _, text in rows[: len(everything.texts)]]
    assert everything.reasons == ["truncated_file"]


def test_an_endless_line_is_refused_and_the_table_goes_on(tmp_path, read, monkeypatch):
    monkeypatch.setattr("pipelines.readers.tables.MAX_ROW_BYTES", 100_000)
    long_row = '2,"' + "긴 글 " * 50_000 + '"\n'
    many_lines = '3,"' + "줄\n" * 50_000
    (tmp_path / "a.csv").write_text("id,text\n1,a\n" + long_row + "4,d\n" + many_lines + "5,e\n")
    everything = read(tmp_path)
    assert everything.texts == ["a", "d", "e"]
    assert everything.reasons[:2] == ["too_large", "unclosed_quote"]


@pytest.mark.parametrize("content", ["", "\n\n", "id,text\n"])
def test_an_empty_table_has_no_rows(tmp_path, read, content):
    (tmp_path / "a.csv").write_text(content)
    assert read(tmp_path) == ([], [])


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\0", codec="utf-8")), max_size=8),
    st.integers(1, 200),
)
@settings(deadline=None)
def test_whatever_a_csv_writer_writes_comes_back(tmp_path_factory, texts, block_bytes):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    rows = [[str(index), text] for index, text in enumerate(texts)]
    out = table(rows, ("id", "text"), quoting=csv.QUOTE_ALL)
    path.write_text(out, newline="")
    blocks = table_file_blocks(list_files(path)[0], SourceSpec("s", "x"), block_bytes)
    batches = [block.load() for block in blocks]
    assert [text for batch in batches for text in batch.rows["text"]] == texts
    assert not any(batch.rejected for batch in batches)
