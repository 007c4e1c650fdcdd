"""One name becomes the same in every turn of an example, or a person is told."""

import pytest

from bllossom_data.examples import Edit, Message, apply_edits
from bllossom_data.localization.entities import entity_edits, names_left, plan_entities

SHOP = "Is it okay to return a shirt at Walmart without a receipt?"
KOREAN_SHOP = "월마트에서 영수증 없이 셔츠를 반품해도 되나요?"


def item(*turns: str) -> list[Message]:
    return [Message(("user", "assistant")[n % 2], text) for n, text in enumerate(turns)]


def after(messages, korean):
    edits, findings = entity_edits(plan_entities(messages), korean)
    texts = [
        text and apply_edits(text, [one for one in edits if one.turn == turn])
        for turn, text in enumerate(korean)
    ]
    return texts, findings


@pytest.mark.parametrize(
    ("korean", "expected"),
    [
        ("네. 월마트(Walmart)에서 받아 줍니다.", "네. 이마트에서 받아 줍니다."),
        ("네. Walmart에서 받아 줍니다.", "네. 이마트에서 받아 줍니다."),
        ("네. Walmart(월마트)는 받아 줍니다.", "네. 이마트는 받아 줍니다."),
        ("네. `Walmart`는 상수입니다. 월마트는", "네. `Walmart`는 상수입니다. 이마트는"),
    ],
)
def test_a_name_that_stayed_in_latin_letters_is_replaced_as_well(korean, expected):
    messages = item(SHOP, "Yes. Walmart takes it back.")
    texts, findings = after(messages, [KOREAN_SHOP, korean])
    assert texts == ["이마트에서 영수증 없이 셔츠를 반품해도 되나요?", expected]
    assert findings == []


def test_a_form_taken_for_another_word_is_told_in_whatever_turn_it_stands():
    plan = plan_entities(item("My friend Anna smiled. Why?", "She is a doctor."))
    _, findings = entity_edits(plan, ["안나가 웃었어요. 왜죠?", "제 친구 안나는 의사예요."])
    told = [one for one in findings if "다른 낱말" in one.message]
    assert [(one.turn, one.start, one.end) for one in told] == [(1, 5, 7)]


def test_a_replaced_name_that_another_proposal_brings_back_is_told():
    messages = item(SHOP, "Yes. Walmart takes it back.")
    korean = [KOREAN_SHOP, "네. 월마트에서 받아 줍니다."]
    plan = plan_entities(messages)
    edits, _ = entity_edits(plan, korean)
    assert names_left(plan, korean, edits) == []
    rewrite = Edit(
        "topic", 1, 0, len(korean[1]), korean[1], "네. 월마트와 이마트 모두 됩니다.", "", "model:m"
    )
    kept = [one for one in edits if one.turn == 0]
    [finding] = names_left(plan, korean, [*kept, rewrite])
    assert (finding.check, finding.level, finding.turn) == ("entities", "warning", 1)
    assert "월마트" in finding.message
    assert "이마트" in finding.message


def test_a_name_that_was_nowhere_replaced_is_not_told():
    messages = item(SHOP, "Yes. Walmart takes it back.")
    korean = [KOREAN_SHOP, "네. 월마트에서 받아 줍니다."]
    assert names_left(plan_entities(messages), korean, []) == []


def test_a_counterpart_spelt_like_a_form_is_not_left():
    messages = item("I have a day off on Memorial Day. Any plans?", "Go on Memorial Day.")
    korean = ["메모리얼 데이에 쉬어요.", "현충일에 가세요."]
    plan = plan_entities(messages)
    edits, _ = entity_edits(plan, korean)
    assert [one.after for one in edits if one.kind == "entity"] == ["현충일"]
    assert names_left(plan, korean, edits) == []


def test_a_longer_name_that_stays_is_not_left():
    messages = item(
        "I live in New York and an article in the New York Times is about my apartment.",
        "Congratulations.",
    )
    korean = ["뉴욕에 살며 뉴욕 타임스를 읽어요.", "축하합니다. 뉴욕 타임스라니요."]
    plan = plan_entities(messages)
    edits, _ = entity_edits(plan, korean)
    assert [one.after for one in edits if one.kind == "entity"] == ["서울"]
    assert names_left(plan, korean, edits) == []
