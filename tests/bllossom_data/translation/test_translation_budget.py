"""No run spends more than it may, and everybody knows beforehand what it would cost."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fake_translation import FakeProvider, asks_of
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.translation.budget import Budget, Spent
from bllossom_data.translation.cache import Cache, CachedAnswer, cache_key
from bllossom_data.translation.estimate import PACES, estimate, price_of
from bllossom_data.translation.memory import Entry, Memory, MemoryProvider
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.provider import Limits, Price, Usage

PRICE = Price(per_million_characters=20.0, per_million_output_tokens=10.0)


def test_the_most_is_set_aside_and_the_rest_given_back():
    budget = Budget(max_characters=100)
    first = budget.reserve(Usage(1, 60), None)
    assert first is not None
    assert budget.reserve(Usage(1, 60), None) is None
    budget.settle(first, Usage(1, 40))
    second = budget.reserve(Usage(1, 60), None)
    assert second is not None
    assert budget.spent == Spent(Usage(1, 40), 0.0)
    with pytest.raises(KeyError):
        budget.settle(first, Usage())


def test_each_limit_holds_and_a_limit_can_be_reached_exactly():
    assert Budget(max_requests=0).reserve(Usage(1), None) is None
    assert Budget(max_dollars=0.29).reserve(Usage(0, 14_500), PRICE) is not None
    assert Budget(max_dollars=0.29).reserve(Usage(0, 14_501), PRICE) is None
    assert Budget().reserve(Usage(10**9, 10**9, 10**9, 10**9), PRICE) is not None


def test_what_has_no_price_is_still_capped_by_characters():
    budget = Budget(max_dollars=0.0, max_characters=10)
    assert budget.reserve(Usage(1, 11), None) is None
    assert budget.reserve(Usage(1, 10), None) is not None


def test_a_resumed_build_goes_on_where_it_was():
    budget = Budget(max_dollars=1.0, max_requests=3, spent=Spent(Usage(2, 10), 0.99))
    assert budget.reserve(Usage(1, 1_000), PRICE) is None
    assert budget.reserve(Usage(2, 100), PRICE) is None
    assert budget.reserve(Usage(1, 500), PRICE) is not None


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), max_size=60), st.integers(0, 400)
)
def test_what_is_spent_never_passes_the_cap(requests, cap):
    budget = Budget(max_characters=cap, max_dollars=cap * 20 / 1e6)
    open_requests = []
    for most, used in requests:
        if reservation := budget.reserve(Usage(1, most), PRICE):
            open_requests.append((reservation, min(most, used)))
        if len(open_requests) > 2:
            reservation, used_now = open_requests.pop(0)
            budget.settle(reservation, Usage(1, used_now))
    for reservation, used in open_requests:
        budget.settle(reservation, Usage(1, used))
    assert budget.spent.usage.characters <= cap
    assert budget.spent.dollars <= cap * 20 / 1e6


def test_sixteen_threads_never_spend_more_than_the_cap_and_come_close_to_it():
    cap = 0.05
    budget = Budget(max_dollars=cap)
    meter, lock = [], threading.Lock()

    def work(seed):
        rng = random.Random(seed)
        for _ in range(200):
            most = Usage(1, rng.randrange(1, 60), 0, rng.randrange(1, 40))
            if reservation := budget.reserve(most, PRICE):
                used = replace(most, output_tokens=rng.randrange(most.output_tokens + 1))
                with lock:
                    meter.append(PRICE.dollars(used))
                    assert sum(meter) <= cap
                budget.settle(reservation, used)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert 0.9 * cap < sum(meter) <= cap
    assert budget.spent.dollars == pytest.approx(sum(meter))


def test_an_estimate_counts_what_is_known_and_prices_the_rest(tmp_path):
    cache, memory = Cache(tmp_path / "cache"), Memory(tmp_path / "memory")
    asks = asks_of(["Thanks!", "One two three", "One two three", "Four", "Five six"])
    memory.add([Entry("Thanks!", "고마워요!", "human", "kim")])
    paid = FakeProvider("paid", limits=Limits(1, 100), price=Price(25.0, day="2026-11-25"))
    unknown = FakeProvider("unknown", limits=Limits(8, 100), price=None)
    cache.put_many([CachedAnswer(cache_key("paid", paid.settings(), asks[3]), "paid", "넷")])
    first, second = estimate(asks, [paid, unknown], cache, MemoryProvider(memory))
    counts = (first.segments, first.from_memory, first.cached, first.repeated, first.to_ask)
    assert counts == (5, 1, 1, 1, 2)
    assert (first.requests, first.characters) == (2, 21)
    assert first.dollars == (21 * 25 / 1e6, 21 * 25 / 1e6)
    assert first.output_tokens[0] <= first.output_tokens[1]
    assert (second.cached, second.to_ask, second.requests, second.dollars) == (0, 3, 1, None)
    assert paid.batches == unknown.batches == []
    assert cache.stats().answers == 1


def test_an_estimate_says_how_long_it_takes_and_what_that_assumes(tmp_path):
    asks = asks_of([f"Sentence number {number}" for number in range(40)])
    chat = FakeProvider("openai:some", limits=Limits(10, 1_000, reasoning_tokens=500))
    local = FakeProvider("seq2seq:some", limits=Limits(10, 1_000))
    alone, unknown = estimate(asks, [chat, local], Cache(tmp_path / "cache"))
    (shared,) = estimate(asks, [chat], Cache(tmp_path / "cache"), concurrency=4)
    assert alone.requests == 4
    low, high = alone.minutes
    assert 4 * PACES["openai"].seconds[0] / 60 <= low < high
    assert shared.minutes == (pytest.approx(low / 4), pytest.approx(high / 4))
    assert shared.assumed_pace == "1–3 s a request and 40–150 tokens a second, 4 at once"
    assert (unknown.minutes, unknown.assumed_pace) == (None, "unknown")


def test_what_a_model_may_think_is_part_of_the_estimate(tmp_path):
    asks = asks_of([f"Sentence number {number}" for number in range(40)])
    price = Price(per_million_output_tokens=2.0, day="2026-11-25")
    quick, thinking = (
        OpenAIProvider("gpt-5-mini", price=price, reasoning_tokens=tokens, sends=False)
        for tokens in (0, 4_000)
    )
    first, second = estimate(asks, [quick, thinking], Cache(tmp_path / "cache"))
    assert second.output_tokens[1] == first.output_tokens[1] + 4_000 * second.requests
    assert second.output_tokens[0] == first.output_tokens[0]
    assert second.dollars[1] > first.dollars[1]


def test_prices_have_a_day_and_an_unknown_model_has_none():
    deepl = price_of("deepl")
    assert deepl is not None
    assert deepl.per_million_characters == 25.0
    assert deepl.day
    mini = price_of("openai:gpt-5-mini")
    assert mini is not None
    assert mini.per_million_output_tokens > mini.per_million_input_tokens > 0
    assert price_of("openai:gpt-5-mini-2025-08-07") == mini
    assert price_of("openai:gpt-5-mini-made-up") is None
    assert price_of("openai:somebody/model") is None


def test_what_a_killed_run_reserved_is_taken_up_and_counts_once():
    most, price = Usage(1, 60, 0, 0), Price(per_million_characters=10.0)
    budget = Budget(max_characters=100, spent=Spent(most, price.dollars(most)))
    assert budget.reserve(most, price) is None
    taken_up = budget.take_up(most, price)
    assert budget.reserve(Usage(1, 41, 0, 0), price) is None, "still set aside"
    budget.settle(taken_up, Usage(1, 10, 0, 0))
    assert budget.spent.usage == Usage(1, 10, 0, 0)
    assert budget.spent.dollars == pytest.approx(0.0001)
    assert budget.reserve(Usage(1, 90, 0, 0), price) is not None
