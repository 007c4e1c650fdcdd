"""Pages for what went wrong: each says what to do, and loses nothing."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a person."""
    return request.headers.get("X-Requested-With") == "fetch"


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or of a session that ended; what was typed is in the browser."""
    if wants_json(request):
        return JsonResponse({"error": "sign_in", "message": _("Sign in again.")}, status=403)
    return render(request, "annotation/failure.html", _csrf(), status=403)


def _csrf() -> dict[str, str]:
    return {
        "title": _("The page is too old"),
        "advice": _(
            "Your sign-in ended, or cookies are off. What you typed is kept in this browser: "
            "sign in again and go back to the item."
        ),
    }


def _page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": str(status), "message": f"{title} {advice}"}, status=status)
    return render(
        request, "annotation/failure.html", {"title": title, "advice": advice}, status=status
    )


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400."""
    return _page(
        request, 400, _("The request cannot be read"), _("Go back, load the page again, and retry.")
    )


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    return _page(
        request,
        403,
        _("This is not open to your role"),
        _("Ask an administrator of the project if you need it."),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404."""
    return _page(request, 404, _("There is no such page"), _("Perhaps the address has a mistake."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500; the reason is in the server's log."""
    return _page(
        request,
        500,
        _("Something went wrong here"),
        _("What you typed is kept in this browser. Try again; if it stays, tell an administrator."),
    )
