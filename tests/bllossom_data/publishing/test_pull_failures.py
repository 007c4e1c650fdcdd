"""Pulling where something is missing: a right, the network, the disk, a token that is one."""

import subprocess
import sys

import pytest
from fakes.hub_repositories import Repository
from fakes.loopback import status
from hub_units import REPOSITORY, VERSION, bllossom, publish, rows, write_release

TAG = f"v{VERSION}"
NOWHERE = "http://127.0.0.1:9"


def refused(environ, *arguments):
    done = bllossom(environ, *arguments)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def nobody(environ):
    """Somebody who is not signed in."""
    return {name: value for name, value in environ.items() if name != "HF_TOKEN"}


@pytest.mark.parametrize("place", ["bllossom/absent", "bllossom/hidden"])
@pytest.mark.parametrize("revision", [TAG, "9" * 40])
def test_what_is_absent_or_private_is_told_so_whoever_asks(hub, environ, place, revision):
    hub.repositories["bllossom/hidden"] = Repository(private=True)
    hub.commit("bllossom/hidden", "made by hand", {"notes.txt": b"x"})
    message = refused(nobody(environ), "pull", f"{place}@{revision}")
    assert "there is no such repository, or it is private; check the name" in message
    assert "sign in with `hf auth login` or set HF_TOKEN" in message
    assert "upload" not in message


def test_a_token_that_the_hub_does_not_know_is_told(hub, environ):
    message = refused({**environ, "HF_TOKEN": "hf_old"}, "pull", f"{REPOSITORY}@{TAG}")
    assert "the Hub does not know your token: it is wrong, or has expired" in message


def test_a_right_to_read_that_lacks_is_told(hub, environ):
    hub.always(status(403))
    assert "may not read there" in refused(environ, "pull", f"{REPOSITORY}@{TAG}")


@pytest.mark.parametrize("token", ["hf_토큰", "hf_a b", "hf_a\tb"])
@pytest.mark.parametrize("verb", ["pull", "publish"])
def test_a_token_that_cannot_be_one_is_told_and_not_shown(environ, hub, tmp_path, token, verb):
    recipe = write_release(tmp_path, [rows(3)]).recipe
    what = f"{REPOSITORY}@{TAG}" if verb == "pull" else recipe
    root = () if verb == "pull" else ("--root", tmp_path / "build")
    message = refused({**environ, "HF_TOKEN": token}, verb, what, *root)
    assert "HF_TOKEN: has characters that no token of the Hub has" in message
    assert token not in message
    assert hub.log == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (status(404, "RepoNotFound"), "there is no such thing, or it is private"),
        (status(401), "the Hub does not know your token"),
        (status(403), "may not read there"),
        (status(429, retry_after=0), "the Hub answered 429 again and again"),
        (status(503, retry_after=0), "the Hub answered 503 again and again"),
    ],
)
def test_a_tag_that_was_pulled_is_not_taken_from_memory_if_the_hub_refuses(
    hub, environ, tmp_path, wrong, message
):
    assert publish(environ, write_release(tmp_path, [rows(3)])).returncode == 0
    place = f"{REPOSITORY}@{TAG}"
    assert bllossom(environ, "pull", place).returncode == 0
    hub.always(wrong)
    assert message in refused(environ, "pull", place)


def test_without_a_network_a_tag_means_what_it_meant(hub, environ, tmp_path):
    assert publish(environ, write_release(tmp_path, [rows(3)])).returncode == 0
    place = f"{REPOSITORY}@{TAG}"
    assert bllossom(environ, "pull", place).returncode == 0
    for away in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": NOWHERE}):
        done = bllossom({**environ, **away}, "pull", place)
        assert done.returncode == 0, done.stderr


def test_addresses_that_give_a_right_are_not_shown_where_the_client_asks_again(environ):
    program = (
        "import logging; from huggingface_hub.utils.logging import get_logger; "
        "from bllossom_data.publishing.hub import ask; ask('it', lambda: None); "
        "get_logger('huggingface_hub.utils._http').warning("
        "'thrown while requesting PUT https://a.b/c?X-Amz-Signature=1&t=2')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert "thrown while requesting PUT https://a.b/c\n" in done.stderr
    assert "Signature" not in done.stderr


def pull_with_small_files(environ, *arguments):
    """Pulls where no file may be larger than 8 KiB, as on a disk that is full."""
    command = f'ulimit -f 8; exec {sys.executable} -m bllossom_data.cli pull "$@"'
    return subprocess.run(
        ["bash", "-c", command, "pull", *map(str, arguments)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("full", ["cache", "target"])
def test_a_disk_that_is_full_is_named_and_nothing_is_left(hub, environ, tmp_path, full):
    made = write_release(tmp_path, [rows(3_000)])
    shard = made.final / "data" / "train-00000-of-00001.parquet"
    assert shard.stat().st_size > 8_192
    assert publish(environ, made).returncode == 0
    place, target = f"{REPOSITORY}@{TAG}", tmp_path / "copies" / "copy"
    if full == "target":
        assert bllossom(environ, "pull", place).returncode == 0
    done = pull_with_small_files(environ, place, "--to", target)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    error = done.stderr.splitlines()[-1]
    if full == "target":
        assert error == (
            f"Error: pull --to: {target}: the file would be larger than this system allows; see "
            "`ulimit -f`"
        )
    else:
        assert "File too large" in error
        assert str(tmp_path / "home" / "hub") in error
    assert list(tmp_path.glob("copies/*")) == []
    again = bllossom(environ, "pull", place, "--to", target)
    assert again.returncode == 0, again.stderr
    assert (target / "data" / shard.name).read_bytes() == shard.read_bytes()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (401, "the Hub does not know your token"),
        (403, "your token may not write there"),
        (404, "this Hub does not speak Xet; set HF_HUB_DISABLE_XET=1"),
    ],
)
def test_a_refusal_of_xet_is_no_trouble_of_the_network(hub, environ, tmp_path, number, message):
    made = write_release(tmp_path, [rows(30)])
    hub.on_request = lambda request: status(number) if "/xet-" in request.path else None
    environ = {name: value for name, value in environ.items() if name != "HF_HUB_DISABLE_XET"}
    done = publish(environ, made)
    assert done.returncode == 1
    assert message in done.stderr
    assert "attempt 2" not in done.stderr
    assert hub.repositories[REPOSITORY].history() == []
