"""Every state meets every event: what leads where is known, and nothing else happens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.work.states import TRANSITIONS, Event, State, TransitionError, after

REACHES_APPROVED = {Event.MERGED, Event.ADJUDICATED}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_pair_is_either_a_transition_or_refused(state, event):
    if (state, event) in TRANSITIONS:
        assert after(state, event) == TRANSITIONS[state, event]
    else:
        with pytest.raises(TransitionError, match=str(event)):
            after(state, event)


def test_only_agreement_or_an_adjudicator_approves():
    ways = {event for (_, event), to in TRANSITIONS.items() if to == State.APPROVED}
    assert ways == REACHES_APPROVED


def test_a_withdrawn_item_is_never_approved_at_once():
    assert all(
        to == State.OPEN for (state, _), to in TRANSITIONS.items() if state == State.WITHDRAWN
    )


def test_every_state_can_be_reached_and_left():
    assert {to for to in TRANSITIONS.values()} == set(State)
    assert {state for state, _ in TRANSITIONS} == set(State)


@given(st.lists(st.sampled_from(Event)))
def test_any_walk_ends_in_a_known_state_or_is_refused(events):
    state = State.OPEN
    for event in events:
        try:
            state = after(state, event)
        except TransitionError:
            assert (state, event) not in TRANSITIONS
    assert state in State
