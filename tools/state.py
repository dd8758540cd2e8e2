# Part of mail_tracking. Licence: LGPL-3.
"""The only place where a state comes from.

Events arrive twice, late and in any order. So a state is never changed by an event: it is folded,
again and again, from the set of all events and their own times.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from . import events as ev
from .events import Event


class Claim(NamedTuple):
    """What an event type says about the state; an addon may bring one with its own types."""

    state: str  #: the state it asks for
    strength: int  #: a stronger claim beats a weaker one, whatever their times
    preference: int  #: among equally strong claims of the same instant


#: One line per event type, weakest first. Two types of one strength: the later event decides, and
#: at the same instant the preferred one:
#: - an accepted attempt over a failed one, because what was accepted is on its way;
#: - a mail that was passed on over a delayed one, because the delay is over;
#: - a bounce over a rejection, because it is an answer of the recipient's side;
#: - a click over an open, because it needs the mail to be displayed.
_CLAIMS = {
    ev.ERROR: Claim(ev.ERROR, 1, 0),
    ev.SENT: Claim(ev.SENT, 1, 1),
    ev.DEFERRAL: Claim(ev.DEFERRED, 2, 0),
    ev.RELAYED: Claim(ev.SENT, 2, 1),
    ev.SOFT_BOUNCE: Claim(ev.SOFT_BOUNCED, 3, 0),
    ev.DELIVERED: Claim(ev.DELIVERED, 4, 0),
    ev.REJECT: Claim(ev.REJECTED, 5, 0),
    ev.HARD_BOUNCE: Claim(ev.BOUNCED, 5, 1),
    ev.OPEN: Claim(ev.OPENED, 6, 0),
    ev.CLICK: Claim(ev.OPENED, 6, 1),
    ev.REPLY: Claim(ev.OPENED, 7, 0),
    ev.UNSUB: Claim(ev.UNSUB, 8, 0),
    ev.SPAM: Claim(ev.SPAM, 9, 0),
}

#: Claims of events without a key: they may warn, and never settle.
#: - a failure calls no address dead, and is no stronger than a soft bounce;
#: - what a person is said to have done (complained, unsubscribed) claims nothing;
#: - all else claims what it always does, and is not heard while the proven events are a failure.
_UNPROVEN_CLAIMS = {
    **_CLAIMS,
    ev.REJECT: _CLAIMS[ev.SOFT_BOUNCE]._replace(state=ev.REJECTED),
    ev.HARD_BOUNCE: _CLAIMS[ev.SOFT_BOUNCE]._replace(preference=1),
    ev.UNSUB: None,
    ev.SPAM: None,
}

#: the event type that usually leads to a state, for states of which no event is known
STATE_TO_EVENT = {
    claim.state: event_type
    for event_type, claim in reversed(_CLAIMS.items())
    if event_type not in (ev.RELAYED, ev.CLICK, ev.REPLY)
}

_HITS = (ev.OPEN, ev.CLICK)


class Summary(NamedTuple):
    """What a set of events amounts to.

    :param str state: one of `events.STATES`.
    :param Event event: the event that decided, None while waiting.
    :param float first_open: time of the first counted open (epoch seconds), None without one.
    :param float last_open: time of the last counted open.
    :param int open_count: counted opens.
    :param int machine_open_count: opens and clicks that do not count (machines, the sender).
    :param int click_count: counted clicks.
    :param float first_reply: time of the first answer, None without one.
    """

    state: str = ev.WAITING
    event: Event | None = None
    first_open: float | None = None
    last_open: float | None = None
    open_count: int = 0
    machine_open_count: int = 0
    click_count: int = 0
    first_reply: float | None = None


def fold(events: Iterable[Event]) -> Summary:
    """Derive the state and the counters of one mail for one recipient.

    A pure function of the set of events: neither their order nor repetitions matter. Events of a
    type that nobody knows here are ignored, so that a newer sender of events cannot break it.

    :param Iterable[Event] events: all events, in any order.
    :return Summary: the state, the event that decided, opens and clicks.
    """
    known = {
        # NaN has no place in any order
        event if math.isfinite(event.time) else event._replace(time=0.0)
        for event in events
        if event.claim or event.type in _CLAIMS
    }
    proven = {event for event in known if not event.unproven}
    best = _strongest(proven)
    believed = proven | {event for event in known - proven if _may_count(event, best)}
    decisive = _strongest(believed)
    if best and _state_of(decisive) == _state_of(best):
        decisive = best  # a state that is proven rests on the proof
    hits = [event for event in believed if event.type in _HITS]
    counted = [event for event in hits if _counts(event)]
    opens = [event for event in counted if event.type == ev.OPEN]
    return Summary(
        state=_state_of(decisive),
        event=decisive,
        first_open=min((event.time for event in opens), default=None),
        last_open=max((event.time for event in opens), default=None),
        open_count=sum(event.count for event in opens),
        machine_open_count=sum(event.count for event in hits) - sum(e.count for e in counted),
        click_count=sum(event.count for event in counted if event.type == ev.CLICK),
        first_reply=min((e.time for e in believed if e.type == ev.REPLY), default=None),
    )


def explains(event: Event, state: str) -> bool:
    """Tell whether an event alone leads to that state, or would if it were proven."""
    claims = (_CLAIMS.get(event.type), _UNPROVEN_CLAIMS.get(event.type))
    return any(claim and claim.state == state for claim in claims) and _counts(event)


def is_failed(state: str) -> bool:
    """Tell whether somebody should look at a mail in that state."""
    return state in ev.FAILED_STATES


def settles(old_state: str, new_state: str) -> bool:
    """Tell whether going from one state to another takes a failure off the table."""
    return is_failed(old_state) and not is_failed(new_state)


def _counts(event: Event) -> bool:
    """Opens and clicks count unless a machine or the sender made them; all else counts.

    A kind that nobody knows here does not count: better no open than a claimed one.
    """
    if event.type not in _HITS:
        return True
    return not event.open_kind or event.open_kind in ev.COUNTED_OPEN_KINDS


def _may_count(event: Event, best: Event | None) -> bool:
    """Tell whether an event without a key has a say beside the proven ones.

    :param Event event: the one without a key.
    :param Event best: the proven event that decides among the proven ones, None without any.
    """
    claim = _claim(event)
    if claim is None:
        return False
    return is_failed(claim.state) or not is_failed(_state_of(best))


def _claim(event: Event) -> Claim | None:
    claims = _UNPROVEN_CLAIMS if event.unproven else _CLAIMS
    return event.claim or claims[event.type]


def _state_of(event: Event | None) -> str:
    return _claim(event).state if event else ev.WAITING


def _strongest(events: Iterable[Event]) -> Event | None:
    """Return the event that decides the state, None where none of them does."""
    return max(filter(_counts, events), key=_weight, default=None)


def _weight(event: Event) -> tuple:
    """Total order of events; the greatest decides the state.

    All fields take part that distinguish events, so that no two different ones are ever equal and
    the answer never depends on the order of a set.
    """
    claim = _claim(event)
    return (
        claim.strength,
        event.time,
        claim.preference,
        not event.unproven,
        event.open_kind,
        event.key,
        event.ref,
    )
