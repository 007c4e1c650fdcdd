"""Where an English conversation names entities of the catalogue, and what else looks like a name.

Nothing is found in code and addresses. A name inside the title of a work, a quotation or a longer
name (Chicago in *Chicago Tribune*) is found, but marked: an entity that is named so even once
cannot be replaced, because its Korean form would be found there too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from bllossom_data.errors import missing_package
from bllossom_data.examples import Message
from bllossom_data.localization.catalogue import Catalogue, Entity
from bllossom_data.localization.passages import Reading, overlaps

__all__ = ["Candidate", "Mention", "Within", "find_mentions", "unknown_names"]

Within: TypeAlias = Literal["", "quotation", "name"]
_SAME_LENGTH = str.maketrans(
    {"’": "'", "‘": "'", "\u00a0": " ", "\n": " ", **{chr(n): chr(n + 32) for n in range(65, 91)}}
)
_SHORT_NAME_CHARS = 4
_TAIL = re.compile(r"(?:s(?![A-Za-z0-9_'])|s?(?='s?(?![A-Za-z0-9_])))?(?![A-Za-z0-9_])")
_STATES = (
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia "
    "Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts "
    "Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon "
    "Pennsylvania Tennessee Texas Utah Vermont Virginia Washington Wisconsin Wyoming"
)
_STATE_BEHIND = re.compile(r",? ?\(?(?:[A-Z]{2}\b(?!')|" + "|".join(_STATES.split()) + r"\b)")
_NEXT_WORD = re.compile(r"(?: |-|'s )(?P<word>[A-Z][A-Za-z]+)")
_LAST_WORD = re.compile(r"(?P<word>[A-Z][A-Za-z.]*(?:'s)?)[ -]$")
# Capitalised neighbours that make no longer name of a name.
_LOOSE_WORDS = (
    "I A An The My Our Your His Her Their This That These Those And Or But So If When While As At "
    "By For From In Into Of On To With Is Are Was Were Do Does Did Can Could Should Would Will How "
    "What Where Which Who Why Not No Yes Please After Before During Every Each Some Any Both Then "
    "Also Maybe Since Because Although Day Eve Weekend Week Break Dinner Lunch Party Morning Night "
    "Store Stores App Account Form English Korean Spanish God Monday Tuesday Wednesday Thursday "
    "Friday Saturday Sunday January February March April May June July August September October "
    "November December Dear Hi Hello Thanks Try Use Visit Call Check Ask Go Buy Get "
    "Having Have Let Mr Mrs Ms Dr"
)
_LOOSE = frozenset(_LOOSE_WORDS.split())
_NAME = re.compile(
    r"[A-Z][A-Za-z'-]+(?:(?: (?:of|the|and|de|van|von|for) (?:the )?| & | )[A-Z][A-Za-z'-]+)+"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a conversation names an entity.

    Attributes:
        entity: the entry of the catalogue.
        turn: number of the message, from 0.
        start: first character of the name in that message.
        end: one past its last, plural ending included, possessive ending not.
        text: the name as it stands there.
        within: a quotation or title, or a longer name, that it is part of.
        doubtful: may be an ordinary word, because every word is capitalised in its place.
    """

    entity: Entity
    turn: int
    start: int
    end: int
    text: str
    within: Within = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name of several words that the catalogue does not know, for a person to look at."""

    turn: int
    start: int
    end: int
    text: str


def find_mentions(
    messages: Sequence[Message], readings: Sequence[Reading], catalogue: Catalogue
) -> list[Mention]:
    """All mentions in the order of the text; where names overlap, the longest.

    Args:
        messages: the English conversation.
        readings: of each message, in the same order.
        catalogue: the names to look for.

    Raises:
        MissingPackageError: pyahocorasick is not installed.
    """
    found: list[Mention] = []
    for turn, (message, reading) in enumerate(zip(messages, readings, strict=True)):
        hits = sorted(
            _hits(message.content, reading, catalogue),
            key=lambda hit: (hit[0] - hit[1], hit[0], hit[2].id),
        )
        taken: list[tuple[int, int, Entity]] = []
        for start, end, entity in hits:
            if not any(start < other[1] and other[0] < end for other in taken):
                taken.append((start, end, entity))
        spans = [(start, end) for start, end, _ in taken]
        for start, end, entity in sorted(taken, key=lambda hit: hit[0]):
            text = message.content
            within: Within = ""
            if overlaps(start, end, reading.quotations):
                within = "quotation"
            elif _inside_name(text, start, end, entity, reading, spans):
                within = "name"
            doubtful = entity.ordinary_word and reading.capital_means_little(start)
            found.append(Mention(entity, turn, start, end, text[start:end], within, doubtful))
    return found


@lru_cache(maxsize=4)
def _automaton(catalogue: Catalogue) -> Any:
    try:
        import ahocorasick
    except ImportError as error:
        raise missing_package("pyahocorasick", "finding entities") from error
    names: dict[str, list[tuple[Entity, str]]] = {}
    for entity in catalogue.entities:
        for name in entity.names:
            names.setdefault(name.translate(_SAME_LENGTH), []).append((entity, name))
    automaton = ahocorasick.Automaton()
    for key, value in names.items():
        automaton.add_word(key, (len(key), value))
    automaton.make_automaton()
    return automaton


def _hits(text: str, reading: Reading, catalogue: Catalogue) -> Iterator[tuple[int, int, Entity]]:
    """Names at word boundaries, in a case that fits, outside code and addresses."""
    folded = text.translate(_SAME_LENGTH)
    for last, (length, entries) in _automaton(catalogue).iter(folded):
        start, end = last + 1 - length, last + 1
        tail = _TAIL.match(folded, end)
        if tail is None or not _begins_word(folded, start):
            continue
        if folded[last].isdigit() and re.match(r"[-/.,:]?\d|%|-[a-z]", folded[end : end + 2]):
            continue
        if overlaps(start, end, reading.protected):
            continue
        for entity, name in entries:
            if _case_fits(text[start:end], name, entity, reading.shouts(start)):
                yield start, tail.end(), entity


def _begins_word(folded: str, start: int) -> bool:
    before = folded[max(0, start - 2) : start]
    if not before:
        return True
    if folded[start].isdigit() and (before[-1] in "$£€#,-/" or re.search(r"\d\.$|[-:]$", before)):
        return False
    return not (before[-1].isalnum() or before[-1] in "_@#\\" or re.search(r"\w\.$", before))


def _case_fits(written: str, name: str, entity: Entity, shouted: bool) -> bool:
    written = written.replace("’", "'").replace("‘", "'").replace("\u00a0", " ").replace("\n", " ")
    if shouted and name.isupper() and len(name) <= _SHORT_NAME_CHARS:
        return False
    if written == name:
        return True
    if name.islower():
        return written.istitle() or written.capitalize() == written or written.isupper()
    if entity.ordinary_word or len(name) <= _SHORT_NAME_CHARS or name.isupper():
        return False
    return written.islower() or written.isupper()


def _inside_name(
    text: str,
    start: int,
    end: int,
    entity: Entity,
    reading: Reading,
    spans: Sequence[tuple[int, int]],
) -> bool:
    """Whether capitalised neighbours that are no entities make one longer name with it."""
    if not text[start].isupper() or reading.capital_means_little(start, line_only=True):
        return False
    if entity.type == "place":
        if _STATE_BEHIND.match(text, end) and text[end : end + 1] == ",":
            return True
        if text[end : end + 1] == "-" and text[end + 1 : end + 2].isalpha():
            return True
    following = _NEXT_WORD.match(text, end)
    if (
        following
        and following["word"] not in _LOOSE
        and not overlaps(following.start("word"), following.end("word"), spans)
    ):
        return True
    before = _LAST_WORD.search(text, max(0, start - 40), start)
    if before is None or before["word"].rstrip(".") in _LOOSE or before["word"].endswith("'s"):
        return False
    place = before.start("word")
    return not (overlaps(place, before.end("word"), spans) or reading.begins_sentence(place))


def unknown_names(
    messages: Sequence[Message], readings: Sequence[Reading], mentions: Sequence[Mention]
) -> list[Candidate]:
    """Capitalised names of several words that no mention covers, each once.

    Args:
        messages: the English conversation.
        readings: of each message, in the same order.
        mentions: what `find_mentions` found in it.
    """
    found: dict[str, Candidate] = {}
    for turn, (message, reading) in enumerate(zip(messages, readings, strict=True)):
        known = [
            (one.start, one.end) for one in mentions if one.turn == turn and one.within != "name"
        ]
        for match in _NAME.finditer(message.content):
            start, end = match.span()
            words = match[0].split(" ")
            while words and words[0] in _LOOSE:
                start += len(words.pop(0)) + 1
            if sum(word[:1].isupper() for word in words) < 2:
                continue
            if overlaps(start, end, known) or overlaps(start, end, reading.protected):
                continue
            if reading.capital_means_little(start, line_only=True):
                continue
            text = message.content[start:end].removesuffix("'s")
            found.setdefault(text, Candidate(turn, start, start + len(text), text))
    return list(found.values())
