"""Who may do what, on every address that there is; and what an attacker would try."""

import io
import json
import os
import re
import secrets
import subprocess
import sys

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from review_items import pair_line, waiting_line

from annotation.exchange.importing import import_lines
from annotation.models import Answer, Invitation, Item, Membership, Note, Person, Role
from annotation.views.people import invite
from annotation.work import answering, noting

pytestmark = pytest.mark.django_db
HOST = {"host": "127.0.0.1"}
OPEN_TO_ALL = {"login", "enter", "health", "words", "new_password"}
OF_ONESELF = {"home", "profile", "password", "logout"}
METHODS = ("get", "post", "put", "delete", "patch")


def routes(resolver=None, prefix=""):
    """Every address of the page by its name, without the admin's."""
    for pattern in (resolver or get_resolver()).url_patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if not where.startswith("admin/"):
                yield from routes(pattern, where)
        elif isinstance(pattern, URLPattern):
            yield pattern.name, where, pattern.callback


ROUTES = {name: (where, view) for name, where, view in routes()}
OF_PROJECTS = {name for name, (where, _) in ROUTES.items() if where.startswith("projects/<slug")}


@pytest.fixture
def project(make_project):
    return make_project("mine")


@pytest.fixture
def item(fill, project):
    return fill(project, 1)[0]


@pytest.fixture
def client():
    return Client(headers=HOST)


def signed_in(person, **options):
    client = Client(headers=HOST, **options)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name, project, item=None, **more):
    where = ROUTES[name][0]
    values = {
        "slug": project.slug,
        "item_id": item.pk if item else 1,
        "membership_id": 1,
        "invitation_id": 1,
        "person_id": 1,
        "uidb64": "MQ",
        "what": "decisions",
        "table": "people",
        "token": "x" * 43,
        **more,
    }
    return "/" + re.sub(r"<\w+:(\w+)>", lambda match: str(values[match[1]]), where)


def test_every_address_says_who_it_is_for():
    assert OF_PROJECTS
    for name, (_, view) in ROUTES.items():
        if name in OPEN_TO_ALL:
            assert not getattr(view, "login_required", True), name
        elif name not in OF_ONESELF:
            assert hasattr(view, "least_role"), name


@pytest.mark.parametrize("name", sorted(set(ROUTES) - OPEN_TO_ALL))
@pytest.mark.parametrize("method", METHODS)
def test_nobody_gets_in_without_signing_in(client, project, item, name, method):
    response = getattr(client, method)(address(name, project, item))
    assert response.status_code in (302, 405), (name, response.status_code)
    if response.status_code == 302:
        assert response["Location"].startswith("/sign-in/")
    asked = getattr(client, method)(
        address(name, project, item), headers={"x-requested-with": "fetch", **HOST}
    )
    assert asked.status_code in (302, 401, 405)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", sorted(OF_PROJECTS))
def test_every_role_on_every_address_of_a_project(make_person, project, item, name, role):
    least = ROUTES[name][1].least_role
    person = make_person("somebody", role, project)
    client = signed_in(person)
    for method in ("get", "post"):
        response = getattr(client, method)(address(name, project, item))
        if response.status_code == 405:
            continue
        if role < least:
            assert response.status_code == 403, (name, method)
        else:
            hidden = role == Role.READER and "item_id" in ROUTES[name][0]
            assert response.status_code == 403 if hidden else response.status_code != 403


@pytest.mark.parametrize("name", sorted(OF_PROJECTS))
def test_a_project_of_others_is_not_there(make_person, make_project, project, item, name):
    other = make_project("other")
    person = make_person("stranger", Role.ADMINISTRATOR, other)
    client = signed_in(person)
    for method in ("get", "post"):
        assert getattr(client, method)(address(name, project, item)).status_code in (404, 405)


@pytest.mark.parametrize(
    "name", sorted(name for name in OF_PROJECTS if "item_id" in ROUTES[name][0])
)
def test_an_item_of_another_project_is_not_reached_by_its_number(
    make_person, make_project, item, name
):
    other = make_project("other")
    client = signed_in(make_person("chief", Role.ADMINISTRATOR, other))
    for method in ("get", "post"):
        assert getattr(client, method)(address(name, other, item)).status_code in (404, 405)


def test_memberships_and_invitations_of_another_project_are_not_reached(
    make_person, make_project, project
):
    other = make_project("other")
    mine = make_person("hana", Role.ANNOTATOR, project)
    membership = Membership.objects.get(person=mine)
    invite(None, project, Role.ANNOTATOR, "somebody", 1)
    client = signed_in(make_person("chief", Role.ADMINISTRATOR, other))
    for name, more in (
        ("change_member", {"membership_id": membership.pk}),
        ("revoke_invitation", {"invitation_id": Invitation.objects.get().pk}),
    ):
        assert client.post(address(name, other, **more), {"role": "4"}).status_code == 404
    membership.refresh_from_db()
    assert membership.role == Role.ANNOTATOR


@pytest.mark.parametrize("name", sorted(set(ROUTES) - {"health", "words", "enter"}))
def test_every_unsafe_request_needs_the_token_of_its_page(make_person, project, item, name):
    person = make_person("chief", Role.ADMINISTRATOR, project, is_superuser=True)
    client = signed_in(person, enforce_csrf_checks=True)
    response = client.post(address(name, project, item), {"kind": "comment", "text": "x"})
    assert response.status_code in (403, 405), name
    if response.status_code == 403:
        assert "The page is too old" in response.content.decode() or "오래" in (
            response.content.decode()
        )
    assert not Note.objects.exists()


def test_second_annotators_never_see_the_first_ones_answer(
    fill, make_project, make_person, submission
):
    project = make_project("blind", annotators_per_item=2)
    first = make_person("hana", Role.ANNOTATOR, project)
    second = make_person("dul", Role.ANNOTATOR, project)
    item = fill(project, 1)[0]
    secret = "아무도 모르는 문장입니다."
    messages = [{"role": "user", "content": "질문"}, {"role": "assistant", "content": secret}]
    said = submission(item, "correct", messages=messages, comment=secret)
    answering.submit(item, first, said)
    noting.add_note(item, first, "comment", secret)
    client = signed_in(second)
    for name in sorted(OF_PROJECTS):
        for method in ("get", "post"):
            response = getattr(client, method)(address(name, project, item))
            shown = b"".join(response) if response.streaming else response.content
            assert secret.encode() not in shown, name
            assert json.dumps(secret).encode()[1:-1] not in shown, name


XSS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "![a](javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=javascript:alert(1)>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "<math><mtext></mtext><mglyph><style><img src onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "' autofocus onfocus=alert(1) x='",
    "<details open ontoggle=alert(1)>",
    "{{ 7|add:7 }}{% debug %}",
    "<!--<img src=--><img src=x onerror=alert(1)//>",
    "\u202e<script>alert(1)</script>",
    '<https://example.com/"onmouseover=alert(1)>',
)
ACTIVE = re.compile(
    r"<script(?! src=\"/|(?: type=\"module\")? src=\"/)|<[^>]+\son\w+\s*=|<iframe|<svg onload|<style|"
    r"<[^>]+(?:href|src)\s*=\s*[\"']?\s*(?:javascript|data:text)",
    re.IGNORECASE,
)


def pages_of(client, project, item):
    for name in ("item", "history", "adjudicate", "items", "guideline", "overview", "adjudication"):
        response = client.get(address(name, project, item))
        assert response.status_code == 200, name
        yield name, response.content.decode()


@pytest.mark.parametrize("attack", XSS)
def test_stored_attacks_are_shown_and_never_run(
    make_person, make_project, fill, submission, attack
):
    chief = make_person("chief", is_superuser=True)
    client = signed_in(chief)
    project = make_project("attacked", merge_unanimous=False)
    line = waiting_line(0)
    for message in line["draft"]["messages"]:
        message["content"] = attack
    line["draft"]["translations"] = [f"{attack} 번역", f"{attack} 답"]
    line["draft"]["edits"] = []
    line["draft"]["topics"] = [[attack, [attack]]]
    line["korean"] = []
    line["draft_sha256"] = None
    assert import_lines(project, as_file([line]), None).new == 1
    item = project.items.get()
    said = submission(
        item, "correct", messages=[{"role": "user", "content": attack}] * 2, comment=attack
    )
    answering.submit(item, chief, said)
    noting.add_note(item, chief, "flag", attack)
    client.post(address("guideline", project), {"text": attack})
    for name, page in pages_of(client, project, item):
        assert not ACTIVE.search(page), (name, ACTIVE.search(page))
    pairs = make_project("pairs", "preference")
    side = {"text": attack, "system": attack}
    pair = pair_line(0, prompt=attack, first=side, second={**side, "text": attack + " 2"})
    assert import_lines(pairs, as_file([pair]), None).new == 1
    for name, page in pages_of(client, pairs, pairs.items.get()):
        assert not ACTIVE.search(page), (name, ACTIVE.search(page))
    checked = client.post(
        address("check", project, item), {"turn-0": attack, "turn-1": attack}
    ).json()
    for turn in checked["turns"]:
        for part in ("difference", "html", "terms"):
            assert not ACTIVE.search(turn[part]), (part, turn[part])


def as_file(lines):
    return io.BytesIO("".join(json.dumps(line) + "\n" for line in lines).encode())


def test_headers_forbid_scripts_of_others_and_frames(make_person, project):
    response = signed_in(make_person("hana", Role.ANNOTATOR, project)).get("/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store"


def test_signing_in_changes_the_session(client, make_person, project):
    make_person("hana", Role.ANNOTATOR, project)
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "x"
    session.save()
    before = client.session.session_key
    client.cookies["sessionid"] = before
    client.post("/sign-in/", {"username": "hana", "password": "a long enough word"})
    assert SESSION_KEY in client.session
    assert client.session.session_key != before


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(client, make_person, project, where):
    make_person("hana", Role.ANNOTATOR, project)
    response = client.post(
        f"/sign-in/?next={where}",
        {"username": "hana", "password": "a long enough word", "next": where},
    )
    assert response["Location"] == "/"


def test_guessing_passwords_is_slowed_down(client, make_person, project):
    make_person("hana", Role.ANNOTATOR, project)
    for _ in range(6):
        client.post("/sign-in/", {"username": "hana", "password": "wrong"})
    response = client.post("/sign-in/", {"username": "hana", "password": "a long enough word"})
    assert response.status_code == 429
    assert SESSION_KEY not in client.session


def test_another_password_signs_out_everywhere_else(make_person, project):
    person = make_person("hana", Role.ANNOTATOR, project)
    here, there = signed_in(person), signed_in(person)
    here.post(
        "/profile/password/",
        {
            "old_password": "a long enough word",
            "new_password1": "another long word 7",
            "new_password2": "another long word 7",
        },
    )
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_somebody_who_was_shut_out_is_out_at_once(make_person, project):
    person = make_person("hana", Role.ANNOTATOR, project)
    client = signed_in(person)
    Person.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_an_invitation_works_once_and_not_after_its_time(client, project):
    token = invite(None, project, Role.ANNOTATOR, "hana", 1)
    assert Invitation.objects.get().token_sha256 != token
    form = {
        "username": "hana",
        "password1": "a long enough word",
        "password2": "a long enough word",
        "language": "ko",
    }
    assert client.post(f"/invitation/{token}/", form).status_code == 302
    person = Person.objects.get(username="hana")
    assert (person.is_superuser, person.role_in(project)) == (False, Role.ANNOTATOR)
    again = Client(headers=HOST).post(f"/invitation/{token}/", {**form, "username": "dul"})
    assert again.status_code == 404
    late = invite(None, project, Role.ANNOTATOR, "set", -1)
    assert Client(headers=HOST).get(f"/invitation/{late}/").status_code == 404
    assert Person.objects.count() == 1


def test_an_invitation_never_lowers_a_role(make_person, project):
    person = make_person("chief", Role.ADMINISTRATOR, project)
    token = invite(None, project, Role.READER, "chief", 1)
    signed_in(person).post(f"/invitation/{token}/")
    assert person.role_in(project) == Role.ADMINISTRATOR


@pytest.mark.parametrize(
    "name", ["../../../../tmp/x.jsonl", "/etc/passwd.jsonl", "a\x00.jsonl", "..\\x.jsonl"]
)
def test_a_file_s_name_leads_nowhere(make_person, project, tmp_path, name):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = signed_in(make_person("chief", Role.ADMINISTRATOR, project))
    body = (json.dumps(waiting_line(0)) + "\n").encode()
    response = client.post(address("upload", project), {"file": SimpleUploadedFile(name, body)})
    assert response.status_code in (200, 400)
    assert not list(tmp_path.rglob("*.jsonl"))


def test_a_file_that_is_too_large_is_refused(make_person, project, settings):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MAX_UPLOAD_BYTES = 100
    client = signed_in(make_person("chief", Role.ADMINISTRATOR, project))
    response = client.post(
        address("upload", project), {"file": SimpleUploadedFile("a.jsonl", b"x" * 101)}
    )
    assert response.status_code == 400
    assert "bllossom review import" in response.content.decode()
    assert not Item.objects.exists()


def test_production_settings_have_nothing_to_be_warned_of():
    mine = {name: value for name, value in os.environ.items() if "ASYNC" not in name}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "django", "check", "--deploy", "--fail-level", "INFO"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **mine,
            "DJANGO_SETTINGS_MODULE": "annotation.settings",
            "BLLOSSOM_REVIEW_HTTPS": "1",
            "BLLOSSOM_REVIEW_HOSTS": "review.example.org",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    call_command("check", fail_level="INFO")


def test_keys_of_requests_are_checked(make_person, project, item):
    client = signed_in(make_person("hana", Role.ANNOTATOR, project))
    for key in ("", "a", "x" * 65, "'; DROP TABLE", "\x00" * 12):
        response = client.post(
            address("answer", project, item),
            {"decision": "take", "seen_answer": "0", "seen_basis": item.basis_sha256, "key": key},
        )
        assert response.status_code == 422
    assert not Answer.objects.exists()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_speak_the_person_s_language(make_person, project, language):
    client = signed_in(make_person("hana", Role.ANNOTATOR, project, language=language))
    page = client.get("/").content.decode()
    assert f'<html lang="{language}"' in page
    assert ("로그아웃" in page) == (language == "ko")


def test_two_who_use_one_invitation_at_once_are_one(project):
    token = invite(None, project, Role.ANNOTATOR, "hana", 1)
    forms = [
        {
            "username": f"person-{secrets.token_hex(3)}",
            "password1": "a long enough word",
            "password2": "a long enough word",
            "language": "ko",
        }
        for _ in range(2)
    ]
    clients = [Client(headers=HOST) for _ in forms]
    for client in clients:
        assert client.get(f"/invitation/{token}/").status_code == 200
    for client, form in zip(clients, forms, strict=True):
        client.post(f"/invitation/{token}/", form)
    assert Person.objects.count() == 1
