import errno
import json
import os
import time
from pathlib import Path

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.errors import BllossomError, SourceError
from bllossom_data.files import (
    atomic_path,
    canonical_json,
    discard_folder,
    fingerprint_tree,
    pretty_json,
    relative_path_problem,
    remove_temporary_files,
    sha256_file,
    source_files,
    toml_line,
    toml_lines,
    write_atomic,
    xxh3_file,
)

OLD = 1_700_000_000 * 10**9


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def source(tmp_path) -> Path:
    """A small source whose files are old enough for their hashes to be remembered."""
    root = tmp_path / "source"
    for name, text in {"b.txt": "나", "a/1.txt": "하나", "a/2.txt": "둘"}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(OLD, OLD))
    return root


# Writing


def test_a_written_file_is_whole_and_alone(tmp_path):
    write_atomic(tmp_path / "new" / "글.json", "안녕")
    assert (tmp_path / "new" / "글.json").read_bytes() == "안녕".encode()
    assert names(tmp_path / "new") == ["글.json"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_a_failed_writer_leaves_what_was_there(tmp_path, kind):
    path = tmp_path / "part"
    write_atomic(path, "first")

    def fail() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise kind

    with pytest.raises(kind):
        fail()
    assert path.read_text() == "first"
    assert names(tmp_path) == ["part"]


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "full"), RuntimeError("parquet: IO error: full (os error 28)")],
)
def test_a_full_disk_names_the_file_whoever_was_writing(tmp_path, failure):
    def fail() -> None:
        with atomic_path(tmp_path / "part"):
            raise failure

    with pytest.raises(OSError, match="part") as error:
        fail()
    assert (error.value.errno, error.value.filename) == (errno.ENOSPC, str(tmp_path / "part"))


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "part"
    with atomic_path(path) as one, atomic_path(path) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one", "the outer block ends last"


def test_only_temporary_files_are_removed(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "part.1234.tmp").write_text("half")
    (tmp_path / "a" / "part").write_text("whole")
    (tmp_path / "old.tmp").mkdir()
    (tmp_path / "old.tmp" / "deep.tmp").write_text("x")
    assert remove_temporary_files(tmp_path) == 3
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["part"]


def test_a_discarded_folder_is_gone(tmp_path):
    write_atomic(tmp_path / "step" / "deep" / "part", "x")
    discard_folder(tmp_path / "step")
    assert names(tmp_path) == []


# JSON

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(values)
def test_json_reads_back_equal_and_is_the_same_again(value):
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text
    assert json.loads(pretty_json(value)) == value
    text.encode()


def test_canonical_json_is_this_text():
    value = {"b": (1, 2.5, None), "a": {"한국어": True}}
    assert canonical_json(value) == '{"a":{"한국어":true},"b":[1,2.5,null]}'
    assert pretty_json({"a": 1}) == '{\n  "a": 1\n}\n'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": {"b": {1}}}, "value.a.b: a set"),
        ([0, float("inf")], r"value\[1\]: inf is not a finite number"),
        ({"a": Path("x")}, "value.a: a PosixPath"),
        ({3: "x"}, "value: key 3 is not text"),
        ("\ud800", "not valid Unicode"),
        ({"\ud800": 1}, "not valid Unicode"),
    ],
)
def test_what_has_no_single_text_is_refused(value, said):
    with pytest.raises(BllossomError, match=said):
        canonical_json(value)


# Hashes


def test_file_hashes_are_those_of_the_bytes(tmp_path):
    path = tmp_path / "big"
    data = os.urandom(3_000_001)
    path.write_bytes(data)
    assert xxh3_file(path) == xxhash.xxh3_128_hexdigest(data)
    (tmp_path / "abc").write_text("abc")
    assert sha256_file(tmp_path / "abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("a/b.txt", None),
        ("한글 이름.txt", None),
        ("..data/x", None),
        ("", "is empty"),
        ("/etc/passwd", "is not relative"),
        ("~/x", "is not relative"),
        ("C:/x", "is not relative"),
        ("a\\b", "is not relative"),
        ("a/../../b", "leaves its folder"),
    ],
)
def test_a_stored_path_stays_in_its_folder(path, fault):
    problem = relative_path_problem(path)
    assert problem is None if fault is None else problem.startswith(fault)


def test_files_of_a_source_come_in_one_order_without_hidden_ones(source):
    (source / ".git").mkdir()
    (source / ".git" / "config").write_text("x")
    (source / "a" / ".DS_Store").write_text("x")
    assert source_files(source) == [source / name for name in ("a/1.txt", "a/2.txt", "b.txt")]
    assert source_files(source / "b.txt") == [source / "b.txt"]


def test_links_that_turn_in_a_circle_are_followed_once(source):
    (source / "a" / "circle").symlink_to(source)
    assert len(source_files(source)) == 3


def test_a_source_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SourceError, match="no such file or folder"):
        source_files(tmp_path / "nothing")


def test_the_fingerprint_of_a_source_is_its_names_and_bytes(source, tmp_path):
    cache = tmp_path / "cache.json"
    first = fingerprint_tree(source, cache)
    assert fingerprint_tree(source, tmp_path / "other-cache.json") == first
    moved = source.rename(tmp_path / "moved")
    assert fingerprint_tree(moved, cache) == first, "where it lies does not matter"
    (moved / "b.txt").rename(moved / "c.txt")
    renamed = fingerprint_tree(moved, cache)
    (moved / "c.txt").write_text("다", encoding="utf-8")
    changed = fingerprint_tree(moved, cache)
    (moved / "empty").write_text("")
    assert len({first, renamed, changed, fingerprint_tree(moved, cache)}) == 4


def test_a_file_name_that_is_not_utf8_is_fine(tmp_path):
    name = "한글.txt".encode("cp949")
    (tmp_path / "source").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "source") + b"/" + name)).write_text("x")
    fingerprint = fingerprint_tree(tmp_path / "source", tmp_path / "cache.json")
    assert fingerprint == fingerprint_tree(tmp_path / "source", tmp_path / "cache.json")


def test_an_unchanged_file_is_not_read_again(source, tmp_path):
    cache = tmp_path / "cache.json"
    honest = fingerprint_tree(source, cache)
    content = json.loads(cache.read_text())
    assert len(content["files"]) == 3
    # A false hash in the cache shows in the result only if the file itself is not read.
    content["files"][str(source / "b.txt")][-1] = "0" * 32
    cache.write_text(json.dumps(content))
    assert fingerprint_tree(source, cache) != honest
    os.utime(source / "b.txt", ns=(OLD, OLD + 1))
    assert fingerprint_tree(source, cache) == honest


def test_a_copy_that_keeps_size_and_time_is_still_noticed(source, tmp_path):
    cache = tmp_path / "cache.json"
    before = fingerprint_tree(source, cache)
    time.sleep(0.02)
    (source / "b.txt").write_text("너", encoding="utf-8")
    os.utime(source / "b.txt", ns=(OLD, OLD))
    assert fingerprint_tree(source, cache) != before


def test_a_file_of_this_second_is_not_remembered(source, tmp_path):
    (source / "b.txt").write_text("지금", encoding="utf-8")
    fingerprint_tree(source, tmp_path / "cache.json")
    remembered = json.loads((tmp_path / "cache.json").read_text())["files"]
    assert str(source / "b.txt") not in remembered
    assert len(remembered) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": {"x": 3}}', '{"files": [1]}', "\0"])
def test_a_broken_cache_costs_only_time(source, tmp_path, content):
    cache = tmp_path / "cache.json"
    honest = fingerprint_tree(source, tmp_path / "other.json")
    cache.write_text(content)
    assert fingerprint_tree(source, cache) == honest


def test_a_cache_that_cannot_be_written_stops_nothing(source, tmp_path):
    (tmp_path / "file").write_text("x")
    assert fingerprint_tree(source, tmp_path / "file" / "cache.json")


# TOML


def test_lines_of_tables_and_keys():
    lines = toml_lines(
        "# first\n[a]\nx = 1\n[[b]]\ny = 2\n[[b]]\ny = 3\n[b.c]\nz = {q = 1}\n[[d.e]]\nf.g = 1\n"
    )
    assert toml_line(lines, ("a", "x")) == 3
    assert toml_line(lines, ("b", 0, "y")) == 5
    assert toml_line(lines, ("b", 1, "y")) == 7
    assert toml_line(lines, ("b", 1, "c", "z")) == 9
    assert toml_line(lines, ("b", 1, "c", "z", "q")) == 9, "inside an inline table: its line"
    assert toml_line(lines, ("b", 1, "missing")) == 6, "a missing key: its table"
    assert toml_line(lines, ("d", "e", 0, "f", "g")) == 11
    assert toml_line(lines, ("nothing",)) == 1
