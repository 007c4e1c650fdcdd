"""Small SQLite files that several threads and processes share, and that survive a kill.

The write-ahead log keeps readers and the writer apart. Every commit reaches the disk before it is
reported as done, for what is written here costs money or the time of a person.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bllossom_data.errors import BllossomError

__all__ = ["Database"]

BUSY_SECONDS = 60.0
MAGIC = b"SQLite format 3\0"
VALUES_PER_QUERY = 500


class Database:
    """One SQLite file with one connection, used by one thread at a time.

    Args:
        path: the file; it is made, with its folder, where there is none.
        kind: what the file is, for messages, such as `translation cache`.
        mark: number in the file's header that tells this kind from every other SQLite file.
        version: number of the layout; a file of another version is refused.
        schema: statements that make the tables.
        upgrades: by version, statements that make a file of that version one of the next.

    Raises:
        BllossomError: the file is damaged, is something else, or cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        mark: int,
        version: int,
        schema: str,
        upgrades: Mapping[int, str] | None = None,
    ) -> None:
        self.path = path
        self.kind = kind
        self._upgrades = upgrades or {}
        self._lock = threading.RLock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._refuse_other_formats()
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._prepare(mark, version, schema)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """End the use of the file."""
        with self._lock:
            self._connection.close()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock, self._explained():
            return self._connection.execute(query, values).fetchall()

    def rows_for(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of a query whose ``{values}`` stands for a list of any length."""
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(values), VALUES_PER_QUERY):
            part = values[start : start + VALUES_PER_QUERY]
            found += self.rows(query.format(values=",".join("?" * len(part))), part)
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write several rows or none; waits for a writer in another process."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _refuse_other_formats(self) -> None:
        # SQLite would write into a text file that is not its own as soon as it is empty enough.
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            beginning = file.read(len(MAGIC))
        if beginning and beginning != MAGIC:
            raise BllossomError(
                f"{self.path}: is not a {self.kind} (not an SQLite file); move it elsewhere, "
                "or choose another path"
            )

    def _prepare(self, mark: int, version: int, schema: str) -> None:
        self._connection.execute("PRAGMA synchronous = FULL")
        found = self._number("application_id"), self._number("user_version")
        if found == (0, 0):
            if not self._tables():
                self._create(mark, version, schema)
            # Another process may have made the tables since the first look.
            found = self._number("application_id"), self._number("user_version")
        if found[0] != mark:
            raise BllossomError(
                f"{self.path}: is an SQLite file, but not a {self.kind}; choose another path"
            )
        if found[1] != version and not self._upgraded(version):
            raise BllossomError(
                f"{self.path}: {self.kind} of version {found[1]}, this program reads version "
                f"{version}; move it elsewhere, or use the program that wrote it"
            )
        damage = str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if damage != "ok":
            raise self._damaged(damage)
        self._use_write_ahead_log()

    def _upgraded(self, version: int) -> bool:
        """Whether the file could be brought to a version, step by step or not at all."""
        with self.transaction() as connection:
            # Another process may have done it since the first look.
            for old in range(self._number("user_version"), version):
                if old not in self._upgrades:
                    return False
                for statement in self._upgrades[old].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {old + 1}")
            return self._number("user_version") == version

    def _create(self, mark: int, version: int, schema: str) -> None:
        with self.transaction() as connection:
            if self._tables():
                return
            for statement in schema.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {mark}")
            connection.execute(f"PRAGMA user_version = {version}")

    def _use_write_ahead_log(self) -> None:
        # Changing the mode needs the file alone, and this one lock does not wait by itself.
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    def _tables(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def _damaged(self, detail: object) -> BllossomError:
        return BllossomError(
            f"{self.path}: this {self.kind} is damaged ({detail}); put a backup in its place, or "
            f"save what is left with `sqlite3 {self.path} .recover` and move the file elsewhere"
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise BllossomError(
                f"{self.path}: this {self.kind} cannot be used ({error}); check the disk, who owns "
                "the file, and whether another program holds it"
            ) from error
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error
        except OSError as error:
            raise BllossomError(
                f"{self.path}: this {self.kind} cannot be opened ({error.strerror})"
            ) from error
