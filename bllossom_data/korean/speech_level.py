"""Speech levels of a Korean Markdown text: its sentences, and which of them are out of tune.

What nobody would put into the level of the text around it is exempt: quotations, headings,
fragments in lists, verse, code, and what people say in a dialogue.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any, Literal, TypeAlias

from bllossom_data.examples import Finding
from bllossom_data.korean.prose import line_starts, masked, parse_blocks
from bllossom_data.korean.sentence_spans import sentence_spans
from bllossom_data.korean.speech_conversion import Polite, to_level
from bllossom_data.korean.speech_endings import SpeechLevel, level_of

__all__ = [
    "Exemption",
    "Polite",
    "Profile",
    "Sentence",
    "SpeechLevel",
    "level_of",
    "profile_findings",
    "sentences",
    "to_level",
]

Exemption: TypeAlias = Literal["quotation", "heading", "list_fragment", "verse", "code", "dialogue"]

_FINAL_MARK = re.compile(r"[.!?…。！？][\"'”’)*_]*\s*$")
_SPEAKER = re.compile(r"^[ \t>*-]*\**([가-힣A-Za-z][가-힣A-Za-z0-9 ]{0,11})\**\s?[:：]\**\s+\S")
_QUOTED = re.compile(r"\s*[*_]*(?:\"[^\"]*\"|“[^”]*”|‘[^’]*’|「[^」]*」|『[^』]*』)[*_.!?\s]*")
_VERSE_LINES, _VERSE_CHARS = 3, 30
# A haiku in one line: its lines between slashes, or no mark after an ending of poems.
_SLASHES = re.compile(r"\s+/\s+")
_POETIC = re.compile(r"(?:\S+\s+){3,}\S*(?:네|구나|누나|어라|아라|여라|노라|도다|리라)[*_]*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text.

    Attributes:
        start: its first character in the text.
        end: one past its last character.
        text: what stands there.
        level: its speech level.
        exempt: why it need not have the level of the text, or None.
    """

    start: int
    end: int
    text: str
    level: SpeechLevel
    exempt: Exemption | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """How well a text keeps to a speech level.

    Attributes:
        wanted: the level that it should have.
        judged: number of sentences with a predicate that are not exempt.
        fitting: how many of those have the level.
        findings: one for each that has not, in Korean.
    """

    wanted: SpeechLevel
    judged: int
    fitting: int
    findings: tuple[Finding, ...]

    @property
    def share(self) -> float:
        """Share of the judged sentences that fit; 1 where there are none."""
        return self.fitting / self.judged if self.judged else 1.0


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    kind: Literal["paragraph", "heading", "list_item", "table_cell", "quote", "code"]


def profile_findings(text: str, wanted: SpeechLevel) -> Profile:
    """Measures how many sentences of a Markdown text have a speech level, and names the others."""
    judged = [
        one for one in sentences(text) if one.exempt is None and one.level not in ("명사형", "없음")
    ]
    findings = tuple(
        Finding(
            check="speech_level",
            level="warning",
            message=f"{wanted}로 써야 할 문장이 {one.level}입니다: “{_shortened(one.text)}”",
            start=one.start,
            end=one.end,
        )
        for one in judged
        if one.level != wanted
    )
    return Profile(wanted, len(judged), len(judged) - len(findings), findings)


def sentences(text: str) -> list[Sentence]:
    """The sentences of a Markdown text in order, with their speech levels.

    A block of code is one exempt sentence without a level. Emphasis, links and inline code stay in
    the sentences, byte for byte.
    """
    return list(_sentences(text))


# A text is asked about several levels, one after the other.
@lru_cache(maxsize=8)
def _sentences(text: str) -> tuple[Sentence, ...]:
    seen = masked(text)
    speakers = _speakers(text)
    found = []
    for piece in _pieces(text):
        if piece.kind == "code":
            found.append(
                Sentence(piece.start, piece.end, text[piece.start : piece.end], "없음", "code")
            )
            continue
        verse = piece.kind in ("paragraph", "quote") and _is_verse(text[piece.start : piece.end])
        for first, last in sentence_spans(seen[piece.start : piece.end]):
            start, end = piece.start + first, piece.start + last
            said = text[start:end]
            level = level_of(said)
            exempt: Exemption | None = "verse" if verse else _exemption(said, level, piece.kind)
            if exempt is None and any(begin <= start < stop for begin, stop in speakers):
                exempt = "dialogue"
            found.append(Sentence(start, end, said, level, exempt))
    return tuple(found)


def _shortened(text: str, most: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _exemption(said: str, level: SpeechLevel, kind: str) -> Exemption | None:
    if kind == "quote" or _QUOTED.fullmatch(said):
        return "quotation"
    if kind == "heading":
        return "heading"
    if kind in ("list_item", "table_cell") and level in ("명사형", "없음"):
        return "list_fragment"
    return None


def _is_verse(text: str) -> bool:
    """Short lines, most of them without a mark at their end, or a single line of a poem."""
    lines = [line.strip(" \t>\\") for line in text.split("\n")]
    lines = [line for line in lines if line]
    if len(lines) == 1:
        lines = _SLASHES.split(lines[0])
    if len(lines) == 1 and len(lines[0]) <= _VERSE_CHARS and _POETIC.fullmatch(lines[0]):
        return True
    if len(lines) < _VERSE_LINES or median(map(len, lines)) > _VERSE_CHARS:
        return False
    return sum(bool(_FINAL_MARK.search(line)) for line in lines) * 2 < len(lines)


def _speakers(text: str) -> list[tuple[int, int]]:
    """Lines of a dialogue (철수: …): of a text in which one of the names speaks twice."""
    starts = line_starts(text)
    lines = [
        (match[1].strip(), starts[number], starts[number + 1])
        for number, line in enumerate(text.split("\n"))
        if (match := _SPEAKER.match(line))
    ]
    names = [name for name, _, _ in lines]
    twice = {name for name in names if names.count(name) > 1}
    if not twice or len(set(names)) > len(names) / 2 + 1:
        return []
    return [(start, end) for _, start, end in lines]


def _pieces(text: str) -> Iterator[_Piece]:
    """Pieces of prose and blocks of code, with their places, as markdown-it finds them."""
    starts = line_starts(text)
    inside: list[str] = []
    cursor = 0
    for token in parse_blocks(text):
        if token.nesting == 1:
            inside.append(token.type)
        elif token.nesting == -1:
            inside.pop()
        elif token.type in ("fence", "code_block", "html_block"):
            yield _Piece(starts[token.map[0]], starts[token.map[1]], "code")
        elif token.type == "inline" and token.content.strip():
            start, end = _place(text, token, starts, cursor)
            cursor = end
            yield _Piece(start, end, _kind(inside))


def _kind(inside: list[str]) -> Literal["paragraph", "heading", "list_item", "table_cell", "quote"]:
    if "blockquote_open" in inside:
        return "quote"
    if "heading_open" in inside:
        return "heading"
    if "table_open" in inside:
        return "table_cell"
    return "list_item" if "list_item_open" in inside else "paragraph"


def _place(text: str, token: Any, starts: list[int], cursor: int) -> tuple[int, int]:
    """Where the content of an inline token stands: it lacks the marks that its lines begin with."""
    first, last = starts[token.map[0]], starts[token.map[1]]
    lines = [line.strip() for line in token.content.split("\n")]
    start = text.find(lines[0], max(cursor, first), last)
    start = start if start >= 0 else max(cursor, first)
    end = start
    for line in lines:
        place = text.find(line, end, last)
        if place < 0:
            return start, last
        end = place + len(line)
    return start, end
