"""Signals of Korean and English web pages: scripts, page furniture, advertising, wrong decodings."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.batches import text_batch
from bllossom_data.corpus.page_kernels import PAGE_COLUMNS, measure_pages


def measure(*texts: str | None) -> pl.DataFrame:
    column = pl.Series("text", texts, dtype=pl.String)
    return measure_pages(column, text_batch(column))


def signal(name: str, text: str) -> float:
    return measure(text)[name][0]


@pytest.mark.parametrize(
    ("text", "hangul", "jamo", "hanja", "latin"),
    [
        ("한국어 문장이다.", 1, 0, 0, 0),
        ("An English sentence, 123!", 0, 0, 0, 1),
        ("가나 ab", 0.5, 0, 0, 0.5),
        ("ㅋㅋㅋ 가", 0.25, 0.75, 0, 0),
        ("大韓民國 대한민국", 0.5, 0, 0.5, 0),
        ("ＡＢ가나", 0.5, 0, 0, 0.5),
        ("été à Zürich", 0, 0, 0, 1),
        ("ひらがな カタカナ", 0, 0, 0, 0),
        ("русский текст", 0, 0, 0, 0),
        ("12,345 !? 🙂", 0, 0, 0, 0),
        ("", 0, 0, 0, 0),
    ],
)
def test_script_ratios_are_shares_of_letters(text, hangul, jamo, hanja, latin):
    row = measure(text).select(PAGE_COLUMNS[:4]).row(0)
    assert row == pytest.approx((hangul, jamo, hanja, latin))


def test_syllables_that_were_taken_apart_count_as_jamo_until_they_are_normalised():
    assert signal("jamo_ratio", unicodedata.normalize("NFD", "한국어")) == 1
    assert signal("hangul_ratio", unicodedata.normalize("NFC", "한국어")) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=6))
def test_a_document_measures_the_same_alone_and_in_a_batch_and_no_ratio_leaves_its_range(texts):
    together = measure(*texts)
    assert together.columns == list(PAGE_COLUMNS)
    assert together.equals(pl.concat([measure(), *(measure(text) for text in texts)]))
    ratios = together.drop("spam_terms_per_1000_chars")
    assert all(0 <= value <= 1 for row in ratios.rows() for value in row)
    assert together["spam_terms_per_1000_chars"].is_between(0, 1_000).all()


def test_a_null_measures_as_an_empty_document():
    assert measure(None, "글").row(0) == measure("").row(0)
    assert measure(None).null_count().sum_horizontal()[0] == 0


KOREAN_FURNITURE = [
    "목록",
    "이전글 | 다음글",
    "추천 12",
    "추천 12  비추천 3",
    "조회 1,234",
    "조회수: 1,234회",
    "댓글 3개",
    "[댓글쓰기]",
    "[수정] [삭제] [목록]",
    "(신고하기)",
    "작성일 2024-01-02 12:33",
    "  · 로그인 · 회원가입 ·",
    "▶ 더보기",
    "※ 맨 위로",
    "좋아요 7 / 공유하기",
    "홈 > 검색",
]
ENGLISH_FURNITURE = [
    "Share",
    "Log in | Sign up",
    "READ MORE",
    "Posted by",
    "Comments (12)",
    "Reply Quote Report",
    "Next post > Previous post",
    "Views: 1,024",
    "Back to top",
]
SENTENCES = [
    "수정했습니다.",
    "추천을 눌러 주세요.",
    "댓글로 알려 주시면 고맙겠습니다.",
    "검색 결과가 좋지 않았다.",
    "그는 목록을 훑어보았다.",
    "작성자: 홍길동",
    "Search results are good.",
    "Please share this with your friends.",
    "He likes to read more books than I do.",
    "The report was printed in 2024.",
    "2024-01-02",
]


@pytest.mark.parametrize("line", [*KOREAN_FURNITURE, *ENGLISH_FURNITURE])
def test_a_line_of_page_furniture_is_recognised(line):
    assert signal("chrome_line_ratio", line) == 1
    assert signal(
        "chrome_line_ratio", f"본문은 문장이다.\n\n{line}\n다른 문장이다."
    ) == pytest.approx(1 / 3)


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_with_the_same_words_is_not_page_furniture(line):
    assert signal("chrome_line_ratio", line) == 0


def test_blank_lines_do_not_count_as_lines():
    assert signal("chrome_line_ratio", "\n\n목록\n \n\t\n본문이 한 줄 있다.\n\n") == 0.5
    assert signal("chrome_line_ratio", "\n \n") == 0


@pytest.mark.parametrize(
    "text", ["당일 대출", "당일대출", "당일  대출", "카지노를", "CASINO", "Free Spins"]
)
def test_an_advertising_term_counts_with_or_without_blanks_particles_and_capitals(text):
    assert signal("spam_terms_per_1000_chars", text) == pytest.approx(1_000 / len(text))


def test_advertising_is_dense_and_news_about_it_is_not():
    advertising = "바카라 카지노 먹튀 없는 안전놀이터 추천인코드 텔레문의 환영합니다. " * 5
    news = (
        "경찰은 불법 도박 사이트를 운영한 혐의로 세 사람을 붙잡았다고 밝혔다. 이들은 해외에 서버를 두고 "
        "여러 해 동안 카지노 게임을 흉내 낸 누리집을 열어 왔으며, 경찰은 이용자들의 신고를 받아 "
        "수사에 나섰다. 법원은 도주할 우려가 있다며 구속 영장을 내주었다. 전문가들은 청소년이 이런 "
        "누리집에 쉽게 닿을 수 있다는 점을 걱정하며 학교에서 예방 교육을 늘려야 한다고 말한다."
    )
    assert signal("spam_terms_per_1000_chars", advertising) > 50
    assert signal("spam_terms_per_1000_chars", news) < 6
    assert signal("spam_terms_per_1000_chars", "오늘은 날씨가 맑고 바람이 잔잔하다.") == 0


@pytest.mark.parametrize(
    "text",
    [
        "Après l'été, la créée déjà naïve façon où l'on goûte « à côté ».",
        "Größe, Straße, Übermäßig: Füße laufen über die Brücke nach Köln.",
        "El niño comió piñas; ¿dónde está el señor Muñoz? ¡Aquí!",
        "São Paulo não é a capital; as ações subiram três vezes.",
        "20 °C ± 0,5 °C, 3 × 4 m², § 12, © 2024",
        "한국어와 English가 섞인 café의 차림표",
        "",
    ],
)
def test_accents_and_signs_are_not_broken(text):
    assert signal("broken_char_ratio", text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요 여러분, 반갑습니다.",
        "오늘 점심은 무엇을 먹을까요?",
        "대한민국의 수도는 서울이다.",
    ],
)
@pytest.mark.parametrize("encoding", ["euc-kr", "cp949"])
def test_korean_read_as_latin_is_broken(text, encoding):
    assert signal("broken_char_ratio", text.encode(encoding).decode("latin-1")) > 0.4


def test_utf_8_read_as_latin_1_is_broken():
    assert signal("broken_char_ratio", "안녕하세요 여러분".encode().decode("latin-1")) > 0.5


def test_replacement_and_control_characters_are_counted_one_by_one():
    assert signal("broken_char_ratio", "안녕\ufffd하세\ufffd요\u0080가나") == pytest.approx(0.3)


def test_one_broken_word_in_a_long_document_stays_below_any_threshold_in_use():
    text = "이 문서는 대체로 멀쩡하다. " * 20 + "깨진 낱말".encode("euc-kr").decode("latin-1")
    assert 0 < signal("broken_char_ratio", text) < 0.1
