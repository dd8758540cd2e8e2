# Part of mail_tracking. Licence: LGPL-3.
"""When many emails have the same problem: the numbers that decide."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from . import reasons, smtp_setup
from .sentences import NO_SERVER_ASKED

WARNING, URGENT = "warning", "urgent"

#: failures in a row after which a server counts as down
FAILURES_IN_A_ROW = 3
#: Reasons that lie with the server that Odoo hands its emails to: each email counts.
SERVER_REASONS = frozenset(
    {
        *smtp_setup.REASONS,
        "mail_smtp",
        reasons.NETWORK,
        reasons.RATE,
        reasons.AUTHENTICATION,
    }
)
#: Reasons that may as well lie with one message: its recipients count together.
MESSAGE_REASONS = frozenset(
    {
        reasons.POLICY,
        reasons.SPAM,
        reasons.SENDER_REJECTED,
        reasons.GREYLISTED,
        reasons.EXPIRED,
        reasons.UNKNOWN,
    }
)
#: Reasons for which no server was asked: they say nothing about one.
NOT_ASKED = frozenset(
    {
        *NO_SERVER_ASKED,
        "mail_email_invalid",
        "mail_email_missing",
        "mail_from_invalid",
        "mail_from_missing",
        "mail_bl",
        "mail_optout",
        "mail_dup",
    }
)

#: Failures at a provider: so many at least, such a share of the emails of a day at least, and so
#: many times the share of the two weeks before.
MIN_FAILED, MIN_SHARE, MIN_RISE = 10, 0.05, 3
#: A provider that little was sent to before counts as if so many of so many emails had failed.
USUAL_FAILED, USUAL_EMAILS = 2, 100
#: An incident is over below this part of the share that opened it, and not for fewer emails.
OVER_BELOW, MIN_EMAILS = 0.7, 20
#: Complaints: so many at least, and shares of what the provider took (Google and Yahoo, 2024).
MIN_COMPLAINTS, COMPLAINTS_WARNING, COMPLAINTS_URGENT = 3, 0.001, 0.003

#: of an answer, characters that are kept
MAX_QUOTE = 300
_ADDRESS = re.compile(
    r"<?(?:\"[^\"\r\n]{1,64}\"|[^\s<>@\"'():;,\[\]]{1,64})@[^\s<>@\"'():;,\[\]]{1,255}>?", re.ASCII
)


class Attempt(NamedTuple):
    """What came of handing one email to our server; without a reason, the server took it."""

    mail_id: int
    reason: str = ""


def failures_in_a_row(attempts: Iterable[Attempt]) -> tuple[int, int]:
    """Count how often a server failed since it last did its work.

    :param attempts: of one server, the newest first; ``reason`` is empty where it took the email
    :return: the number of failures, where those of one message count once if they may be its own
        fault; and the number of attempts that were looked at
    """
    failures, looked_at = set(), 0
    for mail_id, reason in attempts:
        if reason in SERVER_REASONS:
            failures.add(("attempt", looked_at))
        elif reason in MESSAGE_REASONS:
            failures.add(("mail", mail_id))
        elif reason not in NOT_ASKED:
            break
        looked_at += 1
    return len(failures), looked_at


def usual_share(failed: int, emails: int) -> float:
    """Return which share of emails fails on ordinary days, also where there were few."""
    return (failed + USUAL_FAILED) / (emails + USUAL_EMAILS)


def rises(failed: int, emails: int, usual: float, is_open: bool = False) -> bool:
    """Tell whether more emails fail than usual.

    :param failed: emails of a day that failed
    :param emails: all of them whose outcome is known
    :param usual: see `usual_share`
    :param is_open: whether it was told already; then it takes less to go on
    """
    if failed < MIN_FAILED:
        return False
    limit = max(MIN_SHARE, MIN_RISE * usual) * (OVER_BELOW if is_open else 1)
    return failed / emails >= limit


def complaint_level(complaints: int, taken: int, is_open: bool = False) -> str:
    """Return how bad complaints are: `WARNING`, `URGENT`, or empty.

    :param complaints: emails that were reported as spam
    :param taken: emails that the provider took, these included
    :param is_open: whether it was told already; then it takes less to go on
    """
    if complaints < MIN_COMPLAINTS:
        return ""
    share = complaints / taken
    if share >= COMPLAINTS_URGENT:
        return URGENT
    return WARNING if share >= COMPLAINTS_WARNING * (OVER_BELOW if is_open else 1) else ""


def quote(code: str, text: str) -> str:
    """Return what a server said, on one line and without addresses of people.

    :param code: SMTP reply code, put before an answer that does not begin with it
    :param text: what the server said
    """
    words = smtp_setup.without_number(" ".join(_ADDRESS.sub("…", text or "").split()))
    if code and code[:1] in "245" and code not in words[:10]:
        words = f"{code} {words}"
    return words if len(words) <= MAX_QUOTE else words[: MAX_QUOTE - 1] + "…"
