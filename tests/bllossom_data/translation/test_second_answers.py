"""A value that differs from the source's is asked about once again, and the better answer kept."""

import pytest
from fake_translation import (
    DOUBTED,
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
from bllossom_data.translation.provider import Limits, Price, Usage
from bllossom_data.translation.translator import Attempt, Translator

ALONE = Limits(1, 2_000)
WRONG = "원문에 없는 수: 틀린 수 1"


@pytest.fixture
def cache(tmp_path):
    made = Cache(tmp_path / "cache.sqlite")
    yield made
    made.close()


def translator(cache, providers, *, budget=None, concurrency=4, check=check, **options):
    return Translator(
        providers, cache, budget or Budget(), check, concurrency, doubted=DOUBTED, **options
    )


def run(cache, providers, texts, **options):
    return translator(cache, providers, **options).translate(asks_of(texts))


def wrong_numbers(outcome):
    return [one.message for one in outcome.findings if one.check == "numbers"]


def test_a_wrong_number_is_asked_about_once_with_what_the_check_said(cache):
    text = "number once: Add 5 eggs"
    fake = FakeProvider()
    (outcome,) = run(cache, [fake, FakeProvider("next")], [text])
    assert (outcome.state, outcome.text, outcome.findings) == ("translated", korean(text), ())
    assert outcome.attempts == (Attempt("fake", "numbers", WRONG),)
    assert [[ask.correction for ask in batch] for batch in fake.batches] == [[None], [WRONG]]
    assert outcome.usage == fake.meter


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ("number", "numbers"),
        ("number then numbers", "numbers"),
        ("number then drop", "slots"),
        ("number then echo", "echo"),
        ("number then refused", "refused"),
        ("number then failed", "failed"),
        ("number then truncated", "truncated"),
        ("number then malformed", "malformed"),
        ("number then missing", "missing"),
        ("number then blank", "missing"),
    ],
)
def test_a_text_is_never_lost_to_a_second_answer_that_is_no_better(cache, order, problem):
    text = f"{order}: Add 5 eggs to ⟦1⟧"
    fake, following = FakeProvider(limits=ALONE), FakeProvider("next")
    (outcome,) = run(cache, [fake, following], [text])
    assert (outcome.state, outcome.provider) == ("translated", "fake")
    assert outcome.text == f"{korean(text)} 틀린 수 1"
    assert wrong_numbers(outcome) == [WRONG]
    assert [one.problem for one in outcome.attempts] == [problem]
    assert following.batches == []
    fresh = [FakeProvider(limits=ALONE), FakeProvider("next")]
    (again,) = run(cache, fresh, [text])
    assert result_bytes([again]) == result_bytes([outcome])
    assert [one.batches for one in fresh] == [[], []]


def test_the_answer_with_fewer_wrong_numbers_is_kept(cache):
    text = "numbers then number: Add 5 eggs"
    (outcome,) = run(cache, [FakeProvider()], [text])
    assert outcome.text == f"{korean(text)} 틀린 수 1"
    assert len(outcome.attempts) == 1
    assert wrong_numbers(outcome) == [WRONG]


def test_a_second_answer_without_a_doubt_but_with_more_warnings_is_left(cache):
    text = "number once: Add 5 eggs"

    def doubts_more(ask, answer):
        return check(ask, answer) or [Finding("length", "warning", "너무 김")]

    (outcome,) = run(cache, [FakeProvider()], [text], check=doubts_more)
    assert outcome.text == f"{korean(text)} 틀린 수 1"
    assert outcome.attempts == (Attempt("fake", "length", "너무 김"),)


def test_the_one_correction_of_an_error_names_the_wrong_number_too(cache):
    text = "drop once: Add 5 eggs to ⟦1⟧"

    def says_both(ask, answer):
        found = check(ask, answer)
        return [*found, Finding("numbers", "warning", "빠진 수: 5")] if found else []

    fake = FakeProvider()
    (outcome,) = run(cache, [fake], [text], check=says_both)
    assert outcome.findings == ()
    said = fake.batches[1][0].correction
    assert "자리표시" in said
    assert said.endswith("빠진 수: 5")


def test_a_corrected_answer_with_a_wrong_number_is_not_asked_about_again(cache):
    text = "drop then number: Add 5 eggs to ⟦1⟧"
    fake = FakeProvider()
    (outcome,) = run(cache, [fake, FakeProvider("next")], [text])
    assert (outcome.state, outcome.provider) == ("translated", "fake")
    assert wrong_numbers(outcome) == [WRONG]
    assert fake.asked == {text: 2}


def test_other_warnings_are_not_asked_about(cache):
    fake = FakeProvider()
    (outcome,) = run(cache, [fake], ["warn: One ⟦1⟧"])
    assert [one.check for one in outcome.findings] == ["style"]
    assert len(fake.batches) == 1


def test_what_people_translated_is_not_asked_about(cache, tmp_path):
    memory = Memory(tmp_path / "memory.sqlite")
    memory.add([Entry("Add eggs", "달걀 틀린 수 1", "human", "kim")])
    fake = FakeProvider()
    (outcome,) = run(cache, [fake], ["Add eggs"], memory=MemoryProvider(memory))
    assert (outcome.provider, len(wrong_numbers(outcome))) == ("memory", 1)
    assert fake.batches == []


def test_a_second_run_asks_nothing_and_gives_the_same_bytes(cache):
    texts = mixed_texts(300)
    first = run(cache, [FakeProvider("first"), FakeProvider("second")], texts)
    assert sum(one.attempts[:1] == (Attempt("first", "numbers", WRONG),) for one in first) > 20
    fresh = [FakeProvider("first"), FakeProvider("second")]
    assert result_bytes(run(cache, fresh, texts)) == result_bytes(first)
    assert [one.batches for one in fresh] == [[], []]


def test_an_earlier_answer_is_asked_about_when_values_come_to_be_checked(cache):
    text = "number once: Add 5 eggs"
    Translator([FakeProvider()], cache, Budget(), check).translate(asks_of([text]))
    fake = FakeProvider()
    (outcome,) = run(cache, [fake], [text])
    assert outcome.text == korean(text)
    assert [ask.correction for batch in fake.batches for ask in batch] == [WRONG]


@pytest.mark.parametrize("concurrency", [1, 16])
def test_a_budget_that_ends_before_the_second_answer_ends_nothing_else(cache, concurrency):
    texts = [f"number once: Add {number}{number} eggs" for number in range(10)]
    length = len(texts[0])
    tight = Budget(max_characters=13 * length)
    fake = FakeProvider(limits=ALONE)
    tried = translator(cache, [fake], budget=tight, concurrency=concurrency, build="build")
    outcomes = tried.translate(asks_of(texts))
    assert fake.meter.characters == 13 * length
    assert [one.state for one in outcomes] == ["translated"] * 10
    assert [len(wrong_numbers(one)) for one in outcomes] == [0] * 3 + [1] * 7
    assert tried.stopped is None
    # What there was no money for is not asked in a second run either: it gives the same bytes.
    fresh = FakeProvider(limits=ALONE)
    assert result_bytes(run(cache, [fresh], texts)) == result_bytes(outcomes)
    assert fresh.batches == []


def test_a_budget_that_ends_before_all_have_a_text_leaves_the_second_answers_for_later(cache):
    price = Price(per_million_characters=1e6)
    texts = ["drop once: Add 5 eggs to ⟦1⟧", "number once: Add 5 eggs to", "Plain text of an egg."]
    budget = Budget(max_dollars=sum(map(len, texts)) + 5.0)
    tried = translator(cache, [FakeProvider(limits=ALONE, price=price)], budget=budget)
    outcomes = tried.translate(asks_of(texts))
    assert [one.state for one in outcomes] == ["stopped", "translated", "translated"]
    assert outcomes[1].text == f"{korean(texts[1])} 틀린 수 1"
    assert tried.stopped
    later = run(cache, [FakeProvider(limits=ALONE, price=price)], texts)
    assert [one.text for one in later] == [korean(text) for text in texts]
    assert not any(one.findings for one in later)


def test_a_quota_that_ends_before_the_second_answer_loses_no_text(cache):
    texts = [f"number once: Add {number} eggs" for number in range(4)]
    tried = translator(cache, [FakeProvider(limits=ALONE, quota=6)], concurrency=1)
    outcomes = tried.translate(asks_of(texts))
    assert [one.state for one in outcomes] == ["translated"] * 4
    assert [len(wrong_numbers(one)) for one in outcomes] == [0, 0, 1, 1]


def test_a_provider_that_fails_at_second_answers_loses_no_text(cache):
    texts = [f"number then failed: Add {number} eggs" for number in range(12)]
    for providers in (
        [FakeProvider(limits=ALONE)],
        [FakeProvider(limits=ALONE), FakeProvider("next")],
    ):
        outcomes = run(cache, providers, texts, concurrency=1)
        assert [one.provider for one in outcomes] == ["fake"] * 12
        assert [len(wrong_numbers(one)) for one in outcomes] == [1] * 12


def test_a_text_that_another_provider_gave_is_asked_about_where_it_came_from(cache):
    text = "failed then failed: Add 5 eggs"
    first, second = FakeProvider("first", limits=ALONE), FakeProvider("second", obeys=False)
    outcomes = []

    def doubts(ask, answer):
        return [Finding("numbers", "warning", WRONG)] if answer.startswith("번역") else []

    for _ in range(2):
        outcomes += run(cache, [first, second], [text], check=doubts)
    assert {one.provider for one in outcomes} == {"second"}
    assert result_bytes(outcomes[:1]) == result_bytes(outcomes[1:])
    assert (len(first.batches), len(second.batches)) == (1, 2)


def test_sixteen_threads_give_what_one_gives_within_the_cap(tmp_path):
    made = set()
    for concurrency in (1, 3, 16):
        cache = Cache(tmp_path / f"cache-{concurrency}")
        budget = Budget(max_characters=9_000)
        providers = [FakeProvider(name, delay=0.001) for name in ("first", "second")]
        outcomes = run(cache, providers, mixed_texts(200), budget=budget, concurrency=concurrency)
        spent = sum((one.meter for one in providers), Usage())
        assert spent.characters <= 9_000
        assert cache.spent().usage == spent
        made.add(result_bytes(outcomes))
    assert len(made) == 1
