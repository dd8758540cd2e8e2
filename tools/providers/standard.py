# Part of mail_tracking. Licence: LGPL-3.
"""Standard Webhooks: whatever service keeps to the common specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .. import events as ev
from . import values
from .base import Provider
from .errors import NotConfigured, Refused
from .signatures import check_age, decoded, same

#: the time is that of the attempt, and renewed with each
WINDOW = 300
MAX_SIGNATURES = 20

#: where the fields are: keys with dots between them
DEFAULT_PATHS = {
    "kind": "type",
    "time": "timestamp",
    "token": "data.odoo_token",
    "message_id": "data.message_id",
    "recipient": "data.email",
    "text": "data.reason",
    "code": "data.code",
    "status": "data.status",
    "url": "data.url",
    "ip": "data.ip",
    "user_agent": "data.user_agent",
}
DEFAULT_TYPES = {word: word for word in ev.EVENT_TYPES if word != ev.ERROR} | {
    f"email.{word}": word for word in ev.EVENT_TYPES if word != ev.ERROR
}


class StandardWebhooks(Provider):
    code = "standard"
    label = "Standard Webhooks"
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

    def _read(self, item):
        paths = {**DEFAULT_PATHS, **_texts(self.settings.mapping.get("fields"))}
        types = {**DEFAULT_TYPES, **_texts(self.settings.mapping.get("types"))}
        found = {name: values.dig(item, *path.split(".")) for name, path in paths.items()}
        kind = values.text(found["kind"])
        yield self._typed(
            kind,
            types.get(kind),
            # the webhook-id stands for the request; its content is the same at each attempt
            key=values.fingerprint(json.dumps(item, sort_keys=True)),
            time=values.seconds(found["time"]),
            token=values.token(found["token"]),
            message_id=values.message_id(found["message_id"]),
            recipient=values.address(found["recipient"]),
            text=values.long_text(found["text"]),
            code=values.integer(found["code"]),
            status=values.status(found["status"]),
            url=values.text(found["url"], 2000),
            ip=values.text(found["ip"]),
            user_agent=values.text(found["user_agent"]),
        )


def mapping_error(mapping) -> str:
    """Return what is wrong with a mapping that an administrator wrote, or an empty text."""
    if not isinstance(mapping, Mapping) or set(mapping) - {"fields", "types"}:
        return "fields, types"
    for part in mapping.values():
        if not isinstance(part, Mapping) or len(_texts(part)) != len(part):
            return "text"
    if unknown := set(mapping.get("fields", {})) - set(DEFAULT_PATHS):
        return ", ".join(sorted(unknown))
    allowed = set(ev.EVENT_TYPES) - {ev.ERROR} | {""}
    return ", ".join(sorted(set(mapping.get("types", {}).values()) - allowed))


def _texts(part) -> dict[str, str]:
    return {k: v for k, v in values.mapping(part).items() if isinstance(v, str)}


def _read_key(secret: str) -> bytes | Ed25519PublicKey | None:
    kind, _underscore, encoded = secret.rpartition("_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        return Ed25519PublicKey.from_public_bytes(key) if kind == "whpk" else key or None
    except ValueError:
        return None


def _fits(key: bytes | Ed25519PublicKey, signed: bytes, given: str) -> bool:
    """Unknown versions of signatures fit nothing."""
    version, _comma, signature = given.partition(",")
    if isinstance(key, bytes):
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        return version == "v1" and same(signature, expected)
    if version != "v1a":
        return False
    try:
        key.verify(decoded(signature), signed)
    except InvalidSignature:
        return False
    return True
