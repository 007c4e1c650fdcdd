"""The part that all fake servers share: a loopback server with faults to order and a record."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import parse_qs, urlsplit

from fakes.korean import pseudo_korean

Content = bytes | str | dict[str, Any] | list[Any] | Path


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request; made by `status`, `slow`, `broken` and `reply`.

    Attributes:
        kind: `status`, `slow`, `broken`, or the name of a fault in the reply.
    """

    kind: str
    status: int = 0
    code: str = ""
    message: str = ""
    param: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def status(
    number: int,
    code: str = "",
    message: str = "made to fail",
    *,
    param: str = "",
    retry_after_ms: int | None = None,
    retry_after: float | None = None,
    window_seconds: int | None = None,
) -> Fault:
    """A reply with an HTTP status, and the code and parameter that an error of the API names.

    `window_seconds` is when the window ends in which no request is left, as the Hub tells it.
    """
    headers = {}
    if retry_after_ms is not None:
        headers["retry-after-ms"] = str(retry_after_ms)
    if retry_after is not None:
        headers["retry-after"] = f"{retry_after:g}"
    if window_seconds is not None:
        headers["ratelimit"] = f'"api";r=0;t={window_seconds}'
    return Fault("status", number, code, message, param, headers)


def slow(seconds: float) -> Fault:
    """The right reply, after a while."""
    return Fault("slow", seconds=seconds)


def broken() -> Fault:
    """A connection that is closed without a reply."""
    return Fault("broken")


def reply(kind: str) -> Fault:
    """A reply with status 200 that is wrong in one of the ways that the server lists."""
    return Fault(kind)


@dataclass(frozen=True)
class Request:
    """One request that arrived. `body` is JSON where it is, else bytes."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Response:
    """What is answered; a `Path` is a file that is sent without being held in memory.

    Attributes:
        part: first byte of the file that is sent, and the one after the last.
    """

    content: Content
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    part: tuple[int, int] = (0, 0)


class LoopbackServer:
    """Runs while its `with` block runs, in threads, on a port of this machine.

    Attributes:
        log: every request that arrived, oldest first.
        translate: gives Korean for English with slots; `pseudo_korean` unless changed.
        key: the key that clients must send; None lets everyone in.
        on_request: called with each `Request` before it is answered; what it returns (a `Fault` or
            None) goes before `next` and `always`. For faults by content, chance or number.
    """

    faulty_path = "/"
    """Faults of `next` and `always` hit requests whose path begins with this."""

    def __init__(self, key: str | None = None) -> None:
        self.key = key
        self.log: list[Request] = []
        self.translate: Callable[[str], str] = pseudo_korean
        self.on_request: Callable[[Request], Fault | None] | None = None
        self.lock = threading.RLock()
        self._next: deque[Fault | None] = deque()
        self._always: Fault | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self, *faults: Fault | None) -> None:
        """Lets the coming requests fail, one after the other; None is one that goes well."""
        with self.lock:
            self._next.extend(faults)

    def always(self, fault: Fault) -> None:
        """Lets every request fail, once those of `next` are used up."""
        self._always = fault

    def calm(self) -> None:
        """Takes back what `next`, `always` and `on_request` ordered."""
        with self.lock:
            self._next.clear()
            self._always = self.on_request = None

    def count(self, path: str = "", method: str = "") -> int:
        """How many requests arrived whose path begins so."""
        with self.lock:
            return sum(one.path.startswith(path) and method in ("", one.method) for one in self.log)

    @property
    def last(self) -> Request:
        """The latest request."""
        return self.log[-1]

    def fault(self, request: Request) -> Fault | None:
        """What is to go wrong with a request; each ordered fault is handed out once."""
        with self.lock:
            special = self.on_request(request) if self.on_request else None
            if special or not request.path.startswith(self.faulty_path):
                return special
            return self._next.popleft() if self._next else self._always

    def answer(self, request: Request, fault: Fault | None) -> Response:
        """The reply to a request; a fault is one of those in the reply."""
        raise NotImplementedError

    def receive(self, request: Request, stream: BinaryIO, length: int) -> Any:
        """Reads the body of a request; a server that takes large files writes them as they come.

        Raises:
            ConnectionResetError: the connection is to break off here.
        """
        return stream.read(length)

    def error(self, number: int, message: str, code: str = "", param: str = "") -> Content:
        """The body of an error, as this API writes it."""
        raise NotImplementedError

    def handle(self, request: Request) -> Response | None:
        """Records a request and answers it; None closes the connection instead."""
        with self.lock:
            self.log.append(request)
        fault = self.fault(request)
        if fault and fault.kind == "broken":
            return None
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
            fault = None
        if fault and fault.kind == "status":
            body = self.error(fault.status, fault.message, fault.code, fault.param)
            return Response(body, fault.status, fault.headers)
        return self.answer(request, fault)


def _handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, address.path, query, headers, None)
            data = server.receive(request, self.rfile, length)
            kind = (self.headers.get("content-type") or "").partition(";")[0]
            if kind.endswith("json") and not kind.endswith("ndjson") and data:
                data = json.loads(data)
            response = server.handle(replace(request, body=data))
            if response is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.respond(response)

        do_POST = do_DELETE = do_PATCH = do_PUT = do_HEAD = do_GET

        def respond(self, response: Response) -> None:
            content, kind = response.content, "text/plain; charset=utf-8"
            if isinstance(content, dict | list):
                content, kind = json.dumps(content), "application/json"
            data = content.encode() if isinstance(content, str) else content
            first, end = response.part
            length = end - first if isinstance(data, Path) else len(data)
            self.send_response(response.status)
            for name, value in {"content-type": kind, **response.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(length))
            self.end_headers()
            if self.command == "HEAD":
                return
            if isinstance(data, bytes):
                self.wfile.write(data)
                return
            self.wfile.flush()
            with data.open("rb") as file:
                if length:
                    self.connection.sendfile(file, first, length)

        def handle(self) -> None:
            # A client that was killed or has timed out is part of the tests.
            try:
                super().handle()
            except OSError:
                self.close_connection = True

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    return Handler
