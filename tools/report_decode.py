# Part of mail_tracking. Licence: LGPL-3.
"""Bytes of strangers as text: whatever the charset is said to be, nothing raises."""

import base64
import quopri
import string

#: begins a run of characters in ISO 2022; the widest charset of that kind that Python knows
_SHIFT = "\x1b$"
_SEVEN_BIT = "iso2022_jp_2"
_SEVEN_BIT_CHARSETS = ("utf-7", "hz-gb-2312", "hz")
#: codecs of Python that no mail is written in; one of them takes quadratic time
_NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape")
_NOT_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + b"0123456789+/"))


def as_text(data: bytes, charset: str | None) -> str:
    """Decode bytes with a charset a stranger named. Never raises, never makes half characters."""
    charset = "utf-8" if not charset or charset in _NO_CHARSETS else charset
    try:
        text = data.decode(charset, "replace")
    except (LookupError, ValueError, TypeError):  # unknown, or not a text encoding at all
        text = data.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode()


def transfer_decoded(text: str, encoding: str, charset: str) -> str:
    """Return what a body means.

    :param str text: as the parser gave it.
    :param str encoding: the Content-Transfer-Encoding, lower case.
    :param str charset: what the part says; anything.
    """
    if encoding not in ("base64", "quoted-printable"):
        return repaired(text, charset)
    raw = _smuggled(text)
    if encoding == "quoted-printable":
        return as_text(quopri.decodestring(raw), charset)
    raw = raw.translate(None, _NOT_BASE64)
    return as_text(base64.b64decode(raw[: len(raw) // 4 * 4] + _tail(raw)), charset)


def _tail(raw: bytes) -> bytes:
    """Return the last, incomplete group of base64, padded."""
    rest = raw[len(raw) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def repaired(value: str, charset: str = "utf-8") -> str:
    """Turn the bytes that the parser smuggles through text into characters."""
    if _SHIFT in value:  # Japanese, Chinese or Korean in seven bits, whatever the charset says
        return as_text(_smuggled(value), charset if charset.startswith("iso-2022") else _SEVEN_BIT)
    if value.isascii() and charset not in _SEVEN_BIT_CHARSETS:
        return value
    return as_text(_smuggled(value), charset)


def _smuggled(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character that no byte can stand for
        return value.encode("utf-8", "replace")
