"""How the ends of written words are read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.korean.readings import reading


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("북한산", "북한산"),
        ("2024년", "년"),
        ("1", "일"),
        ("10", "십"),
        ("100", "백"),
        ("3,000", "삼천"),
        ("10,000", "만"),
        ("100,000,000", "일억"),
        ("20,345", "이만삼백사십오"),
        ("0.5", "영점오"),
        ("1/2", "이분의 일"),
        ("-3", "삼"),
        ("010-1234-5678", "오육칠팔"),
        ("10:30", "삼십"),
        ("12~15", "십오"),
        ("5km", "킬로미터"),
        ("3 m", "미터"),
        ("100cm²", "제곱센티미터"),
        ("5m/s", "미터 매 초"),
        ("50%", "퍼센트"),
        ("30℃", "도"),
        ("$1,250.50", "달러"),
        ("$5M", "달러"),
        ("₩5,000", "원"),
        ("CNN", "씨엔엔"),
        ("AT&T", "에이티티"),
        ("U.S.", "유에스"),
        ("OPEC", "오펙"),
        ("Google Chrome", "크롬"),
        ("LaTeX", "레이텍"),
        ("main.py", "파이"),
        ("example.com", "닷컴"),
        ("C#", "씨샵"),
        ("MP3", "엠피쓰리"),
    ],
)
def test_what_has_one_reading_is_read(word, spoken):
    assert reading(word) == spoken


@pytest.mark.parametrize(
    "word",
    [
        *("McKinsey", "hello", "latex", "getElement", "`foo()`", "iPhone 15", "영웅본색3", "10M"),
        *(
            "3:05",
            "2024-01-05",
            "24/7",
            "12/25",
            "1990s",
            "20th",
            "III",
            "EPUB",
            "TABLE",
            "WARNING",
        ),
        *(
            "⟦1⟧",
            "#",
            "@",
            "👍",
            "ㅋㅋ",
            "漢字",
            "수OO",
            "영하 24.0",
            "종속성의 컴포넌트)",
            "",
            "()",
            "**",
        ),
    ],
)
def test_what_readers_read_differently_has_no_reading(word):
    assert reading(word) is None


@pytest.mark.parametrize(
    "written",
    [
        *(
            "{}(836m)",
            "{} (Mt. Bukhan)",
            "{}[1]",
            "**{}**",
            "*{}*",
            "`{}`",
            "“{}”",
            "「{}」",
            "({})",
        ),
        *("[{}](https://a.kr/x_(y))", "**[{}](https://a.kr)**", "~~{}~~", "{}™", "{}.", "{}…"),
        *("<b>{}</b>", "__{}__(北漢山)", "[{}][1]"),
    ],
)
@pytest.mark.parametrize("word", ["북한산", "CNN", "3", "50%", "Apple"])
def test_marks_quotes_and_asides_around_a_word_are_looked_through(written, word):
    assert reading(written.format(word)) == reading(word) is not None


@given(st.text(max_size=12))
def test_a_reading_is_hangul_or_nothing(word):
    spoken = reading(word)
    assert spoken is None or re.fullmatch("[가-힣 ]*[가-힣]", spoken)


@given(st.integers(min_value=1, max_value=10**20 - 1))
def test_a_number_ends_as_its_last_digit_or_its_place_says(number):
    digits = str(number)
    zeros = len(digits) - len(digits.rstrip("0"))
    last = "일이삼사오육칠팔구"[int(digits.rstrip("0")[-1]) - 1]
    places = ["십", "백", "천", "만", "만", "만", "만", "억", "억", "억", "억", "조"]
    if zeros == 0:
        assert reading(digits)[-1] == last
    elif zeros <= len(places):
        assert reading(digits)[-1] == places[zeros - 1]


def test_the_words_of_the_table_are_read_and_are_many():
    from bllossom_data.korean.readings import _words

    assert len(_words()) >= 150
    for word, spoken in _words().items():
        assert reading(word) == spoken
        assert re.fullmatch("[가-힣]+", spoken), word
