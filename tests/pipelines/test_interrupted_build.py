"""Killed anywhere, a build goes on and ends with the same bytes; so do other numbers of workers."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "data_cards" / "demo.toml"
KILLS = 10
MOST_SECONDS_BEFORE_KILL = 8.0
VARYING = {"timings.json", "report.html", ".lock", "source_hashes.json"}


def start(root: Path, workers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bllossom_data.cli", "build", str(RECIPE)]
    return subprocess.Popen(
        [*command, "--root", str(root), "--workers", str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(root: Path, workers: int) -> None:
    process = start(root, workers)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def digests(root: Path) -> dict[str, str]:
    """SHA-256 of every file of a build that must not vary."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "demo").rglob("*"))
        if path.is_file() and path.name not in VARYING
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("undisturbed")
    finish(root, 1)
    found = digests(root)
    assert any(name.endswith("final/manifest.json") for name in found)
    return found


@pytest.mark.parametrize("workers", [2, 4])
def test_the_number_of_workers_changes_no_byte(workers, undisturbed, tmp_path):
    finish(tmp_path, workers)
    assert digests(tmp_path) == undisturbed


def test_a_build_killed_ten_times_ends_with_the_same_bytes(undisturbed, tmp_path):
    moments = random.Random(20261121)
    killed = 0
    while killed < KILLS:
        process = start(tmp_path, workers=2)
        time.sleep(moments.uniform(0.5, MOST_SECONDS_BEFORE_KILL))
        ended = process.poll() is not None
        # The whole group, so that no worker of the dead build goes on behind our back.
        os.killpg(process.pid, signal.SIGKILL) if not ended else None
        process.communicate()
        killed += 1
        if ended:
            # It was done before its moment came: begin again, so that each kill can hit work.
            subprocess.run(["rm", "-rf", str(tmp_path / "demo")], check=True)
    finish(tmp_path, 2)
    assert digests(tmp_path) == undisturbed


def test_a_killed_build_leaves_no_scratch_behind_when_it_is_done(undisturbed, tmp_path):
    process = start(tmp_path, workers=1)
    time.sleep(4)
    process.kill()
    process.communicate()
    finish(tmp_path, 1)
    left = [path for path in (tmp_path / "demo").rglob("*") if path.suffix == ".tmp"]
    assert left == []
    assert not list((tmp_path / "demo").rglob("scratch"))
