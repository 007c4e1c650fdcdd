"""Evaluation items are found in documents, whole, edited or short, and nothing else is."""

import csv
import io
import json
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.decontamination import (
    DecontaminationSettings,
    EvaluationItem,
    build_index,
    find_items,
)
from bllossom_data.errors import RecipeError

SHORT = "재기발랄한 두 영웅에겐 두려움이 없었다."
LONG = (
    "재판부는 검찰의 공정한 수사에 대한 신뢰가 깨져 버려 최씨와 김씨가 정신적 피해를 봤다는 "
    "점을 인정했다."
)
ENGLISH = (
    "Compose an engaging travel blog post about a recent trip to Hawaii, highlighting cultural "
    "experiences and must-see attractions."
)
FILLER = "오늘 시장에서 감자와 양파를 사서 저녁으로 된장찌개를 끓여 먹었다. "


def index_of(*texts, **numbers):
    items = [EvaluationItem("set", str(row), (text,)) for row, text in enumerate(texts)]
    return build_index(items, DecontaminationSettings(**numbers))


def search(documents, index):
    matches = find_items(pa.array(documents, pa.string()), index)
    items = [
        index.texts[text].item if enough else None
        for text, enough in zip(matches.text, matches.contaminated, strict=True)
    ]
    return items, matches.overlap.tolist()


@pytest.mark.parametrize("item", [SHORT, LONG, ENGLISH])
@pytest.mark.parametrize(
    "document",
    ["{}", "{} " + FILLER, FILLER + "{}", FILLER * 50 + "{}" + FILLER * 50, "{0}{0}", "{}\x00"],
)
def test_an_item_is_found_wherever_it_stands(item, document):
    items, overlap = search([FILLER, document.format(item)], index_of(item))
    assert items == [None, "0"]
    assert overlap[1] == 1.0


@pytest.mark.parametrize(
    "change",
    [
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace(" ", ""),
        lambda text: text.replace(" ", "\n\n"),
        lambda text: f"“{text.rstrip('.')}”ㅋㅋㅋ",
        lambda text: text.replace("인정", "인\u200b정"),
    ],
)
@pytest.mark.parametrize("item", [SHORT, LONG])
def test_a_copy_that_is_written_differently_is_found(item, change):
    assert search([FILLER + change(item) + FILLER], index_of(item))[0] == ["0"]
    assert search([FILLER + item], index_of(change(item)))[0] == ["0"]


def test_a_long_item_with_a_word_changed_inserted_or_dropped_is_found():
    changed = LONG.replace("신뢰가", "믿음이")
    inserted = LONG.replace("신뢰가", "그나마 있던 신뢰가")
    dropped = LONG.replace("공정한 ", "")
    items, overlap = search([changed, inserted, dropped], index_of(LONG))
    assert items == ["0", "0", "0"]
    assert all(0.7 <= share <= 1.0 for share in overlap)
    assert overlap[0] < 1.0


def test_a_part_of_an_item_is_no_leak_but_its_share_is_told():
    half = LONG[: len(LONG) // 2]
    items, overlap = search([half], index_of(LONG))
    assert items == [None]
    assert 0.3 < overlap[0] < 0.7


def test_a_short_item_must_stand_there_as_a_whole():
    items, overlap = search([SHORT.replace("없었다", "있었다")], index_of(SHORT))
    assert items == [None]
    assert 0.7 < overlap[0] < 1.0


def test_texts_too_short_to_mean_anything_are_not_looked_for_and_listed():
    index = index_of("네, 그렇습니다.", "Yes, of course.", "", SHORT)
    assert [text.text for text in index.texts] == [SHORT]
    assert [text.item for text in index.too_short] == ["0", "1", "2"]
    assert search(["네, 그렇습니다."], index)[0] == [None]


def test_phrases_scattered_over_a_long_document_are_no_item():
    words = LONG.split()
    thirds = [" ".join(words[start : start + 5]) for start in (0, 5, 10)]
    together = " ".join(thirds)
    apart = (FILLER * 20).join(thirds)
    items, overlap = search([together, apart], index_of(LONG))
    assert items == ["0", None]
    assert overlap[1] < 0.5


def test_a_problem_with_other_numbers_is_another_problem():
    problem = "사과 {} 개와 배 {} 개를 사면 모두 {} 개이다"
    assert search([problem.format(7, 9, 16)], index_of(problem.format(3, 5, 8)))[0] == [None]


def test_of_overlapping_items_the_one_held_entirely_and_then_the_longer_is_named():
    longer = f"{SHORT} {FILLER}"
    assert search([longer], index_of(SHORT, longer))[0] == ["1"]
    assert search([SHORT], index_of(longer, SHORT))[0] == ["1"]
    assert search([SHORT], index_of(SHORT, SHORT))[0] == ["0"]


def test_any_text_of_an_item_counts_and_the_set_is_named():
    index = build_index([EvaluationItem("nli", "dev-7", ("짧다", LONG, SHORT))])
    matches = find_items(pa.array([SHORT]), index)
    found = index.texts[matches.text[0]]
    assert (found.evaluation_set, found.item, found.text) == ("nli", "dev-7", SHORT)


def test_nothing_is_found_in_nothing_nor_by_nothing():
    assert search([None, "", " ", "."], index_of(LONG)) == ([None] * 4, [0.0] * 4)
    assert search([], index_of(LONG)) == ([], [])
    assert search([LONG], build_index([]))[0] == [None]
    assert search([LONG], index_of("짧다"))[0] == [None]


def test_a_share_is_of_the_tokens_needed_not_only_of_the_item():
    # 19 tokens, 12 of them in one run: 63 %, enough for a share of 60 % but not for 15 tokens.
    item = "가나다라마바사아자차카타파하거너더러머"
    index = index_of(item, min_overlap=0.6)
    items, overlap = search([item[:12], item[:15]], index)
    assert items == [None, "0"]
    assert overlap == pytest.approx([12 / 19, 15 / 19])


@pytest.mark.parametrize(
    "numbers",
    [
        {"ngram_tokens": 0},
        {"min_item_ko": 5},
        {"min_matched_en": 3},
        {"min_overlap": 0.0},
        {"min_overlap": 1.1},
    ],
)
def test_numbers_that_cannot_work_are_refused_with_their_name(numbers):
    with pytest.raises(RecipeError, match=next(iter(numbers))):
        DecontaminationSettings(**numbers)


SYLLABLES = st.text(alphabet="가나다라마바사아자차카타파하", min_size=12, max_size=60)


@settings(deadline=None)
@given(
    st.lists(SYLLABLES, min_size=1, max_size=6),
    st.text(alphabet="거너더러머버서어저처 .", max_size=80),
    st.data(),
)
def test_a_verbatim_copy_is_always_found(items, host, data):
    copied = data.draw(st.sampled_from(items))
    at = data.draw(st.integers(0, len(host)))
    found, overlap = search([host[:at] + copied + host[at:], host], index_of(*items))
    assert found[0] is not None
    assert overlap[0] == 1.0
    assert found[1] is None


def covered_share(item, document, n):
    grams = {document[at : at + n] for at in range(len(document) - n + 1)}
    covered = set()
    for at in range(len(item) - n + 1):
        if item[at : at + n] in grams:
            covered.update(range(at, at + n))
    return len(covered) / len(item)


@settings(deadline=None)
@given(st.text(alphabet="가나다라", min_size=12, max_size=40), st.data())
def test_the_overlap_is_the_share_of_tokens_in_shared_ngrams(item, data):
    # The document is short, so that all of it is one place.
    syllables = list(item)
    for at in data.draw(st.lists(st.integers(0, len(item) - 1), max_size=4)):
        syllables[at] = data.draw(st.sampled_from("가나다라마"))
    document = "".join(syllables) + data.draw(st.text(alphabet="가나다라", max_size=12))
    expected = covered_share(item, document, 6)
    assert search([document], index_of(item))[1] == pytest.approx([expected])


@settings(deadline=None)
@given(st.lists(SYLLABLES, min_size=2, max_size=8), st.integers(1, 7))
def test_batches_and_slices_change_nothing(texts, cut):
    index = index_of(*texts[::2])
    documents = pa.array([f"{text} {FILLER}" for text in texts])
    whole = find_items(documents, index)
    parts = [find_items(documents[:cut], index), find_items(documents[cut:], index)]
    for name in ("text", "overlap", "contaminated"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tolist() == getattr(whole, name).tolist()


def real_documents(path):
    with zstandard.open(path, "rb") as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8")
        return pa.array([json.loads(line)["text"] for line in lines], pa.large_string())


def test_real_leaks_of_klue_into_its_own_sources_are_found_and_no_others(shared_data):
    klue = shared_data / "labelled/klue/klue_benchmark/klue-nli-v1.1/klue-nli-v1.1_dev.json"
    rows = json.loads(klue.read_text(encoding="utf-8"))
    items = [
        EvaluationItem(row["source"], row["guid"], (row["premise"], row["hypothesis"]))
        for row in rows
    ]
    with (shared_data / "labelled/kornlu/KorSTS/sts-test.tsv").open(encoding="utf-8") as table:
        pairs = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        items += [
            EvaluationItem("korsts", str(row), (pair["sentence1"], pair["sentence2"]))
            for row, pair in enumerate(pairs)
        ]
    index = build_index(items)
    reviews = find_items(real_documents(shared_data / "corpus/ko/nsmc-reviews.jsonl.zst"), index)
    found = {index.texts[text].text for text in reviews.text[reviews.contaminated]}
    sources = {index.texts[text].evaluation_set for text in reviews.text[reviews.contaminated]}
    # KLUE-NLI took premises from this very collection of reviews.
    assert sources == {"NSMC"}
    assert len(found) >= 14
    for name in ("rust-book-3-editions", "vue-docs", "tldr"):
        documents = real_documents(shared_data / f"corpus/ko/{name}.jsonl.zst")
        assert not find_items(documents, index).contaminated.any()
