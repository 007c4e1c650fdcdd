"""Published shards: every copy once, in an order that only the texts and the seed decide."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.mixing import is_validation
from bllossom_data.records import document_id
from pipelines.export import (
    PUBLISHED_SCHEMA,
    SPLITS,
    PartFiles,
    ShardPlan,
    plan_shards,
    scatter_part,
    shard_file_names,
    shard_rows,
    write_shard,
)

FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass(frozen=True)
class Doc:
    text: str
    copies: int = 1
    clean_text: str | None = None
    source: str = "ko-web"
    language: str = "ko"
    source_id: str | None = None
    url: str | None = None

    @property
    def published(self) -> str:
        return self.clean_text or self.text

    @property
    def published_id(self) -> str:
        return document_id(self.published)


def write_parts(
    folder: Path, parts: list[list[Doc]], validation_ratio: float = 0.0, seed: int = 1
) -> list[PartFiles]:
    written = []
    for number, docs in enumerate(parts):
        name = f"corpus.00000.{number:05d}.parquet"
        files = PartFiles(*(folder / step / name for step in ("ingest", "measure", "clean", "mix")))
        ids = [document_id(doc.text) for doc in docs]
        # As the mix draws it; what is held out is taken once.
        drawn = pa.array([doc.published_id for doc in docs], pa.string())
        held_out = is_validation(drawn, validation_ratio, seed).tolist()
        columns = {
            files.documents: {
                "id": ids,
                "text": [doc.text for doc in docs],
                "source": [doc.source for doc in docs],
                "source_id": [doc.source_id for doc in docs],
                "license": ["cc0-1.0"] * len(docs),
                "url": [doc.url for doc in docs],
            },
            files.measured: {
                "id": ids,
                "language": [doc.language for doc in docs],
                "n_bytes": [len(doc.text.encode()) for doc in docs],
            },
            files.cleaned: {
                "id": ids,
                "clean_id": [doc.published_id for doc in docs],
                "clean_text": [doc.clean_text for doc in docs],
            },
            files.mixed: {
                "id": ids,
                "copies": [
                    min(doc.copies, 1) if out else doc.copies
                    for doc, out in zip(docs, held_out, strict=True)
                ],
                "validation": held_out,
            },
        }
        types = {"copies": pl.UInt16, "n_bytes": pl.Int64, "validation": pl.Boolean}
        for path, values in columns.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            schema = {column: types.get(column, pl.String) for column in values}
            pl.DataFrame(values, schema=schema).write_parquet(path)
        written.append(files)
    return written


def export(
    folder: Path,
    parts: list[list[Doc]],
    shard_bytes: int = 1_000,
    validation_ratio: float = 0.2,
    seed: int = 1,
) -> list[Path]:
    """Writes parts and publishes them; returns the published files in the order of their names."""
    files = write_parts(folder / "parts", parts, validation_ratio, seed)
    plan = plan_shards(files, shard_bytes, seed)
    for part in files:
        scatter_part(part, plan, folder / "scattered")
    for split in SPLITS:
        for name, shard in shard_file_names(split, folder / "scattered").items():
            pieces = list((folder / "scattered" / shard).glob("*.parquet"))
            random.Random(shard).shuffle(pieces)
            write_shard(pieces, folder / "data" / name)
    return sorted((folder / "data").glob("*.parquet"))


def published(files: list[Path], split: str = "") -> pl.DataFrame:
    frames = [pl.read_parquet(file) for file in files if file.name.startswith(split)]
    empty = pl.DataFrame(schema=dict.fromkeys(PUBLISHED_SCHEMA.names, pl.String))
    return pl.concat([empty, *frames])


def content(files: list[Path]) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in files}


def corpus(number: int, seed: int = 0) -> list[Doc]:
    drawn = random.Random(seed)
    return [
        Doc(f"{index}번째 문서입니다. " * drawn.randint(1, 12), drawn.choice([0, 1, 1, 2, 3]))
        for index in range(number)
    ]


docs = st.lists(
    st.builds(
        Doc,
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
        st.integers(0, 4),
        st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
        st.sampled_from(["ko-web", "en-news"]),
        st.sampled_from(["ko", "en"]),
        st.none() | st.just("17"),
    ),
    max_size=40,
    unique_by=lambda doc: doc.published_id,
)


@FEW
@given(docs, st.sampled_from([1_000, 3_000, 10**9]), st.sampled_from([0.0, 0.3, 0.9]), st.data())
def test_every_copy_is_published_exactly_once(tmp_path_factory, given_docs, size, ratio, data):
    n_parts = data.draw(st.integers(1, 4))
    cut = [given_docs[place::n_parts] for place in range(n_parts)]
    files = export(tmp_path_factory.mktemp("export"), cut, size, ratio)
    train, validation = published(files, "train"), published(files, "validation")
    held_out = set(validation["id"])
    assert Counter(train["id"]) == Counter(
        {
            doc.published_id: doc.copies
            for doc in given_docs
            if doc.copies and doc.published_id not in held_out
        }
    )
    assert held_out <= {doc.published_id for doc in given_docs if doc.copies}
    assert validation["id"].is_unique().all()
    by_id = {doc.published_id: doc for doc in given_docs}
    for row in published(files).iter_rows(named=True):
        doc = by_id[row["id"]]
        assert row == {
            "id": document_id(row["text"]),
            "text": doc.published,
            "language": doc.language,
            "source": doc.source,
            "source_id": doc.source_id,
            "license": "cc0-1.0",
            "url": None,
        }


@FEW
@given(docs, st.sampled_from([1_000, 10**9]), st.randoms(use_true_random=False))
def test_bytes_depend_neither_on_the_order_of_documents_nor_on_parts(
    tmp_path_factory, given_docs, size, drawn
):
    whole = export(tmp_path_factory.mktemp("whole"), [given_docs], size)
    shuffled = drawn.sample(given_docs, len(given_docs))
    cuts: list[list[Doc]] = [[] for _ in range(drawn.randint(1, 5))]
    for doc in shuffled:
        drawn.choice(cuts).append(doc)
    in_parts = export(tmp_path_factory.mktemp("parts"), cuts, size)
    assert content(in_parts) == content(whole)


def test_texts_that_cleaning_made_equal_keep_the_order_of_the_corpus_however_it_is_cut(tmp_path):
    twins = [Doc(f"전화 {number}", 2, "전화 000", source=f"source-{number}") for number in range(6)]
    whole = export(tmp_path / "whole", [twins], validation_ratio=0)
    cut = export(tmp_path / "cut", [twins[:1], twins[1:4], twins[4:]], validation_ratio=0)
    assert content(cut) == content(whole)
    assert len(published(whole)) == 12


def test_shards_hold_about_the_bytes_asked_for_and_copies_count(tmp_path):
    corpus_docs = corpus(400)
    files = export(tmp_path, [corpus_docs], shard_bytes=4_000, validation_ratio=0)
    total = sum(len(doc.text.encode()) * doc.copies for doc in corpus_docs)
    assert len(files) == -(-total // 4_000)
    assert published(files)["text"].str.len_bytes().sum() == total
    sizes = [pl.read_parquet(file)["text"].str.len_bytes().sum() for file in files]
    assert min(sizes) > 0.4 * 4_000
    assert max(sizes) < 2 * 4_000


def test_the_size_of_a_shard_is_that_of_the_cleaned_text(tmp_path):
    files = write_parts(tmp_path, [[Doc("가" * 5_000, 1, "가" * 100), Doc("a" * 900)]])
    assert plan_shards(files, 1_000, 1).shards == {"train": 2, "validation": 0}


def test_one_shard_holds_everything_when_there_is_room(tmp_path):
    files = export(tmp_path, [corpus(50)], shard_bytes=10**9, validation_ratio=0)
    assert [file.name for file in files] == ["train-00000-of-00001.parquet"]
    assert shard_rows(files) == sum(doc.copies for doc in corpus(50))


def test_documents_larger_than_a_shard_leave_no_empty_file(tmp_path):
    files = export(tmp_path, [[Doc("긴 글 " * 2_000), Doc("다른 글 " * 1_000)]], validation_ratio=0)
    assert [file.name for file in files] == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]
    assert [shard_rows([file]) for file in files] == [1, 1]
    assert load_dataset(str(tmp_path / "data"), cache_dir=str(tmp_path))["train"].num_rows == 2


def test_validation_is_drawn_by_the_hash_of_the_text_alone(tmp_path):
    first = [Doc(f"문서 {number}", copies=1 + number % 3) for number in range(600)]
    more = [replace(doc, source="en-news") for doc in corpus(300)]
    alone = export(tmp_path / "alone", [first], validation_ratio=0.2)
    joined = export(tmp_path / "joined", [more, first[:100], first[100:]], validation_ratio=0.2)
    held_out = set(published(alone, "validation")["id"])
    ours = {doc.published_id for doc in first}
    assert set(published(joined, "validation")["id"]) & ours == held_out
    assert 0.15 < len(held_out) / len(first) < 0.25


@pytest.mark.parametrize("split", ["train", "validation"])
def test_no_document_is_in_both_splits_and_one_held_out_is_there_once(tmp_path, split):
    files = export(tmp_path, [[replace(doc, copies=3) for doc in corpus(200)]])
    other = {"train": "validation", "validation": "train"}[split]
    assert not set(published(files, split)["id"]) & set(published(files, other)["id"])
    times = set(published(files, split).group_by("id").len()["len"])
    assert times == ({3} if split == "train" else {1})


def test_a_larger_validation_ratio_only_adds_documents(tmp_path):
    held_out = [
        set(
            published(
                export(tmp_path / str(ratio), [corpus(300)], validation_ratio=ratio), "validation"
            )["id"]
        )
        for ratio in (0.0, 0.05, 0.3, 0.99)
    ]
    assert held_out[0] == set()
    assert held_out[0] < held_out[1] < held_out[2] < held_out[3]


def test_the_schema_is_the_same_when_a_column_holds_nothing(tmp_path):
    bare = export(tmp_path / "bare", [corpus(5)])
    full = [replace(doc, source_id="17", url="https://example.org/17") for doc in corpus(5)]
    for file in [*bare, *export(tmp_path / "full", [full])]:
        assert pq.read_schema(file).equals(PUBLISHED_SCHEMA, check_metadata=True)


def test_an_empty_mix_publishes_no_file(tmp_path):
    nothing = [[], [replace(doc, copies=0) for doc in corpus(20)]]
    assert export(tmp_path, nothing) == []
    files = write_parts(tmp_path / "again", nothing)
    assert plan_shards(files, 1_000, 1) == ShardPlan({"train": 0, "validation": 0}, 1)
    assert plan_shards([], 1_000, 1).shards == {"train": 0, "validation": 0}


def test_sources_are_mixed_and_copies_of_a_document_lie_apart(tmp_path):
    one = [Doc(f"한국어 문서 {number}", 2) for number in range(300)]
    other = [Doc(f"English {number}", 2, source="en", language="en") for number in range(300)]
    files = export(tmp_path, [one, other], shard_bytes=10**6, validation_ratio=0)
    frame = published(files)
    english = (frame["language"] == "en").to_numpy()
    for stretch in np.array_split(english, 10):
        assert 0.3 < stretch.mean() < 0.7
    places = frame.with_row_index("place").group_by("id").agg(pl.col("place"))["place"]
    distances = np.array([second - first for first, second in places.to_list()])
    assert distances.mean() > 300
    assert (distances == 1).mean() < 0.02


def test_another_seed_gives_another_order_of_the_same_documents(tmp_path):
    one = export(tmp_path / "1", [corpus(100)], 10**9, 0.0, seed=1)
    two = export(tmp_path / "2", [corpus(100)], 10**9, 0.0, seed=2)
    assert published(one)["id"].to_list() != published(two)["id"].to_list()
    assert Counter(published(one)["id"]) == Counter(published(two)["id"])


def test_the_largest_seed_of_a_recipe_works(tmp_path):
    files = export(tmp_path, [corpus(50)], 1_000, 0.5, seed=2**32 - 1)
    assert set(published(files, "validation")["id"])
    assert set(published(files, "train")["id"])


def test_scattering_a_part_again_changes_nothing(tmp_path):
    files = write_parts(tmp_path, [corpus(60)], 0.2)
    plan = plan_shards(files, 1_000, 1)
    found = []
    for _ in range(2):
        scatter_part(files[0], plan, tmp_path / "scattered")
        pieces = sorted((tmp_path / "scattered").rglob("*.parquet"))
        found.append({str(piece): piece.read_bytes() for piece in pieces})
    assert found[0] == found[1]


def test_large_shards_are_cut_into_row_groups_that_a_reader_can_skip(tmp_path):
    many = [Doc(f"문서 {number}") for number in range(5_000)]
    (file,) = export(tmp_path, [many], 10**9, 0.0)
    metadata = pq.read_metadata(file)
    assert [metadata.row_group(group).num_rows for group in range(2)] == [4096, 904]
    assert metadata.row_group(0).column(1).compression == "ZSTD"
