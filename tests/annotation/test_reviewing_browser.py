"""Reviewing in a real browser: nothing that is typed is lost, whatever happens."""

import re

import pytest
from browsing import READY, saved
from playwright.sync_api import expect

from annotation.models import Answer, Item, Role, TypedText
from annotation.work import leasing
from annotation.work.states import State

pytestmark = pytest.mark.django_db(transaction=True)
OWN_WORDS = "관악산에 가 보시기 바랍니다."


def test_an_item_is_reviewed_from_the_first_page_to_the_next_item(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    assert page.url.endswith(f"/items/{item.pk}/")
    page.check("[name=edit-0][value=accept]")
    page.click("text=Approve and next")
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item.pk}/"))
    assert Item.objects.get(pk=item.pk).state == State.APPROVED
    assert Answer.objects.get().decision == "accept"
    assert Answer.objects.get().seconds >= 0
    assert not page.url.endswith(f"/items/{item.pk}/")


def test_what_is_typed_is_saved_within_two_seconds_and_comes_back(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    assert not TypedText.objects.exists()
    page.fill("#turn-1", OWN_WORDS)
    saved(page)
    assert TypedText.objects.get().content["turn-1"] == OWN_WORDS
    assert not Answer.objects.exists()
    page.reload()
    assert page.input_value("#turn-1") == OWN_WORDS
    page.go_back()
    page.go_forward()
    assert page.input_value("#turn-1") == OWN_WORDS


def test_own_words_stand_after_a_reload_whatever_is_chosen_for_an_edit(
    visit, project, item, annotator
):
    page = visit("hana").next_item(project)
    page.fill("#turn-1", OWN_WORDS)
    saved(page)
    for forget in ("", "localStorage.clear()"):
        page.evaluate(forget)
        page.reload()
        page.wait_for_selector(READY)
        page.check("[name=edit-0][value=reject]")
        page.check("[name=edit-0][value=accept]")
        assert page.input_value("#turn-1") == OWN_WORDS


def test_an_edit_that_is_rejected_leaves_the_text_and_one_that_is_changed_enters_it(
    visit, project, item, annotator
):
    page = visit("hana").next_item(project)
    assert page.input_value("#turn-1").startswith("북한산")
    page.check("[name=edit-0][value=reject]")
    expect(page.locator("#turn-1")).to_have_value(re.compile("^스튜어트산"))
    page.fill("[name=edit-0-after]", "한라산")
    expect(page.locator("#turn-1")).to_have_value(re.compile("^한라산"))
    expect(page.locator("[data-difference='1'] ins").first).to_contain_text("한라산")


def test_a_whole_answer_edit_must_be_chosen_and_errors_stand_in_the_way(
    visit, project, item, annotator
):
    page = visit("hana").next_item(project)
    page.click("text=Approve and next")
    page.wait_for_selector("#problems")
    assert "the whole answer depends on it" in page.inner_text("#problems")
    page.check("[name=edit-0][value=accept]")
    page.fill("#turn-1", "")
    page.click("text=Approve and next")
    expect(page.locator("#problems")).to_contain_text("empty")
    page.fill("#turn-1", "북한산를 가 보시기 바랍니다.")
    page.wait_for_selector("#findings .error")
    page.click("text=Approve and next")
    expect(page.locator("#problems")).to_contain_text("errors")
    assert not Answer.objects.exists()


def test_a_save_that_fails_keeps_the_text_and_is_made_up_for(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    hana.context.set_offline(True)
    page.fill("#turn-1", OWN_WORDS)
    saved(page, "kept in this browser")
    assert not TypedText.objects.exists()
    hana.context.set_offline(False)
    saved(page)
    assert TypedText.objects.get().content["turn-1"] == OWN_WORDS


def test_a_text_typed_offline_survives_closing_the_window(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    hana.context.set_offline(True)
    page.fill("#turn-1", OWN_WORDS)
    saved(page, "kept in this browser")
    page.close()
    hana.context.set_offline(False)
    page = hana.open_item(item, hana.open_page())
    assert page.input_value("#turn-1") == OWN_WORDS
    saved(page)


def test_an_answer_given_offline_is_sent_once_when_the_line_is_back(
    visit, project, item, annotator
):
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=accept]")
    saved(page)
    hana.context.set_offline(True)
    page.click("text=Approve and next")
    page.wait_for_selector("#outbox:not([hidden])")
    assert not Answer.objects.exists()
    hana.context.set_offline(False)
    page.wait_for_selector("#outbox[hidden]", state="attached")
    assert Answer.objects.count() == 1


def test_an_answer_whose_reply_was_lost_is_one_answer(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=accept]")
    saved(page)
    lost = []

    def lose_reply(route):
        if not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/answer/", lose_reply)
    page.click("text=Approve and next")
    page.wait_for_selector("#outbox:not([hidden])")
    page.wait_for_selector("#outbox[hidden]", state="attached")
    assert lost[0].status == 200
    assert Answer.objects.count() == 1


def test_a_double_click_is_one_answer(visit, project, item, annotator):
    page = visit("hana").next_item(project)
    page.check("[name=edit-0][value=accept]")
    page.dblclick("text=Approve and next")
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item.pk}/"))
    assert Answer.objects.count() == 1


def test_a_session_that_ended_keeps_the_text_through_signing_in_again(
    visit, project, item, annotator
):
    hana = visit("hana")
    page = hana.next_item(project)
    hana.context.clear_cookies()
    page.fill("#turn-1", OWN_WORDS)
    page.wait_for_selector("#notice-signed-out")
    other = hana.open_page()
    hana.sign_in("hana", other)
    page.click("text=I have signed in")
    saved(page)
    assert page.input_value("#turn-1") == OWN_WORDS
    page.check("[name=edit-0][value=accept]")
    page.fill("[name=comment]", "다시 들어와서 저장")
    page.click("text=Approve and next")
    page.wait_for_url(lambda url: not url.endswith(f"/items/{item.pk}/"))
    assert Answer.objects.get().messages[1]["content"] == OWN_WORDS


def test_two_windows_of_one_person_do_not_overwrite_each_other(visit, project, item, annotator):
    hana = visit("hana")
    first = hana.next_item(project)
    second = hana.open_item(item, hana.open_page())
    first.fill("#turn-1", "첫 창에서 쓴 글입니다.")
    saved(first)
    second.evaluate("localStorage.clear()")
    second.fill("#turn-1", "둘째 창에서 쓴 글입니다.")
    second.wait_for_selector("#notice-older")
    assert TypedText.objects.get().content["turn-1"] == "첫 창에서 쓴 글입니다."
    second.click("text=Keep the text of this window")
    saved(second)
    assert TypedText.objects.get().content["turn-1"] == "둘째 창에서 쓴 글입니다."


def test_a_stale_answer_shows_three_versions_and_loses_nothing(
    visit, fill, make_project, make_person
):
    project = make_project("shared")
    item = fill(project, 1)[0]
    make_person("hana", Role.ANNOTATOR, project, language="en")
    hana = visit("hana")
    first = hana.next_item(project)
    second = hana.open_item(item, hana.open_page())
    Item.objects.update(needed=2)
    second.evaluate("localStorage.clear()")
    for page, text in ((first, "첫째 답을 씁니다."), (second, "둘째 답을 씁니다.")):
        page.check("[name=edit-0][value=accept]")
        page.fill("#turn-1", text)
        page.wait_for_timeout(1500)
        for field in page.locator("#findings input").all():
            field.fill("이대로 맞음")
    first.click("button:has-text('Approve'):not(.primary)")
    first.wait_for_selector("text=Take it back")
    if second.locator("#notice-older").count():
        second.click("text=Keep the text of this window")
    second.click("button:has-text('Approve'):not(.primary)")
    second.wait_for_selector("#three-way")
    shown = second.inner_text("main")
    assert "첫째 답을 씁니다." in shown
    assert second.input_value("#turn-1") == "둘째 답을 씁니다."
    assert Answer.objects.count() == 1
    second.click("button:has-text('Approve'):not(.primary)")
    second.wait_for_selector("#three-way", state="detached")
    assert [row.messages[1]["content"] for row in Answer.objects.order_by("number")] == [
        "첫째 답을 씁니다.",
        "둘째 답을 씁니다.",
    ]


def test_a_choice_that_arrives_late_does_not_overwrite_what_is_typed(
    visit, project, item, annotator
):
    page = visit("hana").next_item(project)
    slow = []
    page.route("**/check/", lambda route: slow.append(route))
    page.check("[name=edit-0][value=reject]")
    page.fill("#turn-1", OWN_WORDS)
    for route in slow:
        route.continue_()
    page.unroute("**/check/")
    saved(page)
    assert page.input_value("#turn-1") == OWN_WORDS


def test_somebody_else_who_holds_it_is_named(visit, project, fill, annotator, make_person):
    item = fill(project, 1)[0]
    other = make_person("dul", Role.ANNOTATOR, project)
    leasing.claim_next(project, other)
    hana = visit("hana")
    page = hana.open_item(item)
    assert "held by dul until" in page.inner_text(".status-line")
    page.click("text=Take this item")
    assert "Somebody else holds it now." in page.inner_text(".messages")


def test_everything_works_without_scripts(visit, project, item, annotator):
    hana = visit("hana", java_script_enabled=False)
    page = hana.page
    page.goto(f"{hana.address}/projects/{project.slug}/")
    page.click("main form button.primary")
    page.check("[name=edit-0][value=change]")
    page.fill("[name=edit-0-after]", "한라산")
    page.click("text=Approve and next")
    answer = Answer.objects.get()
    assert answer.decision == "correct"
    assert answer.messages[1]["content"].startswith("한라산")


def test_a_decision_is_taken_back(visit, project, item, annotator):
    page = visit("hana").next_item(project)
    page.check("[name=edit-0][value=accept]")
    page.fill("#turn-1", OWN_WORDS)
    page.click("button:has-text('Approve'):not(.primary)")
    page.wait_for_selector("text=Take it back")
    page.wait_for_selector(READY)
    page.keyboard.press("z")
    page.wait_for_selector("text=Taken back")
    assert page.input_value("#turn-1") == OWN_WORDS
    assert Item.objects.get(pk=item.pk).state == State.OPEN
    assert Answer.objects.count() == 2
