"""Holding items: for a while, longer while somebody works, and told to the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Lease, Note, Role
from annotation.work import answering, leasing, noting
from bllossom_data.errors import NotNowError

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def people(make_person, project):
    return [make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘")]


def expire(person):
    Lease.objects.filter(person=person).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_riskiest_comes_first_and_each_gets_another(fill, project, people):
    items = fill(project, 3)
    assert leasing.claim_next(project, people[0]) == items[0]
    assert leasing.claim_next(project, people[1]) == items[1]


def test_what_one_holds_already_comes_first(fill, project, people):
    items = fill(project, 3)
    assert leasing.claim_next(project, people[0]) == items[0]
    assert leasing.claim_next(project, people[0]) == items[0]


def test_an_expired_lease_goes_to_the_next_person(fill, project, people):
    item = fill(project, 1)[0]
    leasing.claim_next(project, people[0])
    assert leasing.claim_next(project, people[1]) is None
    assert [one.person for one in leasing.held_elsewhere(project, people[1])] == [people[0]]
    expire(people[0])
    assert leasing.claim_next(project, people[1]) == item
    assert leasing.beat(item, people[0]) is None


def test_a_heartbeat_holds_it_for_longer_and_takes_it_back_where_nobody_came(fill, project, people):
    item = fill(project, 1)[0]
    leasing.claim_next(project, people[0])
    before = Lease.objects.get().expires_at
    assert leasing.beat(item, people[0]) > before
    expire(people[0])
    assert leasing.beat(item, people[0]) is not None


def test_an_item_that_somebody_holds_takes_no_answer_of_another(fill, project, people, submission):
    item = fill(project, 1)[0]
    leasing.claim_next(project, people[0])
    with pytest.raises(NotNowError, match="others hold it"):
        answering.submit(item, people[1], submission(item))
    assert answering.submit(item, people[0], submission(item)).person == people[0]


def test_an_answer_after_the_time_is_up_counts_where_nobody_else_came(
    fill, project, people, submission
):
    item = fill(project, 1)[0]
    leasing.claim_next(project, people[0])
    expire(people[0])
    assert answering.submit(item, people[0], submission(item)).decision == "accept"


def test_who_has_answered_holds_nothing_whatever_their_windows_send(
    fill, make_project, make_person, submission
):
    project = make_project("two", annotators_per_item=2)
    one, two = (make_person(name, Role.ANNOTATOR, project) for name in ("셋", "넷"))
    item = fill(project, 1)[0]
    leasing.claim_next(project, one)
    answering.submit(item, one, submission(item))
    assert leasing.beat(item, one) is None
    assert not leasing.claim(item, one)
    assert leasing.claim_next(project, two) == item


def test_what_was_skipped_is_offered_again_on_request_and_listed(fill, project, people):
    first, second = fill(project, 2)
    noting.add_note(first, people[0], Note.Kind.SKIP, "")
    assert leasing.claim_next(project, people[0]) == second
    leasing.release(second, people[0])
    noting.add_note(second, people[0], Note.Kind.SKIP, "")
    assert leasing.claim_next(project, people[0]) is None
    assert leasing.skipped_items(project, people[0]) == [first, second]
    assert leasing.claim_next(project, people[0], skipped=True) == first
    noting.add_note(first, people[0], Note.Kind.SKIP, "")
    assert leasing.claim_next(project, people[0], skipped=True) == first


def test_released_and_skipped_items_are_free(fill, project, people):
    item = fill(project, 1)[0]
    leasing.claim_next(project, people[0])
    leasing.release(item, people[0])
    assert leasing.claim_next(project, people[0]) == item
    noting.add_note(item, people[0], Note.Kind.SKIP, "")
    assert leasing.claim_next(project, people[0]) is None
    assert leasing.claim_next(project, people[1]) == item
