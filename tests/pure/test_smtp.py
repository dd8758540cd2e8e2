# Part of mail_tracking. Licence: LGPL-3.
"""Listening to an SMTP session, and why it failed."""

import smtplib
import socket

import pytest

from tools import reasons, smtp


class FakeConnection:
    """As much of smtplib.SMTP as is listened to."""

    def __init__(self, refused=()):
        self.refused = dict(refused)
        self.options = None

    def rcpt(self, recip, options=()):
        self.options = options
        return self.refused.get(recip, (250, b"2.1.5 Ok"))

    def data(self, msg):
        return 250, b"2.0.0 Ok: queued as " + msg


def test_answers_are_recorded_and_passed_on():
    connection = FakeConnection({"<Bad@example.com>": (550, b"5.1.1 no")})
    transcript = smtp.watch(connection)
    assert connection.rcpt("good@example.com", ["NOTIFY=NEVER"]) == (250, b"2.1.5 Ok")
    assert connection.options == ["NOTIFY=NEVER"]
    assert connection.rcpt("<Bad@example.com>") == (550, b"5.1.1 no")
    assert connection.data(b"A1") == (250, b"2.0.0 Ok: queued as A1")
    assert transcript.refused == {"bad@example.com": (550, b"5.1.1 no")}
    assert transcript.data_reply == (250, b"2.0.0 Ok: queued as A1")


def test_watching_again_starts_afresh_without_wrapping_twice():
    connection = FakeConnection({"bad@example.com": (550, b"no")})
    transcript = smtp.watch(connection)
    connection.rcpt("bad@example.com")
    wrapped = connection.rcpt
    assert smtp.watch(connection) is transcript
    assert connection.rcpt is wrapped
    assert transcript.refused == {} and transcript.data_reply is None


def test_will_forward_is_no_refusal():
    connection = FakeConnection({"a@example.com": (251, b"will forward")})
    transcript = smtp.watch(connection)
    connection.rcpt("a@example.com")
    assert transcript.refused == {}


def test_other_connections_are_left_alone():
    connection = object()
    assert smtp.watch(connection).refused == {}


@pytest.mark.parametrize("address", ["A@B.example", " <a@b.example> ", "<A@b.EXAMPLE>"])
def test_address_key(address):
    assert smtp.address_key(address) == "a@b.example"


def test_each_recipient_gets_its_own_answer():
    refused = smtplib.SMTPRecipientsRefused(
        {
            "<Gone@example.com>": (550, b"5.1.1 User unknown"),
            "full@example.com": (452, b"4.2.2 Over quota"),
        }
    )
    assert smtp.describe(refused, "gone@example.com") == (
        reasons.USER_UNKNOWN,
        550,
        "5.1.1",
        "5.1.1 User unknown",
    )
    assert smtp.describe(refused, "FULL@example.com")[:3] == (reasons.MAILBOX_FULL, 452, "4.2.2")
    assert smtp.describe(refused, "other@example.com").code == 550
    assert smtp.describe(refused).code == 550


def test_no_answer_at_all():
    failure = smtp.describe(smtplib.SMTPRecipientsRefused({}), "a@example.com")
    assert failure.text and failure.error_type == reasons.UNKNOWN


@pytest.mark.parametrize(
    "exception, error_type, code",
    [
        (smtplib.SMTPDataError(554, b"5.7.1 spam message rejected"), "spam", 554),
        (smtplib.SMTPSenderRefused(550, b"5.1.8 Sender rejected", "me@x"), "sender_rejected", 550),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials"), "authentication", 535),
        (smtplib.SMTPConnectError(-1, b""), "unknown", 0),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "smtp", 0),
        (ConnectionRefusedError(111, "Connection refused"), "smtp", 0),
        (socket.gaierror(-2, "Name or service not known"), "smtp", 0),
        (TimeoutError(), "smtp", 0),
        (ValueError(""), "unknown", 0),
        (smtplib.SMTPDataError(554, "caf\u00e9\x00"), "unknown", 554),
        (smtplib.SMTPDataError(554, b"\xff\xfe"), "unknown", 554),
    ],
)
def test_exceptions(exception, error_type, code):
    failure = smtp.describe(exception, "a@example.com")
    assert (failure.error_type, failure.code) == (error_type, code)
    assert failure.text and "\x00" not in failure.text


def test_long_answers_are_cut():
    assert len(smtp.describe(smtplib.SMTPDataError(554, b"x" * 99_999)).text) == smtp.MAX_TEXT
