"""The log of everything that was done, each line tied to the one before."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One thing that somebody did.

    ``sha256`` covers the entry and the hash of the one before it: nothing in between can be
    changed, taken out or put in without every later hash being wrong.
    """

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False
    )
    pseudonym = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=40)
    project = models.CharField(max_length=60, blank=True)
    item = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    previous_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        """In the order in which things were done."""

        ordering = ["number"]
        indexes = [models.Index("project", "item", name="history_of_item")]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"
