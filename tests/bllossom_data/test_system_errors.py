"""Disks that are full, places that cannot be written, and bugs, in words."""

import dataclasses
import json
import multiprocessing
import os
import re
import resource
import shutil
from pathlib import Path

import polars as pl
import pytest
from toy_build import (
    build,
    in_child,
    states,
    toy_steps,
    tree,
)

from bllossom_data.build import (
    StepFolder,
    StepResult,
    plan_build,
)
from bllossom_data.errors import DriftError, StepError
from bllossom_data.system_errors import explained


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("finished")
    build(root)
    return tree(root)


def fill_the_disk(folder: StepFolder) -> StepResult:
    with folder.output("big.bin") as path:
        path.write_bytes(b"x" * 200_000)
    return StepResult()


def fill_the_disk_with_polars(folder: StepFolder) -> StepResult:
    with folder.output("big.parquet") as path:
        pl.DataFrame({"x": range(100_000)}).write_parquet(path, compression="uncompressed")
    return StepResult()


@pytest.mark.parametrize("fill", [fill_the_disk, fill_the_disk_with_polars])
def test_no_space_left_names_the_file_and_keeps_what_was_done(tmp_path, finished, fill):
    steps = toy_steps()
    steps[2] = dataclasses.replace(steps[2], run=fill)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StepError) as failure:
            build(tmp_path / "root", steps)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = str(failure.value)
    assert said.startswith(f"final: {tmp_path}/root/toy/2026.11.0-dev/final/big.")
    assert "ulimit -f" in said
    assert "what was done is kept" in said
    assert not list(tmp_path.rglob("*.tmp"))
    assert states(build(tmp_path / "root").steps) == ["skip", "skip", "resume"]
    assert tree(tmp_path / "root") == finished


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full (Linux)")
def test_a_full_disk_is_called_a_full_disk(tmp_path):
    def full(folder: StepFolder) -> StepResult:
        with Path("/dev/full").open("w") as file:
            file.write("x")
        return StepResult()

    with pytest.raises(StepError, match="the disk is full; free some space"):
        build(tmp_path, [dataclasses.replace(toy_steps()[0], run=full)])


def test_a_place_that_cannot_be_written_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StepError, match=r"file.*not a directory; choose another") as failure:
        build(tmp_path / "file")
    assert "kept" not in str(failure.value), "nothing was done"


def test_a_folder_without_permission_is_an_error_in_words(tmp_path):
    def nobody() -> None:
        if os.geteuid() == 0:
            os.seteuid(65534)
        with pytest.raises(StepError, match=r"permission denied; check who owns it$"):
            build(tmp_path / "root")

    tmp_path.chmod(0o500)
    assert in_child(nobody) == 0
    tmp_path.chmod(0o700)
    assert not (tmp_path / "root").exists()


def test_a_bug_in_a_step_is_called_one_and_keeps_its_cause(tmp_path):
    def broken(folder: StepFolder) -> StepResult:
        return StepResult({"ratio": 1 / 0})

    with pytest.raises(StepError) as failure:
        build(tmp_path, [dataclasses.replace(toy_steps()[0], run=broken)])
    said = str(failure.value)
    assert re.match(
        r"ingest: .*unexpected ZeroDivisionError: division by zero; this is a bug", said
    )
    assert re.search(rf"line \d+ of {re.escape(__file__)}, in broken", said)
    assert "run it with --debug" in said
    assert "goes on" not in said, "it would fail the same way"
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_a_bug_in_a_worker_process_is_placed_where_it_happened(tmp_path):
    pool = multiprocessing.get_context("fork").Pool(1)
    with pool, pytest.raises(StepError) as failure, explained("measure", tmp_path):
        pool.apply(json.loads, ["{"])
    assert "unexpected JSONDecodeError" in str(failure.value)
    assert re.search(r"line \d+ of \S+decoder\.py, in raw_decode", str(failure.value))


@pytest.mark.parametrize("goes_on", [False, True])
def test_what_the_system_refuses_outside_steps_is_explained_too(tmp_path, goes_on):
    wanted = tmp_path / "absent" / "report.html"
    with pytest.raises(StepError) as failure, explained("report", tmp_path, goes_on=goes_on):
        wanted.write_text("x")
    assert str(failure.value).startswith(f"report: {wanted}: No such file or directory; put that")
    assert ("what was done is kept" in str(failure.value)) == goes_on
    with pytest.raises(StepError, match="there is not enough m"), explained("report", tmp_path):
        raise MemoryError
    with pytest.raises(KeyboardInterrupt), explained("report", tmp_path):
        raise KeyboardInterrupt


def test_a_plan_that_cannot_look_says_why_in_words(tmp_path):
    folder = build(tmp_path).folder / "ingest"
    shutil.rmtree(folder)
    folder.write_text("a file")
    with pytest.raises(StepError, match=f"^plan: {folder}: part of this path is a file"):
        plan_build(toy_steps(), tmp_path, "toy", "2026.11.0-dev")


def test_an_error_of_ours_passes_unchanged(tmp_path):
    def refuses(folder: StepFolder) -> StepResult:
        raise DriftError("as it was said")

    with pytest.raises(DriftError, match=r"^as it was said$"):
        build(tmp_path, [dataclasses.replace(toy_steps()[0], run=refuses)])
