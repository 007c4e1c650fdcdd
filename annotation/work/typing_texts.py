"""Texts being typed: saved by themselves, never taken for answers, never overwritten unseen."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Item, Person, TypedText
from bllossom_data.errors import OlderTextError

MAX_DRAFTS = 20


def save_typed_text(
    item: Item,
    person: Person,
    content: Mapping[str, Any],
    seen_version: int,
    seen_basis: str,
    as_adjudicator: bool = False,
) -> TypedText:
    """Saves what a person has typed so far.

    Args:
        item: what it is about.
        person: whose it is; nobody else sees it.
        content: fields of the page.
        seen_version: the saved version that the page began with; 0 for none.
        seen_basis: hash of the item that the page showed; each has a text of its own.
        as_adjudicator: typed to settle the item.

    Raises:
        OlderTextError: another window has saved since; nothing was overwritten.
    """
    place = {
        "item": item,
        "person": person,
        "as_adjudicator": as_adjudicator,
        "basis_sha256": seen_basis,
    }
    fields = {"content": dict(content), "saved_at": timezone.now()}
    with transaction.atomic():
        there = TypedText.objects.select_for_update().filter(**place).first()
        if there is None:
            _make_room(item, person, as_adjudicator)
            try:
                with transaction.atomic():
                    return TypedText.objects.create(**place, **fields)
            except IntegrityError:
                there = TypedText.objects.select_for_update().get(**place)
        if there.content == fields["content"]:
            return there
        if there.version != seen_version:
            raise OlderTextError(there)
        for name, value in fields.items():
            setattr(there, name, value)
        there.version += 1
        there.save()
        return there


def _make_room(item: Item, person: Person, as_adjudicator: bool) -> None:
    """Forgets the oldest text where a person has one for very many drafts of an item."""
    oldest = _texts(item, person, as_adjudicator).order_by("-saved_at")[MAX_DRAFTS - 1 :]
    TypedText.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()


def typed_text(item: Item, person: Person, as_adjudicator: bool = False) -> TypedText | None:
    """What a person has typed on the item as it is, and not submitted."""
    return _texts(item, person, as_adjudicator).filter(basis_sha256=item.basis_sha256).first()


def text_on_an_earlier_draft(
    item: Item, person: Person, as_adjudicator: bool = False
) -> TypedText | None:
    """The last text that a person typed before the item changed, and did not submit."""
    others = _texts(item, person, as_adjudicator).exclude(basis_sha256=item.basis_sha256)
    return others.order_by("-saved_at").first()


def discard_typed_text(
    item: Item, person: Person, as_adjudicator: bool = False, only: int | None = None
) -> None:
    """Forgets what was typed, because its person said so or has submitted it.

    Args:
        item: what it is about.
        person: whose it is.
        as_adjudicator: typed to settle the item.
        only: id of one text, where another stays.
    """
    texts = _texts(item, person, as_adjudicator)
    (texts if only is None else texts.filter(pk=only)).delete()


def check_seen(
    item: Item, person: Person, content: Mapping[str, Any], seen_version: int, as_adjudicator: bool
) -> None:
    """Makes sure that what is submitted goes on from what is saved.

    Raises:
        OlderTextError: another window has saved something else since.
    """
    saved = typed_text(item, person, as_adjudicator)
    if saved is not None and saved.version != seen_version and saved.content != content:
        raise OlderTextError(saved)


def _texts(item: Item, person: Person, as_adjudicator: bool) -> Any:
    return TypedText.objects.filter(item=item, person=person, as_adjudicator=as_adjudicator)
