# Part of mail_tracking. Licence: LGPL-3.
"""SparkPost, also called Bird.

Events: https://developers.sparkpost.com/api/events/
Bounce classes: https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
There is no signature; the webhook is protected by Basic auth or a custom header.
"""

from .. import events as ev
from .. import reasons
from . import values
from .base import TOKEN_KEY, Provider, json_header

_BOUNCES = frozenset({"bounce", "out_of_band"})
_CLASS_TO_TYPE = {
    "10": ev.HARD_BOUNCE,
    "30": ev.HARD_BOUNCE,
    "25": ev.REJECT,
    "90": ev.UNSUB,
    # an auto-reply, a subscription, a challenge: no bounce at all
    "60": "",
    "80": "",
    "100": "",
}
_CLASS_TO_REASON = {
    "10": reasons.USER_UNKNOWN,
    "20": reasons.UNKNOWN,
    "21": reasons.NETWORK,
    "22": reasons.MAILBOX_FULL,
    "23": reasons.TOO_LARGE,
    "24": reasons.EXPIRED,
    "30": reasons.USER_UNKNOWN,
    "50": reasons.SPAM,
    "51": reasons.SPAM,
    "52": reasons.SPAM,
    "53": reasons.CONTENT,
    "54": reasons.POLICY,
}


class SparkPost(Provider):
    code = "sparkpost"
    label = "SparkPost"
    setup_events = (
        "injection",
        "delivery",
        "delay",
        "bounce",
        "out_of_band",
        "policy_rejection",
        "generation_rejection",
        "generation_failure",
        "spam_complaint",
        "list_unsubscribe",
        "link_unsubscribe",
    )
    setup_url = "https://developers.sparkpost.com/api/events/"
    KIND_TO_TYPE = {
        "injection": ev.SENT,
        "delivery": ev.DELIVERED,
        "delay": ev.DEFERRAL,
        "bounce": ev.SOFT_BOUNCE,
        "out_of_band": ev.SOFT_BOUNCE,
        "policy_rejection": ev.REJECT,
        "generation_rejection": ev.REJECT,
        "generation_failure": ev.REJECT,
        "spam_complaint": ev.SPAM,
        "open": ev.OPEN,
        "initial_open": ev.OPEN,
        "amp_open": ev.OPEN,
        "amp_initial_open": ev.OPEN,
        "click": ev.CLICK,
        "amp_click": ev.CLICK,
        "list_unsubscribe": ev.UNSUB,
        "link_unsubscribe": ev.UNSUB,
    }
    IGNORED = frozenset(
        {
            "",
            "sms_status",
            "relay_injection",
            "relay_delivery",
            "relay_rejection",
            "relay_tempfail",
            "relay_permfail",
            "ab_test_completed",
            "ab_test_cancelled",
        }
    )

    def headers(self, token, existing):
        return json_header(existing, "X-MSYS-API", ("metadata", TOKEN_KEY), token)

    def _read(self, item):
        # the class that holds the event says nothing that its type does not; none is a ping
        data = next(map(values.mapping, values.mapping(item.get("msys")).values()), {})
        kind = values.text(data.get("type"))
        bounce_class = values.text(data.get("bounce_class"))
        parsed = values.mapping(data.get("user_agent_parsed"))
        yield self._typed(
            kind,
            _CLASS_TO_TYPE.get(bounce_class) if kind in _BOUNCES else None,
            key=values.text(data.get("event_id"))
            or values.fingerprint(kind, data.get("message_id"), data.get("timestamp")),
            time=values.seconds(data.get("timestamp")),
            token=values.token_in(data.get("rcpt_meta"), TOKEN_KEY),
            recipient=values.address(data.get("rcpt_to"))
            or values.address(data.get("raw_rcpt_to")),
            text=values.first_text(data.get("raw_reason"), data.get("reason")),
            code=values.integer(data.get("error_code")),
            reason=_CLASS_TO_REASON.get(bounce_class, ""),
            url=values.text(data.get("target_link_url"), 2000),
            ip=values.text(data.get("ip_address")) if kind not in _BOUNCES else "",
            user_agent=values.text(data.get("user_agent")),
            machine="apple_prefetch" if parsed.get("is_prefetched") is True else "",
        )
