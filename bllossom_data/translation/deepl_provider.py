"""DeepL, through its official client.

The client repeats requests that meet 429, 5xx or a broken connection by itself, with back-off; so
nothing is wrapped around it here. Korean has no `formality` at DeepL: the speech level is asked
for with custom instructions.
"""

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bllossom_data.errors import missing_package
from bllossom_data.examples import Role
from bllossom_data.files import JSON
from bllossom_data.translation.deepl_markup import MarkupError, edges, from_markup, to_markup
from bllossom_data.translation.korean_style import DEFAULT_SPEECH, SHORT_STYLE, SPEECH, Speech
from bllossom_data.translation.provider import (
    Answer,
    Ask,
    Fault,
    Limits,
    Price,
    ProviderError,
    QuotaError,
    Reply,
    Usage,
)

try:
    import deepl
    import deepl.http_client

    from bllossom_data.translation.deepl_glossary import DeepLGlossary
except ImportError as missing:
    raise missing_package("deepl", "translation with DeepL", "translation") from missing

__all__ = ["INSTRUCTIONS_VERSION", "DeepLProvider"]

INSTRUCTIONS_VERSION = "1"
"""Raised whenever the instructions change, so that cached answers to older ones are not used."""
MAX_TEXTS = 50
MAX_BODY_BYTES = 128 * 1024
MAX_INSTRUCTIONS = 10
MAX_INSTRUCTION_CHARACTERS = 300
FAILURES_IN_A_ROW = 5
"""After so many requests that DeepL did not serve, nothing more is sent for segments in hand."""
# What the client adds to the body that is measured here: a glossary and the names of parameters.
_BODY_MARGIN_BYTES = 1024
_OPTIONS: Mapping[str, JSON] = {
    "source_lang": "EN",
    "target_lang": "KO",
    "tag_handling": "xml",
    # The default depends on the age of the account, so that it has to be named.
    "tag_handling_version": "v2",
    # A line break inside a paragraph is no end of a sentence, and half a sentence is translated
    # worse; current models take no other value anyway.
    "split_sentences": "nonewlines",
    # The only element is ours; nothing is to be found out about the structure.
    "outline_detection": False,
    "preserve_formatting": True,
}


@dataclass(frozen=True, slots=True)
class _Text:
    """One segment as it is sent, and the white space that is put around its translation."""

    ask: Ask
    before: str
    markup: str
    after: str


@dataclass(frozen=True, slots=True)
class _Request:
    """Texts that share everything that DeepL takes once for a request."""

    instructions: tuple[str, ...]
    context: str
    with_glossary: bool
    texts: tuple[_Text, ...]


class DeepLProvider:
    """Translates with DeepL.

    The key comes from `DEEPL_AUTH_KEY`, and an address other than DeepL's from `DEEPL_SERVER_URL`.

    Args:
        glossary: pairs of the whole run. A segment is translated with the glossary if all of its
            own pairs are in it; other pairs are asked for with instructions.
        speech: speech level for each role.
        model_type: `quality_optimized`; custom instructions are refused for `latency_optimized`.
        with_context: whether to send the context of segments. It costs nothing but time: DeepL
            takes one context for a request, so that segments cannot share requests.
        price: what DeepL costs.
        timeout_seconds: how long to wait for a reply, at most, each time.
        max_retries: how often a request is repeated. Both apply to all DeepL clients of the
            process, because the client has no other place for them.
        sends: False for one that only says what requests would use, and needs no key for that.

    Raises:
        ProviderError: there is no usable key or address, or the glossary is no glossary.
    """

    def __init__(
        self,
        *,
        glossary: Sequence[tuple[str, str]] = (),
        speech: Speech = DEFAULT_SPEECH,
        model_type: str = "quality_optimized",
        with_context: bool = True,
        price: Price | None = None,
        timeout_seconds: float = 30.0,
        max_retries: int = 5,
        sends: bool = True,
    ) -> None:
        self.name = "deepl"
        self.limits = Limits(max_segments=MAX_TEXTS, max_characters=30_000)
        self.price = price
        self._key = _key() if sends else ""
        self._server = _server()
        self._glossary = DeepLGlossary(glossary)
        self._speech = {**DEFAULT_SPEECH, **speech}
        self._model_type = model_type
        self._with_context = with_context
        self._quota_spent = threading.Event()
        self._failures_in_a_row = 0
        self._threads = threading.local()
        deepl.http_client.min_connection_timeout = timeout_seconds
        deepl.http_client.max_network_retries = max_retries

    def settings(self) -> Mapping[str, JSON]:
        """What decides an answer; the glossary's pairs are part of the segments that have them."""
        return {
            **_OPTIONS,
            "engine": "deepl",
            "model_type": self._model_type,
            "instructions": INSTRUCTIONS_VERSION,
            "speech": {role: level for role, level in self._speech.items()},
            "context": self._with_context,
        }

    def most(self, asks: Sequence[Ask]) -> Usage:
        """DeepL bills the characters of the source; markup is counted as if it were billed too."""
        requests, _ = self._requests(asks)
        return Usage(
            requests=len(requests),
            characters=sum(len(text.markup) for request in requests for text in request.texts),
        )

    def translate(self, asks: Sequence[Ask]) -> Reply:
        """Translates segments in as few requests as their roles, contexts and instructions allow.

        When DeepL takes no more between two of them, the reply holds what has been paid for, and
        the next call raises.

        Raises:
            QuotaError: the characters of the account are used up.
            ProviderError: the key or the address is refused.
        """
        requests, answers = self._requests(asks)
        if self._quota_spent.is_set() and requests:
            raise _quota_error()
        usage = Usage()
        for number, request in enumerate(requests):
            try:
                reply = self._send(request)
            except (QuotaError, ProviderError) as error:
                if isinstance(error, QuotaError):
                    self._quota_spent.set()
                if number == 0:
                    raise
                for left in requests[number:]:
                    answers += _faults(left, "failed", "DeepL: no more requests are taken")
                break
            answers += reply.answers
            usage += reply.usage
            # The client repeats each for half a minute, and segments in hand can be 50 requests.
            if self._failures_in_a_row >= FAILURES_IN_A_ROW:
                for left in requests[number + 1 :]:
                    answers += _faults(left, "failed", reply.answers[0].detail)
                break
        return Reply(tuple(answers), usage)

    def _requests(self, asks: Sequence[Ask]) -> tuple[list[_Request], list[Answer]]:
        """Requests within DeepL's limits, and the segments that need or allow none."""
        groups: dict[tuple[tuple[str, ...], str, bool], list[_Text]] = {}
        answers: list[Answer] = []
        for ask in asks:
            before, core, after = edges(ask.text)
            if not core:
                answers.append(Answer(ask.key, ask.text))
                continue
            try:
                text = _Text(ask, before, to_markup(core), after)
            except MarkupError as error:
                answers.append(Answer(ask.key, None, "failed", f"DeepL: {error}"))
                continue
            in_glossary = bool(ask.glossary) and self._glossary.covers(ask.glossary)
            instructions = self._instructions(ask.role, ask.correction, ask.glossary, in_glossary)
            context = ask.context if self._with_context else ""
            groups.setdefault((instructions, context, in_glossary), []).append(text)
        requests: list[_Request] = []
        for shared, texts in groups.items():
            for part in _parts(shared[0], shared[1], texts):
                requests.append(_Request(*shared, tuple(part)))
        return requests, answers

    def _instructions(
        self,
        role: Role,
        correction: str | None,
        pairs: Sequence[tuple[str, str]],
        in_glossary: bool,
    ) -> tuple[str, ...]:
        level = SPEECH[self._speech[role]]
        made = [f"Write every full sentence in the {level}.", *SHORT_STYLE]
        if correction:
            made.append(f"Put right what was wrong with an earlier translation: {correction}")
        if not in_glossary:
            made += _term_instructions(pairs)
        return tuple(one[:MAX_INSTRUCTION_CHARACTERS] for one in made[:MAX_INSTRUCTIONS])

    def _client(self) -> deepl.DeepLClient:
        # A session of `requests` is not meant to be shared between threads.
        client: deepl.DeepLClient | None = getattr(self._threads, "client", None)
        if client is None:
            client = deepl.DeepLClient(self._key, server_url=self._server)
            self._threads.client = client
        return client

    def _send(self, request: _Request) -> Reply:
        client = self._client()
        glossary: str | None = None
        try:
            if request.with_glossary:
                glossary = self._glossary.identifier(client)
            results = client.translate_text(
                [text.markup for text in request.texts],
                glossary=glossary,
                context=request.context or None,
                model_type=self._model_type,
                custom_instructions=list(request.instructions),
                **_OPTIONS,  # type: ignore[arg-type]
            )
        except deepl.DeepLException as error:
            return self._failed(request, error, glossary)
        except (TypeError, ValueError, KeyError, AttributeError):
            results = []
        assert isinstance(results, list)
        if not results:
            # The client takes the shape of a reply for granted; what has another one comes from a
            # gateway or another server, and says nothing about the segments.
            self._failures_in_a_row += 1
            detail = "DeepL: the reply is not one of DeepL's"
            return Reply(_faults(request, "failed", detail), _all_of(request))
        self._failures_in_a_row = 0
        return _reply(request, results)

    def _failed(
        self, request: _Request, error: deepl.DeepLException, glossary: str | None
    ) -> Reply:
        """Faults for what the client gave up on.

        Details name no address and no time, so that the same trouble always reads the same.
        """
        status = error.http_status_code
        if isinstance(error, deepl.QuotaExceededException):
            raise _quota_error() from error
        if status in (401, 403):
            where = self._server or "api.deepl.com (api-free.deepl.com for keys that end in :fx)"
            raise ProviderError(
                f"DeepL at {where} refuses the key ({status}); put a valid one into the "
                "environment variable DEEPL_AUTH_KEY"
            ) from None
        if status == 404 and glossary is None:
            raise ProviderError(
                f"{self._server or 'DeepL'} has no DeepL interface (404); correct the environment "
                "variable DEEPL_SERVER_URL or unset it"
            ) from None
        usage = Usage(requests=1)
        if status is None or status == 429 or status >= 500:
            # Threads may miscount between them by one or two, which does not matter.
            self._failures_in_a_row += 1
        if glossary is not None and status in (400, 404):
            self._glossary.forget()
        if isinstance(error, deepl.exceptions.ConnectionException):
            slow = str(error).startswith("Request timed out")
            detail = "DeepL: no reply in time" if slow else "DeepL: no connection"
            # A request whose reply is lost may have been billed all the same.
            return Reply(_faults(request, "failed", detail), _all_of(request) if slow else usage)
        message = str(error).replace(self._key, "…")[:300]
        # One text that DeepL refuses must not take others with it: smaller requests may pass.
        apart = status in (400, 413) and len(request.texts) > 1
        fault: Fault = "malformed" if apart else "failed"
        return Reply(_faults(request, fault, f"DeepL: {message}"), usage)


def _term_instructions(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Pairs in as few instructions as can hold them."""
    made: list[str] = []
    for english, korean in pairs:
        term = f'"{english}" as "{korean}"'
        if made and len(made[-1]) + len(term) + 2 <= MAX_INSTRUCTION_CHARACTERS:
            made[-1] += f", {term}"
        else:
            made.append(f"Translate {term}")
    return made


def _key() -> str:
    key = os.environ.get("DEEPL_AUTH_KEY", "").strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        what = "is not a key" if key else "is not set"
        raise ProviderError(
            f"DeepL: the environment variable DEEPL_AUTH_KEY {what}; set it to the key from "
            "https://www.deepl.com/your-account/keys"
        )
    return key


def _server() -> str | None:
    server = os.environ.get("DEEPL_SERVER_URL", "").strip()
    parts = urlsplit(server)
    if server and (parts.scheme not in ("http", "https") or "@" in parts.netloc):
        raise ProviderError(
            f"DeepL: the address of {parts.hostname or 'no host'!r} cannot be used; the "
            "environment variable DEEPL_SERVER_URL is http:// or https:// and a host"
        )
    return server or None


def _quota_error() -> QuotaError:
    return QuotaError(
        "DeepL: the account's character quota is used up (456); it is renewed when the next "
        "billing period begins. https://www.deepl.com/your-account/usage shows it, and the limit "
        "can be raised there"
    )


def _parts(
    instructions: Sequence[str], context: str, texts: Sequence[_Text]
) -> Iterator[list[_Text]]:
    """Texts in requests of at most 50 texts and 128 KiB, in their order."""
    # The client writes all but ASCII as escapes of six bytes, as `json.dumps` does.
    shared = len(json.dumps([*instructions, context])) + _BODY_MARGIN_BYTES
    part: list[_Text] = []
    size = shared
    for text in texts:
        more = len(json.dumps(text.markup)) + 2
        if part and (len(part) == MAX_TEXTS or size + more > MAX_BODY_BYTES):
            yield part
            part, size = [], shared
        part.append(text)
        size += more
    if part:
        yield part


def _reply(request: _Request, results: Sequence[deepl.TextResult]) -> Reply:
    usage = Usage(requests=1, characters=sum(result.billed_characters for result in results))
    if len(results) != len(request.texts):
        # Answers have no name but their place: with one too few, no place can be trusted.
        detail = f"DeepL: {len(results)} answers to {len(request.texts)} texts"
        return Reply(_faults(request, "malformed", detail), usage)
    pairs = zip(request.texts, results, strict=True)
    return Reply(tuple(_answer(text, result.text) for text, result in pairs), usage)


def _answer(text: _Text, markup: object) -> Answer:
    if not isinstance(markup, str):
        return Answer(text.ask.key, None, "malformed", "DeepL: the answer is not text")
    if not markup.strip():
        return Answer(text.ask.key, None, "missing", "DeepL: the answer is empty")
    try:
        korean = edges(from_markup(markup))[1]
    except MarkupError as error:
        return Answer(text.ask.key, None, "malformed", f"DeepL: {error}")
    return Answer(text.ask.key, f"{text.before}{korean}{text.after}")


def _faults(request: _Request, fault: Fault, detail: str) -> tuple[Answer, ...]:
    return tuple(Answer(text.ask.key, None, fault, detail) for text in request.texts)


def _all_of(request: _Request) -> Usage:
    return Usage(requests=1, characters=sum(len(text.markup) for text in request.texts))
