# Part of mail_tracking. Licence: LGPL-3.
"""What the last email came to for one recipient: one word, the most that is known."""

import pytest

from tools import events as ev
from tools.last_email import OUTCOMES, outcome

LATE, SEEN, ANSWERED = {"is_overdue": True}, {"is_open_knowable": True}, {"is_answered": True}
MAILING = {"is_answerable": False}
TABLE = [
    # state, what else is known, outcome
    ("", {}, "waiting"),
    ("", LATE, "waiting"),
    ("", {"is_cancelled": True}, "cancelled"),
    ("", ANSWERED, "waiting"),
    ("error", {"is_failed": True}, "failed"),
    ("bounced", {"is_failed": True, **ANSWERED, **LATE, **SEEN}, "failed"),
    ("of_an_addon", {"is_failed": True}, "failed"),
    ("spam", {"is_failed": True}, "complained"),
    ("unsub", SEEN, "unsubscribed"),
    ("deferred", LATE, "delayed"),
    ("sent", {}, "unknown"),
    ("sent", SEEN, "sent"),
    ("sent", {**SEEN, **LATE}, "unopened"),
    ("sent", LATE, "unanswered"),
    ("sent", {**LATE, **MAILING}, "unknown"),
    ("sent", ANSWERED, "answered"),
    ("delivered", {}, "delivered"),
    ("delivered", SEEN, "delivered"),
    ("delivered", {**SEEN, **LATE}, "unopened"),
    ("delivered", {**SEEN, **LATE, **MAILING}, "unopened"),
    ("delivered", LATE, "unanswered"),
    ("delivered", {**LATE, **MAILING}, "delivered"),
    ("delivered", {**SEEN, **LATE, **ANSWERED}, "answered"),
    ("opened", {}, "opened"),
    ("opened", LATE, "unanswered"),
    ("opened", {**LATE, **MAILING}, "opened"),
    ("opened", {**LATE, **ANSWERED}, "answered"),
]


@pytest.mark.parametrize(("state", "known", "expected"), TABLE)
def test_table(state, known, expected):
    assert outcome(state, **known) == expected


def test_each_outcome_is_reached_and_each_state_has_one():
    assert {expected for _state, _known, expected in TABLE} == set(OUTCOMES)
    assert {state for state, _known, _expected in TABLE} >= {"", *ev.STATES} - {
        "rejected",
        "soft-bounced",
    }


def test_nothing_but_silence_is_called_unanswered_or_unopened():
    for state in ev.STATES:
        if outcome(state, is_overdue=True, is_failed=state in ev.FAILED_STATES) == "unanswered":
            assert state in ("sent", "delivered", "opened")
