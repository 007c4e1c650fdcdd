"""HTML and XHTML pages: their main text, as trafilatura finds it with a taste for precision."""

import re
from pathlib import Path
from typing import Any

import trafilatura

from bllossom_data.errors import SourceError
from bllossom_data.korean.encoding import decode
from pipelines.readers.streams import StreamError, read_whole
from pipelines.readers.text import WholeDocument

# Beyond this trafilatura gives up by itself, and parsing takes minutes.
MAX_PAGE_BYTES = 20_000_000
DECLARATION_BYTES = 4 << 10
DECLARED_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE
)
XML_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
KOREAN_CHARSETS = {"euc-kr", "euckr", "ks_c_5601-1987", "ksc5601", "cp949", "ms949", "windows-949"}
# A page of a thousand characters with one broken byte is still a page.
MAX_BROKEN_RATIO = 0.001


def parse_page(path: Path, max_bytes: int) -> WholeDocument:
    """A page as a document, with its title and canonical address.

    Raises:
        SourceError: the page cannot be read, or has no main text.
    """
    raw = read_whole(path, min(max_bytes, MAX_PAGE_BYTES))
    if not raw.strip():
        raise StreamError("no_extraction", "empty")
    text, repairs = _decode_page(raw)
    record = _extract(XML_DECLARATION.sub("", text))
    return WholeDocument(record, repairs)


def _decode_page(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Believe the bytes first, then what the page says of itself."""
    try:
        text, encoding = decode(raw)
    except SourceError as error:
        found = DECLARED_CHARSET.search(raw[:DECLARATION_BYTES])
        declared = found.group(1).decode().lower() if found else "utf-8"
        encoding = "cp949" if declared in KOREAN_CHARSETS else declared
        try:
            text = raw.decode(encoding, "replace")
        except LookupError:
            text = raw.decode("utf-8", "replace")
        if text.count("\ufffd") > MAX_BROKEN_RATIO * len(text):
            raise StreamError("undecodable", str(error)) from error
        return text, (f"encoding:{encoding}", "replaced_bytes")
    return text, () if encoding == "utf-8" else (f"encoding:{encoding}",)


def _extract(text: str) -> dict[str, Any]:
    try:
        tree = trafilatura.load_html(text)
        columns = {} if tree is None else _columns(tree)
        # deduplicate would remember earlier pages: the result would depend on their order.
        body = tree is not None and trafilatura.extract(
            tree,
            favor_precision=True,
            include_comments=False,
            include_tables=True,
            deduplicate=False,
        )
    # A page must not stop a build, whatever it makes the extractor do.
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        raise StreamError("no_extraction", detail) from error
    if not body:
        raise StreamError("no_extraction", "no main text found")
    return {**columns, "text": body}


def _columns(tree: Any) -> dict[str, Any]:
    titles = tree.xpath("//head/title/text() | //*[local-name()='title']/text()")
    addresses = tree.xpath("//link[@rel='canonical']/@href")
    columns = {"title": " ".join(titles[0].split())} if titles else {}
    if addresses and str(addresses[0]).startswith(("http://", "https://")):
        columns["url"] = str(addresses[0])
    return {key: str(value) for key, value in columns.items()}
