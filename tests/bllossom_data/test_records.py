import dataclasses
import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.errors import SourceError
from bllossom_data.records import (
    DOCUMENT_SCHEMA,
    Document,
    document_id,
    from_record_batch,
    to_record_batch,
    validate,
)

text = st.text(st.characters(exclude_categories=["Cs"]))


def document(**changes) -> Document:
    content = changes.pop("text", "안녕하세요")
    base = Document(
        id=changes.pop("id", None) or document_id(content),
        text=content,
        source="ko-news",
        source_id="17",
        license="cc-by-4.0",
        url=None,
        origin="2026/news.jsonl",
        position=120,
        repairs=("encoding:cp949", "nfc"),
        metadata='{"title": "제목"}',
    )
    return dataclasses.replace(base, **changes)


documents = st.builds(
    lambda content, **rest: document(text=unicodedata.normalize("NFC", content), **rest),
    text,
    source_id=st.none() | text,
    url=st.none() | text,
    position=st.integers(0, 2**63 - 1),
    repairs=st.lists(text.filter(bool)).map(tuple),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(documents, max_size=5))
def test_documents_survive_columns_and_parquet(tmp_path_factory, rows):
    for row in rows:
        validate(row)
    batch = to_record_batch(rows)
    assert from_record_batch(batch) == rows
    path = tmp_path_factory.mktemp("parts") / "part.parquet"
    pq.write_table(pa.Table.from_batches([batch]), path, compression="zstd")
    table = pq.read_table(path)
    assert table.schema.equals(DOCUMENT_SCHEMA)
    assert from_record_batch(table.combine_chunks().to_batches()[0] if rows else batch) == rows


def test_identity_is_content():
    assert document_id("안녕") == document_id("안" + "녕")
    assert document_id("안녕") != document_id("안녕 ")
    assert document_id("") == "99aa06d3014798d86001c324468d497f", "XXH3-128 of nothing"


def test_the_columns_are_those_of_the_record():
    fields = [field.name for field in dataclasses.fields(Document)]
    assert DOCUMENT_SCHEMA.names == fields
    optional = {field.name for field in DOCUMENT_SCHEMA if field.nullable}
    assert optional == {"source_id", "url"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": unicodedata.normalize("NFD", "한글")}, "not in Unicode NFC"),
        ({"id": "0" * 32}, "is not that of the text"),
        ({"text": None, "id": "x"}, "text = None must be text"),
        ({"text": "\ud800", "id": "x"}, "valid Unicode"),
        ({"source_id": 17}, "source_id = 17 must be text"),
        ({"source": ""}, "source is empty"),
        ({"license": ""}, "license is empty"),
        ({"origin": "/home/me/news.jsonl"}, "is not relative"),
        ({"origin": "../news.jsonl"}, "leaves its folder"),
        ({"position": -1}, "position = -1"),
        ({"position": True}, "position = True"),
        ({"position": 1.0}, "position = 1.0"),
        ({"position": 2**63}, "must be a whole number"),
        ({"metadata": "[]"}, "not a JSON object"),
        ({"metadata": "{"}, "not a JSON object"),
        ({"metadata": "[" * 100_000}, "not a JSON object"),
        ({"repairs": ("nfc", "")}, "repairs holds ''"),
    ],
)
def test_a_document_that_is_not_right_is_stopped_at_the_door(changes, said):
    with pytest.raises(SourceError, match=said):
        validate(document(**changes))


def test_the_message_says_where_and_everything_that_is_wrong():
    with pytest.raises(SourceError) as refusal:
        validate(document(license="", position=-1))
    message = str(refusal.value)
    assert message.startswith("source 'ko-news', '2026/news.jsonl', position -1: ")
    assert "license is empty; position = -1" in message


def test_an_empty_text_passes_because_a_rule_drops_it_with_a_reason():
    validate(document(text="", repairs=(), metadata="{}"))


def test_a_part_of_another_step_is_not_taken_for_documents():
    with pytest.raises(SourceError, match="column text, source"):
        from_record_batch(pa.RecordBatch.from_pydict({"id": ["x"]}))


def test_columns_of_later_steps_are_ignored():
    batch = to_record_batch([document()]).append_column("kept", pa.array([True]))
    assert from_record_batch(batch) == [document()]
