"""Requests hold what they may, and nothing is lost when they are taken apart."""

from fake_translation import asks_of
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.translation.batches import (
    answers_by_key,
    ask_characters,
    batches,
    parts_to_ask_again,
    shares,
)
from bllossom_data.translation.provider import Answer, Ask, Limits, Reply, Usage

SIZES = st.lists(st.integers(0, 30), max_size=40)


@given(SIZES, st.integers(1, 6), st.integers(1, 40))
def test_requests_keep_the_order_and_the_limits(sizes, max_segments, max_characters):
    asks = asks_of(["x" * size for size in sizes])
    made = batches(asks, Limits(max_segments, max_characters))
    assert [ask for batch in made for ask in batch] == asks
    for batch in made:
        assert 1 <= len(batch) <= max_segments
        assert len(batch) == 1 or sum(map(ask_characters, batch)) <= max_characters


def test_all_that_goes_along_with_a_segment_counts():
    ask = Ask("a", "12", context="345", glossary=(("67", "팔"),), correction="구")
    assert ask_characters(ask) == 9


@given(st.integers(2, 60), st.data())
def test_a_request_that_failed_is_asked_in_at_most_half_its_size(count, data):
    asks = asks_of(["x"] * count)
    faulty = [ask for ask in asks if data.draw(st.booleans())]
    parts = parts_to_ask_again(faulty, count)
    assert [ask for part in parts for ask in part] == faulty
    assert all(1 <= len(part) <= (count + 1) // 2 for part in parts)


@given(SIZES.filter(bool), st.builds(Usage, *[st.integers(0, 10**6)] * 4))
def test_shares_add_up_to_the_usage(sizes, usage):
    asks = asks_of(["x" * size for size in sizes])
    parts = shares(asks, usage)
    assert list(parts) == [ask.key for ask in asks]
    assert sum(parts.values(), Usage()) == usage


def test_one_answer_for_each_segment_whatever_the_reply_holds():
    asks = asks_of(["One", "Two", "Three", "Four", "Five"])
    reply = Reply(
        (
            Answer("s4", " \n"),
            Answer("s1", "둘"),
            Answer("s1", "둘"),
            Answer("s2", "셋"),
            Answer("s2", "삼"),
            Answer("s9", "아홉"),
            Answer("s0", None, "refused", "정책"),
        )
    )
    answers = answers_by_key(asks, reply)
    faults = {key: answer.fault for key, answer in answers.items()}
    assert faults == {
        "s0": "refused",
        "s1": None,
        "s2": "malformed",
        "s3": "missing",
        "s4": "missing",
    }


def test_the_same_answer_for_segments_that_differ_is_an_answer_to_none_of_them():
    asks = asks_of(["Boil the water.", "The sky is blue.", "Turn left."])
    same = "먼저 전원을 끄고 설명서를 확인해 보십시오."
    reply = Reply((Answer("s0", same), Answer("s1", "하늘은 파랗습니다."), Answer("s2", same)))
    answers = answers_by_key(asks, reply)
    assert {key: one.fault for key, one in answers.items()} == {
        "s0": "malformed",
        "s1": None,
        "s2": "malformed",
    }
    assert "2 segments" in answers["s0"].detail
