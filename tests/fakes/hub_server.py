"""The Hugging Face Hub as `huggingface_hub` and `datasets` speak to it, on this machine.

Repositories of datasets only, and git objects no deeper than clients can see: commits are snapshots
of paths, blobs lie in a folder by their SHA-256. Xet is not offered, so clients upload by LFS.
"""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from fakes.loopback import Content, Fault, LoopbackServer, Request, Response

REGULAR = (".md", ".json", ".toml", ".txt", ".svg", ".gitattributes")
BLOCK_BYTES = 1 << 20
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


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


class HubServer(LoopbackServer):
    """A Hub with one user, `tester`, who may write to `tester` and `bllossom`.

    Attributes:
        repositories: datasets by `owner/name`.
        multipart_bytes: files larger than this are uploaded in parts of this size.
        received_bytes: bytes of large files that arrived.
        cut_after: called with a request before its body is read; gives the number of bytes after
            which the connection is reset, or None.
    """

    faulty_path = "/api/datasets/"

    def __init__(self, folder: Path, key: str | None = "hf_test") -> None:
        super().__init__(key)
        self.folder = folder
        (folder / "blobs").mkdir(parents=True, exist_ok=True)
        self.repositories: dict[str, Repository] = {}
        self.owners = {"tester", "bllossom"}
        self.multipart_bytes = 1 << 26
        self.received_bytes = 0
        self._arrived = 0
        self._pieces: dict[tuple[str, int], Path] = {}
        self.cut_after: Callable[[Request], int | None] | None = None

    # What tests look at.

    def content(self, repository: str, revision: str, path: str) -> bytes:
        """Bytes of a file."""
        found = self.repositories[repository]
        commit = found.commits[self._resolved(found, revision) or ""]
        return self._blob(commit.files[path].sha256).read_bytes()

    def commit(
        self, repository: str, title: str, files: Mapping[str, bytes], gone: tuple[str, ...] = ()
    ) -> str:
        """Commits files, as somebody else would, and gives the hash."""
        added = {path: self._stored(data, lfs=False) for path, data in files.items()}
        return self._commit(self.repositories[repository], title, added, gone)

    # Bodies.

    def receive(self, request: Request, stream: BinaryIO, length: int) -> Any:
        limit = self.cut_after(request) if self.cut_after else None
        large = request.path.startswith("/lfs/") and request.method == "PUT"
        blocks = _chunks(stream) if _is_chunked(request) else _blocks(stream, length)
        if not large and limit is None:
            return b"".join(blocks)
        with self.lock:
            self._arrived += 1
            target = self.folder / f"{self._arrived}.part"
        arrived = 0
        with target.open("wb") as file:
            for block in blocks:
                file.write(block)
                arrived += len(block)
                self.received_bytes += len(block)
                if limit is not None and arrived >= limit:
                    raise ConnectionResetError
        return target

    # Replies.

    def error(self, number: int, message: str, code: str = "", param: str = "") -> Content:
        return {"error": message}

    def answer(self, request: Request, fault: Fault | None) -> Response:
        path = unquote(request.path)
        if fault and fault.kind == "lost":
            self._routed(request, path)
            raise ConnectionResetError
        return self._routed(request, path)

    def _routed(self, request: Request, path: str) -> Response:
        with self.lock:
            if path.startswith("/lfs/"):
                return self._lfs(request, path)
            if request.headers.get("authorization") != f"Bearer {self.key}" and (
                request.method not in ("GET", "HEAD") or "authorization" in request.headers
            ):
                message = "Invalid credentials in Authorization header"
                return Response({"error": message}, 401, {"X-Error-Message": message})
            if path == "/api/whoami-v2":
                return Response({"type": "user", "name": "tester", "orgs": [{"name": "bllossom"}]})
            if path == "/api/validate-yaml":
                return Response({"errors": [], "warnings": []})
            if path == "/api/repos/create":
                return self._create(request.body)
            if found := re.fullmatch(r"/datasets/(.+?/.+?)\.git/info/lfs/objects/batch", path):
                return self._batch(found[1], request.body)
            if found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                return self._resolve(request, *found.groups())
            if found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/([^/]+)(?:/(.*))?)?", path):
                name, action, rest = found.groups()
                return self._dataset(request, name, action or "revision", rest or "main")
        return Response({"error": f"not a path of the Hub: {path}"}, 404)

    def _dataset(self, request: Request, name: str, action: str, rest: str) -> Response:
        repository = self.repositories.get(name)
        if repository is None or (repository.private and "authorization" not in request.headers):
            return Response(
                {"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"}
            )
        if request.method == "POST" and action != "paths-info" and not self._may_write(name):
            return Response({"error": "You have no write access to this repository"}, 403)
        if action == "refs":
            return Response(
                {
                    "branches": _refs("heads", repository.branches),
                    "tags": _refs("tags", repository.tags),
                    "converts": [],
                }
            )
        revision, _, below = rest.partition("/")
        oid = self._resolved(repository, revision)
        if oid is None:
            return Response(
                {"error": f"Invalid rev id: {revision}"}, 404, {"X-Error-Code": "RevisionNotFound"}
            )
        commit = repository.commits[oid]
        if action == "revision":
            siblings = [{"rfilename": path} for path in commit.files]
            content = {"id": name, "sha": oid, "siblings": siblings, "private": repository.private}
            return Response({**content, "tags": [], "downloads": 0, "likes": 0})
        if action == "tree":
            recursive = request.query.get("recursive", "").lower() in ("true", "1")
            return self._tree(commit, below, recursive)
        if action == "paths-info":
            return self._paths_info(commit, request.body)
        if action == "commits":
            return Response([_described(one) for one in repository.history()])
        if action == "preupload":
            return Response({"files": [_mode(commit, one) for one in request.body["files"]]})
        if action == "commit":
            return self._take_commit(name, repository, request.body)
        if action == "tag":
            return self._tag(repository, oid, request.body["tag"])
        return Response({"error": f"not an action of the Hub: {action}"}, 404)

    def _may_write(self, name: str) -> bool:
        return name.partition("/")[0] in self.owners

    @staticmethod
    def _resolved(repository: Repository, revision: str) -> str | None:
        revision = revision.removeprefix("refs/tags/").removeprefix("refs/heads/")
        for place in (repository.branches, repository.tags):
            if revision in place:
                return place[revision]
        return revision if revision in repository.commits else None

    def _create(self, body: Mapping[str, Any]) -> Response:
        name = f"{body.get('organization') or 'tester'}/{body['name']}"
        if not self._may_write(name):
            return Response({"error": f"You don't have the rights to create {name}"}, 403)
        url = f"{self.url}/datasets/{name}"
        if name in self.repositories:
            return Response({"error": "You already created this dataset repo", "url": url}, 409)
        repository = Repository(private=bool(body.get("private")))
        self.repositories[name] = repository
        attributes = self._stored(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", lfs=False)
        self._commit(repository, "initial commit", {".gitattributes": attributes}, ())
        return Response({"url": url, "id": name, "name": name})

    def _tag(self, repository: Repository, oid: str, tag: str) -> Response:
        if tag in repository.tags:
            return Response({"error": f"Tag {tag} already exists"}, 409)
        repository.tags[tag] = oid
        return Response({})

    # Large files.

    def _batch(self, name: str, body: Mapping[str, Any]) -> Response:
        if not self._may_write(name):
            return Response({"error": "You have no write access to this repository"}, 403)
        objects = []
        for one in body["objects"]:
            oid, size = one["oid"], one["size"]
            described = {"oid": oid, "size": size}
            if not self._blob(oid).exists():
                described["actions"] = {
                    "upload": self._upload(oid, size),
                    "verify": {"href": f"{self.url}/lfs/verify/{oid}"},
                }
            objects.append(described)
        multipart = any(one["size"] > self.multipart_bytes for one in body["objects"])
        transfer = "multipart" if multipart else "basic"
        return Response({"transfer": transfer, "objects": objects})

    def _upload(self, oid: str, size: int) -> dict[str, Any]:
        if size <= self.multipart_bytes:
            return {"href": f"{self.url}/lfs/{oid}"}
        header = {"chunk_size": str(self.multipart_bytes)}
        for part in range(1, -(-size // self.multipart_bytes) + 1):
            header[str(part)] = f"{self.url}/lfs/{oid}/{part}"
        return {"href": f"{self.url}/lfs/complete/{oid}", "header": header}

    def _lfs(self, request: Request, path: str) -> Response:
        verb, *rest = path.removeprefix("/lfs/").split("/")
        if verb == "verify":
            there = self._blob(rest[0])
            right = there.exists() and there.stat().st_size == request.body["size"]
            return Response({}, 200 if right else 404)
        if verb == "complete":
            return self._complete(rest[0], request.body["parts"])
        if rest:
            self._pieces[verb, int(rest[0])] = request.body
            return Response(b"", headers={"ETag": f'"{verb[:8]}-{rest[0]}"'})
        return self._kept(request.body, verb)

    def _complete(self, oid: str, parts: list[Mapping[str, Any]]) -> Response:
        whole = self.folder / f"{oid}.whole"
        with whole.open("wb") as file:
            for part in sorted(one["partNumber"] for one in parts):
                with self._pieces[oid, part].open("rb") as source:
                    while block := source.read(BLOCK_BYTES):
                        file.write(block)
        for (name, part), piece in list(self._pieces.items()):
            if name == oid:
                piece.unlink(missing_ok=True)
                del self._pieces[name, part]
        return self._kept(whole, oid)

    def _kept(self, file: Path, oid: str) -> Response:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != oid:
            file.unlink()
            return Response({"error": f"content is {found}, not {oid}"}, 400)
        file.replace(self._blob(oid))
        return Response({})

    # Commits.

    def _blob(self, sha256: str) -> Path:
        return self.folder / "blobs" / sha256

    def _stored(self, data: bytes, *, lfs: bool) -> Blob:
        sha256 = hashlib.sha256(data).hexdigest()
        self._blob(sha256).write_bytes(data)
        git_oid = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        return Blob(sha256, len(data), git_oid, lfs)

    def _commit(
        self, repository: Repository, title: str, added: Mapping[str, Blob], gone: tuple[str, ...]
    ) -> str:
        parent = repository.branches.get("main")
        files = dict(repository.commits[parent].files) if parent else {}
        files = {path: blob for path, blob in files.items() if path not in gone} | dict(added)
        seed = json.dumps([title, parent, sorted((p, b.sha256) for p, b in files.items())])
        oid = hashlib.sha1(seed.encode()).hexdigest()
        repository.commits[oid] = Commit(oid, title, parent, dict(sorted(files.items())))
        repository.branches["main"] = oid
        return oid

    def _take_commit(self, name: str, repository: Repository, body: bytes) -> Response:
        lines = [json.loads(line) for line in body.splitlines()]
        header = next(line["value"] for line in lines if line["key"] == "header")
        expected = header.get("parentCommit")
        if expected and expected != repository.branches["main"]:
            message = "A commit has happened since. Please refresh and try again."
            return Response({"error": message}, 412, {"X-Error-Message": message})
        added: dict[str, Blob] = {}
        gone = []
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                added[value["path"]] = self._stored(base64.b64decode(value["content"]), lfs=False)
            elif line["key"] == "lfsFile":
                there = self._blob(value["oid"])
                if not there.exists():
                    return Response({"error": f"LFS pointer to nothing: {value['path']}"}, 400)
                pointer = f"oid sha256:{value['oid']}".encode()
                git_oid = hashlib.sha1(pointer).hexdigest()
                added[value["path"]] = Blob(value["oid"], there.stat().st_size, git_oid, True)
            elif line["key"] == "deletedFile":
                gone.append(value["path"])
        oid = self._commit(repository, header["summary"], added, tuple(gone))
        url = f"{self.url}/datasets/{name}/commit/{oid}"
        return Response({"commitOid": oid, "commitUrl": url, "success": True})

    # Reading.

    def _tree(self, commit: Commit, below: str, recursive: bool) -> Response:
        inside = f"{below}/" if below else ""
        files = [path for path in commit.files if path.startswith(inside)]
        if below and not files:
            return Response(
                {"error": f"{below} does not exist"}, 404, {"X-Error-Code": "EntryNotFound"}
            )
        folders = {path[: len(inside) + at] for path in files for at in _slashes(path, inside)}
        entries = [_file(path, commit.files[path]) for path in files] + [
            _folder(p) for p in folders
        ]
        if not recursive:
            entries = [one for one in entries if "/" not in one["path"][len(inside) :]]
        return Response(sorted(entries, key=lambda one: one["path"]))

    def _paths_info(self, commit: Commit, body: Any) -> Response:
        paths = body["paths"] if isinstance(body, dict) else _form(body)["paths"]
        found = []
        for path in paths:
            if path in commit.files:
                found.append(_file(path, commit.files[path]))
            elif any(one.startswith(f"{path}/") for one in commit.files):
                found.append(_folder(path))
        return Response(found)

    def _resolve(self, request: Request, name: str, revision: str, path: str) -> Response:
        repository = self.repositories.get(name)
        if repository is None or (repository.private and "authorization" not in request.headers):
            return Response(
                {"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"}
            )
        oid = self._resolved(repository, revision)
        if oid is None:
            return Response({"error": "no revision"}, 404, {"X-Error-Code": "RevisionNotFound"})
        blob = repository.commits[oid].files.get(path)
        if blob is None:
            headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": oid}
            return Response({"error": "no entry"}, 404, headers)
        headers = {
            "ETag": f'"{blob.sha256 if blob.lfs else blob.git_oid}"',
            "X-Repo-Commit": oid,
            "Accept-Ranges": "bytes",
            "content-type": "application/octet-stream",
        }
        whole, status, part = self._blob(blob.sha256), 200, (0, blob.size)
        if asked := RANGE.fullmatch(request.headers.get("range", "")):
            part = int(asked[1]), min(int(asked[2] or blob.size - 1) + 1, blob.size)
            if part[0] >= blob.size:
                return Response(b"", 416, {"Content-Range": f"bytes */{blob.size}"})
            status = 206
            headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{blob.size}"
        return Response(whole, status, headers, part)


def _is_chunked(request: Request) -> bool:
    return request.headers.get("transfer-encoding", "") == "chunked"


def _blocks(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        block = stream.read(min(BLOCK_BYTES, length))
        if not block:
            raise ConnectionResetError
        length -= len(block)
        yield block


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while size := int(stream.readline() or b"0", 16):
        yield from _blocks(stream, size)
        stream.readline()
    stream.readline()


def lost() -> Fault:
    """A request that is carried out, and its reply lost."""
    return Fault("lost")


def _slashes(path: str, inside: str) -> list[int]:
    rest = path[len(inside) :]
    return [at for at, letter in enumerate(rest) if letter == "/"]


def _refs(kind: str, places: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid}
        for name, oid in places.items()
    ]


def _described(commit: Commit) -> dict[str, Any]:
    date = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(0))
    authors = [{"user": "tester"}]
    return {
        "id": commit.oid,
        "title": commit.title,
        "message": "",
        "authors": authors,
        "date": date,
    }


def _mode(commit: Commit, asked: Mapping[str, Any]) -> dict[str, Any]:
    path = asked["path"]
    there = commit.files.get(path)
    return {
        "path": path,
        "uploadMode": "regular" if path.endswith(REGULAR) else "lfs",
        "shouldIgnore": False,
        "oid": (there.sha256 if there.lfs else there.git_oid) if there else None,
    }


def _file(path: str, blob: Blob) -> dict[str, Any]:
    entry = {"type": "file", "path": path, "size": blob.size, "oid": blob.git_oid}
    if blob.lfs:
        entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": 130}
    return entry


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "oid": hashlib.sha1(path.encode()).hexdigest()}


def _form(body: bytes) -> dict[str, list[str]]:
    from urllib.parse import parse_qs

    return parse_qs(body.decode())
