"""Settling what people disagree about."""

from itertools import combinations
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from annotation.forms.submissions import MAX_COMMENT_CHARS, clean_text
from annotation.models import Answer, Item, Note, Person, Project, Role
from annotation.views.access import project_page
from annotation.views.failures import wants_json
from annotation.views.paging import CountedPaginator
from annotation.views.reading import fields_for, in_words, read_submission, screen_context
from annotation.views.refusing import REFUSALS, refused
from annotation.views.rewrite_screen import (
    difference_of_texts,
    texts_said,
)
from annotation.views.typed import (
    beside,
    discard_typed,
    keep_typed,
    typed_context,
)
from annotation.work import answering, noting
from annotation.work.states import State
from bllossom_data.errors import NotNowError

ITEMS_ON_A_PAGE = 50


@project_page(Role.ADJUDICATOR)
def adjudication(request: HttpRequest, project: Project) -> HttpResponse:
    """Items that want an adjudicator, the disputed first."""
    found = (
        project.items.filter(state__in=(State.DISPUTED, State.AGREED))
        .defer("payload", "search_text")
        .order_by("-state", F("risk").desc(), "key")
    )
    page = CountedPaginator(found, ITEMS_ON_A_PAGE).get_page(request.GET.get("page"))
    flagged = project.items.filter(flagged=True).defer("payload", "search_text")[:ITEMS_ON_A_PAGE]
    return render(request, "annotation/adjudication.html", {"page": page, "flagged": flagged})


@project_page(Role.ADJUDICATOR, "GET", "POST")
def adjudicate(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Shows what everybody said with the differences, and takes the word that settles it."""
    if request.method != "POST":
        return _page(request, item)
    try:
        submission = read_submission(item, request.user, request.POST)
        taken = answering.submit(item, request.user, submission, as_adjudicator=True)
    except REFUSALS as error:
        return refused(request, item, error, _page, as_adjudicator=True)
    if wants_json(request):
        return JsonResponse({"answer": taken.pk, "number": taken.number})
    messages.success(request, _("Settled."))
    return redirect("adjudication", slug=project.slug)


def _page(
    request: HttpRequest, item: Item, sent: Any = None, status: int = 200, **more: Any
) -> HttpResponse:
    person = request.user
    answers = answering.counting_answers(item)
    start = next((one for one in answers if str(one.pk) == request.GET.get("from")), None)
    may_answer = item.state != State.WITHDRAWN and not item.project.closed
    typed = typed_context(item, person, may_answer, as_adjudicator=True)
    saved = typed["saved"]
    if sent is None and start is not None:
        sent = fields_for(item, person, start)
        if saved is not None:
            more = {**beside(item, saved), **more}
    elif sent is None and saved is not None:
        sent = saved.content
    standing = item.outcome
    own = standing if standing is not None and standing.person_id == person.pk else None
    context = {
        "item": item,
        "answers": [_said(item, person, one) for one in answers],
        "differences": _differences(item, answers),
        "standing": standing,
        "taking_back": own if answering.may_undo(item, own) else None,
        "said": in_words(item, person, own) if own else "",
        "key": get_random_string(24),
        "notes": Note.objects.filter(item=item).select_related("person"),
        "guideline": item.project.guideline(),
        "may_answer": may_answer,
        "adjudicating": True,
        **typed,
        **more,
        **screen_context(item, person, sent, standing),
    }
    return render(request, "annotation/adjudicate.html", context, status=status)


def _said(item: Item, person: Person, answer: Answer) -> dict[str, Any]:
    texts = [] if item.project.compares_pairs else texts_said(item, answer)
    return {"answer": answer, "said": in_words(item, person, answer), "texts": texts}


@project_page(Role.ADJUDICATOR, "POST")
def save_typed(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Keeps what an adjudicator is typing; not an answer."""
    if request.POST.get("discard"):
        discard_typed(request, item, as_adjudicator=True)
        return redirect("adjudicate", slug=project.slug, item_id=item.pk)
    return keep_typed(request, item, as_adjudicator=True)


def _differences(item: Item, answers: list[Answer]) -> list[dict[str, Any]]:
    if item.project.compares_pairs:
        return []
    texted = [one for one in answers if one.decision in ("accept", "correct")]
    return [
        {
            "one": one.person,
            "other": other.person,
            "turns": [
                difference_of_texts(a, b)
                for a, b in zip(texts_said(item, one), texts_said(item, other), strict=True)
            ],
        }
        for one, other in list(combinations(texted, 2))[:10]
    ]


@project_page(Role.ADJUDICATOR, "POST")
def reopen(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Opens a settled item again, with a reason."""
    reason = clean_text(request.POST.get("text", "")).strip()[:MAX_COMMENT_CHARS]
    if not reason:
        messages.error(request, _("Say why it is opened again."))
    else:
        try:
            answering.reopen(item, request.user, reason)
        except NotNowError:
            messages.error(request, _("The item is not settled, or the project is closed."))
        else:
            said = _("The item is open again.")
            messages.success(request, said, extra_tags=f"taken-reopen-{item.pk}")
    return redirect("adjudicate", slug=project.slug, item_id=item.pk)


@project_page(Role.ADJUDICATOR, "POST")
def resolve(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Says that what the item was flagged for is dealt with."""
    noting.resolve_flags(item, request.user)
    return redirect("adjudicate", slug=project.slug, item_id=item.pk)
