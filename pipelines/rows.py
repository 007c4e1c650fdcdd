"""Files of records, one JSON object a line: how the steps of instruction data hand on their work.

A thousand conversations are small; people look into these files with any editor, and two builds are
compared with any diff.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bllossom_data.errors import StepError
from bllossom_data.files import canonical_json, write_atomic

__all__ = ["read_rows", "row_parser", "write_rows"]

Record = TypeVar("Record")


def row_parser(kind: type[Record]) -> Callable[[bytes], Record]:
    """Gives what turns one line into a record.

    It raises a ValueError that says which field is wrong.
    """
    adapter = TypeAdapter(kind)

    def parse(line: bytes) -> Record:
        try:
            return adapter.validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the line"
            raise ValueError(f"{place}: {first['msg']}") from error

    return parse


def read_rows(
    path: Path, kind: type[Record], first: int = 0, count: int | None = None
) -> Iterator[Record]:
    """Records of a file, in order.

    Args:
        path: the file.
        kind: what its lines are.
        first: number of the first record, from 0; those before it are not looked at.
        count: how many records at most, None for all.

    Raises:
        StepError: the file is missing or damaged; the message says where.
    """
    parse = row_parser(kind)
    try:
        with path.open("rb") as file:
            last = None if count is None else first + count
            for number, line in enumerate(islice(file, first, last), first + 1):
                try:
                    yield parse(line)
                except ValueError as error:
                    raise StepError(f"{path}, line {number}: {error}; build it again") from error
    except OSError as error:
        raise StepError(f"{path}: cannot be read ({error.strerror}); build it again") from error


def write_rows(path: Path, records: Iterable[Any]) -> None:
    """Writes records (dataclasses), the same bytes for the same records."""
    lines = [canonical_json(asdict(record), path.name) + "\n" for record in records]
    write_atomic(path, "".join(lines))
