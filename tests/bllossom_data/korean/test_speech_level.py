"""Speech levels: of sentences, of Markdown texts, and from one to another."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from korean_language import gold, measure_conversions, measure_levels

from bllossom_data.korean.speech_endings import last_ending
from bllossom_data.korean.speech_level import level_of, profile_findings, sentences, to_level

RECIPE = """# 김치찌개 끓이는 법.

먼저 물을 끓입니다. 그다음 **김치**를
넣으세요.

- 김치 200g
- 돼지고기는 얇게 썬다.

> 음식은 정성이다.

```python
print("안녕하세요.")
```

별 하나에 추억과
별 하나에 사랑과
별 하나에 쓸쓸함과

철수: 뭐 해?
영희: 밥 먹어.
철수: 나도 먹자.

| 재료 | 양 |
|---|---|
| 물 | 1컵 |

"괜찮아."

그는 "간다."라고 했습니다. `f(x).`를 씁니다. 끝이다."""


def test_the_levels_of_the_gold_are_told():
    figures = measure_levels()
    assert figures["rows"] >= 220
    assert figures["accuracy"] >= 0.97, figures["wrong"]


def test_the_conversions_of_the_gold_are_right():
    figures = measure_conversions()
    assert figures["rows"] >= 120
    assert figures["accuracy"] >= 0.97, figures["wrong"]
    assert figures["undecided_but_certain"] <= 2


def test_sentences_of_markdown_say_why_they_are_exempt():
    found = {one.text.split("\n")[0]: one.exempt for one in sentences(RECIPE)}
    assert found["김치찌개 끓이는 법."] == "heading"
    assert found["김치 200g"] == "list_fragment"
    assert found["음식은 정성이다."] == "quotation"
    assert found["```python"] == "code"
    assert found["별 하나에 추억과"] == "verse"
    assert found["영희: 밥 먹어."] == "dialogue"
    assert found["1컵"] == "list_fragment"
    assert found['"괜찮아."'] == "quotation"
    judged = [text for text, exempt in found.items() if exempt is None]
    assert judged == [
        "먼저 물을 끓입니다.",
        "그다음 **김치**를",
        "돼지고기는 얇게 썬다.",
        '그는 "간다."라고 했습니다.',
        "`f(x).`를 씁니다.",
        "끝이다.",
    ]


@pytest.mark.parametrize(
    "poem",
    [
        "가을 달빛에 벌레가 밤을 파 먹네",
        "고요한 옛 못 / 개구리 뛰어든다 / 물소리",
        "쓰고 지우고 다시 쓰니 양귀비 피는구나",
        "*하늘도 땅도 없는데 눈송이는 내리네*",
    ],
)
def test_a_poem_in_one_line_is_verse(poem):
    profile = profile_findings(f"한 줄로 썼습니다.\n\n{poem}", "합쇼체")
    assert (profile.judged, profile.findings) == (1, ())


@pytest.mark.parametrize(
    "said",
    [
        "이 방법은 정말 좋네요",
        "먼저 물을 끓인다",
        "그러면 값이 오르네.",
        "정말 좋네",
        "차 / 커피를 마신다",
        "값이 오르면 사람들이 덜 사게 되고 그러면 다시 값이 내리게 되네",
    ],
)
def test_a_line_of_prose_is_no_verse(said):
    assert len(profile_findings(f"그렇습니다.\n\n{said}", "합쇼체").findings) == 1


def test_a_profile_counts_what_fits_and_names_the_rest():
    profile = profile_findings(RECIPE, "합쇼체")
    assert (profile.judged, profile.fitting, profile.share) == (6, 3, 0.5)
    assert [RECIPE[one.start : one.end] for one in profile.findings] == [
        "그다음 **김치**를\n넣으세요.",
        "돼지고기는 얇게 썬다.",
        "끝이다.",
    ]
    assert "합쇼체로 써야 할 문장이 해요체입니다" in profile.findings[0].message


def test_a_text_without_predicates_fits_every_profile():
    assert profile_findings("# 재료\n\n- 물\n- 소금", "해요체").share == 1.0


@given(st.text(alphabet='가나다.습니다요 \n#->`*|"[]()', max_size=60))
def test_sentences_are_places_of_the_text(text):
    for one in sentences(text):
        assert text[one.start : one.end] == one.text


@pytest.mark.parametrize("row", gold("speech_levels.tsv"), ids=lambda row: row["sentence"][:20])
@pytest.mark.parametrize("wanted", ["합쇼체", "해요체"])
def test_a_conversion_changes_the_last_word_alone_and_has_the_wanted_level(row, wanted):
    sentence = row["sentence"]
    converted = to_level(sentence, wanted)
    if converted is None:
        return
    said = re.sub(r"\(.*\)\.$|[ :)😊…]+$", "", sentence)
    assert converted.startswith(said.rpartition(" ")[0])
    assert level_of(converted) == wanted
    assert to_level(converted, wanted) == converted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("올리브유 두 큰술", "합쇼체"),
        ("점심을 먹음.", "해요체"),
        ("같이 가요.", "합쇼체"),
        ("빨리 와.", "합쇼체"),
        ("방법을 보여줘요.", "합쇼체"),
        ("함께 살펴봐요.", "합쇼체"),
        ("어떻게 하면 될까요?", "합쇼체"),
        ("안녕하세요.", "합쇼체"),
        ("벌써 다 끝났잖아요.", "합쇼체"),
        ("", "합쇼체"),
    ],
)
def test_what_has_no_certain_conversion_has_none(sentence, wanted):
    assert to_level(sentence, wanted) is None


def test_letters_say_the_same_level_as_kiwi():
    said = [row["sentence"] for row in gold("speech_levels.tsv")]
    assert [level_of(one) for one in said] == [last_ending(one).level for one in said]
