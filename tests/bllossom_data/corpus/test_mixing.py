"""Mixes meet the ratio, repeat nothing too often, and say why where they cannot."""

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.mixing import (
    Available,
    MixGroup,
    MixSettings,
    choose_copies,
    choose_more,
    copies_of,
    hash_ids,
    is_validation,
    plan_mix,
    smallest_left,
)
from bllossom_data.errors import RecipeError


def available(**sizes):
    """Groups from `ko_wiki=100`."""
    return {MixGroup(*name.split("_")): Available(1, size) for name, size in sizes.items()}


def planned(sizes, **options):
    plan = plan_mix(available(**sizes), MixSettings(**options))
    targets = {"_".join(group): target.size for group, target in plan.targets.items()}
    return targets, plan.reasons


def test_nothing_asked_everything_is_taken_once():
    sizes = {"ko_wiki": 70, "ko_news": 31, "en_web": 1_000}
    assert planned(sizes) == (dict(sorted(sizes.items())), ())
    assert planned(sizes, max_epochs=4) == (dict(sorted(sizes.items())), ())


def test_an_empty_corpus_makes_an_empty_mix_and_says_so():
    empty = ("there is no document to take: the mix is empty",)
    assert planned({}) == ({}, empty)
    assert planned({"ko_wiki": 0}, budget=9) == ({"ko_wiki": 0}, empty)


def test_a_ratio_that_is_there_already_takes_everything():
    assert planned({"ko_a": 70, "en_b": 30}, ratio={"ko": 0.7, "en": 0.3}) == (
        {"en_b": 30, "ko_a": 70},
        (),
    )


def test_a_scarce_language_shrinks_the_mix_and_is_named():
    targets, reasons = planned({"ko_a": 70, "en_b": 3_000}, ratio={"ko": 0.7, "en": 0.3})
    assert targets == {"en_b": 30, "ko_a": 70}
    assert len(reasons) == 1
    assert "language ko comes to 70 bytes when every document is taken once" in reasons[0]
    assert "100 bytes instead of 10000" in reasons[0]


def test_documents_are_repeated_only_as_far_as_the_ratio_wants():
    targets, reasons = planned(
        {"ko_a": 100, "en_b": 100}, ratio={"ko": 0.75, "en": 0.25}, max_epochs=9
    )
    assert targets == {"en_b": 100, "ko_a": 300}
    assert reasons == ()


def test_a_budget_is_met_or_shrunk_to_what_there_is():
    ratio = {"ko": 0.7, "en": 0.3}
    sizes = {"ko_a": 700, "en_b": 900}
    assert planned(sizes, ratio=ratio, budget=500) == ({"en_b": 150, "ko_a": 350}, ())
    targets, reasons = planned(sizes, ratio=ratio, budget=5_000, max_epochs=2)
    assert targets == {"en_b": 600, "ko_a": 1_400}
    assert "2000 bytes instead of 5000 (the budget)" in reasons[0]
    targets, reasons = planned(sizes, budget=5_000)
    assert targets == {"en_b": 900, "ko_a": 700}
    assert reasons[0].startswith("the corpus comes to 1600 bytes")


def test_weights_say_how_often_documents_are_taken_beside_others_of_the_language():
    sizes = {"ko_wiki": 100, "ko_web": 300, "en_web": 1_000}
    weights = {"wiki": 3}
    targets, _ = planned(sizes, weights=weights, budget=300, ratio={"ko": 1.0}, max_epochs=3)
    assert targets == {"en_web": 0, "ko_web": 150, "ko_wiki": 150}
    assert planned(sizes, weights=weights, max_epochs=3)[0]["ko_wiki"] == 300
    assert planned(sizes, weights={"web": 0.5})[0] == {
        "en_web": 500,
        "ko_web": 150,
        "ko_wiki": 100,
    }
    assert planned(sizes, weights={"web": 0})[0] == {"en_web": 0, "ko_web": 0, "ko_wiki": 100}


def test_a_weight_beyond_max_epochs_is_made_up_by_others_and_named():
    targets, reasons = planned(
        {"ko_wiki": 100, "ko_web": 1_000}, weights={"wiki": 9}, budget=600, max_epochs=1
    )
    assert targets == {"ko_web": 500, "ko_wiki": 100}
    assert "wiki (ko)" in reasons[0]


def test_missing_and_unasked_languages_are_named():
    targets, reasons = planned(
        {"ko_a": 60, "en_b": 40, "ja_c": 7}, ratio={"ko": 0.3, "en": 0.2, "de": 0.5}
    )
    assert targets == {"en_b": 40, "ja_c": 0, "ko_a": 60}
    assert any("language de is asked for (0.5 of the mix)" in reason for reason in reasons)
    assert any("language ja has no share in the ratio: 7 bytes" in reason for reason in reasons)
    assert planned({"ja_c": 7}, ratio={"ko": 1.0})[0] == {"ja_c": 0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": {"ko": 0.7, "en": 0.2}}, "adds up to"),
        ({"ratio": {"ko": 1.5, "en": -0.5}}, r"ratio\.ko = 1\.5"),
        ({"weights": {"wiki": -1}}, "'wiki'"),
        ({"weights": {"wiki": float("nan")}}, "'wiki'"),
        ({"budget": 0}, "budget = 0"),
        ({"max_epochs": 0}, "max_epochs = 0"),
        ({"max_epochs": 65_536}, "max_epochs = 65536"),
        ({"unit": "words"}, "words"),
        ({"validation_ratio": -0.1}, r"validation_ratio = -0\.1"),
        ({"validation_ratio": 1}, "validation_ratio = 1"),
        ({"validation_ratio": float("nan")}, "validation_ratio = nan"),
    ],
)
def test_settings_that_cannot_work_are_refused(options, message):
    with pytest.raises(RecipeError, match=message):
        MixSettings(**options)


GROUPS = st.dictionaries(
    st.builds(
        MixGroup, st.sampled_from(["ko", "en", "ja"]), st.sampled_from(["wiki", "news", "web"])
    ),
    st.builds(Available, st.integers(1, 1_000), st.integers(0, 10**15)),
)


@st.composite
def mix_settings(draw):
    parts = draw(st.lists(st.integers(0, 10), min_size=3, max_size=3))
    ratio = {}
    if sum(parts):
        names = ("ko", "en", "ja")
        ratio = {name: part / sum(parts) for name, part in zip(names, parts, strict=True)}
    return MixSettings(
        ratio=draw(st.sampled_from([ratio, {}])),
        weights=draw(st.dictionaries(st.sampled_from(["wiki", "news"]), st.floats(0, 8))),
        budget=draw(st.one_of(st.none(), st.integers(1, 10**16))),
        max_epochs=draw(st.integers(1, 5)),
    )


@settings(deadline=None)
@given(GROUPS, mix_settings())
def test_every_plan_keeps_the_ratio_and_the_epochs_and_explains_a_smaller_budget(groups, wanted):
    plan = plan_mix(groups, wanted)
    assert set(plan.targets) == set(groups)
    for group, target in plan.targets.items():
        assert 0 <= target.size <= wanted.max_epochs * groups[group].size
    sizes = plan.language_targets()
    total = sum(sizes.values())
    if wanted.budget is not None:
        assert total <= wanted.budget + len(sizes)
        assert total >= wanted.budget - len(groups) or plan.reasons
    if wanted.ratio and total:
        present = {name for name, size in sizes.items() if size}
        asked = {name: Fraction(str(wanted.ratio.get(name, 0))) for name in sizes}
        whole = sum(asked[name] for name in present)
        for name in present:
            assert abs(sizes[name] - total * asked[name] / whole) <= len(groups) + 1
    if not wanted.ratio and wanted.budget is None and not wanted.weights:
        assert {group: target.size for group, target in plan.targets.items()} == {
            group: there.size for group, there in groups.items()
        }


@settings(deadline=None)
@given(GROUPS, mix_settings())
def test_epochs_of_a_language_are_in_proportion_to_weights_below_the_most(groups, wanted):
    plan = plan_mix(groups, wanted)
    for language in {group.language for group in groups}:
        free = []
        for group, target in plan.targets.items():
            weight = wanted.weights.get(group.source, 1)
            there = groups[group].size
            # Below a million bytes rounding to whole bytes shows.
            large = there > 10**9 and target.size > 10**6 and weight > 1e-6
            capped = target.size == wanted.max_epochs * there
            if group.language == language and large and not capped:
                free.append(target.epochs / weight)
        assert not free or max(free) <= min(free) * 1.001


DOCUMENTS = st.lists(
    st.tuples(st.integers(0, 2**64 - 1), st.integers(1, 10_000)),
    min_size=1,
    max_size=80,
    unique_by=lambda document: document[0],
)


def arrays(documents):
    hashes, sizes = zip(*documents, strict=True)
    return np.array(hashes, np.uint64), np.array(sizes, np.int64)


@settings(deadline=None)
@given(DOCUMENTS, st.floats(0, 6), st.integers(1, 5), st.randoms())
def test_a_choice_misses_less_than_any_document_left_whatever_their_order(
    documents, epochs, max_epochs, random
):
    hashes, sizes = arrays(documents)
    there = int(sizes.sum())
    target = min(int(epochs * there), max_epochs * there)
    choice = choose_copies(hashes, sizes, target, max_epochs)
    copies = copies_of(hashes, choice).astype(np.int64)
    assert copies.max() <= max_epochs
    assert copies.max() - copies.min() <= 1
    assert int((copies * sizes).sum()) == choice.size
    left = sizes[(copies == choice.full_epochs) & (choice.full_epochs < max_epochs)]
    missing = target - choice.size
    assert missing >= 0
    assert missing <= target * 0.0005 or missing < left.min()
    found = smallest_left(hashes, sizes, choice, max_epochs)
    assert found == (None if len(left) == 0 else left.min())
    assert list(choice.added) == sorted(set(choice.added))
    random.shuffle(documents)
    assert choose_copies(*arrays(documents), target, max_epochs) == choice


@settings(deadline=None)
@given(DOCUMENTS, st.floats(0, 3), st.floats(0, 3))
def test_a_larger_target_takes_what_a_smaller_took_but_for_what_filled_its_end(
    documents, one, other
):
    hashes, sizes = arrays(documents)
    small, large = (
        choose_copies(hashes, sizes, int(epochs * sizes.sum()), 3)
        for epochs in sorted((one, other))
    )
    few = copies_of(hashes, small._replace(added=()))
    assert (few <= copies_of(hashes, large)).all()


@settings(deadline=None)
@given(DOCUMENTS, st.floats(0, 2), st.integers(0, 30_000), st.integers(1, 3))
def test_more_is_added_and_nothing_taken_back(documents, epochs, more, max_epochs):
    hashes, sizes = arrays(documents)
    before = choose_copies(hashes, sizes, int(epochs * sizes.sum()), max_epochs)
    after = choose_more(hashes, sizes, before, more, max_epochs)
    copies = copies_of(hashes, after).astype(np.int64)
    assert (copies_of(hashes, before) <= copies).all()
    assert copies.max() <= max_epochs
    assert int((copies * sizes).sum()) == after.size <= before.size + more
    left = smallest_left(hashes, sizes, after, max_epochs)
    assert left is None or left > before.size + more - after.size
    if left is not None:
        assert choose_more(hashes, sizes, after, left, max_epochs).size == after.size + left


def test_a_document_too_large_is_passed_over_for_those_behind_it():
    hashes = np.array([4, 1, 3, 2, 5], np.uint64)
    sizes = np.array([3_000, 500, 700, 5_000, 400], np.int64)
    choice = choose_copies(hashes, sizes, 1_600, 1)
    assert choice == (0, 1, 1_600, (3, 5))
    assert copies_of(hashes, choice).tolist() == [0, 1, 1, 0, 1]
    assert smallest_left(hashes, sizes, choice, 1) == 3_000


def test_many_documents_need_no_more_than_the_last_hash():
    hashes = hash_ids(pa.array([str(row) for row in range(200_000)]), 1)
    sizes = 200 + (hashes % np.uint64(20_000)).astype(np.int64)
    target = int(sizes.sum()) // 3
    choice = choose_copies(hashes, sizes, target, 1)
    assert choice.added == ()
    assert 0.9995 * target <= choice.size <= target


def test_documents_with_equal_ids_are_taken_together():
    hashes = np.array([5, 9, 5, 1, 5], np.uint64)
    sizes = np.array([10, 10, 10, 10, 10], np.int64)
    # The first of hash 1 fits, the three of hash 5 do not, the one of hash 9 does.
    assert copies_of(hashes, choose_copies(hashes, sizes, 30, 1)).tolist() == [0, 1, 0, 1, 0]
    assert copies_of(hashes, choose_copies(hashes, sizes, 40, 1)).tolist() == [1, 0, 1, 1, 1]


def test_nothing_is_chosen_of_nothing():
    none = np.zeros(0, np.uint64)
    choice = choose_copies(none, np.zeros(0, np.int64), 100, 3)
    assert choice == (0, None, 0, ())
    assert copies_of(none, choice).tolist() == []
    assert choose_more(none, np.zeros(0, np.int64), choice, 100, 3) == choice
    assert smallest_left(none, np.zeros(0, np.int64), choice, 3) is None


def splitmix(value):
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
    return value ^ value >> 31


def fnv_and_splitmix(data, seed):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return splitmix(value ^ splitmix(seed))


def test_hashes_of_ids_follow_the_seed_and_nothing_else():
    ids = pa.array([f"{row:032x}" for row in range(1_000)])
    hashes = hash_ids(ids, 1)
    assert hash_ids(ids.slice(7), 1).tolist() == hashes[7:].tolist()
    assert hash_ids(pa.chunked_array([ids[:5], ids[5:]]), 1).tolist() == hashes.tolist()
    assert hash_ids(ids.cast(pa.large_string()), 1).tolist() == hashes.tolist()
    other = hash_ids(ids, 2)
    assert len({*hashes.tolist(), *other.tolist()}) == 2_000
    # Spread evenly: half of the documents lie in the lower half.
    assert 400 < (hashes < np.uint64(2**63)).sum() < 600
    # Another machine must find the same order, so the method is written down twice.
    assert hash_ids(pa.array(["0" * 32, ""]), 1).tolist() == [
        fnv_and_splitmix(b"0" * 32, 1),
        fnv_and_splitmix(b"", 1),
    ]
    assert hash_ids(pa.array([], pa.string()), -1).tolist() == []


def test_validation_is_drawn_by_id_apart_from_the_order_of_the_mix():
    ids = pa.array([f"{row:032x}" for row in range(20_000)])
    drawn = is_validation(ids, 0.1, 1)
    assert drawn.mean() == pytest.approx(0.1, rel=0.1)
    assert is_validation(ids.slice(9), 0.1, 1).tolist() == drawn[9:].tolist()
    assert (drawn <= is_validation(ids, 0.2, 1)).all()
    assert not is_validation(ids, 0, 1).any()
    # Drawn documents lie anywhere in the order of the mix, of the same seed and of the next.
    for seed in (1, 2):
        first_half = hash_ids(ids, seed) < np.uint64(2**63)
        assert (drawn & first_half).sum() == pytest.approx(drawn.sum() / 2, rel=0.1)
    other = is_validation(ids, 0.1, 2)
    assert (drawn & other).sum() == pytest.approx(200, rel=0.4)
