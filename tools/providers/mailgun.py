# Part of mail_tracking. Licence: LGPL-3.
"""Mailgun.

Events: https://documentation.mailgun.com/docs/mailgun/user-manual/events/events
Signature: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import hashlib
import hmac
import re
from email.utils import getaddresses

from .. import events as ev
from .. import reasons
from ..translate import _lt
from . import values
from .base import (
    CREATE_HELP,
    EVENTS_HELP,
    MAX_AHEAD,
    TOKEN_KEY,
    Provider,
    check_age,
    json_header,
    same_as_any,
)
from .errors import Refused

#: Mailgun tries again for 8 hours, and does not say whether it signs anew
WINDOW = 12 * 3600
#: codes of its own: bounced, unsubscribed, complained before; suppressed
_SUPPRESSED_CODES = frozenset({605, 606, 607, 625})
#: codes of its own: no mail exchanger, timeout
_NO_MX, _TIMEOUT = 498, 499
#: digits could move between these two, which are signed without a separator
_TIMESTAMP = re.compile(r"\d{10}", re.ASCII)
_TOKEN = re.compile(r"[0-9a-f]{50}")
_CODE_TO_REASON = {_NO_MX: reasons.HOST_UNKNOWN, _TIMEOUT: reasons.EXPIRED}
_BOT_TO_REASON = {"apple": "apple_prefetch", "generic": "scanner"}


class Mailgun(Provider):
    code = "mailgun"
    label = "Mailgun"
    setup_help = (
        CREATE_HELP,
        EVENTS_HELP,
        _lt("Enter the HTTP webhook signing key of the account as the secret."),
    )
    setup_events = ("accepted", "delivered", "failed", "complained", "unsubscribed")
    setup_url = (
        "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks"
    )
    refused_status = malformed_status = 406  # anything else is tried again
    remember_seconds = WINDOW + MAX_AHEAD
    KIND_TO_TYPE = {
        "accepted": ev.SENT,
        "delivered": ev.DELIVERED,
        "rejected": ev.REJECT,
        "opened": ev.OPEN,
        "clicked": ev.CLICK,
        "unsubscribed": ev.UNSUB,
        "complained": ev.SPAM,
    }
    IGNORED = frozenset({"stored", "list_member_uploaded", "list_uploaded"})

    def headers(self, token, existing):
        return json_header(existing, "X-Mailgun-Variables", (TOKEN_KEY,), token)

    def _verify(self, headers, body, secrets, now):
        signature = values.mapping(values.load_object(body).get("signature"))
        stamp, token = values.text(signature.get("timestamp")), values.text(signature.get("token"))
        if not (_TIMESTAMP.fullmatch(stamp) and _TOKEN.fullmatch(token)):
            raise Refused
        # no separator between the two, says the documentation
        expected = [
            hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
            for key in secrets
        ]
        if not same_as_any(values.text(signature.get("signature")), expected):
            raise Refused
        check_age(values.seconds(stamp), now, WINDOW)

    def _read(self, item):
        data = values.mapping(item.get("event-data"))
        kind = values.text(data.get("event"))
        answer = values.mapping(data.get("delivery-status"))
        client = values.mapping(data.get("client-info"))
        yield self._typed(
            kind,
            _failure(data, answer) if kind == "failed" else None,
            # the content is not signed: a token of the signature counts once, whatever comes
            # with it. The id of the event would be unique within a day only.
            key=values.text(values.dig(item, "signature", "token")),
            time=values.seconds(data.get("timestamp")),
            token=values.token_in(data.get("user-variables"), TOKEN_KEY),
            message_id=values.message_id(values.dig(data, "message", "headers", "message-id")),
            recipient=values.address(data.get("recipient")) or _header_recipient(data),
            text=values.first_text(answer.get("message"), answer.get("description")),
            note=values.first_text(values.dig(data, "reject", "reason"), data.get("reason")),
            code=_smtp_code(answer.get("code")),
            reason=_CODE_TO_REASON.get(values.integer(answer.get("code")), ""),
            status=values.status(answer.get("enhanced-code")),
            server=values.text(answer.get("mx-host")),
            url=values.text(data.get("url"), 2000),
            ip=values.text(data.get("ip")),
            user_agent=values.text(client.get("user-agent")),
            machine=_BOT_TO_REASON.get(values.text(client.get("bot")), ""),
        )


def _failure(data: dict, answer: dict) -> str:
    if values.text(data.get("severity")) == "temporary":
        return ev.DEFERRAL
    code = values.integer(answer.get("code"))
    if values.text(data.get("reason")).startswith("suppress-") or code in _SUPPRESSED_CODES:
        return ev.REJECT
    if code == _NO_MX:  # Mailgun's own resolver says so
        return ev.HARD_BOUNCE
    return ev.SOFT_BOUNCE if 400 <= (code or 0) < 500 else ev.HARD_BOUNCE


def _header_recipient(data: dict) -> str:
    """A mail that was rejected names its recipient in the header alone."""
    found = getaddresses([values.text(values.dig(data, "message", "headers", "to"))])
    return values.address(found[0][1]) if len(found) == 1 else ""


def _smtp_code(value) -> int | None:
    """Codes of Mailgun's own are no answer of a mail server."""
    code = values.integer(value)
    return code if code and 200 <= code < 600 and code not in _CODE_TO_REASON else None
