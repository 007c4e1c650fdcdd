"""Writing the log, and proving that nobody changed it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bllossom_data.files import canonical_json

GENESIS = "0" * 64
ENTRIES_TOGETHER = 500
# Any constant: it names the log among PostgreSQL's advisory locks.
_LOCK = 0x626C6C6F


def moment(at: datetime) -> str:
    """A moment as hashes cover it: to the microsecond, in UTC."""
    return at.astimezone(UTC).isoformat()


def entry_sha256(entry: Any) -> str:
    """What an entry's hash must be."""
    said = [
        entry.number,
        moment(entry.at),
        entry.person_id,
        entry.pseudonym,
        entry.action,
        entry.project,
        entry.item,
        entry.details,
        entry.previous_sha256,
    ]
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that may add to the log: one at a time, as SQLite has it by itself.

    Whoever locks a row before the log waits for somebody who has the log and wants the row; so the
    log comes first, and what is read inside is what the one before has left.
    """
    with transaction.atomic():
        _lock_log()
        yield


def _lock_log() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def record(person: Any, action: str, project: Any = None, item: Any = None, **details: Any) -> None:
    """Adds one entry, in the transaction (`writing`) of what it tells of.

    Args:
        person: who did it; None for the machine.
        action: what was done.
        project: in which project, if in one.
        item: to which item, if to one.
        details: numbers and hashes that tell it exactly; no text that people typed, since the
            answers themselves hold that.
    """
    from annotation.models import AuditEntry

    with transaction.atomic():
        _lock_log()
        last = AuditEntry.objects.order_by("-number").only("number", "sha256").first()
        entry = AuditEntry(
            number=last.number + 1 if last else 1,
            at=_now(),
            person=person,
            pseudonym=person.pseudonym if person else "",
            action=action,
            project=project.slug if project else "",
            item=item.key if item else "",
            details=details,
            previous_sha256=last.sha256 if last else GENESIS,
        )
        entry.sha256 = entry_sha256(entry)
        entry.save(force_insert=True)


def _now() -> datetime:
    return timezone.now()


def first_break() -> str | None:
    """Where the log was changed, in words; None where it is whole."""
    from annotation.models import AuditEntry

    previous, expected = GENESIS, 1
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=ENTRIES_TOGETHER):
        if entry.number != expected:
            return f"entry {expected} is missing: {entry.number} follows {expected - 1}"
        if entry.previous_sha256 != previous:
            return f"entry {entry.number} does not follow the one before it"
        if entry.sha256 != entry_sha256(entry):
            return f"entry {entry.number} ({entry.action}) was changed"
        previous, expected = entry.sha256, expected + 1
    return None
