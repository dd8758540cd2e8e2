# Part of mail_tracking. Licence: LGPL-3.
"""What an email counts as in the daily numbers. What is not known is neither yes nor no."""

import base64
import hashlib
import json
from typing import NamedTuple

from . import events as ev
from . import modes

#: What is counted of each day. Of delivered and opened emails the numbers beside them say of how
#: many it can be known.
COUNTS = (
    "emails",
    "sent",
    "delivery_known",
    "delivered",
    "open_known",
    "opened",
    "answered",
    "failed",
    "complaints",
)
#: The servers that take these report each delivery.
REPORTING = ("success", "service")
#: The server of emails that left through accounts of users: nobody is compared by their own.
PERSONAL = "personal"
#: States of emails that a recipient's server took.
ARRIVED = frozenset({ev.DELIVERED, ev.OPENED, ev.UNSUB, ev.SPAM})
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


class Fate(NamedTuple):
    """What decides as what an email counts."""

    state: str
    delivery_report: str
    open_mode: str
    is_opened: bool
    is_answered: bool


def counts_of(fate: Fate, failed_states=ev.FAILED_STATES) -> frozenset:
    """Return those of `COUNTS` that an email is part of.

    :param failed_states: the states somebody should look at, with those of other addons
    """
    is_sent = fate.state not in (ev.WAITING, ev.ERROR)
    is_failed = fate.state in failed_states and fate.state != ev.SPAM
    is_delivery_known = is_sent and fate.delivery_report in REPORTING
    # what failed was not displayed, and has no part in how many open what they get
    is_open_known = is_sent and not is_failed and fate.open_mode in modes.PERSONAL
    found = {
        "emails": True,
        "sent": is_sent,
        "delivery_known": is_delivery_known,
        "delivered": is_delivery_known and fate.state in ARRIVED,
        "open_known": is_open_known,
        "opened": is_open_known and (fate.is_opened or fate.is_answered),
        "answered": is_sent and fate.is_answered,
        "failed": is_failed,
        "complaints": fate.state == ev.SPAM,
    }
    return frozenset(name for name, is_counted in found.items() if is_counted)


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
