"""HWPX (KS X 6101), the document format of Korean public institutions: XML in a zip archive."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from pipelines.readers.archives import data_members, member_name, open_zip, read_member
from pipelines.readers.streams import StreamError
from pipelines.readers.text import WholeDocument

SECTION = re.compile(r"(?:^|/)section(\d+)\.xml$", re.IGNORECASE)
MAX_SECTION_BYTES = 64 << 20
INLINE = {"tab": "\t", "lineBreak": "\n", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
# Text of these is not part of what a reader of the document reads.
ASIDE = {"header", "footer", "hiddenComment", "memo", "parameters"}


def parse_hwpx(path: Path, max_bytes: int) -> WholeDocument:
    """A document with its paragraphs one per line, the cells of a table row separated by tabs.

    Headers, footers, hidden comments and pictures are left out.

    Raises:
        SourceError: it is no HWPX, encrypted, damaged, or its XML tries to load other things.
    """
    with open_zip(path) as archive:
        members = {member_name(member): member for member in data_members(archive, (".xml",))}
        sections = sorted(
            (int(found.group(1)), name) for name in members if (found := SECTION.search(name))
        )
        if not sections:
            raise StreamError("missing_records", "no Contents/section*.xml in it")
        limit = min(max_bytes, MAX_SECTION_BYTES)
        lines = [
            line
            for _, name in sections
            for line in _paragraphs(_parse(read_member(archive, members[name], limit)))
        ]
        packages = data_members(archive, ("content.hpf",))
        title = _title(read_member(archive, packages[0], limit)) if packages else None
    record: dict[str, Any] = {"title": title} if title else {}
    return WholeDocument({**record, "text": "\n".join(lines)}, ())


def _parse(raw: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise StreamError("bad_xml", f"{error}; is it encrypted?") from error
    if root.getroottree().docinfo.doctype:
        raise StreamError("unsafe_xml", "has a document type, HWPX has none")
    return root


def _title(raw: bytes) -> str | None:
    for node in _parse(raw).iter("{*}title"):
        title = "".join(node.itertext()).strip()
        if title:
            return title
    return None


def _name(node: Any) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _paragraphs(node: Any) -> Iterator[str]:
    """Lines of all paragraphs below a node; those of a table after the paragraph that holds it."""
    for child in node:
        name = _name(child)
        if name == "p":
            text = "".join(_own_text(child))
            if text.strip():
                yield text
            yield from _paragraphs(child)
        elif name == "tr":
            cells = (" ".join(_paragraphs(cell)) for cell in child)
            row = "\t".join(cells)
            if row.strip():
                yield row
        elif name not in ASIDE:
            yield from _paragraphs(child)


def _own_text(paragraph: Any) -> Iterator[str]:
    for text in paragraph.iterfind("{*}run/{*}t"):
        yield text.text or ""
        for child in text:
            yield INLINE.get(_name(child), "")
            yield child.tail or ""
