"""Shingles against a slow, plain Python definition, and the traps of Unicode."""

import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.shingles import shingle_sets


def shingles_of(text, ngram_words=5):
    hashes, offsets = shingle_sets(pa.array([text], type=pa.string()), ngram_words)
    assert offsets.tolist() == [0, len(hashes)]
    return set(hashes.tolist())


def simplified_words(text, folds_numbers=True):
    """The definition, one step after another, as datatrove writes it."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    letters = (c for c in decomposed if unicodedata.category(c) not in {"Cf", "Mn", "Me"})
    text = unicodedata.normalize("NFC", "".join(letters))
    if folds_numbers:
        text = re.sub(r"([a-z]\d+)|\d+(?:[.,]\d+)*", lambda found: found[1] or "0", text)
    return "".join(
        " " if unicodedata.category(c)[0] in "PSZ" or unicodedata.category(c) == "Cc" else c
        for c in text
    ).split()


words = st.lists(
    st.sampled_from(
        ["데이터", "학습을", "한국어,", "Café", "3.14", "(토큰)", "2026년", "é12.5", "1a2,3", "—"]
    ),
    max_size=30,
)


@settings(deadline=None)
@given(words, words, st.integers(1, 6))
def test_two_texts_share_as_many_shingles_as_n_grams_of_simplified_words(one, other, n):
    sets, expected = [], []
    for text in (" ".join(one), "\n\t".join(other)):
        simple = simplified_words(text)
        grams = {tuple(simple[i : i + n]) for i in range(len(simple) - n + 1)}
        whole = {tuple(simplified_words(text, folds_numbers=False))} - {()}
        expected.append(grams or whole)
        sets.append(shingles_of(text, n))
    assert [len(found) for found in sets] == [len(grams) for grams in expected]
    assert len(sets[0] & sets[1]) == len(expected[0] & expected[1])


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_the_shingles_of_its_nfc_and_of_its_nfd(text):
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)
    assert shingles_of(decomposed, 2) == shingles_of(composed, 2)


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8), st.integers(1, 5))
def test_a_text_has_the_same_shingles_alone_and_within_any_batch(texts, n):
    texts = [unicodedata.normalize("NFC", text) for text in texts]
    array = pa.array(["앞", *texts, "뒤"], type=pa.string())[1:-1]
    hashes, offsets = shingle_sets(array, n)
    for i, text in enumerate(texts):
        own = hashes[offsets[i] : offsets[i + 1]]
        assert set(own.tolist()) == shingles_of(text, n)
        assert (np.diff(own.astype(object)) > 0).all()


def test_hangul_syllables_stay_syllables():
    from bllossom_data.corpus.shingles import simplification_table

    table = simplification_table()
    assert (table[0xAC00:0xD7A4] == np.arange(0xAC00, 0xD7A4)).all()
    # 각 and 가 differ in a final consonant, which stripping marks from jamo must not lose.
    assert shingles_of("각") != shingles_of("가")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("한국어 데이터", "한국어   데이터\n"),
        ("Hello, World!", "hello world"),
        ("café crème", "CAFE CREME"),
        ("이 물건의 가격은 1,234.5원 입니다", "이 물건의 가격은 7원 입니다"),
        ("모임은 2026.11.21에 서울 시청에서 열린다", "모임은 2025.1.2에 서울 시청에서 열린다"),
        ("빈 칸은 모두 ١٢٣ 개", "빈 칸은 모두 45 개"),
        ("영\u200b화", "영화"),
        ("「제목」 …본문", "제목 본문"),
        ("ＡＢＣ 전각", "ａｂｃ 전각"),
    ],
)
def test_texts_that_differ_in_form_only_are_the_same(one, other):
    assert shingles_of(one) == shingles_of(other) != set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sha256sum 은 파일의 합을 센다", "sha512sum 은 파일의 합을 센다"),
        ("평점은 10점", "평점은 1점"),
        ("좋은 영화", "좋은영화"),
        ("가 나", "나 가"),
        ("가 가", "가"),
    ],
)
def test_texts_that_differ_in_content_are_different(one, other):
    assert not shingles_of(one) & shingles_of(other)


def test_a_short_text_is_one_shingle_and_a_text_without_words_none():
    assert len(shingles_of("재미 있어요")) == 1
    assert len(shingles_of("가 나 다 라 마")) == 1
    assert len(shingles_of("가 나 다 라 마 바")) == 2
    assert shingles_of("") == shingles_of(" \n!?… ★") == set()


def test_nulls_and_empty_batches_have_no_shingles():
    hashes, offsets = shingle_sets(pa.array([None, "", None], type=pa.string()), 5)
    assert hashes.size == 0
    assert offsets.tolist() == [0, 0, 0, 0]
    assert shingle_sets(pa.array([], type=pa.string()), 5)[1].tolist() == [0]


def test_different_words_hash_differently():
    vocabulary = [
        chr(0xAC00 + i) + chr(0xAC00 + j) for i in range(0, 11172, 37) for j in range(300)
    ]
    hashes, _ = shingle_sets(pa.array(vocabulary), 1)
    assert len(np.unique(hashes)) == len(vocabulary)
    assert len(np.unique(hashes >> np.uint64(32))) > len(vocabulary) - 10
