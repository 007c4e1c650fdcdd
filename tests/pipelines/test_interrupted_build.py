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
MOST_SECONDS_AFTER_BEGIN = 0.4
STEPS = ("ingest", "measure", "decide", "deduplicate", "decontaminate", "clean", "mix", "final")
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


def kill_in(step: str, root: Path, delay_s: float) -> str | None:
    """Builds until a step has begun, waits, kills; returns the step that was unfinished then."""
    folder = root / "demo" / "2026.11.0-dev"
    process = start(root, workers=1)
    while process.poll() is None and not (folder / step / "fingerprint.json").exists():
        time.sleep(0.002)
    time.sleep(delay_s)
    if process.poll() is not None:
        process.communicate()
        return None
    # The whole group, so that no worker of the dead build goes on behind our back.
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return next((name for name in STEPS if not (folder / name / "step.json").exists()), None)


def test_a_build_killed_ten_times_ends_with_the_same_bytes(undisturbed, tmp_path):
    moments = random.Random(20261121)
    again = sorted(moments.sample(STEPS, 2), key=STEPS.index)
    hit = []
    for name, steps in (("every-step", STEPS), ("again", again)):
        root = tmp_path / name
        for step in steps:
            hit.append(kill_in(step, root, moments.uniform(0, MOST_SECONDS_AFTER_BEGIN)))
        finish(root, 1)
        assert digests(root) == undisturbed, f"killed in {hit}"
    assert len(hit) == KILLS
    # A step may be done before its moment comes; most are hit in their midst.
    assert len([step for step in hit if step]) >= KILLS - 2, hit
    assert len(set(hit)) >= len(STEPS) // 2, hit


def test_a_killed_build_leaves_no_scratch_behind_when_it_is_done(undisturbed, tmp_path):
    process = start(tmp_path, workers=1)
    time.sleep(4)
    process.kill()
    process.communicate()
    finish(tmp_path, 1)
    left = [path for path in (tmp_path / "demo").rglob("*") if path.suffix == ".tmp"]
    assert left == []
    assert not list((tmp_path / "demo").rglob("scratch"))
