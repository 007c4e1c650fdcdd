"""Who may see and do what: every page of a project says the least role that it is for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from annotation.models import Item, Membership, Project, Role
from annotation.work.states import State

View = Callable[..., HttpResponse]


def project_page(least: Role, *methods: str) -> Callable[[View], View]:
    """Opens a page of a project to its members from a role upwards.

    To anybody else the project is not there (404): its name is no secret that a link may give away.
    A member with less gets 403. The view gets the project as its second argument, and
    ``request.role``.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **rest: Any) -> HttpResponse:
            project = get_object_or_404(Project, slug=slug)
            role = request.user.role_in(project)
            if role is None:
                raise Http404
            if role < least:
                raise PermissionDenied
            request.role, request.project = role, project
            if "item_id" in rest:
                rest["item"] = get_object_or_404(
                    Item.objects.select_related("project"), pk=rest.pop("item_id"), project=project
                )
                _check_visible(request, rest["item"])
            return view(request, project, **rest)

        guarded.least_role = least  # type: ignore[attr-defined]
        return require_http_methods(list(methods) or ["GET", "HEAD"])(guarded)

    return decorate


def _check_visible(request: HttpRequest, item: Item) -> None:
    """Readers see what is settled: an open item shows what nobody has agreed to yet."""
    if request.role == Role.READER and item.state != State.APPROVED:
        raise PermissionDenied


def site_administrator(*methods: str) -> Callable[[View], View]:
    """Opens a page to administrators of the whole installation."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **rest: Any) -> HttpResponse:
            if not request.user.is_superuser:
                raise PermissionDenied
            return view(request, **rest)

        guarded.least_role = "site"  # type: ignore[attr-defined]
        return require_http_methods(list(methods) or ["GET", "HEAD"])(guarded)

    return decorate


def my_projects(person: Any) -> list[Project]:
    """Projects that a person can see."""
    if person.is_superuser:
        return list(Project.objects.all())
    ids = Membership.objects.filter(person=person).values("project")
    return list(Project.objects.filter(pk__in=ids))
