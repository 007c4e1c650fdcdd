"""Units of work on datatrove's executors: each once, resumed, interrupted and failed cleanly."""

import io
import os
import random
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from executor_units import make, make_all_but, note_environment, squared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bllossom_data.build import Step, StepFolder, StepResult, run_build
from bllossom_data.errors import StepError
from bllossom_data.files import write_atomic
from bllossom_data.progress import log_progress, no_progress
from pipelines.executor import UnitBlock, in_processes, run_units

UNITS = [f"parts/{number}.txt" for number in range(7)]
WORKERS = [1, 3]


def made(folder: Path) -> list[str]:
    return sorted(line.split()[0] for line in (folder / "made.log").read_text().splitlines())


def step_folder(path: Path, progress=None) -> StepFolder:
    return StepFolder(path, {}, progress or no_progress())


@pytest.fixture(scope="module", autouse=True)
def forkserver(tmp_path_factory):
    """Starts the server of workers as a build does, with all that they need imported."""
    folder = tmp_path_factory.mktemp("forkserver")
    run_units("make", step_folder(folder), UNITS, partial(make, folder), 2)


@pytest.mark.parametrize("workers", WORKERS)
def test_the_block_runs_in_datatroves_own_executor(workers, tmp_path):
    block = UnitBlock("make", tmp_path, UNITS, partial(make, tmp_path))
    stats = LocalPipelineExecutor(
        [block], tasks=5, workers=workers, logging_dir=str(tmp_path / "logs"), skip_completed=False
    ).run()
    assert made(tmp_path) == UNITS
    assert all((tmp_path / unit).read_text() == f"result of {unit}" for unit in UNITS)
    assert "make" in stats.get_repr()


@pytest.mark.parametrize("workers", WORKERS)
def test_results_come_in_the_order_of_what_they_are_made_from(workers):
    given_numbers = [(number, "가" * number) for number in range(30)]
    found = list(in_processes(squared, given_numbers, workers))
    assert [(number, text) for number, text, _ in found] == [
        (number * number, text) for number, text in given_numbers
    ]
    assert (os.getpid() in {process for *_, process in found}) == (workers == 1)
    assert list(in_processes(squared, [], workers)) == []


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_in_another_process_is_raised_here(workers):
    with pytest.raises(ZeroDivisionError):
        list(in_processes(squared, [(1, ""), (None, ""), (2, "")], workers))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 30), st.integers(1, 12))
def test_the_ranks_share_all_units_between_them(tmp_path_factory, n_units, world_size):
    folder = tmp_path_factory.mktemp("ranks")
    units = [f"{number}" for number in range(n_units)]
    done: list[str] = []
    block = UnitBlock("make", folder, units, done.append)
    for rank in range(world_size):
        assert list(block.run(None, rank, world_size)) == []
    assert sorted(done, key=int) == units


def test_documents_of_an_earlier_block_go_through_untouched(tmp_path):
    before = [Document(text=f"글 {number}", id=str(number)) for number in range(3)]
    after: list[Document] = []

    def collect(data, rank, world_size):
        for document in data:
            after.append(document)
            yield document

    block = UnitBlock("make", tmp_path, UNITS[:2], partial(make, tmp_path))
    collected = list(collect(block.run(iter(before)), 0, 1))
    assert collected == before
    assert made(tmp_path) == UNITS[:2]
    LocalPipelineExecutor(
        [before, block, collect], tasks=1, workers=1, logging_dir=str(tmp_path / "logs")
    ).run()
    assert [document.text for document in after[3:]] == ["글 0", "글 1", "글 2"]


@pytest.mark.parametrize("workers", WORKERS)
def test_all_units_are_made_once_and_told_as_progress(workers, tmp_path):
    log = io.StringIO()
    run_units(
        "make", step_folder(tmp_path, log_progress(log)), UNITS, partial(make, tmp_path), workers
    )
    assert made(tmp_path) == UNITS
    assert "make: begins, 7 parts" in log.getvalue()
    assert "make: done, 7 parts" in log.getvalue()


@pytest.mark.parametrize("workers", WORKERS)
def test_units_that_are_done_are_not_done_again(workers, tmp_path):
    done = UNITS[1::2]
    for unit in done:
        write_atomic(tmp_path / unit, "from before")
    log = io.StringIO()
    run_units(
        "make", step_folder(tmp_path, log_progress(log)), UNITS, partial(make, tmp_path), workers
    )
    assert made(tmp_path) == UNITS[::2]
    assert all((tmp_path / unit).read_text() == "from before" for unit in done)
    assert "make: done, 7 parts" in log.getvalue()


def test_nothing_is_started_when_all_is_done_or_there_is_nothing_to_do(tmp_path):
    for unit in UNITS:
        write_atomic(tmp_path / unit, "from before")
    run_units("make", step_folder(tmp_path), UNITS, partial(make, tmp_path), 3)
    run_units("make", step_folder(tmp_path), [], partial(make, tmp_path), 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts"]


def test_one_worker_works_in_this_process_and_several_do_not(tmp_path):
    def processes(workers: int) -> set[str]:
        folder = tmp_path / str(workers)
        folder.mkdir()
        run_units("make", step_folder(folder), UNITS, partial(make, folder), workers)
        return {line.split()[1] for line in (folder / "made.log").read_text().splitlines()}

    assert processes(1) == {str(os.getpid())}
    others = processes(3)
    assert str(os.getpid()) not in others
    assert 1 <= len(others) <= 3


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_in_a_unit_is_raised_and_the_rest_is_kept_for_the_next_run(workers, tmp_path):
    bad = UNITS[3]
    work = partial(make_all_but, tmp_path, bad)
    with pytest.raises(ValueError, match=re.escape(f"row 17 of {bad} is odd")):
        run_units("make", step_folder(tmp_path), UNITS, work, workers)
    assert not (tmp_path / bad).exists()
    kept = [unit for unit in UNITS if (tmp_path / unit).exists()]
    (tmp_path / "mended").touch()
    run_units("make", step_folder(tmp_path), UNITS, work, workers)
    assert all((tmp_path / unit).read_text() == f"result of {unit}" for unit in UNITS)
    assert [made(tmp_path).count(unit) for unit in kept] == [1] * len(kept)


def test_this_process_keeps_its_own_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("POLARS_MAX_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    run_units("note", step_folder(tmp_path), UNITS, partial(note_environment, tmp_path), 1)
    assert {(tmp_path / unit).read_text() for unit in UNITS} == {"1"}
    assert "POLARS_MAX_THREADS" not in os.environ
    assert os.environ["OMP_NUM_THREADS"] == "5"


@pytest.mark.parametrize("workers", WORKERS)
def test_the_memory_of_the_largest_worker_is_recorded(workers, tmp_path):
    def run(folder: StepFolder) -> StepResult:
        run_units("make", folder, UNITS, partial(make, folder.path), workers)
        return StepResult()

    run_build([Step("make", 1, {}, (), {}, run)], tmp_path, "toy", "2026.11.0-dev")
    timings = (tmp_path / "toy" / "2026.11.0-dev" / "make" / "timings.json").read_text()
    (largest,) = map(int, re.findall(r'"largest_worker_bytes": (\d+)', timings))
    assert 20 << 20 < largest < 64 << 30


def test_a_build_turns_a_unit_s_error_into_one_message(tmp_path):
    def run(folder: StepFolder) -> StepResult:
        run_units("make", folder, UNITS, partial(make_all_but, folder.path, UNITS[0]), 3)
        return StepResult()

    with pytest.raises(StepError) as caught:
        run_build([Step("make", 1, {}, (), {}, run)], tmp_path, "toy", "2026.11.0-dev")
    assert "make: " in str(caught.value)
    assert f"unexpected ValueError: row 17 of {UNITS[0]} is odd" in str(caught.value)
    assert "\n" not in str(caught.value)


SCRIPT = """
import os, sys, time
from functools import partial
from pathlib import Path
from bllossom_data.build import StepFolder
from bllossom_data.files import write_atomic
from bllossom_data.progress import no_progress

def make(folder, seconds, unit):
    if unit == "bad":
        raise ValueError("the unit is bad")
    (folder / "started").touch()
    time.sleep(seconds)
    write_atomic(folder / unit, os.environ["POLARS_MAX_THREADS"])

if __name__ == "__main__":
    import polars
    from pipelines.executor import run_units
    folder, workers, seconds, *units = sys.argv[1:]
    folder = Path(folder)
    try:
        work = partial(make, folder, float(seconds))
        run_units("make", StepFolder(folder, {}, no_progress()), units, work, int(workers))
    except ValueError as error:
        print("failed:", error)
    except KeyboardInterrupt:
        print("stopped")
"""


def start(tmp_path: Path, workers: int, seconds: float, *units: str) -> subprocess.Popen[str]:
    script = tmp_path / "units.py"
    script.write_text(SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), str(workers), str(seconds), *units],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("workers", WORKERS)
def test_datatrove_says_nothing_of_a_failure_and_each_worker_has_one_core(workers, tmp_path):
    process = start(tmp_path, workers, 0, "a", "b", "c", "bad")
    output, errors = process.communicate(timeout=100)
    assert errors == ""
    assert output == "failed: the unit is bad\n"
    assert {path.read_text() for path in tmp_path.glob("[abc]")} == {"1"}


def alive(session: int) -> list[str]:
    """Processes of a session that still run; one that only waits to be reaped does not."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = status.read_text().rpartition(") ")
            command = (status.parent / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        state, _, _, its_session, *_ = rest.split()
        if int(its_session) == session and state not in "ZX":
            found.append(command)
    return found


@pytest.mark.parametrize("workers", WORKERS)
def test_ctrl_c_ends_long_units_at_once_without_a_traceback_or_a_worker_left(workers, tmp_path):
    process = start(tmp_path, workers, 60, "a", "b", "c", "d")
    while not (tmp_path / "started").exists() and process.poll() is None:
        time.sleep(0.02)
    time.sleep(random.uniform(0, 0.3))
    begun = time.monotonic()
    # A terminal sends it to every process of the command.
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=100)
    assert time.monotonic() - begun < 30
    assert (output, errors) == ("stopped\n", "")
    assert not list(tmp_path.glob("[a-d]"))
    end = time.monotonic() + 10
    while (left := alive(process.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


@pytest.mark.parametrize("workers", WORKERS)
def test_a_killed_build_leaves_no_process_behind(workers, tmp_path):
    process = start(tmp_path, workers, 60, "a", "b", "c", "d")
    while not (tmp_path / "started").exists() and process.poll() is None:
        time.sleep(0.02)
    # Only the command itself, as the system does when memory is short.
    process.kill()
    # The pipes close when the last process that could write into them is gone.
    process.communicate(timeout=20)
    end = time.monotonic() + 10
    while (left := alive(process.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []
    assert not list(tmp_path.glob("[a-d]"))
