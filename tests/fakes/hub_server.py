"""The Hugging Face Hub as `huggingface_hub` and `datasets` speak to it, on this machine.

Repositories of datasets only, and git objects no deeper than clients can see: commits are snapshots
of paths, blobs lie in a folder by their SHA-256. Xet is not offered, so clients upload by LFS.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fakes.hub_repositories import (
    Blob,
    Commit,
    Repository,
    described,
    file_entry,
    folder_entry,
    form_of,
    refs_of,
    slashes,
    upload_mode,
)
from fakes.hub_uploads import LargeFiles
from fakes.loopback import Content, Fault, Request, Response

RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class HubServer(LargeFiles):
    """A Hub with one user, `tester`, who may write to `tester` and `bllossom`.

    Attributes:
        repositories: datasets by `owner/name`.
        token_role: right of the user's token, as `whoami` tells it.
    """

    faulty_path = "/api/datasets/"

    def __init__(self, folder: Path, key: str | None = "hf_test") -> None:
        super().__init__(folder, key)
        self.repositories: dict[str, Repository] = {}
        self.owners = {"tester", "bllossom"}
        self.token_role = "write"

    # What tests look at.

    def content(self, repository: str, revision: str, path: str) -> bytes:
        """Bytes of a file."""
        found = self.repositories[repository]
        commit = found.commits[self._resolved(found, revision) or ""]
        return self.blob_path(commit.files[path].sha256).read_bytes()

    def commit(
        self, repository: str, title: str, files: Mapping[str, bytes], gone: tuple[str, ...] = ()
    ) -> str:
        """Commits files, as somebody else would, and gives the hash."""
        added = {path: self.stored(data, lfs=False) for path, data in files.items()}
        return self._commit(self.repositories[repository], title, added, gone)

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
                return self.lfs(request, path)
            if request.headers.get("authorization") != f"Bearer {self.key}" and (
                request.method not in ("GET", "HEAD") or "authorization" in request.headers
            ):
                message = "Invalid credentials in Authorization header"
                return Response({"error": message}, 401, {"X-Error-Message": message})
            if path == "/api/whoami-v2":
                token = {"displayName": "tests", "role": self.token_role}
                auth = {"type": "access_token", "accessToken": token}
                orgs = [{"type": "org", "name": "bllossom"}]
                return Response({"type": "user", "name": "tester", "orgs": orgs, "auth": auth})
            if path == "/api/validate-yaml":
                return Response({"errors": [], "warnings": []})
            if path == "/api/repos/create":
                return self._create(request.body)
            if found := re.fullmatch(r"/datasets/(.+?/.+?)\.git/info/lfs/objects/batch", path):
                return self.lfs_batch(found[1], request.body)
            if found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                return self._resolve(request, *found.groups())
            if found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/([^/]+)(?:/(.*))?)?", path):
                name, action, rest = found.groups()
                return self._dataset(request, name, action or "revision", rest or "main")
        return Response({"error": f"not a path of the Hub: {path}"}, 404)

    def _dataset(self, request: Request, name: str, action: str, rest: str) -> Response:
        repository = self.repositories.get(name)
        if repository is None or (repository.private and "authorization" not in request.headers):
            return _not_found(request)
        if request.method == "POST" and action != "paths-info" and not self.may_write(name):
            return Response({"error": "You have no write access to this repository"}, 403)
        if action == "refs":
            return Response(
                {
                    "branches": refs_of("heads", repository.branches),
                    "tags": refs_of("tags", repository.tags),
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
            return Response([described(one) for one in repository.history()])
        if action == "preupload":
            return Response({"files": [upload_mode(commit, one) for one in request.body["files"]]})
        if action == "commit":
            return self._take_commit(name, repository, request.body)
        if action == "tag":
            return self._tag(repository, oid, request.body["tag"])
        return Response({"error": f"not an action of the Hub: {action}"}, 404)

    def may_write(self, name: str) -> bool:
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
        if not self.may_write(name):
            return Response({"error": f"You don't have the rights to create {name}"}, 403)
        url = f"{self.url}/datasets/{name}"
        if name in self.repositories:
            return Response({"error": "You already created this dataset repo", "url": url}, 409)
        private = body.get("private") or body.get("visibility") == "private"
        repository = Repository(private=bool(private))
        self.repositories[name] = repository
        attributes = self.stored(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", lfs=False)
        self._commit(repository, "initial commit", {".gitattributes": attributes}, ())
        return Response({"url": url, "id": name, "name": name})

    def _tag(self, repository: Repository, oid: str, tag: str) -> Response:
        if tag in repository.tags:
            return Response({"error": f"Tag {tag} already exists"}, 409)
        repository.tags[tag] = oid
        return Response({})

    # Commits.

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
                added[value["path"]] = self.stored(base64.b64decode(value["content"]), lfs=False)
            elif line["key"] == "lfsFile":
                there = self.blob_path(value["oid"])
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
        folders = {path[: len(inside) + at] for path in files for at in slashes(path, inside)}
        entries = [file_entry(path, commit.files[path]) for path in files] + [
            folder_entry(p) for p in folders
        ]
        if not recursive:
            entries = [one for one in entries if "/" not in one["path"][len(inside) :]]
        return Response(sorted(entries, key=lambda one: one["path"]))

    def _paths_info(self, commit: Commit, body: Any) -> Response:
        paths = body["paths"] if isinstance(body, dict) else form_of(body)["paths"]
        found = []
        for path in paths:
            if path in commit.files:
                found.append(file_entry(path, commit.files[path]))
            elif any(one.startswith(f"{path}/") for one in commit.files):
                found.append(folder_entry(path))
        return Response(found)

    def _resolve(self, request: Request, name: str, revision: str, path: str) -> Response:
        repository = self.repositories.get(name)
        if repository is None or (repository.private and "authorization" not in request.headers):
            return _not_found(request)
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
        whole, status, part = self.blob_path(blob.sha256), 200, (0, blob.size)
        if asked := RANGE.fullmatch(request.headers.get("range", "")):
            part = int(asked[1]), min(int(asked[2] or blob.size - 1) + 1, blob.size)
            if part[0] >= blob.size:
                return Response(b"", 416, {"Content-Range": f"bytes */{blob.size}"})
            status = 206
            headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{blob.size}"
        return Response(whole, status, headers, part)


def _not_found(request: Request) -> Response:
    """What is said of a repository that is not there, or that the asker may not see."""
    if "authorization" not in request.headers:
        message = "Invalid username or password."
        return Response({"error": message}, 401, {"X-Error-Message": message})
    return Response({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})


def lost() -> Fault:
    """A request that is carried out, and its reply lost."""
    return Fault("lost")
