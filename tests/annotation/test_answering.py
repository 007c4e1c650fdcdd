"""Answers: appended, never changed; an item moves to where its answers put it."""

import pytest

from annotation.models import Answer, AuditEntry, Item, Lease, Role, TypedText
from annotation.work import answering, leasing, noting
from annotation.work.auditing import first_break
from annotation.work.states import State
from annotation.work.typing_texts import (
    discard_typed_text,
    save_typed_text,
    text_on_an_earlier_draft,
    typed_text,
)
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
    saved = save_typed_text(item, one, {"turn-1": "…"}, 0, item.basis_sha256)
    answer = answering.submit(item, one, submission(item, typed_version=saved.version))
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
    noting.ask_second_person(item, one, "잘 모르겠어요")
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
    assert actions == ["taken_in", "imported", "answered", "moved"]
    assert first_break() is None
    AuditEntry.objects.filter(action="answered").update(pseudonym="somebody-else")
    assert "entry 3 (answered) was changed" in first_break()
    AuditEntry.objects.filter(action="answered").delete()
    assert "entry 3 is missing" in first_break()


def test_a_key_that_comes_with_another_answer_is_told_of_and_not_swallowed(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one = make_person("하나", Role.ANNOTATOR, project)
    item, other = fill(project, 2)
    first = answering.submit(item, one, submission(item, idempotency_key="k" * 16))
    changed = submission(item, "correct", messages=CORRECTED, idempotency_key="k" * 16)
    with pytest.raises(StaleError) as caught:
        answering.submit(item, one, changed)
    assert caught.value.current == first
    with pytest.raises(StaleError):
        answering.submit(other, one, submission(other, idempotency_key="k" * 16))
    assert Answer.objects.count() == 1


def test_an_adjudicators_own_draft_as_annotator_stays(fill, project, make_person, submission):
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]
    save_typed_text(item, chief, {"turn-1": "답하던 글"}, 0, item.basis_sha256)
    saved = save_typed_text(item, chief, {"turn-1": "확정하던 글"}, 0, item.basis_sha256, True)
    said = submission(item, typed_version=saved.version)
    answering.submit(item, chief, said, as_adjudicator=True)
    assert [one.content["turn-1"] for one in TypedText.objects.all()] == ["답하던 글"]


def test_nobody_settles_over_an_answer_that_they_have_not_seen(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one, chief = make_person("하나", Role.ANNOTATOR, project), make_person("장", 3, project)
    item = fill(project, 1)[0]
    opened = submission(item)
    answering.submit(item, one, submission(item))
    with pytest.raises(StaleError, match="answered since"):
        answering.submit(item, chief, opened, as_adjudicator=True)


def test_a_newer_text_of_another_window_is_not_thrown_away(fill, project, one, submission):
    item = fill(project, 1)[0]
    saved = save_typed_text(item, one, {"turn-1": "다른 창의 글"}, 0, item.basis_sha256)
    with pytest.raises(OlderTextError) as caught:
        answering.submit(item, one, submission(item, typed={"turn-1": "이 창의 글"}))
    assert caught.value.saved == saved
    assert typed_text(item, one) == saved
    # The same text, of which only the reply was lost, stands in nobody's way.
    answering.submit(item, one, submission(item, typed={"turn-1": "다른 창의 글"}))
    assert typed_text(item, one) is None


def test_one_more_person_does_not_free_the_words_of_those_who_have_spoken(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one, two, three = (make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘", "셋"))
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]
    first = answering.submit(item, one, submission(item))
    answering.submit(item, two, submission(item, "correct", messages=CORRECTED))
    noting.ask_second_person(item, chief, "한 사람 더")
    assert fresh(item).state == State.OPEN
    with pytest.raises(NotNowError):
        answering.submit(item, one, submission(item, "correct", first.pk, messages=CORRECTED))
    with pytest.raises(NotNowError):
        answering.undo(item, one, first.pk, "undo-key-1")
    answering.submit(item, three, submission(item))
    assert fresh(item).state == State.DISPUTED


def test_an_item_that_was_settled_early_is_open_again_for_who_was_to_answer(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one, two = (make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘"))
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]
    answering.submit(item, one, submission(item))
    answering.submit(item, chief, submission(item), as_adjudicator=True)
    answering.reopen(item, chief, "다시")
    assert fresh(item).state == State.OPEN
    assert leasing.claim_next(project, two) == item
    answering.submit(item, two, submission(item))
    assert fresh(item).state == State.APPROVED


def test_only_one_word_settles_and_who_said_it_takes_it_back(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one, two = (make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘"))
    chiefs = [make_person(name, Role.ADJUDICATOR, project) for name in ("장", "차")]
    item = fill(project, 1)[0]
    answering.submit(item, one, submission(item))
    answering.submit(item, two, submission(item, "correct", messages=CORRECTED))
    first = answering.submit(item, chiefs[0], submission(item), as_adjudicator=True)
    said = submission(item, "remove", first.pk, comment="뺍시다")
    second = answering.submit(item, chiefs[1], said, as_adjudicator=True)
    settling = Answer.objects.filter(as_adjudicator=True, current=True)
    assert list(settling.all()) == [second]
    with pytest.raises((StaleError, NotNowError)):
        answering.undo(item, chiefs[0], first.pk, "undo-key-1")
    answering.undo(item, chiefs[1], second.pk, "undo-key-2")
    assert (fresh(item).state, fresh(item).outcome) == (State.DISPUTED, None)
    assert not settling.exists()
    assert first_break() is None


def test_words_are_fixed_once_everybody_who_was_asked_has_spoken(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    people = [make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘")]
    alike, different = fill(project, 2)
    said = [answering.submit(alike, person, submission(alike)) for person in people]
    for person, answer in zip(people, said, strict=True):
        with pytest.raises(NotNowError):
            answering.undo(alike, person, answer.pk, f"undo-{person.pk}-1")
    first = answering.submit(different, people[0], submission(different))
    answering.submit(different, people[1], submission(different, "correct", messages=CORRECTED))
    change = submission(different, "correct", first.pk, messages=CORRECTED)
    with pytest.raises(NotNowError):
        answering.submit(different, people[0], change)
    with pytest.raises(NotNowError):
        answering.undo(different, people[0], first.pk, "undo-key-2")
    assert fresh(different).state == State.DISPUTED


def test_before_the_last_has_spoken_everybody_can_take_theirs_back(
    fill, make_project, make_person, submission
):
    project = make_project("three", annotators_per_item=3)
    people = [make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘")]
    item = fill(project, 1)[0]
    said = [answering.submit(item, person, submission(item)) for person in people]
    answering.undo(item, people[1], said[1].pk, "undo-key-1")
    assert fresh(item).answered == 1


def test_a_double_click_asks_for_one_person_and_keeps_one_note(fill, project, one):
    item = fill(project, 1)[0]
    for _ in range(2):
        noting.ask_second_person(item, one, "모르겠어요", "note-key-1")
        noting.add_note(item, one, "comment", "확인해 주세요", "note-key-2")
    assert fresh(item).needed == 2
    assert item.notes.count() == 2
    noting.add_note(item, one, "comment", "하나 더", "note-key-2")
    assert item.notes.count() == 3


def test_what_was_typed_on_another_draft_stays_beside_the_new_one(fill, project, one):
    item = fill(project, 1)[0]
    save_typed_text(item, one, {"turn-1": "처음 초안에 쓴 글"}, 0, item.basis_sha256)
    fill(project, 1, edits=())
    item = fresh(item)
    assert typed_text(item, one) is None
    save_typed_text(item, one, {"turn-1": "새 초안에 쓴 글"}, 0, item.basis_sha256)
    assert typed_text(item, one).content["turn-1"] == "새 초안에 쓴 글"
    earlier = text_on_an_earlier_draft(item, one)
    assert earlier.content["turn-1"] == "처음 초안에 쓴 글"
    discard_typed_text(item, one, only=earlier.pk)
    assert text_on_an_earlier_draft(item, one) is None
    assert typed_text(item, one) is not None


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


def test_what_a_person_says_was_moved_to_korea_may_have_other_addresses(fill, project):
    from annotation.work.checking import check_texts

    item = fill(project, 1)[0]
    texts = ["어디요?", "https://www.gov.kr 을 보십시오."]
    levels = {}
    for label in ("simply_transferred", "newly_created"):
        found = check_texts(item.payload, texts, label)
        levels[label] = {one.finding.level for one in found if one.finding.check == "addresses"}
    assert levels == {"simply_transferred": {"error"}, "newly_created": {"warning"}}
    item.payload["draft"]["translations"] = texts
    item.payload["draft"]["edits"] = []
    found = check_texts(item.payload, texts, "newly_created")
    assert {one.finding.level for one in found if one.finding.check == "addresses"} == {"error"}


def test_a_person_may_say_why_what_looks_like_an_engines_fault_is_right(fill, project):
    from annotation.work.checking import check_texts

    item = fill(project, 1)[0]
    texts = ["어디요?", "네, 石을 보십시오."]

    def levels():
        found = check_texts(item.payload, texts)
        return {one.finding.level for one in found if one.finding.check == "letters"}

    assert levels() == {"warning"}
    item.payload["draft"]["translations"] = texts
    item.payload["draft"]["edits"] = []
    assert levels() == {"error"}


def test_numbers_that_a_build_changed_are_no_errors(fill, project):
    from annotation.work.checking import check_texts

    payload = fill(project, 1)[0].payload
    payload["draft"]["messages"][1]["content"] = "Walk 3 miles."
    texts = ["어디에서 등산할 수 있어요?", "5킬로미터를 걸으시기 바랍니다."]
    told = [one.finding.check for one in check_texts(payload, texts)]
    payload["draft"]["translations"] = [texts[0], "3마일을 걸으시기 바랍니다."]
    payload["draft"]["edits"] = [
        {
            "kind": "measure", "turn": 1, "start": 0, "end": 3, "before": "3마일",
            "after": "5킬로미터", "reason": "미터법", "source": "measure:mile", "dependency": "none",
        }
    ]  # fmt: skip
    assert "numbers" in told
    assert "numbers" not in [one.finding.check for one in check_texts(payload, texts)]
