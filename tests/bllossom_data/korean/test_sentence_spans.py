from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.korean import sentence_spans as module
from bllossom_data.korean.sentence_spans import sentence_spans


def said(text):
    return [text[start:end] for start, end in sentence_spans(text)]


PLAIN = {
    "물을 끓입니다. 면을 넣으세요! 다 됐나요?": ["물을 끓입니다.", "면을 넣으세요!", "다 됐나요?"],
    # A quoted or linked word that opens a sentence belongs to what follows it.
    "면접이 있어요. '자기소개'라는 말을 연습해요.": [
        "면접이 있어요.",
        "'자기소개'라는 말을 연습해요.",
    ],
    "만듭니다. [마법사](https)를 씁니다.": ["만듭니다.", "[마법사](https)를 씁니다."],
    "무게는 3.5킬로그램입니다. config.toml을 엽니다.": [
        "무게는 3.5킬로그램입니다.",
        "config.toml을 엽니다.",
    ],
    "**표준 공제인가?** 열 명 중 아홉은 그렇습니다(2026년).": [
        "**표준 공제인가?**",
        "열 명 중 아홉은 그렇습니다(2026년).",
    ],
    "보다 큰 수마다 다 더한다.": ["보다 큰 수마다 다 더한다."],
    "준비물": ["준비물"],
    "  \n": [],
}
DOUBTFUL = (
    "좋습니다 그렇게 하겠습니다",
    "재밌다ㅋㅋ 또 볼래요",
    "그가 말했다. (사실은 거짓말이었다.) 모두 웃었다.",
    "“가자.” 그가 말했다.",
    "그게… 아니에요.",
    "Dr. Kim을 만났습니다.",
    "상태를 가집니다**: 시간을 기억합니다.",
)


@pytest.mark.parametrize("text", PLAIN)
def test_a_predicate_and_a_mark_end_a_sentence_without_kiwi(text, monkeypatch):
    monkeypatch.setattr(module, "morphemes", None)
    assert said(text) == PLAIN[text]


@pytest.mark.parametrize("text", DOUBTFUL)
def test_kiwi_is_asked_where_letters_leave_a_doubt(text, monkeypatch):
    monkeypatch.setattr(module, "morphemes", lambda _: [])
    assert sentence_spans(text) == []


@given(st.text(alphabet="다요 .!?()\"'*가나:3A\n…ㅋ", max_size=40))
def test_sentences_are_in_order_apart_and_without_white_space_around_them(text):
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
