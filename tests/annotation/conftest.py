"""The review page on a real database: SQLite in a file, or PostgreSQL where it is asked for."""

import secrets
import threading

import pytest
from browsing import Visitor


@pytest.fixture
def make_person(db):
    """Makes somebody who can sign in."""
    from annotation.models import Membership, Person

    def make(name, role=None, project=None, **fields):
        person = Person.objects.create_user(name, password="a long enough word", **fields)
        if role is not None:
            Membership.objects.create(project=project, person=person, role=role)
        return person

    return make


@pytest.fixture
def make_project(db):
    from annotation.models import Project

    def make(slug="lima", kind="rewrite", **fields):
        return Project.objects.create(slug=slug, name=slug, kind=kind, **fields)

    return make


@pytest.fixture
def fill(db, tmp_path):
    """Brings drafts or pairs into a project, through the same door as anybody's."""
    from review_items import pair_line, waiting_line, write_lines

    from annotation.exchange.importing import import_file

    def bring(project, count=3, **changes):
        make = pair_line if project.compares_pairs else waiting_line
        path = tmp_path / f"{secrets.token_hex(4)}.jsonl"
        write_lines(path, [make(number, **changes) for number in range(count)])
        result = import_file(project, path, None)
        assert not result.problems, result.problems
        return list(project.items.order_by("key"))

    return bring


@pytest.fixture
def submission():
    """What a person's page would send."""
    from annotation.models import Item
    from annotation.work.answering import Submission

    def make(item, decision="accept", seen_answer=0, **fields):
        given = {
            "decision": decision,
            "seen_answer": seen_answer,
            "seen_basis": item.basis_sha256,
            "seen_version": Item.objects.get(pk=item.pk).version,
            "idempotency_key": secrets.token_hex(12),
            **fields,
        }
        return Submission(**given)

    return make


@pytest.fixture
def project(make_project):
    return make_project(lease_seconds=600)


@pytest.fixture
def item(fill, project):
    return fill(project, 2)[0]


@pytest.fixture
def annotator(make_person, project):
    from annotation.models import Role

    return make_person("hana", Role.ANNOTATOR, project, language="en")


@pytest.fixture
def visit(browser, live_server):
    """Opens browsers of people; at the end, no page may have complained."""
    visitors = []

    def open_browser(name=None, **options):
        visitor = Visitor(browser, live_server.url, **options)
        visitors.append(visitor)
        return visitor.sign_in(name) if name else visitor

    yield open_browser
    for visitor in visitors:
        visitor.context.close()
    # What a page was still sending would meet the database of the next test.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
