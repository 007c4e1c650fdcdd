"""What a page sends becomes exactly what is kept."""

import pytest
from django.http import QueryDict

from annotation.forms.submissions import SubmissionError, read_rewrite, texts_of
from annotation.work.composing import Choice, compose

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(fill, make_project):
    return fill(make_project(), 1)[0]


def sent(item, **fields):
    query = QueryDict(mutable=True)
    query.update(
        {
            "decision": "take",
            "key": "k" * 16,
            "seen_answer": "0",
            "seen_basis": item.basis_sha256,
            "edit-0": "accept",
            **fields,
        }
    )
    return query


def test_white_space_around_a_text_is_a_correction_as_any_other(item):
    drafted = compose(item.payload, {})
    fields = {"turn-0": drafted[0].content, "turn-1": "\n" + drafted[1].content + "  \n"}
    said = read_rewrite(item, sent(item, **fields))
    assert said.decision == "correct"
    assert said.messages[1]["content"] == fields["turn-1"]


def test_a_text_that_a_person_wrote_back_to_the_draft_does_not_follow_the_choices(item):
    drafted = compose(item.payload, {})
    rejected = {0: Choice("reject")}
    typed = {f"turn-{number}": one.content for number, one in enumerate(drafted)}
    assert texts_of(item, typed, rejected)[1] == compose(item.payload, rejected)[1].content
    assert texts_of(item, {**typed, "own-1": "1"}, rejected)[1] == drafted[1].content


def test_line_ends_of_a_browser_are_no_correction(item):
    item.payload["draft"]["translations"][0] = "첫 줄\n둘째 줄"
    fields = {"turn-0": "첫 줄\r\n둘째 줄"}
    assert texts_of(item, fields, {})[0] == "첫 줄\n둘째 줄"


def test_nothing_is_approved_under_the_label_of_what_is_taken_out(item):
    with pytest.raises(SubmissionError, match="공개됩니다"):
        read_rewrite(item, sent(item, label="removed"))
    item.payload["draft"]["label"] = "removed"
    with pytest.raises(SubmissionError, match="공개됩니다"):
        read_rewrite(item, sent(item))
    assert read_rewrite(item, sent(item, label="newly_created")).label == "newly_created"
    taken_out = read_rewrite(item, sent(item, decision="remove", comment="미국 총기법"))
    assert taken_out.decision == "remove"
