"""Holding items: for a while, longer while somebody works, and told to the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Lease, Note, Role
from annotation.work import answering, leasing

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


def test_released_and_skipped_items_are_free(fill, project, people):
    item = fill(project, 1)[0]
    leasing.claim_next(project, people[0])
    leasing.release(item, people[0])
    assert leasing.claim_next(project, people[0]) == item
    answering.add_note(item, people[0], Note.Kind.SKIP, "")
    assert leasing.claim_next(project, people[0]) is None
    assert leasing.claim_next(project, people[1]) == item
