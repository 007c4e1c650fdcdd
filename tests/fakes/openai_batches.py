"""The files and batches of the fake OpenAI server: unordered output, error files, odd endings."""

import json
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

from fakes.loopback import Fault, Request, Response

if TYPE_CHECKING:
    from fakes.openai_server import OpenAIServer

MOST_REQUESTS = 50_000


class Batches:
    """Controls and record of batches.

    A batch is worked on when it is asked about for the `polls`-th time. Its output is written in
    the reverse order of its requests, and requests that failed are in a second file.

    Attributes:
        polls: how often a batch is asked about before it ends.
        ending: `completed`, `failed`, `expired` or `cancelled`.
        finished_share: how much of it is done before it expires or is cancelled, 0-1.
        fault_of: gives the fault of a request by its custom id, or None.
        problem: code and message of a batch that `failed`.
        pause_seconds: how long the server takes to say that it has created a batch.
        break_after_creating: how many times the connection breaks between creating and saying so.
        created: ids of all batches, oldest first.
        files: content by file id.
    """

    def __init__(self, server: "OpenAIServer") -> None:
        self._server = server
        self.polls = 1
        self.ending = "completed"
        self.finished_share = 0.5
        self.fault_of: Callable[[str], Fault | None] = lambda custom_id: None
        self.problem = ("invalid_json_line", "line 1 is not JSON")
        self.pause_seconds = 0.0
        self.break_after_creating = 0
        self.created: list[str] = []
        self.files: dict[str, bytes] = {}
        self._file_info: dict[str, dict[str, Any]] = {}
        self._batches: dict[str, dict[str, Any]] = {}
        self._asked: dict[str, int] = {}

    def answer(self, request: Request) -> Response | None:
        """The reply to a request about files or batches; None if it is about something else."""
        match [request.method, *request.path.removeprefix("/v1/").split("/")]:
            case ["POST", "files"]:
                return self._uploaded(request)
            case ["GET", "files"]:
                return _page(list(self._file_info.values()), request)
            case ["GET", "files", file_id, "content"] if file_id in self.files:
                return Response(self.files[file_id])
            case ["POST", "batches"]:
                return self._create(request.body)
            case ["GET", "batches"]:
                return _page(list(self._batches.values())[::-1], request)
            case ["GET", "batches", batch_id] if batch_id in self._batches:
                return Response(self._ask(batch_id))
            case ["POST", "batches", batch_id, "cancel"] if batch_id in self._batches:
                self._end(batch_id, "cancelled")
                return Response(self._batches[batch_id])
        return None

    def _uploaded(self, request: Request) -> Response:
        head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = list(message_from_bytes(head + request.body, policy=HTTP).iter_parts())
        named = {part.get_param("name", header="content-disposition"): part for part in parts}
        content = named["file"].get_payload(decode=True)
        return Response(self._store(named["file"].get_filename() or "upload", content))

    def _store(self, name: str, content: bytes, purpose: str = "batch") -> dict[str, Any]:
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = content
        self._file_info[file_id] = {
            "id": file_id,
            "object": "file",
            "bytes": len(content),
            "created_at": 1_790_000_000,
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        return self._file_info[file_id]

    def _create(self, body: dict[str, Any]) -> Response | None:
        with self._server.lock:
            batch_id = f"batch_{len(self.created) + 1}"
            self.created.append(batch_id)
            self._batches[batch_id] = {
                "id": batch_id,
                "object": "batch",
                "endpoint": body["endpoint"],
                "input_file_id": body["input_file_id"],
                "completion_window": body["completion_window"],
                "metadata": body.get("metadata"),
                "status": "in_progress",
                "created_at": 1_790_000_000,
                "output_file_id": None,
                "error_file_id": None,
                "errors": None,
            }
            if self.break_after_creating:
                self.break_after_creating -= 1
                return Response("", 502)
        time.sleep(self.pause_seconds)
        return Response(self._batches[batch_id])

    def _ask(self, batch_id: str) -> dict[str, Any]:
        with self._server.lock:
            self._asked[batch_id] = self._asked.get(batch_id, 0) + 1
            batch = self._batches[batch_id]
            if self._asked[batch_id] >= self.polls and batch["status"] == "in_progress":
                self._end(batch_id, self.ending)
            return batch

    def _end(self, batch_id: str, ending: str) -> None:
        batch = self._batches[batch_id]
        batch["status"] = ending
        lines = self.files[batch["input_file_id"]].decode().splitlines()
        if ending == "failed" or len(lines) > MOST_REQUESTS:
            code, message = self.problem
            error = {"code": code, "message": message, "line": 1, "param": None}
            batch |= {"status": "failed", "errors": {"object": "list", "data": [error]}}
            return
        done = len(lines) if ending == "completed" else int(len(lines) * self.finished_share)
        output, errors = [], []
        for number, line in enumerate(lines):
            result = self._result(json.loads(line), number < done, ending)
            good = result["error"] is None and result["response"]["status_code"] == 200
            (output if good else errors).append(json.dumps(result))
        for name, results in (("output_file_id", output), ("error_file_id", errors)):
            if results:
                text = "\n".join(reversed(results)) + "\n"
                batch[name] = self._store(f"{batch_id}.jsonl", text.encode(), "batch_output")["id"]

    def _result(self, line: dict[str, Any], done: bool, ending: str) -> dict[str, Any]:
        result = {"id": f"batch_req_{line['custom_id']}", "custom_id": line["custom_id"]}
        if not done:
            error = {"code": f"batch_{ending}", "message": "This request was not executed."}
            return {**result, "response": None, "error": error}
        fault = self.fault_of(line["custom_id"])
        if fault and fault.kind == "status":
            body = self._server.error(fault.status, fault.message, fault.code, fault.param)
            response = Response(body, fault.status)
        else:
            response = self._server.completion(line["body"], fault)
        answered = {"status_code": response.status, "request_id": "1", "body": response.content}
        return {**result, "response": answered, "error": None}


def _page(items: list[dict[str, Any]], request: Request) -> Response:
    ids = [item["id"] for item in items]
    after = request.query.get("after")
    start = ids.index(after) + 1 if after in ids else 0
    end = start + int(request.query.get("limit", 20))
    shown = items[start:end]
    more = end < len(items)
    return Response({"object": "list", "data": shown, "has_more": more})
