"""What may not be published or cannot be: a message that says what to do, and nothing half done."""

import re
import subprocess
import sys

import pytest
from fakes.hub_server import HubServer
from hub_units import REPOSITORY, TOKEN, bllossom, environment, rows, write_release

from bllossom_data.publishing.licences import licence_problem


@pytest.fixture
def hub(tmp_path):
    with HubServer(tmp_path / "hub") as server:
        yield server


@pytest.fixture
def environ(hub, tmp_path):
    return environment(hub, tmp_path / "home")


def refused(environ, made, *more):
    done = bllossom(environ, "publish", made.recipe, "--root", made.root, *more)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr
    assert not made.recipe.with_suffix(".lock.toml").exists()
    return done.stderr


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_problem_of_a_build_is_told_at_once(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)], source_license="cc-by-nc-4.0")
    edit(made.recipe, 'path = "."', 'path = "."\nformat = "aihub"')
    edit(made.final / "README.md", "license: cc-by-4.0\n", "")
    message = refused(environ, made)
    assert "source 'web' has format 'aihub': AI-Hub forbids to pass its data on" in message
    assert "source 'web' is under 'cc-by-nc-4.0', which forbids commercial use" in message
    assert re.search(r"README.md: [\d]+ bytes, the manifest says \d+", message)
    assert "its header has no license; build it again" in message
    assert hub.log == [], "the Hub was not even asked"


def test_a_version_that_may_change_is_not_published(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)], version="2026.11.0-dev")
    assert "may still change; write a release such as '2026.11.0'" in refused(environ, made)


def test_what_is_not_built_is_not_published(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    (made.final / "manifest.json").unlink()
    assert "not built; run `bllossom build" in refused(environ, made)


def test_a_changed_shard_is_not_published(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    shard = made.final / "data" / "train-00000-of-00001.parquet"
    shard.write_bytes((made.final / "README.md").read_bytes())
    message = refused(environ, made)
    assert "train-00000-of-00001.parquet" in message
    assert hub.log == []


def test_examples_that_wait_for_review_are_not_published(hub, environ, tmp_path):
    import json

    made = write_release(tmp_path, [rows(3)])
    path = made.final / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["counts"]["examples"] = {"states": {"waiting": 2}}
    path.write_text(json.dumps(manifest))
    assert "2 examples wait for review; see them with `bllossom review show" in refused(
        environ, made
    )


def test_a_wrong_name_and_a_missing_right_are_told(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    assert "the name of a repository is owner/name" in refused(environ, made, "--repo", "a/b/c")
    message = refused(environ, made, "--repo", "stranger/tiny")
    assert "your token may not write there" in message
    assert hub.repositories == {}


def test_no_login_and_no_network_are_told(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    without = {name: value for name, value in environ.items() if name != "HF_TOKEN"}
    assert "run `hf auth login` or set HF_TOKEN" in refused(without, made)
    away = {**environ, "HF_ENDPOINT": "http://127.0.0.1:9"}
    assert "the Hub cannot be reached" in refused(away, made)


def test_a_disk_that_is_full_while_pulling_leaves_nothing(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3_000)])
    shard = made.final / "data" / "train-00000-of-00001.parquet"
    assert shard.stat().st_size > 8_192
    done = bllossom(environ, "publish", made.recipe, "--root", made.root)
    assert done.returncode == 0, done.stderr
    target = tmp_path / "copy"
    command = f"ulimit -f 8; exec {sys.executable} -m bllossom_data.cli pull {REPOSITORY}@v2026.11.0 --to {target}"
    full = subprocess.run(
        ["bash", "-c", command], env=environ, capture_output=True, text=True, check=False
    )
    assert full.returncode == 1, full.stdout
    assert "Traceback" not in full.stderr
    assert "File too large" in full.stderr
    assert not target.exists()
    again = bllossom(environ, "pull", f"{REPOSITORY}@v2026.11.0", "--to", target)
    assert again.returncode == 0, again.stderr
    assert (target / "data" / shard.name).read_bytes() == shard.read_bytes()


@pytest.mark.parametrize(
    ("source", "whole", "allowed"),
    [
        ("mit", "cc-by-4.0", True),
        ("cc0-1.0", "mit", True),
        ("cc-by-4.0", "cc0-1.0", False),
        ("cc-by-sa-4.0", "cc-by-4.0", False),
        ("cc-by-sa-4.0", "other", True),
        ("cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0", True),
        ("cc-by-nc-4.0", "apache-2.0", False),
        ("cc-by-nd-4.0", "other", False),
        ("gpl-3.0 OR mit", "apache-2.0", True),
        ("gpl-3.0 AND mit", "apache-2.0", False),
        ("found on the web", "other", False),
    ],
)
def test_licences_go_together_or_not(source, whole, allowed):
    assert (licence_problem(source, whole) is None) == allowed
