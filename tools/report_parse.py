# Part of mail_tracking. Licence: LGPL-3.
"""Parsing the source of a mail without ever raising.

Python's parser raises on some broken content types, and takes time that grows with the depth of
a mail times its length. So it is not trusted with everything.
"""

import codecs
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesHeaderParser

#: Header values stay what was written: the other policies parse them, and raise on some.
POLICY = policy.compat32.clone(message_factory=EmailMessage)

#: bytes that are looked at, and parts that mails of real life do not have
MAX_BYTES = 50_000_000
MAX_BOUNDARIES = 100

#: what the parser was seen to raise, and what code of its kind may raise
_ERRORS = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


def parse(data: bytes) -> EmailMessage:
    """Parse the source of a mail.

    :param bytes data: anything; only the first `MAX_BYTES` count.
    :return EmailMessage: only with its headers where its parts cannot be told apart.
    """
    data = data[:MAX_BYTES].removeprefix(codecs.BOM_UTF8)
    if data.lower().count(b"boundary") > MAX_BOUNDARIES:
        return _headers_only(data)
    try:
        return message_from_bytes(data, policy=POLICY)
    except _ERRORS:  # too deep, or a content type that Python stumbles over
        return _headers_only(data)


def _headers_only(data: bytes) -> EmailMessage:
    return BytesHeaderParser(policy=POLICY).parsebytes(data)
