"""Answers that have been paid for, by the content of the question.

Four tables: `answers` that were accepted; `rejected` ones, whose only use is that a second run goes
the way of the first; `failures`, which are no answers and are never given as one; and `requests`,
the book of what each build has spent, where a request is entered with the most that it can cost
before it is sent.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bllossom_data.files import JSON, canonical_json
from bllossom_data.translation.budget import Spent
from bllossom_data.translation.database import Database
from bllossom_data.translation.provider import Ask, Fault, Usage

__all__ = ["Cache", "CacheStats", "CachedAnswer", "Failure", "cache_key"]

MARK = 0x426C7443
VERSION = 2
ANSWER = """(
    key TEXT PRIMARY KEY, provider TEXT NOT NULL, text TEXT NOT NULL,
    requests INTEGER NOT NULL, characters INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    dollars REAL, created TEXT NOT NULL
) WITHOUT ROWID"""
SCHEMA = f"""
CREATE TABLE answers {ANSWER};
CREATE TABLE rejected {ANSWER};
CREATE TABLE failures (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, provider TEXT NOT NULL,
    fault TEXT NOT NULL, detail TEXT NOT NULL, created TEXT NOT NULL
);
CREATE INDEX failures_by_key ON failures (key);
CREATE TABLE requests (
    number INTEGER PRIMARY KEY, build TEXT NOT NULL, provider TEXT NOT NULL,
    requests INTEGER NOT NULL, characters INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    dollars REAL, settled INTEGER NOT NULL, created TEXT NOT NULL,
    content TEXT NOT NULL DEFAULT ''
);
CREATE INDEX requests_by_build ON requests (build)
"""
UPGRADES = {1: "ALTER TABLE requests ADD COLUMN content TEXT NOT NULL DEFAULT ''"}
COLUMNS = "key, provider, text, requests, characters, input_tokens, output_tokens, dollars, created"


def cache_key(provider: str, settings: Mapping[str, JSON], ask: Ask) -> str:
    """Name of a question's answer: SHA-256 over everything that decides it.

    Args:
        provider: name of the provider, with the model.
        settings: what `Provider.settings` gives; the version of the prompt belongs there.
        ask: the question; its `key`, which only names it in a request, does not count.
    """
    content = {
        "provider": provider,
        "settings": settings,
        "text": ask.text,
        "kind": ask.kind,
        "role": ask.role,
        "context": ask.context,
        "glossary": ask.glossary,
        "correction": ask.correction,
    }
    return hashlib.sha256(canonical_json(content, "question").encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """One answer of a provider.

    Attributes:
        key: of the question, by `cache_key`.
        provider: who gave it.
        text: Korean with the slots of the question.
        usage: the segment's share of what the request used.
        dollars: what that cost; None where nobody knows the price.
        created: when it came, ISO 8601 in UTC.
    """

    key: str
    provider: str
    text: str
    usage: Usage = field(default_factory=Usage)
    dollars: float | None = None
    created: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that was not answered: for the report, and so that a second run knows the way."""

    key: str
    provider: str
    fault: Fault
    detail: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True)
class CacheStats:
    """How much a cache holds: rows of each table, and what all builds have spent together."""

    answers: int
    rejected: int
    failures: int
    requests: int
    spent: Spent


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _amounts(usage: Usage) -> tuple[int, int, int, int]:
    return usage.requests, usage.characters, usage.input_tokens, usage.output_tokens


def _row(answer: CachedAnswer, now: str) -> tuple[str | int | float | None, ...]:
    return (
        answer.key, answer.provider, answer.text, *_amounts(answer.usage), answer.dollars,
        answer.created or now,
    )  # fmt: skip


class Cache:
    """A cache in one SQLite file; threads and processes may share it.

    Args:
        path: the file; it is made where there is none.

    Raises:
        BllossomError: the file is damaged or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, "translation cache", MARK, VERSION, SCHEMA, UPGRADES)

    def close(self) -> None:
        """End the use of the file."""
        self._database.close()

    def get_many(self, keys: Sequence[str]) -> dict[str, CachedAnswer]:
        """The accepted answers to these questions; what is not known is left out."""
        return self._answers("answers", keys)

    def rejected_many(self, keys: Sequence[str]) -> dict[str, CachedAnswer]:
        """The answers to these questions that a check has rejected."""
        return self._answers("rejected", keys)

    def failures_many(self, keys: Sequence[str]) -> dict[str, Failure]:
        """The newest failure of each question that has one."""
        found = self._database.rows_for(
            "SELECT key, provider, fault, detail, created, max(number) FROM failures "
            "WHERE key IN ({values}) GROUP BY key",
            keys,
        )
        return {row[0]: Failure(*row[:5]) for row in found}

    def failures(self) -> list[Failure]:
        """All failures, oldest first."""
        query = "SELECT key, provider, fault, detail, created FROM failures ORDER BY number"
        return [Failure(*row) for row in self._database.rows(query)]

    def put_many(
        self,
        accepted: Sequence[CachedAnswer] = (),
        rejected: Sequence[CachedAnswer] = (),
        failures: Sequence[Failure] = (),
        settled: Sequence[tuple[int, Usage, float | None]] = (),
    ) -> dict[str, CachedAnswer]:
        """Keep what requests have brought, all of it or nothing.

        Args:
            accepted: answers that passed the checks.
            rejected: answers that did not.
            failures: questions without an answer.
            settled: number of each request (from `open_request`), what it used, what it cost.

        Returns:
            The answers that were there already, because another process has asked the same. They
            stay, and are to be used instead of the new ones.
        """
        now = _now()
        keys = [one.key for one in (*accepted, *rejected)]
        with self._database.transaction() as connection:
            known = self.rejected_many(keys) | self.get_many(keys)
            for table, answers in (("answers", accepted), ("rejected", rejected)):
                connection.executemany(
                    f"INSERT INTO {table} ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",
                    [_row(one, now) for one in answers if one.key not in known],
                )
            connection.executemany(
                "INSERT INTO failures (key, provider, fault, detail, created) VALUES (?,?,?,?,?)",
                [(one.key, one.provider, one.fault, one.detail, now) for one in failures],
            )
            connection.executemany(
                "UPDATE requests SET requests = ?, characters = ?, input_tokens = ?, "
                "output_tokens = ?, dollars = ?, settled = 1 WHERE number = ?",
                [(*_amounts(usage), dollars, number) for number, usage, dollars in settled],
            )
        return known

    def judge_again(self, accepted: Sequence[str], rejected: Sequence[str]) -> None:
        """Put answers into the other table, where a check has changed its mind.

        Args:
            accepted: questions whose rejected answer is accepted now.
            rejected: questions whose accepted answer is rejected now.
        """
        with self._database.transaction() as connection:
            for keys, source, target in (
                (accepted, "rejected", "answers"),
                (rejected, "answers", "rejected"),
            ):
                values = [(key,) for key in keys]
                connection.executemany(
                    f"INSERT OR IGNORE INTO {target} SELECT * FROM {source} WHERE key = ?", values
                )
                connection.executemany(f"DELETE FROM {source} WHERE key = ?", values)

    def open_request(
        self, build: str, provider: str, most: Usage, dollars: float | None, content: str = ""
    ) -> int:
        """Enter a request into the book before it is sent, with the most that it can cost.

        If the program is killed before the answer comes, the entry stays as it is, so that a
        build that is started again never believes it has spent less than it has.

        Args:
            build: who spends it.
            provider: who is asked.
            most: the most that it can use.
            dollars: what that costs; None where nobody knows the price.
            content: names what is asked, where the answer can still be had after a kill; see
                `open_contents`.

        Returns:
            Number of the request, for `put_many`.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "INSERT INTO requests (build, provider, requests, characters, input_tokens, "
                "output_tokens, dollars, settled, created, content) VALUES (?,?,?,?,?,?,?,0,?,?)",
                (build, provider, *_amounts(most), dollars, _now(), content),
            )
            return int(row.lastrowid or 0)

    def open_contents(self, build: str) -> dict[str, int]:
        """Numbers of a build's requests that have no answer yet but can still get one."""
        found = self._database.rows(
            "SELECT content, number FROM requests "
            "WHERE build = ? AND settled = 0 AND content != ''",
            (build,),
        )
        return dict(found)

    def spent(self, build: str | None = None) -> Spent:
        """What the requests of a build have used, or of all builds.

        Requests of a program that was killed count with the most that they can have used.
        """
        where, values = ("", ()) if build is None else ("WHERE build = ?", (build,))
        (row,) = self._database.rows(
            "SELECT total(requests), total(characters), total(input_tokens), "
            f"total(output_tokens), total(dollars) FROM requests {where}",
            values,
        )
        return Spent(Usage(*(int(amount) for amount in row[:4])), float(row[4]))

    def stats(self) -> CacheStats:
        """How much it holds."""
        ((answers, rejected, failures, requests),) = self._database.rows(
            "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM rejected), "
            "(SELECT count(*) FROM failures), (SELECT count(*) FROM requests)"
        )
        return CacheStats(answers, rejected, failures, requests, self.spent())

    def _answers(self, table: str, keys: Sequence[str]) -> dict[str, CachedAnswer]:
        query = f"SELECT {COLUMNS} FROM {table} WHERE key IN ({{values}})"
        return {
            row[0]: CachedAnswer(row[0], row[1], row[2], Usage(*row[3:7]), row[7], row[8])
            for row in self._database.rows_for(query, keys)
        }
