"""Translates segments: memory, cache, then one provider after the other, each answer checked.

The same segments give the same result, byte for byte, whatever the number of threads and however
often the run was interrupted. So every answer that led somewhere is kept, the rejected ones too,
and a second run sends nothing.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

from bllossom_data.examples import Finding
from bllossom_data.progress import Progress, no_progress
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache, CachedAnswer, Failure, cache_key
from bllossom_data.translation.jobs import Attempt, Job, Judged, State
from bllossom_data.translation.provider import Ask, Provider, Usage
from bllossom_data.translation.sending import Received, Sender, Settled

__all__ = ["Attempt", "Check", "CheckMany", "Outcome", "State", "Translator"]

Check: TypeAlias = Callable[[Ask, str], Sequence[Finding]]
"""What a check has to say of an answer; a finding of the level `error` rejects it.

It goes by what the question says, not by its key: segments that say the same are judged once.
"""

CheckMany: TypeAlias = Callable[[Sequence[tuple[Ask, str]]], Iterable[Sequence[Finding]]]
"""What a check has to say of many answers, in their order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one segment.

    Attributes:
        key: of the question.
        text: Korean with the slots of the English; None unless it is translated.
        provider: who gave the text; empty if nobody did.
        state: how it ended.
        cached: whether the text needed no request of its own in this run.
        attempts: tries whose text was not taken, in their order.
        findings: what the checks say of the text, or of the last one that was rejected.
        usage: what this run used for it; of segments that say the same, the first one bears it.
    """

    key: str
    text: str | None
    provider: str
    state: State
    cached: bool
    attempts: tuple[Attempt, ...]
    findings: tuple[Finding, ...]
    usage: Usage


class Translator:
    """Translates segments with several providers.

    Args:
        providers: in the order in which they are asked; each is asked what the one before it could
            not translate acceptably.
        cache: where answers are kept.
        budget: what may be spent.
        check: judges each answer, also one from the cache or the memory.
        concurrency: how many requests are on their way at once.
        memory: asked first, before the cache, and never cached; its answers cost nothing.
        build: name under which the cache keeps the book of what was spent.
        progress: where the work reports.
        failures_in_a_row: after so many requests that all failed in the same way, a provider is
            left out for the rest of the run.
        check_many: says the same as `check` of the many answers that the cache knows, faster; None
            has them judged one by one.
        doubted: names of checks (`checks.DOUBTED_CHECKS`). A warning of one of them has the
            provider asked once again, with what the check said; the better answer is taken.

    Attributes:
        stopped: why the last run ended early, or None.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        cache: Cache,
        budget: Budget,
        check: Check,
        concurrency: int = 8,
        *,
        memory: Provider | None = None,
        build: str = "",
        progress: Progress | None = None,
        failures_in_a_row: int = 5,
        check_many: CheckMany | None = None,
        doubted: Collection[str] = frozenset(),
    ) -> None:
        self._providers = tuple(providers)
        self._settings = [provider.settings() for provider in self._providers]
        self._cache = cache
        self._budget = budget
        self._check = check
        self._check_many = check_many or (lambda pairs: [check(*pair) for pair in pairs])
        self._concurrency = concurrency
        self._memory = memory
        self._build = build
        self._progress = progress or no_progress()
        self._failures_in_a_row = failures_in_a_row
        self._doubted = doubted
        self.stopped: str | None = None

    def translate(self, asks: Sequence[Ask]) -> list[Outcome]:
        """Translate segments.

        Args:
            asks: the segments; their keys are unique.

        Returns:
            What became of each, in the order of `asks`.

        Raises:
            ValueError: two segments have the same key.
            ProviderError: a provider cannot be used; all answers that came are in the cache.
        """
        if len({ask.key for ask in asks}) < len(asks):
            raise ValueError("two segments have the same key")
        self.stopped = None
        jobs: dict[Ask, Job] = {}
        for ask in asks:
            job = jobs.setdefault(replace(ask, key=""), Job(ask, correction=ask.correction))
            job.times += 1
        with (
            self._progress.work("translate", len(asks), "segments") as advance,
            ThreadPoolExecutor(self._concurrency, "translate") as pool,
        ):
            self._run(list(jobs.values()), pool, advance)
        return [_outcome(ask, jobs[replace(ask, key="")]) for ask in asks]

    def _run(
        self, jobs: Sequence[Job], pool: ThreadPoolExecutor, advance: Callable[[int], None]
    ) -> None:
        self._ask_memory(jobs)
        for stage in range(2 * len(self._providers)):
            self._recall(_at(jobs, stage), stage, earlier_failures=True)
        for job in jobs:
            if job.state is None:
                job.go_back()
        advance(sum(job.times for job in jobs if job.state is not None))
        sender = Sender(
            pool, self._cache, self._budget, self._build, self._concurrency,
            self._failures_in_a_row, self._progress.say,
        )  # fmt: skip
        for stage in range(2 * len(self._providers)):
            here = _at(jobs, stage)
            unknown = self._recall(here, stage, earlier_failures=False)
            advance(sum(job.times for job in here if job.state is not None))
            if unknown and sender.stopped is None:
                self._ask_provider(unknown, stage, sender, advance)
        left = [job for job in jobs if job.state is None]
        self._end(left, sender)
        self.stopped = self.stopped or next(iter(sender.out_of_service.values()), None)
        advance(sum(job.times for job in left if job.state != "stopped"))

    def _end(self, left: Sequence[Job], sender: Sender) -> None:
        """Say how jobs end of which nothing more can be asked.

        If only second answers are missing, the work is done, and a second run does not ask for them
        either. Else they belong to what is gone on with.
        """
        if any(job.kept is None for job in left):
            self.stopped = sender.stopped
        elif sender.stopped is not None:
            self._give_up(left, sender.stopped)
        for job in left:
            job.end(2 * len(self._providers))

    def _give_up(self, jobs: Sequence[Job], reason: str) -> None:
        """Go on as if the providers of these jobs had failed, now and in a second run."""
        failures = []
        for job in jobs:
            provider = self._providers[job.stage // 2].name
            failures.append(Failure(self._key(job, job.stage), provider, "failed", reason))
            job.fail(provider, "failed", reason)
        self._cache.put_many(failures=failures)

    def _ask_memory(self, jobs: Sequence[Job]) -> None:
        if self._memory is None:
            return
        step = self._memory.limits.max_segments
        by_key = {job.ask.key: job for job in jobs}
        for start in range(0, len(jobs), step):
            asks = [job.ask for job in jobs[start : start + step]]
            for answer in self._memory.translate(asks).answers:
                job = by_key[answer.key]
                if answer.text is None:
                    continue
                judged = self._judge(job.ask, answer.text, self._memory.name)
                if judged.is_acceptable():
                    job.accept(judged)
                else:
                    problem = judged.problems(())[0]
                    job.attempts.append(Attempt(self._memory.name, problem.check, problem.message))

    def _recall(self, jobs: Sequence[Job], stage: int, *, earlier_failures: bool) -> list[Job]:
        """Take jobs a stage further where the cache knows how; gives the others.

        Args:
            jobs: at this stage.
            stage: number of the stage.
            earlier_failures: whether every failure leads on, to see whether someone else had an
                acceptable answer then; else only those that would be the same today.
        """
        provider = self._providers[stage // 2].name
        keys = [self._key(job, stage) for job in jobs]
        answers = self._cache.get_many(keys)
        rejected = self._cache.rejected_many([key for key in keys if key not in answers])
        known = answers | rejected
        failures = self._cache.failures_many([key for key in keys if key not in known])
        now_accepted, now_rejected, unknown = [], [], []
        pairs = zip(jobs, keys, strict=True)
        said = iter(
            self._check_many([(job.ask, known[key].text) for job, key in pairs if key in known])
        )
        for job, key in zip(jobs, keys, strict=True):
            if key in known:
                judged = Judged(known[key].text, provider, tuple(next(said)), cached=True)
                if judged.is_acceptable():
                    now_accepted += [key] if key in rejected else []
                else:
                    now_rejected += [key] if key in answers else []
                job.answered(judged, self._doubted)
                continue
            failure = failures.get(key)
            lasting = failure and failure.fault != "failed"
            if failure and (earlier_failures or lasting or job.kept):
                if not lasting and not job.kept:
                    job.mark_way_back()
                job.fail(provider, failure.fault, failure.detail)
            else:
                unknown.append(job)
        if now_accepted or now_rejected:
            self._cache.judge_again(now_accepted, now_rejected)
        return unknown

    def _ask_provider(
        self, jobs: Sequence[Job], stage: int, sender: Sender, advance: Callable[[int], None]
    ) -> None:
        provider = self._providers[stage // 2]
        by_key = {job.ask.key: job for job in jobs}
        if provider.name not in sender.out_of_service:
            sender.send(
                provider,
                [job.question() for job in jobs],
                lambda received, settled: advance(self._record(received, settled, stage, by_key)),
            )
        reason = sender.out_of_service.get(provider.name)
        if reason and sender.stopped is None and stage // 2 + 1 < len(self._providers):
            given_up = _at(jobs, stage)
            self._give_up(given_up, reason)
            advance(sum(job.times for job in given_up if job.state is not None))

    def _record(
        self,
        received: Sequence[Received],
        settled: Sequence[Settled],
        stage: int,
        by_key: dict[str, Job],
    ) -> int:
        """Keep what a request has brought; gives the number of segments that are done."""
        provider = self._providers[stage // 2]
        accepted: list[CachedAnswer] = []
        rejected: list[CachedAnswer] = []
        failures: list[Failure] = []
        answered: list[tuple[Job, CachedAnswer, Judged]] = []
        for one in received:
            job = by_key[one.ask.key]
            job.usage += one.usage
            if one.answer is None:
                continue
            key = self._key(job, stage)
            if one.answer.fault is not None or one.answer.text is None:
                fault = one.answer.fault or "malformed"
                failures.append(Failure(key, provider.name, fault, one.answer.detail))
                job.fail(provider.name, fault, one.answer.detail)
                continue
            text = unicodedata.normalize("NFC", one.answer.text)
            dollars = None if provider.price is None else provider.price.dollars(one.usage)
            answer = CachedAnswer(key, provider.name, text, one.usage, dollars)
            judged = self._judge(job.ask, text, provider.name)
            (accepted if judged.is_acceptable() else rejected).append(answer)
            answered.append((job, answer, judged))
        known = self._cache.put_many(accepted, rejected, failures, settled)
        for job, answer, judged in answered:
            if answer.key in known:
                judged = self._judge(job.ask, known[answer.key].text, provider.name)
            job.answered(judged, self._doubted)
        return sum(
            by_key[one.ask.key].times for one in received if by_key[one.ask.key].state is not None
        )

    def _judge(self, ask: Ask, text: str, provider: str) -> Judged:
        return Judged(text, provider, tuple(self._check(ask, text)))

    def _key(self, job: Job, stage: int) -> str:
        at = stage // 2
        return cache_key(self._providers[at].name, self._settings[at], job.question())


def _at(jobs: Sequence[Job], stage: int) -> list[Job]:
    return [job for job in jobs if job.stage == stage and job.state is None]


def _outcome(ask: Ask, job: Job) -> Outcome:
    first = ask.key == job.ask.key
    return Outcome(
        key=ask.key,
        text=job.text,
        provider=job.provider,
        state=job.state or "stopped",
        cached=job.text is not None and (job.cached or not first),
        attempts=tuple(job.attempts),
        findings=job.findings,
        usage=job.usage if first else Usage(),
    )
