"""Preferences: who wins, how sure that is, and whether the side mattered."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.numbers.order import first_shown
from annotation.numbers.safe_csv import BYTE_ORDER_MARK, safe_csv
from annotation.numbers.win_rates import Vote, acceptable_rate, left_rate, records, tie_rate


def votes(strength, count, seed=0, side=0.0):
    """Votes of people who prefer `ours` with a chance, and the left side a little."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        left = chance.choice(["first", "second"])
        wins = chance.random() < strength + (side if left == "first" else -side)
        verdict = "first" if wins else "second"
        made.append(Vote(f"q{number % (count // 3)}", "ours", "theirs", verdict, left))
    return made


def test_a_system_that_wins_three_times_of_four_has_that_chance_within_its_interval():
    found = records(votes(0.75, 900))
    assert [one.system for one in found] == ["ours", "theirs"]
    best = found[0]
    # Against an average of the two, half the distance of their strengths counts.
    expected = 1 / (1 + (0.25 / 0.75) ** 0.5)
    assert best.strength.low < expected < best.strength.high
    assert best.strength.value == pytest.approx(expected, abs=0.03)
    assert best.wins + best.losses + best.ties == 900


def test_ties_are_half_a_win():
    tied = [Vote(f"q{number}", "ours", "theirs", "tie", "first") for number in range(30)]
    assert [one.strength.value for one in records(tied)] == [pytest.approx(0.5)] * 2
    assert tie_rate(tied).value == 1.0
    assert left_rate(tied).value is None


def test_a_side_that_is_preferred_is_seen():
    assert left_rate(votes(0.5, 900)).low < 0.5 < left_rate(votes(0.5, 900)).high
    assert left_rate(votes(0.5, 900, side=0.2)).low > 0.55


def test_one_system_alone_has_no_rate():
    assert records([]) == []
    assert records([Vote("q", "ours", "ours", "tie", "first")]) == []


def test_the_same_votes_give_the_same_intervals():
    assert records(votes(0.6, 300)) == records(votes(0.6, 300))


@given(st.integers(0, 2**31 - 1), st.integers(1, 500))
def test_sides_are_balanced_for_each_person(seed, person):
    shown = [first_shown(seed, person, place) for place in range(100)]
    assert shown.count("first") == 50
    assert shown == [first_shown(seed, person, place) for place in range(100)]


def test_two_people_see_a_pair_differently_as_often_as_alike():
    alike = sum(
        first_shown(seed, 1, place) == first_shown(seed, 2, place)
        for seed in range(100)
        for place in range(10)
    )
    assert 420 < alike < 580


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "\xa0=1",
        "\x0b=1",
        "\ufeff=1",
        "\u200b @1",
    ],
)
def test_no_cell_is_a_formula(text):
    table = safe_csv(("a",), [(text,)])
    assert table.startswith(BYTE_ORDER_MARK)
    assert f"'{text}" in table


def test_numbers_stay_numbers():
    assert safe_csv(("a", "b"), [(-1, 0.5)]).endswith("-1,0.5\r\n")


def test_the_share_of_acceptable_answers_follows_the_system_wherever_it_stood():
    said = [
        Vote("q1", "ours", "theirs", "first", "first", True, False),
        Vote("q2", "theirs", "ours", "tie", "first", True, True),
        Vote("q3", "ours", "theirs", "second", "second", False, True),
        Vote("q4", "ours", "theirs", "second", "second"),
    ]
    found = {one.system: one.acceptable for one in records(said)}
    assert found["ours"].value == pytest.approx(2 / 3)
    assert found["theirs"].value == pytest.approx(2 / 3)
    assert found["ours"].votes == 3
    assert found["ours"].low <= found["ours"].value <= found["ours"].high
    assert acceptable_rate(said[3:], "ours").value is None
