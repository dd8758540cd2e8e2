# Part of mail_tracking. Licence: LGPL-3.
"""Asking a mail server what it offers, without logging in and without sending anything."""

import contextlib
import smtplib
import ssl

from . import smtp


def _context(encryption: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not encryption.endswith("_strict"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def _connection(host, port, encryption, timeout):
    """A session that nobody has said more in than EHLO."""
    if encryption.startswith("ssl"):
        connection = smtplib.SMTP_SSL(host, port, timeout=timeout, context=_context(encryption))
    else:
        connection = smtplib.SMTP(host, port, timeout=timeout)
    try:
        connection.ehlo_or_helo_if_needed()
        yield connection
    finally:
        with contextlib.suppress(OSError):
            connection.quit()
        connection.close()


def ask_offers_dsn(host: str, port: int, encryption: str, timeout: float) -> bool:
    """Ask whether a server offers delivery reports (RFC 3461 section 3).

    :param str host: of the server
    :param int port: of the server
    :param str encryption: ``none``, ``starttls``, ``starttls_strict``, ``ssl``, ``ssl_strict``
    :param float timeout: seconds to wait for each answer
    :raise OSError: when there is no answer; errors of SMTP and of TLS are such, too
    :raise UnicodeError: when the name of the host cannot be one
    """
    with _connection(host, port, encryption, timeout) as connection:
        if encryption.startswith("starttls"):
            connection.starttls(context=_context(encryption))
            connection.ehlo()  # what was said before does not count (RFC 3207 section 4.2)
        return bool(smtp.offers_dsn(connection))


def ask_greeting(host: str, port: int, encryption: str, timeout: float) -> tuple[str, bool]:
    """Ask what a server calls itself, and whether it offers encryption.

    See `ask_offers_dsn` for what it takes and raises.

    :return: the first word of its greeting (RFC 5321 section 4.1.1.1), and whether it does
    """
    with _connection(host, port, encryption, timeout) as connection:
        words = (connection.ehlo_resp or connection.helo_resp or b"").split(None, 1)
        name = words[0].decode("ascii", "replace").lower().rstrip(".") if words else ""
        return name[:253], encryption.startswith("ssl") or connection.has_extn("starttls")
