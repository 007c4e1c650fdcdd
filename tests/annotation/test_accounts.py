"""Accounts: shut out at once and let in again, new passwords, administrators, names that are kept."""

import re

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client

from annotation.models import Answer, AuditEntry, Invitation, Lease, Note, Person, Role
from annotation.views.people import invite
from annotation.work import answering, leasing, noting, standing
from annotation.work.auditing import first_break
from bllossom_data.errors import LastAdministratorError

pytestmark = pytest.mark.django_db
HOST = {"host": "127.0.0.1"}
WORD = "a long enough word"
NEW_WORD = "another long word 7"


@pytest.fixture
def project(make_project):
    return make_project("mine")


@pytest.fixture
def chief(make_person):
    return make_person("chief", is_superuser=True, is_staff=True, language="en")


@pytest.fixture
def hana(make_person, project):
    return make_person("hana", Role.ANNOTATOR, project, language="en")


def signed_in(person):
    client = Client(headers=HOST)
    assert client.post("/sign-in/", {"username": person.username, "password": WORD}).url == "/"
    return client


def change(client, person, what):
    response = client.post(f"/people/{person.pk}/", {"change": what}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def actions():
    return list(AuditEntry.objects.values_list("action", flat=True))


def test_who_is_deactivated_is_out_at_once_and_what_they_said_stays(
    fill, project, chief, hana, submission
):
    items = fill(project, 2)
    answering.submit(items[0], hana, submission(items[0]))
    leasing.claim_next(project, hana)
    token = invite(hana, project, Role.ADMINISTRATOR, "a way back", 24)
    there, elsewhere, mine = signed_in(hana), signed_in(hana), signed_in(chief)
    assert "Saved." in change(mine, hana, "deactivate")
    for client in (there, elsewhere):
        assert client.get("/").status_code == 302
        assert client.get("/", headers={"x-requested-with": "fetch"}).status_code == 401
    assert mine.get("/").status_code == 200
    assert Session.objects.count() == 1
    assert not Lease.objects.exists()
    assert Client(headers=HOST).get(f"/invitation/{token}/").status_code == 404
    assert Answer.objects.get().person == hana
    entry = AuditEntry.objects.get(action="deactivated")
    assert entry.person == chief
    assert entry.details == {"of": hana.pseudonym, "leases": 1, "invitations_revoked": 1}
    refused = Client(headers=HOST).post("/sign-in/", {"username": "hana", "password": WORD})
    assert refused.status_code == 200

    change(mine, hana, "activate")
    assert there.get("/").status_code == 302
    assert hana.role_in(project) is not None
    assert signed_in(hana).get("/projects/mine/").status_code == 200
    assert first_break() is None


def test_the_last_administrator_stays(chief, hana):
    client = signed_in(chief)
    for what in ("deactivate", "take_administration"):
        assert "make another one first" in change(client, chief, what)
    chief.refresh_from_db()
    assert (chief.is_active, chief.is_superuser) == (True, True)
    # An administrator who is shut out is no administrator.
    second = Person.objects.create_user("second", password=WORD, is_superuser=True, is_active=False)
    with pytest.raises(LastAdministratorError):
        standing.deactivate(chief, second)
    change(client, hana, "make_administrator")
    hana.refresh_from_db()
    assert hana.is_superuser
    assert signed_in(hana).get("/people/").status_code == 200
    change(client, chief, "deactivate")
    chief.refresh_from_db()
    assert not chief.is_active
    assert {"administrator_made", "deactivated"} <= set(actions())


def test_administration_is_taken_away(chief, hana):
    client = signed_in(chief)
    change(client, hana, "make_administrator")
    change(client, hana, "take_administration")
    hana.refresh_from_db()
    assert (hana.is_superuser, hana.is_staff) == (False, False)
    assert signed_in(hana).get("/people/").status_code == 403
    assert "Choose what to change" in change(client, hana, "explode")


def test_a_second_administrator_comes_by_invitation(chief):
    client = signed_in(chief)
    page = client.post("/people/", {"label": "second"}).content.decode()
    link = re.search(r"http://127\.0\.0\.1(/invitation/[^<]+)", page)[1]
    assert "second" in client.get("/people/").content.decode()
    form = {"username": "second", "password1": WORD, "password2": WORD, "language": "en"}
    assert Client(headers=HOST).post(link, form).status_code == 302
    assert Person.objects.get(username="second").is_superuser
    page = client.post("/people/", {"label": "third"}).content.decode()
    link = re.search(r"http://127\.0\.0\.1(/invitation/[^<]+)", page)[1]
    invitation = Invitation.objects.get(used_at=None)
    client.post(f"/people/invitations/{invitation.pk}/revoke/")
    assert Client(headers=HOST).get(link).status_code == 404


@pytest.mark.parametrize("role", Role)
def test_accounts_are_for_administrators_of_everything(make_person, project, chief, role):
    person = make_person("somebody", role, project)
    client = signed_in(person)
    invite(chief, None, Role.ADMINISTRATOR, "second", 1)
    number = Invitation.objects.get().pk
    assert client.get("/people/").status_code == 403
    for where in (
        "/people/",
        f"/people/{chief.pk}/",
        f"/people/{chief.pk}/password/",
        f"/people/invitations/{number}/revoke/",
    ):
        assert client.post(where, {"change": "deactivate", "label": "x"}).status_code == 403
    chief.refresh_from_db()
    assert chief.is_active
    assert Invitation.objects.count() == 1


def new_password_link(client, person):
    page = client.post(f"/people/{person.pk}/password/").content.decode()
    return re.search(r"http://127\.0\.0\.1(/password/[^<]+)", page)[1]


def set_password(link, word):
    visitor = Client(headers=HOST)
    page = visitor.get(link, follow=True)
    if page.status_code != 200:
        return page
    where = page.redirect_chain[-1][0]
    # The address that stays in the browser's history is of no use to anybody else.
    assert Client(headers=HOST).get(where).status_code == 404
    return visitor.post(where, {"new_password1": word, "new_password2": word}, follow=True)


def test_a_link_for_a_new_password_works_once_and_ends_all_sessions(chief, hana):
    client, old = signed_in(chief), signed_in(hana)
    for _ in range(6):
        Client(headers=HOST).post("/sign-in/", {"username": "hana", "password": "forgotten"})
    link, second = new_password_link(client, hana), new_password_link(client, hana)
    assert old.get("/").status_code == 200
    assert "password" in set_password(link, "short").content.decode()
    assert set_password(link, NEW_WORD).redirect_chain == [("/sign-in/", 302)]
    assert old.get("/").status_code == 302
    for used in (link, second):
        assert set_password(used, "yet another word 8").status_code == 404
    # Neither the old password nor the lock of the wrong tries stands in the way.
    visitor = Client(headers=HOST)
    assert visitor.post("/sign-in/", {"username": "hana", "password": NEW_WORD}).url == "/"
    assert {"password_link_made", "password_set"} <= set(actions())
    log = str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert link.rsplit("/", 2)[1] not in log


def test_a_link_for_a_new_password_ends_with_the_account_and_with_its_time(
    chief, hana, settings, monkeypatch
):
    client = signed_in(chief)
    link = new_password_link(client, hana)
    standing.deactivate(hana, chief)
    assert set_password(link, NEW_WORD).status_code == 404
    assert client.post(f"/people/{hana.pk}/password/").status_code == 404
    standing.activate(hana, chief)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert set_password(link, NEW_WORD).status_code == 404
    forged = re.sub(r"/password/[^/]+/", "/password/MQ/", link)
    assert set_password(forged, NEW_WORD).status_code == 404
    for name in ("x", "MQ%00", "9" * 400):
        assert Client(headers=HOST).get(f"/password/{name}/a-b/").status_code == 404


def test_a_name_typed_at_sign_in_is_not_kept(hana):
    """It may be a password that was typed into the wrong field."""
    secret = "my-Secret-Word-123"
    for name in (secret, secret, "hana"):
        Client(headers=HOST).post("/sign-in/", {"username": name, "password": secret})
    failed = AuditEntry.objects.filter(action="sign_in_failed").order_by("number")
    hashes = [entry.details["name_hmac"] for entry in failed]
    assert hashes[0] == hashes[1] != hashes[2]
    for kept in (*failed.values(), *AccessAttempt.objects.values()):
        assert secret not in str(kept)
    assert AccessAttempt.objects.count() == 2


def test_signing_in_forgets_earlier_failures(hana):
    for _ in range(5):
        Client(headers=HOST).post("/sign-in/", {"username": "hana", "password": "wrong"})
    signed_in(hana)
    assert not AccessAttempt.objects.exists()


def test_another_pseudonym_is_in_the_log(hana):
    client = signed_in(hana)
    before = hana.pseudonym
    form = {"pseudonym": "judge-7", "language": "ko", "theme": "dark"}
    client.post("/profile/", form)
    client.post("/profile/", {**form, "theme": "light"})
    client.post("/profile/", {**form, "pseudonym": "<x>"})
    (entry,) = AuditEntry.objects.filter(action="pseudonym_changed")
    assert entry.details == {"before": before, "after": "judge-7"}
    assert (entry.person, entry.pseudonym) == (hana, "judge-7")


@pytest.fixture
def settled(fill, make_project, make_person, submission):
    """An item on which people differed, settled by an adjudicator."""
    project = make_project("settled", annotators_per_item=2)
    one, two = (make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘"))
    chief = make_person("장", Role.ADJUDICATOR, project)
    item = fill(project, 1)[0]

    def settle(decision, *texts):
        for person, text in ((one, "첫째 사람의 글"), (two, "둘째 사람의 글")):
            messages = [{"role": "user", "content": "질문"}, {"role": "assistant", "content": text}]
            answering.submit(item, person, submission(item, "correct", messages=messages))
        noting.add_note(item, one, Note.Kind.COMMENT, "우리끼리 하는 말")
        messages = [
            {"role": role, "content": text}
            for role, text in zip(("user", "assistant"), texts, strict=False)
        ]
        said = submission(item, decision, messages=messages, comment="이렇게 정한 까닭")
        answering.submit(item, chief, said, as_adjudicator=True)
        return item

    return settle


def reader_pages(make_person, item):
    reader = make_person("reader", Role.READER, item.project, language="en")
    client = signed_in(reader)
    here = f"/projects/{item.project.slug}/items/{item.pk}"
    pages = [client.get(f"{here}/"), client.get(f"{here}/history/")]
    assert [page.status_code for page in pages] == [200, 200]
    return [page.content.decode() for page in pages]


OTHER_TEXTS = ("첫째 사람의 글", "둘째 사람의 글", "우리끼리 하는 말", "스튜어트산", "북한산")


def test_readers_see_the_decided_text_and_no_other(make_person, settled):
    item = settled("correct", "정해진 물음", "정해진 **대답**")
    page, history = reader_pages(make_person, item)
    assert "정해진 물음" in page
    assert "<strong>대답</strong>" in page
    assert "Where can I hike?" in page
    assert f"/items/{item.pk}/history/" in page
    assert "정해진 **대답**" in history
    assert history.count("corrected") == 3
    for shown in (page, history):
        assert "이렇게 정한 까닭" in shown
        assert not [text for text in OTHER_TEXTS if text in shown]


@pytest.mark.parametrize("decision", ["reject", "remove", "retranslate"])
def test_readers_see_no_text_where_none_was_decided(make_person, settled, decision):
    item = settled(decision)
    for shown in reader_pages(make_person, item):
        assert "이렇게 정한 까닭" in shown
        assert not [text for text in OTHER_TEXTS if text in shown]


def test_readers_see_a_draft_that_was_accepted(make_person, settled):
    page, _ = reader_pages(make_person, settled("accept"))
    assert "북한산에 가 보시기 바랍니다." in page
    assert "스튜어트산" not in page


def test_readers_see_nothing_of_what_is_open(make_person, fill, project):
    item = fill(project, 1)[0]
    client = signed_in(make_person("reader", Role.READER, project))
    for page in ("", "history/"):
        assert client.get(f"/projects/mine/items/{item.pk}/{page}").status_code == 403
