import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.errors import SourceError
from bllossom_data.korean.encoding import decode, repair_mojibake

KOREAN = "동해물과 백두산이 마르고 닳도록, 하느님이 보우하사 우리나라 만세. 안녕하세요 123 abc"
ENGLISH = "The quick brown fox jumps over the lazy dog."
# Whole sentences of everyday Korean: what hypothesis joins, damages and expects back.
SENTENCES = [
    "한국어 문장을 하나 썼습니다.",
    "오늘은 날씨가 정말 좋네요!",
    "그는 서울에서 부산까지 기차로 갔다.",
    "이 영화는 두 번 봐도 재미있어요 ㅋㅋㅋ",
    "정부는 내년 예산을 3.5% 늘리기로 했다고 밝혔다.",
    "大韓民國은 민주공화국이다.",
    "“따옴표”와 ‘작은따옴표’, 그리고… 줄임표",
    "LG전자와 삼성전자의 TV를 비교했다",
    "안녕하세요",
    "뷁이라는 글자도 있다",
    "가격은 10000원 → ★ 추천 ※ 주의",
]
CLEAN = [
    *SENTENCES,
    "Ça été très long à Évian",
    "« Où est l’été ? » — À Noël, déjà vu… voilà",
    "Größe, Äpfel, Übung, Straße, ÄÖÜ",
    "Tiếng Việt có dấu: Đà Nẵng, được, ngữ, Ô tô, À",
    "¿¡Qué!? ¿¡Cómo está el niño!? ¡¿Sí?! ¿¡",
    "AÇÃO E INFORMAÇÕES SÃO ÚTEIS: NÃO, COMPOSIÇÃO",
    "það er íþróttadagur, þú ert góður",
    "∀x∈ℝ: x² ≥ 0, ±½, 90°, α·β ≠ µ, 3×4÷2",
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞß",
    "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ",
    "¡¢£¤¥¦§¨©ª«¬­®¯°±²³´µ¶·¸¹º»¼½¾¿",
    "日本語の文章です。中文句子。",
    "Привет, мир! Ёлки",
    "ｆｕｌｌ　ｗｉｄｔｈ １２３ “curly” &amp; ﬁ …",
    "안녕ㅋㅋ 좋아요ㅎㅎ 감사합니다ㅋ 10000원, 2000년",
    "«CAFÉ» É» Ã la carte",
    "R\xe9sum\xe9\xa0: 5\xa0€, naïve café — “fine”",
]


def latin_1(data: bytes) -> str:
    return data.decode("latin-1")


def windows_1252(data: bytes) -> str:
    """As browsers read it: the five undefined bytes become controls."""
    table = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "".join(chr(b) if b in table else bytes((b,)).decode("cp1252") for b in data)


VIEWS = [latin_1, windows_1252]


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-32-le"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "utf-32-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp949", b"", "cp949"),
        ("euc_kr", b"", "cp949"),
    ],
)
@pytest.mark.parametrize("text", [KOREAN, KOREAN * 50, "한 줄\n두 줄\n", "안녕 ㅋㅋㅋ"])
def test_korean_is_decoded_from_every_encoding_that_korean_files_have(encoding, mark, name, text):
    assert decode(mark + text.encode(encoding)) == (text, name)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_one_line_of_cp949_is_enough(sentence):
    assert decode(sentence.encode("cp949")) == (sentence, "cp949")


def test_english_and_western_text_is_decoded():
    assert decode(b"") == ("", "utf-8")
    assert decode(ENGLISH.encode()) == (ENGLISH, "utf-8")
    assert decode(ENGLISH.encode("utf-16-le")) == (ENGLISH, "utf-16-le")
    quotes = "“It’s a naïve café…” – said he"
    assert decode(quotes.encode("cp1252")) == (quotes, "cp1252")


def test_hanja_alone_is_still_cp949():
    assert decode("大韓民國 憲法 第一條".encode("cp949"))[0] == "大韓民國 憲法 第一條"


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_jp"])
def test_japanese_is_not_taken_for_korean(encoding):
    text = "現在、名称変更の草案を起草中の議員委員会は、次のように述べた。" * 3
    assert decode(text.encode(encoding))[0] == text


def test_a_stray_nul_leaves_utf_8_utf_8():
    assert decode("가나\0다라".encode()) == ("가나\0다라", "utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_text_cut_in_the_middle_of_a_letter_is_refused_with_the_place(encoding):
    data = KOREAN.encode(encoding)
    broken = data[:-4] + data[:1]
    with pytest.raises(
        SourceError, match=rf"{encoding} but for 1 broken .* byte {len(data) - 4:,}"
    ):
        decode(broken)


def test_a_byte_order_mark_that_lies_is_named():
    with pytest.raises(SourceError, match="byte order mark of utf-8, but byte 2 after it"):
        decode(codecs.BOM_UTF8 + b"ab\xff")


def test_binary_data_is_refused():
    with pytest.raises(SourceError, match="no character encoding fits these 256 bytes"):
        decode(bytes(range(256)))


@given(st.binary(max_size=200))
def test_bytes_are_decoded_or_refused_but_never_crash(data):
    try:
        text, encoding = decode(data)
    except SourceError:
        return
    assert isinstance(text, str)
    assert codecs.lookup(encoding)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50))
def test_utf_8_is_always_utf_8(text):
    data = text.encode()
    if not data.startswith((codecs.BOM_UTF8,)):
        assert decode(data) == (text, "utf-8")


def test_the_example_that_ftfy_makes_worse_is_repaired():
    assert repair_mojibake("ÇÏ¼¼¿ä ÇÑ±¹¾î") == ("하세요 한국어", ("euc_kr_mojibake",))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("encoding", ["euc_kr", "cp949"])
@given(sentences=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4))
def test_korean_read_as_western_comes_back(view, encoding, sentences):
    text = "\n".join(sentences)
    try:
        damaged = view(text.encode(encoding))
    except UnicodeEncodeError:
        return
    assert repair_mojibake(damaged) == (text, ("euc_kr_mojibake",))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_utf_8_read_as_western_comes_back(view, sentence):
    assert repair_mojibake(view(sentence.encode())) == (sentence, ("ftfy",))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_only_the_damaged_lines_change(sentence):
    damaged = latin_1(sentence.encode("cp949"))
    text = f"깨끗한 줄\n{damaged}\nCafé très long\n"
    repaired = f"깨끗한 줄\n{sentence}\nCafé très long\n"
    assert repair_mojibake(text) == (repaired, ("euc_kr_mojibake",))


def test_damage_within_a_clean_line_is_repaired():
    assert repair_mojibake("제목: ÇÑ±¹¾î 문서")[0] == "제목: 한국어 문서"
    assert repair_mojibake("“ÇÑ±¹¾î”")[0] == "“한국어”"
    assert repair_mojibake("ÇÑ±¹¾î \xff ¹®Àå")[0] == "한국어 \xff 문장"


def test_short_words_are_repaired_beside_certain_ones_only():
    assert repair_mojibake("±×")[0] == "±×"
    assert repair_mojibake("±×\nÇÑ±¹¾î ¹®Àå")[0] == "그\n한국어 문장"


def test_double_damage_is_repaired():
    once = latin_1("한국어 문장".encode("euc_kr"))
    assert repair_mojibake(latin_1(once.encode()))[0] == "한국어 문장"


def test_korean_damage_that_cannot_be_repaired_is_not_made_worse():
    lost = "ÇÑ?¹¾÷ ÇÏ¼¼"
    assert repair_mojibake(lost)[0] in (lost, "ÇÑ?¹¾÷ 하세")


def test_controls_that_are_windows_punctuation_become_it():
    text = "\x93It\x92s\x94 \x96 so\x85"
    assert repair_mojibake(text) == ("“It’s” – so…", ("cp1252_punctuation",))
    assert repair_mojibake("a caf\xe9\x85")[0] == "a café…"


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_of_any_language_is_untouched(text):
    assert repair_mojibake(text) == (text, ())


@given(st.lists(st.sampled_from(CLEAN), max_size=4).map("\n".join))
def test_clean_texts_together_are_untouched(text):
    assert repair_mojibake(text) == (text, ())


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF) | st.sampled_from("가한ㅋ")))
def test_repairing_a_repaired_text_changes_nothing(text):
    repaired = repair_mojibake(text)[0]
    assert repair_mojibake(repaired) == (repaired, ())


@pytest.mark.parametrize(
    "language", ["deu", "fra", "fra-CA", "ind", "jpn", "kor", "rus", "spa", "tha", "vie", "zho-CN"]
)
def test_real_news_in_any_language_is_untouched(shared_data: Path, language):
    news = (shared_data / f"labelled/ntrex/newstest2019-ref.{language}.txt").read_text("utf-8")
    assert repair_mojibake(news) == (news, ())
    changed = [line for line in news.splitlines() if repair_mojibake(line)[1]]
    assert changed == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_every_line_of_real_korean_news_comes_back(shared_data: Path, view, encoding):
    news = (shared_data / "labelled/ntrex/newstest2019-ref.kor.txt").read_text("utf-8")
    lines = [
        line for line in news.splitlines() if line.encode("cp949", "ignore").decode("cp949") == line
    ]
    assert len(lines) > 550
    assert [line for line in lines if repair_mojibake(view(line.encode(encoding)))[0] != line] == []
