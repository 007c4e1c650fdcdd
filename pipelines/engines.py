"""The engines that a recipe names, with the memory, the cache and the budget around them."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bllossom_data.errors import RecipeError, missing_package
from bllossom_data.files import JSON
from bllossom_data.instruction_recipe import ProviderChoice, Translate
from bllossom_data.progress import Progress
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache
from bllossom_data.translation.checks import DOUBTED_CHECKS
from bllossom_data.translation.estimate import Estimate, estimate, price_of
from bllossom_data.translation.korean_style import Speech
from bllossom_data.translation.memory import Memory, MemoryProvider
from bllossom_data.translation.provider import Ask, Provider
from bllossom_data.translation.translator import Check, CheckMany, Outcome, Translator
from pipelines.memories import fill_memory

if TYPE_CHECKING:
    from bllossom_data.translation.openai_provider import OpenAIProvider

__all__ = ["Engines", "in_batches", "refuse_unpriced"]


class Engines:
    """What translates the segments of one recipe.

    Args:
        translate: what the recipe says.
        speech: speech level that is asked for, by role.
        memories: files of parallel text.
        cache: the cache of all answers on this machine.
        build: name and version of the dataset, under which the cache keeps the book.
        batches: folder that remembers what was sent through a batch interface.
    """

    def __init__(
        self,
        translate: Translate,
        speech: Speech,
        memories: Sequence[Path],
        cache: Path,
        build: str,
        batches: Path,
    ) -> None:
        self._translate = translate
        self._speech = speech
        self._memories = memories
        self._cache = cache
        self._build = build
        self._batches = batches

    @cached_property
    def providers(self) -> list[Provider]:
        """The engines, in the order in which they are asked.

        Raises:
            ProviderError: one cannot be used: no key, no such model.
            RecipeError: a limit on money could not be kept, because nobody knows a price.
            MissingPackageError: what one needs is not installed.
        """
        return self._made(sends=True)

    def _made(self, *, sends: bool) -> list[Provider]:
        limits = self._translate
        found = [
            _provider(choice, self._speech, self._batches, sends=sends)
            for choice in limits.providers
        ]
        refuse_unpriced("translate", found, limits.max_dollars, limits.max_characters)
        return found

    def settings(self) -> list[Mapping[str, JSON]]:
        """All that decides the answers of the engines, for fingerprints; no secrets."""
        return [
            {
                "engine": one.engine,
                "model": one.model,
                "base_url": one.base_url,
                "parameters": dict(one.parameters),
                "speech": {str(role): level for role, level in self._speech.items()},
            }
            for one in self._translate.providers
        ]

    def translate(
        self, asks: Sequence[Ask], check: Check, check_many: CheckMany, progress: Progress
    ) -> tuple[list[Outcome], str | None]:
        """Translates segments; what comes back is kept as it comes.

        Returns:
            What became of each, in order, and why the work stopped early, if it did.
        """
        limits = self._translate
        with self.memory(progress.say) as memory, closing(Cache(self._cache)) as cache:
            spent = cache.spent(self._build)
            budget = Budget(limits.max_dollars, limits.max_characters, spent=spent)
            translator = Translator(
                self.providers,
                cache,
                budget,
                check,
                limits.concurrency,
                memory=MemoryProvider(memory),
                build=self._build,
                progress=progress,
                check_many=check_many,
                doubted=DOUBTED_CHECKS,
            )
            outcomes = translator.translate(asks)
        return outcomes, translator.stopped or _outage(outcomes)

    def estimate(self, asks: Sequence[Ask]) -> tuple[Estimate, ...]:
        """What each engine would use for what is not known yet; sends nothing and needs no key."""
        engines = self._made(sends=False)
        with self.memory(lambda line: None) as memory, closing(Cache(self._cache)) as cache:
            known = MemoryProvider(memory)
            return estimate(asks, engines, cache, known, concurrency=self._translate.concurrency)

    @contextmanager
    def memory(self, say: Callable[[str], None]) -> Iterator[Memory]:
        """What the recipe's files of parallel text hold, until the block ends.

        Args:
            say: told what was left out of them.
        """
        with tempfile.TemporaryDirectory(prefix="bllossom-memory-") as folder:
            memory = Memory(Path(folder, "memory.sqlite"))
            try:
                for problem in fill_memory(memory, self._memories):
                    say(f"translation memory: left out {problem}")
                yield memory
            finally:
                memory.close()


def _outage(outcomes: Sequence[Outcome]) -> str | None:
    """Why most of what was asked got no answer at all, if so: a later run has to ask again.

    A few segments that no engine takes are left untranslated for people; but an outage is no
    translation, and must not be taken for a finished one.
    """
    asked = [one for one in outcomes if not one.cached]
    unanswered = [
        one
        for one in asked
        if one.text is None and any(attempt.problem == "failed" for attempt in one.attempts)
    ]
    if not unanswered or 2 * len(unanswered) < len(asked):
        return None
    said = Counter(
        f"{attempt.provider}: {attempt.detail}"
        for one in unanswered
        for attempt in one.attempts
        if attempt.problem == "failed"
    )
    reason = said.most_common(1)[0][0]
    return f"{len(unanswered):,} of {len(asked):,} segments got no answer ({reason})"


def refuse_unpriced(
    table: str, providers: Sequence[Provider], max_dollars: float | None, max_characters: int | None
) -> None:
    """Refuses a limit on money that could not be kept.

    Raises:
        RecipeError: nobody knows a price, and nothing else is limited.
    """
    unpriced = [one.name for one in providers if one.price is None]
    if unpriced and max_dollars is not None and max_characters is None:
        raise RecipeError(
            f"{table}.max_dollars = {max_dollars:g}: nobody knows the price of "
            f"{', '.join(unpriced)}, so the limit could not be kept; give "
            f"{table}.max_characters as well"
        )


def in_batches(model: "OpenAIProvider", folder: Path) -> Provider:
    """A chat model that is asked through the Batch API.

    Args:
        model: the model.
        folder: keeps what was sent, so that a killed run goes on waiting for it.
    """
    from bllossom_data.translation.openai_batch_provider import OpenAIBatchProvider

    return OpenAIBatchProvider(model, folder)


def _provider(choice: ProviderChoice, speech: Speech, batches: Path, *, sends: bool) -> Provider:
    """An engine, imported only where it is asked for; one that sends nothing needs no key."""
    parameters: dict[str, Any] = dict(choice.parameters)
    wait: dict[str, Any] = {}
    if choice.timeout_seconds is not None:
        wait["timeout_seconds"] = choice.timeout_seconds
    try:
        if choice.engine == "deepl":
            from bllossom_data.translation.deepl_provider import DeepLProvider

            return DeepLProvider(
                speech=speech, price=price_of("deepl"), sends=sends, **wait, **parameters
            )
        if choice.engine == "openai":
            from bllossom_data.translation.openai_provider import OpenAIProvider

            model = OpenAIProvider(
                str(choice.model),
                base_url=choice.base_url,
                parameters=parameters,
                speech=speech,
                price=price_of(f"openai:{choice.model}"),
                reasoning_tokens=choice.reasoning_tokens,
                sends=sends,
                **wait,
            )
            return in_batches(model, batches) if choice.batch else model
        from bllossom_data.translation.seq2seq_provider import Seq2SeqProvider

        return Seq2SeqProvider(Path(str(choice.model)), **parameters)
    except ImportError as error:
        extra = "pipelines,seq2seq" if choice.engine == "seq2seq" else "pipelines,translation"
        purpose = f'engine = "{choice.engine}"'
        raise missing_package(error.name or choice.engine, purpose, extra) from error
    except TypeError as error:
        raise RecipeError(
            f"translate.providers: {choice.engine} does not take these parameters: {error}; see "
            "its options in data_cards/README.md"
        ) from error
