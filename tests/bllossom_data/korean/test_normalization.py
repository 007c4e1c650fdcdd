import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.korean.normalization import normalize, normalize_series

CASES = [
    ("", "", ()),
    ("깨끗한 글 and clean text\n\t", "깨끗한 글 and clean text\n\t", ()),
    ("a\r\nb\rc\n", "a\nb\nc\n", ("newlines",)),
    ("쪽\x0c쪽\x0b줄", "쪽\n쪽\n줄", ("newlines",)),
    (unicodedata.normalize("NFD", "한글 café"), "한글 café", ("nfc",)),
    ("Å (Angstrom)".replace("Å", "\u212b"), "Å (Angstrom)", ("nfc",)),
    ("老心".replace("老", "\uf934"), "老心", ("nfc",)),
    ("a\x00b\x07c\x7fd\x80e", "abcde", ("controls",)),
    ("\ufeff처음", "처음", ("byte_order_mark",)),
    ("\ufeff\ufeffa\ufeffb", "a\ufeffb", ("byte_order_mark",)),
    ("웃음 \ud83d\ude00 반쪽 \ud83d.", "웃음 😀 반쪽 .", ("surrogates",)),
    ("\uffbb\uffbb 재밌다 \uffc2\uffdc", "ㅋㅋ 재밌다 ㅏㅣ", ("jamo",)),
    ("\u110f\u110f\u110f", "ㅋㅋㅋ", ("jamo",)),
    ("\u110f\u110f가자 \u1172\u1172 \u11a8", "ㅋㅋ가자 ㅠㅠ ㄱ", ("jamo",)),
    ("한\u11ab", "한ㄴ", ("jamo",)),
    ("ÇÏ¼¼¿ä\r\n", "하세요\n", ("newlines", "euc_kr_mojibake")),
    ("í\x95\x9cêµ\xadì\x96´", "한국어", ("ftfy",)),
    ("don\x92t", "don’t", ("cp1252_punctuation",)),
]
OLD_HANGUL = [
    "\u1102\u1161\u1105\u1161\u11ba \u1106\u1161\u11af\u110a\u119e\u1106\u1175",
    "\u1112\u119e\u11ab글",
    "가\u11f0",
    "\u1140\u1175",
    "\u112b\u1161\u11f9",
    "\ua960\u1161\ud7cb",
]
UNTOUCHED = [
    "안녕ㅋㅋ",
    "좋아요ㅎㅎ 감사합니다ㅋ",
    "10000원, 2000년",
    "와아아아아 ㅋㅋㅋㅋㅋㅋㅋ ㅠㅠㅠㅠ !!!!! ......",
    "大韓民國 「인용」 『책』 ｆｕｌｌ　ｗｉｄｔｈ １２３ ﬁ",
    "“curly” ‘quotes’ &amp; &lt;b&gt; — … \u200b\u200d\u00a0",
    "👨‍👩‍👧‍👦 🇰🇷 ❤️",
    "Ça été très long à Évian",
]


@pytest.mark.parametrize(("text", "normal", "repairs"), CASES)
def test_damage_is_repaired_and_named(text, normal, repairs):
    assert normalize(text) == (normal, repairs)


@pytest.mark.parametrize("text", OLD_HANGUL)
def test_old_hangul_stays_old_hangul(text):
    assert normalize(text)[0] == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_meaning_is_never_normalised_away(text):
    assert normalize(text) == (text, ())


@given(st.text(st.sampled_from("ㅋㅎㅠㅜㅡ가요!?~.0129 "), max_size=60))
def test_repeats_are_never_shortened(text):
    assert normalize(text) == (text, ())


DAMAGE = st.sampled_from(
    [text for text, _, _ in CASES]
    + OLD_HANGUL
    + [
        "\r",
        "\n",
        "\x00",
        "\x85",
        "\x93",
        "\ufeff",
        "\ud800",
        "\u0301",
        "\u3099",
        "\u1161",
        "\u11a8",
    ]
    + ["Ç", "Ñ", "±", "¹", "Ã", "©", "ÃÂ", "í", "•", "œ", "\u1100", "\u115f", "\uffbb", "é", "e"]
)
TEXTS = st.lists(DAMAGE | st.text(max_size=4), max_size=12).map("".join)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_normalising_twice_changes_nothing(text):
    normal = normalize(text)[0]
    assert normalize(normal) == (normal, ())
    assert unicodedata.is_normalized("NFC", normal)
    assert normal.encode().decode() == normal
    assert not [c for c in normal if unicodedata.category(c) == "Cc" and c not in "\n\t"]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS | st.none(), max_size=8))
def test_a_column_is_normalised_like_its_texts(texts):
    # Polars holds UTF-8, which has no surrogates.
    texts = [text and text.encode("utf-8", "ignore").decode() for text in texts]
    column = pl.Series("text", texts, dtype=pl.String)
    normal, repairs = normalize_series(column)

    expected = [(None, ()) if text is None else normalize(text) for text in texts]
    assert normal.to_list() == [text for text, _ in expected]
    assert repairs.to_list() == [list(names) for _, names in expected]
    assert column.to_list() == texts


@pytest.mark.parametrize("text", [text for text, _, _ in CASES] + OLD_HANGUL + UNTOUCHED)
def test_every_kind_of_damage_is_seen_in_a_column(text):
    text = text.encode("utf-8", "ignore").decode()
    normal, repairs = normalize(text)
    found = normalize_series(pl.Series([text]))
    assert (found[0].to_list(), found[1].to_list()) == ([normal], [list(repairs)])


def test_a_column_keeps_its_name_and_types():
    normal, repairs = normalize_series(pl.Series("text", [], dtype=pl.String))
    assert (normal.name, normal.dtype) == ("text", pl.String)
    assert repairs.dtype == pl.List(pl.String)


def test_every_letter_that_nfc_changes_is_seen_in_a_column():
    letters = [chr(code) for code in range(0xA0, 0x30000) if not 0xD800 <= code <= 0xDFFF]
    unstable = [c for c in letters if unicodedata.normalize("NFC", c) != c]
    marks = [f"a{c}" for c in letters if unicodedata.combining(c)]
    changed = [text for text in unstable + marks if unicodedata.normalize("NFC", text) != text]
    assert len(changed) > 1000
    normal, _ = normalize_series(pl.Series(changed))
    assert normal.to_list() == [unicodedata.normalize("NFC", text) for text in changed]


def test_clean_real_text_is_untouched(shared_data: Path):
    column = pl.Series(
        (shared_data / "labelled/ntrex/newstest2019-ref.kor.txt").read_text("utf-8").splitlines()
    )
    normal, repairs = normalize_series(column)
    assert normal.equals(column)
    assert repairs.list.len().sum() == 0
