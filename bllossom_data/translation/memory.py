"""Translation memory: what people have translated or approved, found again.

An exact match is used as it is. A similar one is only ever a suggestion for the person who reviews.
Slots are general: ``Run ⟦1⟧`` is found whatever its slot stands for, and however it is numbered.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import xxhash

from bllossom_data.errors import BllossomError
from bllossom_data.examples import Role
from bllossom_data.files import JSON, canonical_json
from bllossom_data.translation.database import Database
from bllossom_data.translation.provider import Answer, Ask, Limits, Price, Reply, Usage
from bllossom_data.translation.segments import SLOT, slot
from bllossom_data.translation.similar import SimilarTexts

__all__ = [
    "Entry",
    "Memory",
    "MemoryProvider",
    "Origin",
    "Suggestion",
    "entry_problem",
    "general_text",
]

Origin: TypeAlias = Literal["human", "review", "import"]
"""Who stands behind an entry: a translator, a reviewer who let it pass, another program's file."""

MARK = 0x426C744D
VERSION = 1
SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL, entry_hash TEXT NOT NULL UNIQUE,
    general TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, origin TEXT NOT NULL,
    actor TEXT NOT NULL, created TEXT NOT NULL, example TEXT NOT NULL, role TEXT
);
CREATE INDEX entries_by_hash ON entries (hash)
"""
COLUMNS = "source, target, origin, actor, created, example, role"
CREATED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
# What XML 1.0 can hold, so that every entry can be exported with its provenance as it is.
NOT_PLAIN = re.compile("[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
SURROGATE = re.compile("[\ud800-\udfff]")
LEAST_SIMILARITY = 0.85


@dataclass(frozen=True, slots=True)
class Entry:
    """One English text and its Korean.

    Attributes:
        source: English with slots.
        target: Korean with the same slots, each as often.
        origin: who stands behind it.
        actor: the person or file that it is from.
        created: when, ISO 8601 in UTC with seconds; empty for now.
        example: id of the example that it was written for; empty if there is none.
        role: who speaks, because that decides the speech level; None where nobody knows, such as
            in an imported file: then it fits every role.
    """

    source: str
    target: str
    origin: Origin
    actor: str
    created: str = ""
    example: str = ""
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An entry whose English is like a given text, and how much, 0-1."""

    entry: Entry
    similarity: float


def general_text(text: str) -> tuple[str, tuple[int, ...]]:
    """A text as it is compared, and the slot numbers it had.

    Unicode NFC, each run of white space one blank, slots numbered in the order of their first
    appearance.

    Returns:
        The text, and for its slot ``n`` the number in the original, at ``n - 1``.
    """
    folded = " ".join(unicodedata.normalize("NFC", text).split())
    numbers = tuple(dict.fromkeys(int(found[1]) for found in SLOT.finditer(folded)))
    return _renumber(folded, {old: new for new, old in enumerate(numbers, start=1)}), numbers


def _renumber(text: str, numbers: Mapping[int, int]) -> str:
    return SLOT.sub(lambda found: slot(numbers[int(found[1])]), text)


def entry_problem(entry: Entry) -> str | None:
    """Why an entry cannot be added to a memory, or None."""
    if not entry.source.strip() or not entry.target.strip():
        return "the English or the Korean is empty"
    if SURROGATE.search(entry.source + entry.target):
        return "holds half a surrogate pair, which is no Unicode character"
    slots = [sorted(map(int, SLOT.findall(text))) for text in (entry.source, entry.target)]
    if slots[0] != slots[1]:
        return f"slots {slots[0]} in the English, {slots[1]} in the Korean; each must be in both"
    if entry.origin not in get_args(Origin):
        return f"origin is {entry.origin!r}, not one of {', '.join(get_args(Origin))}"
    if entry.role is not None and entry.role not in get_args(Role):
        return f"role is {entry.role!r}, not one of {', '.join(get_args(Role))}"
    if entry.created and not CREATED.fullmatch(entry.created):
        return f"created is {entry.created!r}, not like 2026-11-25T09:30:00Z"
    if NOT_PLAIN.search(entry.actor + entry.example):
        return "actor or example holds a control character"
    return None


class Memory:
    """A translation memory in one SQLite file; threads and processes may share it.

    Entries are added and never changed: of several for one text, the one by a person counts before
    a reviewed one, that before an imported one, and then the newest.

    Args:
        path: the file; it is made where there is none.

    Raises:
        BllossomError: the file is damaged or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, "translation memory", MARK, VERSION, SCHEMA)
        self._similar = SimilarTexts()

    def close(self) -> None:
        """End the use of the file."""
        self._database.close()

    def add(self, entries: Iterable[Entry]) -> int:
        """Add entries, all or none; those that are there already, word for word, are left out.

        Returns:
            How many were new.

        Raises:
            BllossomError: an entry is not usable; the message says which and why.
        """
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = [self._row(entry, now) for entry in entries]
        with self._database.transaction() as connection:
            before = connection.total_changes
            connection.executemany(
                f"INSERT OR IGNORE INTO entries (hash, entry_hash, general, {COLUMNS}) "
                "VALUES (?,?,?,?,?,?,?,?,?,?)",
                rows,
            )
            return connection.total_changes - before

    def exact(self, text: str, role: Role | None = None) -> Entry | None:
        """The best entry whose English is this text, with the text's own slot numbers.

        Args:
            text: English with slots.
            role: who speaks; None takes an entry of any role.
        """
        return self.exact_many([(text, role)])[0]

    def exact_many(self, texts: Sequence[tuple[str, Role | None]]) -> list[Entry | None]:
        """Like `exact` for many texts at once, in their order."""
        general = [general_text(text) for text, _ in texts]
        hashes = [_hash(text) for text, _ in general]
        found: dict[str, list[tuple[int, str, Entry]]] = {}
        query = f"SELECT number, hash, general, {COLUMNS} FROM entries WHERE hash IN ({{values}})"
        for row in self._database.rows_for(query, list(dict.fromkeys(hashes))):
            found.setdefault(row[1], []).append((row[0], row[2], Entry(*row[3:])))
        return [
            self._best(found.get(key, []), one, role)
            for key, one, (_, role) in zip(hashes, general, texts, strict=True)
        ]

    def similar(
        self, text: str, limit: int = 5, least: float = LEAST_SIMILARITY
    ) -> list[Suggestion]:
        """Entries whose English is like a text, the most similar first, for people to look at.

        Similarity is 1 minus the insertions and deletions between the two, over the sum of their
        lengths. The slots of a suggestion are numbered as in its own English.

        Args:
            text: English with slots.
            limit: how many at most.
            least: the least similarity, 0-1.
        """
        query = "SELECT number, general FROM entries WHERE number > ? ORDER BY number"
        self._similar.extend(lambda last: self._database.rows(query, (last,)))
        best = self._similar.search(general_text(text)[0], limit, least)
        rows = self._database.rows_for(
            f"SELECT number, {COLUMNS} FROM entries WHERE number IN ({{values}})",
            [number for number, _ in best],
        )
        entries = {row[0]: Entry(*row[1:]) for row in rows}
        return [Suggestion(entries[number], similarity) for number, similarity in best]

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        query = f"SELECT {COLUMNS} FROM entries ORDER BY number"
        return [Entry(*row) for row in self._database.rows(query)]

    def digest(self) -> str:
        """Hash of all that it holds, whatever the order in which it was added."""
        rows = self._database.rows("SELECT entry_hash FROM entries ORDER BY entry_hash")
        return xxhash.xxh3_128_hexdigest("".join(row[0] for row in rows))

    @staticmethod
    def _row(entry: Entry, now: str) -> tuple[str | None, ...]:
        if problem := entry_problem(entry):
            raise BllossomError(f"translation memory: {entry.source[:60]!r}: {problem}")
        general, _ = general_text(entry.source)
        source, target = (
            SLOT.sub(lambda found: slot(int(found[1])), unicodedata.normalize("NFC", text))
            for text in (entry.source, entry.target)
        )
        place = (entry.origin, entry.actor, entry.created or now, entry.example, entry.role)
        whole = canonical_json([source, target, *place], "entry")
        return (_hash(general), _hash(whole), general, source, target, *place)

    @staticmethod
    def _best(
        found: Sequence[tuple[int, str, Entry]],
        general: tuple[str, tuple[int, ...]],
        role: Role | None,
    ) -> Entry | None:
        text, numbers = general
        fitting = [
            (
                entry.role == role,
                -get_args(Origin).index(entry.origin),
                entry.created,
                number,
                entry,
            )
            for number, stored, entry in found
            if stored == text and (role is None or entry.role in (None, role))
        ]
        if not fitting:
            return None
        best = max(fitting, key=lambda one: one[:-1])[-1]
        _, own = general_text(best.source)
        to_asked = dict(zip(own, numbers, strict=True))
        return Entry(
            _renumber(best.source, to_asked), _renumber(best.target, to_asked), best.origin,
            best.actor, best.created, best.example, best.role,
        )  # fmt: skip


def _hash(text: str) -> str:
    return xxhash.xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


class MemoryProvider:
    """A translation memory as a provider: free, offline, exact matches only.

    Args:
        memory: what is looked into.
    """

    name = "memory"
    limits = Limits(max_segments=1_000, max_characters=100_000_000)
    price: Price | None = Price()

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def settings(self) -> Mapping[str, JSON]:
        """What it holds, as a hash."""
        return {"digest": self._memory.digest()}

    def most(self, asks: Sequence[Ask]) -> Usage:
        """Nothing: it sends no request."""
        return Usage()

    def translate(self, asks: Sequence[Ask]) -> Reply:
        """The entry of each segment; `missing` where there is none."""
        entries = self._memory.exact_many([(ask.text, ask.role) for ask in asks])
        return Reply(
            tuple(
                Answer(ask.key, entry.target)
                if entry
                else Answer(ask.key, None, "missing", "not in the translation memory")
                for ask, entry in zip(asks, entries, strict=True)
            )
        )
