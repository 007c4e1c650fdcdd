import json
import zipfile

import pytest


def aihub(*contents):
    entities = [
        {
            "id": f"n{index}",
            "title": [{"sentence": f"제목 {index}", "labels": []}],
            "content": [
                {"sentence": sentence, "labels": [{"label": "PS"}]} for sentence in content
            ],
            "source_site": "연합",
        }
        for index, content in enumerate(contents)
    ]
    return {"info": {"name": "웹 말뭉치"}, "named_entity": entities}


def dump(document):
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def test_sentences_of_an_aihub_record_become_lines(tmp_path, read):
    with zipfile.ZipFile(tmp_path / "TL1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("나/둘.json", dump(aihub(["셋째 글."])))
        archive.writestr("가/하나.json", dump(aihub(["첫 문장.", "둘째 문장."], ["다른 글."])))
        archive.writestr("읽어 두기.txt", "no data")
        archive.writestr("__MACOSX/._x.json", "no data")
    everything = read(tmp_path)
    assert everything.texts == ["첫 문장.\n둘째 문장.", "다른 글.", "셋째 글."]
    first = everything.rows[0]
    assert first["origin"] == "TL1.zip/가/하나.json"
    assert (first["source_id"], json.loads(first["metadata"])) == (
        "n0",
        {"title": "제목 0", "source_site": "연합"},
    )
    titled = read(tmp_path, text_columns=("title", "text"))
    assert titled.texts[0] == "제목 0\n첫 문장.\n둘째 문장."


def test_a_broken_value_in_a_long_aihub_file_costs_one_record(tmp_path, read):
    document = dump(aihub(*([f"{index}번 문장."] for index in range(2_000))))
    broken = document.replace('"sentence": "700번 문장."'.encode(), '"sentence": 700번'.encode())
    assert broken != document
    assert broken.count(b"\n") > 30_000
    (tmp_path / "a.json").write_bytes(broken)
    everything = read(tmp_path, "aihub")
    assert len(everything.texts) == 1_999
    assert "700번 문장." not in everything.texts
    assert everything.reasons == ["bad_json"]


@pytest.mark.parametrize("by_bytes", [False, True])
def test_a_split_archive_is_read_as_one(tmp_path, read, by_bytes):
    whole = tmp_path / "whole"
    with zipfile.ZipFile(whole, "w") as archive:
        for number in range(12):
            archive.writestr(f"{number:02d}.json", dump(aihub([f"{number}번."])))
    data, size = whole.read_bytes(), len(whole.read_bytes()) // 11
    whole.unlink()
    for index, start in enumerate(range(0, len(data), size)):
        number = start if by_bytes else index
        (tmp_path / f"TS.zip.part{number}").write_bytes(data[start : start + size])
    everything = read(tmp_path)
    assert everything.texts == [f"{number}번." for number in range(12)]
    assert everything.rows[0]["origin"] == "TS.zip/00.json"
    (tmp_path / f"TS.zip.part{size * 3 if by_bytes else 3}").unlink()
    everything = read(tmp_path)
    assert everything.reasons == ["bad_archive"]
    assert not everything.texts
    assert "a part is missing after TS.zip.part" in everything.rejected[0].detail


def test_members_named_in_cp949_get_their_names_back(tmp_path, read):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("XXXX.json", dump(aihub(["글."])))
    path.write_bytes(path.read_bytes().replace(b"XXXX", "신문".encode("cp949")))
    assert read(tmp_path).rows[0]["origin"] == "a.zip/신문.json"


def test_a_zip_bomb_is_refused_with_its_sizes(tmp_path, read):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zip_:
        zip_.writestr("a.json", b" " * (80 << 20))
    everything = read(tmp_path)
    assert everything.reasons == ["decompression_bomb"]
    assert "grows more than 250-fold" in everything.rejected[0].detail


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path, read):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * (1 << 20) + dump(aihub(["글."])))
        size = archive.infolist()[0].file_size
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), bytes([9, 0, 0, 0])))
    everything = read(tmp_path)
    assert not everything.texts
    assert everything.rejected


def test_broken_and_encrypted_archives_are_refused_and_the_others_read(tmp_path, read):
    (tmp_path / "a.zip").write_bytes(b"not a zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.json", dump(aihub(["하나."])))
        archive.writestr("b.json", dump(aihub(["둘."])))
        archive.writestr("c.json", dump(aihub(["셋."])))
    data = bytearray((tmp_path / "b.zip").read_bytes())
    data[data.index("둘.".encode())] ^= 0xFF
    (tmp_path / "b.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    everything = read(tmp_path)
    assert everything.texts == ["하나.", "셋."]
    origins = [(row.origin, row.reason) for row in everything.rejected]
    assert ("a.zip", "bad_archive") in origins
    assert ("b.zip/b.json", "truncated_file") in origins
    assert ("c.zip", "missing_records") in origins


def test_encrypted_members_say_so(tmp_path, read):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", dump(aihub(["글."])))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (rejected,) = read(tmp_path).rejected
    assert rejected.reason == "bad_archive"
    assert "password" in rejected.detail


def modu(**parts):
    document = {"id": "NWRW1", "metadata": {"title": "제목", "date": "20190101"}, **parts}
    return {"id": "NWRW", "metadata": {"title": "말뭉치"}, "document": [document, document]}


@pytest.mark.parametrize("key", ["paragraph", "utterance"])
def test_forms_of_a_modu_document_become_lines(tmp_path, read, key):
    forms = [{"id": "1", "form": "첫 문단.", "speaker_id": "S1"}, {"id": "2", "form": "둘째."}]
    (tmp_path / "a.json").write_bytes(dump(modu(**{key: forms})))
    everything = read(tmp_path, "modu")
    assert everything.texts == ["첫 문단.\n둘째."] * 2
    row = everything.rows[0]
    assert row["source_id"] == "NWRW1"
    assert json.loads(row["metadata"]) == {"title": "제목", "date": "20190101"}


def test_a_file_of_another_shape_says_what_was_looked_for(tmp_path, read):
    (tmp_path / "a.json").write_bytes(dump({"data": [{"text": "x"}]}))
    (tmp_path / "b.json").write_bytes(dump({"named_entity": []}))
    (rejected,) = read(tmp_path, "aihub").rejected
    assert (rejected.origin, rejected.reason) == ("a.json", "missing_records")
    assert "named_entity" in rejected.detail
    (tmp_path / "a.json").write_bytes(dump({"named_entity": [{"title": []}]}))
    (rejected,) = read(tmp_path, "aihub").rejected
    assert rejected.reason == "missing_text_column"
    assert "there are: title" in rejected.detail
