"""Notes on an item: comments, flags, skips, and that one more person is asked."""

from django.utils import timezone

from annotation.models import Item, Lease, Note, Person
from annotation.work.answering import settle
from annotation.work.auditing import record, writing
from annotation.work.states import ANSWERABLE
from bllossom_data.errors import NotNowError

MAX_NEEDED = 9


def ask_second_person(item: Item, person: Person, reason: str, idempotency_key: str = "") -> None:
    """Asks for one more person's answer.

    Raises:
        NotNowError: the item is settled, the project is closed, or nine people are asked already.
    """
    with writing():
        item = Item.objects.select_related("project").get(pk=item.pk)
        kind = Note.Kind.SECOND_PERSON
        if _repeated(item, person, kind, reason, idempotency_key) is not None:
            return
        if item.project.closed or item.state not in ANSWERABLE or item.needed >= MAX_NEEDED:
            raise NotNowError("nobody else can be asked about this item")
        add_note(item, person, kind, reason, idempotency_key)
        item.needed += 1
        settle(item)


def add_note(item: Item, person: Person, kind: str, text: str, idempotency_key: str = "") -> Note:
    """Keeps a comment, a flag, or that a person skipped the item; a repeated request keeps one."""
    with writing():
        known = _repeated(item, person, kind, text, idempotency_key)
        if known is not None:
            return known
        note = Note.objects.create(
            item=item,
            person=person,
            kind=kind,
            text=text,
            idempotency_key=idempotency_key,
            created_at=timezone.now(),
        )
        if kind in (Note.Kind.FLAG, Note.Kind.SECOND_PERSON):
            Item.objects.filter(pk=item.pk).update(flagged=True)
        if kind == Note.Kind.SKIP:
            Lease.objects.filter(item=item, person=person).delete()
        record(person, str(kind), item.project, item, note=note.pk)
        return note


def _repeated(
    item: Item, person: Person, kind: str, text: str, idempotency_key: str
) -> Note | None:
    if not idempotency_key:
        return None
    return Note.objects.filter(
        item=item, person=person, kind=kind, text=text, idempotency_key=idempotency_key
    ).first()


def resolve_flags(item: Item, person: Person) -> None:
    """Says that what an item was flagged for is dealt with."""
    with writing():
        Note.objects.filter(item=item, resolved=False).exclude(kind=Note.Kind.SKIP).update(
            resolved=True
        )
        Item.objects.filter(pk=item.pk).update(flagged=False)
        record(person, "flags_resolved", item.project, item)
