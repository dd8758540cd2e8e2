# Part of mail_tracking. Licence: LGPL-3.
"""Keys of signatures in DNS: DKIM (RFC 6376, RFC 8301, RFC 8463)."""

import base64
import binascii
import re
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .answers import FAILED, Ask, tags

VALID, MISSING, REVOKED, BROKEN, SEVERAL = "valid", "missing", "revoked", "broken", "several"
UNKNOWN = "unknown"
#: shorter keys are ignored (RFC 8301 section 3.2), shorter ones than the other are not recommended
MIN_BITS, GOOD_BITS = 1024, 2048
_ED25519_BYTES = 32


class Key(NamedTuple):
    """What DNS says of one selector."""

    status: str
    algorithm: str = ""
    bits: int = 0
    is_testing: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether receivers accept signatures with it."""
        return self.status == VALID and (self.algorithm != "rsa" or self.bits >= MIN_BITS)


def name_of(domain: str, selector: str) -> str:
    """Where the key is in DNS."""
    return f"{selector}._domainkey.{domain}"


def look_up(ask: Ask, domain: str, selector: str) -> Key:
    """Look up the key of a selector."""
    answer = ask(name_of(domain, selector), "TXT")
    if answer.status == FAILED:
        return Key(UNKNOWN)
    if not answer.values:
        return Key(MISSING)
    keys = [read(text) for text in answer.values]
    usable = [key for key in keys if key.status in (VALID, REVOKED)]
    if len(usable) > 1:
        return Key(SEVERAL)
    return usable[0] if usable else keys[0]


def read(text: str) -> Key:
    """Read the record of a key."""
    found = tags(text)
    if found is None or "p" not in found or found.get("v", "DKIM1") != "DKIM1":
        return Key(BROKEN)
    is_testing = "y" in [flag.strip() for flag in found.get("t", "").split(":")]
    algorithm = found.get("k", "rsa").lower()
    data = re.sub(r"\s", "", found["p"])
    if not data:
        return Key(REVOKED, algorithm)
    bits = _bits(algorithm, data)
    return Key(VALID, algorithm, bits, is_testing) if bits else Key(BROKEN, algorithm)


def _bits(algorithm, data):
    try:
        key = base64.b64decode(data, validate=True)
        if algorithm == "ed25519":
            return 256 if len(key) == _ED25519_BYTES else 0
        loaded = serialization.load_der_public_key(key)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return 0
    return loaded.key_size if algorithm == "rsa" and isinstance(loaded, RSAPublicKey) else 0
