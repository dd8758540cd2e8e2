# Part of mail_tracking. Licence: LGPL-3.
"""Resend.

Events: https://resend.com/docs/dashboard/webhooks/event-types
It signs like Standard Webhooks, under the names of Svix:
https://docs.svix.com/receiving/verifying-payloads/how-manual

No header is documented that would come back from mail that was handed over by SMTP. What may
come back is the header that each of our mails carries, and the Message-ID.
"""

from .. import events as ev
from ..translate import _lt
from . import values
from .amazon_ses import SUBTYPE_TO_REASON
from .base import CREATE_HELP, EVENTS_HELP, TOKEN_HEADER
from .standard import StandardWebhooks


class Resend(StandardWebhooks):
    code = "resend"
    label = "Resend"
    setup_help = (
        CREATE_HELP,
        EVENTS_HELP,
        _lt("Enter the signing secret of the webhook (whsec_…) as the secret."),
    )
    setup_events = (
        "email.sent",
        "email.delivered",
        "email.delivery_delayed",
        "email.bounced",
        "email.suppressed",
        "email.failed",
        "email.complained",
    )
    setup_url = "https://resend.com/docs/dashboard/webhooks/event-types"
    setup_fields = ()
    PREFIXES = ("svix-", "webhook-")
    KIND_TO_TYPE = {
        "email.sent": ev.SENT,
        "email.delivered": ev.DELIVERED,
        "email.delivery_delayed": ev.DEFERRAL,
        "email.bounced": ev.SOFT_BOUNCE,
        "email.suppressed": ev.REJECT,
        "email.failed": ev.REJECT,
        "email.complained": ev.SPAM,
        "email.opened": ev.OPEN,
        "email.clicked": ev.CLICK,
    }
    IGNORED = frozenset(
        {
            "email.scheduled",
            "email.received",
            "contact.created",
            "contact.updated",
            "contact.deleted",
            "domain.created",
            "domain.updated",
            "domain.deleted",
            "suppression.added",
            "suppression.removed",
        }
    )

    def _read(self, item):
        data = values.mapping(item.get("data"))
        kind = values.text(item.get("type"))
        bounce, click = values.mapping(data.get("bounce")), values.mapping(data.get("click"))
        recipients = values.addresses(data.get("to"))
        yield self._typed(
            kind,
            _bounce(bounce) if kind == "email.bounced" else None,
            key=values.fingerprint(
                kind,
                data.get("email_id"),
                item.get("created_at"),
                click.get("link"),
                click.get("timestamp"),
                *recipients,
            ),
            time=values.seconds(item.get("created_at")),
            token=values.token(values.header(data.get("headers"), TOKEN_HEADER)),
            message_id=values.message_id(data.get("message_id")),
            # of several it is not said which one is meant
            recipient=recipients[0] if len(recipients) == 1 else "",
            text=values.first_text(*values.items(bounce.get("diagnosticCode"))[:20]),
            note=values.first_text(
                bounce.get("message"),
                values.dig(data, "failed", "reason"),
                values.dig(data, "suppressed", "message"),
                bounce.get("subType"),
            ),
            reason=SUBTYPE_TO_REASON.get(values.text(bounce.get("subType")), ""),
            url=values.text(click.get("link"), 2000),
            ip=values.text(click.get("ipAddress")),
            user_agent=values.text(click.get("userAgent")),
        )


def _bounce(bounce: dict) -> str:
    # the sentence is Resend's, and says what Resend itself did, where the subtype is missing
    words = values.text(bounce.get("subType")) or values.text(bounce.get("message"))
    if "suppress" in words.lower():
        return ev.REJECT
    return ev.HARD_BOUNCE if bounce.get("type") == "Permanent" else ev.SOFT_BOUNCE
