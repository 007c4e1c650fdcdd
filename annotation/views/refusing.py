"""An answer that cannot be taken: what is wrong comes back, with everything that was typed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from annotation.models import Item
from annotation.views.failures import wants_json
from annotation.views.rewrite_screen import checks_json, three_versions
from annotation.views.typed import beside, keep_sent, older_json
from bllossom_data.errors import NotNowError, OlderTextError, StaleError, SubmissionError

Page = Callable[..., HttpResponse]
Refusal = SubmissionError | StaleError | OlderTextError | NotNowError
REFUSALS = (SubmissionError, StaleError, OlderTextError, NotNowError)


def refused(
    request: HttpRequest, item: Item, error: Refusal, page: Page, as_adjudicator: bool = False
) -> HttpResponse:
    """Says why an answer was not taken.

    Args:
        request: what was sent.
        item: as it was when the answer was read.
        error: what is wrong.
        page: makes the item's page from the request, the item, the fields, the status and more.
        as_adjudicator: it was to settle the item.
    """
    if isinstance(error, StaleError):
        return _stale(request, item, error, page, as_adjudicator)
    if isinstance(error, SubmissionError):
        status, data = 422, {"problems": error.problems, "findings": checks_json(error.findings)}
        more = {"problems": error.problems, "blocking": error.findings}
    elif isinstance(error, OlderTextError):
        if wants_json(request):
            return older_json(error)
        said = _(
            "Another window of yours has saved the text below since. Submit again to keep yours."
        )
        status, data, more = 409, {}, {"problems": [said], **beside(item, error.saved)}
    else:
        said = _not_now(as_adjudicator)
        status, data, more = 409, {"error": "not_now", "message": said}, {"problems": [said]}
    if wants_json(request):
        return JsonResponse(data, status=status)
    return page(request, _fresh(item), request.POST.dict(), status, **more)


def _fresh(item: Item) -> Item:
    return Item.objects.select_related("project").get(pk=item.pk)


def _stale(
    request: HttpRequest, item: Item, error: StaleError, page: Page, as_adjudicator: bool
) -> HttpResponse:
    fresh = _fresh(item)
    changed = request.POST.get("seen_basis", "") != fresh.basis_sha256
    if changed:
        keep_sent(request, item, as_adjudicator)
    said = _stale_said(as_adjudicator)
    if wants_json(request):
        return JsonResponse({"error": "stale", "message": said}, status=409)
    more: dict[str, Any] = {"problems": [said]}
    if changed:
        # What was chosen for the edits of another draft means nothing on this one.
        return page(request, fresh, None, 409, **more)
    sent = request.POST.dict()
    if error.current is not None and not fresh.project.compares_pairs:
        more["three_way"] = three_versions(fresh, error.current, sent)
    return page(request, fresh, sent, 409, **more)


def _stale_said(as_adjudicator: bool) -> str:
    if as_adjudicator:
        return _("Somebody answered or settled it in the meantime. Compare; yours is kept.")
    return _(
        "This was changed in the meantime. Compare both versions below; what you typed is kept."
    )


def _not_now(as_adjudicator: bool) -> str:
    if as_adjudicator:
        return _("The item takes no answer now: it was withdrawn or the project is closed.")
    return _(
        "The item takes no answer now: it is settled or closed, others hold it, "
        "or everybody who was asked has answered."
    )
