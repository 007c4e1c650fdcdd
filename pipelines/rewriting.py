"""The rewrite step: a chat model proposes how a subject of another society becomes one of Korea.

It is asked only about translated examples that a topic rule marks, and only where the recipe names
a model. What it says becomes edits for people, never text; an answer that does not fit is asked for
once more, and an example without a usable answer goes on to people as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bllossom_data.errors import TopicRewriteError, missing_package
from bllossom_data.examples import Edit, Example, Finding
from bllossom_data.files import JSON
from bllossom_data.instruction_recipe import TopicRewrites
from bllossom_data.localization.topic_rewrites import (
    read_rewrite,
    rewrite_instructions,
    rewrite_question,
)
from bllossom_data.localization.topic_rules import TopicRule
from bllossom_data.localization.topics import match_topics
from bllossom_data.progress import Progress
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache
from bllossom_data.translation.estimate import Estimate, estimate, price_of
from bllossom_data.translation.provider import Ask, Provider
from bllossom_data.translation.translator import Outcome, Translator
from pipelines.engines import in_batches, refuse_unpriced

__all__ = ["Rewrite", "RewriteTask", "Rewriter", "rewrite_tasks"]

NO_MATTER = {
    "batch",
    "concurrency",
    "max_dollars",
    "max_characters",
    "timeout_seconds",
    "reasoning_tokens",
}
"""What changes how a model is asked, not what it is asked."""
REWRITTEN = ("adapt", "write_new")
"""What a rule must ask for; an example that stays or goes needs no new text."""


@dataclass(frozen=True, slots=True)
class RewriteTask:
    """One example that a model is asked to rewrite.

    Attributes:
        id: the example's id.
        rule: the rule that fits it best.
        translations: Korean of every turn, to which edits refer.
        ask: the question.
    """

    id: str
    rule: TopicRule
    translations: tuple[str | None, ...]
    ask: Ask


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What came of one example.

    Attributes:
        id: the example's id.
        rule: id of the topic rule.
        model: who was asked, such as `openai:MODEL`.
        edits: what it proposes; None where nothing usable came.
        problems: what was wrong with answers that were not taken.
    """

    id: str
    rule: str
    model: str
    edits: tuple[Edit, ...] | None
    problems: tuple[str, ...]


def rewrite_tasks(
    examples: Sequence[Example], translations: Mapping[str, Sequence[str | None]]
) -> Iterator[RewriteTask]:
    """Examples that a rule wants rewritten and that are translated as a whole.

    Args:
        examples: in order.
        translations: Korean of every turn, by example.
    """
    for example in examples:
        korean = tuple(translations[example.id])
        if None in korean:
            continue
        rules = [one.rule for one in match_topics(example.messages)]
        rule = next((one for one in rules if one.action in REWRITTEN), None)
        # What a rule takes out of the dataset needs no text.
        if rule is None or any(one.action == "remove" for one in rules):
            continue
        question = rewrite_question(example.messages, korean)
        ask = Ask(example.id, question, context=rewrite_instructions(rule))
        yield RewriteTask(example.id, rule, korean, ask)


class Rewriter:
    """The model that a recipe names, with the cache and a budget of its own.

    Args:
        choice: what the recipe says.
        cache: the cache of all answers on this machine.
        build: name under which the cache keeps the book.
        batches: folder that remembers what was sent through the Batch API.
    """

    def __init__(self, choice: TopicRewrites, cache: Path, build: str, batches: Path) -> None:
        self._choice = choice
        self._cache = cache
        self._build = build
        self._batches = batches

    @cached_property
    def provider(self) -> Provider:
        """The model as a provider.

        Raises:
            ProviderError: it cannot be used: no key, a wrong address.
            RecipeError: a limit on money could not be kept, because nobody knows the price.
            MissingPackageError: what it needs is not installed.
        """
        return self._made(sends=True)

    def _made(self, *, sends: bool) -> Provider:
        choice = self._choice
        try:
            from bllossom_data.localization.topic_rewriter import TopicRewriter
        except ImportError as error:
            extra = "pipelines,translation"
            raise missing_package(
                error.name or "openai", "localise.topic_rewrites", extra
            ) from error
        found = TopicRewriter(
            choice.model,
            base_url=choice.base_url,
            parameters=dict(choice.parameters),
            price=price_of(f"openai:{choice.model}"),
            timeout_seconds=choice.timeout_seconds,
            reasoning_tokens=choice.reasoning_tokens,
            sends=sends,
        )
        refuse_unpriced(
            "localise.topic_rewrites", [found], choice.max_dollars, choice.max_characters
        )
        return in_batches(found, self._batches) if choice.batch else found

    def settings(self) -> Mapping[str, JSON]:
        """All that decides the answers, for fingerprints; no secrets."""
        return self._choice.model_dump(exclude=NO_MATTER)

    def rewrite(
        self, tasks: Sequence[RewriteTask], progress: Progress
    ) -> tuple[list[Rewrite], str | None]:
        """Asks for all rewrites; what comes back is kept as it comes.

        Returns:
            What came of each task, in order, and why the work stopped early, if it did.
        """
        choice = self._choice
        by_question = {(task.ask.text, task.ask.context): task for task in tasks}

        def check(ask: Ask, reply: str) -> list[Finding]:
            task = by_question[ask.text, ask.context]
            try:
                read_rewrite(task.rule, task.translations, reply, self.provider.name)
            except TopicRewriteError as error:
                return [Finding("topic_rewrite", "error", str(error))]
            return []

        with closing(Cache(self._cache)) as cache:
            budget = Budget(
                choice.max_dollars, choice.max_characters, spent=cache.spent(self._build)
            )
            translator = Translator(
                [self.provider], cache, budget, check, choice.concurrency,
                build=self._build, progress=progress,
            )  # fmt: skip
            outcomes = translator.translate([task.ask for task in tasks])
        found = [self._result(*pair) for pair in zip(tasks, outcomes, strict=True)]
        return found, translator.stopped

    def estimate(self, tasks: Sequence[RewriteTask]) -> tuple[Estimate, ...]:
        """What the model would use for what is not known yet; sends nothing and needs no key."""
        asks = [task.ask for task in tasks]
        model = self._made(sends=False)
        with closing(Cache(self._cache)) as cache:
            return estimate(asks, [model], cache, concurrency=self._choice.concurrency)

    def _result(self, task: RewriteTask, outcome: Outcome) -> Rewrite:
        name = self.provider.name
        edits = (
            None
            if outcome.text is None
            else tuple(read_rewrite(task.rule, task.translations, outcome.text, name))
        )
        problems = tuple(f"{one.problem}: {one.detail}" for one in outcome.attempts)
        return Rewrite(task.id, task.rule.id, name, edits, problems)
