# Part of mail_tracking. Licence: LGPL-3.
"""Listening to an SMTP session, and why it failed."""

import smtplib
import socket
import ssl

import pytest

from tools import dsn, proof, reasons, smtp


class FakeConnection:
    """As much of smtplib.SMTP as is listened to."""

    def __init__(self, refused=(), knows=True, refusal=(555, b"5.5.4 what?")):
        self.refused = dict(refused)
        self.knows = knows
        self.refusal = refusal
        self.options = None
        self.given = []

    def mail(self, sender, options=()):
        self.given.append((sender, list(options)))
        return (250, b"2.1.0 Ok") if self.knows or not options else self.refusal

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
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials"), "smtp_login", 535),
        (smtplib.SMTPAuthenticationError(454, b"4.7.0 Too many logins"), "smtp_login", 454),
        (smtplib.SMTPConnectError(-1, b"HTTP/1.1 400 Bad Request"), "smtp_protocol", 0),
        (smtplib.SMTPConnectError(554, b"No SMTP service here"), "smtp_refused", 554),
        (smtplib.SMTPConnectError(550, b"Go away"), "smtp_refused", 550),
        (smtplib.SMTPHeloError(550, b"Unknown host"), "smtp_refused", 550),
        (smtplib.SMTPResponseException(454, b"4.7.0 TLS not available"), "smtp_tls", 454),
        (smtplib.SMTPNotSupportedError("STARTTLS extension not supported"), "smtp_unsupported", 0),
        (smtplib.SMTPSenderRefused(550, b"Not you", "me@x"), "sender_rejected", 550),
        (smtplib.SMTPSenderRefused(452, b"4.3.1 message too big", "me@x"), "too_large", 452),
        (smtplib.SMTPSenderRefused(530, b"5.7.0 Login first", "me@x"), "smtp_login", 530),
        (smtplib.SMTPSenderRefused(530, b"Must issue STARTTLS", "me@x"), "smtp_tls", 530),
        (smtplib.SMTPRecipientsRefused({"a@example.com": (530, b"5.7.0 x")}), "smtp_login", 530),
        (smtplib.SMTPDataError(550, b"No"), "unknown", 550),
        (smtplib.SMTPDataError(550, b"User unknown"), "user_unknown", 550),
        (smtplib.SMTPDataError(550, b"5.1.1 no"), "user_unknown", 550),
        (smtplib.SMTPServerDisconnected("Connection unexpectedly closed"), "smtp", 0),
        (ConnectionRefusedError(111, "Connection refused"), "smtp", 0),
        (socket.gaierror(-2, "Name or service not known"), "smtp_host", 0),
        (UnicodeError("label empty or too long"), "smtp_host", 0),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version (_ssl.c:1)"), "smtp_tls", 0),
        (TimeoutError(), "smtp", 0),
        (ValueError(""), "unknown", 0),
        (ValueError("this is not spam, only a mistake"), "unknown", 0),
        (RuntimeError("OutboundSpamException"), "spam", 0),
        (
            RuntimeError("554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException"),
            "spam",
            554,
        ),
        (smtplib.SMTPDataError(554, "caf\u00e9\x00"), "unknown", 554),
        (smtplib.SMTPDataError(554, b"\xff\xfe"), "unknown", 554),
    ],
)
def test_exceptions(exception, error_type, code):
    failure = smtp.describe(exception, "a@example.com")
    assert (failure.error_type, failure.code) == (error_type, code)
    assert failure.text and "\x00" not in failure.text


@pytest.mark.parametrize(
    "exception, text",
    [
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
        (
            smtplib.SMTPServerDisconnected("Connection lost: [Errno 104] Connection reset"),
            "Connection lost: Connection reset",
        ),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (
            ssl.SSLError(
                "bad handshake: Error([('SSL routines', '', 'certificate verify failed')])"
            ),
            "certificate verify failed",
        ),
        (ssl.SSLError(1, "[SSL: BAD_MAC] bad record mac (_ssl.c:1006)"), "bad record mac"),
        (UnicodeError("encoding with 'idna' codec failed"), "not a host name"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_what_went_wrong_is_said_without_pythons_words(exception, text):
    assert smtp.describe(exception).text == text


def test_long_answers_are_cut():
    assert len(smtp.describe(smtplib.SMTPDataError(554, b"x" * 99_999)).text) == smtp.MAX_TEXT


REQUEST = dsn.Request("0" * 32, "FAILURE,DELAY")


def test_reports_are_asked_for_with_each_command():
    connection = FakeConnection()
    transcript = smtp.watch(connection, REQUEST)
    connection.mail("me@example.com", ["SIZE=5"])
    assert connection.given == [("me@example.com", ["SIZE=5", "RET=HDRS", "ENVID=" + "0" * 32])]
    connection.rcpt("a@example.com")
    assert connection.options == ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;a@example.com"]
    assert transcript.request is REQUEST


def test_the_next_mail_asks_for_itself_alone():
    connection = FakeConnection()
    smtp.watch(connection, REQUEST)
    assert smtp.watch(connection).request is None
    connection.mail("me@example.com")
    connection.rcpt("a@example.com")
    assert connection.given == [("me@example.com", [])] and connection.options == []


def test_a_server_that_refuses_to_be_asked_gets_the_mail_all_the_same():
    connection = FakeConnection(knows=False)
    transcript = smtp.watch(connection, REQUEST)
    assert connection.mail("me@example.com", ["SIZE=5"])[0] == 555, "SIZE is not ours to drop"
    assert transcript.request is REQUEST and not transcript.ignores_dsn
    assert connection.mail("me@example.com") == (250, b"2.1.0 Ok")
    assert transcript.request is None and transcript.ignores_dsn
    assert smtp.watch(connection, REQUEST).request is None, "it is not asked again"


@pytest.mark.parametrize("code", [501, 504, 555])
def test_a_server_that_does_not_know_the_parameters_is_asked_without_them(code):
    connection = FakeConnection(knows=False, refusal=(code, b"5.5.4 Parameter not implemented"))
    transcript = smtp.watch(connection, REQUEST)
    assert connection.mail("me@example.com") == (250, b"2.1.0 Ok")
    assert [bool(options) for _sender, options in connection.given] == [True, False]
    assert transcript.ignores_dsn


@pytest.mark.parametrize("code", [421, 450, 500, 502, 503, 530, 550, 552])
def test_any_other_answer_is_no_reason_to_ask_again(code):
    connection = FakeConnection(knows=False, refusal=(code, b"no"))
    transcript = smtp.watch(connection, REQUEST)
    assert connection.mail("me@example.com")[0] == code
    assert len(connection.given) == 1
    assert transcript.request is REQUEST and not transcript.ignores_dsn


def test_without_a_request_nothing_is_said_twice():
    connection = FakeConnection(knows=False, refusal=(504, b"5.5.4 SIZE?"))
    smtp.watch(connection)
    assert connection.mail("me@example.com", ["SIZE=5"])[0] == 504
    assert connection.given == [("me@example.com", ["SIZE=5"])]


def test_a_refused_recipient_says_nothing_about_reports():
    connection = FakeConnection({"bad@": (501, b"5.1.3 Bad recipient address syntax")})
    transcript = smtp.watch(connection, REQUEST)
    assert connection.rcpt("bad@")[0] == 501
    assert transcript.request is REQUEST
    assert list(transcript.refused) == ["bad@"]


def test_only_a_server_can_offer_reports():
    server = FakeConnection()
    assert smtp.offers_dsn(server) is None
    server.has_extn = lambda name: name == "dsn"
    assert smtp.offers_dsn(server) is True
    server.has_extn = lambda name: False
    assert smtp.offers_dsn(server) is False


@pytest.mark.parametrize(
    "answer, number",
    [
        ("2.0.0 Ok: queued as 4Bqz1H0xT9z1", "4Bqz1H0xT9z1"),
        ("OK id=1rAbCd-000123-Xy", "1rAbCd-000123-Xy"),
        ("250 accepted, queueid=4Bqz1H0x", "4Bqz1H0x"),
        ("250 accepted, queue-id=4Bqz1H0x", "4Bqz1H0x"),
        ("2.0.0 45A1BcDe012345 Message accepted for delivery", "45A1BcDe012345"),
        (
            "2.6.0 <a@example.com> [InternalId=88076, Hostname=x.example] Queued mail for delivery",
            "88076",
        ),
        ("Ok 0102018a1b2c3d4e-aaaa-bbbb-000000", "0102018a1b2c3d4e-aaaa-bbbb-000000"),
        ("Message Queued (0AB1-22CD.1)", "0AB1-22CD.1"),
        ("2.0.0 OK  1700000000 abc-12def.3 - gsmtp", "2.0.0 OK 1700000000 abc-12def.3 - gsmtp"),
        ("thanks,\r\n 12 goodbye\x00", "thanks, 12 goodbye"),
        ("7" * 5000, "7" * 200),
        ("OK", ""),
        ("2.0.0 thank you", ""),
        ("", ""),
    ],
)
def test_queue_id(answer, number):
    assert smtp.queue_id((250, answer.encode())) == number


def test_no_answer_has_no_queue_id():
    assert smtp.queue_id(None) == ""


class Broken:
    """A connection whose server goes on, resets or has gone."""

    def __init__(self, answer):
        self.answer = answer
        self.sock = object()
        self.resets = 0

    def rset(self):
        self.resets += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer, b""

    def close(self):
        self.sock = None


@pytest.mark.parametrize(
    ("error", "answer", "resets", "usable"),
    [
        (smtplib.SMTPDataError(451, b"later"), 250, 1, True),
        (smtplib.SMTPDataError(451, b"later"), 503, 1, False),
        (smtplib.SMTPDataError(451, b"later"), smtplib.SMTPServerDisconnected("gone"), 1, False),
        (smtplib.SMTPDataError(421, b"closing"), 250, 0, False),
        (smtplib.SMTPSenderRefused(451, b"later", "a@b.example"), 250, 0, True),
    ],
)
def test_after_data_was_refused_the_connection_is_reset_or_closed(error, answer, resets, usable):
    connection = Broken(answer)
    smtp.make_usable(connection, error)
    assert (connection.resets, bool(connection.sock)) == (resets, usable)


def test_a_connection_that_never_was_needs_nothing():
    smtp.make_usable(None, smtplib.SMTPDataError(451, b"later"))


@pytest.mark.parametrize(
    ("error", "last_code", "expected"),
    [
        (smtplib.SMTPServerDisconnected("gone"), 354, True),
        (TimeoutError("timed out"), 354, True),
        (smtplib.SMTPServerDisconnected("gone"), 250, False),
        (smtplib.SMTPDataError(552, b"too big"), 354, False),
        (smtplib.SMTPRecipientsRefused({}), 354, False),
        (ValueError("x"), 354, False),
    ],
)
def test_a_mail_may_have_arrived_if_the_connection_broke_while_it_was_transmitted(
    error, last_code, expected
):
    transcript = smtp.Transcript()
    transcript.last_code = last_code
    assert transcript.may_have_arrived(error) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((550, b"5.1.1 User unknown"), True),
        ((500, b"5.1.1 User unknown"), True),
        ((550, b"5.1.2 Domain not found"), True),
        ((550, b"no such user here"), True),
        ((550, "5.1.1 User unknown"), True),
        ((450, b"5.1.1 User unknown"), False),
        ((499, b"5.1.1 User unknown"), False),
        ((450, b"4.1.1 User unknown"), False),
        ((550, b"5.7.1 Refused by our policy"), False),
        ((552, b"5.2.2 Mailbox full"), False),
        ((550, b""), True),
        ((450, b""), False),
    ],
)
def test_which_refusals_are_because_of_the_address(answer, expected):
    error = smtplib.SMTPRecipientsRefused({"<Gone@example.com>": answer})
    assert smtp.refuses_address(error, "gone@example.com") is expected
    assert smtp.refuses_address(error, "GONE@example.com") is expected


def test_a_refusal_is_of_the_address_that_it_names_and_no_other():
    error = smtplib.SMTPRecipientsRefused({"gone@example.com": (550, b"5.1.1 User unknown")})
    assert not smtp.refuses_address(error, "other@example.com")
    assert not smtp.refuses_address(error, "")
    assert not smtp.refuses_address(smtplib.SMTPRecipientsRefused({}), "gone@example.com")


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPDataError(550, b"5.1.1 User unknown"),
        smtplib.SMTPSenderRefused(550, b"5.1.1 User unknown", "gone@example.com"),
        smtplib.SMTPServerDisconnected("550 5.1.1 User unknown"),
        ConnectionRefusedError(111, "refused"),
        None,
    ],
)
def test_what_refuses_no_recipient_says_nothing_about_the_address(error):
    assert smtp.refuses_address(error, "gone@example.com") is False


def test_what_the_server_took_is_fingerprinted():
    connection = FakeConnection()
    transcript = smtp.watch(connection)
    connection.data(b"Subject: x\r\n\r\n.\r\n")
    assert transcript.fingerprint == proof.fingerprint(b"Subject: x\r\n\r\n.\r\n")
    assert transcript.tls == ("", "")
    assert smtp.answer(transcript.data_reply).startswith("250 2.0.0 Ok: queued as")
    smtp.watch(connection)
    assert transcript.fingerprint is None


@pytest.mark.parametrize("reply", [(452, b"4.3.1 full"), (354, b"go on")])
def test_what_the_server_did_not_take_is_not(reply):
    connection = FakeConnection()
    connection.data = lambda msg: reply
    transcript = smtp.watch(connection)
    assert connection.data(b"x\r\n") == reply
    assert transcript.fingerprint is None


def test_the_answer_is_one_bounded_line():
    assert smtp.answer((250, b"2.0.0\nOk:  queued\x00 as 1")) == "250 2.0.0 Ok: queued as 1"
    assert len(smtp.answer((250, b"x" * 9_999))) == smtp.MAX_REPLY
    assert smtp.answer(None) == ""
