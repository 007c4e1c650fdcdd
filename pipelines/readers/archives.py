"""Zip archives from strangers: split ones, names in CP949, and ones made to fill a disk."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bllossom_data.errors import SourceError
from pipelines.readers.batches import MIB
from pipelines.readers.files import ZIP_PART, origin_of, part_number, split_parts
from pipelines.readers.streams import PIECE_BYTES, StreamError

# JSON of one shape packs up to some 40-fold; Deflate ends at 1,032-fold.
MAX_EXPANSION = 250
EXPANSION_GRACE_BYTES = 64 * MIB
MAX_MEMBER_BYTES = 16 << 30
ENCRYPTED = 0x1
NAME_IS_UTF_8 = 0x800


class _JoinedFiles(io.RawIOBase):
    """Several files read as one."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__()
        self._files = [path.open("rb") for path in paths]
        self._sizes = [path.stat().st_size for path in paths]
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: sum(self._sizes)}[whence]
        if base + offset < 0:
            raise OSError(22, "negative seek position")
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        offset = self._position
        for file, size in zip(self._files, self._sizes, strict=True):
            if offset < size:
                file.seek(offset)
                data = file.read(min(len(buffer), size - offset))
                buffer[: len(data)] = data
                self._position += len(data)
                return len(data)
            offset -= size
        return 0

    def close(self) -> None:
        for file in self._files:
            file.close()
        super().close()


def _check_parts_complete(parts: list[Path]) -> None:
    """Parts are numbered 0, 1, 2…, or, by AI-Hub's own tool, with the byte each begins at."""
    offset = 0
    for index, part in enumerate(parts):
        if part_number(part) not in (index, offset):
            before = f"after {parts[index - 1].name}" if index else "at the beginning"
            raise StreamError(
                "bad_archive", f"{part.name}: a part is missing {before}; download it again"
            )
        offset += part.stat().st_size


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive, all parts of it where it was split.

    Raises:
        SourceError: it is no archive, it is damaged, a part is missing, or it is a bomb.
    """
    try:
        file: IO[bytes]
        if ZIP_PART.search(path.name):
            parts = split_parts(path)
            _check_parts_complete(parts)
            file = io.BufferedReader(_JoinedFiles(parts), PIECE_BYTES)
        else:
            file = path.open("rb")
        with file, zipfile.ZipFile(file) as archive:
            _check_expansion(archive)
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise StreamError("bad_archive", f"{error}; download it again") from error
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror or error})") from error


def _check_expansion(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    packed = sum(member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    largest = max(members, key=lambda member: member.file_size, default=None)
    if unpacked > max(EXPANSION_GRACE_BYTES, MAX_EXPANSION * packed):
        raise StreamError(
            "decompression_bomb",
            f"grows more than {MAX_EXPANSION}-fold when unpacked "
            f"({packed} to {unpacked} bytes); unpack it yourself if you trust it",
        )
    if largest is not None and largest.file_size > MAX_MEMBER_BYTES:
        raise StreamError(
            "too_large",
            f"{largest.filename} unpacks to {largest.file_size} bytes, "
            f"more than {MAX_MEMBER_BYTES}",
        )


def member_name(member: zipfile.ZipInfo) -> str:
    """Name of a member as its author wrote it, as a relative path."""
    name = member.filename
    if not member.flag_bits & NAME_IS_UTF_8:
        for encoding in ("utf-8", "cp949"):
            try:
                return origin_of(name.encode("cp437").decode(encoding))
            except UnicodeError:
                continue
    return origin_of(name)


def data_members(archive: zipfile.ZipFile, suffixes: tuple[str, ...]) -> list[zipfile.ZipInfo]:
    """Members with one of the suffixes, sorted by name, without what macOS and editors leave."""
    members = []
    for member in archive.infolist():
        parts = member_name(member).split("/")
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
        if not member.is_dir() and not hidden and parts[-1].lower().endswith(suffixes):
            members.append(member)
    return sorted(members, key=member_name)


def member_pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Content of a member, never more than the archive says it has.

    Raises:
        SourceError: it is encrypted, damaged, or expands beyond measure.
    """
    if member.flag_bits & ENCRYPTED:
        raise StreamError("bad_archive", "encrypted; unpack it with its password first")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The others unpack without a bound, or (Deflate64, of Windows) not at all.
        raise StreamError("bad_archive", "packed in an unusual way; unpack it yourself")
    if member.file_size > max(EXPANSION_GRACE_BYTES, MAX_EXPANSION * member.compress_size):
        raise StreamError(
            "decompression_bomb",
            f"grows more than {MAX_EXPANSION}-fold when unpacked "
            f"({member.compress_size} to {member.file_size} bytes)",
        )
    try:
        with archive.open(member) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise StreamError("truncated_file", str(error)) from error
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror or error})") from error


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """Content of a small member.

    Raises:
        SourceError: it is larger than `max_bytes`, encrypted or damaged.
    """
    if member.file_size > max_bytes:
        raise StreamError("too_large", f"{member.file_size} bytes, over {max_bytes}")
    return b"".join(member_pieces(archive, member))
