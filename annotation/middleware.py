"""Who is signed in, and the language that they chose."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

from annotation.views.failures import wants_json

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)


class PersonalMiddleware:
    """Speaks each person's language; before sign-in, the browser's.

    A signed-in person's choice is theirs alone, so it counts over what the browser asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keeps the next layer."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers one request."""
        language = getattr(request.user, "language", "") or translation.get_language_from_request(
            request
        )
        with translation.override(language if language in LANGUAGES else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            response = self._get_response(request)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        # Pages hold unpublished work: a shared computer's cache is no place for them.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class SignedInMiddleware(LoginRequiredMiddleware):
    """Every page wants somebody who is signed in, but for those that say otherwise.

    A script is told so (401) instead of being led to a page that it cannot read.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        """Answers somebody who is not signed in."""
        if wants_json(request):
            return JsonResponse({"error": "sign_in", "message": _("Sign in again.")}, status=401)
        return super().handle_no_permission(request, view_func)
