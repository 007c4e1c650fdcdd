"""Tokens that copies of a text have in common."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.corpus.comparison_tokens import hash_tokens, is_syllabic


def tokens(text):
    hashes, starts = hash_tokens(pa.array([text]))
    assert starts.tolist() == [0, len(hashes)]
    return hashes.tolist()


def test_a_hangul_syllable_is_a_token_and_so_is_any_other_word():
    assert len(tokens("3편보다 점수가 낮다 under the sea")) == 1 + 3 + 3 + 2 + 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("학교에 갔다", "학교에갔다"),
        ("학교에, 갔다!", "“학교에” 갔다…"),
        ("재밌다ㅋㅋㅋㅋ", "재밌다 ㅋㅋ"),
        ("재밌다ᄏᄏ", "재밌다ㅋㅋ"),
        ("The Cat", "ＴＨＥ  cat"),
        ("Café naïve", "cafe naive"),
        ("학교\u200b에", "학교에"),
    ],
)
def test_spacing_punctuation_case_accents_and_loose_jamo_do_not_count(one, other):
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("사과 3개", "사과 4개"), ("12 34", "1234"), ("학교를", "학교가"), ("각", "가")],
)
def test_numbers_and_syllables_count(one, other):
    assert tokens(one) != tokens(other)


@given(st.text(alphabet="가각힣갛a1é ㅋ.한글", max_size=40))
def test_decomposed_text_has_the_tokens_of_the_composed(text):
    assert tokens(unicodedata.normalize("NFD", text)) == tokens(unicodedata.normalize("NFC", text))


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=8), st.data())
def test_tokens_of_a_text_do_not_depend_on_its_neighbours(texts, data):
    array = pa.array(texts, pa.string())
    hashes, starts = hash_tokens(array)
    assert len(starts) == len(texts) + 1
    for row, text in enumerate(texts):
        assert hashes[starts[row] : starts[row + 1]].tolist() == tokens(text or "")
    cut = data.draw(st.integers(0, len(texts)))
    sliced, _ = hash_tokens(array.slice(cut))
    assert sliced.tolist() == hashes[starts[cut] :].tolist()


def test_a_text_is_syllabic_when_half_of_its_words_are():
    assert is_syllabic("Python 리스트를 정렬하는 function")
    assert is_syllabic(unicodedata.normalize("NFD", "한국어"))
    assert not is_syllabic("The word 한국어 means Korean")
    assert not is_syllabic("")
