"""Settling what people disagree about."""

from itertools import combinations
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from annotation.forms.submissions import (
    MAX_COMMENT_CHARS,
    clean_text,
)
from annotation.models import Answer, Item, Note, Project, Role
from annotation.views.access import project_page
from annotation.views.paging import CountedPaginator
from annotation.views.pair_screen import pair_context
from annotation.views.reading import read_submission
from annotation.views.rewrite_screen import (
    difference_of_texts,
    fields_of,
    rewrite_context,
    texts_said,
)
from annotation.work import answering
from annotation.work.states import State
from bllossom_data.errors import NotNowError, StaleError, SubmissionError

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
        answering.submit(
            item,
            request.user,
            read_submission(item, request.user, request.POST),
            as_adjudicator=True,
        )
    except SubmissionError as error:
        more = {"problems": error.problems, "blocking": error.findings}
        return _page(request, item, request.POST.dict(), 422, **more)
    except StaleError as error:
        said = _("Somebody settled it in the meantime. Compare both versions; yours is kept.")
        more = {"problems": [said], "theirs": error.current}
        fresh = Item.objects.select_related("project").get(pk=item.pk)
        return _page(request, fresh, request.POST.dict(), 409, **more)
    except NotNowError:
        said = _("The item takes no answer now: it was withdrawn or the project is closed.")
        return _page(request, item, request.POST.dict(), 409, problems=[said])
    messages.success(request, _("Settled."))
    return redirect("adjudication", slug=project.slug)


def _page(
    request: HttpRequest, item: Item, sent: Any = None, status: int = 200, **more: Any
) -> HttpResponse:
    answers = answering.counting_answers(item)
    chosen = request.GET.get("from", "")
    start = next((one for one in answers if str(one.pk) == chosen), None)
    context = {
        "item": item,
        "answers": [_said(item, one) for one in answers],
        "differences": _differences(item, answers),
        "standing": item.outcome,
        "key": get_random_string(24),
        "notes": Note.objects.filter(item=item).select_related("person"),
        "guideline": item.project.guideline(),
        "may_answer": item.state != State.WITHDRAWN and not item.project.closed,
        "adjudicating": True,
        **more,
    }
    content = sent if sent is not None else (fields_of(item, start) if start else None)
    screen = pair_context if item.project.compares_pairs else rewrite_context
    context |= screen(item, request.user, content, item.outcome)
    return render(request, "annotation/adjudicate.html", context, status=status)


def _said(item: Item, answer: Answer) -> dict[str, Any]:
    pairs = item.project.compares_pairs
    return {"answer": answer, "texts": [] if pairs else texts_said(item, answer)}


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
            messages.error(request, _("The item is not settled."))
    return redirect("adjudicate", slug=project.slug, item_id=item.pk)


@project_page(Role.ADJUDICATOR, "POST")
def resolve(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Says that what the item was flagged for is dealt with."""
    answering.resolve_flags(item, request.user)
    return redirect("adjudicate", slug=project.slug, item_id=item.pk)
