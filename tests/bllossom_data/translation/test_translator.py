"""Whatever a provider does, each segment ends in its place, accepted or marked."""

import random
import re
import threading
import time
import unicodedata
from dataclasses import replace

import pytest
from fake_translation import (
    FAULTS,
    SPOILED,
    FakeProvider,
    asks_of,
    check,
    korean,
    mixed_texts,
    result_bytes,
)

from bllossom_data.examples import Finding
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache
from bllossom_data.translation.memory import Entry, Memory, MemoryProvider
from bllossom_data.translation.provider import Ask, Limits, Price, ProviderError, Usage
from bllossom_data.translation.translator import Attempt, Translator

ALONE = Limits(1, 2_000)


@pytest.fixture
def cache(tmp_path):
    made = Cache(tmp_path / "cache.sqlite")
    yield made
    made.close()


def run(cache, providers, asks, **options):
    budget = options.pop("budget", None) or Budget()
    concurrency = options.pop("concurrency", 4)
    translator = Translator(
        providers, cache, budget, options.pop("check", check), concurrency, **options
    )
    outcomes = translator.translate(asks)
    assert [one.key for one in outcomes] == [ask.key for ask in asks]
    for one in outcomes:
        assert (one.text is not None) is (one.state == "translated")
    return outcomes


def states(outcomes):
    return [one.state for one in outcomes]


def test_segments_come_back_in_their_order_with_their_slots(cache):
    texts = [f"Run ⟦1⟧ {number} times on ⟦2⟧" for number in range(50)]
    fake = FakeProvider()
    outcomes = run(cache, [fake], asks_of(texts))
    assert [one.text for one in outcomes] == [korean(text) for text in texts]
    assert len(fake.batches) == 7
    assert sum((one.usage for one in outcomes), Usage()) == fake.meter


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_answer_is_noticed_corrected_or_left_to_the_next_provider(cache, fault):
    texts = [f"{fault}: Run ⟦1⟧ and ⟦2⟧", f"{fault} once: Run ⟦1⟧ and ⟦2⟧", "Plain ⟦1⟧"]
    first, second = FakeProvider("first"), FakeProvider("second", obeys=False)
    always, once, plain = run(cache, [first, second], asks_of(texts))
    assert states([always, once, plain]) == ["translated"] * 3
    assert (always.provider, once.provider, plain.provider) == ("second", "first", "first")
    checks = {"echo": ("slots", "echo"), "answer": ("slots", "answer")}.get(fault, ("slots",))
    assert {one.problem for one in always.attempts} <= set(checks)
    assert [one.provider for one in always.attempts] == ["first", "first"]
    assert len(once.attempts) == 1
    assert plain.attempts == ()
    # The correction tells what the check said.
    corrected = [ask for batch in first.batches for ask in batch if ask.correction]
    assert {ask.correction for ask in corrected} == {one.detail for one in once.attempts}
    assert first.asked[texts[0]] == 2
    assert second.asked == {texts[0]: 1}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_segment_that_nobody_translates_is_kept_untranslated(cache, fault):
    (outcome,) = run(
        cache, [FakeProvider("a"), FakeProvider("b")], asks_of([f"{fault}: Run ⟦1⟧ and ⟦2⟧"])
    )
    assert (outcome.state, outcome.text, outcome.provider) == ("untranslated", None, "")
    assert [one.provider for one in outcome.attempts] == ["a", "a", "b", "b"]
    assert [one.level for one in outcome.findings].count("error")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_with_the_next_provider_and_is_never_an_answer(cache, fault):
    texts = [f"{fault}: Run ⟦1⟧", *(f"Plain {number}" for number in range(7))]
    first, second = FakeProvider("first"), FakeProvider("second", obeys=False)
    outcomes = run(cache, [first, second], asks_of(texts))
    assert states(outcomes) == ["translated"] * 8
    assert [one.provider for one in outcomes] == ["second"] + ["first"] * 7
    assert outcomes[0].attempts == (Attempt("first", fault, f"{fault} by order"),)
    assert [one.fault for one in cache.failures()] == [fault]
    asked = first.asked[texts[0]]
    assert asked == {"refused": 1, "failed": 1, "missing": 3}.get(fault, 2)
    assert first.asked[texts[1]] == 1
    assert second.asked == {texts[0]: 1}


@pytest.mark.parametrize("fault", ["truncated", "malformed", "missing"])
def test_what_fails_in_a_large_request_is_asked_in_smaller_ones(cache, fault):
    texts = [f"{fault} alone: Run ⟦1⟧ {number}" for number in range(8)]
    fake = FakeProvider()
    outcomes = run(cache, [fake], asks_of(texts))
    assert states(outcomes) == ["translated"] * 8
    assert [len(batch) for batch in fake.batches] == [8, 4, 4, 2, 2, 2, 2, *[1] * 8]
    assert sum((one.usage for one in outcomes), Usage()) == fake.meter


@pytest.mark.parametrize("options", [{"most_answers": 3}, {"shortest": 3}, {"shortest": 1}])
def test_short_replies_lose_nothing(cache, options):
    texts = [f"Sentence {number}" for number in range(40)]
    fake = FakeProvider(limits=Limits(10, 2_000), **options)
    outcomes = run(cache, [fake], asks_of(texts))
    assert [one.text for one in outcomes] == [korean(text) for text in texts]
    assert max(fake.asked.values()) <= 5


def test_an_empty_reply_is_asked_twice_and_given_up(cache):
    fake = FakeProvider(shortest=0, limits=ALONE)
    (outcome,) = run(cache, [fake], asks_of(["One"]))
    assert outcome.state == "untranslated"
    assert outcome.attempts == (Attempt("fake", "missing", "not in the reply"),)
    assert len(fake.batches) == 2


def test_a_blank_answer_is_no_translation(cache):
    (outcome,) = run(cache, [FakeProvider()], asks_of(["blank: One"]))
    assert outcome.state == "untranslated"
    assert outcome.attempts[0].problem == "missing"


def test_a_warning_does_not_reject(cache):
    (outcome,) = run(cache, [FakeProvider()], asks_of(["warn: One ⟦1⟧"]))
    assert outcome.state == "translated"
    assert [one.check for one in outcome.findings] == ["style"]
    assert outcome.attempts == ()


def test_a_second_run_asks_nothing_and_gives_the_same_bytes(cache):
    asks = asks_of(mixed_texts(300))
    providers = [FakeProvider("first"), FakeProvider("second")]
    first = run(cache, providers, asks)
    assert set(states(first)) == {"translated", "untranslated"}
    n_failures = len(cache.failures())
    fresh = [FakeProvider("first"), FakeProvider("second")]
    second = run(cache, fresh, asks)
    assert [one.batches for one in fresh] == [[], []]
    assert result_bytes(second) == result_bytes(first)
    assert all(one.cached for one in second if one.text)
    assert not any(one.cached for one in first)
    assert {one.usage for one in second} == {Usage()}
    assert len(cache.failures()) == n_failures


def test_answers_that_would_differ_today_do_not_change_a_second_run(cache):
    asks = asks_of(mixed_texts(60))
    first = run(cache, [FakeProvider("p", random=random.Random(1)), FakeProvider("q")], asks)
    fresh = [FakeProvider("p", random=random.Random(2)), FakeProvider("q")]
    assert result_bytes(run(cache, fresh, asks)) == result_bytes(first)
    assert [one.batches for one in fresh] == [[], []]


def test_the_result_does_not_depend_on_the_number_of_threads(tmp_path):
    asks = asks_of(mixed_texts(200))
    made, sent = set(), set()
    for concurrency in (1, 3, 16):
        providers = [FakeProvider("first", delay=0.001), FakeProvider("second", delay=0.001)]
        cache = Cache(tmp_path / f"cache-{concurrency}")
        made.add(result_bytes(run(cache, providers, asks, concurrency=concurrency)))
        sent.add(frozenset(batch for one in providers for batch in one.batches))
        assert max(one.most_at_once for one in providers) <= concurrency
    assert len(made) == len(sent) == 1


def test_several_requests_are_on_their_way_at_once(cache):
    fake = FakeProvider(limits=ALONE, delay=0.02)
    run(cache, [fake], asks_of([f"Sentence {number}" for number in range(40)]), concurrency=8)
    assert fake.most_at_once > 4


def test_identical_segments_are_sent_once(cache):
    fake = FakeProvider()
    outcomes = run(cache, [fake], asks_of(["Thanks ⟦1⟧", "Other", "Thanks ⟦1⟧"]))
    assert fake.asked == {"Thanks ⟦1⟧": 1, "Other": 1}
    assert outcomes[0].text == outcomes[2].text
    assert [one.cached for one in outcomes] == [False, False, True]
    assert sum((one.usage for one in outcomes), Usage()) == fake.meter
    apart = [Ask("a", "Hi", role="user"), Ask("b", "Hi", role="assistant")]
    run(cache, [fake], apart)
    assert fake.asked["Hi"] == 2


def test_two_segments_with_one_key_are_a_mistake_of_the_caller(cache):
    with pytest.raises(ValueError, match="same key"):
        run(cache, [FakeProvider()], [Ask("a", "One"), Ask("a", "Two")])


def test_a_quota_stops_cleanly_and_the_next_run_goes_on(cache):
    asks = asks_of([f"Sentence {number}" for number in range(40)])
    fake = FakeProvider(quota=3, delay=0.001)
    translator = Translator([fake, FakeProvider("next")], cache, Budget(), check, 2)
    stopped = translator.translate(asks)
    assert sorted(states(stopped)) == ["stopped"] * 16 + ["translated"] * 24
    assert translator.stopped is not None
    assert "456" in translator.stopped
    fresh = FakeProvider()
    outcomes = run(cache, [fresh], asks)
    assert states(outcomes) == ["translated"] * 40
    assert sum(len(batch) for batch in fresh.batches) == 16


def test_nothing_more_is_sent_when_the_budget_is_used_up(tmp_path):
    asks = asks_of([f"Sentence {number:03}" for number in range(60)])
    results = set()
    for concurrency in (1, 16):
        cache = Cache(tmp_path / f"cache-{concurrency}")
        fake = FakeProvider(limits=Limits(4, 100), delay=0.001)
        budget = Budget(max_characters=500)
        translator = Translator([fake], cache, budget, check, concurrency)
        outcomes = translator.translate(asks)
        # Ten requests of four, then one of a single segment: 12 characters each.
        assert fake.meter.characters == 492
        assert states(outcomes) == ["translated"] * 41 + ["stopped"] * 19
        assert translator.stopped is not None
        assert "max_characters = 500, of which 492 are spent, and it has 12" in translator.stopped
        assert cache.spent().usage == fake.meter
        results.add(result_bytes(outcomes))
    assert len(results) == 1


@pytest.mark.parametrize("concurrency", [1, 16])
def test_a_limit_below_one_request_still_takes_what_a_smaller_one_can(tmp_path, concurrency):
    long, short = "A sentence of " + "very " * 20 + "many words", ["Short one", "Short two"]
    fake = FakeProvider(limits=Limits(16, 5_000), delay=0.001)
    translator = Translator(
        [fake], Cache(tmp_path / "cache"), Budget(max_characters=20), check, concurrency
    )
    outcomes = translator.translate(asks_of([long, *short, f"{long} again"]))
    assert states(outcomes) == ["stopped", "translated", "translated", "stopped"]
    assert fake.meter.characters == 18
    assert sorted(len(batch) for batch in fake.batches) == [1, 1]


def test_a_limit_below_the_smallest_request_says_what_it_costs_and_what_to_set(cache):
    fake = FakeProvider()
    budget = Budget(max_dollars=0.000001)
    translator = Translator([fake], cache, budget, check, 4)
    asks = asks_of(["A longer sentence", "Short one"])
    outcomes = translator.translate(asks)
    assert states(outcomes) == ["stopped"] * 2
    assert fake.batches == []
    told = translator.stopped or ""
    assert "the smallest request to fake that is left, of one segment with 9 characters" in told
    assert "max_dollars = 0.000001, of which 0 are spent" in told
    enough = float(re.search(r"set max_dollars to at least ([0-9.]+)", told)[1])
    again = Translator([fake], cache, Budget(max_dollars=enough), check, 4)
    assert "translated" in states(again.translate(asks))


def test_sixteen_threads_never_pass_the_cap_with_faults_in_every_request(cache):
    cap = 0.05
    asks = asks_of(mixed_texts(400))
    meter = []
    lock = threading.Lock()

    class Metered(FakeProvider):
        def translate(self, asks):
            reply = super().translate(asks)
            with lock:
                meter.append(self.price.dollars(reply.usage))
                assert sum(meter) <= cap
            return reply

    providers = [Metered("first", delay=0.001), Metered("second", delay=0.001)]
    budget = Budget(max_dollars=cap)
    outcomes = run(cache, providers, asks, budget=budget, concurrency=16)
    assert "stopped" in states(outcomes)
    assert 0.9 * cap < sum(meter) <= cap
    assert budget.spent.dollars == pytest.approx(sum(meter))
    assert cache.spent().dollars == pytest.approx(sum(meter))


def test_a_build_that_is_started_again_keeps_its_cap(cache):
    asks = asks_of([f"Sentence {number:03}" for number in range(60)])
    used = 0
    for _ in range(3):
        fake = FakeProvider()
        budget = Budget(max_characters=300, spent=cache.spent("build"))
        run(cache, [fake], asks, budget=budget, build="build")
        used += fake.meter.characters
        assert used <= 300
    assert used == cache.spent("build").usage.characters > 200
    assert cache.spent("another") == Budget().spent


def test_a_provider_that_is_down_is_left_out_and_asked_again_in_the_next_run(cache):
    asks = asks_of([f"Sentence {number}" for number in range(30)])
    down = FakeProvider("first", limits=ALONE, broken="down")
    outcomes = run(cache, [down], asks, concurrency=1)
    assert len(down.batches) == 5
    assert states(outcomes) == ["untranslated"] * 5 + ["stopped"] * 25
    up = FakeProvider("first", limits=ALONE)
    assert states(run(cache, [up], asks)) == ["translated"] * 30
    assert len(up.batches) == 30


def test_what_another_provider_took_over_is_not_asked_again(cache):
    asks = asks_of([f"Sentence {number}" for number in range(30)])
    down, second = FakeProvider("first", limits=ALONE, broken="down"), FakeProvider("second")
    outcomes = run(cache, [down, second], asks, concurrency=1)
    assert len(down.batches) == 5
    assert {one.provider for one in outcomes} == {"second"}
    fresh = [FakeProvider("first"), FakeProvider("second")]
    assert result_bytes(run(cache, fresh, asks)) == result_bytes(outcomes)
    assert [one.batches for one in fresh] == [[], []]


def test_failures_here_and_there_do_not_put_a_provider_out_of_service(cache):
    texts = [f"{'failed: ' if number % 5 else ''}Sentence {number}" for number in range(30)]
    fake = FakeProvider(limits=ALONE)
    outcomes = run(cache, [fake], asks_of(texts), concurrency=1)
    assert len(fake.batches) == 30
    assert states(outcomes).count("translated") == 6


def test_an_exception_that_nobody_foresaw_costs_one_request_and_not_the_run(cache):
    class Odd(FakeProvider):
        def translate(self, asks):
            reply = super().translate(asks)
            if any("odd" in ask.text for ask in asks):
                raise KeyError("choices")
            return reply

    budget = Budget()
    outcomes = run(cache, [Odd(limits=ALONE)], asks_of(["One", "odd", "Two"]), budget=budget)
    assert states(outcomes) == ["translated", "untranslated", "translated"]
    assert outcomes[1].attempts[0] == Attempt("fake", "failed", "KeyError: 'choices'")
    # Nobody knows what it used, so the most counts.
    assert budget.spent.usage.output_tokens == 10 + 40 + 10


def test_a_provider_that_cannot_be_used_ends_the_run_and_what_came_is_kept(cache):
    class Revoked(FakeProvider):
        def translate(self, asks):
            if len(self.batches) >= 3:
                raise ProviderError("first: the key was revoked")
            return super().translate(asks)

    asks = asks_of([f"Sentence {number}" for number in range(40)])
    revoked = Revoked(delay=0.001)
    with pytest.raises(ProviderError, match="revoked"):
        run(cache, [revoked], asks)
    kept = sum(len(batch) for batch in revoked.batches)
    assert cache.stats().answers == kept > 0
    assert cache.spent().usage == revoked.meter


def test_an_interrupt_keeps_what_is_on_its_way(cache):
    asks = asks_of([f"Sentence {number}" for number in range(40)])
    fake = FakeProvider(limits=ALONE, delay=0.005)
    seen = []

    def interrupted(ask, text):
        seen.append(text)
        if len(seen) == 10:
            raise KeyboardInterrupt
        return []

    with pytest.raises(KeyboardInterrupt):
        run(cache, [fake], asks, check=interrupted)
    # Only the reply that was being judged is lost.
    assert cache.stats().answers == len(fake.batches) - 1


def test_what_is_too_long_for_a_provider_is_not_sent_to_it(cache):
    small, large = FakeProvider("small", limits=Limits(8, 20)), FakeProvider("large")
    outcomes = run(cache, [small, large], asks_of(["Short", "Much longer than twenty characters"]))
    assert [one.provider for one in outcomes] == ["small", "large"]
    assert outcomes[1].attempts[0].problem == "failed"
    assert "20 characters" in outcomes[1].attempts[0].detail
    assert sum(small.asked.values()) == 1


def test_the_memory_comes_first_and_only_where_its_slots_fit(cache, tmp_path):
    memory = Memory(tmp_path / "memory.sqlite")
    memory.add(
        [
            Entry("Run ⟦1⟧ on ⟦2⟧", "⟦2⟧에서 ⟦1⟧ 실행", "human", "kim"),
            Entry("Same ⟦1⟧ ⟦2⟧", "같은 ⟦1⟧ ⟦2⟧", "review", "lee"),
        ]
    )
    asks = asks_of(["Run ⟦1⟧ on ⟦2⟧", "Same ⟦1⟧  ⟦2⟧", "New"])
    fake = FakeProvider()
    moved, same, new = run(cache, [fake], asks, memory=MemoryProvider(memory))
    assert (same.text, same.provider, same.usage) == ("같은 ⟦1⟧ ⟦2⟧", "memory", Usage())
    assert moved.provider == new.provider == "fake"
    assert moved.attempts[0].provider == "memory"
    assert fake.asked == {"Run ⟦1⟧ on ⟦2⟧": 1, "New": 1}
    # What a person says later counts more than an answer in the cache, and never enters it.
    memory.add([Entry("New", "새것", "human", "kim")])
    assert run(cache, [fake], asks, memory=MemoryProvider(memory))[2].text == "새것"
    assert run(cache, [fake], asks)[2].text == korean("New")


def test_a_memory_alone_leaves_the_rest_untranslated(cache, tmp_path):
    memory = Memory(tmp_path / "memory.sqlite")
    memory.add([Entry("Known", "아는 것", "import", "old.tmx")])
    outcomes = run(cache, [], asks_of(["Known", "New"]), memory=MemoryProvider(memory))
    assert states(outcomes) == ["translated", "untranslated"]
    as_provider = run(cache, [MemoryProvider(memory)], asks_of(["Known", "New"]))
    assert states(as_provider) == ["translated", "untranslated"]
    assert as_provider[1].attempts[0].problem == "missing"
    assert cache.stats().requests == 0


def test_what_was_refused_is_refused_again_without_asking(cache):
    asks = asks_of(["refused: One ⟦1⟧"])
    run(cache, [FakeProvider()], asks)
    quiet = FakeProvider(obeys=False)
    assert states(run(cache, [quiet], asks)) == ["untranslated"]
    assert quiet.batches == []


def test_a_check_that_changes_its_mind_is_obeyed_without_asking(cache):
    asks = asks_of(["One ⟦1⟧", "Two"])
    fake = FakeProvider()

    def strict(ask, text):
        return [Finding("strict", "error", "안 됩니다")] if "⟦" in text else []

    strictly = run(cache, [fake], asks, check=strict)
    assert states(strictly) == ["untranslated", "translated"]
    n_requests = len(fake.batches)
    kindly = run(cache, [fake], asks)
    assert states(kindly) == ["translated", "translated"]
    assert result_bytes(run(cache, [fake], asks, check=strict)) == result_bytes(strictly)
    assert len(fake.batches) == n_requests


def test_two_runs_at_once_agree_on_the_first_answer(tmp_path):
    path = tmp_path / "cache.sqlite"
    asks = asks_of([f"Sentence {number}" for number in range(40)])
    results = []

    def work(seed):
        fake = FakeProvider(limits=ALONE, delay=0.002, random=random.Random(seed))
        results.append(result_bytes(run(Cache(path), [fake], asks)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(results) == 3
    assert len(set(results)) == 1


def test_a_korean_answer_in_pieces_is_put_together(cache):
    class Pieces(FakeProvider):
        def translate(self, asks):
            reply = super().translate(asks)
            return replace(
                reply,
                answers=tuple(
                    replace(one, text=unicodedata.normalize("NFD", one.text))
                    for one in reply.answers
                ),
            )

    (outcome,) = run(cache, [Pieces()], asks_of(["One"]))
    assert outcome.text == korean("One")


class Uneven(FakeProvider):
    """Some requests take longer than others, so that replies come in another order."""

    def _reply(self, asks):
        time.sleep(len(asks[0].text) % 4 * 0.002)
        return super()._reply(asks)


@pytest.mark.parametrize(
    ("order", "most"), [("", 0.4), ("truncated alone: ", 1.6), ("drop once: ", 0.9)]
)
def test_where_the_budget_ends_does_not_depend_on_the_number_of_threads(tmp_path, order, most):
    asks = asks_of([f"{order}Run ⟦1⟧ {'x' * (number % 7)} {number}" for number in range(64)])
    made = set()
    for concurrency in (1, 4, 16):
        cache = Cache(tmp_path / f"cache-{concurrency}")
        # A request may use four times the tokens that it does use, so that most is given back.
        price = Price(per_million_output_tokens=1_000.0)
        fake = Uneven(limits=Limits(4, 2_000), price=price)
        outcomes = run(
            cache, [fake], asks, budget=Budget(max_dollars=most), concurrency=concurrency
        )
        made.add(result_bytes(outcomes))
        assert set(states(outcomes)) == {"translated", "stopped"}
        # It ends where the next request, of four times forty tokens, could pass the limit.
        assert most - 0.16 < fake.price.dollars(fake.meter) <= most
    assert len(made) == 1
