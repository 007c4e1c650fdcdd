"""Sources of instruction data on the Hub, named by their commit."""

import json

import pytest
from fakes.hub_repositories import Repository
from fakes.hub_server import HubServer
from hub_units import REPOSITORY, bllossom, environment

from bllossom_data.errors import RecipeError
from bllossom_data.manifest import read_manifest
from bllossom_data.recipe_loading import load_recipe

RECIPE = """
[dataset]
name = "hubbed"
version = "2026.11.0-dev"
kind = "instruction"
license = "cc0-1.0"
pretty_name = "Hub"
languages = ["ko"]

[[sources]]
name = "demo"
path = "{path}"
split = "train"
license = "cc0-1.0"

[translate]
memories = ["memory.tmx"]

[review]
wait = false
"""
TMX = """<?xml version="1.0" encoding="utf-8"?>
<tmx version="1.4"><header srclang="en" segtype="block" datatype="plaintext" adminlang="en"
 creationtool="x" creationtoolversion="1" o-tmf="x"/><body>
<tu><tuv xml:lang="en"><seg>Where can I hike?</seg></tuv>
<tuv xml:lang="ko"><seg>어디에서 등산할 수 있어요?</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>In the hills.</seg></tuv>
<tuv xml:lang="ko"><seg>언덕에서 할 수 있습니다.</seg></tuv></tu>
</body></tmx>
"""


def written(folder, path):
    (folder / "memory.tmx").write_text(TMX, encoding="utf-8")
    recipe = folder / "hubbed.toml"
    recipe.write_text(RECIPE.format(path=path), encoding="utf-8")
    return recipe


@pytest.fixture
def hub(tmp_path):
    with HubServer(tmp_path / "hub") as server:
        server.repositories[REPOSITORY] = Repository()
        yield server


def line(question):
    turns = [question, "In the hills."]
    return json.dumps({"conversations": turns, "source": "x"}).encode() + b"\n"


def test_a_file_of_a_commit_is_read_once_and_stays_what_it_was(hub, tmp_path):
    commit = hub.commit(REPOSITORY, "first", {"data/train.jsonl": line("Where can I hike?")})
    hub.commit(REPOSITORY, "second", {"data/train.jsonl": line("Something else?")})
    recipe = written(tmp_path, f"hf://datasets/{REPOSITORY}@{commit}/data/train.jsonl")
    environ = environment(hub, tmp_path / "home")
    built = bllossom(environ, "build", recipe, "--root", tmp_path / "build")
    assert built.returncode == 0, built.stderr
    folder = tmp_path / "build" / "hubbed" / "2026.11.0-dev"
    example = json.loads((folder / "ingest" / "examples.jsonl").read_text("utf-8"))
    assert example["messages"][0]["content"] == "Where can I hike?"
    manifest = read_manifest(folder / "final")
    assert commit in json.dumps(manifest.recipe)
    asked = hub.count()
    again = bllossom(environ, "build", recipe, "--root", tmp_path / "build")
    assert again.returncode == 0, again.stderr
    assert hub.count() == asked
    (blob,) = (tmp_path / "home").rglob("blobs/*")
    blob.write_bytes(line("Who put this here?"))
    broken = bllossom(environ, "build", recipe, "--root", tmp_path / "build")
    assert broken.returncode == 1
    assert "has other bytes than the Hub sent; it was removed" in broken.stderr
    mended = bllossom(environ, "build", recipe, "--root", tmp_path / "build")
    assert mended.returncode == 0, mended.stderr


def test_a_file_that_the_commit_has_not_is_told(hub, tmp_path):
    commit = hub.commit(REPOSITORY, "first", {"data/train.jsonl": line("Where can I hike?")})
    recipe = written(tmp_path, f"hf://datasets/{REPOSITORY}@{commit}/train.jsonl")
    done = bllossom(environment(hub, tmp_path / "home"), "build", recipe, "--root", tmp_path / "b")
    assert done.returncode == 1
    assert "there is no such file in this commit" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "path", [f"hf://datasets/{REPOSITORY}@main/train.jsonl", "hf://bllossom/tiny/train.jsonl"]
)
def test_only_a_commit_names_a_file(tmp_path, path):
    with pytest.raises(RecipeError, match="with a commit of 40 digits"):
        load_recipe(written(tmp_path, path), {})
