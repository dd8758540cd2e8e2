# Part of mail_tracking. Licence: LGPL-3.
"""The fold: one state from any set of events, in any order."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import events as ev
from tools import state
from tools.events import Event

#: weakest first; types in one group are equally strong and the later decides
STRENGTH = [
    {"error", "sent"},
    {"deferral", "relayed"},
    {"soft_bounce"},
    {"delivered"},
    {"reject", "hard_bounce"},
    {"open", "click"},
    {"reply"},
    {"unsub"},
    {"spam"},
]
STATE = {
    "sent": "sent",
    "error": "error",
    "delivered": "delivered",
    "deferral": "deferred",
    "relayed": "sent",
    "soft_bounce": "soft-bounced",
    "hard_bounce": "bounced",
    "reject": "rejected",
    "open": "opened",
    "click": "opened",
    "reply": "opened",
    "unsub": "unsub",
    "spam": "spam",
}
#: of two equally strong ones at the same instant
PREFERRED = {
    frozenset({"error", "sent"}): "sent",
    frozenset({"deferral", "relayed"}): "relayed",
    frozenset({"reject", "hard_bounce"}): "hard_bounce",
    frozenset({"open", "click"}): "click",
}
EVENTS = st.builds(
    Event,
    type=st.sampled_from([*ev.EVENT_TYPES, "made_up"]),
    time=st.one_of(st.integers(0, 5).map(float), st.floats(allow_nan=False)),
    open_kind=st.sampled_from(["", *ev.OPEN_KINDS, "made_up"]),
    key=st.sampled_from(["", "a", "b"]),
    ref=st.integers(0, 3),
    count=st.just(1),
    unproven=st.booleans(),
    claim=st.none(),
)
PROVEN = EVENTS.map(lambda event: event._replace(unproven=False))


def rank(event_type: str) -> int:
    return next(index for index, group in enumerate(STRENGTH) if event_type in group)


def test_the_words_never_change():
    assert set(STATE) == set(ev.EVENT_TYPES)
    assert set(STATE.values()) | {""} == set(ev.STATES)


def test_no_events_is_waiting():
    assert state.fold([]) == state.Summary()
    assert state.fold([]).state == ""


@pytest.mark.parametrize("event_type", ev.EVENT_TYPES)
def test_one_event(event_type):
    assert state.fold([Event(event_type, 1.0)]).state == STATE[event_type]


@pytest.mark.parametrize("first, second", list(itertools.permutations(ev.EVENT_TYPES, 2)))
def test_every_pair_in_both_orders(first, second):
    pair = [Event(first, 1.0), Event(second, 2.0)]
    expected = second if rank(second) >= rank(first) else first
    assert state.fold(pair).event.type == expected
    assert state.fold(pair).state == STATE[expected]
    assert state.fold(pair[::-1]) == state.fold(pair)


@pytest.mark.parametrize("pair", list(PREFERRED))
def test_equally_strong_at_the_same_instant(pair):
    found = [Event(event_type, 1.0) for event_type in sorted(pair)]
    assert state.fold(found).event.type == PREFERRED[pair]
    assert state.fold(found[::-1]).event.type == PREFERRED[pair]


@given(st.lists(EVENTS, max_size=8), st.randoms())
def test_order_does_not_matter(found, random):
    shuffled = found[:]
    random.shuffle(shuffled)
    assert state.fold(shuffled) == state.fold(found)


@given(st.lists(EVENTS, max_size=8))
def test_repetition_does_not_matter(found):
    assert state.fold(found + found[::-1]) == state.fold(found)
    assert state.fold(iter(found)) == state.fold(found)


@given(st.lists(EVENTS, max_size=8), st.sampled_from(["machine", "self", "made_up"]))
def test_opens_of_machines_change_no_state(found, kind):
    before = state.fold(found)
    after = state.fold(
        [*found, Event("open", 99.0, kind, "new"), Event("click", 99.0, kind, "new")]
    )
    assert (after.state, after.event) == (before.state, before.event)
    assert (after.open_count, after.click_count) == (before.open_count, before.click_count)
    assert after.machine_open_count == before.machine_open_count + 2


@given(st.lists(PROVEN, max_size=8), PROVEN)
def test_more_events_never_weaken_the_state(found, event):
    before, after = state.fold(found).event, state.fold([*found, event]).event
    if before:
        assert rank(after.type) >= rank(before.type)


@given(st.lists(EVENTS, max_size=8))
def test_unknown_types_are_ignored(found):
    assert state.fold([*found, Event("invented", 1e12)]) == state.fold(found)


def test_a_type_of_another_addon_decides_by_its_claim():
    read = Event("read", 2.0, claim=state.Claim("read", 6, 2))
    weaker = Event("sent", 1.0), Event("open", 2.0), Event("delivered", 3.0)
    for found in itertools.permutations((read, *weaker)):
        assert state.fold(found).state == "read"
    for found in itertools.permutations((read, Event("unsub", 1.0), *weaker)):
        assert state.fold(found).state == "unsub"


def test_the_latest_attempt_decides():
    error, sent = Event("error", 1.0), Event("sent", 2.0)
    assert state.fold([error, sent]).state == "sent"
    assert state.fold([error, sent, Event("error", 3.0)]).state == "error"
    assert state.fold([error, sent, Event("error", 3.0), Event("sent", 4.0)]).state == "sent"


def test_a_late_delivery_does_not_erase_an_open():
    assert state.fold([Event("open", 1.0, "person"), Event("delivered", 2.0)]).state == "opened"


def test_counters():
    found = state.fold(
        [
            Event("open", 5.0, "person"),
            Event("open", 3.0, "proxy"),
            Event("open", 4.0),
            Event("open", 1.0, "machine"),
            Event("click", 6.0, "self"),
            Event("click", 7.0, "unknown"),
        ]
    )
    assert (found.open_count, found.click_count, found.machine_open_count) == (3, 1, 2)
    assert (found.first_open, found.last_open) == (3.0, 5.0)


def test_an_answer_is_no_open_and_no_later_open_takes_its_place():
    found = state.fold([Event("reply", 2.0), Event("open", 3.0, "person"), Event("reply", 1.0)])
    assert (found.state, found.event.type, found.first_reply) == ("opened", "reply", 1.0)
    assert (found.open_count, found.first_open) == (1, 3.0)
    assert state.fold([Event("open", 3.0, "person")]).first_reply is None


@given(st.lists(EVENTS, max_size=8), EVENTS, st.integers(1, 20))
def test_one_that_stands_for_many_counts_as_they_do(found, event, number):
    alike = [event._replace(ref=100 + index) for index in range(number)]
    all_told = state.fold([*found, *alike])
    in_short = state.fold([*found, alike[-1]._replace(count=number)])
    assert in_short._replace(event=None) == all_told._replace(event=None)
    assert getattr(in_short.event, "ref", None) == getattr(all_told.event, "ref", None)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_a_broken_time_is_the_earliest(broken):
    found = [Event("sent", broken), Event("error", 1.0)]
    assert state.fold(found).state == state.fold(found[::-1]).state == "error"
    assert state.fold([Event("open", broken)] * 2).open_count == 1


def test_failed_states():
    failed = {"error", "rejected", "spam", "bounced", "soft-bounced"}
    assert {word for word in ev.STATES if state.is_failed(word)} == failed


def test_settling():
    assert state.settles("error", "sent")
    assert state.settles("bounced", "opened")
    assert not state.settles("sent", "delivered")
    assert not state.settles("error", "bounced")
    assert not state.settles("sent", "error")


def test_every_state_has_an_event_that_leads_to_it():
    assert set(state.STATE_TO_EVENT) == set(ev.STATES) - {ev.WAITING}
    for word, event_type in state.STATE_TO_EVENT.items():
        assert state.fold([Event(event_type, 1.0)]).state == word


@pytest.mark.parametrize("refs", [(1, 2), (2, 1)])
def test_at_the_same_instant_an_accepted_attempt_beats_a_failed_one(refs):
    failed, sent = Event(ev.ERROR, 5.0, ref=refs[0]), Event(ev.SENT, 5.0, ref=refs[1])
    assert state.fold([failed, sent]).state == ev.SENT
