"""Listening to an SMTP session, and saying in plain data why it failed (RFC 5321)."""

from __future__ import annotations

import smtplib
from typing import NamedTuple

from . import reasons

MAX_TEXT = 20_000


class Transcript:
    """The server's answers in the running SMTP transaction of one connection."""

    def __init__(self):
        self.reset()

    def reset(self) -> None:
        self.refused: dict[str, tuple[int, bytes]] = {}
        self.data_reply: tuple[int, bytes] | None = None


class SmtpFailure(NamedTuple):
    """Why one recipient did not get a mail.

    :ivar error_type: a reason word of :mod:`.reasons`, ``smtp`` for a server that
        cannot be reached, ``no_recipient`` or ``invalid_address``
    :ivar code: SMTP reply code, or 0
    :ivar status: enhanced status code (RFC 3463), or ``""``
    :ivar text: the server's answer, or the words of the exception
    """

    error_type: str
    code: int
    status: str
    text: str


def watch(connection) -> Transcript:
    """Record the answers to RCPT and DATA that :mod:`smtplib` keeps for itself.

    :param connection: an :class:`smtplib.SMTP`, or anything like it; what has no
        ``rcpt`` or ``data`` is left alone
    :return: the transcript of this connection; the same one on every call
    """
    transcript = getattr(connection, "mail_tracking_transcript", None)
    if transcript is not None:
        transcript.reset()
        return transcript
    transcript = Transcript()
    rcpt, data = getattr(connection, "rcpt", None), getattr(connection, "data", None)
    if rcpt is None or data is None:
        return transcript

    def recording_rcpt(recip, options=()):
        code, answer = rcpt(recip, options)
        if code not in (250, 251):
            transcript.refused[address_key(recip)] = (code, answer)
        return code, answer

    def recording_data(msg):
        transcript.data_reply = data(msg)
        return transcript.data_reply

    connection.rcpt = recording_rcpt
    connection.data = recording_data
    connection.mail_tracking_transcript = transcript
    return transcript


def address_key(address: str) -> str:
    """The form in which two spellings of an envelope address are compared."""
    return address.strip().strip("<>").lower()


def _decode(answer) -> str:
    if isinstance(answer, bytes):
        answer = answer.decode("utf-8", errors="replace")
    return str(answer or "")[:MAX_TEXT].replace("\x00", "")


def _judged(code: int, text: str) -> SmtpFailure:
    found_code, status = reasons.extract_codes(text)
    code = code or found_code or 0
    verdict = reasons.judge(status or None, code or None, text)
    return SmtpFailure(verdict.reason, code, status or "", text)


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
        return _judged(max(exception.smtp_code, 0), text)
    text = _decode(str(exception)) or type(exception).__name__
    if isinstance(exception, (smtplib.SMTPException, OSError)):
        return SmtpFailure("smtp", 0, "", text)
    return SmtpFailure("unknown", 0, "", text)
