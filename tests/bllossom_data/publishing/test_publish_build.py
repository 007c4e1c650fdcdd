"""From a recipe to the Hub and back, by the commands and the clients as people run them."""

import json
import subprocess
import sys

import polars as pl
import pytest
from fakes.hub_server import HubServer
from hub_units import BUILDABLE, PROSE, REPOSITORY, bllossom, environment

READ = """
import json, sys
from datasets import load_dataset
name, commit = sys.argv[1:]
rows = {}
for streaming in (False, True):
    loaded = load_dataset(name, revision=commit, streaming=streaming)
    rows[str(streaming)] = {split: list(data) for split, data in loaded.items()}
print(json.dumps(rows))
"""


@pytest.mark.slow
def test_what_the_build_makes_is_published_and_read_back_row_by_row(tmp_path):
    recipe = tmp_path / "small.toml"
    recipe.write_text(BUILDABLE, encoding="utf-8")
    recipe.with_suffix(".md").write_text(PROSE, encoding="utf-8")
    with HubServer(tmp_path / "hub") as hub:
        environ = environment(hub, tmp_path / "home")
        for verb in ("build", "publish"):
            done = bllossom(environ, verb, recipe, "--root", tmp_path / "build")
            assert done.returncode == 0, done.stderr
        commit = hub.repositories[REPOSITORY].tags["v2026.11.0"]
        read = subprocess.run(
            [sys.executable, "-c", READ, REPOSITORY, commit],
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert read.returncode == 0, read.stderr
    final = tmp_path / "build" / "small" / "2026.11.0" / "final"
    for rows in json.loads(read.stdout.splitlines()[-1]).values():
        assert set(rows) == {"train", "validation"}
        for split, found in rows.items():
            (shard,) = (final / "data").glob(f"{split}-*")
            assert found == pl.read_parquet(shard).to_dicts()
            assert found
