"""What a translation will cost, before anything is sent."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache as computed_once
from importlib import resources

from bllossom_data.translation.batches import batches
from bllossom_data.translation.cache import Cache, cache_key
from bllossom_data.translation.provider import Ask, Price, Provider, Usage

__all__ = ["Estimate", "estimate", "price_of"]

# Tokens for one English character, measured on public parallel text: NTREX news, and the Vue,
# FastAPI and Hugging Face course documentation with their Korean translations, 2.07 million
# characters in all, in OpenAI's o200k_base and cl100k_base encodings. Korean took 0.267 (course,
# o200k_base) to 0.524 (news, cl100k_base); the English itself took 0.209 to 0.265.
KOREAN_TOKENS_PER_CHARACTER = (0.26, 0.53)
ENGLISH_TOKENS_PER_CHARACTER = 0.20
SNAPSHOT_DAY = re.compile(r"-\d{4}-\d{2}-\d{2}$")


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
    asks: Sequence[Ask], providers: Sequence[Provider], cache: Cache, memory: Provider | None = None
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
    """
    left = list(asks)
    if memory is not None:
        known = {one.key for one in memory.translate(asks).answers if one.text is not None}
        left = [ask for ask in asks if ask.key not in known]
    return tuple(_estimate(provider, len(asks), left, cache) for provider in providers)


def _estimate(provider: Provider, segments: int, left: Sequence[Ask], cache: Cache) -> Estimate:
    settings = provider.settings()
    by_key: dict[str, Ask] = {}
    times: dict[str, int] = {}
    for ask in left:
        key = cache_key(provider.name, settings, ask)
        by_key.setdefault(key, ask)
        times[key] = times.get(key, 0) + 1
    cached = cache.get_many(list(by_key))
    to_ask = [ask for key, ask in by_key.items() if key not in cached]
    requests = batches(to_ask, provider.limits)
    most = sum((provider.most(batch) for batch in requests), Usage())
    characters = sum(len(ask.text) for ask in to_ask)
    least = replace(
        most,
        characters=min(most.characters, characters),
        input_tokens=min(most.input_tokens, round(characters * ENGLISH_TOKENS_PER_CHARACTER)),
        output_tokens=min(most.output_tokens, round(characters * KOREAN_TOKENS_PER_CHARACTER[0])),
    )
    # A provider reserves as many tokens as its requests allow, many more than Korean ever needs.
    likely_most = replace(
        most,
        output_tokens=min(most.output_tokens, round(characters * KOREAN_TOKENS_PER_CHARACTER[1])),
    )
    price = provider.price
    n_cached = sum(times[key] for key in cached)
    return Estimate(
        provider=provider.name,
        segments=segments,
        from_memory=segments - len(left),
        cached=n_cached,
        repeated=len(left) - n_cached - len(to_ask),
        to_ask=len(to_ask),
        requests=len(requests),
        characters=characters,
        input_tokens=(least.input_tokens, most.input_tokens),
        output_tokens=(least.output_tokens, likely_most.output_tokens),
        dollars=None if price is None else (price.dollars(least), price.dollars(likely_most)),
        price_day="" if price is None else price.day,
    )
