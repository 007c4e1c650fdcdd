"""Answers: appended, never changed; an item moves to where its answers put it."""

import pytest

from annotation.models import Answer, AuditEntry, Item, Lease, Role, TypedText
from annotation.work import answering, leasing
from annotation.work.auditing import first_break
from annotation.work.states import State
from annotation.work.typing_texts import save_typed_text
from bllossom_data.errors import NotNowError, OlderTextError, StaleError

pytestmark = pytest.mark.django_db

CORRECTED = [
    {"role": "user", "content": "어디에서 등산할 수 있어요?"},
    {"role": "assistant", "content": "관악산에 가 보시기 바랍니다."},
]


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def one(make_person, project):
    return make_person("하나", Role.ANNOTATOR, project)


@pytest.fixture
def two(make_person, project):
    return make_person("둘", Role.ANNOTATOR, project)


def fresh(item):
    return Item.objects.get(pk=item.pk)


def test_one_annotator_is_enough_where_one_is_asked_for(fill, project, one, submission):
    item = fill(project, 1)[0]
    leasing.claim_next(project, one)
    save_typed_text(item, one, {"turn-1": "…"}, 0, item.basis_sha256)
    answer = answering.submit(item, one, submission(item))
    assert fresh(item).state == State.APPROVED
    assert fresh(item).outcome == answer
    assert not Lease.objects.exists()
    assert not TypedText.objects.exists()


def test_an_adjudicator_has_the_last_word_where_nothing_merges_by_itself(
    fill, make_project, make_person, submission
):
    project = make_project("careful", merge_unanimous=False)
    one = make_person("하나", Role.ANNOTATOR, project)
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]
    answering.submit(item, one, submission(item))
    assert fresh(item).state == State.AGREED
    answering.submit(item, chief, submission(item), as_adjudicator=True)
    assert fresh(item).state == State.APPROVED


def test_two_who_agree_approve_and_two_who_differ_dispute(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    people = [make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘")]
    alike, different = fill(project, 2)
    for person in people:
        answering.submit(alike, person, submission(alike))
    assert fresh(alike).state == State.APPROVED
    answering.submit(different, people[0], submission(different))
    assert fresh(different).state == State.OPEN
    answering.submit(different, people[1], submission(different, "correct", messages=CORRECTED))
    assert fresh(different).state == State.DISPUTED
    assert fresh(different).outcome is None


def test_a_repeated_request_is_one_answer(fill, project, one, submission):
    item = fill(project, 1)[0]
    said = submission(item)
    first = answering.submit(item, one, said)
    assert answering.submit(item, one, said) == first
    assert Answer.objects.count() == 1


def test_an_answer_on_another_draft_or_over_a_newer_answer_is_refused(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one = make_person("하나", Role.ANNOTATOR, project)
    item = fill(project, 1)[0]
    with pytest.raises(StaleError, match="draft"):
        answering.submit(item, one, submission(item, seen_basis="0" * 64))
    first = answering.submit(item, one, submission(item))
    with pytest.raises(StaleError) as caught:
        answering.submit(item, one, submission(item, "remove", comment="아님"))
    assert caught.value.current == first
    answering.submit(item, one, submission(item, "remove", first.pk, comment="아님"))
    assert [answer.current for answer in Answer.objects.order_by("number")] == [False, True]


def test_undo_is_a_new_row_and_opens_the_item_again(fill, project, one, submission):
    item = fill(project, 1)[0]
    answer = answering.submit(item, one, submission(item))
    answering.undo(item, one, answer.pk, "undo-key-1")
    answering.undo(item, one, answer.pk, "undo-key-1")
    assert fresh(item).state == State.OPEN
    assert fresh(item).answered == 0
    assert [row.decision for row in Answer.objects.order_by("number")] == ["accept", "undo"]
    assert leasing.claim_next(project, one) == item
    last = Answer.objects.get(decision="undo")
    answering.submit(item, one, submission(item, seen_answer=last.pk))
    assert fresh(item).state == State.APPROVED
    assert first_break() is None


def test_nobody_takes_back_what_somebody_else_settled(fill, make_project, make_person, submission):
    project = make_project("careful", merge_unanimous=False)
    one = make_person("하나", Role.ANNOTATOR, project)
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]
    answer = answering.submit(item, one, submission(item))
    answering.submit(item, chief, submission(item), as_adjudicator=True)
    with pytest.raises(NotNowError):
        answering.undo(item, one, answer.pk, "undo-key-1")


def test_reopened_items_go_to_an_adjudicator_and_not_back_by_themselves(
    fill, project, one, make_person, submission
):
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]
    answering.submit(item, one, submission(item))
    answering.reopen(item, chief, "다시 봅시다")
    assert fresh(item).state == State.DISPUTED
    standing = fresh(item).outcome
    assert standing is None
    answering.submit(item, chief, submission(item), as_adjudicator=True)
    assert fresh(item).state == State.APPROVED


def test_a_second_person_is_asked_for(fill, project, one, two, submission):
    item = fill(project, 1)[0]
    answering.ask_second_person(item, one, "잘 모르겠어요")
    answering.submit(item, one, submission(item))
    assert fresh(item).state == State.OPEN
    assert fresh(item).flagged
    assert leasing.claim_next(project, two) == item


def test_enough_is_enough(fill, project, one, two, submission, make_project):
    item = fill(project, 1)[0]
    answering.submit(item, one, submission(item))
    with pytest.raises(NotNowError):
        answering.submit(item, two, submission(item))


def test_a_closed_project_takes_nothing(fill, project, one, submission):
    item = fill(project, 1)[0]
    type(project).objects.update(closed=True)
    with pytest.raises(NotNowError, match="closed"):
        answering.submit(item, one, submission(item))


def test_the_log_tells_of_everything_and_shows_every_change(fill, project, one, submission):
    item = fill(project, 1)[0]
    answering.submit(item, one, submission(item))
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions == ["imported", "answered", "moved"]
    assert first_break() is None
    AuditEntry.objects.filter(action="answered").update(pseudonym="somebody-else")
    assert "entry 2 (answered) was changed" in first_break()
    AuditEntry.objects.filter(action="answered").delete()
    assert "entry 2 is missing" in first_break()


def test_an_older_window_never_overwrites_a_newer_text(fill, project, one):
    item = fill(project, 1)[0]
    first = save_typed_text(item, one, {"turn-1": "가"}, 0, item.basis_sha256)
    second = save_typed_text(item, one, {"turn-1": "가나"}, first.version, item.basis_sha256)
    with pytest.raises(OlderTextError) as caught:
        save_typed_text(item, one, {"turn-1": "가다"}, first.version, item.basis_sha256)
    assert caught.value.saved.content == {"turn-1": "가나"}
    assert save_typed_text(item, one, {"turn-1": "가나"}, 0, item.basis_sha256) == second


def test_the_page_shows_suggestions_and_checks_by_what_the_build_says(
    client, fill, project, make_person
):
    from annotation.work.checking import check_texts

    known = {
        "turn": 1,
        "source": "Try Mount Baker.",
        "target": "베이커산에 가세요.",
        "ratio": 0.8125,
    }
    levels = {"system": "합쇼체", "user": "해요체", "assistant": "해요체"}
    item = fill(project, 1)[0]
    item.payload = {**item.payload, "suggestions": [known], "levels": levels}
    item.save()
    person = make_person("셋", Role.ANNOTATOR, project)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/projects/{project.slug}/items/{item.pk}/", headers={"host": "localhost"})
    shown = page.content.decode()
    assert "베이커산에 가세요." in shown
    assert "0.81" in shown
    checks = {one.finding.check for one in check_texts(item.payload, ["어디요?", "산에 가세요."])}
    assert "speech_level" not in checks
    item.payload["levels"]["assistant"] = "합쇼체"
    checks = {one.finding.check for one in check_texts(item.payload, ["어디요?", "산에 가세요."])}
    assert "speech_level" in checks


def test_numbers_that_a_build_changed_are_no_errors(fill, project):
    from annotation.work.checking import check_texts

    payload = fill(project, 1)[0].payload
    payload["draft"]["messages"][1]["content"] = "Walk 3 miles."
    texts = ["어디에서 등산할 수 있어요?", "5킬로미터를 걸으시기 바랍니다."]
    told = [one.finding.check for one in check_texts(payload, texts)]
    payload["draft"]["ledger"] = [[3.0, 5.0]]
    assert "numbers" in told
    assert "numbers" not in [one.finding.check for one in check_texts(payload, texts)]
