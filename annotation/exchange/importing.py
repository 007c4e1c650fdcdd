"""Taking in a file of items: again and again without harm, and safe to interrupt anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from annotation.exchange.pair_files import parse_pair
from annotation.exchange.waiting_files import IncomingItem, parse_waiting
from annotation.models import Answer, Item, Person, Project
from annotation.work.answering import settle
from annotation.work.auditing import record, writing
from annotation.work.states import Event, State, after
from bllossom_data.strict_json import json_object

LINES_TOGETHER = 500
MAX_LINE_BYTES = 16 * 1024 * 1024
SHOWN_PROBLEMS = 20
ADVICE = "correct the line, or write the file again, and bring it in once more"


@dataclass(slots=True)
class Imported:
    """What became of the lines of a file.

    Attributes:
        new: items that were not there.
        changed: drafts that are not what people saw; they wait again.
        refreshed: same drafts with another risk or other suggestions.
        same: nothing to do.
        withdrawn: open items that the file does not have any more.
        problems: lines that are no items, each with file, number, what is wrong and what to do.
    """

    new: int = 0
    changed: int = 0
    refreshed: int = 0
    same: int = 0
    withdrawn: int = 0
    problems: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, int]:
        """Counts, for the log and for programs."""
        counts = {name: getattr(self, name) for name in self.__slots__ if name != "problems"}
        return {**counts, "problems": len(self.problems)}


def import_file(
    project: Project, path: Path, person: Person | None, withdraw_missing: bool = False
) -> Imported:
    """Takes in a file of the command line; see `import_lines`."""
    with path.open("rb") as file:
        return import_lines(project, file, person, withdraw_missing, str(path))


def import_lines(
    project: Project,
    file: BinaryIO,
    person: Person | None,
    withdraw_missing: bool = False,
    name: str = "the file",
) -> Imported:
    """Takes in items, 500 in a transaction, so that a killed import keeps whole items only.

    Args:
        project: where they go; its kind says what a line must be.
        file: JSON lines.
        person: who brings them; None for the command line.
        withdraw_missing: open items that the file does not have are not offered any more.
        name: how messages call the file.

    Returns:
        What became of the lines; a wrong line is told of and the others are kept.
    """
    result = Imported()
    seen: set[str] = set()
    incoming = _items(project, file, name, seen, result)
    while batch := list(islice(incoming, LINES_TOGETHER)):
        with writing():
            _take(project, batch, result)
    with writing():
        if withdraw_missing and not seen:
            result.problems.append(f"{name}: has no item at all; none was withdrawn for that")
        elif withdraw_missing and not result.problems:
            _withdraw(project, seen, result)
        record(person, "imported", project, **result.summary())
    return result


def _items(
    project: Project, file: BinaryIO, name: str, seen: set[str], result: Imported
) -> Iterator[IncomingItem]:
    parse = parse_pair if project.compares_pairs else parse_waiting
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        try:
            if len(line) > MAX_LINE_BYTES:
                while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES)):
                    pass
                raise ValueError(f"is longer than {MAX_LINE_BYTES // 1024**2} MiB")
            if not line.strip():
                continue
            item = parse(json_object(line))
            if item.key in seen:
                raise ValueError(f"the id {item.key!r} was there before")
        except ValueError as error:
            result.problems.append(f"{name}, line {number}: {error}; {ADVICE}")
            continue
        seen.add(item.key)
        yield item


def _take(project: Project, batch: list[IncomingItem], result: Imported) -> None:
    keys = [one.key for one in batch]
    there = {
        item.key: item
        for item in Item.objects.filter(project=project, key__in=keys).defer(
            "payload", "search_text"
        )
    }
    new, taken = [], {}
    for one in batch:
        item = there.get(one.key)
        if item is None or item.line_sha256 != one.line_sha256:
            taken[one.key] = one.line_sha256
        if item is None:
            needed = project.annotators_per_item
            new.append(Item(project=project, needed=needed, **_fields(one)))
        elif item.state == State.WITHDRAWN or item.basis_sha256 != one.basis_sha256:
            _change(item, one, result)
        elif _sent_back(item, one):
            _change(item, one, result, again=True)
        elif item.line_sha256 != one.line_sha256:
            Item.objects.filter(pk=item.pk).update(**_fields(one))
            result.refreshed += 1
        else:
            result.same += 1
    Item.objects.bulk_create(new)
    result.new += len(new)
    if taken:
        # What an item must be from now on, for those who verify the database.
        record(None, "taken_in", project, lines=taken)


def _fields(one: IncomingItem) -> dict[str, Any]:
    return {part.name: getattr(one, part.name) for part in fields(one)}


def _sent_back(item: Item, one: IncomingItem) -> bool:
    """Whether a build wants an item decided anew: people refused its draft, and it has no other."""
    if item.state != State.APPROVED or item.line_sha256 == one.line_sha256:
        return False
    earlier = one.payload.get("earlier") or {}
    return earlier.get("decision") in ("reject", "retranslate")


def _change(item: Item, one: IncomingItem, result: Imported, again: bool = False) -> None:
    changed = again or item.basis_sha256 != one.basis_sha256
    values = _fields(one)
    if changed:
        # What people said of another draft, or before they are asked again, stays in the history
        # and counts no more.
        Answer.objects.filter(item=item, current=True).update(current=False)
        values |= {"answered": 0, "outcome": None}
    event = Event.CHANGED if changed else Event.RETURNED
    state = after(item.state, event)
    Item.objects.filter(pk=item.pk).update(state=state, version=item.version + 1, **values)
    record(None, str(event), item.project, item, before=item.state, after=str(state))
    if not changed and item.answered:
        # It has the answers that it had; they decide where it stands.
        item.refresh_from_db()
        settle(item)
    result.changed += 1


def _withdraw(project: Project, seen: set[str], result: Imported) -> None:
    waiting = Item.objects.filter(project=project).exclude(
        state__in=(State.APPROVED, State.WITHDRAWN)
    )
    for item in waiting.defer("payload", "search_text"):
        if item.key in seen:
            continue
        state = after(item.state, Event.WITHDRAWN)
        Item.objects.filter(pk=item.pk).update(state=state, version=item.version + 1)
        record(None, "withdrawn", project, item, before=item.state, after=str(state))
        result.withdrawn += 1
