"""Builds that are killed, stopped or told to wait, and what the next one makes of it."""

import dataclasses
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from toy_build import (
    PARTS,
    build,
    in_child,
    ingest,
    states,
    toy_steps,
    tree,
)

from bllossom_data.build import (
    Step,
    StepFolder,
    StepResult,
    Waiting,
)
from bllossom_data.errors import DriftError, StepError
from bllossom_data.files import exclusive_lock


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("finished")
    build(root)
    return tree(root)


TOUCHES_THE_DISK = {
    *("open", "write", "sendfile", "ftruncate", "fsync", "close"),
    *("mkdir", "rename", "replace", "unlink", "rmdir"),
}


def build_until(number: int, work: Callable[[], object]) -> int:
    """Work in a child that is killed just before its n-th call that touches the disk (0: never).

    Gives how many such calls there were, or -1 when the child was killed.
    """
    read, write = os.pipe()

    def watched() -> None:
        count = 0

        def watch(frame, event, called) -> None:
            nonlocal count
            if event == "c_call" and called.__name__ in TOUCHES_THE_DISK:
                count += 1
                if count == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(watch)
        work()
        sys.setprofile(None)
        os.write(write, str(count).encode())

    status = in_child(watched)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    assert status == (signal.SIGKILL if number else 0)
    return int(said or -1)


@pytest.fixture
def quick(monkeypatch) -> None:
    # What a killed process wrote is safe in memory; only a power cut needs the real, slow one.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.mark.parametrize("before", ["nothing", "another result"])
def test_killed_before_any_call_that_touches_the_disk_it_resumes_to_the_same_bytes(
    tmp_path, finished, before, quick
):
    def start(name: str) -> Path:
        if before == "another result":
            shutil.copytree(tmp_path / "other", tmp_path / name)
        return tmp_path / name

    build(tmp_path / "other", toy_steps(words="exact"))
    whole = start("whole")
    calls = build_until(0, lambda: build(whole))
    assert calls > 100
    for number in random.Random(20261121).sample(range(1, calls + 1), 45):
        root = start(str(number))
        assert build_until(number, partial(build, root)) == -1
        build(root)
        assert tree(root) == finished, f"killed before call {number}"


def shout_otherwise(folder: StepFolder) -> StepResult:
    for part in folder.pending(PARTS):
        with folder.output(part) as path:
            path.write_text(f"other bytes of {part}")
    return StepResult()


@pytest.mark.parametrize("bytes_are", ["the same", "others"])
def test_a_repair_killed_before_any_call_that_touches_the_disk_ends_as_if_it_was_not(
    tmp_path, quick, bytes_are
):
    steps = toy_steps()
    build(tmp_path / "damaged", steps, version="2026.11.0")
    wanted = tree(tmp_path / "damaged")
    (tmp_path / "damaged" / "toy" / "2026.11.0" / "shout" / PARTS[1]).unlink()
    if bytes_are == "others":
        wanted = tree(tmp_path / "damaged")
        steps[1] = dataclasses.replace(steps[1], run=shout_otherwise)

    def repair(root: Path) -> None:
        if bytes_are == "the same":
            build(root, steps, version="2026.11.0")
        else:
            with pytest.raises(DriftError, match="gave other bytes"):
                build(root, steps, version="2026.11.0")

    def start(name: str) -> Path:
        return shutil.copytree(tmp_path / "damaged", tmp_path / name)

    calls = build_until(0, partial(repair, start("whole")))
    assert calls > 20
    for number in random.Random(20261121).sample(range(1, calls + 1), 20):
        root = start(str(number))
        assert build_until(number, partial(repair, root)) == -1
        repair(root)
        assert tree(root) == wanted, f"killed before call {number}"


def test_killed_at_random_moments_it_resumes_to_the_same_bytes(tmp_path, finished):
    chance = random.Random(20261121)
    begun = time.monotonic()
    build(tmp_path / "timed")
    whole = time.monotonic() - begun
    cut_off = 0
    for number in range(6):
        root = tmp_path / str(number)
        for _ in range(3):
            child = os.fork()
            if child == 0:
                try:
                    build(root)
                finally:
                    os._exit(0)
            time.sleep(chance.uniform(0, whole))
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            last = root / "toy" / "2026.11.0-dev" / "final" / "step.json"
            cut_off += os.WIFSIGNALED(status) and root.exists() and not last.exists()
        build(root)
        assert tree(root) == finished
    assert cut_off >= 3, "the kills came too late to try anything"


def test_an_interrupt_leaves_a_state_that_goes_on(tmp_path, finished):
    calls = []

    def interrupted(folder: StepFolder) -> StepResult:
        calls.append(folder.pending(PARTS))
        if len(calls) == 1:
            with folder.output(PARTS[0]) as path:
                path.write_text(f"안녕 {PARTS[0]}\n" * 50, encoding="utf-8")
            with folder.output(PARTS[1]) as path:
                path.write_text("half")
                raise KeyboardInterrupt
        return ingest(folder)

    steps = toy_steps()
    steps[0] = dataclasses.replace(steps[0], run=interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, steps)
    assert states(build(tmp_path, steps).steps) == ["resume", "build", "build"]
    assert calls == [PARTS, PARTS[1:]], "the part that was done is not done again"
    assert tree(tmp_path) == finished


def test_what_killed_writers_left_is_removed(tmp_path, finished):
    folder = build(tmp_path).folder
    (folder / "shout" / "parts" / "x.parquet.0123abcd.tmp").write_text("half")
    doomed = folder / "shout.0123abcd.tmp"
    doomed.mkdir()
    (doomed / "y.tmp").write_text("half")
    build(tmp_path)
    assert tree(tmp_path) == finished


def test_a_step_that_waits_for_people_says_what_to_do_and_goes_on_later(tmp_path):
    decisions = tmp_path / "decisions.jsonl"

    def review(folder: StepFolder) -> StepResult | Waiting:
        with folder.output("waiting.jsonl") as path:
            path.write_text("{}\n")
        if not decisions.exists():
            return Waiting("1 review is waiting", "bllossom review toy")
        return StepResult({"decided": 1})

    steps = [*toy_steps()[:1], Step("review", 1, {}, ("ingest",), {}, review), *toy_steps()[1:]]
    result = build(tmp_path, steps)
    assert result.waiting == Waiting("1 review is waiting", "bllossom review toy")
    assert [outcome.name for outcome in result.steps] == ["ingest", "review"]
    assert not (result.folder / "review" / "step.json").exists()
    assert not (result.folder / "shout").exists()
    decisions.write_text("{}")
    result = build(tmp_path, steps)
    assert states(result.steps) == ["skip", "resume", "build", "build"]
    assert result.waiting is None


def test_two_builds_at_once_in_one_folder_are_refused(tmp_path):
    def meanwhile(folder: StepFolder) -> StepResult:
        def second() -> None:
            try:
                build(tmp_path)
            except StepError as error:
                (tmp_path / "message").write_text(str(error))

        assert in_child(second) == 0
        return ingest(folder)

    steps = toy_steps()
    build(tmp_path, [dataclasses.replace(steps[0], run=meanwhile), *steps[1:]])
    said = (tmp_path / "message").read_text()
    assert f"another build is at work here (pid {os.getpid()} on {os.uname().nodename})" in said


def test_while_workers_of_a_killed_build_live_no_other_build_starts(tmp_path):
    lock, worker = tmp_path / ".lock", tmp_path / "worker"

    def killed() -> None:
        with exclusive_lock(lock):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            worker.write_text(str(child))
            os.kill(os.getpid(), signal.SIGKILL)

    in_child(killed)
    try:
        with pytest.raises(StepError, match="workers that it left behind"), exclusive_lock(lock):
            pass
    finally:
        os.kill(int(worker.read_text()), signal.SIGKILL)
    for _ in range(100):
        try:
            with exclusive_lock(lock):
                return
        except StepError:
            time.sleep(0.02)
    pytest.fail("the lock outlived its last holder")
