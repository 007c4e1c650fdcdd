import json
import zipfile

import pytest

from pipelines.readers.front_matter import split_front_matter


def metadata(everything):
    return [json.loads(row["metadata"]) for row in everything.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_text_file_is_a_document_in_any_encoding(tmp_path, read, encoding):
    (tmp_path / "글.txt").write_bytes("첫 줄입니다.\r\n둘째 줄입니다.".encode(encoding))
    (row,) = read(tmp_path).rows
    assert (row["text"], row["origin"], row["position"]) == (
        "첫 줄입니다.\r\n둘째 줄입니다.",
        "글.txt",
        0,
    )
    expected = {"cp949": ["encoding:cp949"], "utf-16": ["encoding:utf-16-le"]}
    assert row["repairs"] == expected.get(encoding, [])


def test_a_file_that_cannot_be_decoded_or_is_too_large_is_refused(tmp_path, read):
    (tmp_path / "a.txt").write_bytes(
        "가운데가 깨진 글".encode().replace("깨".encode(), b"\xea\xb9")
    )
    (tmp_path / "b.txt").write_bytes(b"x" * 1_000)
    (tmp_path / "c.txt").write_bytes(b"good")
    everything = read(tmp_path, max_document_bytes=100)
    assert everything.texts == ["good"]
    assert everything.reasons == ["undecodable", "too_large"]
    assert str(tmp_path) not in everything.rejected[0].detail


def test_small_files_share_a_chunk_and_large_ones_do_not(tmp_path, read):
    for index in range(10):
        (tmp_path / f"{index}.txt").write_text("x" * 100)
    from pipelines.readers import list_files, plan_chunks

    groups = plan_chunks(list_files(tmp_path), 350)
    assert [len(group.files) for group in groups] == [3, 3, 3, 1]
    assert len(read(tmp_path, chunk_bytes=350).texts) == 10


@pytest.mark.parametrize(
    ("source", "columns", "body"),
    [
        (
            "---\ntitle: 제목\ntags: [a, b]\n---\n# 본문",
            {"title": "제목", "tags": ["a", "b"]},
            "# 본문",
        ),
        ("---\r\ntitle: 제목\r\n---\r\n본문", {"title": "제목"}, "본문"),
        ('+++\ntitle = "제목"\n+++\n본문', {"title": "제목"}, "본문"),
        ("---\n---\n본문", {}, "본문"),
        ("---\n두 줄 사이의 글이다.\n---\n본문", {}, "---\n두 줄 사이의 글이다.\n---\n본문"),
        ("--- 줄이 아니다\n---\n", {}, "--- 줄이 아니다\n---\n"),
        ("---\ntitle: 닫히지 않은\n본문", {}, "---\ntitle: 닫히지 않은\n본문"),
        ("---\na: &x 1\nb: *x\n---\n본문", {"front_matter": "a: &x 1\nb: *x\n"}, "본문"),
        ("---\ntitle: a: b\n---\n본문", {"front_matter": "title: a: b\n"}, "본문"),
        ("본문\n---\n", {}, "본문\n---\n"),
    ],
)
def test_front_matter_is_kept_out_of_the_text(source, columns, body):
    assert split_front_matter(source) == (columns, body)


def test_front_matter_of_a_markdown_tree_becomes_metadata(tmp_path, read):
    (tmp_path / "a.md").write_text("---\ntitle: 안내\ndate: 2026-01-02\nid: 5\n---\n# 안내\n")
    (tmp_path / "b.mdx").write_text("본문만\n")
    everything = read(tmp_path)
    assert everything.texts == ["# 안내\n", "본문만\n"]
    assert metadata(everything) == [{"title": "안내", "date": "2026-01-02"}, {}]
    assert everything.rows[0]["source_id"] == "5"


PAGE = """<html><head><meta charset="{charset}"><title>가을 산행 안내</title>
<link rel="canonical" href="https://example.org/hike"></head><body>
<nav><a href="/">처음</a> <a href="/menu">메뉴</a></nav><article><h1>가을 산행 안내</h1>
<p>설악산의 단풍은 시월 중순에 가장 아름답습니다. 산에 오르기 전에 날씨를 꼭 확인하십시오.</p>
<p>대피소는 미리 예약해야 하며, 해가 지기 전에 내려오는 것이 안전합니다. 물도 넉넉히 챙기십시오.</p>
</article><footer>저작권 안내 | 개인정보 처리방침</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr"])
def test_the_main_text_of_a_page_is_found(tmp_path, read, charset):
    (tmp_path / "a.html").write_bytes(PAGE.format(charset=charset).encode(charset))
    (row,) = read(tmp_path).rows
    assert "설악산의 단풍은" in row["text"]
    assert "메뉴" not in row["text"]
    assert "저작권" not in row["text"]
    assert row["url"] == "https://example.org/hike"
    assert json.loads(row["metadata"]) == {"title": "가을 산행 안내"}
    assert row["repairs"] == ([] if charset == "utf-8" else ["encoding:cp949"])


def test_a_page_with_a_broken_byte_is_still_a_page(tmp_path, read):
    raw = PAGE.format(charset="euc-kr") + "<!-- " + "가" * 2_000 + " -->"
    broken = raw.encode("euc-kr").replace(
        "단풍은".encode("euc-kr"), b"\xb4\xff" + "은".encode("euc-kr")
    )
    (tmp_path / "a.html").write_bytes(broken)
    (row,) = read(tmp_path).rows
    assert "설악산의 " in row["text"]
    assert row["repairs"] == ["encoding:cp949", "replaced_bytes"]


@pytest.mark.parametrize("content", ["", "   ", "<html><body></body></html>", "\0\0", "<?xml"])
def test_a_page_without_text_is_refused(tmp_path, read, content):
    (tmp_path / "a.html").write_text(content)
    everything = read(tmp_path)
    assert everything.reasons == ["no_extraction"]
    assert not everything.rows


def test_a_real_book_in_xhtml_is_read(shared_data, read):
    everything = read(shared_data / "raw/standardebooks", "html")
    assert sum("chapter" in row["origin"] for row in everything.rows) > 50
    assert any("universally acknowledged" in text for text in everything.texts)


HWPX = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"
 xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">{}</hs:sec>"""
PARAGRAPHS = """<hp:p><hp:run><hp:t>제{0}장</hp:t></hp:run><hp:run><hp:t>: 총<hp:tab/>칙</hp:t>
<hp:ctrl><hp:header><hp:subList><hp:p><hp:run><hp:t>머리말</hp:t></hp:run></hp:p></hp:subList>
</hp:header></hp:ctrl></hp:run></hp:p><hp:p><hp:run><hp:tbl>
<hp:tr><hp:tc><hp:subList><hp:p><hp:run><hp:t>이름</hp:t></hp:run></hp:p></hp:subList></hp:tc>
<hp:tc><hp:subList><hp:p><hp:run><hp:t>나이</hp:t></hp:run></hp:p></hp:subList></hp:tc></hp:tr>
</hp:tbl></hp:run></hp:p><hp:p/>"""


def write_hwpx(path, *sections, title="보고서"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/hwp+zip")
        package = "http://www.idpf.org/2007/opf/"
        archive.writestr(
            "Contents/content.hpf",
            f'<opf:package xmlns:opf="{package}"><opf:metadata><opf:title>{title}</opf:title>'
            "</opf:metadata></opf:package>",
        )
        for index, section in enumerate(sections):
            archive.writestr(f"Contents/section{index}.xml", section)


def test_paragraphs_and_tables_of_a_hwpx_become_lines(tmp_path, read):
    sections = [HWPX.format(PARAGRAPHS.format(index)) for index in range(11)]
    write_hwpx(tmp_path / "보고서.hwpx", *sections)
    (row,) = read(tmp_path).rows
    lines = row["text"].split("\n")
    assert lines[:2] == ["제0장: 총\t칙", "이름\t나이"]
    assert lines[-2] == "제10장: 총\t칙"
    assert json.loads(row["metadata"]) == {"title": "보고서"}


def test_a_hwpx_that_would_load_other_things_or_is_broken_is_refused(tmp_path, read):
    laughs = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"
    outside = f"<!DOCTYPE x [<!ENTITY a SYSTEM 'file://{tmp_path}/secret'>]>"
    (tmp_path / "secret").write_text("비밀")
    body = HWPX.format("<hp:p><hp:run><hp:t>&a;</hp:t></hp:run></hp:p>")
    for index, document_type in enumerate((laughs, outside)):
        write_hwpx(tmp_path / f"{index}.hwpx", body.replace("?>", "?>" + document_type))
    write_hwpx(tmp_path / "2.hwpx", "encrypted \0 bytes")
    write_hwpx(tmp_path / "3.hwpx")
    (tmp_path / "4.hwpx").write_bytes(b"\xd0\xcf\x11\xe0 an old HWP")
    write_hwpx(tmp_path / "5.hwpx", " " * (70 << 20))
    write_hwpx(tmp_path / "6.hwpx", HWPX.format(PARAGRAPHS.format(1)))
    everything = read(tmp_path)
    assert len(everything.texts) == 1
    assert everything.reasons == [
        "unsafe_xml",
        "unsafe_xml",
        "bad_xml",
        "missing_records",
        "bad_archive",
        "decompression_bomb",
    ]


def test_a_real_tree_of_markdown_is_read(shared_data, read):
    everything = read(shared_data / "raw/vue-docs-ko", "markdown")
    assert len(everything.texts) > 100
    assert not everything.rejected
    assert not any(text.startswith("---\n") for text in everything.texts)
