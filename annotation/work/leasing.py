"""Who holds which item: handed out by risk, held for a while, longer while somebody works on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import COUNTING, Answer, Item, Lease, Note, Person, Project
from annotation.work.auditing import record, writing
from annotation.work.states import State


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds an item, and until when."""

    person: Person
    until: datetime


def _held_by_others(person: Person, now: datetime) -> Any:
    held = (
        Lease.objects.filter(item=OuterRef("pk"), expires_at__gt=now)
        .exclude(person=person)
        .order_by()
        .values("item")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(held), 0)


def free_items(
    project: Project, person: Person, now: datetime, skipped: bool = False
) -> "QuerySet[Item]":
    """Items that a person may still answer and that not enough others hold, the riskiest first.

    Args:
        project: whose items.
        person: who asks.
        now: leases that end before count no more.
        skipped: those that the person has skipped, instead of the others.
    """
    mine = Answer.objects.filter(item=OuterRef("pk"), person=person, **COUNTING)
    passed = Exists(
        Note.objects.filter(item=OuterRef("pk"), person=person, kind=Note.Kind.SKIP, resolved=False)
    )
    return (
        Item.objects.filter(project=project, state=State.OPEN)
        .filter(~Exists(mine), passed if skipped else ~passed)
        .filter(needed__gt=F("answered") + _held_by_others(person, now))
        .order_by(F("risk").desc(), "key")
    )


def claim_next(project: Project, person: Person, skipped: bool = False) -> Item | None:
    """Gives a person the next item and holds it for them.

    An item that they hold already comes first: nobody loses what they had begun.

    Args:
        project: whose item.
        person: who asks.
        skipped: one that they skipped before; then it is skipped no more.

    Returns:
        The item, or None where nothing is left for this person.
    """
    with writing():
        now = timezone.now()
        held = (
            Lease.objects.filter(
                person=person, item__project=project, item__state=State.OPEN, expires_at__gt=now
            )
            .select_related("item")
            .order_by("started_at")
            .first()
        )
        if held is not None and not has_answered(held.item, person):
            _hold(held.item, person, now)
            return held.item
        free = free_items(project, person, now, skipped)
        item = free.defer("payload", "search_text").first()
        if item is None:
            return None
        _hold(item, person, now)
        if skipped:
            Note.objects.filter(item=item, person=person, kind=Note.Kind.SKIP).update(resolved=True)
        return item


def has_answered(item: Item, person: Person) -> bool:
    """Whether a person's answer to an item counts; then they need not hold it, and do not."""
    return Answer.objects.filter(item=item, person=person, **COUNTING).exists()


def has_room(item: Item, person: Person, now: datetime) -> bool:
    """Whether one more person's answer is wanted, beside those of who hold the item."""
    fresh = Item.objects.only("needed", "answered", "state").get(pk=item.pk)
    others = Lease.objects.filter(item=item, expires_at__gt=now).exclude(person=person).count()
    return fresh.state == State.OPEN and fresh.needed > fresh.answered + others


def claim(item: Item, person: Person) -> bool:
    """Holds one item for a person, if there is room.

    Returns:
        Whether the person holds it now.
    """
    with writing():
        now = timezone.now()
        if has_answered(item, person) or not has_room(item, person, now):
            return False
        _hold(item, person, now)
        return True


def _hold(item: Item, person: Person, now: datetime) -> None:
    until = now + timedelta(seconds=item.project.lease_seconds)
    _, new = Lease.objects.update_or_create(
        item=item,
        person=person,
        defaults={"expires_at": until},
        create_defaults={"expires_at": until, "started_at": now},
    )
    if new:
        record(person, "leased", item.project, item)


def beat(item: Item, person: Person) -> datetime | None:
    """Holds an item for longer, because its person is still working on it.

    Returns:
        Until when; None where the person does not hold it any more and another one does.
    """
    now = timezone.now()
    until = now + timedelta(seconds=item.project.lease_seconds)
    extended = Lease.objects.filter(item=item, person=person, expires_at__gt=now).update(
        expires_at=until
    )
    if extended or claim(item, person):
        return until
    return None


def release(item: Item, person: Person) -> None:
    """Gives an item back."""
    with writing():
        if Lease.objects.filter(item=item, person=person).delete()[0]:
            record(person, "released", item.project, item)


def holders(item: Item) -> list[Holder]:
    """Who holds an item now."""
    leases = Lease.objects.filter(item=item, expires_at__gt=timezone.now()).select_related("person")
    return [Holder(lease.person, lease.expires_at) for lease in leases.order_by("expires_at")]


def held_elsewhere(project: Project, person: Person) -> list[Lease]:
    """Open items that others hold, so that an empty queue can say why it is empty."""
    return list(
        Lease.objects.filter(
            Q(item__state=State.OPEN), item__project=project, expires_at__gt=timezone.now()
        )
        .exclude(person=person)
        .select_related("person", "item")
        .defer("item__payload", "item__search_text")
        .order_by("expires_at")[:20]
    )


def skipped_items(project: Project, person: Person) -> list[Item]:
    """Items that a person skipped and could still answer, for them to look at again."""
    found = free_items(project, person, timezone.now(), skipped=True)
    return list(found.defer("payload", "search_text")[:20])
