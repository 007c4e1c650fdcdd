"""The states of an item and every way from one to another, as data."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class State(StrEnum):
    """Where an item stands; only an approved one is exported."""

    OPEN = "open"
    AGREED = "agreed"
    DISPUTED = "disputed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


STATE_CHOICES = [
    (State.OPEN.value, _("Open")),
    (State.AGREED.value, _("Agreed")),
    (State.DISPUTED.value, _("Disputed")),
    (State.APPROVED.value, _("Approved")),
    (State.WITHDRAWN.value, _("Withdrawn")),
]


class Event(StrEnum):
    """What happens to an item."""

    ANSWERED_IN_PART = "answered_in_part"
    ANSWERED_ALIKE = "answered_alike"
    ANSWERED_DIFFERENTLY = "answered_differently"
    MERGED = "merged"
    ADJUDICATED = "adjudicated"
    REOPENED = "reopened"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"


_ANSWERS = {
    Event.ANSWERED_IN_PART: State.OPEN,
    Event.ANSWERED_ALIKE: State.AGREED,
    Event.ANSWERED_DIFFERENTLY: State.DISPUTED,
    Event.MERGED: State.APPROVED,
}
_ALWAYS = {Event.CHANGED: State.OPEN, Event.WITHDRAWN: State.WITHDRAWN}

TRANSITIONS: dict[tuple[State, Event], State] = {
    **{
        (state, event): after
        for state in (State.OPEN, State.AGREED, State.DISPUTED)
        for event, after in (_ANSWERS | _ALWAYS).items()
    },
    **{
        (state, Event.ADJUDICATED): State.APPROVED
        for state in (State.OPEN, State.AGREED, State.DISPUTED, State.APPROVED)
    },
    (State.APPROVED, Event.REOPENED): State.OPEN,
    (State.APPROVED, Event.CHANGED): State.OPEN,
    (State.APPROVED, Event.WITHDRAWN): State.WITHDRAWN,
    (State.WITHDRAWN, Event.RETURNED): State.OPEN,
    (State.WITHDRAWN, Event.CHANGED): State.OPEN,
}
ANSWERABLE = (State.OPEN, State.AGREED, State.DISPUTED)


class TransitionError(ValueError):
    """An event that cannot happen in a state."""


def after(state: State | str, event: Event) -> State:
    """The state that an event leads to.

    Raises:
        TransitionError: it cannot happen there.
    """
    try:
        return TRANSITIONS[State(state), event]
    except KeyError:
        raise TransitionError(f"{event} cannot happen to an item that is {state}") from None
