# Part of mail_tracking. Licence: LGPL-3.
"""Brevo, once Sendinblue.

Events: https://developers.brevo.com/docs/transactional-webhooks
There is no signature; the webhook is protected by a bearer token, a header or Basic auth.
"""

import json

from .. import events as ev
from .. import reasons
from . import values
from .base import TOKEN_KEY, Provider


class Brevo(Provider):
    code = "brevo"
    label = "Brevo"
    setup_events = (
        "request",
        "delivered",
        "deferred",
        "soft_bounce",
        "hard_bounce",
        "invalid_email",
        "blocked",
        "error",
        "spam",
        "unsubscribed",
    )
    setup_url = "https://developers.brevo.com/docs/transactional-webhooks"
    # the only status after which Brevo is known to try again
    retry_status = 429
    KIND_TO_TYPE = {
        "request": ev.SENT,
        "delivered": ev.DELIVERED,
        "deferred": ev.DEFERRAL,
        "soft_bounce": ev.SOFT_BOUNCE,
        "hard_bounce": ev.HARD_BOUNCE,
        "invalid_email": ev.HARD_BOUNCE,
        "blocked": ev.REJECT,
        "error": ev.REJECT,
        "spam": ev.SPAM,
        "complaint": ev.SPAM,
        # the documentation and what is seen do not agree on the name
        "unsubscribe": ev.UNSUB,
        "unsubscribed": ev.UNSUB,
        "opened": ev.OPEN,
        "unique_opened": ev.OPEN,
        "proxy_open": ev.OPEN,
        "unique_proxy_open": ev.OPEN,
        "click": ev.CLICK,
    }
    IGNORED = frozenset({"list_addition", "contact_updated", "contact_deleted"})
    KIND_TO_REASON = {"invalid_email": reasons.USER_UNKNOWN}

    def headers(self, token, existing):
        return {"X-Mailin-custom": json.dumps({TOKEN_KEY: token})}

    def _read(self, item):
        kind = values.text(item.get("event"))
        yield self._typed(
            kind,
            # not every kind has the same fields, and none has an id
            key=values.fingerprint(json.dumps(item, sort_keys=True)),
            # the others follow the time zone of the account
            time=values.seconds(item.get("ts_epoch")) or values.seconds(item.get("ts_event")),
            token=values.token_in(item.get("X-Mailin-custom"), TOKEN_KEY),
            recipient=values.address(item.get("email")),
            text=values.long_text(item.get("reason")),
            reason=self.KIND_TO_REASON.get(kind, ""),
            url=values.text(item.get("link"), 2000),
            # sending_ip is the sender's
            user_agent=values.text(item.get("user_agent")),
            machine="apple_prefetch" if "proxy_open" in kind else "",
        )
