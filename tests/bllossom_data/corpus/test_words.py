import polars as pl
import pytest
from datatrove.utils.word_tokenizers import load_word_tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from stock_filters import korean_tokenizer

from bllossom_data.corpus.batches import text_batch
from bllossom_data.corpus.boundaries import fast_words
from bllossom_data.corpus.characters import character_classes
from bllossom_data.corpus.word_kernels import strip_words
from bllossom_data.corpus.words import EnglishWords, kiwi_words


def strings(texts: list[str], batch, words) -> list[list[str]]:
    starts, ends, offsets = strip_words(
        batch.codes, words.starts, words.ends, words.offsets, character_classes()
    )
    joined = "".join(texts)
    return [
        [joined[starts[word] : ends[word]] for word in range(offsets[d], offsets[d + 1])]
        for d in range(len(texts))
    ]


def english(texts: list[str]) -> list[list[str]]:
    batch = text_batch(pl.Series(texts))
    return strings(texts, batch, EnglishWords()(batch))


def korean(texts: list[str]) -> list[list[str]]:
    batch = text_batch(pl.Series(texts))
    return strings(texts, batch, kiwi_words(texts, batch))


TEXTS = [
    "Mr. O'Neil can't go to U.S.A., e.g. to http://a.b/c?d=e;f. \"Well...\" (he said)--no!",
    "  two  blanks\n\nand\tlines \xa0 here",
    "I'm gonna; you'd've; 5km/h 10%-20% a.m. :) <3 C++ x=y foo_bar",
    "",
    "서울 (Seoul)에서 🎉 only",
]


def test_english_words_are_spacys_whatever_stands_around_them():
    spacy_words = load_word_tokenizer("en")
    assert english(TEXTS) == [spacy_words.word_tokenize(text) for text in TEXTS]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_english_words_are_spacys_on_any_text(text):
    assert english([text]) == [load_word_tokenizer("en").word_tokenize(text)]


def test_korean_words_are_the_slices_of_kiwis_morphemes():
    texts = ["해서 갔다. 가까웠다! 할 수 있다 ㅋㅋㅋ 10000원", "", "됐다😀됐다", "English 섞인 글"]
    stock = korean_tokenizer()
    assert korean(texts) == [stock.word_tokenize(text) for text in texts]


def test_contractions_give_overlapping_words():
    assert korean(["해서 됐다"]) == [["해", "해서", "됐", "됐", "다"]]


@pytest.mark.parametrize("language", ["ko", "en"])
@given(text=st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_fast_words_cover_every_character_that_is_not_blank(language, text):
    batch = text_batch(pl.Series([text]))
    words = fast_words(batch, language)
    covered = set()
    for start, end in zip(words.starts.tolist(), words.ends.tolist(), strict=True):
        assert 0 <= start < end <= len(text)
        covered.update(range(start, end))
    assert covered == {place for place, mark in enumerate(text) if not mark.isspace()}


def test_fast_words_are_kiwis_on_plain_sentences():
    texts = ["대한민국의 수도는 서울이다.", "영화를 재미있게 봤다."]
    batch = text_batch(pl.Series(texts))
    assert strings(texts, batch, fast_words(batch, "ko")) == korean(texts)
