"""Sends requests: several at a time, within the budget, and smaller ones where one has failed.

Only `Provider.translate` runs in other threads; everything else happens in the one that calls, so
what is sent, in which order and in which request depends on the segments alone.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from bllossom_data.translation.batches import (
    Place,
    Waiting,
    answers_by_key,
    batches,
    parts_to_ask_again,
    shares,
    smallest,
    split_off,
)
from bllossom_data.translation.budget import Budget, Reservation
from bllossom_data.translation.cache import Cache, cache_key
from bllossom_data.translation.provider import (
    Answer,
    Ask,
    BatchProvider,
    Fault,
    Provider,
    ProviderError,
    QuotaError,
    Reply,
    Usage,
)

__all__ = ["Received", "Record", "Sender", "Settled"]

ASKED_AGAIN: frozenset[Fault] = frozenset({"missing", "truncated", "malformed"})
OUT_OF_SERVICE: frozenset[Fault] = frozenset({"failed", "malformed"})

Settled = tuple[int, Usage, float | None]


@dataclass(frozen=True, slots=True)
class Received:
    """What one request has brought for one segment.

    Attributes:
        ask: the question.
        answer: the answer, or None if the question is asked again in a smaller request.
        usage: the segment's share of what the request used.
    """

    ask: Ask
    answer: Answer | None
    usage: Usage


Record = Callable[[Sequence[Received], Sequence[Settled]], None]


@dataclass(frozen=True, slots=True)
class _Sent:
    place: Place
    asks: Sequence[Ask]
    reservation: Reservation | None
    number: int | None


class Sender:
    """Sends requests to providers and reports every reply as it arrives.

    Args:
        pool: threads to send from.
        cache: keeps the book of requests.
        budget: what may be spent.
        build: name under which it is spent.
        concurrency: how many requests are on their way at once.
        failures_in_a_row: after so many requests that all failed in the same way, a provider is
            asked nothing more.
        say: tells a person what is being waited for.

    Attributes:
        stopped: why nothing more is sent to anyone, or None.
        out_of_service: why a provider is asked nothing more, by its name.
    """

    def __init__(
        self,
        pool: Executor,
        cache: Cache,
        budget: Budget,
        build: str,
        concurrency: int,
        failures_in_a_row: int,
        say: Callable[[str], None],
    ) -> None:
        self._pool = pool
        self._cache = cache
        self._budget = budget
        self._build = build
        self._concurrency = concurrency
        self._failures_in_a_row = failures_in_a_row
        self._say = say
        self._row: tuple[str, Fault, str] | None = None
        self._row_length = 0
        self.stopped: str | None = None
        self.out_of_service: dict[str, str] = {}

    def send(self, provider: Provider, asks: Sequence[Ask], record: Record) -> None:
        """Ask a provider, again in smaller requests where needed, until all is said.

        When sending stops (a quota or the budget is used up, the provider is out of service),
        questions are left over for which `record` has not been called with an answer.

        Raises:
            ProviderError: the provider cannot be used; what was on its way has been recorded.
        """
        most = provider.limits.max_characters
        long = [ask for ask in asks if len(ask.text) > most]
        detail = f"longer than the {most:,} characters that fit into a request"
        if long:
            too_long = [Answer(ask.key, None, "failed", detail) for ask in long]
            record([Received(*pair, Usage()) for pair in zip(long, too_long, strict=True)], [])
        wave = batches([ask for ask in asks if len(ask.text) <= most], provider.limits)
        asked_twice: set[str] = set()
        first = True
        while wave:
            if isinstance(provider, BatchProvider):
                wave = self._send_together(provider, wave, first, asked_twice, record)
            else:
                wave = self._send_wave(provider, wave, first, asked_twice, record)
            first = False

    def _send_wave(
        self,
        provider: Provider,
        wave: Sequence[Sequence[Ask]],
        first: bool,
        asked_twice: set[str],
        record: Record,
    ) -> list[list[Ask]]:
        """Send requests and give those that are to follow, in an order that is always the same."""
        waiting = deque(_in_order(wave))
        running: dict[Future[Reply], _Sent] = {}
        again: dict[Place, list[list[Ask]]] = {}

        def finish(future: Future[Reply]) -> None:
            sent = running.pop(future)
            reply = self._reply(provider, sent, future)
            if reply is None:
                return
            received, again[sent.place] = self._received(provider, sent, reply, first, asked_twice)
            record(received, self._settle(provider, sent, reply.usage))

        try:
            while waiting or running:
                self._start(provider, waiting, running)
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    finish(future)
        except BaseException:
            # What is on its way is paid for, and the threads have to be waited for in any case.
            for future in list(running):
                with suppress(ProviderError):
                    finish(future)
            raise
        return [batch for place in sorted(again) for batch in again[place]]

    def _received(
        self, provider: Provider, sent: _Sent, reply: Reply, first: bool, asked_twice: set[str]
    ) -> tuple[list[Received], list[list[Ask]]]:
        """What a reply has brought for each segment, and what is asked again because of it."""
        answers = answers_by_key(sent.asks, reply)
        if first:
            self._count_failures(provider, [answers[ask.key] for ask in sent.asks])
        faulty, again = _to_ask_again(sent.asks, answers, asked_twice)
        parts = shares(sent.asks, reply.usage)
        return [
            Received(ask, None if ask.key in faulty else answers[ask.key], parts[ask.key])
            for ask in sent.asks
        ], again

    def _send_together(
        self,
        provider: BatchProvider,
        wave: Sequence[Sequence[Ask]],
        first: bool,
        asked_twice: set[str],
        record: Record,
    ) -> list[list[Ask]]:
        """Like `_send_wave`, for a provider that answers all requests after hours.

        All replies are recorded at once: a run that is killed before has the same requests again,
        and finds what it paid for. So what was set aside stays so, should waiting end in an error.
        """
        earlier = self._cache.open_contents(self._build)
        sent: list[_Sent] = []
        waiting = deque(_in_order(wave))
        while waiting and self.stopped is None and provider.name not in self.out_of_service:
            one = self._set_aside(provider, *waiting[0], earlier)
            if one is None:
                self._make_smaller(provider, waiting, earlier)
                continue
            waiting.popleft()
            sent.append(one)
        if not sent:
            return []
        try:
            replies = provider.translate_together([one.asks for one in sent], self._say)
        except QuotaError as error:
            self.stopped = str(error)
            return []
        received: list[Received] = []
        settled: list[Settled] = []
        again: list[list[Ask]] = []
        for one, reply in zip(sent, replies, strict=True):
            counted = replace(reply, usage=_counted(reply.usage, one.asks))
            brought, more = self._received(provider, one, counted, first, asked_twice)
            received += brought
            again += more
            settled += self._settle(provider, one, counted.usage)
        record(received, settled)
        return again

    def _set_aside(
        self, provider: Provider, place: Place, asks: Sequence[Ask], earlier: Mapping[str, int]
    ) -> _Sent | None:
        """A request with its worst case reserved and in the book; None if that is too much.

        Args:
            provider: who is asked.
            place: where the request stands in its wave.
            asks: its segments.
            earlier: numbers of requests that a killed run entered, by content.
        """
        most = _counted(provider.most(asks), asks)
        content = _content(provider, asks)
        if content in earlier:
            taken_up = self._budget.take_up(most, provider.price)
            return _Sent(place, asks, taken_up, earlier[content])
        reservation = self._budget.reserve(most, provider.price)
        if reservation is None:
            return None
        dollars = None if provider.price is None else provider.price.dollars(most)
        number = self._cache.open_request(self._build, provider.name, most, dollars, content)
        return _Sent(place, asks, reservation, number)

    def _make_smaller(
        self, provider: Provider, waiting: deque[Waiting], earlier: Mapping[str, int]
    ) -> None:
        """Put a request first that the budget allows, or stop where it allows none."""

        def allowed(asks: Sequence[Ask]) -> bool:
            most = _counted(provider.most(asks), asks)
            known = bool(earlier) and _content(provider, asks) in earlier
            return known or self._budget.shortfall(most, provider.price) is None

        if parts := split_off(list(waiting), allowed):
            waiting.clear()
            waiting.extend(parts)
            return
        one = smallest(list(waiting))
        short = self._budget.shortfall(_counted(provider.most([one]), [one]), provider.price)
        self.stopped = (
            f"the limit in the recipe does not allow even the smallest request to {provider.name} "
            f"that is left, of one segment with {len(one.text):,} characters; {short} for that "
            "request alone (`bllossom translate RECIPE --estimate` says what all of them cost)"
        )

    def _start(
        self,
        provider: Provider,
        waiting: deque[Waiting],
        running: dict[Future[Reply], _Sent],
    ) -> None:
        while waiting and len(running) < self._concurrency and self.stopped is None:
            if provider.name in self.out_of_service:
                return
            place, asks = waiting[0]
            most = _counted(provider.most(asks), asks)
            reservation, number = None, None
            if most.requests:
                reservation = self._budget.reserve(most, provider.price)
                if reservation is None:
                    # What is on its way may give back enough; so the same requests are sent
                    # whatever the number of threads.
                    if running:
                        return
                    self._make_smaller(provider, waiting, {})
                    continue
                dollars = None if provider.price is None else provider.price.dollars(most)
                number = self._cache.open_request(self._build, provider.name, most, dollars)
            waiting.popleft()
            future = self._pool.submit(provider.translate, asks)
            running[future] = _Sent(place, asks, reservation, number)

    def _reply(self, provider: Provider, sent: _Sent, future: Future[Reply]) -> Reply | None:
        """The reply of a request that has ended; None if the quota is used up."""
        try:
            reply = future.result()
        except QuotaError as error:
            self.stopped = str(error)
            self._close_unused(provider, sent)
            return None
        except ProviderError:
            self._close_unused(provider, sent)
            raise
        except Exception as error:
            # One reply that a provider did not foresee must not end a run of hours. Nobody knows
            # what it used, so the most counts.
            detail = f"{type(error).__name__}: {error}"
            return Reply(
                tuple(Answer(ask.key, None, "failed", detail) for ask in sent.asks),
                sent.reservation.usage if sent.reservation else Usage(),
            )
        if sent.reservation is None:
            return reply
        return replace(reply, usage=_counted(reply.usage, sent.asks))

    def _close_unused(self, provider: Provider, sent: _Sent) -> None:
        if settled := self._settle(provider, sent, Usage()):
            self._cache.put_many(settled=settled)

    def _settle(self, provider: Provider, sent: _Sent, usage: Usage) -> list[Settled]:
        if sent.reservation is None or sent.number is None:
            return []
        self._budget.settle(sent.reservation, usage)
        price = provider.price
        return [(sent.number, usage, None if price is None else price.dollars(usage))]

    def _count_failures(self, provider: Provider, answers: Sequence[Answer]) -> None:
        kinds = {(provider.name, one.fault, one.detail) for one in answers}
        name, fault, detail = kinds.pop()
        if kinds or fault is None or fault not in OUT_OF_SERVICE:
            self._row, self._row_length = None, 0
            return
        same = self._row == (name, fault, detail)
        self._row, self._row_length = (name, fault, detail), self._row_length + 1 if same else 1
        if self._row_length >= self._failures_in_a_row:
            times = f"{self._row_length} requests in a row"
            self.out_of_service[name] = f"{name}: {times} failed the same way ({fault}: {detail})"


def _in_order(wave: Sequence[Sequence[Ask]]) -> list[Waiting]:
    return [(Place(number), asks) for number, asks in enumerate(wave)]


def _content(provider: Provider, asks: Sequence[Ask]) -> str:
    """What names a request by what is asked, in a run that follows one that was killed."""
    settings = provider.settings()
    keys = "".join(cache_key(provider.name, settings, ask) for ask in asks)
    return sha256(keys.encode()).hexdigest()


def _counted(usage: Usage, asks: Sequence[Ask]) -> Usage:
    """A usage with the characters that were sent, where the provider counts only tokens."""
    if usage.requests and not usage.characters:
        return replace(usage, characters=sum(len(ask.text) for ask in asks))
    return usage


def _to_ask_again(
    asks: Sequence[Ask], answers: dict[str, Answer], asked_twice: set[str]
) -> tuple[set[str], list[list[Ask]]]:
    """Keys of the segments that are asked again, and in which requests."""
    faulty = [ask for ask in asks if answers[ask.key].fault in ASKED_AGAIN]
    if len(asks) > 1:
        return {ask.key for ask in faulty}, parts_to_ask_again(faulty, len(asks))
    # A reply to one segment that leaves it out is worth one more try; one that is cut off or
    # unreadable would only be so again.
    ask = asks[0]
    if answers[ask.key].fault != "missing" or ask.key in asked_twice:
        return set(), []
    asked_twice.add(ask.key)
    return {ask.key}, [[ask]]
