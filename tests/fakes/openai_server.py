"""A fake of OpenAI's interface: chat completions with JSON schemas, and their faults.

Files and batches are in `openai_batches.py`; one server has them all.
"""

import json
import zlib
from collections.abc import Callable
from typing import Any

from fakes.korean import MANGLERS, first_line_moved_to_korea
from fakes.loopback import Content, Fault, LoopbackServer, Request, Response
from fakes.openai_batches import Batches

REPLY_FAULTS = (
    *MANGLERS,
    "truncated",
    "refusal",
    "content_filter",
    "prose",
    "fenced",
    "short",
    "wrong_ids",
    "extra_keys",
    "wrong_types",
    "list",
    "echo",
    "answer",
    "empty",
    "no_content",
    "no_choices",
    "no_usage",
    "not_json",
)

ANSWERS = (
    "좋은 질문입니다. 먼저 전원을 끄고 설명서를 확인해 보십시오. 그래도 안 되면 다시 문의해 주십시오.",
    "네, 알겠습니다. 어떤 점이 궁금하신지 조금 더 자세히 알려 주시면 도와드리겠습니다.",
    "물론입니다! 먼저 목표를 정하고, 작은 일부터 하나씩 실천해 보시기를 권합니다.",
    "안녕하세요! 무엇을 도와드릴까요?",
    "저는 AI 언어 모델이므로 개인적인 의견은 없지만, 도움이 될 만한 정보를 드릴 수 있습니다.",
    "번역할 문장을 보내 주시면 한국어로 옮겨 드리겠습니다.",
)
"""What models say instead of translating; which one goes by the segment."""


class OpenAIServer(LoopbackServer):
    """Speaks the protocol of chat completions, files and batches.

    `base_url` goes into `OPENAI_BASE_URL`. A request is answered as it asks: segments are read from
    the JSON of its last message, and a JSON schema is honoured key by key. A conversation (`turns`
    in the JSON) is rewritten by `rewrite`. Replies can be wrong with `reply(NAME)` for the names in
    `REPLY_FAULTS`.

    Attributes:
        models: models that exist; None is all.
        rewrite: gives the reply for the turns of a conversation.
        rejects: parameters that the server refuses with 400, such as `json_schema`, `json_object`,
            `temperature`, `seed`, `max_completion_tokens`.
        bytes_per_token: how long a token is; 1 is the worst that a tokenizer can do.
        input_tokens: tokens of all messages so far.
        output_tokens: tokens of all replies so far; never above the limit of a request.
        batches: controls and record of the batch interface.
    """

    faulty_path = "/v1/chat/completions"

    def __init__(self, key: str | None = None) -> None:
        super().__init__(key)
        self.models: set[str] | None = None
        self.rewrite: Callable[[list[dict[str, Any]]], Any] = first_line_moved_to_korea
        self.rejects: set[str] = set()
        self.bytes_per_token = 3
        self.input_tokens = 0
        self.output_tokens = 0
        self.batches = Batches(self)

    @property
    def base_url(self) -> str:
        """What clients call the address: with `/v1`."""
        return f"{self.url}/v1"

    def tokens(self, text: str) -> int:
        """How many tokens a text has here."""
        return -(-len(text.encode()) // self.bytes_per_token)

    def error(self, number: int, message: str, code: str = "", param: str = "") -> Content:
        kind = "insufficient_quota" if code == "insufficient_quota" else "invalid_request_error"
        return {
            "error": {
                "message": message,
                "type": kind,
                "param": param or None,
                "code": code or None,
            }
        }

    def refuse(self, number: int, message: str, code: str = "", param: str = "") -> Response:
        """An error as the whole reply."""
        return Response(self.error(number, message, code, param), number)

    def answer(self, request: Request, fault: Fault | None) -> Response:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return self.refuse(401, "Incorrect API key provided", "invalid_api_key")
        if request.path == "/v1/chat/completions" and request.method == "POST":
            return self.completion(request.body, fault)
        return self.batches.answer(request) or self.refuse(404, f"Unknown URL {request.path}")

    def completion(self, body: dict[str, Any], fault: Fault | None) -> Response:
        """The reply to the body of a chat completion, also to one from a batch."""
        if self.models is not None and body["model"] not in self.models:
            message = f"The model `{body['model']}` does not exist"
            return self.refuse(404, message, "model_not_found")
        if refused := self._refused(body):
            return refused
        kind = fault.kind if fault else ""
        if kind == "not_json":
            return Response("<html>gateway</html>", headers={"content-type": "application/json"})
        content, reason = self._content(body, kind), "stop"
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        if kind == "truncated":
            content, reason = content[: len(content) * 2 // 3], "length"
        if limit is not None and self.tokens(content) > limit:
            content = content.encode()[: limit * self.bytes_per_token].decode(errors="ignore")
            reason = "length"
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        if kind == "refusal":
            message |= {"content": None, "refusal": "I'm sorry, I cannot assist with that."}
        if kind == "content_filter":
            message["content"], reason = "", "content_filter"
        if kind == "no_content":
            message["content"] = None
        return Response(self._reply(body, message, reason, kind))

    def _reply(
        self, body: dict[str, Any], message: dict[str, Any], reason: str, kind: str
    ) -> dict[str, Any]:
        given = sum(self.tokens(one["content"]) for one in body["messages"])
        made = self.tokens(message["content"] or "")
        with self.lock:
            self.input_tokens += given
            self.output_tokens += made
        choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
        usage = {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
        reply = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": body["model"],
            "choices": [] if kind == "no_choices" else [choice],
        }
        return reply if kind == "no_usage" else {**reply, "usage": usage}

    def _refused(self, body: dict[str, Any]) -> Response | None:
        for name in self.rejects & body.keys():
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            return self.refuse(400, message, "unsupported_parameter", name)
        wanted = body.get("response_format") or {"type": "text"}
        if wanted["type"] in self.rejects:
            message = f"response_format of type {wanted['type']} is not supported"
            return self.refuse(400, message, param="response_format")
        if wanted["type"] == "json_object" and "JSON" not in json.dumps(body["messages"]):
            message = "'messages' must contain the word 'json' to use 'response_format'"
            return self.refuse(400, message, param="messages")
        if wanted["type"] == "json_schema" and not _is_strict(wanted["json_schema"]):
            message = "Invalid schema for response_format: 'required' must list every key"
            return self.refuse(400, message, "invalid_schema", "response_format")
        return None

    def _content(self, body: dict[str, Any], kind: str) -> str:
        question = json.loads(body["messages"][-1]["content"])
        if "turns" in question:
            return self._rewritten(question["turns"], kind)
        texts = {one["id"]: one for one in question["segments"]}
        wanted = body.get("response_format") or {}
        keys = list(texts)
        if wanted.get("type") == "json_schema":
            keys = list(wanted["json_schema"]["schema"]["properties"])
        replies: dict[str, Any] = {key: self._korean(texts[key], kind) for key in keys}
        if kind == "short":
            replies.pop(keys[0])
        if kind == "wrong_ids":
            replies = {f"x{number}": text for number, text in enumerate(replies.values())}
        if kind == "extra_keys":
            replies |= {"note": "참고", "s999": "덤"}
        if kind == "wrong_types":
            replies[keys[0]] = {"text": replies[keys[0]]}
        if kind == "list":
            return json.dumps(list(replies.values()), ensure_ascii=False)
        if kind == "prose":
            return "물론입니다! 다음은 번역입니다.\n\n" + "\n".join(map(str, replies.values()))
        content = json.dumps(replies, ensure_ascii=False)
        return f"```json\n{content}\n```" if kind == "fenced" else content

    def _rewritten(self, turns: list[dict[str, Any]], kind: str) -> str:
        if kind == "prose":
            return "물론입니다! 다음과 같이 고쳤습니다."
        content = json.dumps(self.rewrite(turns), ensure_ascii=False)
        return f"```json\n{content}\n```" if kind == "fenced" else content

    def _korean(self, segment: dict[str, Any], kind: str) -> str:
        if kind == "echo":
            return segment["text"]
        if kind == "empty":
            return " "
        if kind == "answer":
            return ANSWERS[zlib.crc32(segment["text"].encode()) % len(ANSWERS)]
        text = segment["text"]
        terms = segment.get("glossary") or {}
        marks = {chr(0xE000 + number): term for number, term in enumerate(terms)}
        for mark, term in marks.items():
            text = text.replace(term, mark)
        korean = self.translate(text)
        for mark, term in marks.items():
            korean = korean.replace(mark, terms[term])
        return MANGLERS[kind](korean) if kind in MANGLERS else korean


def _is_strict(wanted: dict[str, Any]) -> bool:
    schema = wanted["schema"]
    return (
        wanted.get("strict") is True
        and schema.get("additionalProperties") is False
        and sorted(schema["required"]) == sorted(schema["properties"])
    )
