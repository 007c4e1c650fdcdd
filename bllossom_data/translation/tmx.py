"""TMX 1.4, the exchange format of translation memories.

Read from plain files only, with nothing fetched and no entity expanded. What a row cannot give is
reported, the other rows are kept; of a file whose XML is broken nothing is taken.
"""

import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lxml import etree

from bllossom_data.errors import BllossomError
from bllossom_data.examples import Role
from bllossom_data.files import atomic_path
from bllossom_data.translation.memory import Entry, Memory, Origin, entry_problem
from bllossom_data.translation.segments import SLOT, slot

__all__ = ["Imported", "RefusedRow", "export_tmx", "import_tmx"]

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# XML 1.0, section 2.2; a carriage return is legal, but a parser gives back a line feed.
NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
PIECES = re.compile(f"({SLOT.pattern.replace('(', '').replace(')', '')}|{NOT_IN_XML.pattern})")
ONE_CHARACTER = "x-character"
TMX_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z")
INLINE = {"ph", "it", "bpt", "ept", "ut"}
MOST_REPORTED_CHARACTERS = 200
ENTRIES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of a file that gives no entry.

    Attributes:
        line: where it begins.
        problem: what is wrong.
    """

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has brought: new entries, those that were there already, refused rows."""

    added: int
    known: int
    refused: tuple[RefusedRow, ...]


def export_tmx(memory: Memory, path: Path) -> int:
    """Write a memory as TMX 1.4.

    Returns:
        How many entries it holds.

    Raises:
        OSError: the file could not be written.
    """
    entries = memory.entries()
    header = {
        "creationtool": "bllossom-data", "creationtoolversion": "1", "segtype": "block",
        "o-tmf": "bllossom-data", "adminlang": "en", "srclang": "en", "datatype": "plaintext",
    }  # fmt: skip
    with (
        atomic_path(path) as temporary,
        etree.xmlfile(str(temporary), encoding="utf-8") as file,
    ):
        file.write_declaration()
        with file.element("tmx", version="1.4"):
            file.write(etree.Element("header", header), pretty_print=True)
            with file.element("body"):
                for entry in entries:
                    file.write("\n", _unit(entry))
                file.write("\n")
    return len(entries)


def _unit(entry: Entry) -> Any:
    created = entry.created.replace("-", "").replace(":", "")
    unit = etree.Element("tu", creationdate=created, creationid=entry.actor)
    for name, value in (
        ("x-origin", entry.origin),
        ("x-example", entry.example),
        ("x-role", entry.role or ""),
    ):
        if value:
            etree.SubElement(unit, "prop", type=name).text = value
    for language, text in (("en", entry.source), ("ko", entry.target)):
        segment = etree.SubElement(etree.SubElement(unit, "tuv", {XML_LANG: language}), "seg")
        _write_text(segment, text)
    return unit


def _write_text(segment: Any, text: str) -> None:
    """A text into a `seg`: slots, and characters that XML cannot hold, as `ph`."""
    segment.text = ""
    last = None
    for piece in PIECES.split(text):
        if found := SLOT.fullmatch(piece):
            last = etree.SubElement(segment, "ph", x=found[1])
        elif NOT_IN_XML.fullmatch(piece):
            last = etree.SubElement(segment, "ph", type=ONE_CHARACTER)
            last.text = f"{ord(piece):04X}"
        elif last is None:
            segment.text = piece
        else:
            last.tail = piece


def import_tmx(memory: Memory, path: Path) -> Imported:
    """Add the English-Korean rows of a TMX file to a memory.

    Inline elements become slots: those of the two languages with the same `x` (or `i`) are the
    same slot, the rest go by their order. Entries without provenance of ours get the origin
    `import` and the file's name as actor.

    Raises:
        BllossomError: it is not a plain file, not TMX, or its XML is broken; nothing was added.
    """
    if not path.exists() or not stat.S_ISREG(path.stat().st_mode):
        raise BllossomError(f"{path}: is not a plain file; give the path of a .tmx file")
    for _ in _units(path):
        pass
    added = read = 0
    refused: list[RefusedRow] = []
    waiting: list[Entry] = []
    for unit in _units(path):
        row = _row(unit, path.name)
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        read += 1
        waiting.append(row)
        if len(waiting) == ENTRIES_AT_ONCE:
            added += memory.add(waiting)
            waiting = []
    added += memory.add(waiting)
    return Imported(added, read - added, tuple(refused))


def _units(path: Path) -> Iterator[Any]:
    """The rows of a file as elements, each of them emptied before the next one is read."""
    with path.open("rb") as file:
        events = etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, no_network=True,
            load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        root = None
        try:
            for event, element in events:
                if root is None:
                    root = element
                    if element.tag != "tmx":
                        raise BllossomError(
                            f"{path}: is not TMX; it begins with <{element.tag}> instead of <tmx>"
                        )
                if event == "end" and element.tag == "tu":
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            if root is None:
                raise BllossomError(f"{path}: is not TMX ({error.msg})") from error
            said = (error.msg or "")[:MOST_REPORTED_CHARACTERS]
            raise BllossomError(
                f"{path}, line {error.lineno}: the XML is broken there ({said}); nothing was taken "
                "from the file. Export it again, or mend that line"
            ) from error


def _row(unit: Any, file_name: str) -> Entry | RefusedRow:
    try:
        return _entry(unit, file_name)
    except BllossomError as error:
        return RefusedRow(unit.sourceline, str(error)[:MOST_REPORTED_CHARACTERS])


def _entry(unit: Any, file_name: str) -> Entry:
    segments: dict[str, Any] = {}
    for version in unit.findall("tuv"):
        language = (version.get(XML_LANG) or version.get("lang") or "").lower()
        segment = version.find("seg")
        # The first of several variants of a language is the one that stands for it.
        if segment is not None:
            segments.setdefault(re.split("[-_]", language)[0], segment)
    missing = [name for name in ("en", "ko") if name not in segments]
    if missing:
        raise BllossomError(f"no text in the language {' and '.join(missing)}")
    slots: dict[str, int] = {}
    source, target = (_read_text(segments[name], slots) for name in ("en", "ko"))
    if slots:
        source, target = _numbered_from_one(source, target)
    properties = {one.get("type"): one.text or "" for one in unit.findall("prop")}
    found = TMX_TIME.fullmatch(unit.get("creationdate", ""))
    entry = Entry(
        source,
        target,
        origin=cast(Origin, properties.get("x-origin", "import")),
        actor=unit.get("creationid", file_name),
        created="{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else "",
        example=properties.get("x-example", ""),
        role=cast(Role | None, properties.get("x-role")),
    )
    if problem := entry_problem(entry):
        raise BllossomError(problem)
    return entry


def _numbered_from_one(source: str, target: str) -> tuple[str, str]:
    order = dict.fromkeys(int(found[1]) for found in SLOT.finditer(source + target))
    numbers = {old: new for new, old in enumerate(order, start=1)}
    renumbered = [
        SLOT.sub(lambda found: slot(numbers[int(found[1])]), text) for text in (source, target)
    ]
    return renumbered[0], renumbered[1]


def _read_text(segment: Any, slots: dict[str, int]) -> str:
    """The text of a `seg`, with slots for its inline elements."""
    pieces: list[str] = []
    seen: dict[str, int] = {}

    def walk(element: Any) -> None:
        pieces.append(element.text or "")
        for child in element:
            if child.tag is etree.Entity:
                raise BllossomError(f"holds the entity {child.text}, which is not expanded")
            if child.tag == "ph" and child.get("type") == ONE_CHARACTER:
                pieces.append(_character(child.text or ""))
            elif child.tag in INLINE:
                pieces.append(slot(_slot_number(child, slots, seen)))
            else:
                walk(child)
            pieces.append(child.tail or "")

    walk(segment)
    return "".join(pieces)


def _character(code: str) -> str:
    if not re.fullmatch("[0-9A-F]{4,6}", code) or int(code, 16) > sys.maxunicode:
        raise BllossomError(f"holds a character {code!r}, which is not a hexadecimal code point")
    return chr(int(code, 16))


def _slot_number(element: Any, slots: dict[str, int], seen: dict[str, int]) -> int:
    """Number of the slot that an inline element stands for, the same in both languages."""
    identity = element.get("x") or element.get("i")
    if element.tag == "ph" and identity and re.fullmatch("0|[1-9][0-9]{0,5}", identity):
        return int(identity)
    kind = f"{element.tag} {identity}"
    seen[kind] = seen.get(kind, 0) + 1
    # Beyond any number that is given, so that the two ways of counting never meet.
    return slots.setdefault(f"{kind} {seen[kind]}", 1_000_001 + len(slots))
