"""Submitting, taking back and settling: every answer is a new row, none is ever changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.models import Answer, Item, Lease, Note, Person, Project, TypedText
from annotation.work.auditing import record
from annotation.work.states import ANSWERABLE, Event, State, after
from bllossom_data.errors import NotNowError, StaleError
from bllossom_data.files import canonical_json

MAX_NEEDED = 9


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person sends.

    Attributes:
        decision: one of the decisions of a draft, or the verdict on a pair.
        seen_answer: their own last answer (of an adjudicator: the one that stands) when the page
            was opened; 0 where there was none.
        seen_basis: hash of the item that the page showed.
        idempotency_key: the same for every repetition of the same request.
    """

    decision: str
    seen_answer: int
    seen_basis: str
    idempotency_key: str
    messages: Sequence[Mapping[str, str]] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    dismissed: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    comment: str = ""
    first_acceptable: bool | None = None
    second_acceptable: bool | None = None
    shown_first: str = ""
    seconds: int = 0


def submit(
    item: Item, person: Person, submission: Submission, as_adjudicator: bool = False
) -> Answer:
    """Takes an answer and moves the item on.

    Args:
        item: what it is about.
        person: who says it.
        submission: what they say; checked already.
        as_adjudicator: it settles the item, whatever others said.

    Returns:
        The answer; the one that is there already where the request is a repetition.

    Raises:
        StaleError: it was made on something that is no longer so; nothing was changed.
        NotNowError: the item takes no answer now.
    """
    with transaction.atomic():
        known = Answer.objects.filter(
            person=person, idempotency_key=submission.idempotency_key
        ).first()
        if known is not None:
            return known
        item = Item.objects.select_for_update().select_related("project").get(pk=item.pk)
        mine = Answer.objects.filter(
            item=item, person=person, as_adjudicator=as_adjudicator, current=True
        ).first()
        standing = item.outcome if as_adjudicator else mine
        _check(item, person, submission, standing, as_adjudicator)
        answer = _append(item, person, submission, mine, as_adjudicator)
        Lease.objects.filter(item=item, person=person).delete()
        TypedText.objects.filter(item=item, person=person).delete()
        if as_adjudicator:
            _move(item, Event.ADJUDICATED, outcome=answer)
        else:
            settle(item)
        return answer


def _check(
    item: Item,
    person: Person,
    submission: Submission,
    standing: Answer | None,
    as_adjudicator: bool,
) -> None:
    if submission.seen_basis != item.basis_sha256:
        raise StaleError("the draft has changed", standing)
    if submission.seen_answer != (standing.pk if standing else 0):
        raise StaleError("there is a newer answer", standing)
    if item.project.closed:
        raise NotNowError("the project is closed")
    if as_adjudicator:
        if item.state == State.WITHDRAWN:
            raise NotNowError("the item was withdrawn")
        return
    if item.state not in ANSWERABLE:
        raise NotNowError("the item is settled; it has to be reopened first")
    counts = standing is not None and standing.undoes_id is None
    if not counts and item.answered >= item.needed:
        raise NotNowError("enough people have answered it")


def _append(
    item: Item, person: Person, said: Submission, before: Answer | None, as_adjudicator: bool
) -> Answer:
    if before is not None:
        Answer.objects.filter(pk=before.pk).update(current=False)
    number = Answer.objects.filter(item=item, person=person).count() + 1
    answer = Answer.objects.create(
        item=item,
        person=person,
        number=number,
        as_adjudicator=as_adjudicator,
        decision=said.decision,
        messages=[dict(message) for message in said.messages],
        choices=dict(said.choices),
        dismissed=dict(said.dismissed),
        label=said.label,
        comment=said.comment,
        first_acceptable=said.first_acceptable,
        second_acceptable=said.second_acceptable,
        shown_first=said.shown_first,
        seconds=said.seconds,
        draft_sha256=item.draft_sha256,
        basis_sha256=item.basis_sha256,
        guideline=item.project.guideline(),
        idempotency_key=said.idempotency_key,
        created_at=timezone.now(),
    )
    action = "adjudicated" if as_adjudicator else "answered"
    record(person, action, item.project, item, number=number, sha256=answer_sha256(answer))
    return answer


def answer_sha256(answer: Answer) -> str:
    """What ties an answer to the log."""
    said = [
        answer.item.key,
        answer.person_id,
        answer.number,
        answer.as_adjudicator,
        answer.decision,
        answer.messages,
        answer.choices,
        answer.dismissed,
        answer.label,
        answer.comment,
        answer.first_acceptable,
        answer.second_acceptable,
        answer.shown_first,
        answer.draft_sha256,
        answer.undoes_id,
    ]
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


def counting_answers(item: Item) -> list[Answer]:
    """What each annotator said last of an item, in the order in which they said it."""
    return list(
        Answer.objects.filter(item=item, current=True, as_adjudicator=False, undoes=None)
        .select_related("person")
        .order_by("created_at", "pk")
    )


def settle(item: Item) -> None:
    """Moves an item to where its answers put it; inside the transaction that changed them."""
    answers = counting_answers(item)
    item.answered = len(answers)
    if len(answers) < item.needed:
        _move(item, Event.ANSWERED_IN_PART)
    elif item.project.kind == Project.Kind.EVALUATION:
        # Every vote counts there: to differ is a result, not a mistake.
        _move(item, Event.MERGED, outcome=answers[0])
    elif len({_substance(answer) for answer in answers}) > 1:
        _move(item, Event.ANSWERED_DIFFERENTLY)
    elif item.project.merge_unanimous:
        _move(item, Event.MERGED, outcome=answers[0])
    else:
        _move(item, Event.ANSWERED_ALIKE)


def _substance(answer: Answer) -> str:
    """What makes two answers the same: what is decided, not why."""
    said = [answer.decision, answer.messages, answer.label]
    return canonical_json([*said, answer.first_acceptable, answer.second_acceptable])


def _move(item: Item, event: Event, outcome: Answer | None = None) -> None:
    before, version = item.state, item.version
    item.state = after(before, event)
    changed = Item.objects.filter(pk=item.pk, version=version).update(
        state=item.state,
        version=version + 1,
        answered=item.answered,
        needed=item.needed,
        outcome=outcome,
        updated_at=timezone.now(),
    )
    if not changed:
        raise StaleError("the item was changed at the same moment")
    item.version, item.outcome = version + 1, outcome
    if item.state != before:
        record(None, "moved", item.project, item, before=before, after=str(item.state))


def undo(item: Item, person: Person, seen_answer: int, idempotency_key: str) -> Answer:
    """Takes a person's last answer back: a new answer that undoes it, and nothing is lost.

    Raises:
        StaleError: the answer is not their last one any more.
        NotNowError: it was settled by somebody else since.
    """
    with transaction.atomic():
        known = Answer.objects.filter(person=person, idempotency_key=idempotency_key).first()
        if known is not None:
            return known
        item = Item.objects.select_for_update().select_related("project").get(pk=item.pk)
        last = (
            Answer.objects.filter(item=item, person=person, current=True)
            .order_by("-number")
            .first()
        )
        if last is None or last.pk != seen_answer or last.undoes_id is not None:
            raise StaleError("there is a newer answer", last)
        if item.state == State.WITHDRAWN or item.project.closed:
            raise NotNowError("the item was withdrawn or the project is closed")
        others = item.outcome is not None and item.outcome.person_id != person.pk
        if item.state == State.APPROVED and others:
            raise NotNowError("the item was settled by somebody else")
        Answer.objects.filter(pk=last.pk).update(current=False)
        taken_back = Answer.objects.create(
            item=item,
            person=person,
            number=last.number + 1,
            as_adjudicator=last.as_adjudicator,
            decision="undo",
            undoes=last,
            draft_sha256=item.draft_sha256,
            basis_sha256=item.basis_sha256,
            guideline=item.project.guideline(),
            idempotency_key=idempotency_key,
            created_at=timezone.now(),
        )
        record(
            person,
            "undone",
            item.project,
            item,
            number=taken_back.number,
            sha256=answer_sha256(taken_back),
        )
        if item.state == State.APPROVED:
            _move(item, Event.REOPENED)
        settle(item)
        return taken_back


def reopen(item: Item, person: Person, reason: str) -> None:
    """Opens a settled item again; what annotators said stays and still counts.

    Raises:
        NotNowError: the item is not settled.
    """
    with transaction.atomic():
        item = Item.objects.select_for_update().select_related("project").get(pk=item.pk)
        if item.state != State.APPROVED:
            raise NotNowError("the item is not settled")
        Answer.objects.filter(item=item, current=True, as_adjudicator=True).update(current=False)
        _move(item, Event.REOPENED)
        Note.objects.create(
            item=item,
            person=person,
            kind=Note.Kind.COMMENT,
            text=reason,
            created_at=timezone.now(),
        )
        record(person, "reopened", item.project, item)
        answers = counting_answers(item)
        item.answered = len(answers)
        # Answers that are alike would settle it at once again: an adjudicator looks at it first.
        _move(item, Event.ANSWERED_DIFFERENTLY if answers else Event.ANSWERED_IN_PART)


def ask_second_person(item: Item, person: Person, reason: str) -> None:
    """Asks for one more person's answer.

    Raises:
        NotNowError: the item is settled, or nine people are asked already.
    """
    with transaction.atomic():
        item = Item.objects.select_for_update().select_related("project").get(pk=item.pk)
        if item.state not in ANSWERABLE or item.needed >= MAX_NEEDED:
            raise NotNowError("nobody else can be asked about this item")
        add_note(item, person, Note.Kind.SECOND_PERSON, reason)
        item.needed += 1
        settle(item)


def add_note(item: Item, person: Person, kind: str, text: str) -> Note:
    """Keeps a comment, a flag, or that a person skipped the item."""
    with transaction.atomic():
        note = Note.objects.create(
            item=item, person=person, kind=kind, text=text, created_at=timezone.now()
        )
        if kind in (Note.Kind.FLAG, Note.Kind.SECOND_PERSON):
            Item.objects.filter(pk=item.pk).update(flagged=True)
        if kind == Note.Kind.SKIP:
            Lease.objects.filter(item=item, person=person).delete()
        record(person, str(kind), item.project, item, note=note.pk)
        return note


def resolve_flags(item: Item, person: Person) -> None:
    """Says that what an item was flagged for is dealt with."""
    with transaction.atomic():
        Note.objects.filter(item=item, resolved=False).exclude(kind=Note.Kind.SKIP).update(
            resolved=True
        )
        Item.objects.filter(pk=item.pk).update(flagged=False)
        record(person, "flags_resolved", item.project, item)
