"""Coming in by invitation, and who is a member of what."""

import secrets
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotation.forms.people import EnterForm, InvitationForm, MemberForm
from annotation.models import ROLE_CHOICES, Invitation, Membership, Person, Project, Role
from annotation.views.access import project_page
from annotation.work.auditing import record, writing

INVITATION_DAYS = 14


def invite(
    created_by: Person | None, project: Project | None, role: Role, label: str, hours: int
) -> str:
    """Makes an invitation; without a project, for an administrator of everything.

    Returns:
        The token of its link, which is kept nowhere.
    """
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        token_sha256=Invitation.hash_of(token),
        project=project,
        role=role,
        label=label,
        expires_at=timezone.now() + timedelta(hours=hours),
        created_by=created_by,
    )
    record(created_by, "invited", project, role=int(role), label=label)
    return token


@require_http_methods(["GET", "POST"])
@login_not_required
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Takes an invitation: once, by somebody who chooses a name and a password."""
    invitation = Invitation.objects.filter(
        token_sha256=Invitation.hash_of(token), used_at=None, expires_at__gt=timezone.now()
    ).first()
    if invitation is None:
        advice = _("It was used or is too old. Ask for a new one.")
        context = {"title": _("This invitation is not valid"), "advice": advice}
        return render(request, "annotation/failure.html", context, status=404)
    if request.user.is_authenticated:
        if request.method == "POST" and _join(invitation, request.user):
            return redirect("home")
        return render(request, "annotation/join.html", {"invitation": invitation})
    form = EnterForm(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        with writing():
            person = form.save(commit=False)
            person.is_superuser = person.is_staff = invitation.project_id is None
            person.save()
            if not _join(invitation, person):
                transaction.set_rollback(True)
                return redirect(request.path)
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return render(request, "annotation/enter.html", {"form": form, "invitation": invitation})


def _join(invitation: Invitation, person: Person) -> bool:
    with writing():
        taken = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(
            used_at=timezone.now(), used_by=person
        )
        if not taken:
            return False
        if invitation.project is None:
            Person.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
        else:
            membership, new = Membership.objects.get_or_create(
                project=invitation.project, person=person, defaults={"role": invitation.role}
            )
            if not new and membership.role < invitation.role:
                Membership.objects.filter(pk=membership.pk).update(role=invitation.role)
        record(person, "joined", invitation.project, role=invitation.role)
        return True


@project_page(Role.ADMINISTRATOR, "GET", "POST")
def members(request: HttpRequest, project: Project) -> HttpResponse:
    """Members and open invitations; a new invitation's link is shown once."""
    form = InvitationForm(request.POST or None, projects=Project.objects.filter(pk=project.pk))
    form.fields["project"].initial = project
    link = ""
    if request.method == "POST" and form.is_valid():
        token = invite(
            request.user,
            project,
            Role(form.cleaned_data["role"]),
            form.cleaned_data["label"],
            INVITATION_DAYS * 24,
        )
        link = request.build_absolute_uri(reverse("enter", args=[token]))
    context = {
        "form": form,
        "link": link,
        "days": INVITATION_DAYS,
        "roles": ROLE_CHOICES,
        "memberships": project.memberships.select_related("person").order_by("person__username"),
        "invitations": Invitation.objects.filter(
            project=project, used_at=None, expires_at__gt=timezone.now()
        ),
    }
    return render(request, "annotation/members.html", context)


@project_page(Role.ADMINISTRATOR, "POST")
def change_member(request: HttpRequest, project: Project, membership_id: int) -> HttpResponse:
    """Gives a member another role, or takes the membership away; what they said stays."""
    membership = get_object_or_404(Membership, pk=membership_id, project=project)
    form = MemberForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        with writing():
            if role:
                Membership.objects.filter(pk=membership.pk).update(role=role)
            else:
                membership.delete()
            if role < Role.ANNOTATOR:
                membership.person.leases.filter(item__project=project).delete()
            record(
                request.user,
                "role_changed",
                project,
                of=membership.person.pseudonym,
                before=membership.role,
                after=role,
            )
        messages.success(request, _("Saved."))
    return redirect("members", slug=project.slug)


@project_page(Role.ADMINISTRATOR, "POST")
def revoke_invitation(request: HttpRequest, project: Project, invitation_id: int) -> HttpResponse:
    """Makes an invitation's link useless."""
    invitation = get_object_or_404(Invitation, pk=invitation_id, project=project, used_at=None)
    with writing():
        invitation.delete()
        record(request.user, "invitation_revoked", project, label=invitation.label)
    return redirect("members", slug=project.slug)
