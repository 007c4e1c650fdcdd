"""Conversations and preferences, from the recipe to the Hub and back as TRL reads them."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from fakes.openai_server import OpenAIServer
from hub_units import PROSE, REPOSITORY, bllossom
from judged_pairs import judged

from bllossom_data.examples import Review
from pipelines.rows import write_rows

SAMPLE = Path(__file__).parents[3] / "bllossom_data" / "sample" / "instructions"
PREFERENCES = "bllossom/preferred"
INSTRUCTION_RECIPE = """[dataset]
name = "small"
version = "{version}"
kind = "instruction"
license = "cc0-1.0"
pretty_name = "작은 데이터"
languages = ["ko", "en"]
hub = "bllossom/tiny"

[[sources]]
name = "demo"
path = "items.jsonl"
license = "cc0-1.0"

[[translate.providers]]
engine = "openai"
model = "fake-1"
base_url = "{url}"
"""
PREFERENCE_RECIPE = """[dataset]
name = "preferred"
version = "2026.11.0"
kind = "preference"
license = "cc0-1.0"
pretty_name = "고른 답"
languages = ["ko"]
hub = "bllossom/preferred"

[[sources]]
name = "judged"
judgements = "judgements.jsonl"
license = "cc0-1.0"
"""
READ = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
name, commit = sys.argv[1:]
found = {}
for config in get_dataset_config_names(name, revision=commit):
    for streaming in (False, True):
        loaded = load_dataset(name, config, revision=commit, streaming=streaming)
        found[f"{config} {streaming}"] = {split: list(rows) for split, rows in loaded.items()}
print(json.dumps(found))
"""

pytestmark = pytest.mark.slow


def type_command(environ, *arguments, code=0):
    done = bllossom(environ, *arguments, timeout=300)
    assert done.returncode == code, done.stderr
    return done.stdout


def write_recipe(folder, name, text):
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".md").write_text(PROSE, encoding="utf-8")
    return path


def accept_all(environ, recipe, root, folder):
    """Decides what waits as people would: every draft as it is."""
    waiting, decisions = folder / "waiting.jsonl", folder / "decisions.jsonl"
    type_command(environ, "review", "export", recipe, waiting, "--root", root)
    tasks = [json.loads(line) for line in waiting.read_text(encoding="utf-8").splitlines()]
    accepted = [
        Review(
            task["draft"]["id"],
            "accept",
            task["draft_sha256"],
            (),
            None,
            "reviewer-1",
            "2026-11-25T10:00:00Z",
        )
        for task in tasks
    ]
    write_rows(decisions, accepted)
    type_command(environ, "review", "import", recipe, decisions, "--root", root)


def read_back(environ, repository, commit):
    """Rows by configuration, way of reading and split."""
    read = subprocess.run(
        [sys.executable, "-c", READ, repository, commit],
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert read.returncode == 0, read.stderr
    return json.loads(read.stdout.splitlines()[-1])


def built_rows(final, config, split):
    (shard,) = (final / "data").glob(f"{config}/{split}*.parquet" if config else f"{split}*")
    return pl.read_parquet(shard).to_dicts()


def test_conversations_come_back_in_both_configurations_as_trl_reads_them(hub, environ, tmp_path):
    from trl import is_conversational

    items = (SAMPLE / "items.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "items.jsonl").write_text("".join(items[:24]), encoding="utf-8")
    root = tmp_path / "build"
    with OpenAIServer() as engine:
        environ = {**environ, "OPENAI_API_KEY": "test-key"}
        for version, code in (("2026.11.0-dev", 3), ("2026.11.0", 0)):
            text = INSTRUCTION_RECIPE.format(version=version, url=engine.base_url)
            recipe = write_recipe(tmp_path, "small", text)
            type_command(environ, "build", recipe, "--root", root, code=code)
            if code:
                accept_all(environ, recipe, root, tmp_path)
    type_command(environ, "publish", recipe, "--root", root)
    commit = hub.repositories[REPOSITORY].tags["v2026.11.0"]
    found = read_back(environ, REPOSITORY, commit)
    assert list(found) == ["ko False", "ko True", "bilingual False", "bilingual True"]
    final = root / "small" / "2026.11.0" / "final"
    for key, splits in found.items():
        config = key.partition(" ")[0]
        assert set(splits) == {"train", "test"}
        for split, rows in splits.items():
            assert rows == built_rows(final, config, split)
            assert all(is_conversational(row) for row in rows)
            assert {row["language"] for row in rows} == ({"ko"} if config == "ko" else {"ko", "en"})


def test_preferences_come_back_as_trl_reads_them(hub, environ, tmp_path):
    from trl import is_conversational

    judgements = [judged(number) for number in range(6)]
    lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in judgements]
    (tmp_path / "judgements.jsonl").write_text("".join(lines), encoding="utf-8")
    recipe = write_recipe(tmp_path, "preferred", PREFERENCE_RECIPE)
    root = tmp_path / "build"
    for verb in ("build", "publish"):
        type_command(environ, verb, recipe, "--root", root)
    commit = hub.repositories[PREFERENCES].tags["v2026.11.0"]
    found = read_back(environ, PREFERENCES, commit)
    final = root / "preferred" / "2026.11.0" / "final"
    assert list(found) == ["default False", "default True"]
    for splits in found.values():
        assert set(splits) == {"train"}
        rows = splits["train"]
        assert rows == built_rows(final, "", "train")
        assert len(rows) == len(judgements)
        assert all(is_conversational(row) for row in rows)
        assert {"prompt", "chosen", "rejected"} <= rows[0].keys()
