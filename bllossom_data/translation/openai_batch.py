"""OpenAI's Batch API: half the price, an answer within a day, in no particular order.

What has been sent is found again after any interruption: a batch carries a hash of its content,
and a small file remembers its id. So no content is ever paid for twice, except what a batch that
expired, failed or was cancelled has left undone.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import openai

from bllossom_data.errors import BllossomError, StepError
from bllossom_data.files import JSON, canonical_json, exclusive_lock, pretty_json, write_atomic
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.openai_reply import faults, quota_error
from bllossom_data.translation.provider import Ask, Reply, Usage

if TYPE_CHECKING:
    from openai.types import Batch

__all__ = ["translate_in_batches"]

MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000
MARK = "bllossom-content"
"""Name under which a batch carries the hash of its content."""
_ENDED = ("completed", "failed", "expired", "cancelled")
_BACK_OFF = 1.5
_LOOKED_AT = 1_000
_ATTEMPTS = 4
_FAILURES_IN_A_ROW = 10
_QUOTA_CODES = ("insufficient_quota", "billing_hard_limit_reached")


@dataclass(frozen=True, slots=True)
class _Part:
    """What becomes one batch: numbers of its requests by custom id, and its content."""

    numbers: Mapping[str, int]
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:48]


def translate_in_batches(
    provider: OpenAIProvider,
    requests: Sequence[Sequence[Ask]],
    folder: Path,
    *,
    poll_seconds: float = 30.0,
    most_poll_seconds: float = 600.0,
    most_wait_seconds: float | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> list[Reply]:
    """Translates requests through the Batch API and waits until all is done.

    Call it again with the same requests and the same folder after an interruption: it goes on
    where it was, and reads a batch that has ended once more. Requests that came to nothing are
    faults; when only those are asked again, they become a new batch.

    Args:
        provider: says what a request looks like and reads its reply.
        requests: segments, in requests within the limits of the provider.
        folder: keeps what was sent and the ids of batches.
        poll_seconds: how long to wait before asking for the state of a batch again; grows.
        most_poll_seconds: the longest such wait.
        most_wait_seconds: when to stop waiting; None waits as long as the server needs.
        say: tells a person what is being waited for.

    Returns:
        One reply for each request, in their order.

    Raises:
        StepError: the batches have not ended in time, or the server cannot be reached.
        QuotaError: the account has no credit left.
        ProviderError: the server refuses the key or the model.
    """
    deadline = None if most_wait_seconds is None else time.monotonic() + most_wait_seconds
    replies: dict[int, Reply] = {}
    with exclusive_lock(folder / "lock"):
        while left := [number for number in range(len(requests)) if number not in replies]:
            asked = {number: requests[number] for number in left}
            jobs = [_Job(provider, part, folder) for part in _parts(provider, asked)]
            for job in jobs:
                job.submit(say)
            for job in jobs:
                batch = job.ended(poll_seconds, most_poll_seconds, deadline)
                replies.update(job.replies(batch, asked))
    return [replies[number] for number in range(len(requests))]


def _parts(provider: OpenAIProvider, requests: Mapping[int, Sequence[Ask]]) -> Iterator[_Part]:
    numbers: dict[str, int] = {}
    lines: list[bytes] = []
    size = 0
    for number, asks in requests.items():
        body = provider.body(asks)
        digest = hashlib.sha256(canonical_json(body).encode()).hexdigest()[:12]
        custom_id = f"{number:06d}-{digest}"
        url = "/v1/chat/completions"
        line = {"custom_id": custom_id, "method": "POST", "url": url, "body": body}
        data = canonical_json(line).encode() + b"\n"
        if lines and (len(lines) == MAX_REQUESTS or size + len(data) > MAX_BYTES):
            yield _Part(numbers, b"".join(lines))
            numbers, lines, size = {}, [], 0
        numbers[custom_id] = number
        lines.append(data)
        size += len(data)
    if lines:
        yield _Part(numbers, b"".join(lines))


class _Job:
    """One batch: from its content to its replies."""

    def __init__(self, provider: OpenAIProvider, part: _Part, folder: Path) -> None:
        self._provider = provider
        self._part = part
        self._dialect = provider.dialect
        self._state = folder / f"{part.digest}.json"
        self._input = folder / f"{part.digest}.jsonl"
        self._batch_id, self._harvested = self._remembered()

    def submit(self, say: Callable[[str], None]) -> None:
        """Find the batch for this content or, if there is none, create it; remember its id."""
        if self._batch_id is None:
            try:
                self._batch_id = self._found() or self._created()
            except openai.APIStatusError as error:
                raise self._trouble("create a batch", error) from error
            except openai.APIConnectionError as error:
                raise self._trouble("create a batch", error) from error
            self._remember()
        say(
            f"{self._provider.name}: waiting for batch {self._batch_id} of "
            f"{len(self._part.numbers):,} requests, up to a day; stop at any time, the same "
            "command goes on waiting"
        )

    def ended(self, poll_seconds: float, most_seconds: float, deadline: float | None) -> "Batch":
        """The batch, once it has ended in one way or another."""
        failures = 0
        pause = poll_seconds
        while True:
            try:
                batch = self._provider.client.batches.retrieve(self._batch_id or "")
                failures = 0
                if batch.status in _ENDED:
                    return batch
            except (openai.APIConnectionError, openai.InternalServerError) as error:
                failures += 1
                if failures == _FAILURES_IN_A_ROW:
                    raise self._trouble("ask for the batch", error) from error
            except openai.APIStatusError as error:
                if error.status_code == 404:
                    self._finish()
                raise self._trouble("ask for the batch", error) from error
            if deadline is not None and time.monotonic() + pause > deadline:
                raise StepError(
                    f"{self._provider.name}: batch {self._batch_id} has not ended yet; run the "
                    "same command again later, it goes on waiting and pays nothing twice"
                )
            time.sleep(pause)
            pause = min(pause * _BACK_OFF, most_seconds)

    def replies(self, batch: "Batch", requests: Mapping[int, Sequence[Ask]]) -> Mapping[int, Reply]:
        """Replies by number of the request; those that came to nothing are faults.

        Requests that are worth asking again in another form, as the server takes them, are left
        out.
        """
        found = self._results(batch)
        otherwise = {custom_id for custom_id in found if self._is_asked_otherwise(found[custom_id])}
        answered = any(_status(result) == 200 for result in found.values())
        if not answered and not otherwise:
            # Otherwise it may be read once more, should this run be killed before it keeps it.
            self._finish()
        code, why = _why(batch)
        if not found and code in _QUOTA_CODES:
            raise quota_error(self._provider.name, code)
        made: dict[int, Reply] = {}
        for custom_id, number in self._part.numbers.items():
            asks = requests[number]
            if custom_id in otherwise:
                continue
            if custom_id in found:
                made[number] = self._reply(asks, found[custom_id])
            else:
                made[number] = Reply(faults(asks, "failed", why))
        return made

    def _results(self, batch: "Batch") -> Mapping[str, Mapping[str, object]]:
        """Lines of both files by custom id; that of the output counts where both have one."""
        found: dict[str, Mapping[str, object]] = {}
        for file_id in (batch.error_file_id, batch.output_file_id):
            if file_id is None:
                continue
            try:
                content = self._provider.client.files.content(file_id).content
            except openai.NotFoundError:
                continue
            except (openai.APIConnectionError, openai.APIStatusError) as error:
                raise self._trouble(f"read the file {file_id}", error) from error
            # Not `splitlines`: JSON may hold other line separators.
            for line in content.split(b"\n"):
                result = _loaded(line)
                custom_id = result.get("custom_id")
                if isinstance(custom_id, str) and custom_id in self._part.numbers:
                    found[custom_id] = result
        return found

    def _is_asked_otherwise(self, result: Mapping[str, object]) -> bool:
        response, status = result.get("response"), _status(result)
        if not isinstance(response, Mapping) or status is None:
            return False
        return self._provider.adapted(self._dialect, status, response.get("body"))

    def _reply(self, asks: Sequence[Ask], result: Mapping[str, object]) -> Reply:
        response, error, status = result.get("response"), result.get("error"), _status(result)
        if not isinstance(response, Mapping) or status is None:
            told = error if isinstance(error, Mapping) else {}
            why = told.get("code") or told.get("message") or "no reply"
            return Reply(faults(asks, "failed", f"not done in the batch: {why}"))
        if status == 200:
            return self._provider.read(asks, response.get("body"))
        try:
            return self._provider.refusal(asks, status, response.get("body"))
        except BllossomError as refused:
            # Here it is one request among many, and the others have been answered and paid for.
            return Reply(faults(asks, "failed", str(refused)), Usage(requests=1))

    def _found(self) -> str | None:
        """A batch that a run created and could not write down before it was killed."""
        batches = self._provider.client.batches.list(limit=100)
        for number, batch in enumerate(batches):
            known = (batch.metadata or {}).get(MARK) == self._part.digest
            if known and batch.id not in self._harvested:
                return batch.id
            if number >= _LOOKED_AT:
                break
        return None

    def _created(self) -> str:
        write_atomic(self._input, self._part.content)
        name = f"bllossom-{self._part.digest[:16]}.jsonl"
        client = self._provider.client
        upload = client.files.create(file=(name, self._part.content), purpose="batch")
        # The interface knows no idempotent requests: one whose reply was lost may have been
        # carried out, so it is not repeated before a look at the list.
        once = client.with_options(max_retries=0)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                batch = once.batches.create(
                    input_file_id=upload.id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={MARK: self._part.digest},
                )
                return batch.id
            except (openai.APIConnectionError, openai.APIStatusError) as error:
                passing = not isinstance(error, openai.APIStatusError) or error.status_code >= 500
                if not passing or attempt == _ATTEMPTS:
                    raise
            time.sleep(2.0 ** (attempt - 2))
            if found := self._found():
                return found
        raise AssertionError

    def _trouble(self, what: str, error: openai.APIError) -> BllossomError:
        if isinstance(error, openai.APIStatusError):
            try:
                reply = self._provider.refusal([Ask("", "")], error.status_code, error.body)
            except BllossomError as told:
                return told
            why = reply.answers[0].detail
        else:
            why = "no connection"
        return StepError(
            f"{self._provider.name}: could not {what} ({why}); run the same command again, what "
            "was sent before is found again"
        )

    def _remembered(self) -> tuple[str | None, list[str]]:
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            return state["batch"], [str(one) for one in state["harvested"]]
        except FileNotFoundError:
            return None, []
        except (ValueError, KeyError, TypeError) as error:
            raise StepError(
                f"{self._state}: is not what the program writes there; remove it, the batch itself "
                "is found again"
            ) from error

    def _remember(self) -> None:
        state: Mapping[str, JSON] = {"batch": self._batch_id, "harvested": self._harvested}
        write_atomic(self._state, pretty_json(state))

    def _finish(self) -> None:
        """Let the next run create a new batch for this content: this one brings nothing more."""
        if self._batch_id is not None:
            self._harvested.append(self._batch_id)
        self._batch_id = None
        self._remember()


def _why(batch: "Batch") -> tuple[str, str]:
    """Code and words for what a batch has not brought."""
    problems = (batch.errors.data if batch.errors else None) or []
    code = next((problem.code for problem in problems if problem.code), "") or ""
    message = next((problem.message for problem in problems if problem.message), "") or ""
    ending = "ended without this request" if batch.status == "completed" else f"is {batch.status}"
    more = f": {message}" if message else ""
    return code, f"the batch {ending}{more}"


def _status(result: Mapping[str, object]) -> int | None:
    response = result.get("response")
    status = response.get("status_code") if isinstance(response, Mapping) else None
    return status if isinstance(status, int) else None


def _loaded(line: bytes) -> Mapping[str, object]:
    try:
        result = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return result if isinstance(result, dict) else {}
