"""A released version never changes: damage is repaired with the same bytes or not at all."""

import dataclasses
import hashlib
import re
import shutil

import pytest
from toy_build import (
    PARTS,
    build,
    changing_steps,
    install,
    states,
    times,
    toy_steps,
    tree,
)

from bllossom_data.build import (
    Step,
    StepFolder,
    StepResult,
    Waiting,
    plan_build,
)
from bllossom_data.errors import DriftError, StepError
from bllossom_data.manifest import read_record


@pytest.mark.parametrize("harm", ["missing", "other size"])
def test_other_bytes_in_a_released_version_are_refused_and_the_old_step_stays(tmp_path, harm):
    steps = changing_steps(["new", "old"])[:1]
    folder = build(tmp_path, steps, version="2026.11.0").folder / "first"
    before = tree(tmp_path)
    if harm == "missing":
        (folder / "a.txt").unlink()
    else:
        (folder / "a.txt").write_text("cut short")
    damaged = tree(tmp_path)
    with pytest.raises(DriftError) as refusal:
        build(tmp_path, steps, version="2026.11.0")
    said = str(refusal.value)
    old, new = hashlib.sha256(b"old").hexdigest(), hashlib.sha256(b"new").hexdigest()
    assert f"first/a.txt: SHA-256 was {old} and is {new}" in said
    assert "Put the damaged files back" in said
    assert "bump the version" in said
    assert tree(tmp_path) == damaged, "the record and what was left are as they were"
    (folder / "a.txt").write_text("old")
    assert tree(tmp_path) == before
    assert states(build(tmp_path, steps, version="2026.11.0").steps) == ["skip"]


def test_a_file_more_or_less_is_other_bytes_too(tmp_path):
    names = [["b.txt"], ["a.txt"]]

    def write(folder: StepFolder) -> StepResult:
        for name in names.pop():
            with folder.output(name) as path:
                path.write_text(name)
        return StepResult()

    steps = [Step("first", 1, {}, (), {}, write)]
    folder = build(tmp_path, steps, version="2026.11.0").folder / "first"
    (folder / "a.txt").write_text("")
    with pytest.raises(DriftError) as refusal:
        build(tmp_path, steps, version="2026.11.0")
    assert re.search(r"a\.txt: SHA-256 was [0-9a-f]{64} and is not there", str(refusal.value))
    assert re.search(r"b\.txt: SHA-256 was not there and is [0-9a-f]{64}", str(refusal.value))


def test_many_other_files_are_counted_and_not_all_named(tmp_path):
    texts = ["new", "old"]

    def write(folder: StepFolder) -> StepResult:
        text = texts.pop()
        for number in range(50):
            with folder.output(f"{number:02}.txt") as path:
                path.write_text(text)
        return StepResult()

    steps = [Step("first", 1, {}, (), {}, write)]
    folder = build(tmp_path, steps, version="2026.11.0").folder / "first"
    (folder / "07.txt").unlink()
    with pytest.raises(DriftError, match=r"first/09\.txt.*\n  first: and 40 more files$"):
        build(tmp_path, steps, version="2026.11.0")


def test_core_packages_that_changed_meanwhile_are_named_with_the_other_bytes(tmp_path, monkeypatch):
    steps = changing_steps(["new", "old"])[:1]
    folder = build(tmp_path, steps, version="2026.11.0").folder
    (folder / "first" / "a.txt").unlink()
    install(monkeypatch, polars="99.0")
    with pytest.raises(DriftError, match=r'packages\.polars was ".*" and is "99\.0"'):
        build(tmp_path, steps, version="2026.11.0")


@pytest.mark.parametrize("harm", ["missing", "other size", "record"])
def test_a_damaged_released_step_is_repaired_with_the_same_bytes(tmp_path, harm, monkeypatch):
    folder = build(tmp_path, version="2026.11.0").folder
    before = tree(tmp_path)
    if harm == "missing":
        (folder / "shout" / PARTS[2]).unlink()
    elif harm == "other size":
        (folder / "shout" / PARTS[2]).write_text("short")
    else:
        (folder / "shout" / "step.json").write_text('{"name": "shout"')
    if harm != "record":
        # The record of a released step stays as it was written, whatever it is repaired with.
        install(monkeypatch, polars="99.0")
    assert states(build(tmp_path, version="2026.11.0").steps) == ["skip", "rebuild", "skip"]
    assert tree(tmp_path) == before


def test_without_its_record_a_released_step_must_come_out_as_what_lies_there(tmp_path):
    steps = changing_steps(["new", "old"])[:1]
    folder = build(tmp_path, steps, version="2026.11.0").folder / "first"
    (folder / "step.json").write_text("{")
    with pytest.raises(DriftError, match=r"first/a\.txt"):
        build(tmp_path, steps, version="2026.11.0")
    assert (folder / "step.json").read_text() == "{"
    assert (folder / "a.txt").read_text() == "old"


def test_a_folder_of_somebody_else_is_not_removed_by_a_repair_either(tmp_path):
    folder = build(tmp_path, version="2026.11.0").folder
    (folder / "final").rename(folder / ".final.released")
    mine = folder / "final" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    with pytest.raises(StepError, match="no build wrote"):
        build(tmp_path, version="2026.11.0")
    assert mine.read_text() == "years of work"
    assert (folder / ".final.released" / "step.json").exists()


def test_a_repair_that_was_cut_off_still_compares_and_still_refuses_a_change(tmp_path):
    """The states a repair can be killed in, each left by hand."""
    folder = build(tmp_path, version="2026.11.0").folder
    before = tree(tmp_path)

    def damage_and_begin() -> None:
        (folder / "shout" / PARTS[0]).unlink()
        (folder / "shout").rename(folder / ".shout.released")

    damage_and_begin()
    with pytest.raises(DriftError, match=r"settings\.words"):
        build(tmp_path, toy_steps(words="exact"), version="2026.11.0")
    assert states(plan_build(toy_steps(), tmp_path, "toy", "2026.11.0"))[1] == "rebuild"
    build(tmp_path, version="2026.11.0")
    assert tree(tmp_path) == before

    damage_and_begin()
    half = folder / "shout" / PARTS[1]
    half.parent.mkdir(parents=True)
    half.write_text("other bytes")
    shutil.copy(folder / ".shout.released" / "fingerprint.json", folder / "shout")
    assert states(plan_build(toy_steps(), tmp_path, "toy", "2026.11.0"))[1] == "resume"
    with pytest.raises(DriftError, match=PARTS[1]):
        build(tmp_path, version="2026.11.0")
    build(tmp_path, version="2026.11.0")
    assert tree(tmp_path) == before

    shutil.copytree(folder / "shout", folder / ".shout.released")
    build(tmp_path, version="2026.11.0")
    assert tree(tmp_path) == before


def test_a_repair_that_waits_for_people_is_compared_when_it_goes_on(tmp_path):
    texts, waits = ["new", "old"], []

    def review(folder: StepFolder) -> StepResult | Waiting:
        if waits:
            return waits.pop()
        with folder.output("a.txt") as path:
            path.write_text(texts.pop())
        return StepResult()

    steps = [Step("review", 1, {}, (), {}, review)]
    folder = build(tmp_path, steps, version="2026.11.0").folder / "review"
    (folder / "a.txt").unlink()
    waits.append(Waiting("1 review is waiting", "bllossom review toy"))
    assert build(tmp_path, steps, version="2026.11.0").waiting
    with pytest.raises(DriftError, match=r"review/a\.txt"):
        build(tmp_path, steps, version="2026.11.0")


# Packages


def test_another_version_of_a_package_rebuilds_its_step_and_those_after(tmp_path, monkeypatch):
    install(monkeypatch, hypothesis="0.24.1")
    build(tmp_path)
    assert states(build(tmp_path).steps) == ["skip"] * 3
    install(monkeypatch, hypothesis="0.25.0")
    result = build(tmp_path)
    assert states(result.steps) == ["skip", "rebuild", "rebuild"]
    assert result.steps[1].reasons == ('packages.hypothesis was "0.24.1" and is "0.25.0"',)
    assert read_record(result.folder / "shout").packages["hypothesis"] == "0.25.0"
    install(monkeypatch, hypothesis=None)
    outcome = build(tmp_path).steps[1]
    assert outcome.reasons == ('packages.hypothesis was "0.25.0" and is null',)


def test_another_version_of_a_package_is_drift_in_a_released_version(tmp_path, monkeypatch):
    install(monkeypatch, hypothesis="0.24.1")
    build(tmp_path, version="2026.11.0")
    before = times(tmp_path)
    install(monkeypatch, hypothesis="0.25.0")
    with pytest.raises(DriftError) as refusal:
        build(tmp_path, version="2026.11.0")
    assert 'shout: packages.hypothesis was "0.24.1" and is "0.25.0"' in str(refusal.value)
    assert times(tmp_path) == before


def test_a_half_done_step_does_not_go_on_with_another_version_of_a_package(tmp_path, monkeypatch):
    def half(folder: StepFolder) -> StepResult:
        with folder.output(PARTS[0]) as path:
            path.write_text("of the old package")
        raise KeyboardInterrupt

    install(monkeypatch, hypothesis="0.24.1")
    steps = toy_steps()
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, [steps[0], dataclasses.replace(steps[1], run=half)])
    install(monkeypatch, hypothesis="0.25.0")
    result = build(tmp_path)
    assert states(result.steps) == ["skip", "rebuild", "build"]
    assert "of the old package" not in (result.folder / "shout" / PARTS[0]).read_text()


def test_core_packages_and_those_of_other_steps_stay_out_of_a_fingerprint(tmp_path, monkeypatch):
    build(tmp_path)
    install(monkeypatch, polars="99.0", kiwipiepy="99.0")
    assert states(build(tmp_path).steps) == ["skip"] * 3
