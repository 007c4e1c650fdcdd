"""People, what they may do where, and how they come in."""

import hashlib
import secrets
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def _new_pseudonym() -> str:
    return f"reviewer-{secrets.token_hex(3)}"


class Role(IntEnum):
    """What a person may do in a project; each may do all that the ones below it may."""

    READER = 1
    ANNOTATOR = 2
    ADJUDICATOR = 3
    ADMINISTRATOR = 4

    @property
    def label(self) -> str:
        """Its name for people."""
        return str(dict(ROLE_CHOICES)[self.value])


ROLE_CHOICES = [
    (Role.READER.value, _("Reader")),
    (Role.ANNOTATOR.value, _("Annotator")),
    (Role.ADJUDICATOR.value, _("Adjudicator")),
    (Role.ADMINISTRATOR.value, _("Administrator")),
]


class Person(AbstractUser):
    """Somebody who signs in.

    ``pseudonym`` stands for the person in everything that is exported: names stay here.
    """

    pseudonym = models.CharField(
        _("pseudonym"),
        max_length=40,
        unique=True,
        default=_new_pseudonym,
        validators=[RegexValidator(r"^[0-9A-Za-z가-힣_.-]+$")],
        help_text=_("Stands for you in exported data. Letters, digits, _ . -"),
    )
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default="ko"
    )
    theme = models.CharField(
        _("colours"),
        max_length=6,
        choices=[("system", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
        default="system",
    )

    def __str__(self) -> str:
        return self.username

    def role_in(self, project: Any) -> Role | None:
        """What the person may do in a project; None where they are no member."""
        if not self.is_active:
            return None
        if self.is_superuser:
            return Role.ADMINISTRATOR
        membership = Membership.objects.filter(project=project, person=self).first()
        return Role(membership.role) if membership else None


class Membership(models.Model):
    """One person's role in one project."""

    project = models.ForeignKey("Project", models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    role = models.PositiveSmallIntegerField(_("role"), choices=ROLE_CHOICES)

    class Meta:
        """One role in a project."""

        constraints = [models.UniqueConstraint("project", "person", name="one_role_in_a_project")]

    def __str__(self) -> str:
        return f"{self.person} · {self.project} · {self.get_role_display()}"


class Invitation(models.Model):
    """A link that lets one person in, once.

    Only a hash of the link's token is kept: whoever reads the database cannot use it.
    """

    token_sha256 = models.CharField(max_length=64, unique=True)
    project = models.ForeignKey("Project", models.CASCADE, null=True, blank=True)
    role = models.PositiveSmallIntegerField(_("role"), choices=ROLE_CHOICES)
    label = models.CharField(_("for whom"), max_length=80, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.label or f"#{self.pk}"

    @staticmethod
    def hash_of(token: str) -> str:
        """What is kept of a token."""
        return hashlib.sha256(token.encode()).hexdigest()
