"""Files that are either whole or absent, and texts and names that follow from content alone.

A build can be killed at any moment, so nothing here ever leaves half a file under its final name:
data goes to a temporary name in the same folder, reaches the disk, and is renamed.
"""

import fcntl
import hashlib
import json
import math
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import xxhash

from bllossom_data.errors import BllossomError, SourceError, StepError

__all__ = [
    "JSON",
    "Place",
    "atomic_path",
    "canonical_json",
    "discard_folder",
    "exclusive_lock",
    "fingerprint_tree",
    "os_error_number",
    "pretty_json",
    "relative_path_problem",
    "remove_temporary_files",
    "sha256_file",
    "source_files",
    "sync_folder",
    "toml_line",
    "toml_lines",
    "write_atomic",
    "xxh3_file",
]

JSON = None | bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"]
Place = tuple[str | int, ...]

TEMPORARY_SUFFIX = ".tmp"
READ_BYTES = 1 << 20
# A file this young can change again without its time stamp moving, so its hash is not remembered.
UNSETTLED_NANOSECONDS = 2_000_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")
# Polars keeps the operating system's error number only inside its message.
RUST_OS_ERROR = re.compile(r"\(os error (\d+)\)")


def os_error_number(error: BaseException) -> int | None:
    """Operating-system error number behind an exception of Python, Arrow or Polars, if any."""
    if isinstance(error, OSError):
        return error.errno
    found = RUST_OS_ERROR.search(str(error))
    return int(found.group(1)) if found else None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path; when the block ends well, the file there becomes `path` at once.

    The block must create the file and close it. After an error or an interrupt nothing is left.

    Raises:
        OSError: the file could not be written; `filename` always names `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        yield temporary
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        number = os_error_number(error)
        if number is None or getattr(error, "filename", None) is not None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


def write_atomic(path: Path, data: bytes | str) -> None:
    """Write a whole file (text as UTF-8) or, when killed, leave what was there before.

    Raises:
        OSError: the file could not be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def remove_temporary_files(folder: Path) -> int:
    """Remove what killed writers left below a folder, and say how many files or folders it was."""
    stale = sorted(folder.rglob(f"*{TEMPORARY_SUFFIX}"))
    for path in stale:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(stale)


def discard_folder(folder: Path) -> None:
    """Remove a folder so that, even when killed half-way, it is either all there or gone."""
    doomed = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    folder.replace(doomed)
    sync_folder(doomed.parent)
    shutil.rmtree(doomed)


def _plain(value: object, where: str) -> JSON:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise BllossomError(f"{where}: {value!r} is not valid Unicode text")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BllossomError(f"{where}: {value} is not a finite number")
        return value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise BllossomError(f"{where}: key {key!r} is not text")
        return {_text(key, where): _plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise BllossomError(
        f"{where}: a {type(value).__name__} cannot be written the same way every time; "
        "use text, a number, true/false, none, a list or a mapping"
    )


def _text(key: str, where: str) -> str:
    _plain(key, where)
    return key


def canonical_json(value: object, where: str = "value") -> str:
    """One JSON text for one value: sorted keys, no spaces, no NaN, Korean left readable.

    Args:
        value: plain data; a set, a path, a function or any other object is refused, because its
            text could differ from one run to the next.
        where: how error messages call the value.

    Raises:
        BllossomError: part of the value is not plain data; the message says which part.
    """
    plain = _plain(value, where)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def pretty_json(value: object, where: str = "value") -> str:
    """Like `canonical_json`, for files that people read: indented, with a final newline."""
    return json.dumps(_plain(value, where), ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def xxh3_file(path: Path) -> str:
    """XXH3 (128 bits) of a file's bytes, in hex: many times faster than SHA-256, not for trust."""
    state = xxhash.xxh3_128()
    with path.open("rb", buffering=0) as file:
        while block := file.read(READ_BYTES):
            state.update(block)
    return state.hexdigest()


def relative_path_problem(path: str) -> str | None:
    """What is wrong with a stored path that must stay inside its folder, or None."""
    parts = PurePosixPath(path).parts
    if not parts:
        return "is empty"
    if path.startswith(("/", "~")) or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "is not relative with forward slashes"
    return "leaves its folder" if ".." in parts else None


def source_files(root: Path) -> list[Path]:
    """Files that make up a source: `root` itself, or all files below it in a fixed order.

    Names that begin with a dot are left out (`.git`, `.DS_Store`), links are followed once.

    Raises:
        SourceError: `root` does not exist or part of it cannot be listed.
    """
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise SourceError(f"{root}: no such file or folder; check its `path` in the recipe")

    def refuse(error: OSError) -> None:
        raise SourceError(f"{error.filename}: cannot be listed ({error.strerror})") from error

    found: list[Path] = []
    visited: set[tuple[int, int]] = set()
    for folder, below, names in os.walk(root, followlinks=True, onerror=refuse):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in visited:
            below.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(
        (path for path in found if path.is_file()), key=lambda path: path.relative_to(root).parts
    )


def _read_hashes(cache: Path) -> dict[str, list[object]]:
    # The cache only saves time: whatever is wrong with it, the answer is to hash again.
    try:
        files = json.loads(cache.read_text(encoding="utf-8"))["files"]
        return {name: entry for name, entry in files.items() if isinstance(entry, list)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _hash_known(path: Path, hashes: dict[str, list[object]]) -> tuple[int, str]:
    """Size and hash of one source file, from `hashes` where the file is unchanged."""
    key = str(path.resolve())
    before = path.stat()
    # ctime too: a copy that preserves mtime (`cp -p`, rsync) still changes it.
    stamp = [before.st_size, before.st_mtime_ns, before.st_ctime_ns]
    known = hashes.get(key)
    if known is not None and known[:3] == stamp and isinstance(known[-1], str):
        return before.st_size, known[-1]
    now = time.time_ns()
    digest = xxh3_file(path)
    after = path.stat()
    if [after.st_size, after.st_mtime_ns, after.st_ctime_ns] != stamp:
        raise SourceError(f"{path}: changed while it was being read; start again when it is still")
    if now - before.st_mtime_ns > UNSETTLED_NANOSECONDS:
        hashes[key] = [*stamp, digest]
    return before.st_size, digest


def fingerprint_tree(root: Path, cache: Path) -> str:
    """Fingerprint of a source, a file or a folder: relative names, sizes and content.

    Args:
        root: the source as the recipe names it; where it lies does not enter the fingerprint.
        cache: JSON file that remembers hashes by size and times, so that 30 GB are read once.

    Returns:
        SHA-256 in hex over the sorted list of (relative path, size, XXH3 of the content).

    Raises:
        SourceError: the source is absent, unreadable, or changes while it is read.
    """
    hashes = _read_hashes(cache)
    known = {name: list(entry) for name, entry in hashes.items()}
    combined = hashlib.sha256()
    try:
        for path in source_files(root):
            name = path.name if path == root else path.relative_to(root).as_posix()
            size, digest = _hash_known(path, hashes)
            # A file name may hold any byte but NUL and slash; an EUC-KR zip gives such names.
            combined.update(os.fsencode(name) + f"\0{size}\0{digest}\n".encode())
    except OSError as error:
        raise SourceError(f"{error.filename}: cannot be read ({error.strerror})") from error
    finally:
        if hashes != known:
            content = json.dumps({"files": dict(sorted(hashes.items()))}, separators=(",", ":"))
            with suppress(OSError):
                write_atomic(cache, content)
    return combined.hexdigest()


def toml_lines(text: str) -> dict[Place, int]:
    """Line numbers of the tables and keys of a TOML text, which `tomllib` does not tell.

    Keys inside an inline table are not found: `toml_line` answers with the table's own line.
    """
    lines: dict[Place, int] = {(): 1}
    newest: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)([^\[\]]+)\]", line):
            table, parts = (), header[2].split(".")
            for depth, part in enumerate(parts, start=1):
                table = (*table, part.strip(" \t\"'"))
                if header[1] == "[[" and depth == len(parts):
                    newest[table] = newest.get(table, -1) + 1
                if table in newest:
                    table = (*table, newest[table])
            lines[table] = number
        elif key := re.match(r"\s*([\w.-]+)\s*=", line):
            lines.setdefault((*table, *key[1].split(".")), number)
    return lines


def toml_line(lines: Mapping[Place, int], place: Place) -> int:
    """Line of a place such as `("sources", 1, "name")`, or of what holds it if it is not there."""
    return next(lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in lines)


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold a lock file; a second holder is refused at once.

    `flock` on purpose, not POSIX record locks: forked workers inherit it, so while workers of a
    killed build still write into the folder, no new build starts in it.

    Raises:
        StepError: someone else holds it; the message says which process on which host.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StepError(_lock_message(path)) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _lock_message(path: Path) -> str:
    holder = path.read_text(encoding="utf-8", errors="replace").split()
    if len(holder) != 2:
        return f"{path.parent}: another build has just started here; wait for it to end"
    pid, host = holder
    if (
        host == socket.gethostname()
        and not Path(f"/proc/{pid}").exists()
        and Path("/proc").is_dir()
    ):
        return (
            f"{path.parent}: the build with pid {pid} has ended, but workers that it left behind "
            f"still write here; `fuser -v {path}` lists them, stop them and start again"
        )
    return (
        f"{path.parent}: another build is at work here (pid {pid} on {host}); "
        "wait for it or stop it"
    )
