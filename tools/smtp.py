"""Listening to an SMTP session, and saying in plain data why it failed (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
import ssl
from typing import NamedTuple

from . import dsn, proof, reasons
from . import smtp_setup as setup

MAX_TEXT = 20_000
MAX_QUEUE_ID = 200
#: what a row keeps of the answer to the mail, characters
MAX_REPLY = 500
#: what a row keeps of an address, characters; no server takes as much
MAX_ADDRESS = 500
#: answer to DATA: from here on the mail is transmitted (RFC 5321 section 3.3)
GO_ON = 354
#: answer of a server that ends the connection
CLOSING = 421
#: answers to a command whose parameters the server does not know (RFC 5321 section 4.2.4)
UNKNOWN_PARAMETER = (501, 504, 555)

#: how servers name the number under which they keep a mail, the clearest first
_QUEUE_IDS = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        r"queued(?: mail)? (?:as|with id)[ :]+([^\s()<>]{4,200})",
        r"queued \(([^\s()<>]{4,200})\)",
        r"\b(?:queue-?id|internalid|id)=([^\s,;\]()<>]{4,200})",
        r"(?:^|\s)(?:2\.\d\.\d )?(?:ok:? )?([0-9a-z][0-9a-z.-]{7,199}) message accepted",
        r"^(?:2\.\d\.\d )?ok:?\s+([0-9a-z][0-9a-z.-]{9,199})$",
    )
)


#: the enhanced status code at the beginning of an answer, which is no number of a mail
_STATUS = re.compile(r"^2\.\d{1,3}\.\d{1,3}\b", re.ASCII)


class Transcript:
    """The server's answers in the running SMTP transaction of one connection.

    :ivar refused: address -> answer to RCPT, of those that the server refused
    :ivar data_reply: answer to the end of the mail
    :ivar fingerprint: size and SHA-256 of the mail that the server took
    :ivar tls: version and cipher of the encryption, both empty without
    :ivar request: the delivery reports that were asked for, None without
    :ivar ignores_dsn: the server offers delivery reports and then refuses to be asked
    :ivar last_code: code of the last answer
    """

    def __init__(self):
        self.ignores_dsn = False
        self.reset()

    def reset(self, request: dsn.Request | None = None) -> None:
        self.refused: dict[str, tuple[int, bytes]] = {}
        self.data_reply: tuple[int, bytes] | None = None
        self.fingerprint: proof.Fingerprint | None = None
        self.tls = ("", "")
        self.last_code = 0
        self.request = None if self.ignores_dsn else request

    def may_have_arrived(self, exception: BaseException) -> bool:
        """Tell whether the server may have the mail though sending it ended in an error.

        The connection broke off while the mail was transmitted, or when it was and no answer
        had come yet: nobody knows what the server made of it (RFC 1047).
        """
        answers = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)
        broken = isinstance(exception, OSError) and not isinstance(exception, answers)
        return broken and self.last_code == GO_ON

    def ask(self, command, argument: str, options, extra: list[str]) -> tuple[int, bytes]:
        """Give a command with the parameters of the request, without them if need be.

        Some servers, and filters before them, offer what they do not understand. Rather no
        report than no mail.
        """
        code, answer = command(argument, [*options, *extra])
        if extra and code in UNKNOWN_PARAMETER:
            code, answer = command(argument, options)
            if code in (250, 251):
                self.request, self.ignores_dsn = None, True
        return code, answer


#: what Exchange Online says of a sender whom it takes for a spammer; other ways of sending than
#: SMTP pass it on without a reply code
OUTBOUND_SPAM = "OutboundSpamException"


class SmtpFailure(NamedTuple):
    """Why one recipient did not get a mail.

    :ivar error_type: a reason word of :mod:`.reasons`, or one of `smtp_setup.REASONS`
    :ivar code: SMTP reply code, or 0
    :ivar status: enhanced status code (RFC 3463), or ``""``
    :ivar text: the server's answer, or the words of the exception
    """

    error_type: str
    code: int
    status: str
    text: str


def watch(connection, request: dsn.Request | None = None) -> Transcript:
    """Record the answers that :mod:`smtplib` keeps for itself, and ask for delivery reports.

    :param connection: an :class:`smtplib.SMTP`, or anything like it; what has no
        ``mail``, ``rcpt`` or ``data`` is left alone
    :param Request request: what to ask for with the next mail; only for a server that
        offers it, see `offers_dsn`
    :return: the transcript of this connection; the same one on every call
    """
    transcript = getattr(connection, "mail_tracking_transcript", None)
    if transcript is not None:
        transcript.reset(request)
        return transcript
    transcript = Transcript()
    commands = [getattr(connection, name, None) for name in ("mail", "rcpt", "data")]
    if None in commands:
        return transcript
    transcript.reset(request)
    _wrap(connection, transcript, *commands)
    return transcript


def _wrap(connection, transcript: Transcript, mail, rcpt, data) -> None:
    def asking_mail(sender, options=()):
        extra = transcript.request.mail_options() if transcript.request else []
        return transcript.ask(mail, sender, options, extra)

    def asking_rcpt(recip, options=()):
        asked = transcript.request
        extra = asked.rcpt_options(recip.strip().strip("<>")) if asked else []
        code, answer = transcript.ask(rcpt, recip, options, extra)
        if code not in (250, 251):
            transcript.refused[address_key(recip)] = (code, answer)
        return code, answer

    def recording_data(msg):
        transcript.data_reply = data(msg)
        if isinstance(msg, bytes) and transcript.data_reply[0] == 250:
            transcript.fingerprint = proof.fingerprint(msg)
            transcript.tls = tls_of(connection)
        return transcript.data_reply

    connection.mail, connection.rcpt, connection.data = asking_mail, asking_rcpt, recording_data
    connection.mail_tracking_transcript = transcript
    if hasattr(connection, "getreply"):
        connection.getreply = _recording(connection.getreply, transcript)


def _recording(getreply, transcript: Transcript):
    def recording_reply():
        transcript.last_code, answer = getreply()
        return transcript.last_code, answer

    return recording_reply


def make_usable(connection, exception: BaseException) -> None:
    """Leave a connection after a failure as the next mail needs it, or closed.

    :mod:`smtplib` sees to that itself, except where the server refuses the command DATA: the
    next mail would be an error of sequence then, or meet a connection that the server ended
    (RFC 5321 sections 3.8 and 4.1.4).
    """
    if not isinstance(exception, smtplib.SMTPDataError) or not getattr(connection, "sock", None):
        return
    try:
        if exception.smtp_code == CLOSING or connection.rset()[0] != 250:
            connection.close()
    except (smtplib.SMTPException, OSError):
        connection.close()


def offers_dsn(connection) -> bool | None:
    """Tell whether the server offers delivery reports (RFC 3461 section 3).

    :param connection: an :class:`smtplib.SMTP` that has said EHLO, after STARTTLS if any
    :return: None for what is no SMTP connection
    """
    has_extn = getattr(connection, "has_extn", None)
    return bool(has_extn("dsn")) if callable(has_extn) else None


def tls_of(connection) -> tuple[str, str]:
    """Version and cipher of the encryption of a connection, both empty without.

    :param connection: an :class:`smtplib.SMTP`, or anything like it
    """
    sock = getattr(connection, "sock", None)
    if not isinstance(sock, ssl.SSLSocket):
        return "", ""
    return sock.version() or "", (sock.cipher() or ("",))[0]


def answer(reply: tuple[int, bytes] | None) -> str:
    """What the server said when it took the mail, in one line.

    :param tuple reply: SMTP code and answer
    """
    return " ".join(f"{reply[0]} {_decode(reply[1])}".split())[:MAX_REPLY] if reply else ""


def queue_id(reply: tuple[int, bytes] | None) -> str:
    """The number under which the server keeps the mail, out of its answer to the mail.

    :param tuple reply: SMTP code and answer
    :return: the whole answer, cut, where no number can be made out of one that holds some;
        empty where there is none
    """
    if not reply:
        return ""
    text = " ".join(_decode(reply[1])[:1_000].split())
    for pattern in _QUEUE_IDS:
        if found := pattern.search(text):
            return found[1].strip(".,;")
    words = _STATUS.sub("", text)
    return text[:MAX_QUEUE_ID] if any(char.isdigit() for char in words) else ""


def address_key(address: str) -> str:
    """The form in which two spellings of an envelope address are compared."""
    return address.strip().strip("<>").lower()[:MAX_ADDRESS]


def _decode(answer) -> str:
    if isinstance(answer, bytes):
        answer = answer.decode("utf-8", errors="replace")
    return str(answer or "")[:MAX_TEXT].replace("\x00", "")


def _judged(code: int, text: str) -> SmtpFailure:
    found_code, status = reasons.extract_codes(text)
    code = code or found_code or 0
    verdict = reasons.judge(status or None, code or None, text)
    reason = verdict.reason
    if code == setup.LOGIN_FIRST:
        reason = setup.TLS if "STARTTLS" in text.upper() else setup.LOGIN
    return SmtpFailure(reason, code, status or "", text)


def refuses_address(exception: BaseException, address: str) -> bool:
    """Tell whether a server refused a recipient for good, because of the address or its domain.

    :param exception: what was raised
    :param address: the recipient
    """
    if not address or not isinstance(exception, smtplib.SMTPRecipientsRefused):
        return False
    answers = {address_key(key): value for key, value in exception.recipients.items()}
    code, answer = answers.get(address_key(address), (0, ""))
    text = _decode(answer)
    return code >= 500 and reasons.judge(reasons.extract_codes(text)[1], code, text).hard


def describe(exception: BaseException, address: str = "") -> SmtpFailure:
    """Say why this address did not get the mail.

    :param exception: what :mod:`smtplib` or the socket raised
    :param address: the recipient; selects its own answer among several
    :return: the failure; its text is never empty
    """
    if isinstance(exception, smtplib.SMTPRecipientsRefused):
        answers = {address_key(key): value for key, value in exception.recipients.items()}
        code, answer = answers.get(address_key(address)) or next(iter(answers.values()), (0, ""))
        return _judged(code, _decode(answer) or f"SMTP {code}")
    if isinstance(exception, smtplib.SMTPResponseException):
        text = _decode(exception.smtp_error) or f"SMTP {exception.smtp_code}"
        failure = _judged(max(exception.smtp_code, 0), text)
        return failure._replace(error_type=_reason_at_command(exception, failure))
    text = _decode(setup.plain_text(exception))
    if OUTBOUND_SPAM in text:
        return _judged(0, text)
    return SmtpFailure(setup.reason_without_answer(exception), 0, "", text)


def _reason_at_command(exception: smtplib.SMTPResponseException, failure: SmtpFailure) -> str:
    """The reason of a negative answer: what it was about is known by the command."""
    if isinstance(exception, smtplib.SMTPAuthenticationError):
        return setup.LOGIN
    if isinstance(exception, (smtplib.SMTPConnectError, smtplib.SMTPHeloError)):
        return setup.REFUSED if failure.code else setup.PROTOCOL
    if type(exception) is smtplib.SMTPResponseException and failure.code in setup.NO_TLS:
        return setup.TLS
    is_vague = failure.error_type in (*reasons.HARD_REASONS, reasons.UNKNOWN)
    if isinstance(exception, smtplib.SMTPSenderRefused) and is_vague:
        return reasons.SENDER_REJECTED
    if failure.error_type in reasons.HARD_REASONS:  # which are about a recipient
        return reasons.judge(failure.status or None, None, failure.text).reason
    return failure.error_type
