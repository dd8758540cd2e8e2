# Part of mail_tracking. Licence: LGPL-3.
"""Twilio SendGrid.

Events: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
Signature: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

import base64
import binascii
import re

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from .. import events as ev
from ..translate import _lt
from . import values
from .base import CREATE_HELP, EVENTS_HELP, TOKEN_KEY, Provider, check_age, json_header
from .errors import NotConfigured, Refused

#: SendGrid tries again for 24 hours, and does not say whether it signs anew
WINDOW = 26 * 3600
SIGNATURE_HEADER = "x-twilio-email-event-webhook-signature"
TIMESTAMP_HEADER = "x-twilio-email-event-webhook-timestamp"

_PEM_LINE = re.compile(r"-----[^-]{1,50}-----")


class SendGrid(Provider):
    code = "sendgrid"
    label = "SendGrid"
    setup_help = (
        CREATE_HELP,
        EVENTS_HELP,
        _lt("Switch on the signed event webhook, and enter its verification key as the secret."),
    )
    setup_events = (
        "processed",
        "deferred",
        "delivered",
        "bounce",
        "dropped",
        "spamreport",
        "unsubscribe",
        "group_unsubscribe",
    )
    setup_url = "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features"
    KIND_TO_TYPE = {
        "processed": ev.SENT,
        "deferred": ev.DEFERRAL,
        "delivered": ev.DELIVERED,
        "bounce": ev.HARD_BOUNCE,
        "dropped": ev.REJECT,
        "open": ev.OPEN,
        "click": ev.CLICK,
        "spamreport": ev.SPAM,
        "unsubscribe": ev.UNSUB,
        "group_unsubscribe": ev.UNSUB,
    }
    IGNORED = frozenset({"group_resubscribe", "account_status_change"})

    def headers(self, token, existing):
        # one such header only, the first wins; nothing but unique_args: recipients named here
        # would get the mail twice
        return json_header(existing, "X-SMTPAPI", ("unique_args", TOKEN_KEY), token)

    def _verify(self, headers, body, secrets, now):
        stamp = headers.get(TIMESTAMP_HEADER, "")
        signature = values.decoded(headers.get(SIGNATURE_HEADER, ""))
        keys = [key for key in map(_public_key, secrets) if key]
        if not keys:
            raise NotConfigured("bad_secret")
        # the bytes as they came: the signature covers their line breaks
        if not any(
            [_fits(key, signature, stamp.encode("utf-8", "replace") + body) for key in keys]
        ):
            raise Refused
        check_age(values.seconds(stamp), now, WINDOW)

    def _read(self, item):
        kind = values.text(item.get("event"))
        blocked = kind == "bounce" and values.text(item.get("type")) == "blocked"
        machine = item.get("sg_machine_open") is True
        yield self._typed(
            kind,
            ev.SOFT_BOUNCE if blocked else None,
            key=values.text(item.get("sg_event_id")) or _identity(item),
            time=values.seconds(item.get("timestamp")),
            token=values.token(item.get(TOKEN_KEY)),
            message_id=values.message_id(item.get("smtp-id")),
            recipient=values.address(item.get("email")),
            text=values.first_text(item.get("reason"), item.get("response")),
            status=values.status(item.get("status")),
            url=values.text(item.get("url"), 2000),
            ip=values.text(item.get("ip")) if kind in ("open", "click") else "",
            user_agent=values.text(item.get("useragent")),
            machine="apple_prefetch" if machine else "",
        )


def _identity(item: dict) -> str:
    names = ("event", "email", "timestamp", "sg_message_id", "smtp-id", "url")
    return values.fingerprint(*(item.get(name) for name in names))


def _public_key(secret: str) -> ec.EllipticCurvePublicKey | None:
    encoded = "".join(_PEM_LINE.sub("", secret).split())
    try:
        key = load_der_public_key(base64.b64decode(encoded, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) else None


def _fits(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
