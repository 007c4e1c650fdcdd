"""Repair of a damaged step of a released version, which must give what was released or nothing.

The damaged folder moves aside, the step is built anew in its place, and what comes out is compared
with what was recorded. The same: the old record returns and what was aside goes. Other bytes: the
old folder returns. The move is one rename, so a killed repair goes on where it was.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from bllossom_data.build_records import differences, holds_work
from bllossom_data.errors import DriftError, StepError
from bllossom_data.files import discard_folder, sync_folder
from bllossom_data.manifest import RECORD, OutputFile, list_outputs, read_record

__all__ = [
    "compare_with_released",
    "end_repair",
    "go_on_with_repair",
    "released_folder",
    "set_aside",
    "standing_folder",
]

MAX_FILES_NAMED = 10


def released_folder(folder: Path) -> Path:
    """Where the damaged folder of a step is while the step is built anew."""
    # Never the folder of a step, whose names begin with a letter.
    return folder.with_name(f".{folder.name}.released")


def standing_folder(folder: Path) -> Path:
    """What stands for a step: the folder set aside as long as nothing is begun in its place."""
    aside = released_folder(folder)
    return aside if aside.exists() and not holds_work(folder) else folder


def set_aside(folder: Path) -> None:
    """Make place for building a damaged step anew."""
    _rename(folder, released_folder(folder))


def go_on_with_repair(folder: Path) -> None:
    """Tidy up after a repair that was killed between two of its moves."""
    if (folder / RECORD).exists():
        end_repair(folder)
    elif standing_folder(folder) != folder:
        _put_back(folder)


def end_repair(folder: Path) -> None:
    """Remove what was set aside, if anything; the step has its record again."""
    if (aside := released_folder(folder)).exists():
        discard_folder(aside)


def compare_with_released(
    folder: Path, outputs: Iterable[OutputFile], packages: Mapping[str, str]
) -> bytes | None:
    """The old record of a step that came out as released, None where it cannot be read.

    Without a record, what still lies in the folder that was set aside is what was released.

    Args:
        folder: folder of the step, built anew.
        outputs: what it holds now.
        packages: versions that it was built with now.

    Raises:
        DriftError: other bytes came out; the old folder is back in its place.
    """
    aside = released_folder(folder)
    try:
        record = read_record(aside)
    except StepError:
        record = None
    then = record.outputs if record else list_outputs(aside)
    before, after = ({file.path: file.sha256 for file in files} for files in (then, outputs))
    changed = [
        path for path in sorted(before.keys() | after) if before.get(path) != after.get(path)
    ]
    if not changed:
        return (aside / RECORD).read_bytes() if record else None
    _put_back(folder)
    lines = [
        f"{folder.name}/{path}: SHA-256 was {before.get(path, 'not there')} "
        f"and is {after.get(path, 'not there')}"
        for path in changed[:MAX_FILES_NAMED]
    ]
    if len(changed) > MAX_FILES_NAMED:
        lines.append(f"{folder.name}: and {len(changed) - MAX_FILES_NAMED} more files")
    if record:
        lines += differences({"packages": dict(record.packages)}, {"packages": dict(packages)})
    raise DriftError(
        f"{folder}: this version is released and must not change, but building its damaged files "
        "again gave other bytes; the step was left as it was found. Put the damaged files back "
        "from a copy of the release, or bump the version in the recipe"
        + "".join(f"\n  {line}" for line in lines)
    )


def _put_back(folder: Path) -> None:
    if folder.exists():
        discard_folder(folder)
    _rename(released_folder(folder), folder)


def _rename(folder: Path, target: Path) -> None:
    folder.replace(target)
    sync_folder(target.parent)
