"""Checkpoints that are whole or not there.

The trainer writes a folder of files, any of which can fail half-way. A record with the hash of
every file is written last; a folder without it, or with other bytes, is never gone on from.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bllossom_data.errors import TrainingError
from bllossom_data.files import canonical_json, discard_folder, sync_folder, write_atomic, xxh3_file

__all__ = ["Checkpoint", "checkpoint_problem", "last_checkpoint", "record_checkpoint"]

RECORD = "checkpoint.json"
PREFIX = "checkpoint-"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint.

    Attributes:
        folder: where it lies.
        step: optimizer steps done.
        position: what the run said about where its data stood.
        damaged: newer checkpoints that are not whole, each with what is wrong with it.
    """

    folder: Path
    step: int
    position: Mapping[str, Any]
    damaged: tuple[str, ...]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)


def record_checkpoint(folder: Path, step: int, position: Mapping[str, Any]) -> None:
    """Brings a finished checkpoint to the disk and says so.

    Args:
        folder: the checkpoint.
        step: optimizer steps done.
        position: where the data stands; `last_checkpoint` gives it back.
    """
    hashes = {}
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        hashes[path.relative_to(folder).as_posix()] = [path.stat().st_size, xxh3_file(path)]
    sync_folder(folder)
    content = canonical_json({"step": step, "position": position, "files": hashes})
    write_atomic(folder / RECORD, content)


def checkpoint_problem(folder: Path) -> str | None:
    """Why a checkpoint cannot be gone on from, or None if it is whole."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        files = dict(record["files"])
        int(record["step"])
    except OSError:
        return f"{folder}: was not finished"
    except (ValueError, KeyError, TypeError):
        return f"{folder / RECORD}: is damaged"
    for name, (size, digest) in files.items():
        path = folder / name
        if not path.is_file():
            return f"{path}: is missing"
        if path.stat().st_size != size:
            return f"{path}: has {path.stat().st_size:,} bytes, {size:,} were written"
        if xxh3_file(path) != digest:
            return f"{path}: has other bytes than were written"
    return None


def last_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest whole checkpoint, or None if training has not come that far.

    Raises:
        TrainingError: there are checkpoints that were finished, and not one of them is whole.
    """
    found = sorted(
        (
            (int(path.name.removeprefix(PREFIX)), path)
            for path in folder.glob(f"{PREFIX}*")
            if path.name.removeprefix(PREFIX).isdigit()
        ),
        reverse=True,
    )
    damaged: list[str] = []
    for step, path in found:
        if problem := checkpoint_problem(path):
            damaged.append(problem)
            continue
        record = json.loads((path / RECORD).read_text("utf-8"))
        return Checkpoint(path, step, record["position"], tuple(damaged))
    if any((path / RECORD).exists() for _, path in found):
        told = "\n".join(f"  {problem}" for problem in damaged)
        raise TrainingError(
            f"{folder}: no checkpoint is whole; put one back from a copy, or remove the folder to "
            f"begin again:\n{told}"
        )
    return None


def remove_checkpoint(folder: Path) -> None:
    """Removes a checkpoint, so that even when killed half-way it is never taken for whole."""
    if folder.exists():
        discard_folder(folder)
