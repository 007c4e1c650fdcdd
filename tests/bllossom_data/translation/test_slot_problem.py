"""A translation that lost, doubled, invented or broke a slot is told apart from a good one."""

import pytest

from bllossom_data.translation.markdown import parse_markdown
from bllossom_data.translation.slots import slot_problem


def segment_of(text):
    (segment,) = parse_markdown(text).segments
    return segment


CODE = "Run `make` and then `test` in [the shell](https://a.org)."
TAGS = "A <b>bold</b> word and <i>another one</i> here.<br>"
POEM = "The sun goes down\nbehind the hill\nand all the town"


@pytest.mark.parametrize(
    ("source", "translated"),
    [
        (CODE, "[셸](⟦3⟧)에서 ⟦2⟧ 전에 ⟦1⟧을 실행하세요."),
        (TAGS, "여기 ⟦3⟧다른 것⟦4⟧과 ⟦1⟧굵은⟦2⟧ 낱말.⟦5⟧"),
        (POEM, "해가 지네\n언덕 너머로\n온 마을이"),
        ("No slots at all.", "보호할 것이 없습니다."),
        ("One line.", "첫째 줄.\n둘째 줄."),
        ("An </b> odd `x` tag", "⟦2⟧ 이상한 ⟦1⟧ 태그"),
    ],
)
def test_a_good_translation_has_no_problem(source, translated):
    assert slot_problem(segment_of(source), translated) is None


@pytest.mark.parametrize(
    ("source", "translated", "said"),
    [
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧을 실행하세요.", "빠졌습니다: ⟦2⟧."),
        (CODE, "실행하세요.", "빠졌습니다: ⟦1⟧, ⟦2⟧, ⟦3⟧."),
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧, ⟦1⟧, ⟦2⟧ 실행", "두 번 이상 쓰였습니다: ⟦1⟧."),
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧, ⟦2⟧, ⟦4⟧ 실행", "원문에 없는 보호 표시가 있습니다: ⟦4⟧."),
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧, ⟦2⟧, ⟦0⟧ 실행", "원문에 없는"),
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧, ⟦2 실행", "괄호가 깨졌습니다"),
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧, ⟦둘⟧ 실행", "괄호가 깨졌습니다"),
        (CODE, "[셸](⟦3⟧)에서 ⟦1⟧, ⟦2⟧⟧ 실행", "괄호가 깨졌습니다"),
        (CODE, "셸(⟦3⟧)에서 ⟦1⟧, ⟦2⟧ 실행", "링크가 깨졌습니다"),
        (CODE, "[셸] (⟦3⟧)에서 ⟦1⟧, ⟦2⟧ 실행", "링크가 깨졌습니다"),
        (CODE, "[셸](⟦1⟧)에서 ⟦3⟧, ⟦2⟧ 실행", "링크가 깨졌습니다"),
        (TAGS, "⟦2⟧굵은⟦1⟧ 낱말과 ⟦3⟧다른 것⟦4⟧.⟦5⟧", "태그의 순서가 어긋났습니다: </b>"),
        (TAGS, "⟦1⟧굵은 ⟦3⟧낱말⟦2⟧과 다른 것⟦4⟧.⟦5⟧", "태그의 순서가 어긋났습니다: </b>"),
        (POEM, "해가 지네 언덕 너머로\n온 마을이", "줄 수가 원문과 다릅니다(원문 3줄, 번역 2줄)"),
        ("One line.", "첫째.\n\n둘째.", "빈 줄이 생겨"),
        ("# A heading", "제목\n둘째 줄", "줄바꿈이 생겼습니다"),
        ("No slots.", "없던 ⟦1⟧ 표시", "원문에 없는 보호 표시가 있습니다: ⟦1⟧."),
    ],
)
def test_what_is_wrong_is_said_in_korean(source, translated, said):
    problem = slot_problem(segment_of(source), translated)
    assert problem is not None
    assert said in problem


def test_prose_in_a_fence_keeps_its_lines():
    text = "```\nDear all,\nI am in the office on the first floor and you are not\nYours\n```"
    (segment,) = parse_markdown(text).segments
    problem = slot_problem(segment, "모두에게, 저는 1층 사무실에 있습니다.")
    assert problem is not None
    assert "줄 수가 원문과 다릅니다" in problem
