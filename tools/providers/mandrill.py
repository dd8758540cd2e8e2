# Part of mail_tracking. Licence: LGPL-3.
"""Mandrill, now Mailchimp Transactional.

Events: https://mailchimp.com/developer/transactional/docs/webhooks/
Signature: https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl

from .. import events as ev
from .. import reasons
from ..translate import _lt
from . import values
from .base import EVENTS_HELP, TOKEN_KEY, Provider, json_header, same_as_any
from .errors import Malformed, NotConfigured, Refused

SIGNATURE_HEADERS = ("x-mandrill-signature", "x-mailchimp-signature")
FIELD = "mandrill_events"
MAX_FIELDS = 20


class Mandrill(Provider):
    code = "mandrill"
    label = "Mandrill"
    setup_help = (
        _lt("Create a webhook with exactly this URL, which is part of what is signed."),
        EVENTS_HELP,
        _lt("Enter the key of the webhook as the secret."),
    )
    setup_events = (
        "send",
        "delivered",
        "deferral",
        "hard_bounce",
        "soft_bounce",
        "reject",
        "spam",
        "unsub",
    )
    setup_url = "https://mailchimp.com/developer/transactional/docs/webhooks/"
    KIND_TO_TYPE = {
        "send": ev.SENT,
        "delivered": ev.DELIVERED,
        "deferral": ev.DEFERRAL,
        "hard_bounce": ev.HARD_BOUNCE,
        "soft_bounce": ev.SOFT_BOUNCE,
        "reject": ev.REJECT,
        "open": ev.OPEN,
        "click": ev.CLICK,
        "spam": ev.SPAM,
        "unsub": ev.UNSUB,
    }
    IGNORED = frozenset({"blacklist", "whitelist", "inbound", "add", "remove", "change"})
    DESCRIPTION_TO_REASON = {
        "bad_mailbox": reasons.USER_UNKNOWN,
        "invalid_domain": reasons.HOST_UNKNOWN,
        "mailbox_full": reasons.MAILBOX_FULL,
        "message_too_large": reasons.TOO_LARGE,
        "spam": reasons.SPAM,
        "timeout": reasons.EXPIRED,
    }

    def headers(self, token, existing):
        return json_header(existing, "X-MC-Metadata", (TOKEN_KEY,), token)

    def _verify(self, headers, body, secrets, now):
        if not self.settings.url:
            raise NotConfigured("bad_secret")
        given = next(filter(None, (headers.get(name) for name in SIGNATURE_HEADERS)), "")
        signed = self.settings.url + "".join(key + value for key, value in sorted(_fields(body)))
        expected = [
            base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest())
            for key in secrets
        ]
        if not same_as_any(given, expected):
            raise Refused

    def _items(self, body):
        content = dict(_fields(body)).get(FIELD)
        if content is None:
            raise Malformed
        return super()._items(content.encode())

    def _read(self, item):
        message = values.mapping(item.get("msg"))
        kind = values.text(item.get("event")) or values.text(item.get("type"))
        description = values.text(message.get("bounce_description"))
        replies = values.items(message.get("smtp_events"))
        yield self._typed(
            kind,
            key=_identity(item, message, kind),
            time=values.seconds(item.get("ts")),
            token=values.token_in(message.get("metadata"), TOKEN_KEY),
            recipient=values.address(message.get("email")),
            text=values.first_text(
                item.get("diag"),
                message.get("diag"),
                values.dig(replies[-1], "diag") if replies else "",
            ),
            note=values.first_text(
                values.dig(message.get("reject"), "reason") or message.get("reject"),
                description,
            ),
            reason=self.DESCRIPTION_TO_REASON.get(description, ""),
            url=values.text(item.get("url"), 2000),
            ip=values.text(item.get("ip")),
            user_agent=values.text(item.get("user_agent")),
        )


def _identity(item: dict, message: dict, kind: str) -> str:
    """The identity of an event; `_id` is the message's, and may be missing."""
    of_event = (item.get(name) for name in ("_id", "ts", "url", "ip", "user_agent"))
    of_message = (message.get(name) for name in ("_id", "ts", "email"))
    metadata = json.dumps(message.get("metadata"), sort_keys=True)
    return values.fingerprint(kind, *of_event, *of_message, metadata)


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise Malformed from error
