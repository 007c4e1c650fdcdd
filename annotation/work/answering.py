"""Submitting, taking back and settling: every answer is a new row, none is ever changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from annotation.models import COUNTING, Answer, Item, Lease, Note, Person, Project
from annotation.work.auditing import moment, record, writing
from annotation.work.leasing import has_room
from annotation.work.states import ANSWERABLE, Event, State, after
from annotation.work.typing_texts import check_seen, discard_typed_text
from bllossom_data.errors import NotNowError, StaleError
from bllossom_data.files import canonical_json


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person sends.

    Attributes:
        decision: one of the decisions of a draft, or the verdict on a pair.
        seen_answer: their own last answer (of an adjudicator: the one that stands) when the page
            was opened; 0 where there was none.
        seen_basis: hash of the item that the page showed.
        typed: the fields of the page, as they are saved while somebody types.
        typed_version: the saved version that the page went on from; 0 for none.
        seen_version: of an adjudicator, the item's when the page was opened: nobody settles over
            an answer that they have not seen.
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
    seen_version: int = 0
    typed: Mapping[str, Any] = field(default_factory=dict)
    typed_version: int = 0


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
        OlderTextError: another window of the person has saved a newer text; it is not thrown away.
        NotNowError: the item takes no answer now.
    """
    with writing():
        item = Item.objects.select_related("project").get(pk=item.pk)
        known = Answer.objects.filter(
            person=person, idempotency_key=submission.idempotency_key
        ).first()
        if known is not None:
            return _repeated(known, item, submission, as_adjudicator)
        mine = Answer.objects.filter(
            item=item, person=person, as_adjudicator=as_adjudicator, current=True
        ).first()
        if as_adjudicator:
            _check_settling(item, submission)
        else:
            _check(item, person, submission, mine)
        check_seen(item, person, submission.typed, submission.typed_version, as_adjudicator)
        answer = _append(item, person, submission, mine, as_adjudicator)
        discard_typed_text(item, person, as_adjudicator)
        Lease.objects.filter(item=item, person=person).delete()
        if as_adjudicator:
            _move(item, Event.ADJUDICATED, outcome=answer)
        else:
            settle(item)
        return answer


def _repeated(known: Answer, item: Item, said: Submission, as_adjudicator: bool) -> Answer:
    """The answer that is there already, if this is really the same request once more."""
    same = known.item_id == item.pk and known.as_adjudicator == as_adjudicator
    if not same or any(getattr(known, name) != value for name, value in _said(said).items()):
        raise StaleError("the request was answered before, with another text", known)
    return known


def may_answer(item: Item, mine: Answer | None) -> bool:
    """Whether an annotator may still say something of an item.

    Where several are asked, their words are fixed once all have spoken: who sees that others differ
    must not be able to change sides. An adjudicator settles it, or opens it again.

    Args:
        item: the item.
        mine: the person's own last answer, if there is one.
    """
    if item.project.closed or item.state not in ANSWERABLE:
        return False
    if mine is not None and mine.undoes_id is None:
        return not mine.fixed
    return item.answered < item.needed


def _check(item: Item, person: Person, submission: Submission, mine: Answer | None) -> None:
    if submission.seen_basis != item.basis_sha256:
        raise StaleError("the draft has changed", mine)
    if submission.seen_answer != (mine.pk if mine else 0):
        raise StaleError("there is a newer answer", mine)
    if item.project.closed:
        raise NotNowError("the project is closed")
    if item.state not in ANSWERABLE:
        raise NotNowError("the item is settled; it has to be reopened first")
    if not may_answer(item, mine):
        raise NotNowError("everybody who was asked has answered")
    counts = mine is not None and mine.undoes_id is None
    if not counts and not has_room(item, person, timezone.now()):
        raise NotNowError("others hold it")


def _check_settling(item: Item, submission: Submission) -> None:
    standing = item.outcome
    if submission.seen_basis != item.basis_sha256:
        raise StaleError("the draft has changed", standing)
    if submission.seen_answer != (standing.pk if standing else 0):
        raise StaleError("there is a newer answer", standing)
    if submission.seen_version != item.version:
        raise StaleError("somebody has answered since")
    if item.project.closed:
        raise NotNowError("the project is closed")
    if item.state == State.WITHDRAWN:
        raise NotNowError("the item was withdrawn")


def _said(said: Submission) -> dict[str, Any]:
    """What of a submission is an answer's own content."""
    return {
        "decision": said.decision,
        "messages": [dict(message) for message in said.messages],
        "choices": dict(said.choices),
        "dismissed": dict(said.dismissed),
        "label": said.label,
        "comment": said.comment,
        "first_acceptable": said.first_acceptable,
        "second_acceptable": said.second_acceptable,
        "shown_first": said.shown_first,
    }


def _append(
    item: Item, person: Person, said: Submission, before: Answer | None, as_adjudicator: bool
) -> Answer:
    if as_adjudicator:
        # Only one word settles: another adjudicator's is history from now on.
        Answer.objects.filter(item=item, as_adjudicator=True, current=True).update(current=False)
    elif before is not None:
        Answer.objects.filter(pk=before.pk).update(current=False)
    number = Answer.objects.filter(item=item, person=person).count() + 1
    answer = Answer.objects.create(
        item=item,
        person=person,
        number=number,
        as_adjudicator=as_adjudicator,
        **_said(said),
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
        answer.seconds,
        answer.draft_sha256,
        answer.basis_sha256,
        answer.guideline_id,
        answer.idempotency_key,
        answer.undoes_id,
        moment(answer.created_at),
    ]
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()


def counting_answers(item: Item) -> list[Answer]:
    """What each annotator said last of an item, in the order in which they said it."""
    return list(
        Answer.objects.filter(item=item, **COUNTING)
        .select_related("person")
        .order_by("created_at", "pk")
    )


def settle(item: Item) -> None:
    """Moves an item to where its answers put it; inside the transaction that changed them."""
    answers = counting_answers(item)
    item.answered = len(answers)
    if item.answered >= item.needed > 1:
        Answer.objects.filter(pk__in=[one.pk for one in answers]).update(fixed=True)
    if item.answered < item.needed:
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
    replaced = item.outcome_id != (outcome.pk if outcome else None)
    item.version, item.outcome = version + 1, outcome
    if item.state != before or replaced:
        said = [outcome.person_id, outcome.number] if outcome else None
        states = {"before": before, "after": str(item.state)}
        record(None, "moved", item.project, item, **states, outcome=said)


def undo(item: Item, person: Person, seen_answer: int, idempotency_key: str) -> Answer:
    """Takes a person's last answer back: a new answer that undoes it, and nothing is lost.

    A word that settled an item is taken back by who said it; then an adjudicator looks at it again.

    Raises:
        StaleError: the answer is not their last one any more.
        NotNowError: it was settled by somebody else since, or everybody who was asked has spoken.
    """
    with writing():
        item = Item.objects.select_related("project").get(pk=item.pk)
        known = Answer.objects.filter(person=person, idempotency_key=idempotency_key).first()
        if known is not None:
            return known
        last = Answer.objects.filter(
            item=item, person=person, current=True, undoes=None, pk=seen_answer
        ).first()
        if last is None:
            raise StaleError("there is a newer answer")
        if not may_undo(item, last):
            raise NotNowError("it was settled since, or everybody who was asked has answered")
        Answer.objects.filter(pk=last.pk).update(current=False)
        taken_back = _append_undo(item, last, idempotency_key)
        if last.as_adjudicator:
            _give_to_adjudicator(item)
        else:
            if item.state == State.APPROVED:
                _move(item, Event.REOPENED)
            settle(item)
        return taken_back


def may_undo(item: Item, last: Answer | None) -> bool:
    """Whether a person can take their last answer back as the item stands."""
    if last is None or last.undoes_id is not None or not last.current:
        return False
    if item.project.closed or item.state == State.WITHDRAWN:
        return False
    if last.as_adjudicator:
        return item.outcome_id == last.pk
    settled_by_an_adjudicator = item.outcome is not None and item.outcome.as_adjudicator
    return not last.fixed and not settled_by_an_adjudicator


def _append_undo(item: Item, last: Answer, idempotency_key: str) -> Answer:
    person = last.person
    taken_back = Answer.objects.create(
        item=item,
        person=person,
        number=Answer.objects.filter(item=item, person=person).count() + 1,
        as_adjudicator=last.as_adjudicator,
        # An adjudicator's undoing stands for nothing by itself: others may settle the item next.
        current=not last.as_adjudicator,
        decision="undo",
        undoes=last,
        draft_sha256=item.draft_sha256,
        basis_sha256=item.basis_sha256,
        guideline=item.project.guideline(),
        idempotency_key=idempotency_key,
        created_at=timezone.now(),
    )
    told = {"number": taken_back.number, "sha256": answer_sha256(taken_back)}
    record(person, "undone", item.project, item, **told, as_adjudicator=last.as_adjudicator)
    return taken_back


def reopen(item: Item, person: Person, reason: str) -> None:
    """Opens a settled item again; what annotators said stays and still counts.

    Raises:
        NotNowError: the item is not settled, or the project is closed.
    """
    with writing():
        item = Item.objects.select_related("project").get(pk=item.pk)
        if item.state != State.APPROVED or item.project.closed:
            raise NotNowError("the item is not settled, or the project is closed")
        Answer.objects.filter(item=item, current=True, as_adjudicator=True).update(current=False)
        Note.objects.create(
            item=item,
            person=person,
            kind=Note.Kind.COMMENT,
            text=reason,
            created_at=timezone.now(),
        )
        record(person, "reopened", item.project, item)
        _give_to_adjudicator(item)


def _give_to_adjudicator(item: Item) -> None:
    _move(item, Event.REOPENED)
    item.answered = len(counting_answers(item))
    # Answers that are alike would settle it at once again: an adjudicator looks at it first.
    enough = item.answered >= item.needed
    _move(item, Event.ANSWERED_DIFFERENTLY if enough else Event.ANSWERED_IN_PART)
