"""Trees of files that are one document each: plain text and Markdown."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bllossom_data.errors import SourceError
from bllossom_data.korean.encoding import decode
from pipelines.readers.batches import Block, RawBatch, Rejected, RowCollector, SourceSpec
from pipelines.readers.files import SourceFile
from pipelines.readers.streams import StreamError, read_whole, stream_trouble

MAX_FRONT_MATTER_CHARS = 64 << 10
FRONT_MATTER = re.compile(
    r"\A(?P<fence>---|\+\+\+)[ \t]*\r?\n(?P<content>.*?)^(?P=fence)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
LOOKS_LIKE_KEYS = re.compile(r"\s*(?:#.*\n\s*)*[\w\"'-]+[ \t]*[:=]")
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Separate YAML (`---`) or TOML (`+++`) at the beginning of a text from the rest.

    Front matter that cannot be parsed becomes the column `front_matter`. A horizontal rule with
    prose below it is no front matter and stays.
    """
    if not text.startswith(("---", "+++")):
        return {}, text
    found = FRONT_MATTER.match(text, 0, MAX_FRONT_MATTER_CHARS)
    if found is None:
        return {}, text
    content, body = found["content"], text[found.end() :]
    if not content.strip():
        return {}, body
    if not LOOKS_LIKE_KEYS.match(content):
        return {}, text
    values = _toml(content) if found["fence"] == "+++" else _yaml(content)
    return ({"front_matter": content} if values is None else values), body


def _toml(content: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(content.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _yaml(content: str) -> dict[str, Any] | None:
    try:
        # A few aliases of aliases grow to gigabytes once they are written out.
        events = yaml.parse(content, Loader=YAML_LOADER)
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            return None
        values = yaml.load(content, Loader=YAML_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return {str(key): value for key, value in values.items()} if isinstance(values, dict) else None
