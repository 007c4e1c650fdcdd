"""The Batch API with the real client: any order, both files, any ending, killed at any moment."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes.korean import pseudo_korean
from fakes.loopback import broken, reply, status
from fakes.openai_server import OpenAIServer

from bllossom_data.errors import StepError
from bllossom_data.translation import openai_batch
from bllossom_data.translation.openai_batch import translate_in_batches
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.provider import Ask, ProviderError, QuotaError

KEY = "sk-batch-secret-42"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def server(monkeypatch):
    with OpenAIServer(KEY) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server


def requests(count=6):
    return [
        [Ask(f"{number}/{place}", f"Sentence {number} of {place} with ⟦1⟧.") for place in range(3)]
        for number in range(count)
    ]


def run(folder, asked, **options):
    provider = OpenAIProvider(
        "model-1", max_retries=options.pop("max_retries", 0), timeout_seconds=5
    )
    return translate_in_batches(
        provider, asked, folder, poll_seconds=0.01, most_poll_seconds=0.05, **options
    )


def texts(replies):
    return [[answer.text for answer in one.answers] for one in replies]


def expected(asked):
    return [[pseudo_korean(ask.text) for ask in asks] for asks in asked]


def test_replies_come_back_in_the_order_of_the_requests_whatever_that_of_the_file(server, tmp_path):
    server.batches.polls = 3
    asked = requests()
    replies = run(tmp_path, asked)
    assert texts(replies) == expected(asked)
    assert len(server.batches.created) == 1
    assert sum(one.usage.output_tokens for one in replies) == server.output_tokens > 0
    lines = server.batches.files["file-1"].decode().splitlines()
    assert len(lines) == 6
    assert json.loads(lines[0])["url"] == "/v1/chat/completions"
    assert json.loads(lines[0])["body"]["response_format"]["type"] == "json_schema"


def test_the_same_content_is_never_sent_twice(server, tmp_path):
    asked = requests()
    first = run(tmp_path / "one", asked)
    assert run(tmp_path / "one", asked) == first
    # Another folder knows nothing; the batch itself does.
    assert run(tmp_path / "two", asked) == first
    assert len(server.batches.created) == 1
    run(tmp_path / "one", requests(5))
    assert len(server.batches.created) == 2


def test_failed_requests_are_read_from_the_second_file_and_take_no_other_with_them(
    server, tmp_path
):
    faults = {
        "000001": status(500, message="overloaded"),
        "000002": status(429, "insufficient_quota"),
        "000003": reply("refusal"),
        "000004": reply("short"),
    }
    server.batches.fault_of = lambda custom_id: faults.get(custom_id.partition("-")[0])
    asked = requests()
    replies = run(tmp_path, asked)
    assert [one.answers[0].fault for one in replies] == [
        None,
        "failed",
        "failed",
        "refused",
        "missing",
        None,
    ]
    assert "overloaded" in replies[1].answers[0].detail
    assert "credit" in replies[2].answers[0].detail
    assert texts(replies)[5] == expected(asked)[5]


def test_a_completed_batch_without_an_output_file_is_read_all_the_same(server, tmp_path):
    server.batches.fault_of = lambda custom_id: status(500)
    replies = run(tmp_path, requests())
    assert {answer.fault for one in replies for answer in one.answers} == {"failed"}
    server.batches.fault_of = lambda custom_id: None
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(server.batches.created) == 2


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_a_batch_that_ended_early_keeps_its_finished_part(server, tmp_path, ending):
    server.batches.ending = ending
    asked = requests()
    replies = run(tmp_path, asked)
    assert texts(replies)[:3] == expected(asked)[:3]
    assert {answer.fault for one in replies[3:] for answer in one.answers} == {"failed"}
    assert ending in replies[3].answers[0].detail
    # A run that was killed before it kept them reads them again and pays nothing.
    assert run(tmp_path, asked) == replies
    server.batches.ending = "completed"
    assert texts(run(tmp_path, asked[3:])) == expected(asked[3:])
    assert len(server.batches.created) == 2


def test_a_batch_that_expired_with_nothing_done_is_sent_again(server, tmp_path):
    server.batches.ending, server.batches.finished_share = "expired", 0.0
    assert run(tmp_path, requests())[0].answers[0].fault == "failed"
    server.batches.ending = "completed"
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(server.batches.created) == 2


def test_a_batch_that_is_refused_as_a_whole_says_why_and_can_be_sent_again(server, tmp_path):
    server.batches.ending = "failed"
    replies = run(tmp_path, requests())
    assert "line 1 is not JSON" in replies[0].answers[0].detail
    server.batches.problem = ("insufficient_quota", "no credit")
    with pytest.raises(QuotaError, match="credit"):
        run(tmp_path, requests())
    server.batches.ending = "completed"
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(server.batches.created) == 3


def test_what_the_model_does_not_take_is_left_out_and_the_rest_asked_again(server, tmp_path):
    server.rejects = {"temperature"}
    asked = requests(3)
    assert texts(run(tmp_path, asked)) == expected(asked)
    assert len(server.batches.created) == 2
    assert texts(run(tmp_path, asked)) == expected(asked)
    assert len(server.batches.created) == 2, "a second run reads both again"


def test_a_create_whose_reply_is_lost_is_not_repeated(server, tmp_path):
    server.batches.break_after_creating = 1
    assert texts(run(tmp_path, requests(), max_retries=3)) == expected(requests())
    assert len(server.batches.created) == 1


def test_passing_faults_while_waiting_change_nothing(server, tmp_path):
    server.batches.polls = 2
    asked_for = []

    def fault(request):
        if request.method == "GET" and request.path.startswith("/v1/batches/"):
            asked_for.append(request)
            return {1: status(503), 2: broken()}.get(len(asked_for))
        return None

    server.on_request = fault
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(asked_for) == 4


def test_a_run_that_stops_waiting_goes_on_later(server, tmp_path):
    server.batches.polls = 10**9
    with pytest.raises(StepError, match="again later"):
        run(tmp_path, requests(), most_wait_seconds=0.05)
    server.batches.polls = 1
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(server.batches.created) == 1


def test_a_server_that_is_gone_ends_the_wait(server, tmp_path):
    server.on_request = lambda request: (
        broken() if request.path.startswith("/v1/batches/") else None
    )
    with pytest.raises(StepError, match="no connection"):
        run(tmp_path, requests())


def test_a_wrong_key_is_told_and_not_shown(server, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-one")
    with pytest.raises(ProviderError, match="OPENAI_API_KEY") as caught:
        run(tmp_path, requests())
    assert "sk-wrong-one" not in str(caught.value)


def test_what_is_kept_on_disk_holds_no_key(server, tmp_path):
    run(tmp_path, requests())
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert len(files) == 3
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_a_damaged_state_file_says_what_to_do(server, tmp_path):
    run(tmp_path, requests())
    (state,) = tmp_path.glob("*.json")
    state.write_text("{")
    with pytest.raises(StepError, match="remove it"):
        run(tmp_path, requests())
    state.unlink()
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(server.batches.created) == 1


def test_more_than_a_batch_may_hold_becomes_several(server, tmp_path, monkeypatch):
    monkeypatch.setattr(openai_batch, "MAX_REQUESTS", 4)
    asked = requests(10)
    assert texts(run(tmp_path, asked)) == expected(asked)
    assert len(server.batches.created) == 3
    monkeypatch.setattr(openai_batch, "MAX_REQUESTS", 100)
    monkeypatch.setattr(openai_batch, "MAX_BYTES", 20_000)
    before = set(server.batches.files)
    assert texts(run(tmp_path, asked)) == expected(asked)
    sent = [
        content
        for name, content in server.batches.files.items()
        if name not in before and b'"method":"POST"' in content
    ]
    assert len(sent) > 1
    assert max(map(len, sent)) <= 20_000
    assert sum(content.count(b"\n") for content in sent) == 10


KILLED = """
import sys
from pathlib import Path
from fakes.openai_server import OpenAIServer
sys.path.insert(0, "")
from bllossom_data.translation.openai_batch import translate_in_batches
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.provider import Ask
asked = [[Ask(f"{n}/{p}", f"Sentence {n} of {p} with ⟦1⟧.") for p in range(3)] for n in range(6)]
translate_in_batches(OpenAIProvider("model-1"), asked, Path(sys.argv[1]), poll_seconds=0.05)
"""


@pytest.mark.parametrize("moment", ["while creating", "while waiting"])
def test_a_run_that_was_killed_creates_no_second_batch(server, tmp_path, moment):
    server.batches.polls = 10**9
    server.batches.pause_seconds = 30.0 if moment == "while creating" else 0.0
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], env=environment)
    reached = "/v1/batches" if moment == "while creating" else "/v1/batches/"
    deadline = time.monotonic() + 60
    while not (server.batches.created and server.count(reached)) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert bool(list(tmp_path.glob("*.json"))) == (moment == "while waiting")
    server.batches.polls, server.batches.pause_seconds = 1, 0.0
    assert texts(run(tmp_path, requests())) == expected(requests())
    assert len(server.batches.created) == 1
