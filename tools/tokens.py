# Part of mail_tracking. Licence: LGPL-3.
"""Unguessable tokens, and those that travel in addresses of images, links and webhooks."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from datetime import date
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

#: longest `pixel_token` that is written or read, in characters
MAX_LENGTH = 512
#: database ids are 32 bit integers; greater ones would only make the database raise
MAX_ROW = 2**31 - 1

_TOKEN_BYTES = 16
_URL_SAFE = re.compile(f"[A-Za-z0-9_-]{{1,{MAX_LENGTH}}}")
#: eight digits of the database's tag, and what is sealed: a few addresses at most
_LINK = re.compile("[0-9a-f]{8}[A-Za-z0-9_-]{80,3000}")


class PixelRef(NamedTuple):
    """What a `pixel_token` carries."""

    db: str  #: database name
    row_id: int  #: database id of the webhook, or of the tracking of an old image
    secret: str  #: its own token, still to be compared by `same`


def new_token() -> str:
    """Return 128 fresh random bits as 32 hexadecimal characters.

    Short enough never to be folded inside a mail header (a word of less than 70 characters).
    """
    return secrets.token_hex(_TOKEN_BYTES)


def pixel_token(db: str, row_id: int, secret: str) -> str:
    """Pack database, row and secret into one URL-safe word: of webhooks, and of old images.

    Nothing is signed or hidden: the secret is what authorises. The word only keeps names with
    slashes, spaces or any other character intact in the path of a URL.

    :param str db: database name, any Unicode text.
    :param int row_id: database id, 1 to `MAX_ROW`.
    :param str secret: the token of the row.
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


# -- addresses that say nothing ------------------------------------------------------------------

#: what an image stands for: a tracking, the last open of its address, all mails of a message or
#: of a day, the set-up check
TRACKING, ADDRESS, MESSAGE, DAY, CHECK = KINDS = range(1, 6)

#: those whose images hold a part of the tracking's token
TOKEN_KINDS = (TRACKING, ADDRESS)

_BLOCK = 16
_CHECK = 7
_NO_CHECK = bytes(_CHECK)
_TAG = 4
#: characters of an image's word
SEALED_LENGTH = 27


def image_token(key: bytes, db: str, kind: int, number: int, token: str = "") -> str:
    """The word in the address of an image: the same for the same thing, and unintelligible.

    One block of AES: a permutation of 16 bytes, seven of which nobody can hit without the key:
    those of a tracking's token, or zeros. Ids come again where an old backup is restored: an
    image is that of the tracking whose token it holds. Four bytes follow that tell a server with
    several databases which one it is.

    :param key: 32 bytes that only this database knows
    :param db: name of the database
    :param kind: one of `KINDS`
    :param number: 0 to 2 ** 64 - 1
    :param token: of the tracking, for `TOKEN_KINDS`
    """
    plain = bytes([kind]) + number.to_bytes(8, "big") + _check(token)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block
    block = encryptor.update(plain) + encryptor.finalize()
    return base64.urlsafe_b64encode(block + db_tag(db, block)).rstrip(b"=").decode("ascii")


def day_number(day: date, company_id: int) -> int:
    """The number for an image of kind `DAY`."""
    return day.toordinal() << 32 | company_id


def split_day_number(number: int) -> tuple[date, int]:
    """Day and company of what `day_number` made.

    :raise ValueError: of a number that is no day
    """
    return date.fromordinal(number >> 32), number & 2**32 - 1


def split_image_token(token: str) -> tuple[bytes, bytes] | None:
    """The sealed block, and the tag of its database; None for anything else. Never raises."""
    if len(token) != SEALED_LENGTH or not _URL_SAFE.fullmatch(token):
        return None
    packed = base64.urlsafe_b64decode(token + "=")
    return packed[:_BLOCK], packed[_BLOCK:]


def open_block(key: bytes, block: bytes) -> tuple[int, int, bytes] | None:
    """Kind, number and check of what `image_token` sealed; None of what it did not. Never raises.

    Whether another key sealed one of `TOKEN_KINDS` is for `is_checked` to say.
    """
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - one block
    plain = decryptor.update(block) + decryptor.finalize()
    kind, number, check = plain[0], int.from_bytes(plain[1:9], "big"), plain[9:]
    if kind not in KINDS or (kind not in TOKEN_KINDS and check != _NO_CHECK):
        return None
    return kind, number, check


def is_checked(check: bytes, token: str | None) -> bool:
    """Whether an image was made for the tracking with this token. Never raises."""
    return bool(token) and hmac.compare_digest(check, _check(token))


def _check(token: str) -> bytes:
    """The first bytes of a token; of one that is none of ours too."""
    try:
        return bytes.fromhex(token[: _CHECK * 2]).ljust(_CHECK, b"\0")
    except ValueError:
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()[:_CHECK]


def db_tag(db: str, sealed: bytes) -> bytes:
    """Tells which database sealed something, if the names of all are known."""
    return hmac.digest(db.encode("utf-8", "surrogatepass"), sealed, "sha256")[:_TAG]


def link_token(key: bytes, db: str, values: list) -> str:
    """The word in a link that holds values which nobody else can read or change.

    :param key: 32 bytes that only this database knows
    :param values: what JSON can hold
    """
    packed = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = Fernet(base64.urlsafe_b64encode(key)).encrypt(packed)
    return db_tag(db, sealed).hex() + sealed.rstrip(b"=").decode("ascii")


def split_link_token(token: str) -> tuple[bytes, bytes] | None:
    """The sealed values, and the tag of their database; None for anything else. Never raises."""
    if not _LINK.fullmatch(token):
        return None
    sealed = token[_TAG * 2 :]
    return (sealed + "=" * (-len(sealed) % 4)).encode("ascii"), bytes.fromhex(token[: _TAG * 2])


def open_link(key: bytes, sealed: bytes) -> list | None:
    """The values that `link_token` sealed; None of what another key did. Never raises."""
    try:
        return json.loads(Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed))
    except InvalidToken:
        return None
