"""Items that people decide on, and who holds which."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.work.states import STATE_CHOICES, State


class Item(models.Model):
    """One draft, or one pair of answers.

    Attributes:
        key: the example's or pair's own id; the same in every file.
        version: counts every change of state, so that two changes cannot both win.
        needed: how many people must answer.
        answered: how many have.
        outcome: the decision that stands, once the item is approved.
        payload: the line of the file that it came from.
        basis_sha256: what of the line decisions rest on; where it changes, they are void.
        line_sha256: the whole line.
        draft_sha256: the draft that decisions are tied to; empty for pairs.
    """

    project = models.ForeignKey("Project", models.CASCADE, related_name="items")
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=STATE_CHOICES, default=State.OPEN.value)
    version = models.PositiveIntegerField(default=1)
    risk = models.FloatField(default=0.0)
    split = models.CharField(max_length=10, blank=True)
    needed = models.PositiveSmallIntegerField(default=1)
    answered = models.PositiveSmallIntegerField(default=0)
    flagged = models.BooleanField(default=False)
    title = models.CharField(max_length=160, blank=True)
    draft_sha256 = models.CharField(max_length=64, blank=True)
    basis_sha256 = models.CharField(max_length=64)
    line_sha256 = models.CharField(max_length=64)
    outcome = models.ForeignKey("Answer", models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    # Last, so that lists need not read through long texts.
    search_text = models.TextField(blank=True)
    payload = models.JSONField()

    class Meta:
        """The queue is read in order of risk."""

        constraints = [models.UniqueConstraint("project", "key", name="one_item_of_a_key")]
        indexes = [
            models.Index("project", "state", models.F("risk").desc(), "key", name="queue"),
            models.Index("project", models.F("risk").desc(), "key", name="list"),
        ]

    def __str__(self) -> str:
        return self.key


class Lease(models.Model):
    """A person holds an item until a moment, and longer as long as they work on it."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="leases")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="leases")
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("held until"))

    class Meta:
        """Nobody holds an item twice."""

        constraints = [models.UniqueConstraint("item", "person", name="one_lease_of_a_person")]
        indexes = [models.Index("person", "expires_at", name="held_by_person")]

    def __str__(self) -> str:
        return f"{self.item} · {self.person} · {self.expires_at:%H:%M}"
