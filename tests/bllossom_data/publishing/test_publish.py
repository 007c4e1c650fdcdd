"""Publishing and pulling: the real clients, in processes of their own, against a Hub here."""

import json
import tomllib

import pytest
from hub_units import (
    REPOSITORY,
    TOKEN,
    VERSION,
    bllossom,
    publish,
    rows,
    write_card,
    write_release,
)

from bllossom_data.manifest import read_manifest

TAG = f"v{VERSION}"


def test_a_release_is_published_once_and_loads_at_its_commit(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(300), rows(40, "다른 글")])
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    repository = hub.repositories[REPOSITORY]
    commit = repository.tags[TAG]
    assert [one.oid for one in repository.history()] == [commit]
    assert f"Published: {REPOSITORY}@{commit} ({TAG})" in done.stdout
    assert hub.count("/lfs/complete/") > 0, "large files went up in parts"
    lock = tomllib.loads(made.recipe.with_suffix(".lock.toml").read_text())
    assert lock["published"][0]["commit"] == commit
    kept = json.loads((made.final.parent / "published.json").read_text())
    assert kept["publication"]["commit"] == commit

    before, received = made.recipe.with_suffix(".lock.toml").read_bytes(), hub.received_bytes
    again = publish(environ, made)
    assert again.returncode == 0
    assert again.stdout.strip() == f"Already published: {REPOSITORY}@{commit} ({TAG})"
    assert made.recipe.with_suffix(".lock.toml").read_bytes() == before
    assert (hub.received_bytes, len(repository.history())) == (received, 1)
    assert TOKEN not in done.stdout + done.stderr + before.decode()


LOAD = """
import sys, json, datasets
repository, commit = sys.argv[1:]
whole = datasets.load_dataset(repository, revision=commit, split="train")
streamed = datasets.load_dataset(repository, revision=commit, split="train", streaming=True)
print(json.dumps([list(whole), list(streamed)]))
"""


@pytest.mark.slow
def test_datasets_reads_the_same_rows_at_the_commit_whole_and_streamed(hub, environ, tmp_path):
    import subprocess
    import sys

    shards = [rows(300), rows(40, "다른 글")]
    made = write_release(tmp_path, shards)
    assert publish(environ, made).returncode == 0
    commit = hub.repositories[REPOSITORY].tags[TAG]
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, REPOSITORY, commit],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    whole, streamed = json.loads(loaded.stdout.splitlines()[-1])
    assert whole == streamed == shards[0] + shards[1]


def test_a_dry_run_uploads_nothing(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)])
    done = publish(environ, made, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "the first version" in done.stdout
    assert "default/train: 30 rows added, 0 removed, 0 changed" in done.stdout
    assert not hub.repositories
    assert not made.recipe.with_suffix(".lock.toml").exists()


def test_a_version_with_other_content_is_refused(hub, environ, tmp_path):
    assert publish(environ, write_release(tmp_path, [rows(30)])).returncode == 0
    repository = hub.repositories[REPOSITORY]
    commit = repository.tags[TAG]
    done = publish(environ, write_release(tmp_path, [rows(31)]))
    assert done.returncode == 1
    assert f"version {VERSION} is there with other content (commit {commit})" in done.stderr
    assert [one.oid for one in repository.history()] == [commit]


def test_where_the_sources_lie_need_not_be_said_again(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)])
    text = made.recipe.read_text(encoding="utf-8").replace('path = "."', 'path = "${PLACE}/a"')
    made.recipe.write_text(text, encoding="utf-8")
    # The card names the variable in the command that builds the dataset again.
    write_card(made.recipe, made.final, read_manifest(made.final))
    assert "--set PLACE=…" in (made.final / "README.md").read_text(encoding="utf-8")
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr


def test_the_next_version_replaces_its_own_files_and_leaves_those_of_others(hub, environ, tmp_path):
    assert publish(environ, write_release(tmp_path, [rows(30), rows(30, "둘째")])).returncode == 0
    hub.commit(REPOSITORY, "by hand", {"NOTES.md": b"of somebody else\n"})
    changed = rows(32)
    changed[0]["text"] = "고친 글"
    made = write_release(tmp_path, [changed], version="2026.12.0")
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    assert "2026.11.0 -> 2026.12.0" in done.stdout
    repository = hub.repositories[REPOSITORY]
    files = repository.commits[repository.tags["v2026.12.0"]].files
    assert sorted(files) == [
        ".gitattributes",
        "NOTES.md",
        "README.md",
        "data/train-00000-of-00001.parquet",
        "manifest.json",
        *(
            f"plots/{name}.{language}.svg"
            for name in ("composition", "steps")
            for language in ("en", "ko")
        ),
    ]
    assert len(tomllib.loads(made.recipe.with_suffix(".lock.toml").read_text())["published"]) == 2


def test_a_version_is_pulled_by_commit_or_tag_and_stays_without_a_network(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(300)])
    assert publish(environ, made).returncode == 0
    commit = hub.repositories[REPOSITORY].tags[TAG]
    for number, revision in enumerate((commit, TAG)):
        target = tmp_path / f"copy-{number}"
        done = bllossom(environ, "pull", f"{REPOSITORY}@{revision}", "--to", target)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [f"{REPOSITORY}@{commit}", str(target)]
        for path in made.final.rglob("*"):
            if path.is_file():
                assert (target / path.relative_to(made.final)).read_bytes() == path.read_bytes()
    offline = {**environ, "HF_HUB_OFFLINE": "1"}
    for revision in (commit, TAG):
        done = bllossom(offline, "pull", f"{REPOSITORY}@{revision}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[0] == f"{REPOSITORY}@{commit}"


@pytest.mark.parametrize(
    ("place", "more", "message"),
    [
        (f"{REPOSITORY}@main", [], "a branch means other data tomorrow"),
        (f"{REPOSITORY}@{TAG}", ["--pinned"], "with --pinned write the 40 digits"),
        (REPOSITORY, [], "does not name a version"),
        (f"{REPOSITORY}@v2030.01.0", [], f"there is no such tag; there are: {TAG}"),
        (f"{REPOSITORY}@{'9' * 40}", [], "there is no such commit"),
        (f"bllossom/absent@{'9' * 40}", [], "there is no such repository, or it is private"),
    ],
)
def test_what_moves_or_is_not_there_is_refused(hub, environ, tmp_path, place, more, message):
    assert publish(environ, write_release(tmp_path, [rows(3)])).returncode == 0
    done = bllossom(environ, "pull", place, "--to", tmp_path / "copy", *more)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "copy").exists()


def test_a_damaged_file_is_not_pulled(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(300)])
    assert publish(environ, made).returncode == 0
    repository = hub.repositories[REPOSITORY]
    commit = repository.tags[TAG]
    name = "data/train-00000-of-00001.parquet"
    blob = hub.folder / "blobs" / repository.commits[commit].files[name].sha256
    right = blob.read_bytes()
    blob.write_bytes(right[:-1] + b"x")
    done = bllossom(environ, "pull", f"{REPOSITORY}@{commit}", "--to", tmp_path / "copy")
    assert done.returncode == 1
    assert f"{name} has other bytes than the manifest says" in done.stderr
    assert not (tmp_path / "copy").exists()
    blob.write_bytes(right)
    assert bllossom(environ, "pull", f"{REPOSITORY}@{commit}").returncode == 0
