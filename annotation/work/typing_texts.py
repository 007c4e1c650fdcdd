"""Texts being typed: saved by themselves, never taken for answers, never overwritten unseen."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Item, Person, TypedText
from bllossom_data.errors import OlderTextError


def save_typed_text(
    item: Item, person: Person, content: Mapping[str, Any], seen_version: int, seen_basis: str
) -> TypedText:
    """Saves what a person has typed so far.

    Args:
        item: what it is about.
        person: whose it is; nobody else sees it.
        content: fields of the page.
        seen_version: the saved version that the page began with; 0 for none.
        seen_basis: hash of the item that the page showed.

    Raises:
        OlderTextError: another window has saved since; nothing was overwritten.
    """
    fields = {
        "content": dict(content),
        "basis_sha256": seen_basis,
        "saved_at": timezone.now(),
    }
    with transaction.atomic():
        there = TypedText.objects.select_for_update().filter(item=item, person=person).first()
        if there is None:
            try:
                with transaction.atomic():
                    return TypedText.objects.create(item=item, person=person, **fields)
            except IntegrityError:
                there = TypedText.objects.get(item=item, person=person)
        if there.content == fields["content"]:
            return there
        if there.version != seen_version:
            raise OlderTextError(there)
        for name, value in fields.items():
            setattr(there, name, value)
        there.version += 1
        there.save()
        return there


def typed_text(item: Item, person: Person) -> TypedText | None:
    """What a person has typed and not submitted."""
    return TypedText.objects.filter(item=item, person=person).first()


def discard_typed_text(item: Item, person: Person) -> None:
    """Forgets it, because the person said so."""
    TypedText.objects.filter(item=item, person=person).delete()
