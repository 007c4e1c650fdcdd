"""What a person has translated is found again, with the slots where the question has them."""

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from bllossom_data.errors import BllossomError
from bllossom_data.translation.memory import Entry, Memory, MemoryProvider, general_text
from bllossom_data.translation.provider import Answer, Ask, Usage
from bllossom_data.translation.segments import SLOT, slot
from bllossom_data.translation.similar import SimilarTexts


@pytest.fixture
def memory(tmp_path):
    made = Memory(tmp_path / "memory.sqlite")
    yield made
    made.close()


def entry(source, target, origin="human", actor="kim", **fields):
    return Entry(source, target, origin, actor, **fields)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Run ⟦1⟧ on ⟦2⟧.", "⟦2⟧에서 ⟦1⟧을 실행하세요."),
        ("Run ⟦4⟧ on ⟦2⟧.", "⟦2⟧에서 ⟦4⟧을 실행하세요."),
        ("  Run ⟦2⟧\n on\t⟦1⟧. ", "⟦1⟧에서 ⟦2⟧을 실행하세요."),
        ("Run ⟦1⟧ on ⟦1⟧.", None),
        ("run ⟦1⟧ on ⟦2⟧.", None),
        ("Run ⟦1⟧ on ⟦2⟧", None),
    ],
)
def test_a_text_is_found_whatever_its_slots_and_white_space(memory, asked, expected):
    memory.add([entry("Run ⟦1⟧ on ⟦2⟧.", "⟦2⟧에서 ⟦1⟧을 실행하세요.")])
    found = memory.exact(asked)
    assert (found.target if found else None) == expected


def test_letters_in_pieces_are_the_same_letters(memory):
    memory.add([entry("Cafe\u0301", "카페".encode().decode())])
    found = memory.exact("Caf\u00e9")
    assert found is not None
    assert found.target == "카페"


@given(
    st.lists(st.sampled_from(["a", " ", "\n", *map(slot, range(1, 5))]), max_size=12),
    st.permutations(range(1, 9)),
)
def test_general_texts_are_equal_exactly_if_only_slot_numbers_and_white_space_differ(pieces, order):
    text = "".join(pieces)
    other = SLOT.sub(lambda found: slot(order[int(found[1]) - 1]), text).replace(" ", "\n ")
    general, numbers = general_text(text)
    assert general_text(other)[0] == general
    assert general_text(general) == (general, tuple(range(1, len(numbers) + 1)))


def test_people_count_before_reviews_before_imports_and_the_newest_before_older_ones(memory):
    memory.add(
        [
            entry("Hi", "가", "import", created="2026-03-01T00:00:00Z"),
            entry("Hi", "나", "review", created="2026-02-01T00:00:00Z"),
        ]
    )
    assert memory.exact("Hi").target == "나"
    memory.add([entry("Hi", "다", created="2026-01-01T00:00:00Z")])
    assert memory.exact("Hi").target == "다"
    memory.add([entry("Hi", "라", created="2026-01-02T00:00:00Z")])
    assert memory.exact("Hi").target == "라"


def test_who_speaks_decides_the_speech_level(memory):
    memory.add(
        [
            entry("Thanks!", "고마워요!", role="user"),
            entry("Thanks!", "감사합니다!", role="assistant"),
            entry("Bye!", "안녕히 가세요!"),
        ]
    )
    assert memory.exact("Thanks!", "user").target == "고마워요!"
    assert memory.exact("Thanks!", "assistant").target == "감사합니다!"
    assert memory.exact("Thanks!", "system") is None
    assert memory.exact("Bye!", "system").target == "안녕히 가세요!"


def test_provenance_is_kept_and_the_same_entry_is_added_once(memory):
    one = entry(
        "Hi", "안녕", "review", "lee", created="2026-11-25T01:02:03Z", example="lima-1", role="user"
    )
    assert memory.add([one, one]) == 1
    assert memory.add([one]) == 0
    assert memory.entries() == [one]
    assert memory.add([entry("Hi", "안녕", "review", "park")]) == 1
    assert memory.entries()[1].created > "2026"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (entry("Run ⟦1⟧", "실행"), "each must be in both"),
        (entry("Run", "⟦1⟧ 실행"), "each must be in both"),
        (entry("Run", "  "), "empty"),
        (entry("Run", "실행", "guess"), "origin is 'guess'"),
        (entry("Run", "실행", role="robot"), "role is 'robot'"),
        (entry("Run", "실행", created="yesterday"), "created is 'yesterday'"),
        (entry("Run", "실행", actor="k\x00im"), "control character"),
        (entry("Run", "실\ud800행"), "surrogate"),
    ],
)
def test_an_unusable_entry_is_refused_and_none_of_its_company_is_added(memory, bad, message):
    with pytest.raises(BllossomError, match=message):
        memory.add([entry("Good", "좋아요"), bad])
    assert memory.entries() == []


def test_similar_texts_are_suggested_the_best_first(memory):
    memory.add(
        [
            entry("How do I install Python on my computer?", "가"),
            entry("How do I install Ruby on my computer?", "나"),
            entry("How do I install ⟦1⟧ on my computers?", "⟦1⟧ 다"),
            entry("What is the capital of Korea?", "라"),
        ]
    )
    found = memory.similar("How do I install Python on my computers?")
    assert found[0].entry.target == "가"
    assert {one.entry.target for one in found} == {"가", "나", "⟦1⟧ 다"}
    assert all(1 >= one.similarity >= 0.85 for one in found)
    assert memory.similar("How do I install ⟦9⟧ on my computers?")[0].similarity == 1.0
    assert len(memory.similar("How do I install Python on my computers?", limit=1)) == 1
    # A suggestion is never an answer.
    assert memory.exact("How do I install Python on my computers?") is None


def test_what_another_process_adds_is_suggested_too(memory, tmp_path):
    memory.add([entry("How are you today?", "가")])
    assert len(memory.similar("How are you today")) == 1
    Memory(tmp_path / "memory.sqlite").add([entry("How are you, today?", "나")])
    assert len(memory.similar("How are you today")) == 2


@settings(max_examples=300)
@given(
    st.lists(st.text("ab ⟦1⟧é가", max_size=12), max_size=12),
    st.text("ab ⟦1⟧é가", max_size=12),
    st.sampled_from([0.5, 0.85, 1.0]),
)
def test_nothing_similar_is_lost_on_the_way_to_the_comparison(texts, query, least):
    index = SimilarTexts()
    index.extend(lambda last: list(enumerate(texts)))
    plain = [SLOT.sub("\ufffc", text) for text in texts]
    wanted = {
        number
        for number, text in enumerate(plain)
        if Indel.normalized_similarity(SLOT.sub("\ufffc", query), text) >= least
    }
    assert {number for number, _ in index.search(query, 100, least)} == wanted


def test_a_text_of_exactly_the_least_similarity_is_found():
    index = SimilarTexts()
    index.extend(lambda last: [(1, "aaaaaaaaab")])
    assert (1.0 - 0.9) * 20 < 2
    assert index.search("aaaaaaaaac", 1, 0.9) == [(1, 0.9)]


def test_threads_may_search_while_others_add(memory):
    rng = random.Random(1)
    words = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog"]
    texts = [" ".join(rng.choices(words, k=12)) + f" {number}" for number in range(300)]
    problems = []

    def add(part):
        for text in texts[part::3]:
            memory.add([entry(text, "가")])

    def search():
        for text in texts[:60]:
            if any(one.similarity < 0.85 for one in memory.similar(text)):
                problems.append(text)

    threads = [threading.Thread(target=add, args=(part,)) for part in range(3)]
    threads += [threading.Thread(target=search) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert problems == []
    assert all(memory.similar(text, 1)[0].similarity == 1.0 for text in texts[::30])


def test_the_provider_gives_exact_matches_and_says_what_is_missing(memory):
    provider = MemoryProvider(memory)
    before = provider.settings()
    memory.add([entry("Run ⟦1⟧", "⟦1⟧ 실행")])
    asks = [Ask("a", "Run ⟦2⟧"), Ask("b", "Walk ⟦1⟧")]
    reply = provider.translate(asks)
    assert reply.answers[0] == Answer("a", "⟦2⟧ 실행")
    assert (reply.answers[1].text, reply.answers[1].fault) == (None, "missing")
    assert reply.usage == provider.most(asks) == Usage()
    assert provider.settings() != before


def test_a_foreign_file_is_refused(tmp_path):
    (tmp_path / "notes").write_text("notes")
    with pytest.raises(BllossomError, match="is not a translation memory"):
        Memory(tmp_path / "notes")
