# Part of mail_tracking. Licence: LGPL-3.
"""Checks that several services share. All comparisons take the same time whatever differs."""

import base64
import hmac
from collections.abc import Iterable, Mapping

from .errors import Refused, Stale

#: a clock may run ahead by this many seconds
MAX_AHEAD = 300.0
#: a header of one's own, for services that let one choose
SECRET_HEADER = "x-webhook-secret"


def same(given: str | bytes, expected: str | bytes) -> bool:
    """Compare in constant time; nothing equals an empty secret."""
    given, expected = _bytes(given), _bytes(expected)
    return bool(expected) and hmac.compare_digest(given, expected)


def same_as_any(given: str | bytes, expected: Iterable[str | bytes]) -> bool:
    """Compare with all of them, also after one fitted."""
    return any([same(given, one) for one in expected])


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else value


def check_age(moment: float | None, now: float, window: float) -> None:
    """Let pass what is not older than the window.

    :param float moment: seconds since the epoch; None when the request does not tell.
    :param float window: seconds.
    :raise Stale: otherwise.
    """
    if moment is None or not now - window <= moment <= now + MAX_AHEAD:
        raise Stale


def check_password(headers: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Let pass who knows a secret: as Basic password, bearer token or header of its own.

    :param Iterable secrets: a password, or `user:password` to have the user checked as well.
    :raise Refused: otherwise.
    """
    given = list(_given(headers))
    fits = [same_as_any(secret, given) for secret in secrets]
    if not any(fits):
        raise Refused


def _given(headers: Mapping[str, str]) -> Iterable[str]:
    scheme, _space, credentials = headers.get("authorization", "").strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "bearer":
        yield credentials
    elif scheme.lower() == "basic":
        try:
            pair = base64.b64decode(credentials, validate=True).decode("utf-8", "replace")
        except ValueError:
            pair = ""
        yield pair
        yield pair.partition(":")[2]
    yield headers.get(SECRET_HEADER, "")


def decoded(value: str) -> bytes:
    """Return the bytes of Base64, empty when it is none."""
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""
