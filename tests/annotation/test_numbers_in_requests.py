"""Numbers that a request brings may be of any size: no answer is ever a failure of the server."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from annotation.forms.numbers_sent import MAX_NUMBER, number_sent
from annotation.models import Role

HUGE = (
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "9" * 30,
    "9" * 5000,
    "-1",
    "0",
    "1e9",
    "٣٣",
    "²",
    "１２",
    "",
    " 1 ",
    "0x10",
    "1_0",
)
FIELDS = (
    "item",
    "seen_answer",
    "typed_version",
    "seconds",
    "project",
    "role",
    "annotators_per_item",
    "lease_seconds",
    "edit-0",
    "turn-0",
)


def routes(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, where)
        elif isinstance(pattern, URLPattern) and where.startswith(("projects/", "people/")):
            yield where


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.django_db
def test_no_number_breaks_a_page(make_project, make_person, fill, number):
    project = make_project("mine")
    item = fill(project, 1)[0]
    chief = make_person("chief", Role.ADMINISTRATOR, project, is_superuser=True)
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    client.force_login(chief, backend="django.contrib.auth.backends.ModelBackend")
    sent = {
        **dict.fromkeys(FIELDS, number),
        "key": "k" * 12,
        "decision": "remove",
        "comment": "이유가 있음",
        "seen_basis": item.basis_sha256,
        "kind": "rewrite",
        "name": "x",
        "label": "x",
    }
    query = {"page": number, "from": number, "project": number}
    for where in sorted(routes(get_resolver())):
        for item_id in (str(item.pk), number):
            values = {"slug": project.slug, "item_id": item_id, "what": "decisions"}
            values |= {"table": "people"}
            address = "/" + re.sub(
                r"<\w+:(\w+)>", lambda match, given=values: given.get(match[1], number), where
            )
            for response in (client.get(address, query), client.post(address, sent)):
                assert response.status_code < 500, (where, item_id[:30], response.status_code)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("12", 12),
        (" 7 ", None),
        (str(MAX_NUMBER), MAX_NUMBER),
        (str(MAX_NUMBER + 1), None),
        ("9" * 5000, None),
        ("-1", None),
        ("", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_numbers_are_digits_up_to_what_a_database_keeps(text, number):
    assert number_sent(text) == number


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "abc"])
@pytest.mark.django_db
def test_a_request_with_an_impossible_number_is_refused_with_a_message(
    make_project, make_person, fill, number
):
    project = make_project("mine")
    item = fill(project, 1)[0]
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        make_person("hana", Role.ADMINISTRATOR, project, language="en"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    here = f"/projects/mine/items/{item.pk}"
    typed = {"typed_version": number, "turn-0": "글"}
    for address, sent in (
        (f"{here}/typed/", typed),
        (f"{here}/undo/", {"seen_answer": number, "key": "k" * 12}),
    ):
        response = client.post(address, sent)
        assert response.status_code == 400, address
        assert "cannot be read" in response.content.decode()
    asked = client.post(f"{here}/typed/", typed, headers={"x-requested-with": "fetch"})
    assert asked.status_code == 400
    assert "cannot be read" in asked.json()["message"]
    answer = {"decision": "remove", "comment": "이유", "key": "k" * 12, "seen_answer": number}
    assert client.post(f"{here}/answer/", answer).status_code == 422
