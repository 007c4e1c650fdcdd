"""What is being typed: kept beside the answers, for annotators and adjudicators alike."""

import re
from itertools import zip_longest
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from annotation.forms.numbers_sent import required_number
from annotation.forms.submissions import clean_text
from annotation.models import Item, Person, TypedText
from annotation.views.rewrite_screen import difference_of_texts
from annotation.work.composing import compose
from annotation.work.typing_texts import (
    discard_typed_text,
    save_typed_text,
    text_on_an_earlier_draft,
    typed_text,
)
from bllossom_data.errors import OlderTextError

_SHA256 = re.compile(r"^[0-9a-f]{64}$")
_PARTS = ("turn-", "own-", "edit-", "dismiss-")
_FIELDS = ("comment", "label", "verdict", "a_acceptable", "b_acceptable")


def typed_context(
    item: Item, person: Person, may_answer: bool, as_adjudicator: bool = False
) -> dict[str, Any]:
    """What a person has typed and not submitted.

    Returns:
        `saved`, which fills the form; `earlier`, which is read beside it: it was typed before the
        draft changed or the item was settled.
    """
    saved = typed_text(item, person, as_adjudicator)
    earlier = text_on_an_earlier_draft(item, person, as_adjudicator)
    if saved is not None and not may_answer:
        saved, earlier = None, saved
    more = beside(item, earlier) if earlier else {"earlier": None}
    return {"saved": saved, **more}


def _earlier_turns(item: Item, earlier: TypedText) -> list[dict[str, str]]:
    """The draft now beside what was typed; choices for another draft's edits mean nothing now."""
    if item.project.compares_pairs:
        return []
    now = [one.content for one in compose(item.payload, {})]
    places = [name for name in earlier.content if name.startswith("turn-")]
    typed = [earlier.content.get(f"turn-{turn}", "") for turn in range(len(places))]
    return [
        {"now": a, "mine": b, "difference": difference_of_texts(a, b)}
        for a, b in zip_longest(now, typed, fillvalue="")
    ]


def keep_typed(request: HttpRequest, item: Item, as_adjudicator: bool) -> HttpResponse:
    """Saves what the script of the page sends while somebody types."""
    version = required_number(request.POST.get("typed_version", "0"))
    seen_basis = request.POST.get("seen_basis", "")
    if not _SHA256.match(seen_basis):
        raise BadRequest("the form is not whole")
    try:
        saved = save_typed_text(
            item,
            request.user,
            content_of(request.POST),
            version,
            seen_basis,
            as_adjudicator,
        )
    except OlderTextError as error:
        return older_json(error)
    return JsonResponse(
        {
            "version": saved.version,
            "saved_at": f"{localtime(saved.saved_at):%H:%M:%S}",
            "draft_changed": seen_basis != item.basis_sha256,
        }
    )


def older_json(error: OlderTextError) -> JsonResponse:
    """The newer text, for the script of the page to offer."""
    return JsonResponse(
        {
            "error": "older",
            "message": _("A newer text was saved from another window."),
            "version": error.saved.version,
            "content": error.saved.content,
        },
        status=409,
    )


def beside(item: Item, saved: TypedText) -> dict[str, Any]:
    """A saved text as something to read beside the form, which begins from another one."""
    return {"earlier": saved, "earlier_turns": _earlier_turns(item, saved)}


def discard_typed(request: HttpRequest, item: Item, as_adjudicator: bool) -> None:
    """Forgets one text, or all of them."""
    said = request.POST.get("discard", "")
    only = None if said == "all" else required_number(said)
    discard_typed_text(item, request.user, as_adjudicator, only)


def content_of(sent: QueryDict) -> dict[str, str]:
    """The fields that a person fills in."""
    return {
        name: clean_text(value)
        for name, value in sent.items()
        if name.startswith(_PARTS) or name in _FIELDS
    }


def keep_sent(request: HttpRequest, item: Item, as_adjudicator: bool = False) -> None:
    """Keeps what was sent on a draft that has changed meanwhile, to be seen beside the new one."""
    place = {
        "item": item,
        "person": request.user,
        "as_adjudicator": as_adjudicator,
        "basis_sha256": request.POST.get("seen_basis", "")[:64],
    }
    there = TypedText.objects.filter(**place).first()
    save_typed_text(
        item,
        request.user,
        content_of(request.POST),
        there.version if there else 0,
        place["basis_sha256"],
        as_adjudicator,
    )
