"""Chat models behind the interface of OpenAI: OpenAI itself, vLLM, llama.cpp, and others.

The SDK repeats requests that meet 429, 5xx, a broken connection or a time limit, waits as long as
the server says, and gives up after `max_retries`; nothing is wrapped around that here.
"""

import json
import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from bllossom_data.errors import missing_package
from bllossom_data.files import JSON
from bllossom_data.translation.korean_style import DEFAULT_SPEECH, Speech
from bllossom_data.translation.openai_prompt import (
    PROMPT_VERSION,
    instructions,
    reply_schema,
    schema_as_text,
    segments_as_text,
)
from bllossom_data.translation.openai_reply import faults, quota_error, read_answers, read_usage
from bllossom_data.translation.provider import (
    Ask,
    Limits,
    Price,
    ProviderError,
    Reply,
    Usage,
)

try:
    import openai
except ImportError as missing:
    raise missing_package("openai", "translation with a chat model", "translation") from missing

__all__ = ["DEFAULT_LIMITS", "DEFAULT_PARAMETERS", "OpenAIProvider"]

DEFAULT_PARAMETERS: Mapping[str, JSON] = {"temperature": 0, "seed": 1}
"""As repeatable as a server can be; left out of requests where a model does not take them."""

DEFAULT_LIMITS = Limits(max_segments=16, max_characters=6_000)
"""Few enough segments that a model leaves none out, and a reply that most models can write."""

# Byte-level tokenizers, and SentencePiece with bytes to fall back on, have no token that is
# shorter than a byte; this is for the marks of the chat template around the messages.
_TEMPLATE_TOKENS = 256
# A Hangul syllable is three bytes, so at worst three tokens, and stands for about two characters
# of English; names of segments, quotes and escapes come on top.
_OUTPUT_TOKENS_PER_CHARACTER = 2
_OUTPUT_TOKENS_PER_SEGMENT = 32
_OUTPUT_TOKENS_AT_LEAST = 64
# The SDK makes no client without a key.
_NO_KEY = "none"
_QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_TOO_LONG_CODES = {"context_length_exceeded", "string_above_max_length"}

_Format: TypeAlias = Literal["json_schema", "json_object", "none"]
_WEAKER: Mapping[_Format, _Format] = {"json_schema": "json_object", "json_object": "none"}


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What the server has been found to take; begins with what OpenAI takes."""

    response_format: _Format = "json_schema"
    limit_name: str = "max_completion_tokens"
    left_out: frozenset[str] = field(default_factory=frozenset)


class OpenAIProvider:
    """Translates with a chat model.

    The key comes from `OPENAI_API_KEY`, and an address other than OpenAI's from `base_url` or
    `OPENAI_BASE_URL`.

    Args:
        model: name of the model on the server.
        base_url: address of the interface, ending in `/v1` as a rule.
        parameters: sent along with every request, such as `reasoning_effort`; they replace
            `DEFAULT_PARAMETERS` of the same name, and null removes one.
        speech: speech level for each role.
        limits: how much one request may hold.
        price: what the model costs.
        reasoning_tokens: room for thinking that the limit on output tokens leaves in addition.
        timeout_seconds: how long to wait for a reply, at most, each time.
        max_retries: how often a request is repeated.
        sends: False for one that only says what requests would use, and needs no key for that.

    Raises:
        ProviderError: there is no key, or the address or a parameter cannot be right.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        parameters: Mapping[str, JSON] | None = None,
        speech: Speech = DEFAULT_SPEECH,
        limits: Limits = DEFAULT_LIMITS,
        price: Price | None = None,
        reasoning_tokens: int = 0,
        timeout_seconds: float = 180.0,
        max_retries: int = 4,
        sends: bool = True,
    ) -> None:
        self.model = model
        self.name = f"openai:{model}"
        self.limits = replace(limits, reasoning_tokens=reasoning_tokens)
        self.price = price
        self._chosen = dict(parameters or {})
        merged = {**DEFAULT_PARAMETERS, **self._chosen}
        self._parameters = {name: value for name, value in merged.items() if value is not None}
        _refuse_own_parameters(self._parameters)
        self._speech = {**DEFAULT_SPEECH, **speech}
        self._key = _key() if sends else _NO_KEY
        address = base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or None
        self.client = openai.OpenAI(
            api_key=self._key,
            base_url=_checked_address(address),
            timeout=timeout_seconds,
            max_retries=max_retries,
        )
        self.address = str(self.client.base_url)
        self._dialect = _Dialect()
        self._lock = threading.Lock()

    def settings(self) -> Mapping[str, JSON]:
        """What decides an answer: model, address, prompt, parameters and speech levels."""
        return {
            "engine": "openai",
            "model": self.model,
            "address": self.address,
            "prompt": PROMPT_VERSION,
            "parameters": self._parameters,
            "speech": {role: level for role, level in self._speech.items()},
        }

    def most(self, asks: Sequence[Ask]) -> Usage:
        """A token holds at least a byte, so the bytes of the messages bound the tokens of input.

        English has about four bytes to a token, so this is far above what is used, but it holds
        for every tokenizer, which the limit on spending needs. The limit on output tokens is sent
        with the request.
        """
        schema = schema_as_text(self._schema(asks))
        texts = (self._instructions(asks), self._question(asks), schema)
        return Usage(
            requests=1,
            characters=sum(len(ask.text) for ask in asks),
            input_tokens=sum(len(text.encode()) for text in texts) + _TEMPLATE_TOKENS,
            output_tokens=self._output_tokens(asks),
        )

    def translate(self, asks: Sequence[Ask]) -> Reply:
        """Translates segments in one request.

        Raises:
            QuotaError: the account has no credit left.
            ProviderError: the key, the address, the model or a parameter is refused.
        """
        if not asks:
            return Reply(())
        while True:
            dialect = self._dialect
            try:
                raw = self.client.chat.completions.with_raw_response.create(
                    **self.body(asks, dialect)
                )
            except openai.APIStatusError as error:
                if not self.adapted(dialect, error.status_code, error.body):
                    return self.refusal(asks, error.status_code, error.body)
            except openai.APITimeoutError:
                # Whether an answer that nobody waited for was billed cannot be known from here.
                return Reply(faults(asks, "failed", "no reply in time"), self.most(asks))
            except openai.OpenAIError as error:
                lost = isinstance(error, openai.APIConnectionError)
                detail = "no connection" if lost else f"no reply ({type(error).__name__})"
                return Reply(faults(asks, "failed", detail), Usage(requests=1))
            else:
                return self.read(asks, _loaded(raw.content))

    def body(self, asks: Sequence[Ask], dialect: _Dialect | None = None) -> dict[str, Any]:
        """The request for these segments, as the interface takes it."""
        spoken = dialect or self._dialect
        system = self._instructions(asks)
        body: dict[str, Any] = {
            name: value for name, value in self._parameters.items() if name not in spoken.left_out
        }
        if spoken.response_format == "json_schema":
            schema = {"name": "korean", "strict": True, "schema": self._schema(asks)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        else:
            system = f"{system}\n{schema_as_text(self._schema(asks))}"
            if spoken.response_format == "json_object":
                body["response_format"] = {"type": "json_object"}
        messages = [
            {"role": "system", "content": system},
            {"role": "user", "content": self._question(asks)},
        ]
        limit = {spoken.limit_name: self._output_tokens(asks)}
        return {"model": self.model, "messages": messages, **body, **limit}

    def read(self, asks: Sequence[Ask], completion: object) -> Reply:
        """The answers in the body of a reply, and what they cost."""
        return Reply(read_answers(asks, completion), read_usage(completion, self.most(asks)))

    def refusal(self, asks: Sequence[Ask], status: int, body: object) -> Reply:
        """Faults for a request that was answered with an error.

        Args:
            asks: the segments of the request.
            status: HTTP status.
            body: what the server said; the SDK gives what is inside `error`.

        Raises:
            QuotaError: the account has no credit left.
            ProviderError: no request of this run can succeed.
        """
        code, message, _ = self._said(body)
        if status == 402 or code in _QUOTA_CODES:
            raise quota_error(self.name, code or str(status))
        if status in (401, 403):
            raise ProviderError(
                f"{self.name}: {self.address} refuses the key ({status}); put a key that may use "
                "this model into the environment variable OPENAI_API_KEY"
            )
        if status == 404:
            raise ProviderError(
                f"{self.name}: {self.address} knows no model {self.model!r} or has no chat "
                f"completions (404: {message}); correct `model` in the recipe, or `base_url` or "
                "OPENAI_BASE_URL, which ends in /v1 as a rule"
            )
        usage = Usage(requests=1)
        if status == 413 or code in _TOO_LONG_CODES:
            return Reply(faults(asks, "truncated", f"too long for the server: {message}"), usage)
        if code in ("content_filter", "content_policy_violation"):
            return Reply(faults(asks, "refused", f"declined by the server: {message}"), usage)
        return Reply(faults(asks, "failed", f"status {status}: {message}"), usage)

    def _instructions(self, asks: Sequence[Ask]) -> str:
        """The system message of a request."""
        return instructions(asks, self._speech)

    def _question(self, asks: Sequence[Ask]) -> str:
        """The user message of a request."""
        return segments_as_text(asks)

    def _schema(self, asks: Sequence[Ask]) -> Mapping[str, JSON]:
        """JSON schema of the reply to a request."""
        return reply_schema(asks)

    def _output_tokens(self, asks: Sequence[Ask]) -> int:
        # An escape in JSON, such as a line break, is two characters of output for one of input.
        text = sum(len(json.dumps(ask.text, ensure_ascii=False)) for ask in asks)
        terms = sum(len(korean) for ask in asks for _, korean in ask.glossary)
        return (
            _OUTPUT_TOKENS_AT_LEAST
            + _OUTPUT_TOKENS_PER_SEGMENT * len(asks)
            + _OUTPUT_TOKENS_PER_CHARACTER * (text + terms)
            + self.limits.reasoning_tokens
        )

    @property
    def dialect(self) -> _Dialect:
        """What the server has been found to take so far."""
        return self._dialect

    def adapted(self, dialect: _Dialect, status: int, body: object) -> bool:
        """Whether a request is worth sending again, now without what the server has refused.

        Each thing is found out once in a run: later requests begin with what was learned.

        Args:
            dialect: how the request was written.
            status: HTTP status of its answer.
            body: what the server said.

        Raises:
            ProviderError: the server refuses a parameter that the recipe asks for.
        """
        if status not in (400, 422):
            return False
        code, message, param = self._said(body)
        if code in _TOO_LONG_CODES or code in _QUOTA_CODES:
            return False
        better = self._without(dialect, param, message)
        if better is None:
            return False
        with self._lock:
            if self._dialect == dialect:
                self._dialect = better
        return True

    def _without(self, dialect: _Dialect, param: str, message: str) -> _Dialect | None:
        def refused(name: str) -> bool:
            return name == param or (not param and re.search(rf"\b{name}\b", message) is not None)

        if (
            param.startswith("response_format")
            or any(word in message for word in ("response_format", "json_schema", "json_object"))
        ) and dialect.response_format in _WEAKER:
            return replace(dialect, response_format=_WEAKER[dialect.response_format])
        if refused("max_completion_tokens") and dialect.limit_name != "max_tokens":
            return replace(dialect, limit_name="max_tokens")
        for name in self._parameters.keys() - dialect.left_out:
            if not refused(name):
                continue
            if name in self._chosen:
                raise ProviderError(
                    f"{self.name}: the model does not take {name} = {self._chosen[name]!r} "
                    f"({message}); change or remove it in the recipe"
                )
            return replace(dialect, left_out=dialect.left_out | {name})
        return None

    def _said(self, body: object) -> tuple[str, str, str]:
        """Code, message and parameter of an error, in whichever shape the server wrote it."""
        inside = body.get("error", body) if isinstance(body, Mapping) else body
        if not isinstance(inside, Mapping):
            inside = {"message": inside if isinstance(inside, str) else ""}
        code, message, param = (
            str(inside.get(name) or "") for name in ("code", "message", "param")
        )
        message = " ".join(message.replace(self._key, "…").split())[:300]
        return code, message or "no message", param


def _refuse_own_parameters(parameters: Mapping[str, JSON]) -> None:
    own = {"model", "messages", "response_format", "max_tokens", "max_completion_tokens", "stream"}
    for name in sorted(own & parameters.keys()) + ["n"] * (parameters.get("n", 1) != 1):
        raise ProviderError(
            f"parameter {name!r} of a chat model is set by the program; remove it from the recipe"
        )


def _key() -> str:
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        what = "is not a key" if key else "is not set"
        raise ProviderError(
            f"the environment variable OPENAI_API_KEY {what}; set it to the key of the server "
            "(any word for a server that asks for none)"
        )
    return key


def _checked_address(address: str | None) -> str | None:
    if address is None:
        return None
    parts = urlsplit(address)
    secret = "@" in parts.netloc or parts.query
    if parts.scheme not in ("http", "https") or not parts.hostname or secret:
        raise ProviderError(
            f"the address of the chat model at {parts.hostname or 'no host'!r} cannot be used; "
            "`base_url` or OPENAI_BASE_URL is http:// or https://, a host and a path; a key or "
            "password belongs into OPENAI_API_KEY"
        )
    return address


def _loaded(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
