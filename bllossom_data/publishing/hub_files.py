"""What a repository holds at a commit, told from its tree, whatever a manifest there says."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bllossom_data.errors import PublishingError
from bllossom_data.files import sha256_file
from bllossom_data.manifest import MANIFEST, Manifest, OutputFile, read_manifest
from bllossom_data.progress import Progress
from bllossom_data.publishing.hub import ask, download, open_api
from bllossom_data.publishing.pulling import fetch_files, fetch_manifest

__all__ = ["README", "VersionBefore", "files_at", "holds", "is_same", "version_before"]

README = "README.md"


@dataclass(frozen=True, slots=True)
class VersionBefore:
    """The version that `main` holds.

    Attributes:
        folder: its files in the Hub's cache, as far as they differ from the new version.
        manifest: its manifest, with the files alone that are as it says.
        by_hand: files that somebody changed or removed since.
    """

    folder: Path
    manifest: Manifest
    by_hand: tuple[str, ...]


def files_at(repository: str, commit: str) -> dict[str, Any]:
    """Entries of all files at a commit, by path."""
    listed = ask(
        f"{repository}: the files of {commit}",
        lambda: list(
            open_api().list_repo_tree(
                repository, recursive=True, revision=commit, repo_type="dataset"
            )
        ),
    )
    return {one.path: one for one in listed if hasattr(one, "blob_id")}


def is_same(path: Path, file: OutputFile, there: Any) -> bool:
    """Whether an entry of a tree, or None, has the bytes of a file that lies here."""
    if there is None or there.size != file.size:
        return False
    if there.lfs:
        return bool(there.lfs.sha256 == file.sha256)
    # Of a small file the Hub tells only its name in git.
    data = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return bool(there.blob_id == blob.hexdigest())


def holds(repository: str, commit: str, final: Path) -> bool:
    """Whether a commit has this manifest and every file that it lists, each with the same bytes."""
    there = download(repository, commit, MANIFEST)
    if there is None or there.read_bytes() != (final / MANIFEST).read_bytes():
        return False
    tree = files_at(repository, commit)
    return all(
        is_same(final / file.path, file, tree.get(file.path)) for file in read_manifest(final).files
    )


def version_before(
    repository: str,
    head: str,
    tree: Mapping[str, Any],
    final: Path,
    manifest: Manifest,
    progress: Progress,
) -> VersionBefore | None:
    """The version that `main` holds, or None; downloads what differs from the new one.

    Args:
        repository: `owner/name`.
        head: the commit of `main`.
        tree: its files.
        final: the folder of the new version.
        manifest: its manifest.
        progress: where the download is shown.

    Raises:
        PublishingError: the repository holds something else, or cannot be read.
    """
    if MANIFEST not in tree:
        return None
    folder, before = fetch_manifest(repository, head)
    if before.name != manifest.name:
        raise PublishingError(
            f"{repository} holds the dataset {before.name!r}, not {manifest.name!r}; give another "
            "repository with --repo"
        )
    ours = {file.sha256: final / file.path for file in manifest.files}
    kept, by_hand, differing = list[OutputFile](), list[str](), list[str]()
    for file in before.files:
        there = tree.get(file.path)
        if not _is_theirs(repository, head, file, there, ours.get(file.sha256)):
            by_hand.append(file.path)
            continue
        kept.append(file)
        if file.sha256 not in ours:
            differing.append(file.path)
    fetch_files(repository, head, before, differing, progress)
    # Its lines are compared, whoever wrote them.
    download(repository, head, README)
    return VersionBefore(folder, replace(before, files=tuple(kept)), tuple(by_hand))


def _is_theirs(repository: str, head: str, file: OutputFile, there: Any, ours: Path | None) -> bool:
    """Whether a file of the version before is still as its manifest says."""
    if there is None or there.size != file.size:
        return False
    if there.lfs:
        return bool(there.lfs.sha256 == file.sha256)
    if ours is not None:
        return is_same(ours, file, there)
    path = download(repository, head, file.path)
    return path is not None and sha256_file(path) == file.sha256
