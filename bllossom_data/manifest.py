"""What was built: the record of one step (`step.json`) and of a whole dataset (`manifest.json`).

Both are byte for byte the same for the same input: no times, no host, no path of the machine.
"""

import platform
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict, JsonValue, TypeAdapter, ValidationError

from bllossom_data.errors import BllossomError, StepError
from bllossom_data.files import (
    TEMPORARY_SUFFIX,
    pretty_json,
    relative_path_problem,
    sha256_file,
    write_atomic,
)

__all__ = [
    "LOCAL_PATH",
    "MANIFEST",
    "RECORD_FILES",
    "Manifest",
    "ModelEntry",
    "OutputFile",
    "SourceEntry",
    "StepEntry",
    "StepRecord",
    "installed_versions",
    "list_outputs",
    "package_versions",
    "read_manifest",
    "read_record",
    "verify_manifest",
    "write_manifest",
]

MANIFEST = "manifest.json"
FINGERPRINT, RECORD, TIMINGS = "fingerprint.json", "step.json", "timings.json"
RECORD_FILES = frozenset({FINGERPRINT, RECORD, TIMINGS})
SCRATCH = "scratch"
PACKAGES = ("bllossom-data", "numpy", "polars", "pyarrow", "xxhash")
LOCAL_PATH = re.compile(r"/\w|~/|file:|[A-Za-z]:[\\/](?!/)", re.IGNORECASE)
"""The start of a text that only means something on the machine that wrote it."""

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file: path relative to its folder, size in bytes, SHA-256 in hex."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What `step.json` says about a finished step.

    Attributes:
        name: name of the step.
        revision: revision of its code.
        settings: what the recipe said about it.
        inputs: fingerprint of each step that it read.
        external: fingerprint of each thing that it read from outside the build.
        fingerprint: SHA-256 over all of the above and the versions that decide its result.
        counts: what it counted.
        outputs: what it wrote, sorted by path.
        packages: versions of Python, the core packages and those that decide its result.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    revision: int
    settings: Mapping[str, JsonValue]
    inputs: Mapping[str, str]
    external: Mapping[str, str]
    fingerprint: str
    counts: Mapping[str, JsonValue]
    outputs: tuple[OutputFile, ...]
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A source as it was used; `fingerprint` is that of its files (`fingerprint_tree`)."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    license: str
    url: str | None
    revision: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A step as it ran."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    revision: int
    fingerprint: str
    settings: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that decided something: its name, what it was for, and exactly which file."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    purpose: str
    url: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about one version of a dataset that a reader or a model card needs.

    Attributes:
        name: name of the dataset.
        version: its version.
        license: licence of the whole.
        languages: ISO 639-1 codes.
        sources: in the order of the recipe.
        steps: in the order of the build.
        models: models that decided something.
        counts: documents by step, source and reason.
        packages: versions of the packages that the build ran with.
        files: every published file but the manifest itself; `write_manifest` fills it in.
        recipe: what the recipe said, without defaults and paths of a machine.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    version: str
    license: str
    languages: tuple[str, ...]
    sources: tuple[SourceEntry, ...]
    steps: tuple[StepEntry, ...]
    models: tuple[ModelEntry, ...]
    counts: Mapping[str, Mapping[str, Mapping[str, int]]]
    packages: Mapping[str, str]
    files: tuple[OutputFile, ...] = ()
    recipe: Mapping[str, JsonValue] = field(default_factory=dict)


def list_outputs(folder: Path) -> tuple[OutputFile, ...]:
    """Files of a step's folder with size and SHA-256, sorted; not the runner's own files."""
    names = sorted(
        name
        for path in folder.rglob("*")
        if path.is_file()
        and (name := path.relative_to(folder).as_posix()) not in RECORD_FILES
        and not name.startswith(f"{SCRATCH}/")
        and not name.endswith(TEMPORARY_SUFFIX)
    )
    with ThreadPoolExecutor() as threads:
        hashes = list(threads.map(lambda name: sha256_file(folder / name), names))
    return tuple(
        OutputFile(name, (folder / name).stat().st_size, digest)
        for name, digest in zip(names, hashes, strict=True)
    )


def installed_versions(packages: Iterable[str]) -> dict[str, str | None]:
    """Versions of exactly these distributions, None for one that is not installed."""
    versions: dict[str, str | None] = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return versions


def package_versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of Python, the core packages and these others, where they are installed."""
    found = installed_versions((*PACKAGES, *packages))
    versions = {name: version for name, version in found.items() if version is not None}
    return {"python": platform.python_version(), **versions}


def _read(
    path: Path, kind: type[Content], advice: str, error_kind: Callable[[str], Exception]
) -> Content:
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except OSError as error:
        raise error_kind(f"{path}: cannot be read ({error.strerror}); {advice}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise error_kind(f"{path}: {place}: {first['msg']}; {advice}") from error


def read_record(folder: Path) -> StepRecord:
    """Record of a finished step, from the step's folder.

    Raises:
        StepError: the step is not finished, or its record is damaged.
    """
    return _read(folder / RECORD, StepRecord, "build the step again", StepError)


def read_manifest(folder: Path) -> Manifest:
    """Manifest of a built, published or pulled dataset, from the folder that holds it.

    Raises:
        BllossomError: there is none, or it is not one of ours.
    """
    manifest = _read(folder / MANIFEST, Manifest, "build or pull the dataset again", BllossomError)
    for file in manifest.files:
        if fault := relative_path_problem(file.path):
            raise BllossomError(f"{folder / MANIFEST}: files: path {file.path!r} {fault}")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write `manifest.json` beside the files of a dataset, and give it back with them listed.

    Raises:
        BllossomError: it holds a path of this machine, which nobody else could use.
    """
    files = tuple(file for file in list_outputs(folder) if file.path != MANIFEST)
    complete = replace(manifest, files=files)
    content = asdict(complete)
    for place, text in _texts(content, "manifest"):
        if LOCAL_PATH.match(text):
            raise BllossomError(f"{place}: {text!r} is a path of this machine; give a public place")
    write_atomic(folder / MANIFEST, pretty_json(content, "manifest"))
    return complete


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{place}[{index}]")


def verify_manifest(folder: Path) -> list[str]:
    """What does not agree between a folder and its manifest, nothing if all is well.

    Hidden files are not looked at: the Hub and git add their own.
    """
    try:
        manifest = read_manifest(folder)
    except BllossomError as error:
        return [str(error)]
    found = {
        file.path: file
        for file in list_outputs(folder)
        if file.path != MANIFEST and not re.search(r"(^|/)\.", file.path)
    }
    problems = []
    for file in manifest.files:
        there = found.pop(file.path, None)
        if there is None:
            problems.append(f"{file.path}: missing")
        elif there.size != file.size:
            problems.append(f"{file.path}: {there.size} bytes, the manifest says {file.size}")
        elif there.sha256 != file.sha256:
            problems.append(f"{file.path}: other bytes than the manifest says (SHA-256 differs)")
    return problems + [f"{path}: not in the manifest" for path in found]
