"""What is typed, in a real browser: an older text never goes over a newer one, and nothing is lost."""

import secrets

import pytest
from browsing import READY, saved
from playwright.sync_api import expect

from annotation.models import Answer, Item, Role, TypedText
from annotation.work import answering
from annotation.work.answering import Submission
from annotation.work.states import State
from annotation.work.typing_texts import save_typed_text

pytestmark = pytest.mark.django_db(transaction=True)
MINE = "관악산에 가 보시기 바랍니다."
NEWER = "다른 컴퓨터에서 쓴 글입니다."


@pytest.fixture
def chief(make_person, project):
    return make_person("chief", Role.ADJUDICATOR, project, language="en")


def settling_page(visitor, item):
    visitor.page.goto(f"{visitor.address}/projects/{item.project.slug}/items/{item.pk}/adjudicate/")
    visitor.page.wait_for_selector(READY)
    return visitor.page


def accept(item, seen_answer=0, **fields):
    return Submission("accept", seen_answer, item.basis_sha256, secrets.token_hex(12), **fields)


def test_an_older_copy_of_the_browser_does_not_go_over_a_newer_text(
    visit, project, item, annotator
):
    hana = visit("hana")
    page = hana.next_item(project)
    hana.context.set_offline(True)
    page.fill("#turn-1", MINE)
    saved(page, "kept in this browser")
    page.close()
    save_typed_text(item, annotator, {"turn-1": NEWER, "own-1": "1"}, 0, item.basis_sha256)
    hana.context.set_offline(False)
    page = hana.open_item(item, hana.open_page())
    assert page.input_value("#turn-1") == NEWER
    notice = page.locator("[id^=notice-aside]")
    notice.locator("summary").click()
    expect(notice).to_contain_text(MINE)
    page.reload()
    page.wait_for_selector(READY)
    notice.get_by_role("button", name="Use it").click()
    saved(page)
    assert TypedText.objects.get().content["turn-1"] == MINE
    page.reload()
    page.wait_for_selector(READY)
    notice.locator("summary").click()
    expect(notice).to_contain_text(NEWER)
    notice.get_by_role("button", name="Forget it").click()
    page.reload()
    page.wait_for_selector(READY)
    assert notice.count() == 0


def test_a_window_that_is_closed_on_a_conflict_keeps_its_text(visit, project, item, annotator):
    hana = visit("hana")
    first = hana.next_item(project)
    second = hana.open_item(item, hana.open_page())
    first.fill("#turn-1", NEWER)
    saved(first)
    second.fill("#turn-1", MINE)
    second.wait_for_selector("#notice-older")
    second.close()
    first.fill("#turn-1", NEWER + " 더")
    saved(first)
    first.reload()
    first.wait_for_selector(READY)
    assert first.input_value("#turn-1") == NEWER + " 더"
    notice = first.locator("[id^=notice-aside]")
    notice.locator("summary").click()
    expect(notice).to_contain_text(MINE)
    notice.get_by_role("button", name="Forget it").click()
    first.reload()
    first.wait_for_selector(READY)
    assert first.locator("[id^=notice-aside]").count() == 0


def test_an_answer_that_waits_is_locked_and_can_be_changed_before_it_is_sent(
    visit, project, item, annotator
):
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=accept]")
    saved(page)
    hana.context.set_offline(True)
    page.click("text=Approve and next")
    page.wait_for_selector("#notice-sending")
    assert page.evaluate("document.getElementById('answer').inert")
    page.click("text=Change it")
    page.fill("#turn-1", MINE)
    page.wait_for_timeout(1500)
    hana.context.set_offline(False)
    saved(page)
    assert not Answer.objects.exists()
    page.click("text=Approve and next")
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item.pk}/"))
    assert Answer.objects.get().messages[1]["content"] == MINE


def test_a_change_after_a_lost_reply_is_compared_and_not_swallowed(
    visit, make_project, fill, make_person
):
    project = make_project("shared", annotators_per_item=2)
    item = fill(project, 1)[0]
    make_person("hana", Role.ANNOTATOR, project, language="en")
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=accept]")
    saved(page)

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/answer/", lose)
    page.click("button:has-text('Approve'):not(.primary)")
    page.wait_for_selector("#notice-sending")
    page.click("text=Change it")
    page.unroute("**/answer/")
    assert Answer.objects.count() == 1
    page.fill("#turn-1", MINE)
    saved(page)
    page.click("button:has-text('Approve'):not(.primary)")
    page.wait_for_selector("#three-way")
    assert page.input_value("#turn-1") == MINE
    page.wait_for_selector(READY)
    page.click("button:has-text('Approve'):not(.primary)")
    page.wait_for_selector("#three-way", state="detached")
    last = Answer.objects.get(item=item, current=True)
    assert last.messages[1]["content"] == MINE


def test_an_answer_that_was_refused_can_be_read_and_used(visit, project, item, annotator, chief):
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=accept]")
    page.fill("#turn-1", MINE)
    saved(page)
    hana.context.set_offline(True)
    page.click("text=Approve and next")
    page.wait_for_selector("#notice-sending")
    answering.submit(item, chief, accept(item, seen_version=item.version), as_adjudicator=True)
    hana.context.set_offline(False)
    refused = page.locator("#outbox")
    expect(refused).to_contain_text("The item takes no answer now", timeout=45_000)
    refused.locator("summary").click()
    expect(refused.locator("pre").last).to_have_text(MINE)
    assert not page.evaluate("document.getElementById('answer').inert")
    refused.get_by_role("button", name="Forget it").click()
    expect(refused).to_be_hidden()


def test_a_reason_outlives_its_warning(visit, project, item, annotator):
    page = visit("hana").next_item(project)
    page.check("[name=edit-0][value=accept]")
    warned = "관악산에 가 보시기 바랍니다. 약 3킬로미터입니다."
    page.fill("#turn-1", warned)
    reason = page.locator("#findings [name^=dismiss-]").first
    reason.fill("원문에 있는 거리")
    name = reason.get_attribute("name")
    page.fill("#turn-1", MINE)
    page.wait_for_selector(f"#findings [name={name}]", state="detached")
    saved(page)
    page.reload()
    page.wait_for_selector(READY)
    page.fill("#turn-1", warned)
    expect(page.locator(f"#findings [name={name}]")).to_have_value("원문에 있는 거리")


def test_a_changed_draft_stands_beside_what_was_typed_on_the_one_before(
    visit, project, item, annotator, fill
):
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=reject]")
    page.fill("#turn-1", MINE)
    saved(page)
    fill(project, 1, edits=())
    page.fill("[name=comment]", "한 번 더")
    page.wait_for_selector("#notice-draft-changed")
    page.get_by_role("button", name="Load the page").click()
    page.wait_for_selector("#earlier")
    page.wait_for_selector(READY)
    assert page.input_value("#turn-1").startswith("스튜어트산에")
    expect(page.locator("#earlier")).to_contain_text(MINE)
    page.locator("#earlier [data-use='1']").click()
    assert page.input_value("#turn-1") == MINE
    saved(page)
    assert TypedText.objects.count() == 2


def test_an_adjudicators_text_is_saved_and_survives_the_end_of_a_session(
    visit, project, item, annotator, chief
):
    visitor = visit("chief")
    page = settling_page(visitor, item)
    page.fill("#turn-1", MINE)
    saved(page)
    kept = TypedText.objects.get()
    assert (kept.as_adjudicator, kept.content["turn-1"]) == (True, MINE)
    page.reload()
    page.wait_for_selector(READY)
    assert page.input_value("#turn-1") == MINE
    visitor.context.clear_cookies()
    page.check("[name=edit-0][value=accept]")
    page.click("button[value=take]")
    page.wait_for_selector("#notice-signed-out")
    visitor.sign_in("chief", visitor.open_page())
    page.click("text=I have signed in")
    saved(page)
    page.click("button[value=take]")
    page.wait_for_url("**/adjudication/")
    assert Item.objects.get(pk=item.pk).outcome.messages[1]["content"] == MINE
    assert not TypedText.objects.exists()


def test_two_adjudicators_at_once_see_three_versions(
    visit, project, item, annotator, chief, make_person
):
    other = make_person("other", Role.ADJUDICATOR, project)
    page = settling_page(visit("chief"), item)
    page.check("[name=edit-0][value=accept]")
    page.fill("#turn-1", MINE)
    saved(page)
    first = answering.submit(
        item, other, accept(item, seen_version=item.version), as_adjudicator=True
    )
    page.click("button[value=take]")
    page.wait_for_selector("#three-way")
    assert page.input_value("#turn-1") == MINE
    assert Item.objects.get(pk=item.pk).outcome == first
    page.wait_for_selector(READY)
    page.click("button[value=take]")
    page.wait_for_url("**/adjudication/")
    assert Item.objects.get(pk=item.pk).outcome.messages[1]["content"] == MINE


def test_somebody_else_who_signed_in_meanwhile_does_not_send_this_persons_text(
    visit, project, item, annotator, make_person
):
    make_person("dul", Role.ANNOTATOR, project, language="en")
    hana = visit("hana")
    page = hana.next_item(project)
    hana.context.clear_cookies()
    page.fill("#turn-1", MINE)
    page.wait_for_selector("#notice-signed-out")
    hana.sign_in("dul", hana.open_page())
    page.click("text=I have signed in")
    expect(page.locator("#notice-signed-out")).to_contain_text("Somebody else is signed in")
    assert not TypedText.objects.exists()
    hana.context.clear_cookies()
    hana.sign_in("hana", hana.open_page())
    page.click("text=I have signed in")
    saved(page)
    assert TypedText.objects.get().person == annotator


def test_a_page_of_a_pair_says_nothing_of_the_files_order(visit, fill, make_project, make_person):
    project = make_project("pairs", "preference", annotators_per_item=2)
    items = fill(project, 6)
    make_person("hana", Role.ANNOTATOR, project, language="en")
    hana = visit("hana")
    for _ in items:
        page = hana.next_item(project)
        form = page.inner_html("#answer")
        assert not {"first", "second"} & set(form.replace('"', " ").replace("_", " ").split())
        page.check("[name=verdict][value=a]")
        for letter in ("a", "b"):
            page.check(f"[name={letter}_acceptable][value=yes]")
        here = page.url
        page.click("button:has-text('Submit'):not(.primary)")
        page.wait_for_selector("text=A is better (acceptable: A, B)")
        assert page.url == here
    said = list(Answer.objects.values_list("decision", "shown_first"))
    assert {decision for decision, _ in said} == {"first", "second"}
    assert all(decision == left for decision, left in said)
    assert set(Item.objects.values_list("state", flat=True)) == {State.OPEN}
