"""The state of a mail is a function of what happened to it, not of when we heard of it."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import events as ev
from tools import state
from tools.events import Event

#: every event with the state it leads to alone, weakest first
LADDER = [
    (Event(ev.DEFERRAL, 5), "deferred"),
    (Event(ev.SOFT_BOUNCE, 5), "soft-bounced"),
    (Event(ev.DELIVERED, 5), "delivered"),
    (Event(ev.REJECT, 5), "rejected"),
    (Event(ev.HARD_BOUNCE, 5), "bounced"),
    (Event(ev.OPEN, 5, ev.PERSON), "opened"),
    (Event(ev.CLICK, 5, ev.PERSON), "opened"),
    (Event(ev.UNSUB, 5), "unsub"),
    (Event(ev.SPAM, 5), "spam"),
]
STRENGTH = {
    "": 0,
    "error": 1,
    "sent": 1,
    "deferred": 2,
    "soft-bounced": 3,
    "delivered": 4,
    "rejected": 5,
    "bounced": 5,
    "opened": 6,
    "unsub": 7,
    "spam": 8,
}

events = st.builds(
    Event,
    type=st.sampled_from([*ev.EVENT_TYPES, "a_newer_type"]),
    time=st.one_of(st.integers(0, 5).map(float), st.floats()),
    open_kind=st.sampled_from(["", *ev.OPEN_KINDS, "a_newer_kind"]),
    key=st.sampled_from(["", "a", "b"]),
    ref=st.integers(0, 4),
)
event_lists = st.lists(events, max_size=12)


def test_vocabulary_is_complete_and_without_repetition():
    assert len(set(ev.EVENT_TYPES)) == len(ev.EVENT_TYPES) == 11
    assert set(ev.STATES) == set(STRENGTH)
    assert set(ev.STATES) > ev.FAILED_STATES
    assert set(ev.OPEN_KINDS) > ev.COUNTED_OPEN_KINDS


def test_nothing_happened_is_waiting():
    assert state.fold([]) == state.Summary()
    assert state.fold([]).state == ev.WAITING == ""


@pytest.mark.parametrize(("event", "expected"), [*LADDER, (Event(ev.SENT, 1), "sent")])
def test_one_event_alone(event, expected):
    summary = state.fold(iter([event]))
    assert (summary.state, summary.event) == (expected, event)


@pytest.mark.parametrize("late", ["first", "second"])
@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        (weak[0], strong)
        for weak, strong in itertools.combinations([(Event(ev.SENT, 5), "sent"), *LADDER], 2)
        if STRENGTH[weak[1]] < STRENGTH[strong[1]]
    ],
    ids=lambda value: value.type if isinstance(value, Event) else value[1],
)
def test_every_pair_in_both_orders(weak, strong, late):
    """The stronger one wins, whichever is heard of first and whichever happened later."""
    event, expected = strong
    times = (9, 1) if late == "first" else (1, 9)
    weak = Event(weak.type, times[0], weak.open_kind)
    event = Event(event.type, times[1], event.open_kind)
    assert state.fold([weak, event]).state == expected
    assert state.fold([event, weak]).state == expected
    assert state.fold([event, weak]).event == event


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (ev.ERROR, ev.SENT, "sent"),
        (ev.SENT, ev.ERROR, "error"),
        (ev.REJECT, ev.HARD_BOUNCE, "bounced"),
        (ev.HARD_BOUNCE, ev.REJECT, "rejected"),
    ],
)
def test_equal_strength_the_later_decides(first, second, expected):
    pair = [Event(first, 1), Event(second, 2)]
    assert state.fold(pair).state == state.fold(pair[::-1]).state == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(ev.ERROR, ev.SENT, ev.SENT), (ev.REJECT, ev.HARD_BOUNCE, ev.HARD_BOUNCE)],
)
def test_equal_strength_at_the_same_instant(one, other, expected):
    pair = [Event(one, 1, ref=2), Event(other, 1, ref=1)]
    assert state.fold(pair).event.type == state.fold(pair[::-1]).event.type == expected


def test_an_old_failed_attempt_heard_of_late_does_not_undo_a_success():
    assert state.fold([Event(ev.SENT, 20), Event(ev.ERROR, 10)]).state == "sent"


def test_the_newest_bounce_explains_a_bounced_mail():
    old, new = Event(ev.HARD_BOUNCE, 1, key="old"), Event(ev.HARD_BOUNCE, 2, key="new")
    assert state.fold([new, old]).event.key == "new"


@pytest.mark.parametrize("kind", [ev.MACHINE, ev.SELF, "a_newer_kind"])
@pytest.mark.parametrize("hit", [ev.OPEN, ev.CLICK])
def test_machines_and_the_sender_open_nothing(kind, hit):
    summary = state.fold([Event(ev.DELIVERED, 1), Event(hit, 2, kind)])
    assert summary == state.Summary(
        state="delivered", event=Event(ev.DELIVERED, 1), machine_open_count=1
    )


@pytest.mark.parametrize("kind", ["", *sorted(ev.COUNTED_OPEN_KINDS)])
def test_counted_kinds_open(kind):
    assert state.fold([Event(ev.OPEN, 2, kind)]).state == "opened"


def test_first_last_and_how_many():
    summary = state.fold(
        [
            Event(ev.OPEN, 7, ref=1),
            Event(ev.OPEN, 3, ref=2),
            Event(ev.OPEN, 7, ref=3),
            Event(ev.OPEN, 1, ev.MACHINE),
            Event(ev.CLICK, 8),
            Event(ev.CLICK, 4),
        ]
    )
    assert (summary.first_open, summary.last_open, summary.open_count) == (3, 7, 3)
    assert (summary.first_click, summary.last_click, summary.click_count) == (4, 8, 2)
    assert summary.machine_open_count == 1


@given(event_lists, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(happened, random):
    heard = happened + random.choices(happened, k=3) if happened else []
    random.shuffle(heard)
    assert state.fold(heard) == state.fold(happened)


@given(event_lists, events)
def test_a_state_never_goes_backwards(happened, event):
    before, after = state.fold(happened), state.fold([*happened, event])
    assert STRENGTH[after.state] >= STRENGTH[before.state]
    assert after.open_count >= before.open_count
    assert after.click_count >= before.click_count


@given(event_lists, events)
def test_a_weaker_event_changes_nothing(happened, event):
    before = state.fold(happened)
    if STRENGTH[state.fold([event]).state] < STRENGTH[before.state]:
        after = state.fold([*happened, event])
        assert (after.state, after.event) == (before.state, before.event)


@given(event_lists)
def test_unknown_types_are_ignored(happened):
    known = [event for event in happened if event.type in ev.EVENT_TYPES]
    assert state.fold(happened) == state.fold(known)


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_an_event_without_a_usable_time_is_the_oldest(time):
    assert state.fold([Event(ev.ERROR, time), Event(ev.SENT, 1)]).state == "sent"
    assert state.fold([Event(ev.OPEN, time)]).first_open == 0.0


@pytest.mark.parametrize("value", ev.STATES)
def test_is_failed(value):
    failed = {"error", "rejected", "spam", "bounced", "soft-bounced"}
    assert state.is_failed(value) is (value in failed)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("error", "sent", True),
        ("soft-bounced", "delivered", True),
        ("error", "soft-bounced", False),
        ("sent", "delivered", False),
        ("sent", "bounced", False),
        ("", "", False),
    ],
)
def test_settles(old, new, expected):
    assert state.settles(old, new) is expected
