"""The step runner: skips what is done, resumes what was cut off, never changes what is released.

A build is a row of steps, each a function from folders to one folder:

    <root>/<name>/<version>/<step>/fingerprint.json   what the folder is for; written first
                                   …                   what the step writes
                                   timings.json        seconds and memory, the part that varies
                                   step.json           what was written and counted; written last

A folder with `step.json` is finished; one without is continued if its fingerprint is still right.
"""

import os
import re
import resource
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from json import loads
from pathlib import Path
from typing import Any

from bllossom_data.build_records import State, judge_folder, results_digest
from bllossom_data.build_repair import (
    compare_with_released,
    end_repair,
    go_on_with_repair,
    released_folder,
    set_aside,
    standing_folder,
)
from bllossom_data.errors import DriftError, StepError
from bllossom_data.files import (
    JSON,
    atomic_path,
    canonical_json,
    discard_folder,
    exclusive_lock,
    pretty_json,
    remove_temporary_files,
    write_atomic,
)
from bllossom_data.manifest import (
    FINGERPRINT,
    RECORD,
    SCRATCH,
    TIMINGS,
    installed_versions,
    list_outputs,
    package_versions,
)
from bllossom_data.progress import Progress, forget_peak_memory, no_progress, peak_memory_bytes
from bllossom_data.system_errors import explained

__all__ = [
    "BuildResult",
    "Step",
    "StepFolder",
    "StepOutcome",
    "StepResult",
    "Waiting",
    "note_worker_memory",
    "plan_build",
    "run_build",
]

WORKER_MEMORY = "worker_memory"


@dataclass(frozen=True, slots=True)
class StepFolder:
    """Where a running step reads and writes.

    A unit of work (usually one part) is done when its file is there, because files only appear
    whole; a unit that leaves several files writes the one that is asked for last. Worker processes
    get `path` and names, not this object.

    Attributes:
        path: the step's own folder.
        inputs: folder of each input step, by name.
        progress: where to report.
    """

    path: Path
    inputs: Mapping[str, Path]
    progress: Progress

    @property
    def scratch(self) -> Path:
        """Folder for what a resumed run needs and the result does not; removed at the end."""
        return self.path / SCRATCH

    def is_done(self, unit: str) -> bool:
        """Whether the file of a unit, a path relative to the folder, is there."""
        return (self.path / unit).is_file()

    def pending(self, units: Iterable[str]) -> list[str]:
        """Units that are still to be done, in the order given."""
        return [unit for unit in units if not self.is_done(unit)]

    def output(self, unit: str) -> AbstractContextManager[Path]:
        """Temporary path that becomes the file of the unit when the block ends well."""
        return atomic_path(self.path / unit)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a finished step tells.

    Attributes:
        counts: anything counted, the same in every run: no times, no worker counts.
    """

    counts: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step cannot go on before people have done something; the build ends with exit code 3."""

    message: str
    next_command: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build; making one does no work.

    Attributes:
        name: name of the step and of its folder.
        revision: raised by the programmer when the same settings give another result.
        settings: what the recipe says about it: plain data, no paths of this machine.
        inputs: names of earlier steps that it reads.
        external: fingerprints of what it reads from outside the build, by name.
        run: does the work; called again on the same folder after an interruption.
        packages: distributions that decide what comes out; another version is another result.
    """

    name: str
    revision: int
    settings: Mapping[str, JSON]
    inputs: tuple[str, ...]
    external: Mapping[str, str]
    run: Callable[[StepFolder], StepResult | Waiting]
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What the runner did, or would do, about one step, and why."""

    name: str
    state: State
    fingerprint: str
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A build that ended well: finished, or waiting for people after the last of `steps`."""

    folder: Path
    steps: tuple[StepOutcome, ...]
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A step with all that its result depends on."""

    step: Step
    folder: Path
    description: Mapping[str, Any]
    fingerprint: str


def _prepare(steps: Sequence[Step], folder: Path) -> list[_Planned]:
    """Fingerprint every step; refuse rows of steps that cannot run."""
    prepared: list[_Planned] = []
    known: dict[str, str] = {}
    for step in steps:
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", step.name) or step.name in known:
            raise StepError(f"step {step.name!r}: the name must be a new one of a-z, 0-9, - and _")
        if missing := [name for name in step.inputs if name not in known]:
            raise StepError(f"step {step.name}: input {', '.join(missing)} is not an earlier step")
        description = {
            "name": step.name,
            "revision": step.revision,
            "settings": step.settings,
            "inputs": {name: known[name] for name in step.inputs},
            "external": step.external,
            "packages": installed_versions(step.packages),
        }
        text = canonical_json(description, f"step {step.name}")
        known[step.name] = sha256(text.encode()).hexdigest()
        prepared.append(_Planned(step, folder / step.name, loads(text), known[step.name]))
    return prepared


def _judge(planned: _Planned, released: bool) -> StepOutcome:
    folder = planned.folder
    state, reasons = judge_folder(
        standing_folder(folder), folder.parent, planned.description, released
    )
    return StepOutcome(planned.step.name, state, planned.fingerprint, reasons)


def plan_build(steps: Sequence[Step], root: Path, name: str, version: str) -> list[StepOutcome]:
    """What `run_build` would do about each step; changes nothing.

    Raises:
        StepError: the steps do not form a build, or a folder is not one of ours.
    """
    folder = root / name / version
    with explained("plan", folder):
        return [_judge(planned, _is_released(version)) for planned in _prepare(steps, folder)]


def _is_released(version: str) -> bool:
    return not version.endswith("-dev")


def _refuse_drift(outcomes: Sequence[StepOutcome], folder: Path) -> None:
    drifted = [outcome for outcome in outcomes if outcome.state == "drift"]
    # What changed is news; that the steps after it change with it is not.
    consequences = {f"its input {outcome.name} changed" for outcome in drifted}
    lines = [
        f"\n  {outcome.name}: {reason}"
        for outcome in drifted
        for reason in outcome.reasons
        if reason not in consequences
    ]
    if drifted:
        raise DriftError(
            f"{folder}: this version is released and must not change; bump the version in the "
            f"recipe (end it with -dev while you try things){''.join(lines)}"
        )


def run_build(
    steps: Sequence[Step], root: Path, name: str, version: str, progress: Progress | None = None
) -> BuildResult:
    """Bring every step of a build to its end, doing only what is not done yet.

    Args:
        steps: in order; a step reads only from steps before it.
        root: folder of all builds; the dataset is built in `<root>/<name>/<version>`.
        name: name of the dataset.
        version: its version; one that ends in `-dev` may change, another may not.
        progress: where to report; silent if not given.

    Raises:
        DriftError: a released version would change; its files and records are as they were.
        StepError: a step failed; what was done is kept and the next run goes on from there.
    """
    folder = root / name / version
    progress = progress or no_progress()
    released = _is_released(version)
    prepared, outcomes = _prepare(steps, folder), list[StepOutcome]()
    with explained("build", folder), exclusive_lock(folder / ".lock"):
        _refuse_drift([_judge(planned, released) for planned in prepared], folder)
        remove_temporary_files(folder)
        for planned in prepared:
            go_on_with_repair(planned.folder)
            # Judged again: a step built just now can have changed under those that follow it.
            outcome = _judge(planned, released)
            _refuse_drift([outcome], folder)
            progress.say(": ".join([f"{outcome.name}: {outcome.state}", *outcome.reasons[:1]]))
            begun = time.monotonic()
            waiting = _run_step(planned, outcome.state, released, progress)
            outcomes.append(replace(outcome, seconds=time.monotonic() - begun))
            if waiting:
                return BuildResult(folder, tuple(outcomes), waiting)
    return BuildResult(folder, tuple(outcomes))


def _run_step(
    planned: _Planned, state: State, released: bool, progress: Progress
) -> Waiting | None:
    """Bring one step to its end; the record is the last thing that appears."""
    step, path = planned.step, planned.folder
    with explained(step.name, path, goes_on=True):
        if state == "rebuild":
            (set_aside if released else discard_folder)(path)
        if state in ("build", "rebuild"):
            about = {
                "fingerprint": planned.fingerprint,
                "step": planned.description,
                "results": {name: results_digest(path.parent / name) for name in step.inputs},
            }
            write_atomic(path / FINGERPRINT, pretty_json(about))
        if state != "skip":
            inputs = {name: path.parent / name for name in step.inputs}
            forget_peak_memory()
            begun = time.monotonic()
            result = step.run(StepFolder(path, inputs, progress))
            if isinstance(result, Waiting):
                return result
            _record(planned, result, time.monotonic() - begun, state)
        # After the record, not before: until then a killed build still needs it.
        end_repair(path)
        shutil.rmtree(path / SCRATCH, ignore_errors=True)
    return None


def note_worker_memory(folder: Path) -> None:
    """Leave this worker's peak memory where the record of the step finds it.

    Args:
        folder: the step's own folder.
    """
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    write_atomic(folder / SCRATCH / WORKER_MEMORY / str(os.getpid()), str(peak_bytes))


def _largest_worker_bytes(folder: Path) -> int:
    notes = (folder / SCRATCH / WORKER_MEMORY).glob("*")
    return max((int(note.read_text()) for note in notes if note.name.isdigit()), default=0)


def _record(planned: _Planned, result: StepResult, seconds: float, state: State) -> None:
    folder, outputs = planned.folder, list_outputs(planned.folder)
    packages = package_versions(planned.step.packages)
    record: bytes | str | None = None
    if released_folder(folder).exists():
        record = compare_with_released(folder, outputs, packages)
    timings = {
        "seconds": round(seconds, 3),
        "resumed": state == "resume",
        "peak_memory_bytes": peak_memory_bytes(),
        "largest_worker_bytes": _largest_worker_bytes(folder),
    }
    write_atomic(folder / TIMINGS, pretty_json(timings))
    content = {
        **planned.description,
        "fingerprint": planned.fingerprint,
        "counts": result.counts,
        "outputs": [asdict(output) for output in outputs],
        "packages": packages,
    }
    write_atomic(folder / RECORD, record or pretty_json(content, f"step {planned.step.name}"))
