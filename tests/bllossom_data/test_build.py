"""The runner, seen through three toy steps: count letters, shout, publish."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_build import (
    PARTS,
    build,
    changing_steps,
    shout,
    states,
    times,
    toy_steps,
    tree,
)

from bllossom_data.build import (
    StepFolder,
    StepResult,
    _prepare,
    plan_build,
)
from bllossom_data.errors import BllossomError, DriftError, StepError
from bllossom_data.manifest import read_record


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("finished")
    build(root)
    return tree(root)


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


def test_other_bytes_from_the_same_settings_reach_the_steps_after(tmp_path):
    steps = changing_steps(["new", "old"])
    folder = build(tmp_path, steps).folder
    (folder / "first" / "a.txt").unlink()
    assert states(build(tmp_path, steps).steps) == ["rebuild", "rebuild"]
    assert (folder / "second" / "b.txt").read_text() == "new"


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
        fingerprint(packages=("pytest",)),
        fingerprint(packages=("no-such-package-anywhere",)),
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


# The plan


def test_the_plan_tells_without_touching(tmp_path):
    assert states(plan_build(toy_steps(), tmp_path, "toy", "2026.11.0")) == ["build"] * 3
    assert list(tmp_path.iterdir()) == []
    build(tmp_path, version="2026.11.0")
    before = times(tmp_path)
    plan = plan_build(toy_steps(words="exact"), tmp_path, "toy", "2026.11.0")
    assert states(plan) == ["skip", "drift", "drift"]
    assert times(tmp_path) == before
