"""Numbers in sentences agree with what is counted."""

import pytest

from bllossom_data.counted import counted


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (1, ("decision",), "1 decision"),
        (0, ("decision",), "0 decisions"),
        (1200, ("example waits", "examples wait"), "1,200 examples wait"),
        (1, ("example waits", "examples wait"), "1 example waits"),
    ],
)
def test_a_number_and_its_noun_agree(count, words, said):
    assert counted(count, *words) == said
