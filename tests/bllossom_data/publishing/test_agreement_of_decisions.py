"""Agreement between people who decided about the same drafts."""

import pytest

from bllossom_data.publishing.agreement import measure_agreement


def test_the_published_example_of_nominal_alpha_comes_out():
    """Krippendorff (2011), section C: four observers, twelve units (columns of the table), 0.743."""
    units = [
        "111",
        "2232",
        "3333",
        "3333",
        "2222",
        "1234",
        "4444",
        "1121",
        "2222",
        "555",
        "11",
        "3",
    ]
    counts: dict[str, int] = {}
    for unit in units:
        name = "+".join(sorted(unit))
        counts[name] = counts.get(name, 0) + 1
    found = measure_agreement(counts)
    assert found.examples == 11, "a unit of one observer says nothing"
    assert found.alpha == pytest.approx(0.743, abs=0.001)


def test_pairs_are_counted_within_each_example():
    found = measure_agreement({"accept+accept+correct": 2, "remove+remove": 1})
    assert (found.examples, found.pairs, found.same_pairs) == (3, 7, 3)


@pytest.mark.parametrize("votes", [{}, {"accept": 7}, {"accept+accept": 40}])
def test_where_all_say_the_same_or_nobody_twice_there_is_no_alpha(votes):
    assert measure_agreement(votes).alpha is None
