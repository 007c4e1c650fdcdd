"""How far an upload is, told while it goes on: the client as it is, a Hub on this machine."""

import json
import subprocess
import sys

import pytest
from fakes.loopback import status
from hub_units import REPOSITORY, write_release

from bllossom_data.manifest import read_manifest

UPLOAD = """
import json, sys
from contextlib import contextmanager
from pathlib import Path
from bllossom_data.manifest import read_manifest
from bllossom_data.publishing.hub import open_api
from bllossom_data.publishing.uploads import upload_files

class Recorder:
    def __init__(self):
        self.steps = []
    say = print
    @contextmanager
    def work(self, name, total, unit):
        self.total = total
        yield self.steps.append

repository, folder = sys.argv[1:]
open_api().create_repo(repository, repo_type="dataset", exist_ok=True)
progress = Recorder()
files = read_manifest(Path(folder)).files
additions = upload_files(repository, Path(folder), files, progress)
print(json.dumps([progress.steps, progress.total, [one.path_in_repo for one in additions]]))
"""


def uploaded(environ, final):
    done = subprocess.run(
        [sys.executable, "-c", UPLOAD, REPOSITORY, str(final)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def final(tmp_path):
    # What does not compress, so that the one shard is large.
    words = [{"id": f"{at:032x}", "text": f"{at * 7919**8:x}"} for at in range(20_000)]
    return write_release(tmp_path, [words]).final


def test_a_single_shard_moves_the_bar_while_it_goes_up(hub, environ, final):
    hub.multipart_bytes = 50_000
    steps, total, paths = uploaded(environ, final)
    files = read_manifest(final).files
    shard = next(file for file in files if file.path.endswith(".parquet"))
    assert sum(steps) == total == sum(file.size for file in files)
    assert paths == [file.path for file in files]
    assert shard.size > 3 * hub.multipart_bytes
    assert max(steps) <= hub.multipart_bytes


def test_what_is_sent_again_or_is_there_already_counts_once(hub, environ, final):
    hub.multipart_bytes = 50_000
    failed = []

    def fail_once(request):
        if request.path.endswith("/2") and not failed:
            failed.append(request)
            return status(503)
        return None

    hub.on_request = fail_once
    steps, total, _ = uploaded(environ, final)
    assert failed
    assert sum(steps) == total
    received = hub.received_bytes
    steps, total, _ = uploaded(environ, final)
    assert (sum(steps), hub.received_bytes) == (total, received)
