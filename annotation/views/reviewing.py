"""An item's own page, and everything that is sent from it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from annotation.forms.submissions import (
    MAX_COMMENT_CHARS,
    choices_of,
    clean_text,
    texts_of,
)
from annotation.models import Answer, Item, Note, Project, Role
from annotation.views.access import project_page
from annotation.views.failures import wants_json
from annotation.views.pair_screen import pair_context
from annotation.views.reading import read_submission
from annotation.views.rewrite_screen import (
    checks_json,
    rewrite_context,
    three_versions,
    turns_json,
)
from annotation.work import answering, leasing
from annotation.work.checking import check_texts
from annotation.work.states import ANSWERABLE
from annotation.work.typing_texts import (
    discard_typed_text,
    save_typed_text,
    typed_text,
)
from bllossom_data.errors import NotNowError, OlderTextError, StaleError, SubmissionError

MAX_TYPED_FIELDS = 500


@project_page(Role.ANNOTATOR, "POST")
def next_item(request: HttpRequest, project: Project) -> HttpResponse:
    """Gives the next item, or says why there is none."""
    item = None if project.closed else leasing.claim_next(project, request.user)
    if item is not None:
        return redirect("item", slug=project.slug, item_id=item.pk)
    context = {"held": leasing.held_elsewhere(project, request.user)}
    return render(request, "annotation/nothing_left.html", context)


@project_page(Role.READER)
def item_page(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """The item; to open it holds and saves nothing."""
    return _item_page(request, item)


def _item_page(
    request: HttpRequest, item: Item, sent: Any = None, status: int = 200, **more: Any
) -> HttpResponse:
    person = request.user
    saved = typed_text(item, person)
    mine = Answer.objects.filter(
        item=item, person=person, as_adjudicator=False, current=True
    ).first()
    held = leasing.holders(item)
    content = sent if sent is not None else (saved.content if saved else None)
    context = {
        "item": item,
        "mine": mine,
        "saved": saved,
        "draft_changed": bool(saved and saved.basis_sha256 != item.basis_sha256),
        "holders": [one for one in held if one.person != person],
        "holding": any(one.person == person for one in held),
        "may_answer": request.role >= Role.ANNOTATOR
        and item.state in ANSWERABLE
        and not item.project.closed,
        "may_undo": bool(mine and mine.undoes_id is None),
        "key": get_random_string(24),
        "notes": _notes(request, item),
        "guideline": item.project.guideline(),
        **more,
    }
    screen = pair_context if item.project.compares_pairs else rewrite_context
    context |= screen(item, person, content, mine)
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
    except SubmissionError as error:
        if wants_json(request):
            return JsonResponse(
                {"problems": error.problems, "findings": checks_json(error.findings)}, status=422
            )
        more = {"problems": error.problems, "blocking": error.findings}
        return _item_page(request, item, sent.dict(), 422, **more)
    except StaleError as error:
        return _stale(request, item, error)
    except NotNowError:
        return _not_now(request, item)
    following = "next" if sent.get("then") == "next" else "item"
    if wants_json(request):
        return JsonResponse({"answer": taken.pk, "number": taken.number})
    messages.success(request, _("Kept."))
    if following == "next":
        return next_item(request, slug=project.slug)
    return redirect("item", slug=project.slug, item_id=item.pk)


def _stale(request: HttpRequest, item: Item, error: StaleError) -> HttpResponse:
    fresh = Item.objects.select_related("project").get(pk=item.pk)
    if wants_json(request):
        return JsonResponse({"error": "stale", "message": _stale_message()}, status=409)
    sent = request.POST.dict()
    context = {"stale": True, "problems": [_stale_message()]}
    if not fresh.project.compares_pairs:
        context["three_way"] = three_versions(fresh, error.current, sent)
    return _item_page(request, fresh, sent, 409, **context)


def _stale_message() -> str:
    return _(
        "This was changed in the meantime. Compare both versions below; what you typed is kept."
    )


def _not_now(request: HttpRequest, item: Item) -> HttpResponse:
    said = _("The item takes no answer now: it is settled, closed, or enough people answered.")
    if wants_json(request):
        return JsonResponse({"error": "not_now", "message": said}, status=409)
    fresh = Item.objects.select_related("project").get(pk=item.pk)
    return _item_page(request, fresh, request.POST.dict(), 409, problems=[said])


@project_page(Role.ANNOTATOR, "POST")
def save_typed(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Keeps what is being typed; not an answer."""
    if request.POST.get("discard"):
        discard_typed_text(item, request.user)
        return redirect("item", slug=project.slug, item_id=item.pk)
    content = {
        name: clean_text(value)
        for name, value in list(request.POST.items())[:MAX_TYPED_FIELDS]
        if name.startswith(("turn-", "edit-", "dismiss-"))
        or name in ("comment", "label", "verdict", "first_acceptable", "second_acceptable")
    }
    version = request.POST.get("typed_version", "0")
    try:
        saved = save_typed_text(
            item,
            request.user,
            content,
            int(version) if version.isdecimal() else 0,
            request.POST.get("seen_basis", "")[:64],
        )
    except OlderTextError as error:
        return JsonResponse(
            {
                "error": "older",
                "message": _("A newer text was saved from another window."),
                "version": error.saved.version,
                "content": error.saved.content,
            },
            status=409,
        )
    leasing.beat(item, request.user)
    return JsonResponse(
        {"version": saved.version, "saved_at": f"{localtime(saved.saved_at):%H:%M:%S}"}
    )


@project_page(Role.ANNOTATOR, "POST")
def check(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Checks what is being typed; keeps nothing."""
    if project.compares_pairs:
        return JsonResponse({"findings": [], "turns": []})
    choices = choices_of(item, request.POST)
    texts = texts_of(item, request.POST, choices)
    if sum(len(text) for text in texts) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return JsonResponse({"error": "too_long"}, status=413)
    return JsonResponse(rewrite_json(item, texts, choices))


def rewrite_json(item: Item, texts: list[str], choices: Any) -> dict[str, Any]:
    """Findings and differences of what is typed, for the script of the page."""
    return {
        "findings": checks_json(check_texts(item.payload, texts)),
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
    if kind == Note.Kind.SECOND_PERSON:
        try:
            answering.ask_second_person(item, request.user, text)
        except NotNowError:
            messages.error(request, _("Nobody else can be asked about this item."))
        return here
    answering.add_note(item, request.user, kind, text)
    if kind == Note.Kind.SKIP:
        return next_item(request, slug=project.slug)
    return here


@project_page(Role.ANNOTATOR, "POST")
def undo(request: HttpRequest, project: Project, item: Item) -> HttpResponse:
    """Takes one's last answer back."""
    seen, key = request.POST.get("seen_answer", ""), request.POST.get("key", "")
    try:
        answering.undo(item, request.user, int(seen) if seen.isdecimal() else 0, key[:64])
    except (StaleError, NotNowError):
        messages.error(request, _("It cannot be taken back any more: it was settled since."))
    else:
        messages.success(request, _("Taken back. The item is open again."))
    return redirect("item", slug=project.slug, item_id=item.pk)
