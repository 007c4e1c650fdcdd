"""Agreement against published worked examples and against the libraries' own definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.numbers.agreement import alpha, cohen, fleiss, percent

# Fleiss (1971), as worked out in many textbooks: 10 subjects, 14 raters, 5 categories.
FLEISS = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]
# Krippendorff (2011), example with missing values and three observers.
KRIPPENDORFF = {
    "A": "*****3412113 3*3".replace(" ", ""),
    "B": "1*21334 3*******".replace(" ", ""),
    "C": "**21344*2113 3*4".replace(" ", ""),
}


def two(yes_yes, yes_no, no_yes, no_no):
    pairs = [("y", "y")] * yes_yes + [("y", "n")] * yes_no + [("n", "y")] * no_yes
    return [{"one": a, "two": b} for a, b in pairs + [("n", "n")] * no_no]


def test_cohen_s_kappa_of_two_reviewers_of_fifty_proposals():
    found = cohen(two(20, 5, 10, 15), "one", "two")
    assert found.value == pytest.approx(0.4)
    assert found.items == 50


def test_fleiss_kappa_of_the_paper():
    votes = []
    for counts in FLEISS:
        said = [str(value) for value, count in enumerate(counts) for _ in range(count)]
        votes.append({f"rater-{number}": value for number, value in enumerate(said)})
    assert fleiss(votes).value == pytest.approx(0.20993, abs=1e-5)


def test_krippendorff_s_alpha_of_the_paper():
    votes = [
        {name: said[unit] for name, said in KRIPPENDORFF.items() if said[unit] != "*"}
        for unit in range(15)
    ]
    found = alpha(votes)
    assert found.value == pytest.approx(0.691, abs=5e-4)
    assert found.low < found.value < found.high
    assert alpha(votes) == found


def test_ordinal_disagreement_weighs_more_the_farther_apart_it_is():
    near = [
        {"a": "first", "b": "tie"},
        {"a": "second", "b": "second"},
        {"a": "first", "b": "first"},
    ]
    far = [{"a": "first", "b": "second"}, *near[1:]]
    order = ("first", "tie", "second")
    assert alpha(near, "ordinal", order).value > alpha(far, "ordinal", order).value


def test_share_of_pairs_that_agree():
    votes = [{"a": 1, "b": 1, "c": 2}, {"a": 1}, {}]
    found = percent(votes)
    assert (found.value, found.items) == (pytest.approx(1 / 3), 1)


@pytest.mark.parametrize(
    ("measure", "votes", "reason"),
    [
        (percent, [], "no_overlap"),
        (percent, [{"a": 1}], "no_overlap"),
        (fleiss, [{"a": 1}], "no_overlap"),
        (fleiss, [{"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}], "uneven"),
        (fleiss, [{"a": 1, "b": 1}], "one_value"),
        (alpha, [{"a": 1}], "no_overlap"),
        (alpha, [{"a": 1, "b": 1}], "one_value"),
        (lambda votes: cohen(votes, "a", "b"), [{"a": 1}], "no_overlap"),
        (lambda votes: cohen(votes, "a", "b"), [{"a": 1, "b": 1}], "one_value"),
    ],
)
def test_what_is_undefined_says_why(measure, votes, reason):
    found = measure(votes)
    assert (found.value, found.reason) == (None, reason)


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), max_size=4), max_size=12
    )
)
def test_values_are_numbers_in_their_ranges_or_explained(votes):
    for found in (percent(votes), fleiss(votes), cohen(votes, "a", "b")):
        if found.value is None:
            assert found.reason
        else:
            assert -1.0 <= found.value <= 1.0
