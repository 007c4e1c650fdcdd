"""Texts and answers beside the form, in a real browser: other windows, other pages, notes."""

import pytest
from browsing import READY, saved
from playwright.sync_api import expect

from annotation.models import Answer, Guideline, Membership, Note, Role, TypedText
from annotation.work.typing_texts import save_typed_text

pytestmark = pytest.mark.django_db(transaction=True)
MINE = "관악산에 가 보시기 바랍니다."
NEWER = "다른 창에서 쓴 글입니다."


def wait_for_an_answer(page):
    for _ in range(90):
        if Answer.objects.exists():
            break
        page.wait_for_timeout(500)


def test_what_another_window_saved_is_not_thrown_away_by_an_answer(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    save_typed_text(item, annotator, {"turn-1": NEWER, "own-1": "1"}, 0, item.basis_sha256)
    page.fill("[name=comment]", "한국에는 맞지 않습니다.")
    page.wait_for_selector("#notice-older")
    page.click("text=Take out of the dataset")
    expect(page.locator("#notice-older")).to_be_visible()
    assert not Answer.objects.exists()
    assert TypedText.objects.get().content["turn-1"] == NEWER
    page.click("text=Use the text of the other window")
    assert page.input_value("#turn-1") == NEWER


def test_texts_of_two_windows_that_closed_without_a_line_are_both_there(
    visit, project, item, annotator
):
    hana = visit("hana")
    first = hana.next_item(project)
    second = hana.open_item(item, hana.open_page())
    hana.context.set_offline(True)
    for page, text in ((first, MINE), (second, NEWER)):
        page.fill("#turn-1", text)
        saved(page, "kept in this browser")
    first.close()
    second.close()
    hana.context.set_offline(False)
    page = hana.open_item(item, hana.open_page())
    assert page.input_value("#turn-1") == NEWER
    aside = page.locator("[id^=notice-aside]")
    aside.locator("summary").click()
    expect(aside.locator("pre").last).to_have_text(MINE)


def test_an_answer_that_waits_is_sent_from_any_page(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    page.check("[name=edit-0][value=accept]")
    saved(page)
    hana.context.set_offline(True)
    page.click("text=Approve and next")
    page.wait_for_selector("#notice-sending")
    page.close()
    hana.context.set_offline(False)
    other = hana.open_page()
    other.goto(f"{hana.address}/")
    wait_for_an_answer(other)
    assert Answer.objects.get().decision == "accept"


def test_one_refused_answer_does_not_hold_up_the_others(
    visit, project, item, annotator, make_project, fill
):
    second = make_project("second")
    Membership.objects.create(project=second, person=annotator, role=Role.ANNOTATOR)
    other = fill(second, 1)[0]
    hana = visit("hana")
    pages = [hana.next_item(project), hana.open_item(other, hana.open_page())]
    for page in pages:
        page.check("[name=edit-0][value=accept]")
        saved(page)
    # A browser that goes offline may still send the first request; this way none gets out.
    hana.context.route("**/answer/", lambda route: route.abort())
    for page in pages:
        page.click("button:has-text('Approve'):not(.primary)")
        page.wait_for_selector("#notice-sending")
        page.close()
    Membership.objects.filter(project=project).update(role=Role.READER)
    hana.context.unroute("**/answer/")
    page = hana.open_page()
    page.goto(f"{hana.address}/")
    expect(page.locator("#outbox")).to_contain_text("not open to your role", timeout=45_000)
    wait_for_an_answer(page)
    assert Answer.objects.get().item == other


def test_a_note_outlives_a_reload_and_is_forgotten_once_it_is_kept(visit, project, item, annotator):
    hana = visit("hana")
    page = hana.next_item(project)
    page.click("text=Comment, flag, skip, ask")
    page.fill("#note-text", "이 이름이 맞는지 확인해 주세요.")
    page.reload()
    page.wait_for_selector(READY)
    assert page.input_value("#note-text") == "이 이름이 맞는지 확인해 주세요."
    page.click("button[value=flag]")
    page.wait_for_selector(".messages")
    page.wait_for_selector(READY)
    assert page.input_value("#note-text") == ""
    assert Note.objects.get().text == "이 이름이 맞는지 확인해 주세요."


def test_ctrl_enter_in_a_note_sends_no_answer(visit, project, item, annotator):
    page = visit("hana").next_item(project)
    page.check("[name=edit-0][value=accept]")
    page.click("text=Comment, flag, skip, ask")
    page.fill("#note-text", "메모입니다.")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(500)
    assert not Answer.objects.exists()


def test_two_administrators_do_not_write_over_each_others_guideline(visit, project, make_person):
    chief = make_person("chief", Role.ADMINISTRATOR, project, language="en")
    visitor = visit("chief")
    page = visitor.page
    page.goto(f"{visitor.address}/projects/{project.slug}/guideline/")
    page.click("summary")
    page.fill("#id_text", "# 내 지침")
    Guideline.objects.create(project=project, version=1, text="# 먼저 쓴 지침", author=chief)
    page.click("main form button.primary")
    expect(page.locator("main")).to_contain_text("Somebody has written version 1 since")
    expect(page.locator("main")).to_contain_text("먼저 쓴 지침")
    assert page.input_value("#id_text") == "# 내 지침"
    page.click("main form button.primary")
    page.wait_for_selector(".messages")
    assert project.guideline().text == "# 내 지침"
