# Part of mail_tracking. Licence: LGPL-3.
"""Azure Communication Services, whose events come through Event Grid.

Events: https://learn.microsoft.com/azure/event-grid/communication-services-email-events
Handshake: https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
There is no signature; the subscription can send a custom header. What the mails carry does not
come back, but the Message-ID does.
"""

import json

from .. import events as ev
from .. import reasons
from ..translate import _lt
from . import values
from .base import EVENTS_HELP, Provider

_HANDSHAKE = "Microsoft.EventGrid.SubscriptionValidationEvent"
_ENGAGEMENT = "EmailEngagementTrackingReportReceived"


class AzureCommunication(Provider):
    code = "azure"
    label = "Azure Communication Services"
    setup_help = (
        _lt("In Event Grid, create an event subscription of this URL, with the Event Grid schema."),
        EVENTS_HELP,
        _lt(
            "Invent a long password. Enter it here as the secret, and under Delivery Properties "
            "as the header X-Webhook-Secret."
        ),
    )
    setup_events = ("Email Delivery Report Received",)
    setup_url = "https://learn.microsoft.com/azure/event-grid/communication-services-email-events"
    KIND_TO_TYPE = {
        "Delivered": ev.DELIVERED,
        # a list took it; nothing is reported of its members
        "Expanded": ev.RELAYED,
        "Bounced": ev.HARD_BOUNCE,
        "Failed": ev.SOFT_BOUNCE,
        "FilteredSpam": ev.SOFT_BOUNCE,
        "Quarantined": ev.SOFT_BOUNCE,
        "Suppressed": ev.REJECT,
        "view": ev.OPEN,
        "click": ev.CLICK,
    }
    IGNORED = frozenset({_HANDSHAKE, "OutForDelivery"})
    KIND_TO_REASON = {"FilteredSpam": reasons.SPAM, "Quarantined": reasons.SPAM}

    def answer(self, body):
        """Return the code by which Event Grid validates a subscription."""
        for item in self._items(body):
            if values.dig(item, "eventType") == _HANDSHAKE:
                code = values.text(values.dig(item, "data", "validationCode"))
                return json.dumps({"validationResponse": code}).encode()
        return b""

    def _read(self, item):
        data = values.mapping(item.get("data"))
        # `type` and `time` are what CloudEvents call them
        event_type = values.text(item.get("eventType") or item.get("type"))
        kind = values.text(data.get("status")) or event_type
        if event_type.endswith(_ENGAGEMENT):
            kind = values.text(data.get("engagementType")).lower()
        details = values.mapping(data.get("deliveryStatusDetails"))
        times = (data.get(name) for name in _TIMES)
        time = values.first_text(*times, item.get("eventTime"), item.get("time"))
        yield self._typed(
            kind,
            key=values.text(item.get("id"))
            or values.fingerprint(kind, data.get("messageId"), data.get("recipient"), time),
            time=values.seconds(time),
            message_id=values.message_id(data.get("internetMessageId")),
            recipient=values.address(data.get("recipient")),
            text=values.long_text(details.get("statusMessage")),
            reason=self.KIND_TO_REASON.get(kind, ""),
            server=values.text(details.get("recipientMailServerHostName")),
            url=values.text(data.get("engagementContext"), 2000) if kind == "click" else "",
            user_agent=values.text(data.get("userAgent")),
        )


#: the documentation spells them both ways
_TIMES = (
    "deliveryAttemptTimeStamp",
    "deliveryAttemptTimestamp",
    "userActionTimeStamp",
    "userActionTimestamp",
)
