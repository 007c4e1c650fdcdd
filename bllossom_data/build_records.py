"""What lies in the folder of a step, and what a build makes of it: skip, build, resume or refuse.

Everything here looks and touches nothing.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from json import loads
from pathlib import Path
from typing import Any, Literal

from bllossom_data.errors import StepError
from bllossom_data.files import TEMPORARY_SUFFIX, canonical_json
from bllossom_data.manifest import FINGERPRINT, RECORD, read_record

__all__ = ["State", "differences", "holds_work", "judge_folder", "results_digest"]

State = Literal["skip", "build", "resume", "rebuild", "drift"]


def _read_json(path: Path) -> dict[str, Any]:
    """A record file of a step, `{}` if it is not there or not what a build writes."""
    try:
        content = loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def results_digest(folder: Path) -> str | None:
    """One SHA-256 for all outputs that a finished step recorded, None if it is not finished."""
    outputs = _read_json(folder / RECORD).get("outputs")
    return None if outputs is None else sha256(canonical_json(outputs).encode()).hexdigest()


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}" if place else key)
    else:
        yield place, canonical_json(value)


def differences(old: Any, new: Any) -> list[str]:
    """Each key of two nested JSON objects whose value changed, with both values."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    return [
        f"{key} was {before.get(key, 'not there')} and is {after.get(key, 'not there')}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _damage(folder: Path) -> list[str]:
    """Outputs of a finished step that are no longer as its record says (sizes only: cheap)."""
    try:
        outputs = read_record(folder).outputs
    except StepError as error:
        return [str(error)]
    return [
        f"{output.path} is missing or has another size than when it was written"
        for output in outputs
        if not (path := folder / output.path).is_file() or path.stat().st_size != output.size
    ]


def holds_work(folder: Path) -> bool:
    """Whether a folder is there and holds more than half-written temporary files."""
    return folder.exists() and any(path.suffix != TEMPORARY_SUFFIX for path in folder.iterdir())


def judge_folder(
    folder: Path, siblings: Path, wanted: Mapping[str, Any], released: bool
) -> tuple[State, tuple[str, ...]]:
    """What is to be done about a step, and why.

    Args:
        folder: the step's folder, or what stands for it.
        siblings: folder of the version, where the folders of the step's inputs are.
        wanted: description of the step as it would be built now.
        released: whether the version must not change.

    Raises:
        StepError: the folder holds files that no build wrote.
    """
    if not holds_work(folder):
        return "build", ()
    if not (folder / FINGERPRINT).exists():
        raise StepError(f"{folder}: holds files that no build wrote; move them elsewhere")
    stored = _read_json(folder / FINGERPRINT)
    found = {"inputs": {}, **stored.get("step", {})}
    reasons = differences({**found, "inputs": None}, {**wanted, "inputs": None})
    other = {name for name, _ in found["inputs"].items() ^ wanted["inputs"].items()}
    reasons += [f"its input {name} changed" for name in sorted(other)]
    for name, digest in stored.get("results", {}).items():
        if not reasons and results_digest(siblings / name) not in (None, digest):
            reasons.append(f"{name} was built again from the same settings with other bytes")
    if reasons:
        return "drift" if released else "rebuild", tuple(reasons)
    if not (folder / RECORD).exists():
        return "resume", ()
    damage = tuple(_damage(folder))
    return "rebuild" if damage else "skip", damage
