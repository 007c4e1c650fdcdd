"""Projects, and the guidelines that decisions were made under."""

import secrets
from enum import StrEnum

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def _new_seed() -> int:
    return secrets.randbelow(2**31)


KIND_CHOICES = [
    ("rewrite", _("Rewrite review")),
    ("preference", _("Preference")),
    ("evaluation", _("Evaluation")),
]


class Project(models.Model):
    """One task that people share.

    ``merge_unanimous``: items on which everybody said the same are approved by themselves;
    otherwise an adjudicator approves every item.
    """

    class Kind(StrEnum):
        """What people are asked for."""

        REWRITE = "rewrite"
        PREFERENCE = "preference"
        EVALUATION = "evaluation"

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=KIND_CHOICES)
    annotators_per_item = models.PositiveSmallIntegerField(
        _("people per item"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    merge_unanimous = models.BooleanField(_("approve what all agree on"), default=True)
    lease_seconds = models.PositiveIntegerField(
        _("seconds that an item is held"),
        default=1200,
        validators=[MinValueValidator(60), MaxValueValidator(86400)],
    )
    seed = models.PositiveIntegerField(default=_new_seed, editable=False)
    closed = models.BooleanField(_("closed"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Newest last."""

        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def compares_pairs(self) -> bool:
        """Whether people compare two answers."""
        return self.kind != self.Kind.REWRITE

    def guideline(self) -> "Guideline | None":
        """The newest guideline."""
        return self.guidelines.order_by("-version").first()


class Guideline(models.Model):
    """One version of what people are asked to follow; never changed, only followed by another."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="guidelines")
    version = models.PositiveIntegerField()
    text = models.TextField(_("guideline (Markdown)"), max_length=100_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Numbered from 1 in each project."""

        constraints = [models.UniqueConstraint("project", "version", name="guideline_version")]

    def __str__(self) -> str:
        return f"{self.project} v{self.version}"
