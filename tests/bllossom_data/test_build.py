"""The runner, seen through three toy steps: count letters, shout, publish."""

import dataclasses
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.build import (
    Step,
    StepFolder,
    StepResult,
    Waiting,
    _prepare,
    plan_build,
    run_build,
)
from bllossom_data.errors import BllossomError, DriftError, StepError
from bllossom_data.files import exclusive_lock
from bllossom_data.manifest import read_record
from bllossom_data.progress import log_progress

PARTS = [f"parts/toy.{index:05d}.00000.txt" for index in range(3)]


def ingest(folder: StepFolder) -> StepResult:
    """Three parts, each a unit of work that is done when its file is there."""
    with folder.progress.work("ingest", len(PARTS), "parts") as advance:
        for part in folder.pending(PARTS):
            with folder.output(part) as path:
                path.write_text(f"안녕 {part}\n" * 50, encoding="utf-8")
            advance(1)
    return StepResult({"toy": {"documents": 50 * len(PARTS)}})


def shout(folder: StepFolder) -> StepResult:
    """Reads each part of ingest, writes the part of the same name, keeps notes in scratch."""
    for part in folder.pending(PARTS):
        text = (folder.inputs["ingest"] / part).read_text(encoding="utf-8").upper()
        folder.scratch.mkdir(exist_ok=True)
        (folder.scratch / "notes").write_text(part)
        with folder.output(part) as path:
            path.write_text(text, encoding="utf-8")
    return StepResult({"parts": len(PARTS)}, packages=("hypothesis",))


def publish(folder: StepFolder) -> StepResult:
    texts = [(folder.inputs["shout"] / part).read_bytes() for part in PARTS]
    with folder.output("data/all.txt") as path:
        path.write_bytes(b"".join(texts))
    return StepResult({"bytes": sum(map(len, texts))})


def toy_steps(words: str = "fast", source: str = "abc") -> list[Step]:
    return [
        Step("ingest", 1, {"encoding": "utf-8"}, (), {"toy": source}, ingest),
        Step("shout", 1, {"words": words, "limits": {"min_chars": 5}}, ("ingest",), {}, shout),
        Step("final", 1, {}, ("shout",), {}, publish),
    ]


def build(root: Path, steps: list[Step] | None = None, version: str = "2026.11.0-dev"):
    return run_build(steps or toy_steps(), root, "toy", version)


def states(outcomes) -> list[str]:
    return [outcome.state for outcome in outcomes]


def tree(root: Path) -> dict[str, bytes]:
    """Every byte of a build that must not vary."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in (".lock", "timings.json")
    }


def times(root: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.name != ".lock"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("finished")
    build(root)
    return tree(root)


def in_child(work) -> int:
    """Run `work` in a forked process; give what `waitpid` says about its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


# What a build leaves


def test_a_build_runs_every_step_and_records_what_each_wrote(tmp_path):
    result = build(tmp_path)
    assert states(result.steps) == ["build", "build", "build"]
    assert result.folder == tmp_path / "toy" / "2026.11.0-dev"
    assert result.waiting is None
    record = read_record(result.folder / "shout")
    assert record.settings == {"words": "fast", "limits": {"min_chars": 5}}
    assert record.counts == {"parts": 3}
    assert record.inputs == {"ingest": read_record(result.folder / "ingest").fingerprint}
    assert [output.path for output in record.outputs] == PARTS
    first = (result.folder / "shout" / PARTS[0]).read_bytes()
    assert record.outputs[0].size == len(first)
    assert record.outputs[0].sha256 == hashlib.sha256(first).hexdigest()
    assert {"python", "polars", "hypothesis"} <= record.packages.keys()


def test_scratch_is_gone_when_a_step_is_done_and_never_an_output(tmp_path):
    folder = build(tmp_path).folder / "shout"
    assert not (folder / "scratch").exists()
    assert not any("scratch" in output.path for output in read_record(folder).outputs)


def test_seconds_and_memory_stay_out_of_the_record(tmp_path):
    folder = build(tmp_path).folder / "ingest"
    timings = json.loads((folder / "timings.json").read_text())
    assert timings["peak_memory_bytes"] > 1 << 20
    assert timings["resumed"] is False
    assert "seconds" not in (folder / "step.json").read_text()


def test_two_builds_in_two_places_have_the_same_bytes(tmp_path, finished):
    build(tmp_path / "elsewhere")
    assert tree(tmp_path / "elsewhere") == finished


def test_a_second_run_touches_nothing(tmp_path):
    build(tmp_path)
    before = times(tmp_path)
    assert states(build(tmp_path).steps) == ["skip", "skip", "skip"]
    assert times(tmp_path) == before


# What a change does


def test_a_changed_setting_rebuilds_that_step_and_those_after_it(tmp_path):
    build(tmp_path)
    outcomes = build(tmp_path, toy_steps(words="exact")).steps
    assert states(outcomes) == ["skip", "rebuild", "rebuild"]
    assert outcomes[1].reasons == ('settings.words was "fast" and is "exact"',)
    assert outcomes[2].reasons == ("its input shout changed",)


def test_a_rebuilt_step_keeps_nothing_of_the_old_folder(tmp_path):
    folder = build(tmp_path).folder
    (folder / "shout" / "left-over.txt").write_text("old")
    build(tmp_path, toy_steps(words="exact"))
    assert not (folder / "shout" / "left-over.txt").exists()


def test_a_partial_folder_with_another_fingerprint_is_not_continued(tmp_path):
    def half(folder: StepFolder) -> StepResult:
        with folder.output(PARTS[0]) as path:
            path.write_text("of the old settings")
        raise KeyboardInterrupt

    steps = [dataclasses.replace(toy_steps()[0], run=half)]
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, steps)
    assert states(plan_build(steps, tmp_path, "toy", "2026.11.0-dev")) == ["resume"]
    result = build(tmp_path, toy_steps(source="new"))
    assert result.steps[0].state == "rebuild"
    assert "안녕" in (result.folder / "ingest" / PARTS[0]).read_text(encoding="utf-8")


def test_a_released_version_refuses_to_change_and_shows_both_values(tmp_path):
    build(tmp_path, version="2026.11.0")
    before = times(tmp_path)
    changed = toy_steps(words="exact", source="def")
    with pytest.raises(DriftError) as refusal:
        build(tmp_path, changed, version="2026.11.0")
    message = str(refusal.value)
    assert "bump the version" in message
    assert 'ingest: external.toy was "abc" and is "def"' in message
    assert 'shout: settings.words was "fast" and is "exact"' in message
    assert "final:" not in message, "a consequence is not news"
    assert times(tmp_path) == before


def test_a_raised_revision_and_a_new_key_are_drift_too(tmp_path):
    build(tmp_path, version="2026.11.0")
    steps = toy_steps()
    steps[0] = dataclasses.replace(steps[0], revision=2, settings={"encoding": "utf-8", "x": None})
    with pytest.raises(DriftError) as refusal:
        build(tmp_path, steps, version="2026.11.0")
    assert "revision was 1 and is 2" in str(refusal.value)
    assert "settings.x was not there and is null" in str(refusal.value)


def test_a_released_version_that_was_cut_off_is_finished(tmp_path, finished):
    folder = build(tmp_path, version="2026.11.0").folder
    (folder / "final" / "step.json").unlink()
    assert states(build(tmp_path, version="2026.11.0").steps) == ["skip", "skip", "resume"]


@pytest.mark.parametrize("harm", ["missing", "other size", "record"])
def test_a_damaged_result_is_built_again_with_the_same_bytes(tmp_path, finished, harm):
    folder = build(tmp_path).folder / "shout"
    if harm == "missing":
        (folder / PARTS[2]).unlink()
    elif harm == "other size":
        (folder / PARTS[2]).write_text("short")
    else:
        (folder / "step.json").write_text('{"name": "shout"')
    outcomes = build(tmp_path).steps
    assert states(outcomes) == ["skip", "rebuild", "skip"]
    assert outcomes[1].reasons
    assert tree(tmp_path) == finished


def changing_steps(contents: list[str]) -> list[Step]:
    """A first step that writes something else each time: what a new library version can do."""

    def first(folder: StepFolder) -> StepResult:
        with folder.output("a.txt") as path:
            path.write_text(contents.pop())
        return StepResult()

    def second(folder: StepFolder) -> StepResult:
        with folder.output("b.txt") as path:
            path.write_bytes((folder.inputs["first"] / "a.txt").read_bytes())
        return StepResult()

    return [Step("first", 1, {}, (), {}, first), Step("second", 1, {}, ("first",), {}, second)]


def test_other_bytes_from_the_same_settings_reach_the_steps_after(tmp_path):
    steps = changing_steps(["new", "old"])
    folder = build(tmp_path, steps).folder
    (folder / "first" / "a.txt").unlink()
    assert states(build(tmp_path, steps).steps) == ["rebuild", "rebuild"]
    assert (folder / "second" / "b.txt").read_text() == "new"


def test_other_bytes_from_the_same_settings_are_drift_in_a_released_version(tmp_path):
    steps = changing_steps(["new", "old"])
    folder = build(tmp_path, steps, version="2026.11.0").folder
    (folder / "first" / "a.txt").unlink()
    with (tmp_path / "log").open("w") as log, pytest.raises(DriftError, match="first was built"):
        run_build(steps, tmp_path, "toy", "2026.11.0", log_progress(log))
    assert "came out with other bytes" in (tmp_path / "log").read_text()
    assert (folder / "second" / "b.txt").read_text() == "old"


def test_a_folder_of_somebody_else_is_never_removed(tmp_path):
    mine = tmp_path / "toy" / "2026.11.0-dev" / "shout" / "thesis.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("years of work")
    with pytest.raises(StepError, match="no build wrote"):
        build(tmp_path)
    assert mine.read_text() == "years of work"


# Fingerprints

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Surrogates are refused, which has its own test.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc가나"), inner),
    max_leaves=8,
)
plain_settings = st.dictionaries(st.text("abc가나", min_size=1), json_values, min_size=1)


def fingerprint(**changes) -> str:
    step = dataclasses.replace(toy_steps()[0], **changes)
    return _prepare([step], Path())[0].fingerprint


@settings(deadline=None)
@given(plain_settings, st.randoms())
def test_the_order_of_keys_does_not_enter_the_fingerprint(values, chance):
    items = list(values.items())
    chance.shuffle(items)
    assert fingerprint(settings=dict(items)) == fingerprint(settings=values)


@settings(deadline=None)
@given(plain_settings, json_values, st.data())
def test_every_changed_value_changes_the_fingerprint(values, other, data):
    key = data.draw(st.sampled_from(sorted(values)))
    same = json.dumps(values[key], sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (fingerprint(settings=values) == fingerprint(settings={**values, key: other})) == same


def test_each_part_of_a_step_enters_its_fingerprint_but_its_function_does_not():
    names = [
        fingerprint(),
        fingerprint(name="other"),
        fingerprint(revision=2),
        fingerprint(settings={}),
        fingerprint(external={"toy": "def"}),
    ]
    assert len(set(names)) == len(names)
    assert fingerprint(run=shout) == fingerprint()


def test_a_change_travels_to_the_fingerprint_of_every_later_step(tmp_path):
    before = plan_build(toy_steps(), tmp_path, "toy", "2026.11.0-dev")
    after = plan_build(toy_steps(source="def"), tmp_path, "toy", "2026.11.0-dev")
    assert all(
        one.fingerprint != other.fingerprint for one, other in zip(before, after, strict=True)
    )


@pytest.mark.parametrize(
    "value", [{1, 2}, Path("/data"), float("nan"), object(), print, b"bytes", {1: 2}, "\ud800"]
)
def test_a_setting_that_cannot_be_written_the_same_way_twice_is_refused(tmp_path, value):
    steps = [dataclasses.replace(toy_steps()[0], settings={"deep": [{"value": value}]})]
    with pytest.raises(BllossomError, match=r"step ingest\.settings\.deep\[0\]\.value"):
        build(tmp_path, steps)
    assert not (tmp_path / "toy").exists()


def test_steps_that_do_not_form_a_build_are_refused_before_any_work(tmp_path):
    steps = toy_steps()
    with pytest.raises(StepError, match="input ingest is not an earlier step"):
        build(tmp_path, steps[1:])
    with pytest.raises(StepError, match="'ingest'"):
        build(tmp_path, [steps[0], steps[0]])
    with pytest.raises(StepError, match=r"'\.\./x'"):
        build(tmp_path, [dataclasses.replace(steps[0], name="../x")])
    assert list(tmp_path.iterdir()) == []


# Interruptions


TOUCHES_THE_DISK = {
    *("open", "write", "sendfile", "ftruncate", "fsync", "close"),
    *("mkdir", "rename", "replace", "unlink", "rmdir"),
}


def build_until(number: int, root: Path) -> int:
    """Build in a child that is killed just before its n-th call that touches the disk (0: never).

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
        build(root)
        sys.setprofile(None)
        os.write(write, str(count).encode())

    status = in_child(watched)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    assert status == (signal.SIGKILL if number else 0)
    return int(said or -1)


@pytest.mark.parametrize("before", ["nothing", "another result"])
def test_killed_before_any_call_that_touches_the_disk_it_resumes_to_the_same_bytes(
    tmp_path, finished, before, monkeypatch
):
    # What a killed process wrote is safe in memory; only a power cut needs the real, slow one.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    def start(name: str) -> Path:
        if before == "another result":
            shutil.copytree(tmp_path / "other", tmp_path / name)
        return tmp_path / name

    build(tmp_path / "other", toy_steps(words="exact"))
    calls = build_until(0, start("whole"))
    assert calls > 100
    for number in random.Random(20261121).sample(range(1, calls + 1), 45):
        root = start(str(number))
        assert build_until(number, root) == -1
        build(root)
        assert tree(root) == finished, f"killed before call {number}"


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


# Trouble


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
    with pytest.raises(StepError, match=r"file.*[Nn]ot a directory"):
        build(tmp_path / "file")


def test_a_folder_without_permission_is_an_error_in_words(tmp_path):
    def nobody() -> None:
        if os.geteuid() == 0:
            os.seteuid(65534)
        with pytest.raises(StepError, match="permission denied; check who owns it"):
            build(tmp_path / "root")

    tmp_path.chmod(0o500)
    assert in_child(nobody) == 0
    tmp_path.chmod(0o700)
    assert not (tmp_path / "root").exists()


def test_a_bug_in_a_step_says_which_step_and_keeps_its_cause(tmp_path):
    def broken(folder: StepFolder) -> StepResult:
        return StepResult({"ratio": 1 / 0})

    with pytest.raises(StepError, match=r"ingest: .*ZeroDivisionError: division") as failure:
        build(tmp_path, [dataclasses.replace(toy_steps()[0], run=broken)])
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_an_error_of_ours_passes_unchanged(tmp_path):
    def refuses(folder: StepFolder) -> StepResult:
        raise DriftError("as it was said")

    with pytest.raises(DriftError, match=r"^as it was said$"):
        build(tmp_path, [dataclasses.replace(toy_steps()[0], run=refuses)])


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


def test_the_plan_tells_without_touching(tmp_path):
    assert states(plan_build(toy_steps(), tmp_path, "toy", "2026.11.0")) == ["build"] * 3
    assert list(tmp_path.iterdir()) == []
    build(tmp_path, version="2026.11.0")
    before = times(tmp_path)
    plan = plan_build(toy_steps(words="exact"), tmp_path, "toy", "2026.11.0")
    assert states(plan) == ["skip", "drift", "drift"]
    assert times(tmp_path) == before
