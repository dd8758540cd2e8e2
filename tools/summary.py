# Part of mail_tracking. Licence: LGPL-3.
"""What an email counts as in the daily numbers. What is not known is neither yes nor no."""

import base64
import hashlib
import json
from typing import NamedTuple

from . import events as ev
from . import modes

#: How long a delivery takes: class -> up to so many seconds.
DELAYS = {
    "10s": 10,
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "1h": 3600,
    "4h": 4 * 3600,
    "1d": 86400,
}
LONGER = "more"
#: Number of the emails that were delivered within this time -> the classes of these.
WITHIN = {
    f"within_{name}": frozenset(list(DELAYS)[: number + 1]) for number, name in enumerate(DELAYS)
}
#: What is counted of each day. Of delivered and opened emails the numbers beside them say of how
#: many it can be known. Emails remember by these places as what they were counted: new numbers
#: come last.
COUNTS = (
    "emails",
    "tried",
    "sent",
    "arrived",
    "unknown",
    "delivery_known",
    "delivered",
    "open_known",
    "opened",
    "answered",
    "failed",
    "refused",
    "complaints",
    "delay_known",
    *WITHIN,
)
#: The servers that take these report each delivery.
REPORTING = ("success", "service")
#: The server of emails that left through accounts of users: nobody is compared by their own.
PERSONAL = "personal"
#: States of emails that a recipient's server took.
ARRIVED = frozenset({ev.DELIVERED, ev.OPENED, ev.UNSUB, ev.SPAM})
#: States of emails that did not get in at a provider; what our own server refused is no fault
#: of the provider.
REFUSED = frozenset({ev.BOUNCED, ev.SOFT_BOUNCED})


class EmailStatus(NamedTuple):
    """What decides as what an email counts."""

    state: str
    delivery_report: str
    open_mode: str
    is_opened: bool
    is_answered: bool
    delay: str


def counts_of(status: EmailStatus, failed_states=ev.FAILED_STATES) -> frozenset:
    """Return those of `COUNTS` that an email is part of.

    :param failed_states: the states somebody should look at, with those of other addons
    """
    is_tried = status.state != ev.WAITING
    is_sent = is_tried and status.state != ev.ERROR
    is_arrived = status.state in ARRIVED
    is_failed = status.state in failed_states and status.state != ev.SPAM
    is_reported = status.delivery_report in REPORTING
    # what failed was not displayed, and has no part in how many open what they get
    is_open_known = is_sent and not is_failed and status.open_mode in modes.PERSONAL
    found = {
        "emails": True,
        "tried": is_tried,
        "sent": is_sent,
        "arrived": is_arrived,
        "unknown": is_tried and not is_arrived and not is_failed and not is_reported,
        "delivery_known": is_sent and is_reported,
        "delivered": is_arrived and is_reported,
        "open_known": is_open_known,
        "opened": is_open_known and (status.is_opened or status.is_answered),
        "answered": is_sent and status.is_answered,
        "failed": is_failed,
        "refused": status.state in REFUSED,
        "complaints": status.state == ev.SPAM,
        "delay_known": is_arrived and bool(status.delay),
    }
    if found["delay_known"]:
        found |= {name: status.delay in classes for name, classes in WITHIN.items()}
    return frozenset(name for name, is_counted in found.items() if is_counted)


def to_bits(counts) -> int:
    """Return one number for some of `COUNTS`."""
    return sum(1 << place for place, name in enumerate(COUNTS) if name in counts)


def totals_of(emails: dict) -> list:
    """Return how many emails each of `COUNTS` has.

    :param emails: bits of what emails count as -> how many do, or no longer do
    """
    return [
        sum(number for bits, number in emails.items() if bits >> place & 1)
        for place in range(len(COUNTS))
    ]


def delay_of(events) -> str:
    """Return the class of how long the delivery took; empty where that is not known.

    It counts from the first attempt until a server of the recipient took the email.

    :param events: the `Event` of an email
    """
    proven = [event for event in events if not event.unproven]
    tried = [event.time for event in proven if event.type in (ev.SENT, ev.ERROR)]
    taken = [event.time for event in proven if event.type == ev.DELIVERED]
    if not tried or not taken:
        return ""
    seconds = min(taken) - min(tried)
    return next((name for name, limit in DELAYS.items() if seconds <= limit), LONGER)


def key_of(values) -> str:
    """Return a key of what emails have in common.

    :param values: of which JSON or ``str`` makes a text
    """
    text = json.dumps(list(values), default=str)
    # short, as there is one in each of millions of records
    return base64.urlsafe_b64encode(
        hashlib.blake2b(text.encode(), digest_size=15).digest()
    ).decode()
