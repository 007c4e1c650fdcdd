"""What differs between two versions: counted by hand here, by Polars there."""

import subprocess
import sys

import polars as pl
import pytest
from hub_units import bllossom, rows, write_release

from bllossom_data.manifest import read_manifest, write_manifest
from bllossom_data.publishing.changes import compare_versions, describe_changes


def version(folder, shards, **more):
    final = write_release(folder, shards, **more).final
    return final, read_manifest(final)


def test_rows_are_counted_as_added_removed_changed_and_unchanged(tmp_path):
    before = version(tmp_path / "a", [rows(10)])
    changed = rows(12)[2:]
    changed[0] = {**changed[0], "text": "고친 글"}
    after = version(tmp_path / "b", [changed], version="2026.12.0")
    (split,) = compare_versions(before, after).splits
    assert (split.added, split.removed, split.changed, split.unchanged) == (2, 2, 1, 7)
    (back,) = compare_versions(after, before).splits
    assert (back.added, back.removed, back.changed, back.unchanged) == (2, 2, 1, 7)


def test_the_order_of_rows_and_shards_is_no_change(tmp_path):
    before = version(tmp_path / "a", [rows(10), rows(20)[10:]])
    after = version(tmp_path / "b", [rows(20)[::-1]], version="2026.12.0")
    changes = compare_versions(before, after)
    (split,) = changes.splits
    assert (split.added, split.removed, split.changed, split.unchanged) == (0, 0, 0, 20)
    assert changes.nothing


def test_repeated_rows_are_counted_as_often_as_they_are_there(tmp_path):
    before = version(tmp_path / "a", [rows(3) * 3])
    after = version(tmp_path / "b", [rows(3) * 2], version="2026.12.0")
    (split,) = compare_versions(before, after).splits
    assert (split.added, split.removed, split.changed, split.unchanged) == (0, 3, 0, 6)


def test_conversations_are_compared_turn_by_turn_and_by_language(tmp_path):
    def row(number, language, text):
        turns = [{"role": "user", "content": text}]
        return {"id": f"{number}", "language": language, "messages": turns}

    old = [row(1, "ko", "하나"), row(1, "en", "one"), row(2, "ko", "둘")]
    new = [row(1, "ko", "하나!"), row(1, "en", "one"), row(2, "ko", "둘")]
    changes = compare_versions(
        version(tmp_path / "a", [old]), version(tmp_path / "b", [new], version="2026.12.0")
    )
    (split,) = changes.splits
    assert (split.added, split.removed, split.changed, split.unchanged) == (0, 0, 1, 2)


def test_columns_licences_and_the_card_are_told(tmp_path):
    before = version(tmp_path / "a", [rows(3)])
    after = version(
        tmp_path / "b",
        [[{**row, "score": 0.5} for row in rows(3)]],
        version="2026.12.0",
        whole_license="cc-by-sa-4.0",
    )
    told = "\n".join(describe_changes(compare_versions(before, after)))
    assert "default/train: column `score` is new (Float64)" in told
    assert "licence was cc-by-4.0, is cc-by-sa-4.0" in told
    assert "+license: cc-by-sa-4.0" in told


@pytest.mark.parametrize("swapped", [False, True])
def test_a_split_that_comes_or_goes(tmp_path, swapped):
    before = version(tmp_path / "a", [rows(3)])
    folder, _ = version(tmp_path / "b", [rows(3)], version="2026.12.0")
    pl.DataFrame(rows(5)).write_parquet(folder / "data" / "validation-00000-of-00001.parquet")
    after = folder, write_manifest(folder, read_manifest(folder))
    changes = compare_versions(after, before) if swapped else compare_versions(before, after)
    found = {one.split: (one.added, one.removed, one.unchanged) for one in changes.splits}
    assert found == {"train": (0, 0, 3), "validation": (0, 5, 0) if swapped else (5, 0, 0)}


def test_the_command_compares_two_folders(tmp_path):
    import os

    first = version(tmp_path / "a", [rows(3)])[0]
    second = version(tmp_path / "b", [rows(4)], version="2026.12.0")[0]
    done = bllossom(os.environ, "diff", first, second)
    assert done.returncode == 0, done.stderr
    assert "default/train: 1 rows added, 0 removed, 0 changed, 3 as they were" in done.stdout
    command = f"set -o pipefail; {sys.executable} -m bllossom_data.cli diff {first} {second} | true"
    cut = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (cut.returncode, cut.stderr) == (141, "")
