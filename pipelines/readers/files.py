"""Which files make up a source, in an order that no machine changes."""

import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bllossom_data.errors import SourceError
from bllossom_data.files import source_files

PACKED_SUFFIXES = (".gz", ".zst", ".zstd", ".bz2", ".xz")
ZIP_PART = re.compile(r"\.zip\.part(\d+)$")

# What a folder is searched for when the recipe names the format.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "jsonl": (".jsonl", ".ndjson", ".json"),
    "json": (".json",),
    "parquet": (".parquet", ".pq"),
    "csv": (".csv",),
    "tsv": (".tsv", ".tab"),
    "text": (".txt", ".text"),
    "markdown": (".md", ".mdx", ".markdown"),
    "html": (".html", ".htm", ".xhtml"),
    "hwpx": (".hwpx",),
    "aihub": (".zip", ".json"),
    "modu": (".zip", ".json"),
}
# What a suffix means when the recipe names no format; Modu corpora must be named.
FORMAT_OF_SUFFIX = {
    suffix: name
    for name in ("aihub", *(name for name in SUFFIXES if name not in ("aihub", "modu")))
    for suffix in SUFFIXES[name]
} | {".json": "json"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source.

    Attributes:
        path: where it is; for an archive in parts, its first part.
        origin: path relative to the source's root, forward slashes, NFC.
        size_bytes: size on disk; for an archive in parts, of all parts.
        format: one of `SUFFIXES`.
    """

    path: Path
    origin: str
    size_bytes: int
    format: str


def list_files(path: Path, format_name: str | None = None) -> tuple[SourceFile, ...]:
    """Files of a source, sorted by origin, each once, hidden ones left out.

    Args:
        path: a file, or a folder that is searched with all folders below it.
        format_name: one of `SUFFIXES`; None: what the suffixes say, if they agree. Where it is
            given and `path` is a file, the file's suffix does not matter.

    Raises:
        SourceError: there is nothing to read, or the format is unknown or not clear; the message
            says what was looked for and what is there.
    """
    if format_name is not None and format_name not in SUFFIXES:
        raise SourceError(
            f"format = {format_name!r} is not known; allowed are {', '.join(sorted(SUFFIXES))}"
        )
    if path.is_file() and ZIP_PART.search(path.name):
        found = split_parts(path)
    else:
        found = [file for file in source_files(path) if not _is_litter(file, path)]
    known_format = format_name or _only_format(path, found)
    if not path.is_file():
        found = [file for file in found if _suffix(file) in SUFFIXES[known_format]]
    if not found:
        raise _nothing_found(path, SUFFIXES[known_format])
    files = _with_parts_joined(path, found, known_format)
    return tuple(sorted(files, key=lambda file: (file.origin, os.fsencode(file.path))))


def _is_litter(file: Path, root: Path) -> bool:
    """Files that archives and editors leave behind, never data."""
    return "__MACOSX" in file.relative_to(root).parts or file.name.startswith("~$")


def _suffix(file: Path) -> str:
    """The suffix that names the format: that before a compression's, `.zip` for its parts."""
    if ZIP_PART.search(file.name):
        return ".zip"
    name = file.name.lower()
    for packed in PACKED_SUFFIXES:
        name = name.removesuffix(packed)
    return Path(name).suffix


def _only_format(root: Path, files: list[Path]) -> str:
    formats = (FORMAT_OF_SUFFIX.get(_suffix(file)) for file in files)
    counts = Counter(name for name in formats if name is not None)
    if not counts:
        raise _nothing_found(root, tuple(FORMAT_OF_SUFFIX))
    if len(counts) > 1:
        there = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        raise SourceError(
            f"{root}: files of several formats ({there}); name one with `format` in the recipe"
        )
    return next(iter(counts))


def _nothing_found(root: Path, suffixes: tuple[str, ...]) -> SourceError:
    looked_for = ", ".join(f"*{suffix}" for suffix in suffixes)
    return SourceError(
        f"{root}: no file to read; looked for {looked_for} "
        f"(also with {', '.join(PACKED_SUFFIXES)}); check `path` and `format` of the source"
    )


def _with_parts_joined(root: Path, files: list[Path], format_name: str) -> list[SourceFile]:
    """One entry per file; a split archive is one file, and none where it was joined already."""
    names = set(files)
    joined = []
    for file in files:
        parts = [file]
        whole = file
        if ZIP_PART.search(file.name):
            whole = file.with_name(ZIP_PART.sub(".zip", file.name))
            parts = split_parts(file)
            if file != parts[0] or whole in names:
                continue
        origin = origin_of(whole.name if root.is_file() else str(whole.relative_to(root)))
        size_bytes = sum(part.stat().st_size for part in parts)
        joined.append(SourceFile(file, origin, size_bytes, format_name))
    return joined


def split_parts(part: Path) -> list[Path]:
    """All parts of a split archive, in the order of their numbers, which need not be padded."""
    whole = ZIP_PART.sub(".zip", part.name)
    siblings = (path for path in part.parent.iterdir() if ZIP_PART.search(path.name))
    own = [path for path in siblings if ZIP_PART.sub(".zip", path.name) == whole]
    return sorted(own, key=part_number)


def part_number(path: Path) -> int:
    """Number at the end of `….zip.part<number>`; 0 for other names."""
    found = ZIP_PART.search(path.name)
    return int(found.group(1)) if found else 0


def origin_of(path: str) -> str:
    """A relative path as it is stored: NFC, forward slashes, valid Unicode.

    Names that a Korean Windows packed are CP949 bytes; macOS stores Hangul as single letters.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        raw = os.fsencode(path)
        try:
            path = raw.decode("cp949")
        except UnicodeDecodeError:
            path = raw.decode("utf-8", "replace")
    parts = unicodedata.normalize("NFC", path.replace("\\", "/")).split("/")
    origin = "/".join(part for part in parts if part not in ("", ".", ".."))
    return origin.lstrip("~") or "unnamed"
