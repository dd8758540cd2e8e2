# Part of mail_tracking. Licence: LGPL-3.
"""Every field that an adapter reads, in events as the services document them. Invented values."""

import json
from urllib.parse import urlencode

import pytest
from webhook_samples import iso

from tools.providers import PROVIDERS
from tools.providers.base import TOKEN_HEADER, Settings, WebhookEvent

TIME = 1_780_300_002.0
TOKEN = "7f3c" * 8
AGENT = "Mozilla/5.0 (X11)"
LINK = "https://example.com/a"
BOB = {"time": TIME, "token": TOKEN, "recipient": "bob@example.com"}
ANN = {"time": TIME, "token": TOKEN, "recipient": "ann@example.com"}
CLICKED = {"url": LINK, "ip": "198.51.100.7", "user_agent": AGENT}
UNKNOWN_USER = {"code": 550, "status": "5.1.1", "reason": "user_unknown"}


def read(code, item, **settings):
    """The events of a request, without what is tested elsewhere."""
    body = json.dumps(item)
    if code == "mandrill":
        body = urlencode({"mandrill_events": f"[{body}]"})
    events = PROVIDERS[code](Settings(values=settings)).parse(body.encode())
    return [event._replace(key="", raw="") for event in events]


def mailgun(**data):
    return {
        "signature": {"token": "t"},
        "event-data": {
            "timestamp": TIME,
            "recipient": "Bob@Example.com",
            "user-variables": {"odoo_token": TOKEN},
            "message": {"headers": {"message-id": "1.2@odoo.example.com"}},
            **data,
        },
    }


def failed(code, message="", *, severity="permanent", **more):
    reason = more.pop("reason", "bounce")
    return mailgun(
        event="failed",
        severity=severity,
        reason=reason,
        **{"delivery-status": {"code": code, "message": message, **more}},
    )


MAILGUN = {**BOB, "message_id": "<1.2@odoo.example.com>"}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (mailgun(event="accepted"), ("accepted", "sent", {})),
        (
            mailgun(
                event="delivered",
                **{"delivery-status": {"code": 250, "message": "OK", "mx-host": "mx.example.com"}},
            ),
            ("delivered", "delivered", {"code": 250, "text": "OK", "server": "mx.example.com"}),
        ),
        (
            failed(450, "4.7.1 try later", severity="temporary"),
            (
                "failed",
                "deferral",
                {
                    "code": 450,
                    "status": "4.7.1",
                    "text": "4.7.1 try later",
                    "reason": "greylisted",
                },
            ),
        ),
        (
            failed(550, "no such user", **{"enhanced-code": "5.1.1"}),
            ("failed", "hard_bounce", {**UNKNOWN_USER, "text": "no such user"}),
        ),
        (
            failed(452, "full", **{"enhanced-code": "4.2.2"}),
            (
                "failed",
                "soft_bounce",
                {"code": 452, "status": "4.2.2", "text": "full", "reason": "mailbox_full"},
            ),
        ),
        # codes of Mailgun's own: none is an answer of the recipient's server
        *(
            (failed(code, "Not delivering"), ("failed", "reject", {"text": "Not delivering"}))
            for code in (605, 606, 607, 625)
        ),
        (
            failed(605, reason="suppress-bounce"),
            ("failed", "reject", {"text": "suppress-bounce"}),
        ),
        (
            failed(550, "x", reason="suppress-unsubscribe"),
            ("failed", "reject", {"text": "x", "code": 550}),
        ),
        (
            failed(498, "Not tried"),
            ("failed", "hard_bounce", {"text": "Not tried", "reason": "host_unknown"}),
        ),
        (
            failed(499, "Not tried"),
            ("failed", "soft_bounce", {"text": "Not tried", "reason": "expired"}),
        ),
        (
            failed(400, "later"),
            ("failed", "soft_bounce", {"text": "later", "code": 400, "reason": "unknown"}),
        ),
        (
            mailgun(event="failed", severity="permanent", reason="generic"),
            ("failed", "hard_bounce", {"text": "generic", "reason": "unknown"}),
        ),
        (
            failed(550, **{"enhanced-code": "5.1.1", "description": "no such user"}),
            ("failed", "hard_bounce", {**UNKNOWN_USER, "text": "no such user"}),
        ),
        (
            mailgun(event="rejected", reject={"reason": "Sandbox"}),
            ("rejected", "reject", {"text": "Sandbox"}),
        ),
        (
            mailgun(
                event="clicked",
                url=LINK,
                ip="198.51.100.7",
                **{"client-info": {"user-agent": AGENT}},
            ),
            ("clicked", "click", CLICKED),
        ),
        (mailgun(event="unsubscribed"), ("unsubscribed", "unsub", {})),
        (mailgun(event="complained"), ("complained", "spam", {})),
    ],
)
def test_mailgun(item, expected):
    kind, event_type, values = expected
    assert read("mailgun", item) == [WebhookEvent(kind, event_type, **{**MAILGUN, **values})]


def sendgrid(event, **more):
    return {
        "email": "bob@example.com",
        "timestamp": int(TIME),
        "event": event,
        "odoo_token": TOKEN,
        "sg_event_id": "ev1",
        **more,
    }


@pytest.mark.parametrize(
    ("item", "event_type", "expected"),
    [
        (
            sendgrid("processed", **{"smtp-id": "<1.2@odoo.example.com>"}),
            "sent",
            {"message_id": "<1.2@odoo.example.com>"},
        ),
        (sendgrid("delivered", response="250 OK"), "delivered", {"text": "250 OK"}),
        (
            sendgrid("deferred", response="451 try later"),
            "deferral",
            {"text": "451 try later", "code": 451, "reason": "network"},
        ),
        (
            sendgrid("bounce", type="bounce", status="5.1.1", reason="550 unknown"),
            "hard_bounce",
            {"text": "550 unknown", **UNKNOWN_USER},
        ),
        (
            sendgrid("bounce", type="bounce", status="4.2.2", reason="452 full"),
            "soft_bounce",
            {"text": "452 full", "code": 452, "status": "4.2.2", "reason": "mailbox_full"},
        ),
        # the service calls it hard, its own status says that it is for now
        (
            sendgrid("bounce", type="bounce", status="4.0.0"),
            "soft_bounce",
            {"status": "4.0.0", "reason": "unknown"},
        ),
        (
            sendgrid("bounce", type="blocked", status="5.7.1", reason="554 blocked"),
            "soft_bounce",
            {"text": "554 blocked", "code": 554, "status": "5.7.1", "reason": "policy"},
        ),
        (sendgrid("dropped", reason="Bounced Address"), "reject", {"text": "Bounced Address"}),
        (
            sendgrid("open", sg_machine_open=True, ip="203.0.113.9", useragent="Mozilla/5.0"),
            "open",
            {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0", "machine": "apple_prefetch"},
        ),
        (
            sendgrid("open", sg_machine_open=False, ip="203.0.113.9", useragent="Mozilla/5.0"),
            "open",
            {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        ),
        (sendgrid("click", url=LINK, ip="198.51.100.7", useragent=AGENT), "click", CLICKED),
        # the address of the sending server is nothing that a person did
        (sendgrid("delivered", ip="192.0.2.1"), "delivered", {}),
        (sendgrid("spamreport"), "spam", {}),
        (sendgrid("unsubscribe"), "unsub", {}),
        (sendgrid("group_unsubscribe"), "unsub", {}),
        (sendgrid("group_resubscribe"), "", {}),
        (sendgrid("account_status_change"), "", {}),
    ],
)
def test_sendgrid(item, event_type, expected):
    expected = WebhookEvent(item["event"], event_type, **{**BOB, **expected})
    assert read("sendgrid", [item]) == [expected]


def postmark(record, **more):
    return {
        "RecordType": record,
        "MessageID": "0c1d",
        "Metadata": {"odoo-token": TOKEN},
        "Recipient": "bob@example.com",
        **more,
    }


def postmark_bounce(kind, details="", **more):
    item = postmark("Bounce", ID=4101, Type=kind, Email="bob@example.com", BouncedAt=iso(TIME))
    del item["Recipient"]
    return {**item, "Details": details, **more}


@pytest.mark.parametrize(
    ("item", "kind", "event_type", "expected"),
    [
        (
            postmark("Delivery", DeliveredAt="2026-06-01T07:46:42.0000000Z", Details="250 OK"),
            "Delivery",
            "delivered",
            {"text": "250 OK"},
        ),
        (
            postmark_bounce("HardBounce", "smtp;550 5.1.1 no such user"),
            "Bounce/HardBounce",
            "hard_bounce",
            {**UNKNOWN_USER, "text": "smtp;550 5.1.1 no such user"},
        ),
        (
            postmark_bounce("BadEmailAddress", Description="The address is no address"),
            "Bounce/BadEmailAddress",
            "hard_bounce",
            {"reason": "user_unknown", "text": "The address is no address"},
        ),
        *(
            (
                postmark_bounce(kind),
                f"Bounce/{kind}",
                event_type,
                {"reason": reason} if reason else {},
            )
            for kind, event_type, reason in (
                ("Transient", "deferral", "unknown"),
                ("DnsError", "deferral", "network"),
                ("SoftBounce", "soft_bounce", "unknown"),
                ("Blocked", "soft_bounce", "unknown"),
                ("DMARCPolicy", "soft_bounce", "authentication"),
                ("VirusNotification", "soft_bounce", "content"),
                ("SpamNotification", "soft_bounce", "spam"),
                ("Unknown", "soft_bounce", "unknown"),
                ("ManuallyDeactivated", "reject", ""),
                ("Unconfirmed", "reject", ""),
                ("SMTPApiError", "reject", ""),
                ("TemplateRenderingFailed", "reject", ""),
                ("Unsubscribe", "unsub", ""),
                ("AutoResponder", "", ""),
                ("AddressChange", "", ""),
                ("ChallengeVerification", "", ""),
                ("OpenRelayTest", "", ""),
                ("Subscribe", "", ""),
                ("InboundError", "", ""),
            )
        ),
        (
            postmark("SpamComplaint", Type="SpamComplaint", BouncedAt=iso(TIME)),
            "SpamComplaint",
            "spam",
            {},
        ),
        (
            postmark("Open", ReceivedAt=iso(TIME), UserAgent=AGENT, Geo={"IP": "203.0.113.9"}),
            "Open",
            "open",
            {"ip": "203.0.113.9", "user_agent": AGENT},
        ),
        (
            postmark(
                "Click",
                ReceivedAt=iso(TIME),
                OriginalLink=LINK,
                UserAgent=AGENT,
                Geo={"IP": "198.51.100.7"},
            ),
            "Click",
            "click",
            CLICKED,
        ),
    ],
)
def test_postmark(item, kind, event_type, expected):
    expected = WebhookEvent(kind, event_type, **{**BOB, **expected})
    assert read("postmark", item) == [expected]


@pytest.mark.parametrize(
    ("changes", "event_type"),
    [
        ({}, "unsub"),
        ({"Origin": "Admin"}, ""),
        ({"SuppressSending": False}, ""),
        ({"SuppressionReason": "HardBounce"}, ""),
        ({"SuppressionReason": "SpamComplaint"}, ""),
    ],
)
def test_only_the_recipient_unsubscribes_at_postmark(changes, event_type):
    item = postmark(
        "SubscriptionChange",
        ChangedAt=iso(TIME),
        Origin="Recipient",
        SuppressSending=True,
        SuppressionReason="ManualSuppression",
    )
    (event,) = read("postmark", {**item, **changes})
    assert (event.type, event.known, event.time) == (event_type, True, TIME)


@pytest.mark.parametrize("name", ["odoo-token", "Odoo-Token", "ODOO_TOKEN"])
def test_postmark_may_change_the_case_of_metadata(name):
    item = postmark("Delivery", Metadata={"other": "x" * 32, name: TOKEN})
    assert read("postmark", item)[0].token == TOKEN


def ses(kind, *, key="eventType", mail=None, **detail):
    """One message of SNS; `detail` holds the object of the event under its name."""
    inner = {
        key: kind,
        "mail": {
            "messageId": "0102-a",
            "destination": ["bob@example.com"],
            "tags": {"odoo_token": [TOKEN]},
            "commonHeaders": {"messageId": "<1.2@odoo.example.com>"},
            **(mail or {}),
        },
        **detail,
    }
    return {"MessageId": "sns-1", "Timestamp": iso(TIME), "Message": json.dumps(inner)}


def ses_bounce(kind, subtype="General", **entry):
    return {
        "bounceType": kind,
        "bounceSubType": subtype,
        "timestamp": iso(TIME),
        "reportingMTA": "dns; mta.example",
        "bouncedRecipients": [{"emailAddress": "Bob <bob@example.com>", **entry}],
    }


SES = {**BOB, "message_id": "<1.2@odoo.example.com>"}
DNS = {"server": "mta.example"}


def complaint(**more):
    return {"complainedRecipients": [{"emailAddress": "bob@example.com"}], **more}


@pytest.mark.parametrize(
    ("item", "kind", "event_type", "expected"),
    [
        (ses("Send", send={}), "Send", "sent", {}),
        (
            ses(
                "Delivery",
                delivery={
                    "recipients": ["bob@example.com"],
                    "smtpResponse": "250 ok",
                    "timestamp": iso(TIME),
                    "remoteMtaIp": "192.0.2.9",
                },
                mail={"destination": ["bob@example.com", "other@example.com"]},
            ),
            "Delivery",
            "delivered",
            {"text": "250 ok", "server": "192.0.2.9"},
        ),
        (
            ses(
                "DeliveryDelay",
                deliveryDelay={
                    "delayType": "MailboxFull",
                    "delayedRecipients": [{"emailAddress": "bob@example.com", "status": "4.2.2"}],
                },
            ),
            "DeliveryDelay",
            "deferral",
            {"text": "MailboxFull", "status": "4.2.2", "reason": "mailbox_full"},
        ),
        (
            ses(
                "Bounce",
                bounce=ses_bounce(
                    "Permanent", status="5.1.1", diagnosticCode="smtp; 550 5.1.1 unknown"
                ),
            ),
            "Bounce",
            "hard_bounce",
            {**UNKNOWN_USER, **DNS, "text": "smtp; 550 5.1.1 unknown"},
        ),
        (
            ses(
                "Bounce",
                key="notificationType",
                bounce=ses_bounce("Permanent", diagnosticCode="smtp; 550 5.1.1 unknown"),
            ),
            "Bounce",
            "hard_bounce",
            {**UNKNOWN_USER, **DNS, "text": "smtp; 550 5.1.1 unknown"},
        ),
        (
            # the service calls it permanent, the status of the server says that it is for now
            ses("Bounce", bounce=ses_bounce("Permanent", status="4.4.7")),
            "Bounce",
            "soft_bounce",
            {**DNS, "text": "General", "status": "4.4.7", "reason": "expired"},
        ),
        *(
            (
                ses("Bounce", bounce=ses_bounce(kind, subtype)),
                "Bounce",
                event_type,
                {**DNS, "text": subtype, **({"reason": reason} if reason else {})},
            )
            for kind, subtype, event_type, reason in (
                ("Permanent", "General", "hard_bounce", "unknown"),
                ("Permanent", "NoEmail", "hard_bounce", "user_unknown"),
                ("Permanent", "Suppressed", "reject", ""),
                ("Permanent", "OnAccountSuppressionList", "reject", ""),
                ("Transient", "MailboxFull", "soft_bounce", "mailbox_full"),
                ("Transient", "MessageTooLarge", "soft_bounce", "too_large"),
                ("Transient", "ContentRejected", "soft_bounce", "content"),
                ("Transient", "AttachmentRejected", "soft_bounce", "content"),
                ("Undetermined", "Undetermined", "soft_bounce", "unknown"),
            )
        ),
        (ses("Complaint", complaint=complaint()), "Complaint", "spam", {}),
        (
            ses("Complaint", complaint=complaint(complaintFeedbackType="abuse")),
            "Complaint",
            "spam",
            {},
        ),
        (
            ses("Complaint", complaint=complaint(complaintFeedbackType="not-spam")),
            "Complaint",
            "",
            {},
        ),
        (
            ses("Complaint", complaint=complaint(complaintSubType="OnAccountSuppressionList")),
            "Complaint",
            "reject",
            {"text": "OnAccountSuppressionList"},
        ),
        (
            ses("Reject", reject={"reason": "Bad content"}),
            "Reject",
            "reject",
            {"text": "Bad content"},
        ),
        (
            ses("Rendering Failure", failure={"errorMessage": "no such variable"}),
            "Rendering Failure",
            "reject",
            {"text": "no such variable"},
        ),
        (
            ses(
                "Open",
                open={"ipAddress": "203.0.113.9", "userAgent": AGENT, "timestamp": iso(TIME)},
            ),
            "Open",
            "open",
            {"ip": "203.0.113.9", "user_agent": AGENT},
        ),
        (
            ses("Click", click={"link": LINK, "ipAddress": "198.51.100.7", "userAgent": AGENT}),
            "Click",
            "click",
            CLICKED,
        ),
        *(
            (
                ses("Subscription", subscription={"newTopicPreferences": wanted}),
                "Subscription",
                w,
                {},
            )
            for wanted, w in (
                ({"unsubscribeAll": True}, "unsub"),
                ({"unsubscribeAll": False}, ""),
                ({}, ""),
                (
                    {
                        "unsubscribeAll": False,
                        "topicSubscriptionStatus": [
                            {"topicName": "a", "subscriptionStatus": "OptIn"},
                            {"topicName": "b", "subscriptionStatus": "OptOut"},
                        ],
                    },
                    "unsub",
                ),
                ({"topicSubscriptionStatus": [{"subscriptionStatus": "OptIn"}]}, ""),
            )
        ),
    ],
)
def test_amazon_ses(item, kind, event_type, expected):
    assert read("amazon_ses", item) == [WebhookEvent(kind, event_type, **{**SES, **expected})]


def test_notifications_of_ses_bring_the_token_in_the_headers_at_best():
    headers = [
        {"name": "x-odoo-mailtracking-token", "value": TOKEN},
        {"name": "message-id", "value": "<1.2@odoo.example.com>"},
    ]
    item = ses("Send", mail={"tags": None, "commonHeaders": None, "headers": headers})
    assert read("amazon_ses", item) == [WebhookEvent("Send", "sent", **SES)]
    item = ses("Send", mail={"headers": [{"name": TOKEN_HEADER, "value": "f" * 32}]})
    assert read("amazon_ses", item)[0].token == TOKEN, "what SES gives back of its own counts"


def test_headers_of_ses():
    existing = {"x-ses-message-tags": "campaign=spring"}
    headers = PROVIDERS["amazon_ses"]().headers(TOKEN, existing)
    assert headers == {"X-SES-MESSAGE-TAGS": f"campaign=spring, odoo_token={TOKEN}"}
    headers = PROVIDERS["amazon_ses"](Settings(values={"configuration_set": "set"})).headers(
        TOKEN, {}
    )
    assert headers == {
        "X-SES-MESSAGE-TAGS": f"odoo_token={TOKEN}",
        "X-SES-CONFIGURATION-SET": "set",
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("brevo", {"X-Mailin-custom": json.dumps({"odoo_token": TOKEN})}),
        ("mailjet", {"X-MJ-CustomID": TOKEN}),
        ("mailgun", {"X-Mailgun-Variables": json.dumps({"odoo_token": TOKEN})}),
        ("mandrill", {"X-MC-Metadata": json.dumps({"odoo_token": TOKEN})}),
        ("sendgrid", {"X-SMTPAPI": json.dumps({"unique_args": {"odoo_token": TOKEN}})}),
        ("sparkpost", {"X-MSYS-API": json.dumps({"metadata": {"odoo_token": TOKEN}})}),
        ("postmark", {"X-PM-Metadata-odoo-token": TOKEN, "X-PM-KeepID": "true"}),
        ("resend", {}),
        ("standard", {}),
    ],
)
def test_headers_of_mails(code, expected):
    assert PROVIDERS[code]().headers(TOKEN, {}) == expected


def brevo(event, **more):
    return {
        "event": event,
        "email": "bob@example.com",
        "message-id": "<20260601.2@smtp-relay.mailin.fr>",
        "ts_epoch": int(TIME * 1000),
        "ts_event": 1,
        "ts": 2,
        "sending_ip": "192.0.2.1",
        "X-Mailin-custom": json.dumps({"odoo_token": TOKEN}),
        **more,
    }


@pytest.mark.parametrize(
    ("item", "event_type", "expected"),
    [
        (brevo("request"), "sent", {}),
        (brevo("delivered"), "delivered", {}),
        (
            brevo("deferred", reason="451 4.7.1 greylisted"),
            "deferral",
            {
                "text": "451 4.7.1 greylisted",
                "code": 451,
                "status": "4.7.1",
                "reason": "greylisted",
            },
        ),
        (
            brevo("soft_bounce", reason="452 4.2.2 full"),
            "soft_bounce",
            {"text": "452 4.2.2 full", "code": 452, "status": "4.2.2", "reason": "mailbox_full"},
        ),
        (
            brevo("hard_bounce", reason="550 5.1.1 unknown"),
            "hard_bounce",
            {"text": "550 5.1.1 unknown", **UNKNOWN_USER},
        ),
        (brevo("invalid_email"), "hard_bounce", {"reason": "user_unknown"}),
        *((brevo(event), "reject", {}) for event in ("blocked", "error")),
        *((brevo(event), "spam", {}) for event in ("spam", "complaint")),
        *((brevo(event), "unsub", {}) for event in ("unsubscribed", "unsubscribe")),
        *(
            (brevo(event, user_agent=AGENT), "open", {"user_agent": AGENT})
            for event in ("opened", "unique_opened")
        ),
        *(
            (brevo(event), "open", {"machine": "apple_prefetch"})
            for event in ("proxy_open", "unique_proxy_open")
        ),
        (brevo("click", link=LINK), "click", {"url": LINK}),
        (brevo("delivered", ts_epoch=None, ts_event=int(TIME)), "delivered", {}),
        (brevo("list_addition"), "", {}),
    ],
)
def test_brevo(item, event_type, expected):
    assert read("brevo", item) == [WebhookEvent(item["event"], event_type, **{**BOB, **expected})]


def mailjet(event, **more):
    return {
        "event": event,
        "time": int(TIME),
        "MessageID": 1152921504606846990,
        "email": "bob@example.com",
        "CustomID": TOKEN,
        **more,
    }


@pytest.mark.parametrize(
    ("item", "event_type", "expected"),
    [
        (
            mailjet("sent", smtp_reply="sent (250 2.0.0 OK)"),
            "delivered",
            {"text": "sent (250 2.0.0 OK)"},
        ),
        (
            mailjet("bounce", hard_bounce=True, error="user unknown", comment="550 5.1.1"),
            "hard_bounce",
            {"text": "550 5.1.1", **UNKNOWN_USER},
        ),
        # the answer of the server beats the word of the service
        (
            mailjet("bounce", hard_bounce=True, error="user unknown", comment="452 4.2.2 full"),
            "soft_bounce",
            {"text": "452 4.2.2 full", "code": 452, "status": "4.2.2", "reason": "mailbox_full"},
        ),
        *(
            (
                mailjet("bounce", hard_bounce=hard, error=error),
                event_type,
                {"text": error, "reason": reason},
            )
            for error, hard, event_type, reason in (
                ("greylisted", False, "deferral", "greylisted"),
                ("quota exceeded", False, "soft_bounce", "mailbox_full"),
                ("mailbox inactive", True, "hard_bounce", "disabled"),
                ("invalid domain", True, "hard_bounce", "host_unknown"),
                ("no mail host", True, "hard_bounce", "host_unknown"),
                ("relay/access denied", False, "soft_bounce", "policy"),
                ("sender blocked", False, "soft_bounce", "sender_rejected"),
                ("content blocked", False, "soft_bounce", "content"),
                ("policy issue", False, "soft_bounce", "policy"),
                ("connection issue", False, "soft_bounce", "network"),
            )
        ),
        (
            mailjet("blocked", error="preblocked"),
            "reject",
            {"text": "preblocked", "reason": "policy"},
        ),
        (mailjet("open", ip="198.51.100.7", agent=AGENT), "open", {**CLICKED, "url": ""}),
        (mailjet("click", url=LINK, ip="198.51.100.7", agent=AGENT), "click", CLICKED),
        (mailjet("spam", source="JMRPP"), "spam", {}),
        (mailjet("unsub"), "unsub", {}),
    ],
)
def test_mailjet(item, event_type, expected):
    assert read("mailjet", item) == [WebhookEvent(item["event"], event_type, **{**BOB, **expected})]


def sparkpost(kind, **more):
    event = {
        "type": kind,
        "event_id": "11",
        "timestamp": str(int(TIME)),
        "rcpt_to": "bob@example.com",
        "raw_rcpt_to": "Bob@example.com",
        "rcpt_meta": {"odoo_token": TOKEN},
        **more,
    }
    return [{"msys": {"message_event": event}}]


@pytest.mark.parametrize(
    ("bounce_class", "event_type", "reason"),
    [
        ("1", "soft_bounce", "unknown"),
        ("10", "hard_bounce", "user_unknown"),
        ("20", "soft_bounce", "unknown"),
        ("21", "soft_bounce", "network"),
        ("22", "soft_bounce", "mailbox_full"),
        ("23", "soft_bounce", "too_large"),
        ("24", "soft_bounce", "expired"),
        ("25", "reject", ""),
        ("30", "hard_bounce", "user_unknown"),
        ("40", "soft_bounce", "unknown"),
        ("50", "soft_bounce", "spam"),
        ("51", "soft_bounce", "spam"),
        ("52", "soft_bounce", "spam"),
        ("53", "soft_bounce", "content"),
        ("54", "soft_bounce", "policy"),
        ("70", "soft_bounce", "unknown"),
        ("60", "", ""),
        ("80", "", ""),
        ("100", "", ""),
        ("90", "unsub", ""),
    ],
)
@pytest.mark.parametrize("kind", ["bounce", "out_of_band"])
def test_classes_of_sparkpost(kind, bounce_class, event_type, reason):
    (event,) = read("sparkpost", sparkpost(kind, bounce_class=bounce_class))
    assert (event.type, event.known) == (event_type, True)
    if reason:
        assert event.reason == reason


def test_words_of_sparkpost_that_say_more_than_its_class():
    (event,) = read("sparkpost", sparkpost("bounce", bounce_class="20", reason="mailbox full"))
    assert (event.type, event.reason) == ("soft_bounce", "mailbox_full")
    (event,) = read("sparkpost", sparkpost("bounce", bounce_class="10", reason="mailbox full"))
    assert (event.type, event.reason) == ("soft_bounce", "mailbox_full")


@pytest.mark.parametrize(
    ("item", "kind", "event_type", "expected"),
    [
        *(
            (sparkpost(kind), kind, event_type, {})
            for kind, event_type in (
                ("injection", "sent"),
                ("delivery", "delivered"),
                ("policy_rejection", "reject"),
                ("generation_rejection", "reject"),
                ("generation_failure", "reject"),
                ("spam_complaint", "spam"),
                ("initial_open", "open"),
                ("amp_open", "open"),
                ("amp_initial_open", "open"),
                ("amp_click", "click"),
                ("list_unsubscribe", "unsub"),
                ("link_unsubscribe", "unsub"),
            )
        ),
        # the class of a delay says why, not that anybody gave up
        (
            sparkpost("delay", bounce_class="10", raw_reason="450 4.2.1 later"),
            "delay",
            "deferral",
            {
                "text": "450 4.2.1 later",
                "code": 450,
                "status": "4.2.1",
                "reason": "rate",
            },
        ),
        (
            sparkpost(
                "bounce", bounce_class="10", error_code="550", raw_reason="550 5.1.1 unknown"
            ),
            "bounce",
            "hard_bounce",
            {"text": "550 5.1.1 unknown", **UNKNOWN_USER},
        ),
        (
            sparkpost("bounce", bounce_class="10", error_code="452", ip_address="192.0.2.1"),
            "bounce",
            "soft_bounce",
            {"code": 452, "reason": "mailbox_full"},
        ),
        (
            sparkpost("open", user_agent=AGENT, user_agent_parsed={"is_prefetched": True}),
            "open",
            "open",
            {"user_agent": AGENT, "machine": "apple_prefetch"},
        ),
        (
            sparkpost("click", target_link_url=LINK, ip_address="198.51.100.7", user_agent=AGENT),
            "click",
            "click",
            CLICKED,
        ),
        (sparkpost("delivery", rcpt_to=None), "delivery", "delivered", {}),
        (sparkpost("sms_status"), "sms_status", "", {}),
        (sparkpost("relay_delivery"), "relay_delivery", "", {}),
    ],
)
def test_sparkpost(item, kind, event_type, expected):
    assert read("sparkpost", item) == [WebhookEvent(kind, event_type, **{**BOB, **expected})]


def mandrill(event, *, message=None, **more):
    return {
        "event": event,
        "_id": "e1",
        "ts": int(TIME),
        "msg": {
            "_id": "e1",
            "ts": 1,
            "email": "bob@example.com",
            "metadata": {"odoo_token": TOKEN},
            **(message or {}),
        },
        **more,
    }


@pytest.mark.parametrize(
    ("item", "event_type", "expected"),
    [
        (mandrill("send"), "sent", {}),
        (mandrill("delivered"), "delivered", {}),
        (
            mandrill(
                "deferral",
                message={"smtp_events": [{"diag": "old"}, {"diag": "451 4.3.5 system full"}]},
            ),
            "deferral",
            {
                "text": "451 4.3.5 system full",
                "code": 451,
                "status": "4.3.5",
                "reason": "network",
            },
        ),
        (
            mandrill(
                "hard_bounce",
                message={"bounce_description": "bad_mailbox", "diag": "smtp;550 5.1.1 unknown"},
            ),
            "hard_bounce",
            {"text": "smtp;550 5.1.1 unknown", **UNKNOWN_USER},
        ),
        *(
            (
                mandrill(event, message={"bounce_description": word}),
                event,
                {"text": word, "reason": reason},
            )
            for event, word, reason in (
                ("hard_bounce", "bad_mailbox", "user_unknown"),
                ("hard_bounce", "invalid_domain", "host_unknown"),
                ("soft_bounce", "mailbox_full", "mailbox_full"),
                ("soft_bounce", "message_too_large", "too_large"),
                ("soft_bounce", "general", "unknown"),
            )
        ),
        (mandrill("reject", message={"reject": {"reason": "spam"}}), "reject", {"text": "spam"}),
        (mandrill("reject", message={"reject": "unsub"}), "reject", {"text": "unsub"}),
        (
            mandrill("open", ip="198.51.100.7", user_agent=AGENT),
            "open",
            {**CLICKED, "url": ""},
        ),
        (mandrill("click", url=LINK, ip="198.51.100.7", user_agent=AGENT), "click", CLICKED),
        (mandrill("spam"), "spam", {}),
        (mandrill("unsub"), "unsub", {}),
        (mandrill("inbound"), "", {}),
    ],
)
def test_mandrill(item, event_type, expected):
    assert read("mandrill", item) == [
        WebhookEvent(item["event"], event_type, **{**BOB, **expected})
    ]


def test_mandrill_tells_of_its_lists_by_type():
    (event,) = read("mandrill", {"type": "blacklist", "action": "add", "ts": TIME})
    assert (event.kind, event.type, event.known) == ("blacklist", "", True)


def resend(kind, **data):
    return {
        "type": kind,
        "created_at": "2026-06-01T07:46:42.000Z",
        "data": {
            "email_id": "u-1",
            "message_id": "<x@example.com>",
            "created_at": "2026-01-01T08:00:00Z",
            "to": ["bob@example.com"],
            "headers": [{"name": TOKEN_HEADER, "value": TOKEN}],
            **data,
        },
    }


@pytest.mark.parametrize(
    ("item", "event_type", "expected"),
    [
        (resend("email.sent"), "sent", {}),
        (resend("email.delivered"), "delivered", {}),
        (resend("email.delivery_delayed"), "deferral", {"reason": "unknown"}),
        (
            resend("email.bounced", bounce={"type": "Permanent", "message": "no such user"}),
            "hard_bounce",
            {"text": "no such user", "reason": "unknown"},
        ),
        (
            resend("email.bounced", bounce={"type": "Permanent", "subType": "General"}),
            "hard_bounce",
            {"text": "General", "reason": "unknown"},
        ),
        (
            resend("email.bounced", bounce={"type": "Transient", "message": "mailbox full"}),
            "soft_bounce",
            {"text": "mailbox full", "reason": "unknown"},
        ),
        (
            resend("email.bounced", bounce={"type": "Undetermined", "subType": "Undetermined"}),
            "soft_bounce",
            {"text": "Undetermined", "reason": "unknown"},
        ),
        *(
            (resend("email.bounced", bounce=bounce), "reject", {"text": text})
            for bounce, text in (
                ({"type": "Permanent", "subType": "Suppressed"}, "Suppressed"),
                ({"type": "Permanent", "message": "It was suppressed"}, "It was suppressed"),
            )
        ),
        (
            resend("email.suppressed", suppressed={"type": "x", "message": "on the list"}),
            "reject",
            {"text": "on the list"},
        ),
        (resend("email.failed", failed={"reason": "quota"}), "reject", {"text": "quota"}),
        (resend("email.complained"), "spam", {}),
        (resend("email.opened"), "open", {}),
        (
            resend(
                "email.clicked",
                click={"ipAddress": "198.51.100.7", "link": LINK, "userAgent": AGENT},
            ),
            "click",
            CLICKED,
        ),
        *(
            (resend(kind), "", {})
            for kind in ("email.scheduled", "email.received", "contact.updated", "domain.created")
        ),
    ],
)
def test_resend(item, event_type, expected):
    expected = {**BOB, "message_id": "<x@example.com>", **expected}
    assert read("resend", item) == [WebhookEvent(item["type"], event_type, **expected)]


def test_standard_webhooks():
    item = {
        "type": "hard_bounce",
        "timestamp": iso(TIME),
        "data": {
            "odoo_token": TOKEN,
            "message_id": "<x@example.com>",
            "email": "bob@example.com",
            "reason": "no such user",
            "code": 550,
            "status": "5.1.1",
            "url": LINK,
            "ip": "198.51.100.7",
            "user_agent": AGENT,
        },
    }
    expected = {**BOB, "message_id": "<x@example.com>", **CLICKED, **UNKNOWN_USER}
    for kind in ("hard_bounce", "email.hard_bounce"):
        assert read("standard", {**item, "type": kind}) == [
            WebhookEvent(kind, "hard_bounce", **expected, text="no such user")
        ]
    (event,) = read("standard", {**item, "type": "error"})
    assert (event.type, event.known) == ("", False), "what our own server did is not theirs to tell"


# -- the status of the answer ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "code", "event_type"),
    [
        ("450 4.1.1 user unknown", "", None, "soft_bounce"),
        ("user unknown", "4.1.1", None, "soft_bounce"),
        ("user unknown", "", 450, "soft_bounce"),
        ("", "4.0.0", None, "soft_bounce"),
        ("", "", 421, "soft_bounce"),
        ("", "", 499, "soft_bounce"),
        ("", "5.0.0", None, "hard_bounce"),
        ("", "", 500, "hard_bounce"),
        ("", "", None, "hard_bounce"),
        # what the service says beside the answer counts before what is in it
        ("550 5.1.1 user unknown", "4.1.1", None, "soft_bounce"),
        ("550 5.1.1 user unknown", "", 450, "soft_bounce"),
    ],
)
def test_what_is_for_now_is_never_hard(text, status, code, event_type):
    data = {"reason": text, "status": status, "code": code}
    (event,) = read("standard", {"type": "hard_bounce", "data": data})
    assert event.type == event_type
    (event,) = read("standard", {"type": "soft_bounce", "data": data})
    assert event.type == "soft_bounce", "and what is soft stays so"


def test_what_a_server_says_for_good_is_hard_whatever_the_service_calls_it():
    for event_type in ("hard_bounce", "soft_bounce"):
        data = {"reason": "user unknown", "status": "5.1.1", "code": 550}
        (event,) = read("standard", {"type": event_type, "data": data})
        assert event.type == "hard_bounce"


# -- what tells events apart -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "item", "changes"),
    [
        (
            "brevo",
            brevo("click", link=LINK),
            {
                "event": "opened",
                "message-id": "<x@y>",
                "email": "ann@example.com",
                "ts_epoch": 1,
                "ts_event": 3,
                "link": "https://example.com/b",
            },
        ),
        (
            "mailjet",
            mailjet("click", url=LINK),
            {
                "event": "open",
                "time": 1,
                "MessageID": 1152921504606846991,
                "email": "ann@example.com",
                "url": "https://example.com/b",
                "CustomID": "f" * 32,
            },
        ),
        (
            "mandrill",
            mandrill("click", url=LINK),
            {"event": "open", "_id": "e2", "ts": 1, "url": "https://example.com/b"},
        ),
        (
            "postmark",
            postmark("Click", ReceivedAt=iso(TIME), OriginalLink=LINK),
            {
                "RecordType": "Open",
                "MessageID": "0c1e",
                "Recipient": "ann@example.com",
                "ReceivedAt": iso(TIME + 1),
                "OriginalLink": "https://example.com/b",
            },
        ),
        ("postmark", postmark_bounce("HardBounce"), {"ID": 4102, "Type": "SoftBounce"}),
        (
            "sendgrid",
            sendgrid("click", sg_event_id="", url=LINK, sg_message_id="m", **{"smtp-id": "<a@b>"}),
            {
                "event": "open",
                "email": "ann@example.com",
                "timestamp": 1,
                "sg_message_id": "n",
                "smtp-id": "<c@d>",
                "url": "https://example.com/b",
                "sg_event_id": "ev2",
            },
        ),
    ],
)
def test_events_that_differ_in_one_thing_are_two(code, item, changes):
    def key(item):
        body = json.dumps(item)
        if code == "mandrill":
            body = urlencode({"mandrill_events": f"[{body}]"})
        (event,) = PROVIDERS[code]().parse(body.encode())
        return event.key

    keys = [key(item), *(key({**item, name: value}) for name, value in changes.items())]
    assert len(set(keys)) == len(keys)
    assert key(dict(reversed(item.items()))) == keys[0]


def test_events_of_resend_that_differ_in_one_thing_are_two():
    click = {"link": LINK, "timestamp": "1"}
    item = resend("email.clicked", click=click)
    others = [
        resend("email.opened", click=click),
        resend("email.clicked", click={**click, "link": "https://example.com/b"}),
        resend("email.clicked", click={**click, "timestamp": "2"}),
        resend("email.clicked", click=click, email_id="u-2"),
        resend("email.clicked", click=click, to=["ann@example.com"]),
        {**item, "created_at": "2026-06-01T07:46:43.000Z"},
    ]
    keys = {PROVIDERS["resend"]().parse(json.dumps(i).encode())[0].key for i in [item, *others]}
    assert len(keys) == 7


def test_codes_that_no_mail_server_gives():
    for code, expected in ((199, None), (200, 200), (599, 599), (600, None), (650, None)):
        assert read("mailgun", failed(code, "x"))[0].code == expected


def test_what_is_no_event_is_unknown():
    (event,) = PROVIDERS["sendgrid"]().parse(b"[3]")
    assert event == WebhookEvent("", known=False)


def test_a_confirmation_is_known():
    for item in (
        {"Type": "SubscriptionConfirmation", "Token": "t", "Message": "You have chosen"},
        {"Type": "Notification", "Message": "Successfully validated SNS topic"},
        ses("AmazonSnsSubscriptionSucceeded"),
    ):
        (event,) = read("amazon_ses", item)
        assert (event.type, event.known) == ("", True)
