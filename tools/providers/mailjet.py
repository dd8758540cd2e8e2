# Part of mail_tracking. Licence: LGPL-3.
"""Mailjet.

Events: https://dev.mailjet.com/email/guides/webhooks/
There is no signature; the webhook is protected by Basic auth in its address.
"""

from .. import events as ev
from .. import reasons
from . import values
from .base import Provider


class Mailjet(Provider):
    code = "mailjet"
    label = "Mailjet"
    setup_events = ("sent", "bounce", "blocked", "spam", "unsub")
    setup_url = "https://dev.mailjet.com/email/guides/webhooks/"
    KIND_TO_TYPE = {
        # Mailjet says so when the recipient's server took the mail; there is no earlier event
        "sent": ev.DELIVERED,
        "bounce": ev.SOFT_BOUNCE,
        "blocked": ev.REJECT,
        "open": ev.OPEN,
        "click": ev.CLICK,
        "spam": ev.SPAM,
        "unsub": ev.UNSUB,
    }
    ERROR_TO_REASON = {
        "user unknown": reasons.USER_UNKNOWN,
        "mailbox inactive": reasons.DISABLED,
        "quota exceeded": reasons.MAILBOX_FULL,
        "invalid domain": reasons.HOST_UNKNOWN,
        "no mail host": reasons.HOST_UNKNOWN,
        "greylisted": reasons.GREYLISTED,
        "relay/access denied": reasons.POLICY,
        "sender blocked": reasons.SENDER_REJECTED,
        "content blocked": reasons.CONTENT,
        "policy issue": reasons.POLICY,
        "connection issue": reasons.NETWORK,
        "system issue": reasons.NETWORK,
        "protocol issue": reasons.NETWORK,
        "typofix": reasons.HOST_UNKNOWN,
        "preblocked": reasons.POLICY,
        "blacklisted": reasons.POLICY,
        "spam reporter": reasons.POLICY,
        "bad or empty template": reasons.CONTENT,
        "error in template language": reasons.CONTENT,
    }

    def headers(self, token, existing):
        return {"X-MJ-CustomID": token}

    def _read(self, item):
        kind = values.text(item.get("event"))
        error = values.text(item.get("error"))
        names = ("event", "time", "MessageID", "email", "url", "CustomID")
        yield self._typed(
            kind,
            _bounce(item, error) if kind == "bounce" else None,
            # the MessageID is greater than what a float can hold, Python's integers are not
            key=values.fingerprint(*(item.get(name) for name in names)),
            time=values.seconds(item.get("time")),
            token=values.token(item.get("CustomID")),
            recipient=values.address(item.get("email")),
            text=values.first_text(item.get("comment"), item.get("smtp_reply")),
            note=error,
            reason=self.ERROR_TO_REASON.get(error, ""),
            url=values.text(item.get("url"), 2000),
            ip=values.text(item.get("ip")),
            user_agent=values.text(item.get("agent")),
        )


def _bounce(item: dict, error: str) -> str:
    if item.get("hard_bounce") is True:
        return ev.HARD_BOUNCE
    return ev.DEFERRAL if error == "greylisted" else ev.SOFT_BOUNCE
