# Part of mail_tracking. Licence: LGPL-3.
"""Standard Webhooks: whatever service keeps to the common specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..translate import _lt
from . import values
from .base import CREATE_HELP, check_age, same
from .errors import NotConfigured, Refused
from .mapped import Mapped

#: the time is that of the attempt, and renewed with each
WINDOW = 300
MAX_SIGNATURES = 20
#: a secret has 24 to 64 bytes, says the specification
MIN_SECRET = 16
SECRET_PREFIX, PUBLIC_PREFIX = "whsec_", "whpk_"


class StandardWebhooks(Mapped):
    code = "standard"
    label = "Standard Webhooks"
    setup_help = (
        CREATE_HELP,
        _lt("Enter its signing secret (whsec_…) or its public key (whpk_…) as the secret."),
    )
    #: prefixes of the three headers
    PREFIXES = ("webhook-",)

    def _verify(self, headers, body, secrets, now):
        keys = [key for key in map(_read_key, secrets) if key]
        if not keys:
            raise NotConfigured("bad_secret")
        prefix = next((p for p in self.PREFIXES if headers.get(f"{p}signature")), self.PREFIXES[0])
        identity = headers.get(f"{prefix}id", "")
        stamp = headers.get(f"{prefix}timestamp", "")
        given = headers.get(f"{prefix}signature", "").split()[:MAX_SIGNATURES]
        signed = f"{identity}.{stamp}.".encode("utf-8", "replace") + body
        if not identity or not any([_fits(key, signed, one) for key in keys for one in given]):
            raise Refused
        check_age(values.seconds(stamp), now, WINDOW)


def _read_key(secret: str) -> bytes | Ed25519PublicKey | None:
    """The prefix is optional; whatever is no key of a fair length is none at all."""
    is_public = secret.startswith(PUBLIC_PREFIX)
    encoded = secret.removeprefix(PUBLIC_PREFIX).removeprefix("" if is_public else SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        if is_public:
            return Ed25519PublicKey.from_public_bytes(key)
    except ValueError:
        return None
    return key if len(key) >= MIN_SECRET else None


def _fits(key: bytes | Ed25519PublicKey, signed: bytes, given: str) -> bool:
    """Unknown versions of signatures fit nothing."""
    version, _comma, signature = given.partition(",")
    if isinstance(key, bytes):
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        return version == "v1" and same(signature, expected)
    if version != "v1a":
        return False
    try:
        key.verify(values.decoded(signature), signed)
    except InvalidSignature:
        return False
    return True
