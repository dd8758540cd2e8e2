# Part of mail_tracking. Licence: LGPL-3.
"""Postmark.

Events: https://postmarkapp.com/developer/webhooks/webhooks-overview
Bounce types: https://postmarkapp.com/developer/api/bounce-api#bounce-types
There is no signature; the webhook is protected by Basic auth or a custom header.
"""

from .. import events as ev
from .. import reasons
from . import values
from .base import Provider

METADATA = "odoo-token"


class Postmark(Provider):
    code = "postmark"
    label = "Postmark"
    setup_events = ("Delivery", "Bounce", "SpamComplaint", "SubscriptionChange")
    setup_url = "https://postmarkapp.com/developer/webhooks/webhooks-overview"
    refused_status = malformed_status = 403  # anything else is tried again
    #: RecordType, or `Bounce/` and its Type -> event type. By word, never by TypeCode, which
    #: the samples of the documentation give to two types.
    KIND_TO_TYPE = {
        "Delivery": ev.DELIVERED,
        "SpamComplaint": ev.SPAM,
        "Open": ev.OPEN,
        "Click": ev.CLICK,
        "SubscriptionChange/ManualSuppression": ev.UNSUB,
        "Bounce/HardBounce": ev.HARD_BOUNCE,
        "Bounce/BadEmailAddress": ev.HARD_BOUNCE,
        # Postmark goes on trying, a hard or soft bounce may follow
        "Bounce/Transient": ev.DEFERRAL,
        "Bounce/DnsError": ev.DEFERRAL,
        "Bounce/SoftBounce": ev.SOFT_BOUNCE,
        "Bounce/Blocked": ev.SOFT_BOUNCE,
        "Bounce/DMARCPolicy": ev.SOFT_BOUNCE,
        "Bounce/VirusNotification": ev.SOFT_BOUNCE,
        # the filter of the receiving server, not the person
        "Bounce/SpamNotification": ev.SOFT_BOUNCE,
        "Bounce/Unknown": ev.SOFT_BOUNCE,
        "Bounce/ManuallyDeactivated": ev.REJECT,
        "Bounce/Unconfirmed": ev.REJECT,
        "Bounce/SMTPApiError": ev.REJECT,
        "Bounce/TemplateRenderingFailed": ev.REJECT,
        "Bounce/SpamComplaint": ev.SPAM,
        "Bounce/Unsubscribe": ev.UNSUB,
    }
    IGNORED = frozenset(
        {
            "SubscriptionChange",
            "Inbound",
            "Bounce/AutoResponder",
            "Bounce/AddressChange",
            "Bounce/ChallengeVerification",
            "Bounce/OpenRelayTest",
            "Bounce/Subscribe",
            "Bounce/InboundError",
        }
    )
    KIND_TO_REASON = {
        "Bounce/BadEmailAddress": reasons.USER_UNKNOWN,
        "Bounce/DnsError": reasons.NETWORK,
        "Bounce/DMARCPolicy": reasons.AUTHENTICATION,
        "Bounce/VirusNotification": reasons.CONTENT,
        "Bounce/SpamNotification": reasons.SPAM,
    }

    def headers(self, token, existing):
        # replies and returned mails refer to our Message-ID, which Postmark would replace
        return {f"X-PM-Metadata-{METADATA}": token, "X-PM-KeepID": "true"}

    def _read(self, item):
        kind = _kind(item)
        time = values.first_text(
            *(item.get(f"{what}At") for what in ("Delivered", "Bounced", "Received", "Changed"))
        )
        recipient = values.address(item.get("Recipient")) or values.address(item.get("Email"))
        yield self._typed(
            kind,
            key=_identity(item, kind, recipient, time),
            time=values.seconds(time),
            token=_token(item.get("Metadata")),
            recipient=recipient,
            text=values.first_text(item.get("Details"), item.get("Description")),
            reason=self.KIND_TO_REASON.get(kind, ""),
            url=values.text(item.get("OriginalLink"), 2000),
            ip=values.text(values.dig(item, "Geo", "IP")),
            user_agent=values.text(item.get("UserAgent")),
        )


def _kind(item: dict) -> str:
    record = values.text(item.get("RecordType"))
    if record == "Bounce":
        return f"{record}/{values.text(item.get('Type'))}"
    if record == "SubscriptionChange":
        # a hard bounce or a complaint that changes the subscription has an event of its own
        by_person = item.get("SuppressSending") is True and item.get("Origin") == "Recipient"
        if by_person and item.get("SuppressionReason") == "ManualSuppression":
            return f"{record}/ManualSuppression"
    return record


def _token(metadata) -> str:
    """The case that names keep on their way through SMTP is not documented."""
    for key, value in values.mapping(metadata).items():
        if key.lower().replace("_", "-") == METADATA:
            return values.token(value)
    return ""


def _identity(item: dict, kind: str, recipient: str, time: str) -> str:
    if number := values.text(item.get("ID")):
        return f"{kind} {number}"
    return values.fingerprint(
        kind, item.get("MessageID"), recipient, time, item.get("OriginalLink")
    )
