"""Everybody who has an account: who may come in, who administers, and new passwords."""

from collections.abc import Callable
from typing import Any

from axes.utils import reset as forget_failures
from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from annotation.forms.people import AdministratorForm
from annotation.models import Invitation, Person, Role
from annotation.signed_names import hidden_name
from annotation.views.access import site_administrator
from annotation.views.people import INVITATION_DAYS, invite
from annotation.work import standing
from annotation.work.auditing import record, writing
from bllossom_data.errors import LastAdministratorError

_CHANGES: dict[str, Callable[[Person, Person], None]] = {
    "deactivate": standing.deactivate,
    "activate": standing.activate,
    "make_administrator": standing.make_administrator,
    "take_administration": standing.take_administration,
}


@site_administrator("GET", "POST")
def everybody(request: HttpRequest) -> HttpResponse:
    """All accounts, and invitations of further administrators."""
    form = AdministratorForm(request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        label = form.cleaned_data["label"]
        token = invite(request.user, None, Role.ADMINISTRATOR, label, INVITATION_DAYS * 24)
        link = request.build_absolute_uri(reverse("enter", args=[token]))
        form = AdministratorForm()
    return _page(request, form, invitation_link=link)


def _page(request: HttpRequest, form: AdministratorForm, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "days": INVITATION_DAYS,
        "people": Person.objects.prefetch_related("memberships__project").order_by("username"),
        "invitations": Invitation.objects.filter(
            project=None, used_at=None, expires_at__gt=timezone.now()
        ),
        **more,
    }
    return render(request, "annotation/everybody.html", context)


@site_administrator("POST")
def change_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Shuts a person out or lets them in again, and makes or unmakes an administrator."""
    person = get_object_or_404(Person, pk=person_id)
    change = _CHANGES.get(request.POST.get("change", ""))
    if change is None:
        messages.error(request, _("Choose what to change."))
        return redirect("everybody")
    try:
        change(person, request.user)
    except LastAdministratorError:
        said = _("This is the last administrator: make another one first.")
        messages.error(request, said)
    else:
        messages.success(request, _("Saved."))
    return redirect("everybody")


@site_administrator("POST")
def password_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Makes a link by which a person sets a new password; it is shown once and kept nowhere."""
    person = get_object_or_404(Person, pk=person_id, is_active=True)
    name = urlsafe_base64_encode(force_bytes(person.pk))
    token = default_token_generator.make_token(person)
    record(request.user, "password_link_made", of=person.pseudonym)
    link = request.build_absolute_uri(reverse("new_password", args=[name, token]))
    return _page(request, AdministratorForm(), link_for=person, password_link=link)


@site_administrator("POST")
def revoke_administrator(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Makes the link of an administrator's invitation useless."""
    invitation = get_object_or_404(Invitation, pk=invitation_id, project=None, used_at=None)
    with writing():
        invitation.delete()
        record(request.user, "invitation_revoked", label=invitation.label)
    return redirect("everybody")


class NewPassword(PasswordResetConfirmView):
    """Takes a new password, once, from whoever has the link."""

    template_name = "annotation/new_password.html"
    success_url = reverse_lazy("login")

    def get_user(self, uidb64: str) -> Person | None:
        """The person of the link, unless they were shut out since."""
        person = super().get_user(uidb64)
        return person if person is not None and person.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Keeps the password; every session of the person ends with the old one."""
        with writing():
            response = super().form_valid(form)
            record(form.user, "password_set")
        # Somebody who forgot it has probably tried too often.
        forget_failures(username=hidden_name(form.user.get_username()))
        messages.success(self.request, _("The password is set. Sign in with it."))
        return response

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """Says 404 where the link leads nowhere."""
        if not self.validlink:
            options["status"] = 404
        return super().render_to_response(context, **options)
