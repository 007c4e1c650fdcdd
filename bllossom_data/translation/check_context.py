"""What every check of a translation knows, and the text with what no check looks at blanked out."""

import re
from dataclasses import dataclass

from bllossom_data.examples import Finding, Level, Role
from bllossom_data.translation.segments import SLOT, SegmentKind

__all__ = ["ADDRESS", "CheckContext", "excerpt", "hangul_share", "has_hangul", "prose", "report"]

# A particle may follow an address without a space.
ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]{}\"'`가-힣“”‘’]+|(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    re.ASCII,
)
_EXCERPT_CHARACTERS = 40
_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What is known of a segment or a message when its translation is checked.

    Attributes:
        role: who speaks.
        kind: what the segment is in the Markdown.
        turn: number of the message, from 0, for the findings.
        glossary: pairs of an English term and the Korean that it must become.
        edits: pairs of what a deliberate edit took out of the Korean and what it put in, such as
            401(k) and 퇴직연금 or 5마일 and 8킬로미터; numbers in them need no counterpart.
        allowed_terms: words that stay in Latin letters.
        expects_english: the task is about English text (a translation or grammar exercise), so
            English may rightly remain.
        keeps_culture: dollars, miles and the like are the subject and stay.
    """

    role: Role = "assistant"
    kind: SegmentKind = "paragraph"
    turn: int | None = None
    glossary: tuple[tuple[str, str], ...] = ()
    edits: tuple[tuple[str, str], ...] = ()
    allowed_terms: tuple[str, ...] = ()
    expects_english: bool = False
    keeps_culture: bool = False


def report(
    check: str,
    level: Level,
    message: str,
    context: CheckContext,
    span: tuple[int, int] | None = None,
) -> Finding:
    """A finding with the turn of its context; the span is in the Korean text."""
    start, end = span or (None, None)
    return Finding(check, level, message, context.turn, start, end)


def prose(text: str, context: CheckContext) -> str:
    """The text with slots, addresses and terms that stay in Latin letters as spaces.

    Every other character keeps its place, so that spans in it are spans in the text.
    """
    for pattern in (SLOT, ADDRESS, *map(_as_a_word, context.allowed_terms)):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _as_a_word(term: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(term)}(?![A-Za-z0-9])", re.IGNORECASE)


def excerpt(text: str) -> str:
    """The beginning of a text on one line, for a message that shows where something is."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT_CHARACTERS else f"{line[:_EXCERPT_CHARACTERS]}…"


def has_hangul(text: str) -> bool:
    """Whether a text holds a Hangul syllable."""
    return _HANGUL.search(text) is not None


def hangul_share(text: str) -> float:
    """Share of Hangul syllables among the Hangul and Latin letters of a text; 1 without either."""
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    return hangul / (hangul + latin) if hangul + latin else 1.0
