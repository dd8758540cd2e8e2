# Part of mail_tracking. Licence: LGPL-3.
"""Read values that strangers sent: any JSON type may stand anywhere, and nothing raises.

The exceptions are `load_json` and `load_object`, which raise `Malformed` alone.
"""

import base64
import hashlib
import json
import re
from datetime import datetime, timedelta, timezone
from email.utils import parseaddr

from .errors import Malformed

#: characters
MAX_TEXT = 4_000
MAX_LINE = 500
MAX_IDENTITY = 1_000_000
#: a number of seconds beyond this is one of milliseconds (the year 5138 otherwise)
_MILLISECONDS = 1e11

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b", re.ASCII)
_NOT_IN_IDENTITY = re.compile(r"[\s<>]")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\s?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)

#: indexes of a list as they are written in a path
_INDEXES = frozenset(map(str, range(100)))


def load_json(body: bytes):
    """Read JSON in UTF-8.

    :raise Malformed: on anything else, infinite numbers and endless nesting included.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed from error


def load_object(body: bytes) -> dict:
    """Read a JSON object in UTF-8.

    :raise Malformed: on anything else.
    """
    content = load_json(body)
    if not isinstance(content, dict):
        raise Malformed
    return content


def _no_number(word: str):
    raise ValueError(word)


def text(value, limit: int = MAX_LINE) -> str:
    """Return a text or a number as text that any database can hold; else an empty one."""
    if not isinstance(value, str):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return str(value)[:limit] if is_number and abs(value) < 1e30 else ""
    value = value[:limit].replace("\x00", "")
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    return value.strip()


def long_text(value) -> str:
    """Return what a server answered."""
    return text(value, MAX_TEXT)


def first_text(*candidates) -> str:
    """Return the first that is a text and not empty."""
    return next((found for value in candidates if (found := text(value, MAX_TEXT))), "")


def mapping(value) -> dict:
    """Return a JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value) -> list:
    """Return a JSON list, or an empty one."""
    return value if isinstance(value, list) else []


def dig(value, *path):
    """Return what is found under these keys one below the other, or None.

    :param str path: keys of objects, or indexes of lists, below 100.
    """
    for key in path:
        if isinstance(value, list):
            value = value[int(key)] if key in _INDEXES and int(key) < len(value) else None
        else:
            value = mapping(value).get(key)
    return value


def integer(value) -> int | None:
    """Return an SMTP reply code."""
    found = text(value)
    return int(found) if len(found) == 3 and found.isascii() and found.isdigit() else None


def status(value) -> str:
    """Return the enhanced status code in a text."""
    found = _STATUS.search(text(value))
    return found[0] if found else ""


def seconds(value) -> float | None:
    """Return seconds since the epoch of a number, of digits, or of an ISO 8601 text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        if isinstance(value, str) and (found := _ISO.fullmatch(value.strip()[:60])):
            number = _iso_seconds(found)
        else:
            number = float(value)
            number = number / 1000 if number > _MILLISECONDS else number
    except (ValueError, OverflowError):
        return None
    return number if 0 < number < _MILLISECONDS else None


def _iso_seconds(found: re.Match) -> float:
    """Without an offset it is UTC."""
    zone = (found[8] or "Z").replace(":", "")
    offset = timedelta()
    if zone not in "Zz":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:] or 0))
        offset = -offset if zone[0] == "-" else offset
    moment = datetime(*(int(part) for part in found.groups()[:6]), tzinfo=timezone.utc)
    return (moment - offset).timestamp() + float(f"0.{found[7] or 0}")


def token(value) -> str:
    """Return what can be one of our tokens; some services wrap it into a list."""
    if isinstance(value, list) and value:
        value = value[0]
    found = text(value)
    return found if _TOKEN.fullmatch(found) else ""


def address(value) -> str:
    """Return a bare address in lower case, as trackings hold it."""
    found = text(value)
    if not found.isascii() or " " in found or "<" in found:
        found = parseaddr(found)[1] or found
    return found.strip("<>").lower() if "@" in found else ""


def addresses(value) -> list[str]:
    """Return the addresses of a list, each once; at most a thousand."""
    found = (address(entry) for entry in items(value)[:1000])
    return list(dict.fromkeys(entry for entry in found if entry))


def message_id(value) -> str:
    """Return a Message-ID with its angle brackets."""
    found = text(value).strip("<>").strip()
    return f"<{found}>" if "@" in found and not _NOT_IN_IDENTITY.search(found) else ""


def header(entries, name: str) -> str:
    """Return the value of a header out of a list of `{"name": …, "value": …}`."""
    for entry in items(entries)[:500]:
        if text(dig(entry, "name")).lower() == name.lower():
            return text(dig(entry, "value"))
    return ""


def json_text(value):
    """Return the JSON in a text, or the text itself; services echo what they were given."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def token_in(value, key: str) -> str:
    """Return our token out of metadata: an object, JSON in a text, or the bare token."""
    content = json_text(value)
    if isinstance(content, dict):
        return token(content.get(key))
    # digits alone are JSON as well
    return token(value)


def decoded(value) -> bytes:
    """Return the bytes of Base64, empty when it is none."""
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError):
        return b""


def fingerprint(*parts) -> str:
    """Return an identity for an event that has none of its own."""
    joined = json.dumps([text(part, MAX_IDENTITY) for part in parts])
    return hashlib.sha256(joined.encode()).hexdigest()
