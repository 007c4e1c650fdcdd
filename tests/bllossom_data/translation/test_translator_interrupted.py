"""A run that is killed loses what is on its way, and nothing else."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bllossom_data.translation.cache import Cache

ROOT = Path(__file__).parents[3]
COUNT = 600
KILLS = 10
LARGEST_REQUEST = 2_000


def start(folder, most):
    code = "import fake_translation; fake_translation.main()"
    files = [str(folder / name) for name in ("cache.sqlite", "log", "result")]
    return subprocess.Popen(
        [sys.executable, "-c", code, *files, str(most), str(COUNT)],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""},
    )


def lines(folder):
    log = folder / "log"
    return log.read_text().splitlines() if log.exists() else []


def characters(folder):
    return sum(json.loads(line)[1] for line in lines(folder) if line.endswith("]"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(folder, 10**9).wait(120) == 0
    return folder


def kill_and_resume(folder, most, requests, seed):
    """Kills at ten moments spread over the whole run, then lets it end."""
    rng = random.Random(seed)
    for number in range(KILLS):
        until = rng.randrange(requests * number // KILLS, requests * (number + 1) // KILLS)
        running = start(folder, most)
        while len(lines(folder)) < until and running.poll() is None:
            time.sleep(0.001)
        time.sleep(rng.random() * 0.008)
        running.send_signal(signal.SIGKILL)
        running.wait(60)
    assert start(folder, most).wait(120) == 0


def test_a_run_that_was_killed_ten_times_gives_the_same_bytes(tmp_path, undisturbed):
    requests = len(lines(undisturbed))
    assert requests > 100
    kill_and_resume(tmp_path, 10**9, requests, seed=1)
    assert (tmp_path / "result").read_bytes() == (undisturbed / "result").read_bytes()
    # Four requests are on their way at a time: those, and no others, are paid for in vain.
    with sqlite3.connect(tmp_path / "cache.sqlite") as connection:
        (lost,) = connection.execute("SELECT count(*) FROM requests WHERE NOT settled").fetchone()
    assert 0 < lost <= 4 * KILLS
    cache = Cache(tmp_path / "cache.sqlite")
    # A request that was killed before it was sent is in the book too; none is missing there.
    booked = cache.spent("build").usage.characters
    assert characters(tmp_path) <= booked <= characters(tmp_path) + lost * LARGEST_REQUEST
    before = len(lines(tmp_path))
    assert start(tmp_path, 10**9).wait(120) == 0
    assert len(lines(tmp_path)) == before


def test_a_run_that_is_killed_and_resumed_keeps_its_cap(tmp_path, undisturbed):
    cap = characters(undisturbed) * 2 // 3
    kill_and_resume(tmp_path, cap, len(lines(undisturbed)) // 2, seed=2)
    assert cap * 0.9 < characters(tmp_path) <= cap
    states = [one["state"] for one in json.loads((tmp_path / "result").read_bytes())]
    assert {"translated", "stopped"} <= set(states)
