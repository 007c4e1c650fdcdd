import json

import pytest

PRETTY = {"ensure_ascii": False, "indent": 2}


def records(n):
    return [{"text": f'{index}번 글: [괄호] {{와}} "따옴표" \\', "n": index} for index in range(n)]


def texts(n):
    return [record["text"] for record in records(n)]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("chunk_bytes", [1, 300, 64 << 20])
def test_an_array_of_records_is_read_in_any_layout(tmp_path, read, indent, chunk_bytes):
    document = json.dumps(records(20), ensure_ascii=False, indent=indent)
    (tmp_path / "a.json").write_text("\ufeff" + document)
    everything = read(tmp_path, chunk_bytes=chunk_bytes)
    assert everything.texts == texts(20)
    assert not everything.rejected
    raw = (tmp_path / "a.json").read_bytes()
    assert all(raw[row["position"]] == ord("{") for row in everything.rows)


def test_records_one_after_the_other_are_read_on_one_line_or_several(tmp_path, read):
    one_line = "\n".join(json.dumps(record, ensure_ascii=False) for record in records(5))
    several = "\n".join(json.dumps(record, **PRETTY) for record in records(5))
    (tmp_path / "a.json").write_text(one_line)
    (tmp_path / "b.json").write_text(several)
    assert read(tmp_path).texts == texts(5) * 2
    assert read(tmp_path / "a.json", "jsonl").texts == texts(5)


def test_a_record_that_spans_many_pieces_is_put_together(tmp_path, read):
    big = [{"text": "가" * 2_000_000}, {"text": "나"}]
    (tmp_path / "a.json").write_text(json.dumps(big, ensure_ascii=False))
    assert [len(text) for text in read(tmp_path).texts] == [2_000_000, 1]


def test_an_unquoted_value_costs_one_record(tmp_path, read):
    lines = json.dumps(records(1_000), **PRETTY).split("\n")
    place = next(index for index, line in enumerate(lines) if line.endswith('"n": 500'))
    lines[place] = '    "n": 따옴표 없는 "값'
    (tmp_path / "a.json").write_text("\n".join(lines))
    everything = read(tmp_path)
    assert everything.texts == [text for index, text in enumerate(texts(1_000)) if index != 500]
    assert everything.reasons == ["bad_json"]
    assert "500번 글" in everything.rejected[0].excerpt


@pytest.mark.parametrize("layout", [{"ensure_ascii": False}, PRETTY])
@pytest.mark.parametrize("bracket", ["{", "}"])
def test_a_bracket_too_few_costs_no_more_than_its_neighbours(tmp_path, read, layout, bracket):
    rows = [json.dumps(record, **layout) for record in records(100)]
    rows[50] = rows[50].replace(bracket, "", 1) if bracket == "{" else rows[50][:-1]
    (tmp_path / "a.json").write_text("[" + ",\n".join(rows) + "]")
    everything = read(tmp_path)
    assert set(texts(100)) - set(everything.texts) <= {texts(100)[50], texts(100)[51]}
    assert everything.texts == sorted(everything.texts, key=texts(100).index)
    assert everything.reasons in (["bad_json"], ["not_an_object"])


def test_a_string_that_is_never_closed_costs_its_record(tmp_path, read):
    rows = [json.dumps(record, ensure_ascii=False) for record in records(10)]
    rows[4] = '{"text": "여는 따옴표만, "n": 4}'
    (tmp_path / "a.json").write_text("[\n" + ",\n".join(rows) + "\n]")
    everything = read(tmp_path)
    assert everything.texts == [text for index, text in enumerate(texts(10)) if index != 4]


def test_a_file_cut_in_the_middle_keeps_its_whole_records(tmp_path, read):
    document = json.dumps(records(10), ensure_ascii=False).encode()
    (tmp_path / "a.json").write_bytes(document[: document.index(b"7\xeb\xb2\x88") + 10])
    everything = read(tmp_path)
    assert everything.texts == texts(7)
    assert everything.reasons == ["bad_json"]


def test_what_is_no_record_is_refused_and_the_records_around_it_kept(tmp_path, read):
    (tmp_path / "a.json").write_text('[{"text": "a"}, 3, "x{", [1], {"text": "b"}] {"text": "c"}')
    everything = read(tmp_path)
    assert everything.texts == ["a", "b", "c"]
    assert everything.reasons == ["not_an_object", "not_an_object"]


def test_a_record_beyond_measure_is_passed_over(tmp_path, read):
    rows = [{"text": "a"}, {"text": "x" * 5_000_000, "inner": [{"n": 1}]}, {"text": "b"}]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    everything = read(tmp_path, max_document_bytes=1_000_000)
    assert everything.texts == ["a", "b"]
    assert everything.reasons == ["too_large"]


def test_records_lost_in_an_unclosed_giant_are_found_again(tmp_path, read):
    rows = [json.dumps(record, ensure_ascii=False) for record in records(40_000)]
    rows[3] = rows[3][:-1]
    (tmp_path / "a.json").write_text("[" + ",".join(rows) + "]")
    everything = read(tmp_path, max_document_bytes=1_200_000)
    assert everything.texts == [text for index, text in enumerate(texts(40_000)) if index != 3]
    assert everything.reasons == ["bad_json"]


def test_records_in_cp949_are_read(tmp_path, read):
    rows = [{"text": "한글 완성형 문서입니다. 뷁 똠방각하"}, {"text": "둘째 줄의 글도 한글입니다"}]
    document = json.dumps(rows, **PRETTY).encode("cp949")
    (tmp_path / "a.json").write_bytes(document)
    everything = read(tmp_path)
    assert everything.texts == [row["text"] for row in rows]
    assert everything.rows[0]["repairs"] == ["encoding:cp949"]


@pytest.mark.parametrize("content", ["", "  \n ", "[]", "\ufeff"])
def test_nothing_is_nothing(tmp_path, read, content):
    (tmp_path / "a.json").write_text(content)
    assert read(tmp_path) == ([], [])
