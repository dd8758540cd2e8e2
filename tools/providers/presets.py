# Part of mail_tracking. Licence: LGPL-3.
"""How some services sign and name their events, by their documentation; none was tried live.

What a preset does not say is read as `mapped` and `hmac_signed` do without one.
"""

from .. import events as ev

PRESETS = {
    # https://developers.mailersend.com/api/v1/webhooks
    "mailersend": {
        "signature": {"header": "Signature"},
        "fields": {
            "time": "created_at",
            "key": "data.id",
            "recipient": "data.email.recipient.email",
            "text": "data.morph.reason",
            "url": "data.morph.url",
        },
        "types": {
            "activity.sent": ev.SENT,
            "activity.delivered": ev.DELIVERED,
            "activity.deferred": ev.DEFERRAL,
            "activity.soft_bounced": ev.SOFT_BOUNCE,
            "activity.hard_bounced": ev.HARD_BOUNCE,
            "activity.opened": ev.OPEN,
            "activity.clicked": ev.CLICK,
            "activity.unsubscribed": ev.UNSUB,
            "activity.spam_complaint": ev.SPAM,
        },
    },
    # https://emailit.com/docs
    "emailit": {
        "signature": {
            "header": "X-Emailit-Signature",
            "timestamp_header": "X-Emailit-Timestamp",
            "signed": "{timestamp}.{body}",
        },
    },
    # https://ahasend.com/docs: Standard Webhooks, but for the key, which is the text itself
    "ahasend": {
        "signature": {
            "header": "webhook-signature",
            "timestamp_header": "webhook-timestamp",
            "id_header": "webhook-id",
            "form": "v1,{signature}",
            "encoding": "base64",
            "signed": "{id}.{timestamp}.{body}",
        },
    },
    # https://docs.lettermint.co
    "lettermint": {
        "signature": {
            "header": "X-Lettermint-Signature",
            "form": "t={timestamp},v1={signature}",
            "signed": "{timestamp}.{body}",
        },
    },
    # https://forwardemail.net/faq
    "forward_email": {"signature": {"header": "X-Webhook-Signature"}},
}
