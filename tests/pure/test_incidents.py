# Part of mail_tracking. Licence: LGPL-3.
"""When many emails have the same problem, and what it probably is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import incident_causes, incidents, reasons, smtp_setup
from tools.incidents import Attempt

DOWN = smtp_setup.FAILED


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ([], (0, 0)),
        ([Attempt(1)], (0, 0)),
        ([Attempt(1, DOWN), Attempt(2, DOWN), Attempt(3)], (2, 2)),
        ([Attempt(1, DOWN), Attempt(1, DOWN), Attempt(1, DOWN)], (3, 3)),
        # recipients of one message, which may be what is refused
        ([Attempt(1, reasons.SPAM), Attempt(1, reasons.SPAM), Attempt(2, reasons.SPAM)], (2, 3)),
        # an address that does not exist: the server did its work
        ([Attempt(1, DOWN), Attempt(2, reasons.USER_UNKNOWN), Attempt(3, DOWN)], (1, 1)),
        # nobody was asked
        ([Attempt(1, DOWN), Attempt(2, "no_recipient"), Attempt(3, DOWN)], (2, 3)),
    ],
)
def test_failures_in_a_row(attempts, expected):
    assert incidents.failures_in_a_row(attempts) == expected


def test_every_reason_says_something_of_the_server():
    known = incidents.SERVER_REASONS | incidents.MESSAGE_REASONS | incidents.NOT_ASKED
    others = {
        *reasons.HARD_REASONS,
        reasons.MAILBOX_FULL,
        reasons.TOO_LARGE,
        reasons.CONTENT,
        reasons.LOOP,
    }
    assert {*reasons.REASONS, *smtp_setup.REASONS} <= known | others
    assert not known & others


@pytest.mark.parametrize(
    ("failed", "emails", "usual", "is_open", "expected"),
    [
        (9, 9, 0, False, False),  # too few
        (10, 100, 0.01, False, True),
        (10, 201, 0.01, False, False),  # less than 5 %
        (10, 100, 0.04, False, False),  # usual
        (13, 100, 0.04, False, True),
        (10, 201, 0.01, True, True),  # not over yet
        (10, 300, 0.01, True, False),
    ],
)
def test_failures_that_rise(failed, emails, usual, is_open, expected):
    assert incidents.rises(failed, emails, usual, is_open) is expected


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_usual_share_is_a_share(failed, more):
    assert 0 < incidents.usual_share(failed, failed + more) < 1


@pytest.mark.parametrize(
    ("complaints", "taken", "is_open", "expected"),
    [
        (0, 0, False, ""),
        (2, 10, False, ""),  # too few
        (3, 3000, False, "warning"),
        (3, 3001, False, ""),
        (3, 4000, True, "warning"),  # not over yet
        (3, 5000, True, ""),
        (3, 1000, False, "urgent"),
    ],
)
def test_complaints(complaints, taken, is_open, expected):
    assert incidents.complaint_level(complaints, taken, is_open) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("550", "5.7.1 <anna@example.com>: Denied", "550 5.7.1 …: Denied"),
        ("550", "550 5.7.1 no\r\n550 way", "550 5.7.1 no 550 way"),
        ("", "timed out", "timed out"),
        ("110", "timed out", "timed out"),
        ("", None, ""),
        ("", "x" * 400, "x" * 299 + "…"),
    ],
)
def test_quote(code, text, expected):
    assert incidents.quote(code, text) == expected


@given(st.text(max_size=5000))
def test_quotes_are_short_and_of_one_line(text):
    quoted = incidents.quote("550", text)
    assert len(quoted) <= incidents.MAX_QUOTE
    assert "\n" not in quoted


@pytest.mark.parametrize(
    ("error_type", "code", "status", "text", "expected"),
    [
        (
            "policy",
            "550",
            "5.7.515",
            "550 5.7.515 Access denied, sending domain example.com does not meet the required "
            "authentication level.",
            "microsoft_authentication",
        ),
        ("authentication", "550", "5.7.26", "sender is unauthenticated", "authentication"),
        (
            "authentication",
            "550",
            "5.7.26",
            "Unauthenticated email from example.com is not accepted due to domain's DMARC policy",
            "dmarc",
        ),
        ("policy", "421", "4.7.650", "The mail server has been rate limited", "microsoft_slow"),
        (
            "spam",
            "550",
            "5.7.1",
            "messages from [192.0.2.1] weren't sent. (S3150)",
            "microsoft_blocked",
        ),
        ("policy", "550", "5.7.606", "Access denied, banned sending IP", "microsoft_blocked"),
        ("spam", "", "", "OutboundSpamException", "microsoft_account"),
        ("policy", "550", "5.1.8", "Access denied, bad outbound sender", "microsoft_account"),
        ("policy", "550", "5.7.25", "The IP address has no PTR record", "reverse_dns"),
        (
            "policy",
            "550",
            "5.7.1",
            "Client host rejected: cannot find your reverse hostname PTR",
            "reverse_dns",
        ),
        ("rate", "550", "5.4.5", "Daily user sending limit exceeded", "daily_limit"),
        ("spam", "421", "4.7.28", "unusual rate of unsolicited mail", "google_spam"),
        (
            "policy",
            "421",
            "4.7.0",
            "[TSS04] Messages deferred due to user complaints",
            "yahoo_complaints",
        ),
        ("spam", "554", "5.7.1", "blocked using zen.spamhaus.org", "listed"),
        ("policy", "554", "5.7.1", "<x@y.example>: Relay access denied", "relay"),
        (
            "policy",
            "550",
            "5.7.60",
            "Client does not have permissions to send as this sender",
            "sender_not_allowed",
        ),
        (
            "policy",
            "554",
            "5.7.1",
            "<odoo.example[192.0.2.1]>: Client host rejected: Access denied",
            "smtp_refused",
        ),
        ("smtp_login", "535", "5.7.139", "Authentication unsuccessful", "smtp_login"),
        ("policy", "550", "5.7.1", "Refused by our rules", "policy"),
        ("mail_smtp", "", "", "Connection refused", "smtp"),
        ("disabled", "", "", "", "user_unknown"),
        ("something", "", "", None, "unknown"),
    ],
)
def test_cause_of_an_answer(error_type, code, status, text, expected):
    assert incident_causes.find(error_type, code, status, text) == expected


@given(st.text(), st.text(max_size=5), st.text(max_size=9), st.text(max_size=5000))
def test_any_answer_has_a_cause(error_type, code, status, text):
    assert incident_causes.find(error_type, code, status, text) in incident_causes.CAUSES


FACTS = {
    "subject": "x",
    "cron": "x",
    **dict.fromkeys(("count", "failed", "emails", "share", "before", "hours", "days"), 1),
}


def test_words_are_whole_and_speak_to_people():
    """All can be filled in; none holds a code, a wrong dash, or too much."""
    texts = [text for cause in incident_causes.CAUSES.values() for text in cause if text]
    texts += [*incident_causes.TITLES.values(), *incident_causes.FACTS.values()]
    for text in texts:
        words = text % FACTS
        assert len(words) < 330, words
        assert not re.search(r"\b[45]\.\d\.\d|[–—]", words), words
    assert all(cause.text and cause.advice for cause in incident_causes.CAUSES.values())
