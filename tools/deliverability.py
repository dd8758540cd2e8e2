# Part of mail_tracking. Licence: LGPL-3.
"""What emails count as on the dashboard, and of which ones a share may be told."""

from . import events as ev
from .modes import PERSONAL

#: The recipient's side took them.
ARRIVED = (ev.DELIVERED, ev.OPENED, ev.UNSUB, ev.SPAM)
#: They did not arrive. A complaint is a failure to look at, yet of an email that arrived.
LOST = tuple(sorted(ev.FAILED_STATES - {ev.SPAM}))
#: What a server reports of emails whose delivery can be known.
REPORTED = ("success", "service")

NUMBERS = (
    "sent",  # each to one recipient, whatever became of them
    "arrived",  # as far as anything is known
    "failed",
    "known",  # a server took them that reports delivery
    "delivered",  # of those that are known
    "unknown",  # neither failed, nor known
    "taken",  # not failed
    "complaints",  # of those that were taken
)
REACTIONS = (
    "visible",  # taken, and opens may be known
    "opened",  # of those that are visible
    "answered",  # of those that were taken
)


def measure(state: str, report: str) -> dict:
    """Tell for each of `NUMBERS` whether an email that was sent is part of it.

    :param state: one of `events.STATES`, not waiting
    :param report: what the server that took it reports, if any took it
    """
    is_lost = state in LOST
    is_known = report in REPORTED
    return {
        "sent": True,
        "arrived": state in ARRIVED,
        "failed": is_lost,
        "known": is_known,
        "delivered": is_known and state in ARRIVED,
        "unknown": not is_lost and not is_known,
        "taken": not is_lost,
        "complaints": state == ev.SPAM,
    }


def measure_reactions(state: str, mode: str, is_opened: bool, is_answered: bool) -> dict:
    """Tell for each of `REACTIONS` whether an email that was sent is part of it.

    :param state: one of `events.STATES`, not waiting
    :param mode: what may be known of opens
    :param is_opened: by a person
    """
    is_lost = state in LOST
    is_visible = mode in PERSONAL and not is_lost
    return {
        "visible": is_visible,
        "opened": is_visible and is_opened,
        "answered": is_answered and not is_lost,
    }


def within(classes, share: float):
    """Return the class within which a share of all are, None where there are none.

    :param classes: pairs of a class and how many are in it, in their order
    :param share: 0.5 for the median
    """
    wanted = share * sum(number for _name, number in classes)
    reached = 0
    for name, number in classes:
        reached += number
        if number and reached >= wanted:
            return name
    return None
