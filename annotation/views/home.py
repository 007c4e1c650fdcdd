"""The first page, one's own settings, and whether the server is well."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation.forms.people import ProfileForm
from annotation.models import Lease, Role
from annotation.views.access import my_projects
from annotation.work.auditing import record, writing
from annotation.work.states import State


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's projects, how far each is, and what one holds."""
    projects = my_projects(request.user)
    rows = []
    for project in projects:
        counts = project.items.aggregate(
            total=Count("pk", filter=~Q(state=State.WITHDRAWN)),
            approved=Count("pk", filter=Q(state=State.APPROVED)),
            disputed=Count("pk", filter=Q(state__in=(State.DISPUTED, State.AGREED))),
            open=Count("pk", filter=Q(state=State.OPEN)),
        )
        role = request.user.role_in(project)
        rows.append({"project": project, "role": role, "label": Role(role).label, **counts})
    held = (
        Lease.objects.filter(person=request.user, expires_at__gt=timezone.now())
        .select_related("item__project")
        .defer("item__payload", "item__search_text")
    )
    return render(request, "annotation/home.html", {"rows": rows, "held": held})


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Pseudonym, language and colours."""
    before = request.user.pseudonym
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        with writing():
            form.save()
            if request.user.pseudonym != before:
                after = request.user.pseudonym
                record(request.user, "pseudonym_changed", before=before, after=after)
        with translation.override(request.user.language):
            messages.success(request, _("Saved."))
        return redirect("profile")
    return render(request, "annotation/profile.html", {"form": form})


@require_safe
@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """Whether the database answers; for the proxy in front."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
