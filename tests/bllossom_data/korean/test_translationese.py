"""Wordings that read like a translation."""

import pytest
from korean_language import machine_translated, measure_translationese, treebank

from bllossom_data.korean.translationese import MARKS, translationese

MARKED = {
    "second_person": ("비밀번호를 잊었다면 당신은 다시 만들어야 합니다.", "당신"),
    "dummy_it": ("그것은 매우 중요합니다.", "그것은 매우 중요합니다."),
    "third_person": ("그녀는 곧 떠났다.", "그녀"),
    "by_agent": ("이 값은 시스템에 의해 정해집니다.", "에 의해"),
    "about": ("언어에 대한 책과 문법에 대한 책이 있습니다.", "에 대한"),
    "have": ("이 함수는 두 인수를 가지고 있습니다.", " 가지고 있습니다"),
    "possible": ("설정을 변경하는 것이 가능합니다.", "변경하는 것이 가능합니다"),
    "from_of": ("서버로부터의 응답을 기다립니다.", "로부터의"),
    "plural": ("여러 문제들이 남았습니다.", "여러 문제들"),
    "double_passive": ("그렇게 보여집니다.", "보여집니다"),
    "and_list": ("사과 및 배 및 감을 샀습니다.", "및"),
    "can_chain": ("열 수 있습니다. 닫을 수 있습니다. 옮길 수 있습니다.", "옮길 수 있습니다"),
    "dash": ("서울 — 한국의 수도 — 은 큽니다.", " — "),
    "of_chain": ("회사의 직원의 의견을 들었습니다.", "회사의 직원의 의견을"),
    "one_of_most": ("가장 유명한 작품 중 하나입니다.", "가장 유명한 작품 중 하나"),
    "split_word": ("실행 되 면 끝납니다.", "행 되 면"),
    "heading_stop": ("# 시작하기.\n\n시작합니다.", "."),
}


def test_every_mark_has_an_example():
    assert MARKED.keys() == MARKS.keys()


@pytest.mark.parametrize("name", MARKED)
def test_a_wording_is_marked_with_a_suggestion(name):
    text, said = MARKED[name]
    found = [mark for mark in translationese(text) if mark.name == name]
    assert said in [text[mark.start : mark.end] for mark in found]
    assert all(mark.suggestion == MARKS[name] for mark in found)


@pytest.mark.parametrize(
    "text",
    [
        "우리말에 대한 책을 읽었다.",
        "사과 및 배를 샀다.",
        "세 사람이 두 아이를 만났다.",
        "여러 가지를 만들고 많은 힘들 일을 겪었다.",
        "그것은 내 책이다.",
        "# 시작하기\n\n시작합니다.",
        "`당신은`이라는 변수와 https://a.kr/당신은",
        "```\n당신은 그녀에 의해\n```",
        "회의의 결과를 강의 시간에 알렸다.",
        "지하철로 갈 수 있다. 버스는 없다.",
    ],
)
def test_natural_korean_is_not_marked(text):
    assert translationese(text) == []


def test_machine_translation_is_marked_more_than_native_web_text(shared_data):
    native = measure_translationese(treebank(shared_data, "gsd"), joined=True)
    machine = measure_translationese(machine_translated(shared_data, pages=120), joined=False)
    assert machine["per_1000"] > native["per_1000"]
