"""Slots as XML for DeepL, and back again without a character changed.

DeepL keeps an empty element where it stands better than any mark of our own, and version 2 of its
tag handling refuses what is not well-formed, so all text is escaped.
"""

import re
import unicodedata

from bllossom_data.translation.segments import SLOT

__all__ = ["MarkupError", "edges", "from_markup", "to_markup"]

_ELEMENT = re.compile(r"""<x\s+id\s*=\s*(["'])([0-9]+)\1\s*(?:/>|>\s*</x\s*>)""")
_REFERENCE = re.compile(r"&(?:#([0-9]+)|#[xX]([0-9A-Fa-f]+)|([A-Za-z]+));|[<&]")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
# XML 1.0 has no way to write these, not even as a reference.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "\r": "&#13;"}


class MarkupError(ValueError):
    """A text that cannot be written as XML, or XML that is not a translation of ours."""


def edges(text: str) -> tuple[str, str, str]:
    """White space before a text, the text, and white space after it: engines drop it at edges."""
    core = text.strip()
    start = text.index(core) if core else len(text)
    return text[:start], core, text[start + len(core) :]


def to_markup(text: str) -> str:
    """XML for a text with slots: ``⟦n⟧`` becomes ``<x id="n"/>``.

    Raises:
        MarkupError: a character that XML does not allow.
    """
    if bad := _NOT_IN_XML.search(text):
        raise MarkupError(f"U+{ord(bad[0]):04X} cannot be written in XML")
    pieces: list[str] = []
    done = 0
    for found in SLOT.finditer(text):
        pieces += [_escape(text[done : found.start()]), f'<x id="{found[1]}"/>']
        done = found.end()
    return "".join([*pieces, _escape(text[done:])])


def _escape(text: str) -> str:
    return re.sub(r"[<>&\r]", lambda found: _ESCAPED[found[0]], text)


def from_markup(markup: str) -> str:
    """The text of a translation, in NFC, with its slots.

    Raises:
        MarkupError: an element that is not a slot, a stray ``<`` or ``&``, or half a character.
    """
    pieces: list[str] = []
    done = 0
    for found in _ELEMENT.finditer(markup):
        pieces += [_unescape(markup[done : found.start()]), f"⟦{found[2]}⟧"]
        done = found.end()
    text = "".join([*pieces, _unescape(markup[done:])])
    if bad := _NOT_IN_XML.search(text):
        raise MarkupError(f"U+{ord(bad[0]):04X} in the reply")
    return unicodedata.normalize("NFC", text)


def _unescape(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name in _NAMED:
        return _NAMED[name]
    if decimal or hexadecimal:
        number = int(decimal) if decimal else int(hexadecimal, 16)
        if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000:
            return chr(number)
    near = found.string[found.start() : found.start() + 20]
    raise MarkupError(f"not the XML that was sent: {near!r}")
