"""Trees of files that are one document each: plain text and Markdown."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bllossom_data.errors import SourceError
from bllossom_data.korean.encoding import decode
from pipelines.readers.batches import Block, RawBatch, Rejected, RowCollector, SourceSpec
from pipelines.readers.files import SourceFile
from pipelines.readers.front_matter import split_front_matter
from pipelines.readers.streams import StreamError, read_whole, stream_trouble


class WholeDocument(NamedTuple):
    """The columns of a document that is a file, and what was mended to read it."""

    record: dict[str, Any]
    repairs: tuple[str, ...]


Parse = Callable[[Path, int], WholeDocument]


def whole_file_blocks(
    files: Sequence[SourceFile], spec: SourceSpec, block_bytes: int, parse: Parse
) -> Iterator[Block]:
    """Blocks of consecutive files of about `block_bytes`.

    `parse` gets a path and the largest size to read; it raises `SourceError` where there is no
    document in the file.
    """
    held: list[SourceFile] = []
    size = 0
    for file in files:
        held.append(file)
        size += file.size_bytes
        if size >= block_bytes:
            yield _block(held, size, spec, parse)
            held, size = [], 0
    if held:
        yield _block(held, size, spec, parse)


def _block(files: list[SourceFile], size: int, spec: SourceSpec, parse: Parse) -> Block:
    def load() -> RawBatch:
        collector = RowCollector(spec)
        for file in files:
            try:
                document = parse(file.path, spec.max_document_bytes)
            except SourceError as error:
                collector.reject(Rejected(file.origin, *stream_trouble(error, 0)))
            else:
                collector.add(document.record, file.origin, 0, document.repairs)
        return collector.batch(size)

    return Block(size, load)


def read_text(path: Path, max_bytes: int) -> tuple[str, tuple[str, ...]]:
    """A text file in whatever encoding, and what that was if not UTF-8.

    Raises:
        SourceError: it cannot be read or decoded, or is too large.
    """
    raw = read_whole(path, max_bytes)
    try:
        text, encoding = decode(raw)
    except SourceError as error:
        raise StreamError("undecodable", str(error)) from error
    return text, () if encoding == "utf-8" else (f"encoding:{encoding}",)


def parse_text(path: Path, max_bytes: int) -> WholeDocument:
    """A plain text file as a document."""
    text, repairs = read_text(path, max_bytes)
    return WholeDocument({"text": text}, repairs)


def parse_markdown(path: Path, max_bytes: int) -> WholeDocument:
    """A Markdown file as a document, its front matter as columns of their own."""
    text, repairs = read_text(path, max_bytes)
    front_matter, body = split_front_matter(text)
    return WholeDocument({**front_matter, "text": body}, repairs)
