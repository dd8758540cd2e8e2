# Part of mail_tracking. Licence: LGPL-3.
"""Unguessable tokens, and the one that travels in a pixel's address."""

import base64
import hmac
import json
import re
import secrets
from typing import NamedTuple

#: longest pixel token that is written or read, in characters
MAX_LENGTH = 512
#: database ids are 32 bit integers; greater ones would only make the database raise
MAX_ROW = 2**31 - 1
#: stands for no tracking: the set-up check asks with it whether this database answers
CHECK_ROW = MAX_ROW

_TOKEN_BYTES = 16
_URL_SAFE = re.compile(f"[A-Za-z0-9_-]{{1,{MAX_LENGTH}}}")


class PixelRef(NamedTuple):
    """What a pixel token carries."""

    db: str  #: database name
    row_id: int  #: database id of the tracking
    secret: str  #: the tracking's own token, still to be compared by `same`


def new_token() -> str:
    """Return 128 fresh random bits as 32 hexadecimal characters.

    Short enough never to be folded inside a mail header (a word of less than 70 characters).
    """
    return secrets.token_hex(_TOKEN_BYTES)


def pixel_token(db: str, row_id: int, secret: str) -> str:
    """Pack database, row and secret into one URL-safe word.

    Nothing is signed or hidden: the secret is what authorises. The word only keeps names with
    slashes, spaces or any other character intact in the path of a URL.

    :param str db: database name, any Unicode text.
    :param int row_id: database id, 1 to `MAX_ROW`.
    :param str secret: the tracking's token.
    :return str: characters `A-Za-z0-9_-`, at most `MAX_LENGTH` of them.
    :raise ValueError: when the parts are no such values or do not fit.
    """
    if not 0 < row_id <= MAX_ROW:
        raise ValueError(f"not a database id: {row_id}")
    packed = json.dumps([db, row_id, secret], ensure_ascii=False, separators=(",", ":"))
    token = base64.urlsafe_b64encode(packed.encode()).rstrip(b"=").decode("ascii")
    if len(token) > MAX_LENGTH:
        raise ValueError("database name and secret are too long for a pixel token")
    return token


def read_pixel_token(token: str) -> PixelRef | None:
    """Unpack what `pixel_token` packed.

    :param str token: anything that came in a URL.
    :return PixelRef: None unless the text is exactly what `pixel_token` writes. Never raises.
    """
    if not isinstance(token, str) or not _URL_SAFE.fullmatch(token):
        return None
    try:
        # ValueError covers bad base64, UTF-8, JSON, count and ids; TypeError a JSON number.
        db, row_id, secret = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        ref = PixelRef(db, row_id, secret)
        if type(row_id) is not int or not isinstance(db, str) or not isinstance(secret, str):
            return None
        # Base64 and JSON both have several spellings of one value; only ours is accepted.
        return ref if pixel_token(*ref) == token else None
    except (ValueError, TypeError, RecursionError):
        return None


def same(a: str | None, b: str | None) -> bool:
    """Compare two secrets in constant time.

    :return bool: False for anything but two equal, non-empty ASCII texts. Never raises.
    """
    if not (isinstance(a, str) and isinstance(b, str) and a and b):
        return False
    return a.isascii() and b.isascii() and hmac.compare_digest(a, b)
