"""What a translation will cost, and how long it will take, before anything is sent."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache as computed_once
from importlib import resources

from bllossom_data.translation.batches import batches
from bllossom_data.translation.cache import Cache, cache_key
from bllossom_data.translation.provider import Ask, BatchProvider, Price, Provider, Usage

__all__ = ["PACES", "Estimate", "Pace", "estimate", "price_of"]

# Tokens for one English character, measured on public parallel text: NTREX news, and the Vue,
# FastAPI and Hugging Face course documentation with their Korean translations, 2.07 million
# characters in all, in OpenAI's o200k_base and cl100k_base encodings. Korean took 0.267 (course,
# o200k_base) to 0.524 (news, cl100k_base); the English itself took 0.209 to 0.265.
KOREAN_TOKENS_PER_CHARACTER = (0.26, 0.53)
ENGLISH_TOKENS_PER_CHARACTER = 0.20
SNAPSHOT_DAY = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an engine answers one request.

    Attributes:
        seconds: for the request itself, at least and at most.
        tokens_per_second: output tokens on top of that, at least and at most; None where an
            engine answers as a whole.
    """

    seconds: tuple[float, float]
    tokens_per_second: tuple[int, int] | None = None

    def minutes(
        self, requests: int, output_tokens: tuple[int, int], concurrency: int
    ) -> tuple[float, float]:
        """How long requests take if as many as `concurrency` are under way all the time."""
        spans = [requests * one for one in self.seconds]
        if self.tokens_per_second is not None:
            slow, fast = self.tokens_per_second
            spans[0] += output_tokens[0] / fast
            spans[1] += output_tokens[1] / slow
        least, most = (span / 60 / min(concurrency, max(requests, 1)) for span in spans)
        return least, most

    def __str__(self) -> str:
        text = f"{self.seconds[0]:g}–{self.seconds[1]:g} s a request"
        if self.tokens_per_second is None:
            return text
        slow, fast = self.tokens_per_second
        return f"{text} and {slow}–{fast} tokens a second"


# Nobody has measured these here: they depend on the account, the model and the hour. A request
# that waits for its turn at the server, or is sent again, takes longer.
PACES = {
    "deepl": Pace((0.5, 3.0)),
    "openai": Pace((1.0, 3.0), (40, 150)),
}
"""How fast an engine is assumed to answer, by the first word of its name."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one provider would use if it translated all that is not known yet.

    Attributes:
        provider: its name.
        segments: how many there are.
        from_memory: how many the translation memory holds.
        cached: how many have an accepted answer of this provider in the cache.
        repeated: how many say the same as another one that is asked.
        to_ask: how many are left.
        requests: how many requests they need.
        characters: English characters in them.
        input_tokens: at least and at most.
        output_tokens: at least and at most.
        dollars: at least and at most; None where nobody knows the price.
        price_day: day on which the price was looked up.
        minutes: at least and at most; None where nobody knows how fast the engine is.
        assumed_pace: what `minutes` is worked out from, in words.
    """

    provider: str
    segments: int
    from_memory: int
    cached: int
    repeated: int
    to_ask: int
    requests: int
    characters: int
    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    dollars: tuple[float, float] | None
    price_day: str
    minutes: tuple[float, float] | None
    assumed_pace: str


@computed_once
def _prices() -> dict[str, Price]:
    text = resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8")
    return {
        name: Price(**{field: value for field, value in table.items() if field != "source"})
        for name, table in tomllib.loads(text).items()
    }


def price_of(provider: str) -> Price | None:
    """The price of a provider in `prices.toml`, or None where nobody knows it.

    Args:
        provider: name such as `deepl`, `openai:gpt-5-mini` or `openai:gpt-5-mini-2025-08-07`; a
            dated snapshot has the price of its model.
    """
    engine = provider.partition(":")[0]
    names = (provider, SNAPSHOT_DAY.sub("", provider), engine)
    return next((_prices()[name] for name in names if name in _prices()), None)


def estimate(
    asks: Sequence[Ask],
    providers: Sequence[Provider],
    cache: Cache,
    memory: Provider | None = None,
    *,
    concurrency: int = 1,
) -> tuple[Estimate, ...]:
    """What each provider would use and cost for the segments that are not known yet.

    Both figures are for one answer to each segment: the least with nothing around the text, the
    most with all that the provider puts around it. Second tries come on top; the budget, not the
    estimate, is what limits them.

    Args:
        asks: all segments.
        providers: each is estimated as if it were the only one.
        cache: looked into, not changed.
        memory: the translation memory, if there is one.
        concurrency: how many requests are under way at once.
    """
    left = list(asks)
    if memory is not None:
        known = {one.key for one in memory.translate(asks).answers if one.text is not None}
        left = [ask for ask in asks if ask.key not in known]
    return tuple(_estimate(provider, len(asks), left, cache, concurrency) for provider in providers)


def _estimate(
    provider: Provider, segments: int, left: Sequence[Ask], cache: Cache, concurrency: int
) -> Estimate:
    settings = provider.settings()
    by_key: dict[str, Ask] = {}
    times: dict[str, int] = {}
    for ask in left:
        key = cache_key(provider.name, settings, ask)
        by_key.setdefault(key, ask)
        times[key] = times.get(key, 0) + 1
    cached = cache.get_many(list(by_key))
    to_ask = [ask for key, ask in by_key.items() if key not in cached]
    parts = batches(to_ask, provider.limits)
    most = sum((provider.most(part) for part in parts), Usage())
    characters = sum(len(ask.text) for ask in to_ask)
    least = replace(
        most,
        characters=min(most.characters, characters),
        input_tokens=min(most.input_tokens, round(characters * ENGLISH_TOKENS_PER_CHARACTER)),
        output_tokens=min(most.output_tokens, round(characters * KOREAN_TOKENS_PER_CHARACTER[0])),
    )
    # A provider reserves as many tokens as its requests allow, many more than Korean ever needs.
    # What a model thinks is billed as output, and may fill all the room that it is given.
    korean = round(characters * KOREAN_TOKENS_PER_CHARACTER[1])
    thought = provider.limits.reasoning_tokens * len(parts)
    likely_most = replace(most, output_tokens=min(most.output_tokens, korean + thought))
    output_tokens = (least.output_tokens, likely_most.output_tokens)
    price = provider.price
    minutes, assumed_pace = _duration(provider, most.requests, output_tokens, concurrency)
    n_cached = sum(times[key] for key in cached)
    return Estimate(
        provider=provider.name,
        segments=segments,
        from_memory=segments - len(left),
        cached=n_cached,
        repeated=len(left) - n_cached - len(to_ask),
        to_ask=len(to_ask),
        requests=most.requests,
        characters=characters,
        input_tokens=(least.input_tokens, most.input_tokens),
        output_tokens=output_tokens,
        dollars=None if price is None else (price.dollars(least), price.dollars(likely_most)),
        price_day="" if price is None else price.day,
        minutes=minutes,
        assumed_pace=assumed_pace,
    )


def _duration(
    provider: Provider, requests: int, output_tokens: tuple[int, int], concurrency: int
) -> tuple[tuple[float, float] | None, str]:
    """How long it takes, in minutes, and what is assumed for that."""
    if isinstance(provider, BatchProvider):
        return None, "up to a day for each round of a batch"
    pace = PACES.get(provider.name.partition(":")[0])
    if pace is None:
        return None, "unknown"
    return pace.minutes(requests, output_tokens, concurrency), f"{pace}, {concurrency} at once"
