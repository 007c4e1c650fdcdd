"""What people said: answers that are never changed, texts being typed, and notes."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from bllossom_data.examples import Decision, Label


class Answer(models.Model):
    """One submitted decision; a later one follows it and never overwrites it.

    For a draft, ``decision`` is one of `bllossom_data.examples.Decision`; for a pair it is
    ``first``, ``second`` or ``tie``; the first answer is the first of the file, whichever side it
    was shown on.

    Attributes:
        number: counts what this person said of this item, from 1.
        as_adjudicator: said to settle, and not as one of the item's annotators.
        current: it is this person's last word; of each kind there is one at most.
        messages: final Korean turns, of ``correct`` only.
        fixed: everybody who was asked had answered; it cannot be changed or taken back any more.
        choices: what was chosen for each proposed edit, by its number.
        dismissed: reasons given for warnings, by finding.
        shown_first: the answer that stood on the left.
        idempotency_key: made by the page, so that a repeated request is one answer.
        undoes: the answer that this one takes back; then nothing counts until another follows.
    """

    item = models.ForeignKey("Item", models.CASCADE, related_name="answers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="answers")
    number = models.PositiveIntegerField()
    as_adjudicator = models.BooleanField(default=False)
    current = models.BooleanField(default=True)
    fixed = models.BooleanField(default=False)
    decision = models.CharField(_("decision"), max_length=12)
    messages = models.JSONField(default=list)
    choices = models.JSONField(default=dict)
    dismissed = models.JSONField(default=dict)
    label = models.CharField(max_length=20, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    first_acceptable = models.BooleanField(null=True)
    second_acceptable = models.BooleanField(null=True)
    shown_first = models.CharField(max_length=6, blank=True)
    seconds = models.PositiveIntegerField(default=0)
    draft_sha256 = models.CharField(max_length=64, blank=True)
    basis_sha256 = models.CharField(max_length=64)
    guideline = models.ForeignKey("Guideline", models.PROTECT, null=True)
    idempotency_key = models.CharField(max_length=64)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        """One last word of a person, and one answer for a key."""

        constraints = [
            models.UniqueConstraint(
                "item",
                "person",
                "as_adjudicator",
                condition=models.Q(current=True),
                name="one_last_word",
            ),
            models.UniqueConstraint("item", "person", "number", name="answer_number"),
            models.UniqueConstraint("person", "idempotency_key", name="one_answer_of_a_key"),
        ]
        indexes = [models.Index("person", "created_at", name="work_of_person")]

    def __str__(self) -> str:
        return f"{self.item} · {self.person} · {self.number}"


# What an item's answers are counted by: annotators' last words that were not taken back.
COUNTING = {"current": True, "as_adjudicator": False, "undoes": None}
DECISIONS: tuple[Decision, ...] = ("accept", "correct", "reject", "remove", "retranslate")
VERDICTS = ("first", "second", "tie")
LABELS: tuple[Label, ...] = (
    "simply_transferred",
    "target_modified",
    "removed",
    "newly_created",
)


class TypedText(models.Model):
    """What a person has typed and not submitted; saved by itself while they type.

    A text belongs to the draft that it was typed on: where an import changes the draft, what was
    typed on the one before stays beside it until its person has seen it.

    Attributes:
        as_adjudicator: typed to settle the item; a person may be its annotator too.
        version: counts saves, so that a page left open in another tab cannot put an older text over
            a newer one.
        basis_sha256: the draft or pair that it was typed on.
    """

    item = models.ForeignKey("Item", models.CASCADE, related_name="typed_texts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    as_adjudicator = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    basis_sha256 = models.CharField(max_length=64)
    content = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        """One unfinished text of a person, in each of their parts, on a draft."""

        constraints = [
            models.UniqueConstraint(
                "item", "person", "as_adjudicator", "basis_sha256", name="one_typed_text"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} · {self.person}"


NOTE_CHOICES = [
    ("comment", _("Comment")),
    ("flag", _("Flag")),
    ("second", _("Second person asked for")),
    ("skip", _("Skipped")),
]


class Note(models.Model):
    """A comment, a flag, a request for a second person, or that a person skipped an item.

    Attributes:
        resolved: what it asks for is dealt with; of a skip, that its person looked at it again.
        idempotency_key: made by the page, so that a repeated request is one note.
    """

    class Kind(StrEnum):
        """What it asks for."""

        COMMENT = "comment"
        FLAG = "flag"
        SECOND_PERSON = "second"
        SKIP = "skip"

    item = models.ForeignKey("Item", models.CASCADE, related_name="notes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    kind = models.CharField(max_length=8, choices=NOTE_CHOICES)
    text = models.TextField(blank=True)
    resolved = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """In the order in which they were said."""

        ordering = ["created_at", "pk"]
        indexes = [models.Index("item", "person", "kind", name="notes_of_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.item}"
