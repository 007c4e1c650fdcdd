"""Examples keep their identity, and edits change exactly what they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.examples import Edit, Message, apply_edits, example_id


def edit(start: int, before: str, after: str) -> Edit:
    return Edit("entity", 0, start, start + len(before), before, after, "까닭", "entity:test")


def test_edits_are_carried_out_where_they_stand_in_any_order():
    text = "스튜어트산에서 5마일을 걸었어요."
    edits = [edit(8, "5마일", "8킬로미터"), edit(0, "스튜어트산", "북한산")]
    assert apply_edits(text, edits) == "북한산에서 8킬로미터을 걸었어요."
    assert apply_edits(text, [*edits, edit(11, "을", "를")]) == "북한산에서 8킬로미터를 걸었어요."


def test_an_insertion_changes_nothing_else():
    assert apply_edits("가나", [edit(1, "", "다"), edit(1, "", "라")]) == "가다라나"


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([edit(0, "나", "다")], "'나' expected, '가' found"),
        ([edit(0, "가나", "다"), edit(1, "나", "라")], "overlaps"),
    ],
)
def test_edits_that_do_not_fit_are_refused(edits, message):
    with pytest.raises(ValueError, match=message):
        apply_edits("가나", edits)


@given(st.text(), st.data())
def test_text_outside_the_edits_stays(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [edit(start, text[start:end], "새") for start, end in spans]
    kept = [
        text[a:b]
        for a, b in zip([0, *(e for _, e in spans)], [*(s for s, _ in spans), None], strict=True)
    ]
    assert apply_edits(text, edits) == "새".join(kept)


def test_an_id_names_source_and_place_and_notices_another_text():
    one = example_id("lima", "train", 431, [Message("user", "Hi")])
    assert one.startswith("lima-train-00431-")
    assert one == example_id("lima", "train", 431, [Message("user", "Hi")])
    assert one != example_id("lima", "train", 431, [Message("assistant", "Hi")])
    two = [Message("user", "x"), Message("user", "y")]
    joined = [Message("user", 'x"],["user","y')]
    assert example_id("a", "train", 0, two) != example_id("a", "train", 0, joined)
