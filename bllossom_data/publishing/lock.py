"""The commit of each published version, in ``data_cards/<name>.lock.toml``."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bllossom_data.errors import PublishingError
from bllossom_data.files import write_atomic

__all__ = ["Publication", "lock_path", "read_lock", "write_lock"]

HEADING = (
    "# Written by `bllossom publish`: the commit of every published version. Keep it in git; runs "
    "name these commits.\n"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """One published version.

    Attributes:
        version: version of the dataset.
        repository: `owner/name` on the Hub.
        tag: its tag there.
        commit: what the tag points to, 40 hexadecimal digits.
        manifest_sha256: SHA-256 of its manifest, which lists every other file.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")
    version: str
    repository: str
    tag: str
    commit: str
    manifest_sha256: str


def lock_path(recipe: Path) -> Path:
    """The lock file beside a recipe."""
    return recipe.with_suffix(".lock.toml")


def read_lock(path: Path) -> list[Publication]:
    """Every published version, oldest first; none if there is no file.

    Raises:
        PublishingError: the file is damaged.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[Publication]).validate_python(content.get("published", []))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            reason = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise PublishingError(
            f"{path}: cannot be read ({reason}); take it from git again, or remove it and publish: "
            "what is on the Hub is found again"
        ) from error


def write_lock(path: Path, publication: Publication) -> None:
    """Adds a published version, or leaves the file as it is where it is there already."""
    known = read_lock(path)
    if publication in known:
        return
    same = (publication.version, publication.repository)
    kept = [one for one in known if (one.version, one.repository) != same]
    write_atomic(path, HEADING + _toml([*kept, publication]))


def _toml(publications: Sequence[Publication]) -> str:
    # A JSON string of such values is a TOML string too.
    tables = (
        "".join(f"{key} = {json.dumps(value)}\n" for key, value in asdict(one).items())
        for one in publications
    )
    return "".join(f"\n[[published]]\n{table}" for table in tables)
