"""What a Hub keeps: repositories of commits, commits of files, and how clients are told of them."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

REGULAR = (".md", ".json", ".toml", ".txt", ".svg", ".gitattributes")


@dataclass(frozen=True)
class Blob:
    """Content of a file; `lfs` where it is kept as a large file."""

    sha256: str
    size: int
    git_oid: str
    lfs: bool


@dataclass(frozen=True)
class Commit:
    """A snapshot of a repository."""

    oid: str
    title: str
    parent: str | None
    files: Mapping[str, Blob]


@dataclass
class Repository:
    """A dataset: its commits by hash, and what `main` and the tags point to."""

    private: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def history(self) -> list[Commit]:
        """Commits of `main`, newest first, without the one that made the repository."""
        oid: str | None = self.branches["main"]
        found = []
        while oid is not None:
            found.append(self.commits[oid])
            oid = found[-1].parent
        return found[:-1]


class BlobStore:
    """Contents of files in a folder, by their SHA-256."""

    folder: Path

    def blob_path(self, sha256: str) -> Path:
        return self.folder / "blobs" / sha256

    def stored(self, data: bytes, *, lfs: bool) -> Blob:
        sha256 = hashlib.sha256(data).hexdigest()
        self.blob_path(sha256).write_bytes(data)
        git_oid = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        return Blob(sha256, len(data), git_oid, lfs)


def slashes(path: str, inside: str) -> list[int]:
    rest = path[len(inside) :]
    return [at for at, letter in enumerate(rest) if letter == "/"]


def refs_of(kind: str, places: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid}
        for name, oid in places.items()
    ]


def described(commit: Commit) -> dict[str, Any]:
    date = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(0))
    authors = [{"user": "tester"}]
    return {
        "id": commit.oid,
        "title": commit.title,
        "message": "",
        "authors": authors,
        "date": date,
    }


def upload_mode(commit: Commit, asked: Mapping[str, Any]) -> dict[str, Any]:
    path = asked["path"]
    there = commit.files.get(path)
    return {
        "path": path,
        "uploadMode": "regular" if path.endswith(REGULAR) else "lfs",
        "shouldIgnore": False,
        "oid": (there.sha256 if there.lfs else there.git_oid) if there else None,
    }


def file_entry(path: str, blob: Blob) -> dict[str, Any]:
    entry = {"type": "file", "path": path, "size": blob.size, "oid": blob.git_oid}
    if blob.lfs:
        entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": 130}
    return entry


def folder_entry(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "oid": hashlib.sha1(path.encode()).hexdigest()}


def form_of(body: bytes) -> dict[str, list[str]]:
    return parse_qs(body.decode())
