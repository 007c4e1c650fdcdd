"""How large files come to a Hub: the LFS batch, uploads whole or in parts, and their check."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from fakes.hub_repositories import BlobStore
from fakes.loopback import LoopbackServer, Request, Response

BLOCK_BYTES = 1 << 20


class LargeFiles(BlobStore, LoopbackServer):
    """The part of a Hub that takes large files.

    Attributes:
        multipart_bytes: files larger than this are uploaded in parts of this size.
        received_bytes: bytes of large files that arrived.
        cut_after: called with a request before its body is read; gives the number of bytes after
            which the connection is reset, or None.
    """

    def __init__(self, folder: Path, key: str | None) -> None:
        super().__init__(key)
        self.folder = folder
        (folder / "blobs").mkdir(parents=True, exist_ok=True)
        self.multipart_bytes = 1 << 26
        self.received_bytes = 0
        self._arrived = 0
        self._pieces: dict[tuple[str, int], Path] = {}
        self.cut_after: Callable[[Request], int | None] | None = None

    def may_write(self, name: str) -> bool:
        """Whether the user may write to a repository."""
        raise NotImplementedError

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

    def lfs_batch(self, name: str, body: Mapping[str, Any]) -> Response:
        if not self.may_write(name):
            return Response({"error": "You have no write access to this repository"}, 403)
        objects = []
        for one in body["objects"]:
            oid, size = one["oid"], one["size"]
            described = {"oid": oid, "size": size}
            if not self.blob_path(oid).exists():
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

    def lfs(self, request: Request, path: str) -> Response:
        verb, *rest = path.removeprefix("/lfs/").split("/")
        if verb == "verify":
            there = self.blob_path(rest[0])
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
        file.replace(self.blob_path(oid))
        return Response({})


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
