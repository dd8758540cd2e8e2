# Part of mail_tracking. Licence: LGPL-3.
"""What carries no key may warn, and never settles."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_state import EVENTS, STATE, rank

from tools import events as ev
from tools import state
from tools.events import Event

#: what an event says of the mail
BAD = {"error", "soft_bounce", "hard_bounce", "reject"}
GOOD = {"sent", "relayed", "deferral", "delivered", "open", "click", "reply"}
SAID = {"unsub", "spam"}
#: proven events that are a failure
FAILED = {*BAD, "spam"}
#: what an event without a key leads to by itself
KEYLESS_STATE = {
    **STATE,
    "hard_bounce": "soft-bounced",
    "unsub": "",
    "spam": "",
}
PAIRS = list(itertools.product(ev.EVENT_TYPES, ev.EVENT_TYPES))


def keyless_rank(event_type: str) -> int:
    """Without a key no failure is stronger than a soft bounce."""
    return min(rank(event_type), rank("soft_bounce")) if event_type in BAD else rank(event_type)


def fold(*events: Event) -> state.Summary:
    """Fold in every order, which must not matter."""
    found = {state.fold(some) for some in itertools.permutations(events)}
    assert len(found) == 1, events
    return found.pop()


def test_each_type_is_told_of():
    assert set(ev.EVENT_TYPES) == BAD | GOOD | SAID


@pytest.mark.parametrize("event_type", ev.EVENT_TYPES)
def test_one_event_without_a_key(event_type):
    assert fold(Event(event_type, 1.0, unproven=True)).state == KEYLESS_STATE[event_type]


def expected_of(proven: Event, keyless: Event) -> tuple:
    """Which of two events decides, and the state that follows."""
    decided = (proven, STATE[proven.type])
    if keyless.type in SAID or (keyless.type in GOOD and proven.type in FAILED):
        return decided
    ranks = keyless_rank(keyless.type), rank(proven.type)
    if ranks[0] < ranks[1] or (ranks[0] == ranks[1] and keyless.time < proven.time):
        return decided
    if KEYLESS_STATE[keyless.type] == STATE[proven.type]:
        return decided  # what is proven rests on the proof
    return keyless, KEYLESS_STATE[keyless.type]


@pytest.mark.parametrize("times", [(1.0, 2.0), (2.0, 1.0)])
@pytest.mark.parametrize("proven, keyless", PAIRS)
def test_every_pair_of_a_proven_event_and_one_without_a_key(proven, keyless, times):
    events = Event(proven, times[0]), Event(keyless, times[1], unproven=True)
    found = fold(*events)
    assert (found.event, found.state) == expected_of(*events)


@pytest.mark.parametrize("first, second", PAIRS)
def test_every_pair_without_keys(first, second):
    events = [Event(first, 1.0, unproven=True), Event(second, 2.0, unproven=True)]
    heard = [event for event in events if event.type not in SAID]
    expected = heard[0] if heard else None
    if len(heard) == 2 and keyless_rank(second) >= keyless_rank(first):
        expected = heard[1]
    assert fold(*events).event == expected
    assert fold(*events).state == (KEYLESS_STATE[expected.type] if expected else "")


@pytest.mark.parametrize("failure", sorted(FAILED))
def test_good_news_without_a_key_settles_no_failure(failure):
    """Nor do they together, nor with a failure that has no key either."""
    news = [Event(event_type, 9.0, unproven=True) for event_type in (*GOOD, *SAID)]
    found = state.fold([Event(failure, 1.0), *news])
    assert (found.state, found.event.unproven) == (STATE[failure], False)
    assert (found.open_count, found.click_count) == (0, 0)
    warned = state.fold([Event(failure, 1.0), Event("soft_bounce", 2.0, unproven=True), *news])
    assert state.is_failed(warned.state)


def test_good_news_without_a_key_counts_until_a_failure_is_proven():
    receipt = Event("open", 3.0, unproven=True)
    found = fold(Event("sent", 1.0), receipt)
    assert (found.state, found.event, found.open_count) == ("opened", receipt, 1)
    found = fold(Event("sent", 1.0), receipt, Event("hard_bounce", 2.0))
    assert (found.state, found.open_count, found.first_open) == ("bounced", 0, None)
    found = fold(receipt, Event("hard_bounce", 2.0), Event("open", 4.0))
    assert (found.state, found.open_count) == ("opened", 2)


def test_a_retry_that_is_proven_ends_the_failure():
    events = Event("error", 1.0), Event("sent", 2.0), Event("delivered", 3.0, unproven=True)
    assert fold(*events).state == "delivered"


@given(st.lists(EVENTS, max_size=8))
def test_a_proven_failure_stays_one(found):
    proven = state.fold(event for event in found if not event.unproven)
    told = state.fold(found)
    if state.is_failed(proven.state):
        assert state.is_failed(told.state)
    if told.state == proven.state:
        assert told.event == proven.event


@given(st.lists(EVENTS, max_size=8))
def test_without_a_key_no_address_is_dead_and_nobody_complained(found):
    told = state.fold(event._replace(unproven=True) for event in found)
    assert told.state not in ("bounced", "unsub", "spam")


@given(st.lists(EVENTS, max_size=8), st.sampled_from(sorted(SAID)), st.floats(0, 9))
def test_what_people_are_said_to_have_done_changes_nothing(found, event_type, time):
    assert state.fold([*found, Event(event_type, time, unproven=True)]) == state.fold(found)


@pytest.mark.parametrize("event_type", ev.EVENT_TYPES)
def test_a_state_of_earlier_versions_is_explained_without_a_key_too(event_type):
    keyless = Event(event_type, 1.0, unproven=True)
    assert state.explains(keyless, STATE[event_type])
    assert not KEYLESS_STATE[event_type] or state.explains(keyless, KEYLESS_STATE[event_type])
    assert not state.explains(keyless, "")
