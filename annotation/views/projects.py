"""A project's own page, its settings and guideline, and files in and out."""

import re
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.exchange.exporting import export_lines, preference_rows
from annotation.exchange.importing import SHOWN_PROBLEMS, import_lines
from annotation.forms.numbers_sent import number_sent
from annotation.forms.projects import GuidelineForm, NewProjectForm, ProjectForm, UploadForm
from annotation.models import Guideline, Item, Note, Project, Role
from annotation.numbers.progress import progress_of
from annotation.views.access import project_page, site_administrator
from annotation.work.auditing import record, writing
from annotation.work.leasing import held_elsewhere
from annotation.work.noting import MAX_NEEDED
from annotation.work.states import State
from bllossom_data.files import canonical_json

# An item and how many people it was to have when the page was made.
_CHOSEN = re.compile(r"^(\d{1,18})-(\d)$")


@site_administrator("GET", "POST")
def new_project(request: HttpRequest) -> HttpResponse:
    """Makes a project."""
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with writing():
            project = form.save()
            record(request.user, "project_made", project, kind=project.kind)
        return redirect("settings", slug=project.slug)
    return render(request, "annotation/new_project.html", {"form": form})


@project_page(Role.READER)
def overview(request: HttpRequest, project: Project) -> HttpResponse:
    """How far the project is, who holds what, and the way to the next item."""
    flagged = Note.objects.filter(item__project=project, resolved=False, item__flagged=True)
    context = {
        "progress": progress_of(project),
        "held": held_elsewhere(project, request.user) if request.role > Role.READER else [],
        "flags": flagged.exclude(kind=Note.Kind.SKIP).count(),
        "guideline": project.guideline(),
    }
    return render(request, "annotation/overview.html", context)


@project_page(Role.ADMINISTRATOR, "GET", "POST")
def settings(request: HttpRequest, project: Project) -> HttpResponse:
    """What may change while people work."""
    form = ProjectForm(request.POST or None, instance=project)
    if request.method == "POST" and form.is_valid():
        with writing():
            form.save()
            changed = {name: str(form.cleaned_data[name]) for name in form.changed_data}
            record(request.user, "settings_changed", project, **changed)
        messages.success(request, _("Saved."))
        return redirect("settings", slug=project.slug)
    context = {"form": form, "upload": UploadForm()}
    return render(request, "annotation/settings.html", context)


@project_page(Role.READER, "GET", "POST")
def guideline(request: HttpRequest, project: Project) -> HttpResponse:
    """The guideline and its versions; an administrator writes the next one."""
    newest = project.guideline()
    number = newest.version if newest else 0
    form = GuidelineForm(request.POST or None, initial={"text": newest.text if newest else ""})
    form.fields["text"].widget.attrs["data-keep"] = f"guideline-{project.pk}"
    may_write = request.role == Role.ADMINISTRATOR
    seen = number_sent(request.POST.get("seen_version", ""))
    if form.is_valid() and seen not in (None, number):
        said = _("Somebody has written version %(version)s since; it stands above. Save again.")
        form.add_error("text", said % {"version": number})
    if request.method == "POST" and may_write and form.is_valid():
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        if newest is None or newest.text != text:
            with writing():
                version = newest.version + 1 if newest else 1
                Guideline.objects.create(
                    project=project, version=version, text=text, author=request.user
                )
                record(request.user, "guideline_written", project, version=version)
        messages.success(request, _("Saved."), extra_tags=f"taken-guideline-{project.pk}")
        return redirect("guideline", slug=project.slug)
    context = {
        "newest": newest,
        "form": form if may_write else None,
        "versions": project.guidelines.select_related("author").order_by("-version"),
    }
    return render(request, "annotation/guideline.html", context)


@project_page(Role.ADMINISTRATOR, "POST")
def upload(request: HttpRequest, project: Project) -> HttpResponse:
    """Takes in a file of items."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"form": ProjectForm(instance=project), "upload": form}
        return render(request, "annotation/settings.html", context, status=400)
    file = form.cleaned_data["file"]
    result = import_lines(
        project, file, request.user, form.cleaned_data["withdraw_missing"], file.name
    )
    context = {
        "result": result,
        "problems": result.problems[:SHOWN_PROBLEMS],
        "more": max(0, len(result.problems) - SHOWN_PROBLEMS),
    }
    return render(request, "annotation/imported.html", context)


@project_page(Role.ADJUDICATOR)
def download(request: HttpRequest, project: Project, what: str) -> HttpResponse:
    """The decisions, as the pipelines read them, or of pairs the preference rows.

    They are the same bytes as the command line writes.
    """
    if what == "decisions":
        lines: Iterator[str] = export_lines(project)
    elif what == "preferences" and project.compares_pairs:
        lines = (canonical_json(row) + "\n" for row in preference_rows(project))
    else:
        raise Http404
    response = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{what}.jsonl"'
    return response


@project_page(Role.ADJUDICATOR, "POST")
def ask_for_more(request: HttpRequest, project: Project) -> HttpResponse:
    """Asks for one more person on many items at once."""
    chosen = [one for one in map(_CHOSEN.match, request.POST.getlist("item")[:500]) if one]
    open_items = Item.objects.filter(project=project, state=State.OPEN, needed__lt=MAX_NEEDED)
    if project.closed:
        open_items = open_items.none()
    count = 0
    with writing():
        for pk, needed in ((int(one[1]), int(one[2])) for one in chosen):
            # As the page showed it: a request that comes twice asks for one person.
            found = open_items.filter(pk=pk, needed=needed)
            if found.update(needed=needed + 1):
                record(
                    request.user,
                    "second_person_asked",
                    project,
                    Item.objects.only("key").get(pk=pk),
                )
                count += 1
    said = ngettext("%(count)s item gets one more person.", "%(count)s items get one more.", count)
    messages.success(request, said % {"count": count})
    return redirect("items", slug=project.slug)
