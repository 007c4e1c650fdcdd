"""Corpora as AI-Hub and the National Institute of Korean Language (Modu) give them out.

AI-Hub: `{"named_entity": [{"title": [{"sentence": …}], "content": [{"sentence": …}, …]}, …]}`.
Modu: `{"document": [{"id": …, "metadata": {…}, "paragraph": [{"form": …}, …]}, …]}`, spoken text
in `utterance` instead of `paragraph`. Both as JSON files, or many of them in a zip archive.
"""

import re
from collections.abc import Iterator
from typing import Any

from bllossom_data.errors import SourceError
from pipelines.readers.archives import data_members, member_name, member_pieces, open_zip
from pipelines.readers.batches import Block, Rejected, SourceSpec, rejected_block
from pipelines.readers.files import SourceFile
from pipelines.readers.json_records import document_blocks
from pipelines.readers.streams import Stream, Trouble, as_stream, open_stream, stream_trouble

AIHUB_RECORDS = re.compile(rb'"named_entity"\s*:\s*\[')
MODU_RECORDS = re.compile(rb'"document"\s*:\s*\[')


def corpus_blocks(file: SourceFile, spec: SourceSpec, block_bytes: int) -> Iterator[Block]:
    """Blocks of a file or archive; a text is its sentences or paragraphs, one per line."""
    anchor, shape = (
        (AIHUB_RECORDS, aihub_record) if file.format == "aihub" else (MODU_RECORDS, modu_record)
    )
    try:
        yield from document_blocks(_documents(file), spec, block_bytes, anchor, shape)
    except SourceError as error:
        yield rejected_block(Rejected(file.origin, *stream_trouble(error, 0)))


def _documents(file: SourceFile) -> Iterator[tuple[str, Stream | Trouble]]:
    if not file.origin.lower().endswith(".zip"):
        yield file.origin, open_stream(file.path)
        return
    with open_zip(file.path) as archive:
        members = data_members(archive, (".json",))
        if not members:
            detail = "no .json file in the archive"
            yield file.origin, Trouble(0, "missing_records", detail, "")
        for member in members:
            origin = f"{file.origin}/{member_name(member)}"
            try:
                yield origin, as_stream(member_pieces(archive, member))
            except SourceError as error:
                yield origin, stream_trouble(error, 0)


def _lines(items: list[Any], key: str) -> str:
    texts = (item.get(key) if isinstance(item, dict) else item for item in items)
    return "\n".join(text for text in texts if isinstance(text, str) and text)


def _is_sentences(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(item, dict) and "sentence" in item for item in value)
    )


def aihub_record(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its content as `text`, other runs of sentences as text, and the rest as is."""
    shaped = {
        key: _lines(value, "sentence") if _is_sentences(value) else value
        for key, value in record.items()
        if key != "content"
    }
    content = record.get("content")
    if isinstance(content, list):
        shaped["text"] = _lines(content, "sentence")
    elif content is not None:
        shaped["text"] = content
    return shaped


def modu_record(record: dict[str, Any]) -> dict[str, Any]:
    """A document with its paragraphs or utterances as `text` and its metadata as columns."""
    metadata = record.get("metadata")
    shaped = dict(metadata) if isinstance(metadata, dict) else {}
    if "id" in record:
        shaped["id"] = record["id"]
    for key in ("paragraph", "utterance"):
        if isinstance(parts := record.get(key), list):
            shaped["text"] = _lines(parts, "form")
            break
    return shaped
