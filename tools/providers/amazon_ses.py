# Part of mail_tracking. Licence: LGPL-3.
"""Amazon SES, whose events come through SNS.

Events: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
Notifications: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import time

from .. import events as ev
from .. import reasons
from ..translate import _lt
from . import sns, values
from .base import TOKEN_HEADER, TOKEN_KEY, Provider
from .errors import Malformed, SetupError

_SUPPRESSED = frozenset({"Suppressed", "OnAccountSuppressionList"})
#: subtypes of bounces; Resend sends through SES and hands them on
SUBTYPE_TO_REASON = {
    "MailboxFull": reasons.MAILBOX_FULL,
    "MessageTooLarge": reasons.TOO_LARGE,
    "ContentRejected": reasons.CONTENT,
    "AttachmentRejected": reasons.CONTENT,
    "NoEmail": reasons.USER_UNKNOWN,
}
#: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
_DELAY_TO_REASON = {
    "MailboxFull": reasons.MAILBOX_FULL,
    "SpamDetected": reasons.SPAM,
    "IPFailure": reasons.SPAM,
    "RecipientServerError": reasons.NETWORK,
    "TransientCommunicationFailure": reasons.NETWORK,
    "InternalFailure": reasons.NETWORK,
    "BYOIPHostNameLookupUnavailable": reasons.AUTHENTICATION,
    "SendingDeferral": reasons.RATE,
}
#: how the sentences begin that SES writes where a server's answer would stand
_OWN_WORDS = ("amazon ses ", "amazon simple email service ")
_OWN_HOSTS = (".amazonses.com", ".amazonaws.com")


class AmazonSES(Provider):
    """Its secrets are the ARNs of the allowed topics."""

    code = "amazon_ses"
    label = "Amazon SES"
    setup_help = (
        _lt("Have a configuration set publish these events to an SNS topic: %(events)s."),
        _lt("Enter the ARN of the topic here."),
        _lt(
            "Subscribe this URL to the topic by HTTPS, without raw message delivery. Odoo "
            "confirms the subscription."
        ),
    )
    setup_events = (
        "Send",
        "Delivery",
        "DeliveryDelay",
        "Bounce",
        "Complaint",
        "Reject",
        "Rendering Failure",
        "Subscription",
    )
    setup_url = (
        "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"
    )
    uses_secret = False
    setup_fields = ("topics", "modern_only", "configuration_set")
    refused_status = 403  # SNS gives up on a 4xx without a further attempt
    KIND_TO_TYPE = {
        "Send": ev.SENT,
        "Delivery": ev.DELIVERED,
        "DeliveryDelay": ev.DEFERRAL,
        "Bounce": ev.SOFT_BOUNCE,
        "Complaint": ev.SPAM,
        "Reject": ev.REJECT,
        "Rendering Failure": ev.REJECT,
        "Open": ev.OPEN,
        "Click": ev.CLICK,
        "Subscription": ev.UNSUB,
    }
    IGNORED = frozenset({"AmazonSnsSubscriptionSucceeded", sns.CONFIRMATION, "sns"})
    #: where the objects are that name the recipients, and under which key
    KIND_TO_RECIPIENTS = {
        "Bounce": ("bounce", "bouncedRecipients"),
        "Complaint": ("complaint", "complainedRecipients"),
        "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
    }

    def secrets(self, stored):
        lines = (self.settings.values.get("topics") or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    def check_setup(self):
        for topic in self.secrets(()):
            if not sns.is_topic(topic):
                raise SetupError(_lt("%(text)s is not the ARN of an SNS topic"), text=topic)

    def check_fetched(self, content):
        sns.certificate_key(content, time.time())

    def headers(self, token, existing):
        tag = f"{TOKEN_KEY}={token}"
        others = next((v for k, v in existing.items() if k.lower() == "x-ses-message-tags"), "")
        headers = {"X-SES-MESSAGE-TAGS": f"{others}, {tag}" if others else tag}
        name = (self.settings.values.get("configuration_set") or "").strip()
        return {**headers, "X-SES-CONFIGURATION-SET": name} if name else headers

    def _verify(self, headers, body, secrets, now):
        if headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
            raise Malformed("raw_delivery")
        sns.verify(
            values.load_object(body),
            secrets,
            now,
            self.settings.fetch,
            modern_only=bool(self.settings.values.get("modern_only")),
        )

    def confirmation_url(self, body):
        return sns.confirmation_url(values.load_object(body))

    def _items(self, body):
        return [values.load_object(body)]

    def _read(self, item):
        content = _content(item.get("Message"))
        kind = values.text(content.get("eventType")) or values.text(content.get("notificationType"))
        if not kind:
            # a confirmation, or the sentence that says that a topic works
            yield self._typed(sns.CONFIRMATION if item.get("Token") else "sns")
            return
        detail = values.mapping(content.get(_object_key(kind)))
        event_type = _outcome(kind, detail, self.KIND_TO_TYPE)
        for address, entry in self._recipients(kind, content, detail):
            outcome = "" if _may_be_absence_note(kind, detail, entry) else event_type
            yield self._event(kind, outcome, item, content, detail, address, entry)

    def _recipients(self, kind, content, detail):
        if kind in self.KIND_TO_RECIPIENTS:
            _object, key = self.KIND_TO_RECIPIENTS[kind]
            entries = [values.mapping(entry) for entry in values.items(detail.get(key))[:1000]]
            return [(values.address(entry.get("emailAddress")), entry) for entry in entries]
        found = values.addresses(detail.get("recipients")) or values.addresses(
            values.dig(content, "mail", "destination")
        )
        return [(address, {}) for address in found]

    def _event(self, kind, event_type, item, content, detail, address, entry):
        mail = values.mapping(content.get("mail"))
        subtype = values.text(detail.get("bounceSubType"))
        delay = values.text(detail.get("delayType"))
        answer, words = _answer(entry, detail)
        return self._typed(
            kind,
            event_type,
            key=values.fingerprint(item.get("MessageId"), kind, address),
            time=values.seconds(detail.get("timestamp")) or values.seconds(item.get("Timestamp")),
            token=values.token(values.dig(mail, "tags", TOKEN_KEY))
            or values.token(values.header(mail.get("headers"), TOKEN_HEADER)),
            # SES overwrites the Message-ID; this is the one that we gave
            message_id=values.message_id(values.dig(mail, "commonHeaders", "messageId"))
            or values.message_id(values.header(mail.get("headers"), "Message-ID")),
            recipient=address,
            text=answer,
            note=values.first_text(
                words,
                detail.get("reason"),
                detail.get("errorMessage"),
                subtype,
                delay,
                detail.get("complaintSubType"),
            ),
            status=values.status(entry.get("status")),
            reason=SUBTYPE_TO_REASON.get(subtype) or _DELAY_TO_REASON.get(delay, ""),
            server=_server(detail),
            url=values.text(detail.get("link"), 2000),
            ip=values.text(detail.get("ipAddress")),
            user_agent=values.text(detail.get("userAgent")),
        )


def _content(message) -> dict:
    """Return an event; a sentence that says that a topic works is none."""
    if not isinstance(message, str) or not message.lstrip().startswith("{"):
        return {}
    return values.mapping(values.load_json(message.encode("utf-8", "replace")))


def _object_key(kind: str) -> str:
    return "failure" if kind == "Rendering Failure" else kind[:1].lower() + kind[1:]


def _outcome(kind: str, detail: dict, table) -> str | None:
    """What a bounce, a complaint or a change of subscription really is."""
    subtype = values.text(detail.get("bounceSubType") or detail.get("complaintSubType"))
    if kind in ("Bounce", "Complaint") and subtype in _SUPPRESSED:
        return ev.REJECT
    if kind == "Bounce" and detail.get("bounceType") == "Permanent":
        return ev.HARD_BOUNCE
    if kind == "Complaint" and detail.get("complaintFeedbackType") == "not-spam":
        return ""
    if kind == "Subscription" and not _opted_out(detail):
        return ""
    return table.get(kind)


def _may_be_absence_note(kind: str, detail: dict, entry: dict) -> bool:
    """SES reports out-of-office replies as bounces of which it says nothing but the address."""
    general = (detail.get("bounceType"), detail.get("bounceSubType")) == ("Transient", "General")
    names = ("status", "action", "diagnosticCode")
    return kind == "Bounce" and general and not any(values.text(entry.get(name)) for name in names)


def _answer(entry: dict, detail: dict) -> tuple[str, str]:
    """What a server answered, and what SES wrote in place of an answer."""
    said = values.first_text(entry.get("diagnosticCode"), detail.get("smtpResponse"))
    is_own = said.lower().startswith(_OWN_WORDS)
    return ("", said) if is_own else (said, "")


def _server(detail: dict) -> str:
    """The recipient's server; the one that reports is mostly a machine of Amazon's own."""
    if remote := values.text(detail.get("remoteMtaIp")):
        return remote
    reporting = values.text(detail.get("reportingMTA")).rpartition(";")[2].strip()
    return "" if reporting.lower().endswith(_OWN_HOSTS) else reporting


def _opted_out(detail: dict) -> bool:
    preferences = values.mapping(detail.get("newTopicPreferences"))
    statuses = (
        values.text(values.dig(topic, "subscriptionStatus"))
        for topic in values.items(preferences.get("topicSubscriptionStatus"))
    )
    return preferences.get("unsubscribeAll") is True or "OptOut" in statuses
