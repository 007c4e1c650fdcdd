"""Publishing while the Hub fails, and while the process is killed: one commit, the right one."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from fakes.hub_server import lost
from fakes.loopback import status
from hub_units import (
    REPOSITORY,
    TOKEN,
    VERSION,
    publish,
    rows,
    write_release,
)

TAG = f"v{VERSION}"


def assert_published_once(hub, made):
    repository = hub.repositories[REPOSITORY]
    assert [one.oid for one in repository.history()] == [repository.tags[TAG]]
    files = repository.commits[repository.tags[TAG]].files
    expected = {
        path.relative_to(made.final).as_posix(): path.read_bytes()
        for path in made.final.rglob("*")
        if path.is_file()
    }
    assert set(files) == {*expected, ".gitattributes"}
    for name, content in expected.items():
        assert hub.content(REPOSITORY, TAG, name) == content


def failing_once(*rules):
    """Faults for the first request whose method and path begin and end so."""
    left = list(rules)

    def fault(request):
        for rule in left:
            method, part, wrong = rule
            if request.method == method and part in request.path:
                left.remove(rule)
                return wrong
        return None

    return fault


@pytest.mark.parametrize(
    ("method", "part", "wrong"),
    [
        ("POST", "/preupload/", status(429, retry_after=0)),
        ("PUT", "/lfs/", status(503)),
        ("POST", "/commit/", status(429, retry_after=0)),
        ("POST", "/commit/", status(503)),
        ("POST", "/commit/", status(429, retry_after=-3)),
        ("POST", "/commit/", lost()),
        ("POST", "/tag/", status(503)),
        ("POST", "/tag/", lost()),
        ("POST", "/repos/create", lost()),
        ("GET", "/whoami-v2", status(429, retry_after=0)),
    ],
)
def test_a_failure_that_passes_costs_nothing(hub, environ, tmp_path, method, part, wrong):
    made = write_release(tmp_path, [rows(300), rows(40, "다른 글")])
    hub.on_request = failing_once((method, part, wrong))
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    assert_published_once(hub, made)
    tried = Counter(one.method for one in hub.log if part in one.path)[method]
    if wrong == lost() and part == "/commit/":
        assert tried == 1, "it was found to have landed, and not sent again"
    else:
        assert tried >= 2


def test_a_window_without_requests_is_waited_for(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)])
    hub.on_request = failing_once(("POST", "/commit/", status(429, window_seconds=3)))
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    assert "the Hub answered 429; attempt 2 of 5 in 3 s" in done.stderr
    assert_published_once(hub, made)


def test_a_connection_reset_in_the_middle_of_a_shard_is_taken_up_again(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(300)])
    cuts = iter([1_500])
    hub.cut_after = lambda request: next(cuts, None) if request.path.endswith("/1") else None
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    assert next(cuts, None) is None, "it was cut"
    assert_published_once(hub, made)


def test_a_token_that_expires_is_told_and_the_rest_is_uploaded_after_the_login(
    hub, environ, tmp_path
):
    made = write_release(tmp_path, [rows(300), rows(40, "다른 글")])

    def expire(request):
        if "/commit/" in request.path:
            hub.key = "hf_new"
        return None

    hub.on_request = expire
    done = publish(environ, made)
    assert done.returncode == 1
    assert (
        "it is wrong, or has expired; sign in with `hf auth login` or set HF_TOKEN" in done.stderr
    )
    assert TOKEN not in done.stdout + done.stderr
    assert hub.repositories[REPOSITORY].history() == []
    hub.calm()
    received = hub.received_bytes
    again = publish({**environ, "HF_TOKEN": "hf_new"}, made)
    assert again.returncode == 0, again.stderr
    assert hub.received_bytes == received, "nothing is uploaded twice"
    assert_published_once(hub, made)


def test_a_commit_of_somebody_else_is_not_overwritten(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(300)])
    others = iter([b"of somebody else\n"])

    def commit(request):
        if "/commit/" in request.path and (content := next(others, None)):
            hub.commit(REPOSITORY, "by hand", {"NOTES.md": content})
        return None

    hub.on_request = commit
    done = publish(environ, made)
    assert done.returncode == 1
    assert "somebody else committed" in done.stderr
    assert "run the same command again" in done.stderr
    assert TAG not in hub.repositories[REPOSITORY].tags
    again = publish(environ, made)
    assert again.returncode == 0, again.stderr
    repository = hub.repositories[REPOSITORY]
    titles = [one.title for one in repository.history()]
    assert titles == [f"Publish tiny {VERSION}", "by hand"]
    assert hub.content(REPOSITORY, TAG, "NOTES.md") == b"of somebody else\n"


def test_of_two_who_publish_a_first_version_at_once_one_is_told(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(300)])
    others = iter([b"{}"])

    def publish_first(request):
        if "/preupload/" in request.path and (content := next(others, None)):
            hub.commit(REPOSITORY, f"Publish tiny {VERSION}", {"NOTES.md": content})
        return None

    hub.on_request = publish_first
    done = publish(environ, made)
    assert done.returncode == 1
    assert "version 2026.11.0 is there with other content" in done.stderr
    repository = hub.repositories[REPOSITORY]
    assert len(repository.history()) == 1
    assert TAG not in repository.tags


@pytest.mark.slow
@pytest.mark.parametrize("point", range(1, 11))
def test_a_killed_upload_goes_on_to_exactly_one_commit(hub, environ, tmp_path, point):
    """Killed at a request on its way: the last points are after the commit and after the tag."""
    made = write_release(tmp_path, [rows(300), rows(40, "다른 글")])
    stations = [
        "/repos/create",
        "/preupload/",
        "/objects/batch",
        "/1",
        "/2",
        "/lfs/complete/",
        "/lfs/verify/",
        "/commit/",
        "/commit/",
        "/tag/",
    ]
    process = []
    reached = threading.Event()

    def kill(request):
        if stations[point - 1] in request.path and not reached.is_set():
            reached.set()
            os.kill(process[0].pid, signal.SIGKILL)
            # Either the request never came, or it was carried out and nobody knows.
            return lost() if point >= 9 else status(500)
        return None

    hub.on_request = kill
    command = [sys.executable, "-m", "bllossom_data.cli", "publish", str(made.recipe)]
    process.append(
        subprocess.Popen(
            [*command, "--root", str(made.root)],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    assert process[0].wait(timeout=120) == -signal.SIGKILL
    assert reached.is_set()
    hub.calm()
    assert len(hub.repositories.get(REPOSITORY).history() if hub.repositories else []) == (
        1 if point >= 9 else 0
    )
    again = publish(environ, made)
    assert again.returncode == 0, again.stderr
    assert_published_once(hub, made)
    assert made.recipe.with_suffix(".lock.toml").is_file()
