"""Croissant metadata: MLCommons' own reader takes it and reads the rows."""

import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.publishing.croissant import CROISSANT, croissant_metadata
from bllossom_data.recipe_fields import Dataset

DATASET = Dataset(
    name="tiny",
    version="2026.11.0",
    license="cc-by-4.0",
    pretty_name="작은 데이터 (tiny)",
    languages=("ko", "en"),
)
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def write(folder, name, columns):
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def opened(folder):
    path = folder / CROISSANT
    path.write_text(croissant_metadata(folder, DATASET), encoding="utf-8")
    return mlcroissant.Dataset(jsonld=path)


def test_the_rows_of_documents_and_conversations_are_read(tmp_path):
    write(tmp_path, "train-00000-of-00001.parquet", {"id": ["a", "b"], "text": ["글", "text"]})
    turns = pa.array([[{"role": "user", "content": "안녕"}]], MESSAGES)
    write(tmp_path, "ko/test.parquet", {"messages": turns, "id": ["c"], "reviewed": [True]})
    dataset = opened(tmp_path)
    assert dataset.metadata.ctx.issues.errors == set()
    texts = [row["default/train/text"].decode() for row in dataset.records("default/train")]
    assert texts == ["글", "text"]
    assert [row["ko/test/id"] for row in dataset.records("ko/test")] == [b"c"]


def test_several_shards_are_valid_and_listed_with_their_hashes(tmp_path):
    for number in range(2):
        write(tmp_path, f"train-0000{number}-of-00002.parquet", {"id": [str(number)]})
    dataset = opened(tmp_path)
    assert dataset.metadata.ctx.issues.errors == set()
    hashes = [getattr(one, "sha256", None) for one in dataset.metadata.distribution]
    assert sum(one is not None for one in hashes) == 2
    assert [row["default/train/id"] for row in dataset.records("default/train")] == [b"0", b"1"]


def test_it_says_how_to_cite_the_version_and_where_it_is(tmp_path):
    write(tmp_path, "train-00000-of-00001.parquet", {"id": ["a"]})
    dataset = DATASET.model_copy(update={"hub": "bllossom/tiny", "pretty_name": "R&D {tiny}"})
    path = tmp_path / CROISSANT
    path.write_text(croissant_metadata(tmp_path, dataset), encoding="utf-8")
    metadata = mlcroissant.Dataset(jsonld=path).metadata
    assert metadata.cite_as == (
        "@misc{tiny,\n  title = {R\\&D tiny},\n  author = {{bllossom}},\n  year = {2026},\n"
        "  version = {2026.11.0},\n  url = {https://huggingface.co/datasets/bllossom/tiny}\n}"
    )
    assert metadata.url == "https://huggingface.co/datasets/bllossom/tiny"
