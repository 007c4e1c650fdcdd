"""Many people at once: nothing is handed out twice, nothing is lost, nothing waits in vain."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection
from django.test import Client

from annotation.models import Answer, AuditEntry, Item, Lease, Role
from annotation.work import answering, leasing, standing
from annotation.work.answering import Submission
from annotation.work.auditing import first_break, writing
from annotation.work.states import State
from annotation.work.verifying import broken_places
from bllossom_data.errors import NotNowError, StaleError

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


def together(work, arguments):
    """Runs `work` in threads that begin at the same moment."""
    gate = threading.Barrier(len(arguments))

    def run(argument):
        gate.wait()
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))


def accept(item, seen_answer=0, **fields):
    return Submission("accept", seen_answer, item.basis_sha256, secrets.token_hex(12), **fields)


def test_eight_people_share_200_items_and_none_is_handed_out_twice(fill, make_project, make_person):
    project = make_project()
    people = [make_person(f"p{number}", Role.ANNOTATOR, project) for number in range(THREADS)]
    fill(project, 200)

    def work(person):
        done = []
        while (item := leasing.claim_next(project, person)) is not None:
            answering.submit(item, person, accept(item))
            done.append(item.pk)
        return done

    done = [pk for some in together(work, people) for pk in some]
    assert len(done) == len(set(done)) == 200
    assert Item.objects.filter(state=State.APPROVED).count() == 200
    assert Answer.objects.count() == 200
    assert not Lease.objects.exists()
    assert first_break() is None


def test_leases_alone_share_200_items_without_answers(fill, make_project, make_person):
    project = make_project(lease_seconds=3600)
    people = [make_person(f"p{number}", Role.ANNOTATOR, project) for number in range(THREADS)]
    fill(project, 200)

    def work(person):
        held = []
        for item in leasing.free_items(project, person, _now())[:400]:
            if leasing.claim(item, person):
                held.append(item.pk)
        return held

    held = [pk for some in together(work, people) for pk in some]
    assert len(held) == len(set(held)) == 200
    assert Lease.objects.count() == 200


def _now():
    from django.utils import timezone

    return timezone.now()


def test_three_people_per_item_never_become_four(fill, make_project, make_person):
    project = make_project(annotators_per_item=3)
    people = [make_person(f"p{number}", Role.ANNOTATOR, project) for number in range(THREADS)]
    fill(project, 20)

    def work(person):
        count = 0
        while (item := leasing.claim_next(project, person)) is not None:
            answering.submit(item, person, accept(item))
            count += 1
        return count

    assert sum(together(work, people)) == 60
    for item in Item.objects.all():
        assert (item.state, item.answered) == (State.APPROVED, 3)


def test_who_comes_while_another_takes_a_place_waits_and_is_not_told_that_nothing_is_left(
    fill, make_project, make_person
):
    project = make_project(annotators_per_item=2)
    one, two = (make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘"))
    item = fill(project, 1)[0]
    locked = threading.Event()

    def slowly(person):
        with writing():
            locked.set()
            time.sleep(0.3)
            leasing.claim(item, person)

    def soon(person):
        locked.wait()
        return leasing.claim_next(project, person)

    _, given = together(lambda job: job[0](job[1]), [(slowly, one), (soon, two)])
    assert given == item


def test_people_who_answer_and_those_who_change_the_work_do_not_block_each_other(
    fill, make_project, make_person
):
    project = make_project(annotators_per_item=2)
    people = [make_person(f"p{number}", Role.ANNOTATOR, project) for number in range(5)]
    chief = make_person("chief", Role.ADJUDICATOR, project)
    fill(project, 60)

    def answers(person):
        for _ in range(15):
            item = leasing.claim_next(project, person)
            if item is None:
                break
            with suppress(StaleError, NotNowError):
                answering.submit(item, person, accept(item))

    def asks(person):
        client = Client()
        client.force_login(person)
        for _ in range(3):
            chosen = [f"{one.pk}-{one.needed}" for one in project.items.order_by("?")]
            sent = client.post(
                f"/projects/{project.slug}/items/more/",
                {"item": chosen},
                headers={"host": "localhost"},
            )
            assert sent.status_code == 302

    def shuts_out(person):
        for _ in range(10):
            standing.deactivate(people[0], person)

    jobs = [(answers, person) for person in people]
    together(lambda job: job[0](job[1]), [*jobs, (asks, chief), (shuts_out, chief)])
    assert broken_places() == []


def test_400_edits_of_one_item_by_two_windows_each_lose_none(fill, make_project, make_person):
    """Eight windows of one person change one answer 50 times each; who was late tries again."""
    project = make_project(annotators_per_item=2)
    person = make_person("하나", Role.ANNOTATOR, project)
    item = fill(project, 1)[0]
    start = answering.submit(item, person, accept(item))
    conflicts = []

    def work(window):
        seen = start.pk
        for number in range(50):
            while True:
                try:
                    said = accept(item, seen, comment=f"{window}-{number}")
                    seen = answering.submit(item, person, said).pk
                    break
                except StaleError as error:
                    conflicts.append(window)
                    seen = error.current.pk

    together(work, range(THREADS))
    said = list(Answer.objects.order_by("number").values_list("number", "comment"))
    assert [number for number, _ in said] == list(range(1, 402))
    assert len({comment for _, comment in said[1:]}) == 400
    assert Answer.objects.filter(current=True).count() == 1
    assert conflicts
    assert first_break() is None
    assert AuditEntry.objects.filter(action="answered").count() == 401
