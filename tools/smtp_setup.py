# Part of mail_tracking. Licence: LGPL-3.
"""Why there is no session with our own mail server, or none in which it takes mail.

The reasons are those of set-up: they lie with the server or its settings, and not with a mail.
"""

from __future__ import annotations

import errno
import re
import smtplib
import socket
import ssl

from .reasons import UNKNOWN

FAILED = "smtp"  #: no connection, or it broke off
LOGIN = "smtp_login"
HOST = "smtp_host"  #: its name leads nowhere
TLS = "smtp_tls"
CERTIFICATE = "smtp_certificate"
UNSUPPORTED = "smtp_unsupported"  #: it does not offer what we need
REFUSED = "smtp_refused"  #: it wants nothing to do with us
PROTOCOL = "smtp_protocol"  #: it is no mail server
UNCONFIRMED = "smtp_unconfirmed"  #: it broke off when the mail may have arrived already
SETTINGS = "smtp_setup"
REASONS = (
    FAILED,
    LOGIN,
    HOST,
    TLS,
    CERTIFICATE,
    UNSUPPORTED,
    REFUSED,
    PROTOCOL,
    UNCONFIRMED,
    SETTINGS,
)

#: answer of a server that wants a login, or encryption, first (RFC 4954, RFC 3207)
LOGIN_FIRST = 530
#: answers to STARTTLS of a server that cannot, though it offers it
NO_TLS = (454, 500, 501, 502, 503)

#: no server there, or no way to it
_UNREACHABLE = (errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH)
#: what Python puts around the words of a library: numbers, and the repr of a list
_ERRNO = re.compile(r"\[Errno -?\d+\] ?")
_SSL_REPR = re.compile(r"'([^']+)'\)\]")
_SSL_NOTE = re.compile(r"\[[^\]]*\] | \(_ssl\.c:\d+\)")


def is_unreachable(exception: BaseException) -> bool:
    """Tell whether nothing answered where the mail server should be."""
    is_error = isinstance(exception, OSError) and exception.errno in _UNREACHABLE
    return is_error or isinstance(exception, ConnectionRefusedError)


def reason_without_answer(exception: BaseException) -> str:
    """The reason of a failure to which the server said nothing."""
    if isinstance(exception, ssl.SSLError):
        # the same words, whichever library found it out
        is_certificate = "certificate verify failed" in str(exception).lower()
        return CERTIFICATE if is_certificate else TLS
    if isinstance(exception, (socket.gaierror, UnicodeError)):
        return HOST
    if isinstance(exception, smtplib.SMTPNotSupportedError):
        return UNSUPPORTED
    if isinstance(exception, (smtplib.SMTPException, OSError)):
        return FAILED
    return UNKNOWN


def plain_text(exception: BaseException) -> str:
    """What went wrong in the words of the library, without those of Python around them.

    :return str: never empty
    """
    if isinstance(exception, UnicodeError):
        return "not a host name"
    text = getattr(exception, "verify_message", "")
    if not text and isinstance(exception, ssl.SSLError):
        words = str(exception.args[-1] if exception.args else "")
        quoted = _SSL_REPR.search(words)
        text = quoted[1] if quoted else _SSL_NOTE.sub("", words)
    if not text and isinstance(exception, OSError):
        text = exception.strerror
    return without_number(str(text or exception)) or type(exception).__name__


def without_number(text: str) -> str:
    """Take out the number that Python and the operating system give an error."""
    return _ERRNO.sub("", text)
