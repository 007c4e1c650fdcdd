import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stock_filters import first_reasons, stock_filters, stock_reasons

from bllossom_data.corpus.rules import (
    RULES,
    failed_mask,
    reasons_of,
    thresholds_of,
    unmeasured_mask,
)
from bllossom_data.corpus.signals import SignalMeter

PAGES = {
    "ko": [
        "대한민국의 수도는 서울이다. 한강이 도시를 가로질러 흐르고, 북쪽에는 북한산이 있다. "
        "서울에는 많은 사람이 살고 있으며 해마다 많은 관광객이 찾아온다. 지하철이 도시 곳곳을 이어 "
        "주어 어디든 쉽게 갈 수 있다. 오래된 궁궐과 새로 지은 건물이 함께 있는 도시이기도 하다.",
        "# 제목\n\n- 첫째\n- 둘째\n- 셋째…\n• 넷째\n\n\n반복되는 줄이다.\n반복되는 줄이다.\n반복되는 줄이다.\n",
        "좋아요ㅎㅎ 감사합니다ㅋ... 앜ㅋㅋㅋ 재밌었어요!!! 또 보고 싶네요ㅠㅠ\r\n두 번째 줄\r\n",
        "가까웠다 됐다 했다 갔다 " * 40,
        "국회의원 선거에서 서울 노원구의 후보가 당선됐다.\n\n" * 9,
        "ㅋ",
        "...",
        "\n\n",
        " \t ",
        "한 줄\x0b두 줄\x85세 줄\u2028네 줄",
        "가격은 1,234,567원이고 전화는 02-123-4567이다 😀 이모지도 있다 👍🏽.",
    ],
    "en": [
        "The river runs through the old town, and the people have lived with it for centuries. "
        "To be honest, that is the reason many of them stay. It's a place you don't forget; "
        "U.S. visitors say so (e.g. at https://example.com/a_b?c=d#e) every year. " * 3,
        "- one\n- two\n- three...\n# four\n\n\nsame line\nsame line\nsame line\nsame line\n",
        "word " * 200,
        "a-b c--d 'quoted' \"double\" can't won't I'm they've gonna cannot :-) 10km $5.00 #tag",
        "a",
        "?!",
        "\n",
        "one two three four five six seven eight nine ten. " * 12,
    ],
}


def identified(language: str, count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "language": [language] * count,
            "lid_score": [1.0] * count,
            "expected_language": [1] * count,
        }
    )


def failed(language: str, texts: list[str], **options) -> list[set[str]]:
    frame = SignalMeter("exact", **options).measure(
        pl.Series(texts, dtype=pl.String), identified(language, len(texts))
    )
    masks = frame.select(failed_mask(thresholds_of("fineweb2", language, {}))).to_series()
    return [set(reasons_of(mask)) for mask in masks]


@pytest.fixture(scope="module")
def filters():
    return {language: stock_filters(language) for language in PAGES}


@pytest.mark.parametrize("language", PAGES)
def test_exact_signals_fail_the_rules_that_stock_filters_fail(language, filters):
    ours = [first_reasons(reasons) for reasons in failed(language, PAGES[language])]
    stock = [stock_reasons(filters[language], text) for text in PAGES[language]]
    comparable = [
        (text, mine, theirs)
        for text, mine, theirs in zip(PAGES[language], ours, stock, strict=True)
        if text.strip()
    ]
    assert [mine for _, mine, _ in comparable] == [theirs for _, _, theirs in comparable]


BITS_OF_PAGES = st.lists(
    st.sampled_from(
        ["가", "했다", " ", " ", "\n", "\n\n", "서울에서", "됐", ".", "...", "…", "-", "•", "#", "the",
         "and", "of", "don't", "a", "1", "？", "。", "\t", "\u3000", "\x85", "ㅋㅋ", "”", "x.y", ","]
    ),
    min_size=1,
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(text=BITS_OF_PAGES)
def test_exact_signals_agree_with_stock_filters_on_any_text(text, filters):
    for language in ("ko", "en"):
        if not text.strip():
            continue
        assert first_reasons(failed(language, [text])[0]) == stock_reasons(filters[language], text)


def test_a_document_settled_without_words_keeps_its_word_rules_unmeasured():
    limits = thresholds_of("fineweb2", "ko", {})
    texts = pl.Series([PAGES["ko"][0], PAGES["ko"][1]])
    meter = SignalMeter("exact", {"ko": limits})
    frame = meter.measure(texts, identified("ko", 2))
    unmeasured = frame.select(unmeasured_mask(limits)).to_series().to_list()
    assert unmeasured[0] == 0
    assert set(reasons_of(unmeasured[1])) == {
        rule.reason for rule in RULES if rule.needs_words and limits.get(rule.threshold) is not None
    }
    assert frame["n_words"].to_list()[1] is None


@pytest.mark.parametrize("language", PAGES)
def test_a_document_measures_the_same_alone_and_in_a_batch(language):
    texts = PAGES[language]
    for mode in ("fast", "exact"):
        together = SignalMeter(mode).measure(pl.Series(texts), identified(language, len(texts)))
        alone = pl.concat(
            SignalMeter(mode).measure(pl.Series([text]), identified(language, 1)) for text in texts
        )
        assert together.equals(alone)


def test_long_numbers_do_not_shift_the_words_behind_them():
    number = "12345678901234567890123456"
    text = f"계좌 {number} 로 보내 주세요. 그리고 서울에서 만나요."
    frame = SignalMeter("exact").measure(pl.Series([text]), identified("ko", 1))
    without = SignalMeter("exact").measure(
        pl.Series([text.replace(number, "")]), identified("ko", 1)
    )
    assert frame["n_words"].to_list() == without["n_words"].to_list()
    assert frame["mean_word_chars"].to_list() == without["mean_word_chars"].to_list()


def test_decomposed_hangul_would_fail_what_composed_hangul_passes():
    import unicodedata

    text = PAGES["ko"][0]
    reasons = failed("ko", [text, unicodedata.normalize("NFD", text)])
    assert "gopher_enough_stop_words" not in reasons[0]
    assert "gopher_enough_stop_words" in reasons[1]


def test_spam_and_page_furniture_are_measured_and_news_about_gambling_is_not_spam():
    spam = "카지노 바카라 먹튀 없는 안전놀이터 꽁머니 지급 카톡문의 슬롯 룰렛 가입코드 첫충 매충"
    news = (
        "경찰은 불법 카지노를 운영한 일당을 붙잡았다고 밝혔다. 이들은 지난해 3월부터 서울 강남의 한 "
        "건물에서 회원을 모집해 온 것으로 조사됐다. 경찰은 압수수색으로 확보한 장부를 분석하고 있다."
    )
    board = (
        "조회 123\n추천 4\n댓글 5\n로그인\n오늘 점심으로 김치찌개를 먹었다.\n이전글 | 다음글 | 목록"
    )
    frame = SignalMeter("fast").measure(pl.Series([spam, news, board]), identified("ko", 3))
    density = frame["spam_terms_per_1000_chars"].to_list()
    assert density[0] > 100 > 15 > density[1] > 0
    assert frame["chrome_line_ratio"].to_list() == [0, 0, pytest.approx(5 / 6)]


def test_the_fast_model_counts_nearly_the_words_of_the_analysers():
    for language, tolerance in (("ko", 0.06), ("en", 0.03)):
        texts = pl.Series([PAGES[language][0]])
        fast, exact = (
            SignalMeter(mode).measure(texts, identified(language, 1))["n_words"].item()
            for mode in ("fast", "exact")
        )
        assert fast == pytest.approx(exact, rel=tolerance)
