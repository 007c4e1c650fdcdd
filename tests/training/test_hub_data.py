"""Data from the Hub at a commit: the real client against a server on this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from training_units import conversations, write_dataset, write_run

from bllossom_data.errors import TrainingError
from bllossom_data.files import sha256_file
from bllossom_data.progress import no_progress
from training.pinned_data import open_dataset
from training.run_file import load_run
from training.running import train

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "bllossom/tiny"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub with one dataset at one commit; `hub.asked` holds the paths that were asked for."""
    folder = write_dataset(tmp_path / "repository", {"train": conversations(8)})
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, body, **headers):
            self.send_response(200)
            for name, value in {
                "Content-Length": len(body),
                "X-Repo-Commit": COMMIT,
                **headers,
            }.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_GET(self):
            asked.append(self.path)
            name = self.path.partition("?")[0].rpartition(f"/resolve/{COMMIT}/")[2]
            if self.path.startswith(f"/api/datasets/{REPOSITORY}/revision/{COMMIT}"):
                siblings = [{"rfilename": one} for one in files]
                content = {"id": REPOSITORY, "sha": COMMIT, "siblings": siblings, "private": False}
                self.answer(json.dumps(content).encode(), **{"Content-Type": "application/json"})
            elif self.path.startswith(f"/api/datasets/{REPOSITORY}/tree/{COMMIT}"):
                tree = [
                    {
                        "type": "file",
                        "path": one,
                        "size": (folder / one).stat().st_size,
                        "oid": sha256_file(folder / one)[:40],
                    }
                    for one in files
                ]
                self.answer(json.dumps(tree).encode(), **{"Content-Type": "application/json"})
            elif name in files:
                self.answer((folder / name).read_bytes(), ETag=f'"{sha256_file(folder / name)}"')
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RevisionNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        do_HEAD = do_GET

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    _http.close_session()
    server.asked = asked
    yield server
    server.shutdown()
    _http.close_session()


def entry(made, tmp_path, place):
    return load_run(write_run(tmp_path / "run.toml", "sft", place, made.tokenizer), {})


def test_a_dataset_of_the_hub_is_trained_on_at_its_commit(made, tmp_path, hub):
    run = entry(made, tmp_path, f"{REPOSITORY}@{COMMIT}")
    done = train(run, tmp_path / "runs", no_progress())
    # The client itself looks up which agents it may name in its user agent.
    others = [path for path in hub.asked if COMMIT not in path and "agent-harnesses" not in path]
    assert others == [], "nothing but the commit is asked for, and nobody is told of the run"
    card = (done.model / "README.md").read_text("utf-8")
    assert f"| {REPOSITORY} | {COMMIT} | apache-2.0 |" in card
    assert f"datasets:\n- {REPOSITORY}" in card
    lineage = json.loads((done.model / "lineage.json").read_text())["datasets"][0]
    assert (lineage["repository"], lineage["commit"], lineage["rows"]) == (REPOSITORY, COMMIT, 8)


def test_the_second_time_nothing_is_downloaded(made, tmp_path, hub):
    run = entry(made, tmp_path, f"{REPOSITORY}@{COMMIT}")
    open_dataset(run.datasets[0])
    hub.asked.clear()
    open_dataset(run.datasets[0])
    assert not any("/resolve/" in path for path in hub.asked)


def test_a_commit_that_is_not_there_is_told(made, tmp_path, hub):
    run = entry(made, tmp_path, f"{REPOSITORY}@{'9' * 40}")
    with pytest.raises(TrainingError, match=f"{REPOSITORY}@9999.*cannot be had.*check name"):
        open_dataset(run.datasets[0])
