"""A recipe that translates through the Batch API: one batch, whatever interrupts the wait."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.loopback import status
from fakes.openai_server import OpenAIServer
from instruction_recipes import begun

from bllossom_data.cli import main

SAMPLE = Path(__file__).parents[2] / "bllossom_data" / "sample" / "instructions" / "items.jsonl"
RECIPE = (
    begun("slow")
    + """
[translate]
{limits}

[[translate.providers]]
engine = "openai"
model = "{model}"
base_url = "{url}"
{batch}
{more}
"""
)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    with OpenAIServer("test-key") as running:
        yield running


def recipe(folder: Path, server: OpenAIServer, batch: bool = True, **values: str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[33:41]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "slow.toml"
    filled = {"model": "fake-1", "limits": "", "more": "", **values}
    text = RECIPE.format(url=server.base_url, batch=f"batch = {str(batch).lower()}", **filled)
    path.write_text(text, encoding="utf-8")
    return path


def command(path: Path) -> list[str]:
    return ["build", str(path), "--root", str(path.parent / "build")]


def build(path: Path, code: int = 3) -> str:
    result = CliRunner().invoke(main, command(path))
    assert result.exit_code == code, result.output
    return result.output


def results(path: Path) -> dict[str, str]:
    folder = path.parent / "build" / "slow" / "2026.11.0-dev"
    names = ("translate/translations.jsonl", "localise/drafts.jsonl", "reviews/waiting.jsonl")
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def at_once(server: OpenAIServer) -> int:
    return server.count("/v1/chat/completions")


def test_a_batch_gives_the_bytes_of_requests_one_by_one_and_sends_none(server, tmp_path):
    slow = recipe(tmp_path / "slow", server)
    build(slow)
    assert at_once(server) == 0
    assert len(server.batches.created) == 1
    direct = recipe(tmp_path / "direct", server, batch=False)
    build(direct)
    assert results(slow) == results(direct)


def test_a_second_build_and_one_without_batches_find_every_answer_in_the_cache(server, tmp_path):
    path = recipe(tmp_path, server)
    build(path)
    first, asked = results(path), server.count()
    subprocess.run(["rm", "-r", tmp_path / "build" / "slow"], check=True)
    build(path)
    build(recipe(tmp_path, server, batch=False))
    assert server.count() == asked
    assert results(path) == first


def killed_while_waiting(path: Path, server: OpenAIServer) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bllossom_data.cli", *command(path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "OPENAI_API_KEY": "test-key"},
    )  # fmt: skip
    seen = server.count("/v1/batches/", "GET")
    until = time.monotonic() + 60
    while server.count("/v1/batches/", "GET") == seen and time.monotonic() < until:
        time.sleep(0.02)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_killed_while_it_waits_it_goes_on_with_the_same_batch_and_the_same_money(server, tmp_path):
    arguments = ["translate", *command(recipe(tmp_path, server))[1:], "--estimate", "--json"]
    (estimate,) = json.loads(CliRunner().invoke(main, arguments).stdout)
    # Enough for every request once, and not for one of them twice.
    path = recipe(tmp_path, server, limits=f"max_characters = {estimate['characters'] + 10}")
    server.batches.polls = 3
    killed_while_waiting(path, server)
    killed_while_waiting(path, server)
    build(path)
    assert len(server.batches.created) == 1
    direct = recipe(tmp_path / "direct", server, batch=False)
    build(direct)
    assert results(path) == results(direct)


def test_what_failed_in_the_batch_is_read_from_the_error_file_and_asked_again(server, tmp_path):
    server.batches.fault_of = lambda custom_id: (
        status(500) if custom_id.startswith("000001-") else None
    )
    path = recipe(tmp_path, server)
    build(path)
    rows = (tmp_path / "build/slow/2026.11.0-dev/translate/translations.jsonl").read_text("utf-8")
    assert '"korean":null' in rows
    server.batches.fault_of = lambda custom_id: None
    subprocess.run(["rm", "-r", tmp_path / "build" / "slow" / "2026.11.0-dev"], check=True)
    build(path)
    rows = (tmp_path / "build/slow/2026.11.0-dev/translate/translations.jsonl").read_text("utf-8")
    assert '"korean":null' not in rows
    assert len(server.batches.created) == 2
    second = server.batches.files[f"file-{max(int(one[5:]) for one in server.batches.files) - 1}"]
    assert second.count(b"\n") == 1


def test_a_parameter_that_the_model_does_not_take_is_left_out_of_the_next_batch(server, tmp_path):
    server.rejects = {"temperature", "json_schema"}
    path = recipe(tmp_path / "slow", server)
    build(path)
    assert at_once(server) == 0
    assert len(server.batches.created) == 3
    server.rejects = set()
    direct = recipe(tmp_path / "direct", server, batch=False)
    build(direct)
    assert results(path) == results(direct)


def test_a_limit_holds_for_batches_and_they_cost_half(server, tmp_path):
    full = recipe(tmp_path / "full", server, batch=False, model="gpt-5-mini")
    half = recipe(tmp_path / "half", server, model="gpt-5-mini")

    def dollars(path: Path) -> list[float]:
        arguments = ["translate", *command(path)[1:], "--estimate", "--json"]
        return json.loads(CliRunner().invoke(main, arguments).stdout)[0]["dollars"]

    assert dollars(half) == pytest.approx([one / 2 for one in dollars(full)])
    path = recipe(tmp_path / "half", server, limits="max_characters = 2000")
    assert "max_characters = 2000, of which" in build(path)
    (upload,) = [one for one in server.batches.files.values() if b'"custom_id"' in one][:1]
    asked = [json.loads(line)["body"]["messages"][-1]["content"] for line in upload.splitlines()]
    texts = [one["text"] for content in asked for one in json.loads(content)["segments"]]
    assert 0 < sum(map(len, texts)) <= 2000
    assert at_once(server) == 0


def test_no_credit_stops_the_build_and_it_goes_on_later(server, tmp_path):
    server.batches.ending, server.batches.problem = "failed", ("insufficient_quota", "no credit")
    path = recipe(tmp_path, server)
    assert "no credit left" in build(path)
    server.batches.ending = "completed"
    build(path)
    assert len(server.batches.created) == 2


def test_rewrites_of_subjects_go_through_batches_too(server, tmp_path):
    table = (
        f'[localise.topic_rewrites]\nmodel = "fake-2"\nbase_url = "{server.base_url}"\nbatch = true'
    )
    path = recipe(tmp_path, server, more=table)
    build(path)
    assert at_once(server) == 0
    assert len(server.batches.created) == 2
    drafts = (tmp_path / "build/slow/2026.11.0-dev/localise/drafts.jsonl").read_text("utf-8")
    assert '"source":"model:openai:fake-2"' in drafts


def test_only_a_chat_model_has_batches(server, tmp_path):
    path = recipe(tmp_path, server)
    text = path.read_text(encoding="utf-8").replace('engine = "openai"', 'engine = "deepl"')
    path.write_text(text, encoding="utf-8")
    said = build(path, code=1)
    assert "translate.providers[0].batch = true" in said
    assert 'only for `engine = "openai"`' in said
