"""Keys, input methods, colours, widths: the page for everybody's hands and eyes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import READY
from django.contrib.auth.tokens import default_token_generator
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import expect

from annotation.models import Answer, Guideline, Note, Project, Role
from annotation.work import answering, noting

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (320, 768, 1600)


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def chief(make_person, project):
    return make_person("chief", Role.ADMINISTRATOR, project, language="en", is_superuser=True)


@pytest.fixture
def everything(fill, make_project, make_person, project, chief, submission):
    """A project with something of every kind on every page, and the addresses of all pages."""
    Guideline.objects.create(project=project, version=1, text="# 지침\n\n- 하나", author=chief)
    two = make_person("dul", Role.ANNOTATOR, project)
    items = fill(project, 4)
    answering.submit(items[0], two, submission(items[0]))
    noting.ask_second_person(items[1], two, "모르겠어요")
    answering.submit(items[1], two, submission(items[1], "remove", comment="부적절"))
    answering.submit(items[1], chief, submission(items[1]))
    noting.add_note(items[2], two, Note.Kind.FLAG, "이상함")
    pairs = make_project("pairs", "preference")
    pair = fill(pairs, 1)[0]
    answering.submit(
        pair, chief, submission(pair, "first", first_acceptable=True, second_acceptable=False)
    )
    other = fill(make_project("more", "evaluation", annotators_per_item=2), 2)[0]
    base, evaluation = "/projects/lima/", "/projects/more/"
    return [
        "/",
        "/profile/",
        "/profile/password/",
        "/people/",
        "/projects/new/",
        *(base + end for end in ("", "items/", "adjudication/", "numbers/", "guideline/")),
        *(base + end for end in ("settings/", "members/")),
        *(f"{base}items/{item.pk}/" for item in items[:3]),
        f"{base}items/{items[0].pk}/history/",
        f"{base}items/{items[1].pk}/adjudicate/",
        f"/projects/pairs/items/{pair.pk}/",
        f"/projects/pairs/items/{pair.pk}/adjudicate/",
        "/projects/pairs/numbers/",
        f"{evaluation}items/{other.pk}/",
        f"{evaluation}numbers/",
        "/projects/nowhere/",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visit, everything, chief, make_person, colours):
    axe = Axe()
    stranger = visit(color_scheme=colours)
    stranger.page.goto(f"{stranger.address}/sign-in/")
    problems = {"sign-in": axe.run(stranger.page).response["violations"]}
    link = f"{urlsafe_base64_encode(b'%d' % chief.pk)}/{default_token_generator.make_token(chief)}"
    stranger.page.goto(f"{stranger.address}/password/{link}/")
    assert stranger.page.locator("[name=new_password1]").count() == 1
    problems["new password"] = axe.run(stranger.page).response["violations"]
    make_person("reader", Role.READER, Project.objects.get(slug="lima"))
    reader = visit("reader", color_scheme=colours)
    for path in (settled := next(one for one in everything if "history" in one)), settled[:-8]:
        reader.page.goto(reader.address + path)
        problems[f"reader {path}"] = axe.run(reader.page).response["violations"]
    visitor = visit("chief", color_scheme=colours)
    for path in everything:
        visitor.page.goto(visitor.address + path)
        visitor.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        problems[path] = axe.run(visitor.page).response["violations"]
    found = {
        path: [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations]
        for path, violations in problems.items()
        if violations
    }
    assert found == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(visit, everything, chief, width):
    visitor = visit("chief", viewport={"width": width, "height": 800})
    wide = {}
    for path in everything:
        visitor.page.goto(visitor.address + path)
        extra = visitor.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if extra > 0:
            wide[path] = extra
    assert wide == {}


def test_everything_is_reached_by_tab_and_is_seen_there(visit, fill, project, chief):
    fill(project, 1)
    page = visit("chief").next_item(project)
    page.evaluate("document.activeElement.blur()")
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
              const one = document.activeElement;
              if (one === document.body) return null;
              const style = getComputedStyle(one);
              const box = one.getBoundingClientRect();
              return {name: one.name || one.id || one.textContent.trim().slice(0, 30),
                      value: one.value || "", seen: style.outlineStyle !== "none" && box.width > 0};
            }"""
        )
        if here is None:
            break
        assert here["seen"], here
        reached.append((here["name"], here["value"]))
    names = {name for name, _ in reached}
    assert {"turn-0", "turn-1", "edit-0", "edit-0-after", "comment", "label", "view"} <= names
    assert {value for name, value in reached if name == "decision"} == {
        "take",
        "reject",
        "remove",
        "retranslate",
    }


def test_an_item_is_reviewed_with_keys_alone(visit, fill, project, chief):
    fill(project, 2)
    page = visit("chief").next_item(project)
    page.keyboard.press("j")
    expect(page.locator(".edit.here")).to_have_count(1)
    page.keyboard.press("x")
    expect(page.locator("[name=edit-0][value=reject]")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator("[name=edit-0][value=accept]")).to_be_checked()
    page.keyboard.press("v")
    expect(page.locator("#view")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.type("안녕")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#turn-1")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problems, .messages, .item-top").first).to_be_visible()


def test_a_pair_is_judged_with_keys(visit, fill, make_project, chief):
    project = make_project("pairs", "preference")
    fill(project, 2)
    page = visit("chief").next_item(project)
    first = page.url
    page.keyboard.press("1")
    for letter in ("a", "b"):
        page.check(f"[name={letter}_acceptable][value=yes]")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != first)
    assert Answer.objects.count() == 1


def compose(page, steps, commit):
    """What a Korean input method does: a composition that changes, then ends."""
    session = page.context.new_cdp_session(page)
    for text in steps:
        session.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )
    for key in ({}, {"modifiers": 2}):
        for kind in ("rawKeyDown", "keyUp"):
            session.send(
                "Input.dispatchKeyEvent",
                # 229 is what Chromium gives for keys that belong to an input method.
                {
                    "type": kind,
                    "key": "Enter",
                    "code": "Enter",
                    "windowsVirtualKeyCode": 229,
                    **key,
                },
            )
    session.send("Input.insertText", {"text": commit})


def test_enter_while_hangul_is_composed_sends_nothing(visit, fill, project, chief):
    fill(project, 2)
    page = visit("chief").next_item(project)
    here = page.url
    page.check("[name=edit-0][value=accept]")
    sent = []
    page.on("request", lambda request: "/answer/" in request.url and sent.append(request.url))
    for field in ("#comment", "[name=edit-0-after]", "#turn-1"):
        page.focus(field)
        compose(page, ["ㅎ", "하", "한"], "한")
    page.wait_for_timeout(500)
    assert sent == []
    assert page.url == here
    assert page.input_value("#comment").endswith("한")
    assert not Answer.objects.exists()


def test_enter_in_a_short_field_sends_nothing(visit, fill, project, chief):
    fill(project, 2)
    page = visit("chief").next_item(project)
    sent = []
    page.on("request", lambda request: "/answer/" in request.url and sent.append(request.url))
    page.focus("[name=edit-0-after]")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert sent == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_languages_of_texts_are_marked(visit, fill, project, make_person, language):
    make_person("hana", Role.ANNOTATOR, project, language=language)
    fill(project, 1)
    page = visit("hana").next_item(project)
    assert page.get_attribute("html", "lang") == language
    assert page.get_attribute("#turn-1", "lang") == "ko"
    assert page.locator("main [lang=en]").count() >= 2
    page.wait_for_selector(READY)
