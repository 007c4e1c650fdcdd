"""Read evaluation sets as they are published: JSON lines, JSON, tables, Parquet, treebanks.

Every row is an item, and each named field of it is a text to look for. A field may hold a list, and
a dotted name reaches inside (`turns`, `paragraphs.qas.question`), so sets of dialogues and reading
questions need no conversion.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.corpus.decontamination import EvaluationItem
from bllossom_data.errors import SourceError
from bllossom_data.files import source_files
from pipelines.readers.streams import read_whole

__all__ = ["UnreadRow", "read_evaluation_items"]

MAX_FILE_BYTES = 1 << 30
PACKED_SUFFIXES = {".gz", ".zst", ".zstd", ".bz2", ".xz"}
PARQUET = ".parquet"
ID_FIELDS = ("guid", "id", "question_id", "sent_id", "uid", "qid", "idx", "ID", "_id")
# KLUE names the entities of a sentence inside its comment: `<경찰:OG>은 또 …`.
ENTITY = re.compile(r"<([^<>]+):[A-Z]{2}>")
KLUE_SENTENCE = re.compile(r"## (klue-\S+)\t(.+)")
CONLLU_COMMENT = re.compile(r"# (sent_id|text) = (.+)")


class UnreadRow(NamedTuple):
    """A row of an evaluation set that could not be used.

    Attributes:
        evaluation_set: name of the set
        origin: file, relative to the path of the set
        position: number of the row, or of the line, from 1
        reason: why, for a person
    """

    evaluation_set: str
    origin: str
    position: int
    reason: str


class _Row(NamedTuple):
    """A record with its place, or why there is none."""

    position: int
    record: dict[str, object] | str


def read_evaluation_items(
    name: str, path: Path, fields: Sequence[str]
) -> tuple[list[EvaluationItem], list[UnreadRow]]:
    """Read an evaluation set.

    The id of an item is its `guid`, `id`, `question_id` or the like where that is unique in the
    set, else the file and the row.

    Args:
        name: name of the set
        path: a file, or a folder whose files are all read: `.jsonl`, `.json`, `.tsv`, `.csv`,
            `.parquet`, `.conllu`, `.txt` (one item per line, field `text`), also compressed.
            KLUE's own token tables have the fields `id` and `text`.
        fields: fields that hold the texts to look for

    Returns:
        the items in the order of the files, and the rows that could not be used

    Raises:
        SourceError: a file cannot be read at all, or no row has one of the fields
    """
    files = [
        file for file in source_files(path) if file == path or _suffix(file) in (*READERS, PARQUET)
    ]
    found: list[tuple[str, str | None, tuple[str, ...]]] = []
    unread: list[UnreadRow] = []
    columns: set[str] = set()
    used: set[str] = set()
    for file in files:
        origin = file.name if file == path else file.relative_to(path).as_posix()
        for position, record in _rows(file):
            if isinstance(record, str):
                unread.append(UnreadRow(name, origin, position, record))
                continue
            columns.update(record)
            texts_of = {field: list(_texts(record, field)) for field in fields}
            used.update(field for field, texts in texts_of.items() if texts)
            texts = tuple(text for of_field in texts_of.values() for text in of_field)
            if texts:
                found.append((f"{origin}:{position}", _id(record), texts))
            else:
                reason = f"holds no text in {', '.join(fields)}"
                unread.append(UnreadRow(name, origin, position, reason))
    for field in fields:
        if field not in used:
            raise SourceError(
                f"evaluation set {name!r}: no row of {path} holds text in field {field!r}; "
                f"the fields are {', '.join(sorted(columns)) or 'none: no row could be read'}"
            )
    ids = [known for _, known, _ in found]
    unique = None not in ids and len(set(ids)) == len(ids)
    items = [
        EvaluationItem(name, known if unique and known is not None else place, texts)
        for place, known, texts in found
    ]
    return items, unread


def _texts(value: object, field: str) -> Iterator[str]:
    """Strings at a dotted field of a record; lists are walked through."""
    if isinstance(value, list | tuple):
        for element in value:
            yield from _texts(element, field)
    elif not field:
        if isinstance(value, str) and value.strip():
            yield value
    elif isinstance(value, dict):
        if field in value:
            yield from _texts(value[field], "")
        else:
            first, _, rest = field.partition(".")
            if first in value and rest:
                yield from _texts(value[first], rest)


def _id(record: dict[str, object]) -> str | None:
    for field in ID_FIELDS:
        known = record.get(field)
        if isinstance(known, str | int):
            return str(known)
    return None


def _suffix(file: Path) -> str:
    suffixes = [suffix.lower() for suffix in file.suffixes]
    while suffixes and suffixes[-1] in PACKED_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _rows(file: Path) -> Iterator[_Row]:
    suffix = _suffix(file)
    if suffix == PARQUET:
        return _parquet_rows(file)
    reader = READERS.get(suffix)
    if reader is None:
        raise SourceError(
            f"{file}: the format of an evaluation set is told by its name; "
            f"expected one of {', '.join(sorted([*READERS, PARQUET]))}, also compressed"
        )
    try:
        data = read_whole(file, MAX_FILE_BYTES)
    except SourceError as error:
        reason = str(error).removeprefix(f"{file}: ")
        raise SourceError(f"{file}: {reason}; an evaluation set must be read whole") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decode_other(data)
    # One treebank file looks like another table; its comments tell it.
    if text.startswith("#") and reader is _tsv_rows:
        return _treebank_rows(text)
    return reader(text)


def _decode_other(data: bytes) -> str:
    try:
        return data.decode("cp949")
    except UnicodeDecodeError:
        return data.decode("utf-8-sig", errors="replace")


def _lines(text: str) -> list[str]:
    # Not `splitlines`: texts hold form feeds and U+2028, which end no row.
    return text.replace("\r\n", "\n").split("\n")


def _json_lines(text: str) -> Iterator[_Row]:
    for position, line in enumerate(_lines(text), 1):
        if line.strip():
            try:
                yield _record(position, json.loads(line))
            except (ValueError, RecursionError) as error:
                yield _Row(position, f"is not JSON: {error}")


def _json_rows(text: str) -> Iterator[_Row]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        # Files of JSON lines are often named `.json`.
        yield from _json_lines(text)
        return
    yield from (_record(position, value) for position, value in enumerate(_records(document), 1))


def _records(document: object) -> Iterable[object]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        lists = [
            value
            for value in document.values()
            if isinstance(value, list) and value and isinstance(value[0], dict)
        ]
        # SQuAD, KorQuAD and KLUE-MRC: {"version": …, "data": [{…}, …]}.
        if len(lists) == 1:
            return lists[0]
    return [document]


def _record(position: int, value: object) -> _Row:
    if isinstance(value, dict):
        return _Row(position, value)
    if isinstance(value, str):
        return _Row(position, {"text": value})
    return _Row(position, f"is {type(value).__name__}, not an object")


def _table_rows(lines: Iterable[str], quoting: Literal[0, 3], delimiter: str) -> Iterator[_Row]:
    table = csv.reader(lines, delimiter=delimiter, quoting=quoting)
    header: list[str] | None = None
    position = 0
    while True:
        try:
            fields = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Row(position + 1, f"is not a row of a table: {error}")
            continue
        if header is None:
            header = fields
        elif fields:
            position += 1
            if len(fields) == len(header):
                yield _Row(position, dict(zip(header, fields, strict=True)))
            else:
                yield _Row(position, f"has {len(fields)} fields, the header has {len(header)}")


def _tsv_rows(text: str) -> Iterator[_Row]:
    # Korean evaluation sets write tab-separated text as it is: a quotation mark is a character.
    return _table_rows(_lines(text), csv.QUOTE_NONE, "\t")


def _csv_rows(text: str) -> Iterator[_Row]:
    return _table_rows(io.StringIO(text, newline=""), csv.QUOTE_MINIMAL, ",")


def _treebank_rows(text: str) -> Iterator[_Row]:
    """Sentences of token tables, from the comments of CoNLL-U and of KLUE."""
    sentence: dict[str, object] = {}
    for position, line in enumerate(_lines(text), 1):
        klue = KLUE_SENTENCE.match(line)
        conllu = CONLLU_COMMENT.match(line)
        if klue is not None:
            yield _Row(position, {"id": klue[1], "text": ENTITY.sub(r"\1", klue[2])})
        elif conllu is not None:
            sentence[conllu[1]] = conllu[2]
        elif not line and "text" in sentence:
            yield _Row(position, sentence)
            sentence = {}
    if "text" in sentence:
        yield _Row(position, sentence)


def _line_rows(text: str) -> Iterator[_Row]:
    for position, line in enumerate(_lines(text), 1):
        if line.strip():
            yield _Row(position, {"text": line})


def _parquet_rows(file: Path) -> Iterator[_Row]:
    try:
        with pq.ParquetFile(file) as parquet:
            position = 0
            for batch in parquet.iter_batches(batch_size=1_000):
                for record in batch.to_pylist():
                    position += 1
                    yield _Row(position, record)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{file}: cannot be read as Parquet ({error})") from error


READERS: dict[str, Callable[[str], Iterator[_Row]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_rows,
    ".tsv": _tsv_rows,
    ".tab": _tsv_rows,
    ".csv": _csv_rows,
    ".conllu": _treebank_rows,
    ".txt": _line_rows,
}
