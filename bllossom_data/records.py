"""Records: the rows that every step reads and writes.

A record is checked once, at the door (a reader, a web form, a pull from the Hub); between steps it
is Arrow columns, and nobody checks it again.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields

import pyarrow as pa
import xxhash

from bllossom_data.errors import SourceError
from bllossom_data.files import relative_path_problem

__all__ = [
    "DOCUMENT_SCHEMA",
    "Document",
    "document_id",
    "from_record_batch",
    "to_record_batch",
    "validate",
]

DOCUMENT_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_id", pa.string()),
        pa.field("license", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("repairs", pa.list_(pa.field("element", pa.string())), nullable=False),
        pa.field("metadata", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class Document:
    """One pretraining text with where it came from.

    Attributes:
        id: `document_id(text)`: identity is content.
        text: the text in Unicode NFC; may be empty (a rule drops it, with a reason).
        source: name of the source in the recipe.
        source_id: the source's own identifier, if it has one.
        license: licence of this text.
        url: where the text can be seen, if anywhere.
        origin: file path relative to the source's root, with forward slashes.
        position: byte offset of the line (JSON lines), row number (tables), 0 (a whole file).
        repairs: what was mended on the way in, in order, e.g. `("encoding:cp949", "nfc")`.
        metadata: JSON object with the source's other columns.
    """

    id: str
    text: str
    source: str
    source_id: str | None
    license: str
    url: str | None
    origin: str
    position: int
    repairs: tuple[str, ...] = ()
    metadata: str = "{}"


def document_id(text: str) -> str:
    """Identifier of a text: XXH3 (128 bits, hex) of its UTF-8 bytes; `text` must be in NFC."""
    return xxhash.xxh3_128_hexdigest(text.encode())


def _is_text(text: object) -> bool:
    try:
        return isinstance(text, str) and text.encode() is not None
    except UnicodeEncodeError:
        return False


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _problems(document: Document) -> list[str]:
    problems = [
        f"{name} = {value!r} must be text of valid Unicode"
        for name in ("id", "text", "source", "license", "origin", "metadata")
        if not _is_text(value := getattr(document, name))
    ]
    problems += [
        f"{name} = {value!r} must be text of valid Unicode or nothing"
        for name in ("source_id", "url")
        if (value := getattr(document, name)) is not None and not _is_text(value)
    ]
    problems += [
        f"repairs holds {repair!r}, not a name of a repair"
        for repair in document.repairs
        if not (_is_text(repair) and repair)
    ]
    if problems:
        return problems
    problems += [
        f"{name} is empty" for name in ("source", "license") if not getattr(document, name)
    ]
    if not unicodedata.is_normalized("NFC", document.text):
        problems.append("text is not in Unicode NFC")
    elif document.id != (expected := document_id(document.text)):
        problems.append(f"id = {document.id!r} is not that of the text ({expected})")
    if fault := relative_path_problem(document.origin):
        problems.append(f"origin = {document.origin!r} {fault}")
    if type(document.position) is not int or not 0 <= document.position < 1 << 63:
        problems.append(f"position = {document.position!r} must be a whole number from 0")
    if not _is_json_object(document.metadata):
        problems.append("metadata is not a JSON object")
    return problems


def validate(document: Document) -> None:
    """Check a document at the door.

    Raises:
        SourceError: all that is wrong with it, after where it came from.
    """
    if problems := _problems(document):
        where = f"source {document.source!r}, {document.origin!r}, position {document.position}"
        raise SourceError(f"{where}: " + "; ".join(problems))


def to_record_batch(documents: Sequence[Document]) -> pa.RecordBatch:
    """Columns of `DOCUMENT_SCHEMA`, one row per document, in the same order."""
    columns = [
        pa.array([getattr(document, field.name) for document in documents], type=field.type)
        for field in DOCUMENT_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(columns, schema=DOCUMENT_SCHEMA)


def from_record_batch(batch: pa.RecordBatch) -> list[Document]:
    """Documents of an ingest part; columns that are not part of a document are ignored.

    Raises:
        SourceError: a column is missing.
    """
    names = [field.name for field in fields(Document)]
    if missing := [name for name in names if name not in batch.schema.names]:
        raise SourceError(f"no documents here: column {', '.join(missing)} is missing")
    return [
        Document(**{**row, "repairs": tuple(row["repairs"])})
        for row in batch.select(names).to_pylist()
    ]
