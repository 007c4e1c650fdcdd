"""Rows of two versions: counted in parts by hashes there, by dictionaries of whole rows here."""

import random
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bllossom_data.publishing import row_changes
from bllossom_data.publishing.row_changes import RowChanges, compare_rows

COMPARE = """
import sys
from pathlib import Path
from bllossom_data.progress import peak_memory_bytes
from bllossom_data.publishing.row_changes import compare_rows
before = peak_memory_bytes()
found = compare_rows([Path(sys.argv[1])], [Path(sys.argv[2])])
print(before, found.changed, peak_memory_bytes())
"""


def written(path, rows, **types):
    pl.DataFrame(rows, schema_overrides=types).write_parquet(path, row_group_size=64)
    return path


def counted(old, new):
    """The same counts from the rows themselves."""
    sides = []
    for rows in (old, new):
        side = defaultdict(Counter)
        for row in rows:
            side[row["id"], row["language"]][repr(row)] += 1
        sides.append(side)
    found = Counter(added=0, removed=0, changed=0, unchanged=0)
    for key in sides[0].keys() | sides[1].keys():
        was, now = sides[0][key].total(), sides[1][key].total()
        found["added"] += max(now - was, 0)
        found["removed"] += max(was - now, 0)
        if was == now and sides[0][key] != sides[1][key]:
            found["changed"] += now
        else:
            found["unchanged"] += min(was, now)
    return RowChanges(**found)


def made_up(random_numbers, count):
    return [
        {
            "id": str(random_numbers.randrange(300)),
            "language": random_numbers.choice(["ko", "en"]),
            "text": random_numbers.choice(["하나", "둘", "", None]),
            "score": random_numbers.choice([0.5, None, -1.0]),
            "turns": [{"role": "user", "content": random_numbers.choice("ab")}],
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_many_parts_and_batches_count_what_the_rows_say(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(row_changes, "PART_ROWS", 40)
    monkeypatch.setattr(row_changes, "BATCH_BYTES", 500)
    random_numbers = random.Random(seed)
    old = made_up(random_numbers, 500)
    new = random_numbers.sample(old, 350) + made_up(random_numbers, 100)
    random_numbers.shuffle(new)
    sides = [written(tmp_path / f"{name}.parquet", rows) for name, rows in enumerate((old, new))]
    found = compare_rows(sides[:1], sides[1:])
    assert found == counted(old, new)
    assert min(found.added, found.removed, found.changed, found.unchanged) > 0


def test_a_number_of_another_type_is_no_change_of_the_row(tmp_path):
    rows = [{"id": str(number), "words": number} for number in range(9)]
    old = written(tmp_path / "old.parquet", rows, words=pl.Int32)
    new = written(tmp_path / "new.parquet", rows, words=pl.Int64)
    assert compare_rows([old], [new]) == RowChanges(0, 0, 0, 9)


def test_rows_without_a_column_in_common_are_all_others(tmp_path):
    old = written(tmp_path / "old.parquet", [{"text": "a"}] * 2)
    new = written(tmp_path / "new.parquet", [{"body": "a"}] * 3)
    assert compare_rows([old], [new]) == RowChanges(3, 2, 0, 0)


def random_letters(path, seed, groups):
    """Writes `groups` row groups of 16 MB each that do not compress."""
    letters = np.random.default_rng(seed)
    with pq.ParquetWriter(
        path, pa.schema([("id", pa.string()), ("text", pa.string())]), compression="none"
    ) as writer:
        for group in range(groups):
            texts = letters.integers(33, 127, (4096, 4000), dtype=np.uint8).tobytes().decode()
            rows = range(group * 4096, (group + 1) * 4096)
            cut = [texts[at : at + 4000] for at in range(0, len(texts), 4000)]
            table = pa.table({"id": [str(row) for row in rows], "text": cut})
            writer.write_table(table, row_group_size=4096)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_data(tmp_path):
    used = {}
    for groups in (4, 20):
        paths = [tmp_path / f"{groups}-{name}.parquet" for name in ("old", "new")]
        for seed, path in enumerate(paths):
            random_letters(path, seed, groups)
        done = subprocess.run(
            [sys.executable, "-c", COMPARE, *paths], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        before, changed, after = map(int, done.stdout.split())
        assert changed == groups * 4096
        used[groups] = after - before
    # What allocators keep differs between machines by half; five times the data would be 500 MB.
    assert used[20] < 2 * used[4], used
