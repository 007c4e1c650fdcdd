"""The list of items, and the history of one."""

from django.core.paginator import Page
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.models import COUNTING, Answer, Item, Note, Project, Role
from annotation.views.access import project_page
from annotation.views.paging import CountedPaginator
from annotation.views.reading import in_words
from annotation.work.states import STATE_CHOICES, State

ITEMS_ON_A_PAGE = 50
MAX_SEARCH_CHARS = 200


@project_page(Role.READER)
def items(request: HttpRequest, project: Project) -> HttpResponse:
    """Items by risk, filtered and searched; readers see those that are settled."""
    found = project.items.defer("payload", "search_text").order_by(F("risk").desc(), "key")
    state = request.GET.get("state", "")
    if request.role == Role.READER:
        state = State.APPROVED
    if state in set(State):
        found = found.filter(state=state)
    if request.GET.get("flagged"):
        found = found.filter(flagged=True)
    search = " ".join(request.GET.get("q", "").split())[:MAX_SEARCH_CHARS]
    if search:
        found = _searched(found, search)
    paginator = CountedPaginator(found, ITEMS_ON_A_PAGE)
    page: Page = paginator.get_page(request.GET.get("page"))
    mine = Answer.objects.filter(
        person=request.user, item__in=[item.pk for item in page], **COUNTING
    )
    context = {
        "page": page,
        "states": STATE_CHOICES,
        "state": state,
        "search": search,
        "flagged": request.GET.get("flagged", ""),
        "mine": dict(mine.values_list("item_id", "decision")),
        "pages": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
    }
    return render(request, "annotation/items.html", context)


def _searched(found: "QuerySet[Item]", search: str) -> "QuerySet[Item]":
    for word in search.casefold().split():
        found = found.filter(search_text__contains=word)
    return found


@project_page(Role.READER)
def history(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """What was said of an item; annotators see only their own words until it is settled.

    Readers see of a settled item who decided what and why, and no other text than the decided one.
    """
    answers = Answer.objects.filter(item=item).select_related("person", "guideline", "undoes")
    notes = Note.objects.filter(item=item).select_related("person")
    if request.role < Role.ADJUDICATOR and item.state != State.APPROVED:
        answers, notes = answers.filter(person=request.user), notes.filter(person=request.user)
    if request.role == Role.READER:
        notes = notes.none()
    said = [
        {"answer": one, "said": in_words(item, request.user, one)}
        for one in answers.order_by("created_at", "pk")
    ]
    context = {"item": item, "said": said, "notes": notes}
    return render(request, "annotation/history.html", context)
