# Part of mail_tracking. Licence: LGPL-3.
"""Help of the package ``flufl.bounce``, where it is installed, with forms unknown to us.

It knows addresses only, no reasons. It gets a small clean copy of the mail: it was not written
for mail of strangers that may be broken in any way.
"""

import logging
from email import message_from_string
from email.errors import MessageError
from email.message import Message

from . import report_parts as rp

try:
    from flufl.bounce import all_failures
except ImportError:
    all_failures = None

# The package logs each of its steps, and what it stumbles over.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

#: characters of the text it gets
_MAX_BODY = 20_000
_HEADERS = ("From", "To", "Subject", "X-Mailer")
_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def recipients(message: Message, text: str) -> tuple[list[str], frozenset[str]]:
    """Ask the package whom a notice is about.

    :param Message message: a mail that a mail server wrote.
    :param str text: what a person would read of it.
    :return tuple: lower-case addresses in a stable order, and those of them that are only delayed;
        empty without the package, or when it does not know either.
    """
    if all_failures is None:
        return [], frozenset()
    try:
        delayed, failed = all_failures(_copy(message, text))
    except _ERRORS:
        return [], frozenset()
    delayed = {rp.address(rp.as_text(name, "utf-8")) for name in delayed - failed} - {""}
    failed = {rp.address(rp.as_text(name, "utf-8")) for name in failed} - {""}
    return sorted(delayed | failed), frozenset(delayed)


def _copy(message: Message, text: str) -> Message:
    head = "".join(f"{name}: {_line(rp.header(message, name))}\n" for name in _HEADERS)
    body = text[:_MAX_BODY].encode("ascii", "replace").decode()
    return message_from_string(f"{head}Content-Type: text/plain\n\n{body}")


def _line(value: str) -> str:
    return " ".join(value[:500].encode("ascii", "replace").decode().split())
