"""Data from the Hub at a commit: the real client against a server on this machine."""

import json

import pytest
from fakes.hub_repositories import Repository
from fakes.hub_server import HubServer
from training_units import conversations, write_dataset, write_run

from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training.pinned_data import open_dataset
from training.run_file import load_run
from training.running import train

REPOSITORY = "bllossom/tiny"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub with one dataset, `hub.head` its commit, and a client that knows no other Hub."""
    folder = write_dataset(tmp_path / "repository", {"train": conversations(8)})
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    with HubServer(tmp_path / "server") as server:
        server.repositories[REPOSITORY] = Repository()
        server.head = server.commit(REPOSITORY, "Publish tiny", files)
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            server.url + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        _http.close_session()
        yield server
    _http.close_session()


def entry(made, tmp_path, place):
    return load_run(write_run(tmp_path / "run.toml", "sft", place, made.tokenizer), {})


def test_a_dataset_of_the_hub_is_trained_on_at_its_commit(made, tmp_path, hub):
    run = entry(made, tmp_path, f"{REPOSITORY}@{hub.head}")
    done = train(run, tmp_path / "runs", no_progress())
    # The client itself looks up which agents it may name in its user agent.
    paths = [one.path for one in hub.log if "agent-harnesses" not in one.path]
    others = [path for path in paths if hub.head not in path]
    assert others == [], "nothing but the commit is asked for, and nobody is told of the run"
    card = (done.model / "README.md").read_text("utf-8")
    assert f"| {REPOSITORY} | {hub.head} | apache-2.0 |" in card
    assert f"datasets:\n- {REPOSITORY}" in card
    lineage = json.loads((done.model / "lineage.json").read_text())["datasets"][0]
    assert (lineage["repository"], lineage["commit"], lineage["rows"]) == (REPOSITORY, hub.head, 8)


def test_the_second_time_nothing_is_downloaded(made, tmp_path, hub):
    run = entry(made, tmp_path, f"{REPOSITORY}@{hub.head}")
    open_dataset(run.datasets[0])
    hub.log.clear()
    open_dataset(run.datasets[0])
    assert not any("/resolve/" in one.path for one in hub.log)


def test_a_commit_that_is_not_there_is_told(made, tmp_path, hub):
    run = entry(made, tmp_path, f"{REPOSITORY}@{'9' * 40}")
    with pytest.raises(TrainingError, match=f"{REPOSITORY}@9999.*cannot be had.*check name"):
        open_dataset(run.datasets[0])
