import os
import unicodedata

import pytest

from bllossom_data.errors import SourceError
from pipelines.readers.files import list_files, origin_of


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}\n")


def origins(*args):
    return [file.origin for file in list_files(*args)]


def test_files_are_sorted_by_origin_and_litter_is_left_out(tmp_path):
    make(tmp_path, "b/2.jsonl", "a.jsonl.gz", "b/10.ndjson", ".hidden.jsonl", ".git/x.jsonl")
    make(tmp_path, "__MACOSX/a.jsonl", "~$c.jsonl", "notes.docx")
    assert origins(tmp_path) == ["a.jsonl.gz", "b/10.ndjson", "b/2.jsonl"]
    assert {file.format for file in list_files(tmp_path)} == {"jsonl"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_korean_names_are_stored_in_nfc_and_read_in_either_form(tmp_path, form, read):
    name = unicodedata.normalize(form, "말뭉치/신문 기사.txt")
    make(tmp_path, name)
    assert origins(tmp_path) == ["말뭉치/신문 기사.txt"]
    assert read(tmp_path).texts == ["{}\n"]


def test_a_name_in_cp949_bytes_becomes_readable():
    path = os.fsdecode("신문".encode("cp949") + b".txt")
    assert origin_of(path) == "신문.txt"
    assert origin_of("..\\..\\a\\b.txt") == "a/b.txt"


def test_a_loop_of_links_ends_and_every_file_comes_once(tmp_path):
    make(tmp_path, "data/a.txt", "data/deep/b.txt")
    (tmp_path / "data/deep/again").symlink_to(tmp_path / "data", target_is_directory=True)
    (tmp_path / "data/self").symlink_to(tmp_path / "data/self")
    assert origins(tmp_path / "data") == ["a.txt", "deep/b.txt"]


def test_nothing_to_read_says_where_and_what_was_looked_for(tmp_path):
    with pytest.raises(SourceError, match=r"no-such-folder"):
        list_files(tmp_path / "no-such-folder", "jsonl")
    make(tmp_path, "readme.md")
    with pytest.raises(SourceError, match=r"no file to read; looked for \*\.jsonl, \*\.ndjson"):
        list_files(tmp_path, "jsonl")
    (tmp_path / "readme.md").unlink()
    with pytest.raises(SourceError, match="no file to read"):
        list_files(tmp_path)


def test_several_formats_must_be_told_apart_by_the_recipe(tmp_path):
    make(tmp_path, "README.md", "data/a.parquet", "data/b.parquet")
    with pytest.raises(SourceError, match=r"1 markdown, 2 parquet.*`format`"):
        list_files(tmp_path)
    assert origins(tmp_path, "parquet") == ["data/a.parquet", "data/b.parquet"]
    with pytest.raises(SourceError, match=r"'xlsx' is not known; allowed are aihub, csv"):
        list_files(tmp_path, "xlsx")


def test_a_single_file_is_taken_whatever_its_suffix_if_the_format_is_given(tmp_path):
    (tmp_path / "ratings.txt").write_text("id\tdocument\n1\t좋다\n")
    (file,) = list_files(tmp_path / "ratings.txt", "tsv")
    assert (file.origin, file.format, file.size_bytes) == ("ratings.txt", "tsv", 21)


def test_parts_of_an_archive_are_one_file_in_the_order_of_their_numbers(tmp_path):
    for number in (0, 2, 10, 1):
        (tmp_path / f"TS1.zip.part{number}").write_bytes(b"x" * (number + 1))
    (file,) = list_files(tmp_path)
    assert (file.origin, file.size_bytes, file.format) == ("TS1.zip", 1 + 2 + 3 + 11, "aihub")
    assert list_files(tmp_path / "TS1.zip.part2")[0].origin == "TS1.zip"
    (tmp_path / "TS1.zip").write_bytes(b"joined")
    assert [file.path.name for file in list_files(tmp_path)] == ["TS1.zip"]
