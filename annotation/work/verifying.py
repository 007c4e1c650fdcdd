"""Proving that answers and items are what the log tells of."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from annotation.exchange.pair_files import parse_pair
from annotation.exchange.waiting_files import IncomingItem, parse_waiting
from annotation.models import Answer, AuditEntry, Item
from annotation.work.answering import answer_sha256
from annotation.work.auditing import ENTRIES_TOGETHER, first_break
from annotation.work.states import State

ITEMS_TOGETHER = 200
_ANSWERS = ("answered", "adjudicated", "undone")
_Place = tuple[str, str]


@dataclass(slots=True)
class _Told:
    """What the log tells of one item.

    Attributes:
        line_sha256: its line, as it came in last.
        state: where it stands.
        outcome: person and number of the answer that settled it, if one did.
        last_words: number of the answer that counts, by person and whether as adjudicator.
    """

    line_sha256: str = ""
    state: str = State.OPEN.value
    outcome: list[int] | None = None
    last_words: dict[tuple[int | None, bool], int] = field(default_factory=dict)


def broken_places() -> list[str]:
    """What is wrong with the log, the answers and the items, in words; empty where all is well.

    The chain of hashes proves the log; every answer, and of every item its line, its state and its
    outcome, is then compared with what the log tells of it.
    """
    problem = first_break()
    if problem:
        return [problem]
    told, hashes = _read_log()
    return [*_wrong_answers(told, hashes), *_wrong_items(told)]


def _read_log() -> tuple[dict[_Place, _Told], set[str]]:
    told: dict[_Place, _Told] = defaultdict(_Told)
    hashes = set()
    entries = AuditEntry.objects.exclude(project="").order_by("number")
    for entry in entries.iterator(chunk_size=ENTRIES_TOGETHER):
        details = entry.details
        if entry.action == "taken_in":
            for key, sha256 in details["lines"].items():
                told[entry.project, key].line_sha256 = sha256
        elif entry.action in _ANSWERS:
            hashes.add(details["sha256"])
        if entry.item:
            _follow(told[entry.project, entry.item], entry)
    return told, hashes


def _follow(item: _Told, entry: AuditEntry) -> None:
    details = entry.details
    if "after" in details:
        item.state, item.outcome = details["after"], details.get("outcome")
    settling = entry.action == "adjudicated" or details.get("as_adjudicator", False)
    if entry.action == "changed":
        item.last_words.clear()
    elif settling or entry.action == "reopened":
        # Of adjudicators, only one word counts, and none that was taken back.
        item.last_words = {who: n for who, n in item.last_words.items() if not who[1]}
    if entry.action == "adjudicated" or (entry.action in _ANSWERS and not settling):
        item.last_words[entry.person_id, settling] = details["number"]


def _wrong_answers(told: dict[_Place, _Told], hashes: set[str]) -> Iterator[str]:
    found = set()
    answers = Answer.objects.select_related("item__project").defer(
        "item__payload", "item__search_text"
    )
    for answer in answers.order_by("pk").iterator(chunk_size=ENTRIES_TOGETHER):
        place = answer.item.project.slug, answer.item.key
        name = f"answer {answer.number} to {place[1]} by {answer.person_id}"
        sha256 = answer_sha256(answer)
        found.add(sha256)
        if sha256 not in hashes:
            yield f"{name} was changed"
            continue
        last = told[place].last_words.get((answer.person_id, answer.as_adjudicator))
        if answer.current != (last == answer.number):
            yield f"{name} was {'made to count' if answer.current else 'made not to count'}"
    if missing := len(hashes - found):
        yield f"{missing} answers of the log are not there"


def _wrong_items(told: dict[_Place, _Told]) -> Iterator[str]:
    found = set()
    items = Item.objects.select_related("project", "outcome").order_by("pk")
    for item in items.iterator(chunk_size=ITEMS_TOGETHER):
        place = item.project.slug, item.key
        found.add(place)
        known = told.get(place, _Told())
        changed = [*_other_fields(item, known.line_sha256)]
        if item.state != known.state:
            changed.append("state")
        outcome = [item.outcome.person_id, item.outcome.number] if item.outcome else None
        if outcome != known.outcome or (item.outcome and item.outcome.item_id != item.pk):
            changed.append("outcome")
        if changed:
            yield f"item {item.key} of {place[0]} was changed: {', '.join(changed)}"
    for slug, key in sorted(told.keys() - found):
        yield f"item {key} of {slug} is not there"


def _other_fields(item: Item, line_sha256: str) -> list[str]:
    """Fields that do not follow from the line that came in."""
    parse = parse_pair if item.project.compares_pairs else parse_waiting
    try:
        line: Any = parse(json.dumps(item.payload))
    except ValueError:
        return ["payload"]
    if line.line_sha256 != line_sha256:
        return ["payload"]
    return [
        one.name
        for one in fields(IncomingItem)
        if getattr(item, one.name) != getattr(line, one.name)
    ]
