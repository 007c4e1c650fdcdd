"""A build of three toy steps: count letters, shout, publish."""

import importlib.metadata
import os
from pathlib import Path

from bllossom_data.build import Step, StepFolder, StepResult, run_build

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
    return StepResult({"parts": len(PARTS)})


def publish(folder: StepFolder) -> StepResult:
    texts = [(folder.inputs["shout"] / part).read_bytes() for part in PARTS]
    with folder.output("data/all.txt") as path:
        path.write_bytes(b"".join(texts))
    return StepResult({"bytes": sum(map(len, texts))})


def toy_steps(words: str = "fast", source: str = "abc") -> list[Step]:
    return [
        Step("ingest", 1, {"encoding": "utf-8"}, (), {"toy": source}, ingest),
        Step(
            "shout",
            1,
            {"words": words, "limits": {"min_chars": 5}},
            ("ingest",),
            {},
            shout,
            packages=("hypothesis",),
        ),
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


def install(monkeypatch, **versions: str | None) -> None:
    """Pretend that these versions are installed, None for not at all."""
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name not in versions:
            return real(name)
        if (found := versions[name]) is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(importlib.metadata, "version", version)
