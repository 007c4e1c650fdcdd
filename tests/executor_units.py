"""Units of work for tests of executors, apart so that workers import nothing else."""

import os
from pathlib import Path

from bllossom_data.files import write_atomic


def make(folder: Path, unit: str) -> None:
    """Notes each time that a unit is made, and by which process, then makes it."""
    with (folder / "made.log").open("a") as log:
        log.write(f"{unit} {os.getpid()}\n")
    write_atomic(folder / unit, f"result of {unit}")


def make_all_but(folder: Path, bad: str, unit: str) -> None:
    """Makes a unit, but not the bad one as long as nothing was mended."""
    if unit == bad and not (folder / "mended").exists():
        raise ValueError(f"row 17 of {unit} is odd")
    make(folder, unit)


def note_environment(folder: Path, unit: str) -> None:
    """Makes a unit that says how many threads Polars would start here."""
    write_atomic(folder / unit, os.environ.get("POLARS_MAX_THREADS", "all"))


def squared(given: tuple[int | None, str]) -> tuple[int, str, int]:
    """The square of a number, its text, and which process made it."""
    number, text = given
    if number is None:
        raise ZeroDivisionError(text)
    return number * number, text, os.getpid()
