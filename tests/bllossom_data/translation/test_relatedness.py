"""Korean that belongs to other English is seen by what stands beside that English elsewhere."""

import csv
import math
import random
import tracemalloc
from pathlib import Path

import pytest
from fakes.korean import made_up_pairs
from fakes.openai_server import ANSWERS
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.translation import relatedness as module
from bllossom_data.translation.relatedness import UNRELATED_BELOW, relatedness

FIXTURES = Path(__file__).parents[2] / "fixtures" / "korean"


def told(pairs):
    return [place for place, score in enumerate(relatedness(pairs)) if score < UNRELATED_BELOW]


def test_nothing_is_told_of_translations():
    assert told(made_up_pairs(800)) == []


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_in_place_of_a_translation_is_told(answer):
    pairs = made_up_pairs(800)
    pairs[123] = (pairs[123][0], answer)
    assert told(pairs) == [123]


def test_an_answer_that_stands_in_many_places_is_told_in_all_of_them():
    pairs = made_up_pairs(800)
    places = list(range(5, 800, 20))
    for place in places:
        pairs[place] = (pairs[place][0], ANSWERS[1])
    assert told(pairs) == places


def test_translations_under_the_name_of_the_next_segment_are_told():
    pairs = made_up_pairs(800)
    for place in range(100, 110):
        pairs[place] = (pairs[place][0], made_up_pairs(800)[place + 1][1])
    assert set(told(pairs)) == set(range(100, 110))


def test_little_is_told_where_little_is_known():
    pairs = made_up_pairs(12)
    pairs[3] = (pairs[3][0], ANSWERS[0])
    assert told(pairs) == []
    assert relatedness([]) == []
    assert relatedness([("One.", "하나.")]) == [0.0]


@pytest.mark.parametrize(("limit", "value"), [("_MOST_PAIRS", 800), ("_MOST_CELLS", 150_000)])
def test_what_is_learnt_from_has_a_limit_and_all_are_judged(monkeypatch, limit, value):
    pairs = made_up_pairs(1_500)
    pairs[1_498] = (pairs[1_498][0], ANSWERS[0])
    monkeypatch.setattr(module, limit, value)
    assert told(pairs) == [1_498]


def test_memory_stays_flat_however_long_the_texts_are():
    words = [f"{first}{second}" for first in "bcdfghjklm" for second in range(300)]
    chooser = random.Random(2)
    pairs = [(" ".join(chooser.choices(words, k=700)),) * 2 for _ in range(400)]
    pairs += [(" ".join(words), " ".join(words))] * 3
    tracemalloc.start()
    scores = relatedness(pairs)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(scores) == len(pairs)
    assert peak_bytes < 300_000_000


def test_the_same_pairs_have_the_same_scores_in_any_order():
    pairs = made_up_pairs(300)
    turned = relatedness(pairs[::-1])[::-1]
    assert relatedness(pairs) == pytest.approx(turned)
    assert relatedness(pairs) == relatedness(pairs)


@given(st.lists(st.tuples(st.text("ab ⟦1⟧'9", max_size=9), st.text("가나 a⟦1⟧9", max_size=9))))
def test_any_text_has_a_score(pairs):
    scores = relatedness(pairs * 5)
    assert len(scores) == 5 * len(pairs)
    assert all(map(math.isfinite, scores))


def test_hardly_anything_is_told_of_translations_by_people():
    pairs = []
    for name in ("number_pairs.tsv", "reply_remarks.tsv", "meaning_pairs.tsv"):
        with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        pairs += [
            (row["english"], row["korean"]) for row in rows if row["verdict"] in ("ok", "right")
        ]
    assert len(pairs) > 500
    assert len(told(pairs)) <= 0.005 * len(pairs)
