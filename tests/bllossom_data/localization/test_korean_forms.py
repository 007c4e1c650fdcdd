"""Where names stand in Korean text, and where a word is only spelt like one."""

import re

import pytest

from bllossom_data.korean.josa import particle
from bllossom_data.localization.catalogue import built_in
from bllossom_data.localization.korean_forms import forms_found

PEOPLE = sorted(
    {
        form
        for one in built_in().entities
        if one.type == "person" and one.policy == "substitute"
        for form in one.korean
        if re.fullmatch("[가-힣]{1,3}", form)
    }
)
FRAMES = (
    "어제 {} 만났습니다.:을",
    "그때 {} 말없이 웃었습니다.:은",
    "우리는 {} 함께 점심을 먹었습니다.:과",
)


def found(text: str, *forms: str) -> list[str]:
    return [text[start:end] for start, end, _ in forms_found(text, [(one, one) for one in forms])]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("눈이 녹아 사라지지 않았습니다.", "사라"),
        ("오래된 상점이 사라지고 있습니다.", "사라"),
        ("어머니가 사과를 사라고 하셨어요.", "사라"),
        ("그 책은 꼭 사라는 말을 들었어요.", "사라"),
        ("공을 던지고 받는 연습을 합니다.", "던"),
        ("줄마다 번호를 매기고 저장합니다.", "매기"),
        ("이름이 기억 안나요.", "안나"),
        ("아이가 그린 그림입니다.", "그린"),
        ("이 노래가 젤 좋아요.", "젤"),
        ("그 집이 젤로 맛있어요.", "젤로"),
        ("빵이든지 밥이든지 드십시오.", "이든"),
        ("저기 산이 보이시지요?", "보이시"),
        ("한나라의 역사를 공부합니다.", "한나"),
    ],
)
def test_another_word_that_is_spelt_like_a_name_is_no_name(text, form):
    assert found(text, form) == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("사라가 웃으며 대답했습니다.", "사라"),
        ("사라에게 편지를 보내세요.", "사라"),
        ("안나는 사과를 다섯 개 샀습니다.", "안나"),
        ("한나와 저는 같은 반입니다.", "한나"),
        ("존은 두 시간 동안 기다렸습니다.", "존"),
        ("그린 씨를 만나러 왔습니다.", "그린"),
        ("마이크가 먼저 도착했습니다.", "마이크"),
        ("월마트에서는 우유를 팝니다.", "월마트"),
        ("**사라**는 웃었습니다.", "사라"),
    ],
)
def test_a_name_is_found(text, form):
    assert found(text, form) == [form]


def test_only_the_place_where_it_is_a_name_is_found():
    text = "눈이 사라지고 나서야 사라가 왔습니다.\n그 뒤로 사라를 본 사람은 없습니다."
    places = forms_found(text, [("사라", "person")])
    assert [text[start : end + 1] for start, end, _ in places] == ["사라가", "사라를"]


def test_hardly_any_short_name_of_a_person_is_taken_for_another_word():
    missed = []
    for form in PEOPLE:
        for frame in FRAMES:
            sentence, josa = frame.split(":")
            text = sentence.format(form + particle(form, josa))
            if found(text, form) != [form]:
                missed.append(text)
    assert len(PEOPLE) > 150
    assert len(missed) <= 0.01 * len(PEOPLE) * len(FRAMES), missed
