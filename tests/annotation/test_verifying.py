"""Whatever somebody changes in the database behind the page's back is found."""

from datetime import timedelta

import pytest
from django.db.models import F
from review_items import pair_line, waiting_line, write_lines

from annotation.exchange.importing import import_file
from annotation.exchange.waiting_files import basis_of, sha256_of
from annotation.models import Answer, AuditEntry, Item, Role
from annotation.work import answering
from annotation.work.verifying import broken_places

pytestmark = pytest.mark.django_db


@pytest.fixture
def worked(make_project, make_person, fill, submission, tmp_path):
    """A project in which everything has happened that can happen to an item."""
    project = make_project("worked", annotators_per_item=2)
    one, two = (make_person(name, Role.ANNOTATOR, project) for name in ("hana", "dul"))
    chief = make_person("chief", Role.ADJUDICATOR, project)
    items = fill(project, 8)
    first = answering.submit(items[3], one, submission(items[3]))
    undone = answering.undo(items[3], one, first.pk, "undo-key-1")
    answering.submit(items[3], one, submission(items[3], seen_answer=undone.pk))
    answering.submit(items[3], two, submission(items[3]))
    for item in (*items[:3], items[4]):
        answering.submit(item, one, submission(item, seconds=12))
        answering.submit(item, two, submission(item, seconds=7))
    # Settled otherwise although it was approved; reopened; disputed, settled by two.
    again = submission(items[1], "remove", items[1].answers.first().pk, comment="이유")
    answering.submit(items[1], chief, again, as_adjudicator=True)
    answering.reopen(items[2], chief, "다시")
    answering.submit(items[5], one, submission(items[5]))
    answering.submit(items[5], two, submission(items[5], "remove", comment="이유"))
    settled = answering.submit(items[5], chief, submission(items[5]), as_adjudicator=True)
    answering.undo(items[5], chief, settled.pk, "undo-key-2")
    other_chief = make_person("other", Role.ADJUDICATOR, project)
    settled = answering.submit(items[5], chief, submission(items[5]), as_adjudicator=True)
    instead = submission(items[5], "remove", settled.pk, comment="이유")
    answering.submit(items[5], other_chief, instead, as_adjudicator=True)
    # Another draft, another risk, one that is gone.
    path = tmp_path / "again.jsonl"
    other = waiting_line(4, translations=("다른 글", "다른 답"), edits=())
    kept = [waiting_line(number) for number in (1, 2, 3, 5, 7)]
    write_lines(path, [waiting_line(0, risk=0.25), other, *kept])
    import_file(project, path, None, withdraw_missing=True)
    return project


@pytest.fixture
def item(worked):
    return Item.objects.get(key="demo-00000")


def test_work_alone_breaks_nothing(worked):
    assert broken_places() == []
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        *("taken_in", "answered", "adjudicated", "undone", "moved", "reopened"),
        *("changed", "withdrawn", "imported"),
    }
    assert Item.objects.filter(outcome=None).exists()
    assert Item.objects.exclude(outcome=None).exists()


ANSWER_CHANGES = {
    "decision": "reject",
    "messages": [{"role": "user", "content": "x"}],
    "choices": {"0": {"verdict": "reject", "after": ""}},
    "dismissed": {"numbers-1": "x"},
    "label": "removed",
    "comment": "x",
    "first_acceptable": True,
    "shown_first": "first",
    "seconds": 99,
    "draft_sha256": "0" * 64,
    "basis_sha256": "0" * 64,
    "idempotency_key": "another-key",
    "created_at": F("created_at") + timedelta(microseconds=1),
    "as_adjudicator": True,
    "number": 77,
    "current": False,
}


@pytest.mark.parametrize("name", ANSWER_CHANGES)
def test_a_changed_answer_is_found(item, name):
    answer = item.answers.order_by("pk").first()
    Answer.objects.filter(pk=answer.pk).update(**{name: ANSWER_CHANGES[name]})
    assert any("answer" in said for said in broken_places())


def test_every_field_of_an_answer_is_looked_at():
    # `fixed` is of the moment: it keeps a person from changing sides, and nothing is made of it.
    links = {"id", "item", "person", "guideline", "undoes", "second_acceptable", "fixed"}
    assert {one.name for one in Answer._meta.concrete_fields} == {*ANSWER_CHANGES, *links}


ITEM_CHANGES = {
    "state": "open",
    "draft_sha256": "0" * 64,
    "basis_sha256": "0" * 64,
    "line_sha256": "0" * 64,
    "risk": 0.5,
    "split": "test",
    "title": "x",
    "search_text": "x",
    "payload": {},
    "outcome": None,
    "key": "demo-00099",
}


@pytest.mark.parametrize("name", ITEM_CHANGES)
def test_a_changed_item_is_found(item, name):
    Item.objects.filter(pk=item.pk).update(**{name: ITEM_CHANGES[name]})
    said = " ".join(broken_places())
    assert "item demo-000" in said
    assert name in said or name == "key"


def test_another_outcome_is_found(item):
    others = item.answers.exclude(pk=item.outcome_id)
    Item.objects.filter(pk=item.pk).update(outcome=others.first())
    assert broken_places() == ["item demo-00000 of worked was changed: outcome"]
    stranger = Answer.objects.exclude(item=item).filter(
        person=item.outcome.person, number=item.outcome.number
    )
    Item.objects.filter(pk=item.pk).update(outcome=stranger.first())
    assert broken_places() == ["item demo-00000 of worked was changed: outcome"]


def test_an_outcome_that_an_adjudicator_replaced_is_known(worked):
    item = Item.objects.get(key="demo-00001")
    assert item.outcome.as_adjudicator
    Item.objects.filter(pk=item.pk).update(outcome=item.answers.order_by("pk").first())
    assert broken_places() == ["item demo-00001 of worked was changed: outcome"]


def test_a_draft_whose_hashes_were_changed_with_it_is_found(item):
    payload = item.payload
    payload["draft"]["messages"][0]["content"] = "Where can I swim?"
    Item.objects.filter(pk=item.pk).update(
        payload=payload, line_sha256=sha256_of(payload), basis_sha256=basis_of(payload)
    )
    assert broken_places() == ["item demo-00000 of worked was changed: payload"]


def test_what_was_put_in_or_taken_out_is_found(item, worked):
    Answer.objects.filter(item__key="demo-00003").order_by("pk").last().delete()
    assert any("are not there" in said for said in broken_places())
    Item.objects.get(key="demo-00007").delete()
    assert "item demo-00007 of worked is not there" in broken_places()
    item.pk = None
    item.key = "demo-00555"
    item.outcome = None
    item.state = "open"
    item.save()
    assert any("demo-00555" in said for said in broken_places())


def test_pairs_are_looked_at_too(make_project, make_person, submission, tmp_path):
    project = make_project("pairs", "preference")
    path = tmp_path / "pairs.jsonl"
    write_lines(path, [pair_line(0), pair_line(1)])
    import_file(project, path, None)
    item = project.items.first()
    person = make_person("hana", Role.ANNOTATOR, project)
    said = submission(item, "first", first_acceptable=True, second_acceptable=True)
    answering.submit(item, person, said)
    assert broken_places() == []
    Answer.objects.update(second_acceptable=False)
    assert len(broken_places()) == 2
    Answer.objects.update(second_acceptable=True)
    item.payload["first"]["system"] = "other"
    Item.objects.filter(pk=item.pk).update(payload=item.payload)
    assert broken_places() == [f"item {item.key} of pairs was changed: payload"]
