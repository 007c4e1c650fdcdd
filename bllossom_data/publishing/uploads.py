"""Sends files to the Hub before they are committed, and shows how far it is.

By Git LFS the client reads a file while it sends it, and what it read is counted. Xet reads and
sends in compiled code and tells nobody how far it is, so there every group of files counts when it
has arrived; groups are small, a large file is one by itself.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from huggingface_hub import CommitOperationAdd

from bllossom_data.manifest import OutputFile
from bllossom_data.progress import Progress
from bllossom_data.publishing.hub import ask, open_api

__all__ = ["upload_files"]

GROUP_BYTES = 100_000_000


class _WatchedReader(io.BufferedReader):
    """A file that tells how far it has been read."""

    def __init__(self, path: Path, reached: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path))
        self._reached = reached

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._reached(self.tell())
        return data


class _Addition(CommitOperationAdd):
    """A file to commit whose upload is counted.

    Attributes:
        counted_bytes: how much of it is counted.
    """

    def __init__(self, folder: Path, file: OutputFile, advance: Callable[[int], None]) -> None:
        super().__init__(file.path, str(folder / file.path))
        # It was hashed when it was checked; the client would read every file once more.
        self.upload_info.sha256 = bytes.fromhex(file.sha256)
        self.counted_bytes = 0
        self._advance = advance

    @contextmanager
    def as_file(self, with_tqdm: bool = False) -> Iterator[BinaryIO]:
        """The file; counted where the client, too, would show how it goes up."""
        with _WatchedReader(self._path, self.count if with_tqdm else lambda _: None) as file:
            yield file

    @property
    def _path(self) -> Path:
        return Path(str(self.path_or_fileobj))

    def count(self, position: int) -> None:
        """Counts up to a position; what is sent once more is not counted twice."""
        if position > self.counted_bytes:
            self._advance(position - self.counted_bytes)
            self.counted_bytes = position


def upload_files(
    repository: str, folder: Path, files: Sequence[OutputFile], progress: Progress
) -> list[CommitOperationAdd]:
    """Uploads large files, and gives all files as what a commit adds.

    Args:
        repository: `owner/name`.
        folder: where the files lie.
        files: what the commit adds; small ones go with the commit itself.
        progress: where it is shown, in bytes.

    Raises:
        PublishingError: it failed; what arrived is not sent again.
    """
    total = sum(file.size for file in files)
    with progress.work(f"upload to {repository}", total, "bytes") as advance:
        additions = [_Addition(folder, file, advance) for file in files]
        for group in _groups(additions):
            _upload_group(repository, group)
    return list(additions)


def _groups(additions: Sequence[_Addition]) -> list[list[_Addition]]:
    groups = list[list[_Addition]]()
    size = 0
    for one in additions:
        size += one.upload_info.size
        if not groups or size > GROUP_BYTES:
            groups.append([])
            size = one.upload_info.size
        groups[-1].append(one)
    return groups


def _upload_group(repository: str, group: Sequence[_Addition]) -> None:
    what = group[0].path_in_repo + (f" and {len(group) - 1} more" if len(group) > 1 else "")
    ask(
        f"{repository}: upload of {what}",
        # Kept after the upload: `create_commit` asks them for their content again.
        lambda: open_api().preupload_lfs_files(
            repository, group, repo_type="dataset", num_threads=2, free_memory=False
        ),
    )
    for one in group:
        one.count(one.upload_info.size)
