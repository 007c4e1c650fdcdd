"""An item's own page, and everything that is sent from it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from annotation.forms.numbers_sent import required_number
from annotation.forms.submissions import (
    MAX_COMMENT_CHARS,
    choices_of,
    clean_text,
    texts_of,
)
from annotation.models import COUNTING, Answer, Item, Note, Project, Role
from annotation.views.access import project_page
from annotation.views.failures import wants_json
from annotation.views.reading import in_words, read_submission, screen_context
from annotation.views.refusing import REFUSALS, refused
from annotation.views.rewrite_screen import checks_json, turns_json
from annotation.views.settled import settled_page
from annotation.views.typed import (
    discard_typed,
    keep_typed,
    typed_context,
)
from annotation.work import answering, leasing, noting
from annotation.work.checking import check_texts
from annotation.work.states import ANSWERABLE, State
from bllossom_data.errors import NotNowError, StaleError


@project_page(Role.ANNOTATOR, "POST")
def next_item(request: HttpRequest, project: Project) -> HttpResponse:
    """Gives the next item, or says why there is none; on request one that was skipped."""
    item = None
    if not project.closed:
        skipped = bool(request.POST.get("skipped"))
        item = leasing.claim_next(project, request.user, skipped)
    if item is not None:
        return redirect("item", slug=project.slug, item_id=item.pk)
    context = {
        "held": leasing.held_elsewhere(project, request.user),
        "skipped": leasing.skipped_items(project, request.user),
    }
    return render(request, "annotation/nothing_left.html", context)


@project_page(Role.READER)
def item_page(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """The item; to open it holds and saves nothing."""
    if request.role == Role.READER and not project.compares_pairs:
        return settled_page(request, item)
    return _item_page(request, item)


def _item_page(
    request: HttpRequest, item: Item, sent: Any = None, status: int = 200, **more: Any
) -> HttpResponse:
    person = request.user
    mine = Answer.objects.filter(
        item=item, person=person, as_adjudicator=False, current=True
    ).first()
    held = leasing.holders(item)
    may_answer = request.role >= Role.ANNOTATOR and answering.may_answer(item, mine)
    typed = typed_context(item, person, may_answer)
    content = sent if sent is not None else (typed["saved"].content if typed["saved"] else None)
    # Whoever only looks at a settled draft sees what it has become.
    drafts = not item.project.compares_pairs
    shown = item.outcome if drafts and item.state == State.APPROVED and not may_answer else mine
    context = {
        "item": item,
        "mine": mine,
        "holders": [one for one in held if one.person != person],
        "holding": any(one.person == person for one in held),
        "may_answer": may_answer,
        "waits_for_adjudicator": bool(mine) and not may_answer and item.state in ANSWERABLE,
        "taking_back": mine if answering.may_undo(item, mine) else None,
        "said": in_words(item, person, mine) if mine else "",
        "key": get_random_string(24),
        "notes": _notes(request, item),
        "guideline": item.project.guideline(),
        **typed,
        **more,
        **screen_context(item, person, content, shown),
    }
    template = "pair" if item.project.compares_pairs else "rewrite"
    return render(request, f"annotation/{template}.html", context, status=status)


def _notes(request: HttpRequest, item: Item) -> Any:
    notes = Note.objects.filter(item=item).exclude(kind=Note.Kind.SKIP).select_related("person")
    if request.role < Role.ADJUDICATOR:
        return notes.filter(person=request.user)
    return notes


@project_page(Role.ANNOTATOR, "POST")
def answer(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Takes a decision; what cannot be taken comes back with everything that was typed."""
    sent = request.POST
    try:
        submission = read_submission(item, request.user, sent)
        taken = answering.submit(item, request.user, submission)
    except REFUSALS as error:
        return refused(request, item, error, _item_page)
    following = "next" if sent.get("then") == "next" else "item"
    if wants_json(request):
        return JsonResponse({"answer": taken.pk, "number": taken.number})
    messages.success(request, _("Kept."))
    if following == "next":
        return next_item(request, slug=project.slug)
    return redirect("item", slug=project.slug, item_id=item.pk)


@project_page(Role.ANNOTATOR, "POST")
def save_typed(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Keeps what is being typed; not an answer."""
    if request.POST.get("discard"):
        discard_typed(request, item, as_adjudicator=False)
        return redirect("item", slug=project.slug, item_id=item.pk)
    kept = keep_typed(request, item, as_adjudicator=False)
    leasing.beat(item, request.user)
    return kept


@project_page(Role.ANNOTATOR, "POST")
def check(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Checks what is being typed; keeps nothing."""
    if project.compares_pairs:
        return JsonResponse({"findings": [], "turns": []})
    choices = choices_of(item, request.POST)
    texts = texts_of(item, request.POST, choices)
    if sum(len(text) for text in texts) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return JsonResponse({"error": "too_long"}, status=413)
    return JsonResponse(rewrite_json(item, texts, choices, request.POST.get("label", "")))


def rewrite_json(item: Item, texts: list[str], choices: Any, label: str) -> dict[str, Any]:
    """Findings and differences of what is typed, for the script of the page."""
    return {
        "findings": checks_json(check_texts(item.payload, texts, label)),
        "turns": turns_json(item, texts, choices),
    }


@project_page(Role.ANNOTATOR, "POST")
def hold(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Takes an item, or keeps it for longer."""
    until = leasing.beat(item, request.user)
    if wants_json(request):
        others = [f"{one.person} {localtime(one.until):%H:%M}" for one in leasing.holders(item)]
        said = f"{localtime(until):%H:%M}" if until else ""
        return JsonResponse({"held": bool(until), "until": said, "holders": others})
    if not until:
        messages.warning(request, _("Somebody else holds it now."))
    return redirect("item", slug=project.slug, item_id=item.pk)


@project_page(Role.ANNOTATOR, "POST")
def release(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Gives an item back."""
    leasing.release(item, request.user)
    return redirect("overview", slug=project.slug)


@project_page(Role.ANNOTATOR, "POST")
def note(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Keeps a comment, flags, skips, or asks for a second person."""
    kind = request.POST.get("kind", "")
    text = clean_text(request.POST.get("text", "")).strip()[:MAX_COMMENT_CHARS]
    here = redirect("item", slug=project.slug, item_id=item.pk)
    if kind not in set(Note.Kind) or (kind == Note.Kind.COMMENT and not text):
        messages.error(request, _("Write what you want to say."))
        return here
    key = request.POST.get("key", "")[:64]
    if kind == Note.Kind.SECOND_PERSON:
        try:
            _check_may_ask(request, item)
            noting.ask_second_person(item, request.user, text, key)
        except NotNowError:
            messages.error(request, _("Nobody else can be asked about this item."))
        else:
            _note_taken(request, item)
        return here
    noting.add_note(item, request.user, kind, text, key)
    _note_taken(request, item)
    if kind == Note.Kind.SKIP:
        return next_item(request, slug=project.slug)
    return here


def _check_may_ask(request: HttpRequest, item: Item) -> None:
    """Who has said their last word of an item cannot open it for others; an adjudicator can."""
    mine = Answer.objects.filter(item=item, person=request.user, **COUNTING).first()
    if request.role < Role.ADJUDICATOR and not answering.may_answer(item, mine):
        raise NotNowError("the item takes no answer of this person")


def _note_taken(request: HttpRequest, item: Item) -> None:
    """Says so, and lets the browser forget the text that it kept."""
    messages.success(request, _("Kept."), extra_tags=f"taken-note-{item.pk}")


@project_page(Role.ANNOTATOR, "POST")
def undo(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Takes one's last answer back."""
    seen, key = required_number(request.POST.get("seen_answer", "0")), request.POST.get("key", "")
    try:
        answering.undo(item, request.user, seen, key[:64])
    except (StaleError, NotNowError):
        messages.error(
            request,
            _("It cannot be taken back any more: it was settled since, or everybody has answered."),
        )
    else:
        messages.success(request, _("Taken back. The item is open again."))
    back = "adjudicate" if request.POST.get("back") == "adjudicate" else "item"
    return redirect(back, slug=project.slug, item_id=item.pk)
