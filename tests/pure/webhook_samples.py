# Part of mail_tracking. Licence: LGPL-3.
"""What e-mail services send, signed as they sign it. All values are invented.

Used by the pure tests and by those that post to Odoo, so it imports neither.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509.oid import NameOID

NOW = 1_780_300_000.0
TOKEN = "7f3c" * 8
RECIPIENT = "bob@example.com"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:ses-events"
SNS_HOST = "sns.eu-west-1.amazonaws.com"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
LINK = "https://shop.example/a?b=1"
CLIENT_IP = "198.51.100.7"


def iso(moment):
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def b64(data):
    return base64.b64encode(data).decode()


class Service:
    """One e-mail service.

    `KINDS` names each thing that can happen: changes of `plain()` and the type that follows.
    """

    code = ""
    secret = "correct horse battery"
    wrong_secret = "wrong horse"
    content_type = "application/json"
    #: the request says when it was signed
    dated = False
    #: the status that refuses
    refused = 401
    malformed = 400
    #: the mail is found by its Message-ID, as no token comes back
    by_message_id = False
    #: how the service is described, where it has no adapter of its own
    mapping = {}
    #: several events in one request
    batches = True
    KINDS = {}
    #: a kind that nobody knows, and one that is known and means nothing
    unknown = {"event": "teleported"}
    ignored = {}

    def event(self, changes, *, token=TOKEN, recipient=RECIPIENT, time=NOW, number=1, **given):
        event = self.plain(token, recipient, time, number, **given)
        merge(event, changes)
        return event

    def plain(self, token, recipient, time, number):
        raise NotImplementedError

    def body(self, events):
        return json.dumps(events if self.batches else events[0], indent=1).encode()

    def request(self, events, *, secret=None, now=NOW, url=""):
        """Headers and body of a request."""
        body = self.body(events)
        return self.sign(body, secret or self.secret, now, url), body

    def sign(self, body, secret, now, url):
        return {"authorization": "Basic " + b64(f"odoo:{secret}".encode())}


def merge(target, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value


class Mailgun(Service):
    code = "mailgun"
    dated = True
    refused = malformed = 406
    batches = False
    unknown = {"event-data": {"event": "teleported"}}
    ignored = {"event-data": {"event": "stored"}}
    KINDS = {
        "accepted": ({"event": "accepted", "method": "smtp"}, "sent"),
        "delivered": (
            {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
            "delivered",
        ),
        "deferred": (
            {
                "event": "failed",
                "severity": "temporary",
                "delivery-status": {"code": 450, "message": "4.7.1 greylisted, try later"},
            },
            "deferral",
        ),
        "unknown user": (
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "delivery-status": {
                    "code": 550,
                    "enhanced-code": "5.1.1",
                    "message": "no such user",
                },
            },
            "hard_bounce",
        ),
        "full": (
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "delivery-status": {
                    "code": 552,
                    "enhanced-code": "5.2.2",
                    "message": "mailbox full",
                },
            },
            "soft_bounce",
        ),
        "timeout": (
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "old",
                "delivery-status": {"code": 499, "message": "Too old"},
            },
            "soft_bounce",
        ),
        "suppressed": (
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "suppress-bounce",
                "delivery-status": {"code": 605, "message": "Not delivering"},
            },
            "reject",
        ),
        "rejected": ({"event": "rejected", "reject": {"reason": "Sandbox"}}, "reject"),
        "open": (
            {
                "event": "opened",
                "ip": CLIENT_IP,
                "client-info": {"user-agent": AGENT, "bot": ""},
            },
            "open",
        ),
        "click": (
            {
                "event": "clicked",
                "url": LINK,
                "ip": CLIENT_IP,
                "client-info": {"user-agent": AGENT},
            },
            "click",
        ),
        "unsub": ({"event": "unsubscribed"}, "unsub"),
        "spam": ({"event": "complained"}, "spam"),
    }
    KINDS = {name: ({"event-data": data}, kind) for name, (data, kind) in KINDS.items()}

    def plain(self, token, recipient, time, number):
        return {
            "signature": {"token": hashlib.sha256(str(number).encode()).hexdigest()[:50]},
            "event-data": {
                "event": "delivered",
                "id": "k3Y",
                "timestamp": time + 0.12,
                "recipient": recipient,
                "user-variables": {"odoo_token": token} if token else {},
                "message": {"headers": {"message-id": "1.2@odoo.example.com"}},
            },
        }

    def request(self, events, *, secret=None, now=NOW, url=""):
        signature = events[0].setdefault("signature", {})
        signature["timestamp"] = str(int(now))
        signed = (signature["timestamp"] + signature.get("token", "")).encode()
        key = (secret or self.secret).encode()
        signature["signature"] = hmac.new(key, signed, hashlib.sha256).hexdigest()
        return {}, self.body(events)


class SendGrid(Service):
    code = "sendgrid"
    dated = True
    key = ec.generate_private_key(ec.SECP256R1())
    wrong_key = ec.generate_private_key(ec.SECP256R1())
    ignored = {"event": "group_resubscribe"}
    KINDS = {
        "processed": ({"event": "processed"}, "sent"),
        "deferred": (
            {"event": "deferred", "response": "451 try later", "attempt": "2"},
            "deferral",
        ),
        "delivered": ({"event": "delivered", "response": "250 OK"}, "delivered"),
        "unknown user": (
            {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 unknown user"},
            "hard_bounce",
        ),
        "full": (
            {"event": "bounce", "type": "bounce", "status": "4.2.2", "reason": "452 full"},
            "soft_bounce",
        ),
        "blocked": (
            {"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "554 blocked"},
            "soft_bounce",
        ),
        "dropped": ({"event": "dropped", "reason": "Bounced Address"}, "reject"),
        "open": (
            {"event": "open", "sg_machine_open": False, "ip": CLIENT_IP, "useragent": AGENT},
            "open",
        ),
        "click": ({"event": "click", "url": LINK, "ip": CLIENT_IP, "useragent": AGENT}, "click"),
        "spam": ({"event": "spamreport"}, "spam"),
        "unsub": ({"event": "unsubscribe"}, "unsub"),
        "group unsub": ({"event": "group_unsubscribe", "asm_group_id": 3}, "unsub"),
    }

    def __init__(self):
        self.secret = b64(public_der(self.key))
        self.wrong_secret = b64(public_der(self.wrong_key))

    def plain(self, token, recipient, time, number):
        event = {
            "email": recipient,
            "timestamp": int(time),
            "sg_event_id": f"ev{number}",
            "sg_message_id": "abc.recvd-1",
            "smtp-id": "<1.2@odoo.example.com>",
            "category": ["shop"],
        }
        return {**event, "odoo_token": token} if token else event

    def body(self, events):
        # SendGrid ends lines its own way, and signs just that
        return ("[" + ",\r\n".join(map(json.dumps, events)) + "]\r\n").encode()

    def sign(self, body, secret, now, url):
        stamp = str(int(now))
        key = self.key if secret == self.secret else self.wrong_key
        signature = key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
        return {
            "x-twilio-email-event-webhook-signature": b64(signature),
            "x-twilio-email-event-webhook-timestamp": stamp,
        }


def public_der(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class Postmark(Service):
    code = "postmark"
    refused = malformed = 403
    batches = False
    unknown = {"RecordType": "Teleport"}
    ignored = {"RecordType": "Bounce", "Type": "AutoResponder", "ID": 9}
    KINDS = {
        "delivered": ({"RecordType": "Delivery", "Details": "250 OK"}, "delivered"),
        "unknown user": (
            {
                "RecordType": "Bounce",
                "Type": "HardBounce",
                "ID": 4101,
                "Details": "smtp;550 5.1.1 no such user",
            },
            "hard_bounce",
        ),
        "bad address": (
            {"RecordType": "Bounce", "Type": "BadEmailAddress", "ID": 4102},
            "hard_bounce",
        ),
        "delayed": (
            {"RecordType": "Bounce", "Type": "Transient", "ID": 4103, "Details": "450 later"},
            "deferral",
        ),
        "soft": (
            {"RecordType": "Bounce", "Type": "SoftBounce", "ID": 4104, "Details": "452 full"},
            "soft_bounce",
        ),
        "filter": (
            {"RecordType": "Bounce", "Type": "SpamNotification", "ID": 4105, "Details": "spam"},
            "soft_bounce",
        ),
        "inactive": (
            {"RecordType": "Bounce", "Type": "ManuallyDeactivated", "ID": 4106},
            "reject",
        ),
        "complaint": (
            {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "ID": 4107},
            "spam",
        ),
        "open": (
            {
                "RecordType": "Open",
                "FirstOpen": True,
                "UserAgent": AGENT,
                "Geo": {"IP": CLIENT_IP},
            },
            "open",
        ),
        "click": (
            {
                "RecordType": "Click",
                "OriginalLink": LINK,
                "UserAgent": AGENT,
                "Geo": {"IP": CLIENT_IP},
            },
            "click",
        ),
        "unsub": (
            {
                "RecordType": "SubscriptionChange",
                "Origin": "Recipient",
                "SuppressSending": True,
                "SuppressionReason": "ManualSuppression",
            },
            "unsub",
        ),
    }

    def event(self, changes, *, token=TOKEN, recipient=RECIPIENT, time=NOW, number=1):
        event = super().event(changes, token=token, recipient=recipient, time=time, number=number)
        if event["RecordType"] in ("Bounce", "SpamComplaint"):
            event["Email"] = event.pop("Recipient")
            event["ID"] = event.get("ID", 0) * 1000 + number
        moment = datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        name = {
            "Delivery": "DeliveredAt",
            "Open": "ReceivedAt",
            "Click": "ReceivedAt",
            "SubscriptionChange": "ChangedAt",
        }.get(event["RecordType"], "BouncedAt")
        event[name] = f"{moment}.1234567Z"
        return event

    def plain(self, token, recipient, time, number):
        return {
            "RecordType": "Delivery",
            "MessageID": f"0c1d-{number}",
            "Recipient": recipient,
            "Metadata": {"Odoo-Token": token} if token else {},
            "MessageStream": "outbound",
        }


class AmazonSES(Service):
    code = "amazon_ses"
    content_type = "text/plain; charset=UTF-8"
    dated = True
    refused = 403
    batches = False
    secret = TOPIC
    wrong_secret = "arn:aws:sns:eu-west-1:999999999999:others"
    version = "2"
    certificate_url = f"https://{SNS_HOST}/SimpleNotificationService-{'0a' * 16}.pem"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    wrong_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    unknown = {"eventType": "Teleport"}
    ignored = {
        "eventType": "Complaint",
        "complaint": {
            "complaintFeedbackType": "not-spam",
            "complainedRecipients": [{"emailAddress": RECIPIENT}],
        },
    }
    _BOUNCED = [
        {
            "emailAddress": RECIPIENT,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 unknown user",
        }
    ]
    _PLAIN = [{"emailAddress": RECIPIENT}]
    KINDS = {
        "send": ({"eventType": "Send", "send": {}}, "sent"),
        "delivered": (
            {
                "eventType": "Delivery",
                "delivery": {"recipients": [RECIPIENT], "smtpResponse": "250 ok"},
            },
            "delivered",
        ),
        "delivered, as notification": (
            {
                "eventType": None,
                "notificationType": "Delivery",
                "delivery": {"recipients": [RECIPIENT], "smtpResponse": "250 ok"},
            },
            "delivered",
        ),
        "delayed": (
            {
                "eventType": "DeliveryDelay",
                "deliveryDelay": {
                    "delayType": "MailboxFull",
                    "delayedRecipients": [{"emailAddress": RECIPIENT, "status": "4.2.2"}],
                },
            },
            "deferral",
        ),
        "unknown user": (
            {
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": "Permanent",
                    "bounceSubType": "General",
                    "bouncedRecipients": _BOUNCED,
                },
            },
            "hard_bounce",
        ),
        "full": (
            {
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": "Transient",
                    "bounceSubType": "MailboxFull",
                    "bouncedRecipients": _PLAIN,
                },
            },
            "soft_bounce",
        ),
        "suppressed": (
            {
                "eventType": "Bounce",
                "bounce": {
                    "bounceType": "Permanent",
                    "bounceSubType": "OnAccountSuppressionList",
                    "bouncedRecipients": _PLAIN,
                },
            },
            "reject",
        ),
        "complaint": (
            {
                "eventType": "Complaint",
                "complaint": {
                    "complaintFeedbackType": "abuse",
                    "complainedRecipients": _PLAIN,
                },
            },
            "spam",
        ),
        "virus": ({"eventType": "Reject", "reject": {"reason": "Bad content"}}, "reject"),
        "template": (
            {"eventType": "Rendering Failure", "failure": {"errorMessage": "Attribute"}},
            "reject",
        ),
        "open": (
            {"eventType": "Open", "open": {"ipAddress": CLIENT_IP, "userAgent": AGENT}},
            "open",
        ),
        "click": (
            {
                "eventType": "Click",
                "click": {"link": LINK, "ipAddress": CLIENT_IP, "userAgent": AGENT},
            },
            "click",
        ),
        "unsub": (
            {
                "eventType": "Subscription",
                "subscription": {"newTopicPreferences": {"unsubscribeAll": True}},
            },
            "unsub",
        ),
    }

    def event(self, changes, *, token=TOKEN, recipient=RECIPIENT, time=NOW, number=1):
        changes = json.loads(json.dumps(changes).replace(RECIPIENT, recipient))
        inner = self.inner(token, recipient, time, number)
        merge(inner, changes)
        return {
            "Type": "Notification",
            "MessageId": f"sns-{number}-{inner.get('eventType')}",
            "TopicArn": TOPIC,
            "Message": json.dumps(inner),
        }

    def inner(self, token, recipient, time, number):
        return {
            "eventType": "Send",
            "mail": {
                "timestamp": iso(time),
                "messageId": f"0102-{number}",
                "destination": [recipient],
                "tags": {"odoo_token": [token]} if token else {},
                "headers": [{"name": "From", "value": "shop@example.com"}],
                "commonHeaders": {"messageId": "<1.2@odoo.example.com>"},
            },
        }

    def request(self, events, *, secret=None, now=NOW, url=""):
        message = {
            "Timestamp": iso(now),
            "SignatureVersion": self.version,
            "SigningCertURL": self.certificate_url,
            **events[0],
        }
        if secret:  # the owner of another topic has it signed by Amazon as well
            message["TopicArn"] = secret
        message["Signature"] = self.signature(message, self.key)
        return {"x-amz-sns-message-type": message["Type"]}, json.dumps(message).encode()

    def signature(self, message, key):
        names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        if message["Type"] != "Notification":
            names = (
                "Message",
                "MessageId",
                "SubscribeURL",
                "Timestamp",
                "Token",
                "TopicArn",
                "Type",
            )
        signed = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
        digest = SHA1() if message["SignatureVersion"] == "1" else SHA256()  # noqa: S303
        return b64(key.sign(signed.encode(), padding.PKCS1v15(), digest))

    def confirmation(self, url=None):
        return {
            "Type": "SubscriptionConfirmation",
            "MessageId": "sns-confirm",
            "TopicArn": TOPIC,
            "Token": "t" * 200,
            "Message": "You have chosen to subscribe to the topic",
            "SubscribeURL": url
            or f"https://{SNS_HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=ttt",
        }

    def certificate(self, begin=None, end=None):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(begin or datetime(2020, 1, 1))
            .not_valid_after(end or datetime(2020, 1, 1) + timedelta(days=36500))
            .sign(self.key, SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )


class Brevo(Service):
    code = "brevo"
    ignored = {"event": "list_addition"}
    KINDS = {
        "request": ({"event": "request"}, "sent"),
        "delivered": ({"event": "delivered"}, "delivered"),
        "deferred": ({"event": "deferred", "reason": "451 greylisted"}, "deferral"),
        "soft": ({"event": "soft_bounce", "reason": "452 4.2.2 mailbox full"}, "soft_bounce"),
        "unknown user": (
            {"event": "hard_bounce", "reason": "550 5.1.1 unknown user"},
            "hard_bounce",
        ),
        "invalid": ({"event": "invalid_email"}, "hard_bounce"),
        "blocked": ({"event": "blocked", "reason": "blocked: unsubscribed"}, "reject"),
        "error": ({"event": "error", "reason": "internal"}, "reject"),
        "spam": ({"event": "spam"}, "spam"),
        "unsubscribed": ({"event": "unsubscribed"}, "unsub"),
        "unsubscribe": ({"event": "unsubscribe"}, "unsub"),
        "open": ({"event": "unique_opened", "user_agent": AGENT}, "open"),
        "click": ({"event": "click", "link": LINK, "user_agent": AGENT}, "click"),
    }

    def plain(self, token, recipient, time, number):
        event = {
            "event": "delivered",
            "email": recipient,
            "id": 814,
            "message-id": f"<20260601.{number}@smtp-relay.mailin.fr>",
            "ts_epoch": int(time * 1000),
            "ts_event": int(time),
            "sending_ip": "203.0.113.99",
            "tag": '["shop"]',
        }
        return {**event, "X-Mailin-custom": json.dumps({"odoo_token": token})} if token else event


class Mailjet(Service):
    code = "mailjet"
    KINDS = {
        "sent": ({"event": "sent", "smtp_reply": "sent (250 2.0.0 OK)"}, "delivered"),
        "greylisted": (
            {
                "event": "bounce",
                "hard_bounce": False,
                "error_related_to": "domain",
                "error": "greylisted",
            },
            "deferral",
        ),
        "unknown user": (
            {
                "event": "bounce",
                "hard_bounce": True,
                "error_related_to": "recipient",
                "error": "user unknown",
                "comment": "550 5.1.1",
            },
            "hard_bounce",
        ),
        "full": (
            {
                "event": "bounce",
                "hard_bounce": False,
                "error_related_to": "recipient",
                "error": "quota exceeded",
            },
            "soft_bounce",
        ),
        "blocked": (
            {"event": "blocked", "error_related_to": "mailjet", "error": "preblocked"},
            "reject",
        ),
        "open": ({"event": "open", "ip": CLIENT_IP, "agent": AGENT, "geo": "FR"}, "open"),
        "click": ({"event": "click", "url": LINK, "ip": CLIENT_IP, "agent": AGENT}, "click"),
        "spam": ({"event": "spam", "source": "JMRPP"}, "spam"),
        "unsub": ({"event": "unsub", "mj_list_id": 1}, "unsub"),
    }

    def plain(self, token, recipient, time, number):
        return {
            "event": "sent",
            "time": int(time),
            "MessageID": 1152921504606846990 + number,
            "Message_GUID": f"g-{number}",
            "email": recipient,
            "CustomID": token or "",
            "Payload": "",
        }


class SparkPost(Service):
    code = "sparkpost"
    unknown = {"msys": {"message_event": {"type": "teleported"}}}
    ignored = {"msys": {"message_event": {"type": "relay_injection"}}}
    KINDS = {
        "injection": ({"type": "injection"}, "sent"),
        "delivery": ({"type": "delivery"}, "delivered"),
        "delay": (
            {
                "type": "delay",
                "bounce_class": "22",
                "error_code": "452",
                "raw_reason": "452 4.2.2 full",
            },
            "deferral",
        ),
        "unknown user": (
            {
                "type": "bounce",
                "bounce_class": "10",
                "error_code": "550",
                "raw_reason": "550 5.1.1 unknown user",
            },
            "hard_bounce",
        ),
        "late": (
            {"type": "out_of_band", "bounce_class": "30", "raw_reason": "550 5.1.1 no such user"},
            "hard_bounce",
        ),
        "spam block": (
            {"type": "bounce", "bounce_class": "51", "raw_reason": "554 5.7.1 listed"},
            "soft_bounce",
        ),
        "prohibited": (
            {"type": "bounce", "bounce_class": "25", "raw_reason": "suppressed"},
            "reject",
        ),
        "unsubscribe by mail": ({"type": "bounce", "bounce_class": "90"}, "unsub"),
        "policy": ({"type": "policy_rejection", "raw_reason": "bad domain"}, "reject"),
        "spam": ({"type": "spam_complaint"}, "spam"),
        "open": ({"type": "initial_open", "ip_address": CLIENT_IP, "user_agent": AGENT}, "open"),
        "click": (
            {
                "type": "click",
                "target_link_url": LINK,
                "ip_address": CLIENT_IP,
                "user_agent": AGENT,
            },
            "click",
        ),
        "unsub": ({"type": "list_unsubscribe"}, "unsub"),
    }
    KINDS = {
        name: ({"msys": {"message_event": data}}, kind) for name, (data, kind) in KINDS.items()
    }

    def plain(self, token, recipient, time, number):
        data = {
            "type": "delivery",
            "event_id": f"11{number}",
            "timestamp": str(int(time)),
            "rcpt_to": recipient,
            "raw_rcpt_to": recipient.capitalize(),
            "rcpt_meta": {"odoo_token": token} if token else {},
            "message_id": "m1",
        }
        return {"msys": {"message_event": data}}


class Mandrill(Service):
    code = "mandrill"
    content_type = "application/x-www-form-urlencoded"
    ignored = {"event": None, "type": "blacklist", "action": "add"}
    KINDS = {
        "send": ({"event": "send"}, "sent"),
        "delivered": ({"event": "delivered"}, "delivered"),
        "deferral": (
            {"event": "deferral", "msg": {"smtp_events": [{"diag": "451 4.3.5 later"}]}},
            "deferral",
        ),
        "unknown user": (
            {
                "event": "hard_bounce",
                "msg": {
                    "bounce_description": "bad_mailbox",
                    "bgtools_code": 10,
                    "diag": "smtp;550 5.1.1 unknown user",
                },
            },
            "hard_bounce",
        ),
        "full": (
            {
                "event": "soft_bounce",
                "msg": {
                    "bounce_description": "mailbox_full",
                    "diag": "smtp;552 5.2.2 quota ünïcode",
                },
            },
            "soft_bounce",
        ),
        "reject": ({"event": "reject", "msg": {"reject": {"reason": "hard-bounce"}}}, "reject"),
        "open": ({"event": "open", "ip": CLIENT_IP, "user_agent": AGENT}, "open"),
        "click": ({"event": "click", "url": LINK, "ip": CLIENT_IP, "user_agent": AGENT}, "click"),
        "spam": ({"event": "spam"}, "spam"),
        "unsub": ({"event": "unsub"}, "unsub"),
    }

    def plain(self, token, recipient, time, number):
        return {
            "event": "send",
            "_id": f"e{number}",
            "ts": int(time),
            "msg": {
                "_id": f"e{number}",
                "ts": int(time) - 3,
                "email": recipient,
                "metadata": {"odoo_token": token} if token else [],
                "state": "sent",
            },
        }

    def body(self, events):
        return urlencode({"mandrill_events": json.dumps(events, ensure_ascii=False)}).encode()

    def request(self, events, *, secret=None, now=NOW, url=""):
        content = json.dumps(events, ensure_ascii=False)
        signed = (url + "mandrill_events" + content).encode()
        digest = hmac.new((secret or self.secret).encode(), signed, hashlib.sha1).digest()
        return {"x-mandrill-signature": b64(digest)}, self.body(events)


class StandardWebhooks(Service):
    code = "standard"
    dated = True
    batches = False
    prefix = "webhook-"
    secret = "whsec_" + b64(b"0123456789abcdef01234567")
    wrong_secret = "whsec_" + b64(b"another-secret-of-24-byt")
    unknown = {"type": "email.teleported"}
    ignored = None
    KINDS = {
        word: ({"type": f"email.{word}"}, word)
        for word in ("sent", "delivered", "reject", "unsub", "spam")
    } | {
        "deferral": (
            {"type": "deferral", "data": {"reason": "451 4.7.1 greylisted"}},
            "deferral",
        ),
        "hard": (
            {"type": "hard_bounce", "data": {"reason": "550 5.1.1 user unknown"}},
            "hard_bounce",
        ),
        "soft": ({"type": "soft_bounce", "data": {"reason": "552 mailbox full"}}, "soft_bounce"),
        "open": ({"type": "open", "data": {"user_agent": AGENT, "ip": CLIENT_IP}}, "open"),
        "click": (
            {"type": "click", "data": {"url": LINK, "user_agent": AGENT, "ip": CLIENT_IP}},
            "click",
        ),
    }

    def plain(self, token, recipient, time, number):
        return {
            "type": "delivered",
            "timestamp": iso(time),
            "data": {"id": number, "email": recipient, "odoo_token": token},
        }

    def sign(self, body, secret, now, url):
        identity, stamp = "msg_" + hashlib.sha256(body).hexdigest()[:20], str(int(now))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return {
            f"{self.prefix}id": identity,
            f"{self.prefix}timestamp": stamp,
            f"{self.prefix}signature": f"v1a,AAAA v1,{b64(digest)}",
        }


class Resend(StandardWebhooks):
    code = "resend"
    prefix = "svix-"
    ignored = {"type": "contact.updated"}
    KINDS = {
        "sent": ({"type": "email.sent"}, "sent"),
        "delivered": ({"type": "email.delivered"}, "delivered"),
        "delayed": ({"type": "email.delivery_delayed"}, "deferral"),
        "permanent": (
            {
                "type": "email.bounced",
                "data": {"bounce": {"type": "Permanent", "subType": "General", "message": "gone"}},
            },
            "hard_bounce",
        ),
        "transient": (
            {
                "type": "email.bounced",
                "data": {"bounce": {"type": "Transient", "subType": "MailboxFull"}},
            },
            "soft_bounce",
        ),
        "suppressed bounce": (
            {
                "type": "email.bounced",
                "data": {"bounce": {"type": "Permanent", "subType": "Suppressed"}},
            },
            "reject",
        ),
        "suppressed": (
            {"type": "email.suppressed", "data": {"suppressed": {"message": "on the list"}}},
            "reject",
        ),
        "failed": ({"type": "email.failed", "data": {"failed": {"reason": "quota"}}}, "reject"),
        "complained": ({"type": "email.complained"}, "spam"),
        "open": ({"type": "email.opened"}, "open"),
        "click": (
            {
                "type": "email.clicked",
                "data": {"click": {"ipAddress": CLIENT_IP, "link": LINK, "userAgent": AGENT}},
            },
            "click",
        ),
    }

    def plain(self, token, recipient, time, number):
        return {
            "type": "email.sent",
            "created_at": iso(time),
            "data": {
                "email_id": f"u-{number}",
                "message_id": "<x@amazonses.com>",
                "created_at": iso(time),
                "to": [recipient],
                "headers": [{"name": "X-Odoo-MailTracking-Token", "value": token}] if token else [],
            },
        }


class AzureCommunication(Service):
    code = "azure"
    by_message_id = True
    unknown = {"data": {"status": "Teleported"}}
    ignored = {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": None}
    KINDS = {
        "delivered": ({"status": "Delivered"}, "delivered"),
        "a list": ({"status": "Expanded"}, "relayed"),
        "unknown user": (
            {
                "status": "Bounced",
                "deliveryStatusDetails": {"statusMessage": "550 5.1.1 unknown user"},
            },
            "hard_bounce",
        ),
        "no words": ({"status": "Bounced"}, "hard_bounce"),
        "full": (
            {
                "status": "Bounced",
                "deliveryStatusDetails": {"statusMessage": "552 5.2.2 mailbox full"},
            },
            "soft_bounce",
        ),
        "failed": (
            {"status": "Failed", "deliveryStatusDetails": {"statusMessage": "421 4.4.2 timeout"}},
            "soft_bounce",
        ),
        "spam": ({"status": "FilteredSpam"}, "soft_bounce"),
        "quarantined": ({"status": "Quarantined"}, "soft_bounce"),
        "suppressed": ({"status": "Suppressed"}, "reject"),
    }
    KINDS = {name: ({"data": data}, kind) for name, (data, kind) in KINDS.items()}

    def plain(self, token, recipient, time, number, message_id="<1.2@odoo.example.com>"):
        return {
            "id": f"event-{number}",
            "topic": "/subscriptions/1/resourceGroups/mail",
            "subject": f"sender/shop@example.com/message/m-{number}",
            "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
            "eventTime": iso(time),
            "data": {
                "sender": "shop@example.com",
                "recipient": recipient,
                "messageId": f"m-{number}",
                "internetMessageId": message_id if token else "<other@odoo.example.com>",
                "status": "Delivered",
                "deliveryStatusDetails": {"recipientMailServerHostName": "mx.example.com"},
                "deliveryAttemptTimeStamp": iso(time).replace(".000Z", ".1234567+00:00"),
            },
        }

    def handshake(self, code="1234-abcd"):
        return {
            "id": "hello",
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "data": {"validationCode": code, "validationUrl": "https://rp.example/?id=1"},
        }


class HmacSigned(Service):
    code = "hmac"
    dated = True
    secret = "a-signing-key-of-fair-length"
    wrong_secret = "another-signing-key-as-long"
    unknown = {"name": "teleported"}
    ignored = None
    mapping = {
        "signature": {
            "header": "X-Acme-Signature",
            "form": "t={timestamp},v1={signature}",
            "signed": "{timestamp}.{body}",
        },
        "events": "batch",
        "fields": {
            "kind": "name",
            "key": "uuid",
            "time": "at",
            "token": "meta.token",
            "recipient": "to.0.address",
            "text": "why",
            "url": "link",
            "ip": "from_ip",
            "user_agent": "agent",
        },
        "types": {"gone": "hard_bounce", "held": "soft_bounce", "skipped": "reject"},
    }
    KINDS = {
        "sent": ({"name": "sent"}, "sent"),
        "delivered": ({"name": "delivered"}, "delivered"),
        "delayed": ({"name": "deferral", "why": "451 4.7.1 greylisted"}, "deferral"),
        "gone": ({"name": "gone", "why": "550 5.1.1 user unknown"}, "hard_bounce"),
        "full": ({"name": "held", "why": "552 5.2.2 mailbox full"}, "soft_bounce"),
        "skipped": ({"name": "skipped"}, "reject"),
        "open": ({"name": "open", "agent": AGENT, "from_ip": CLIENT_IP}, "open"),
        "click": ({"name": "click", "link": LINK, "agent": AGENT, "from_ip": CLIENT_IP}, "click"),
        "unsub": ({"name": "unsub"}, "unsub"),
        "spam": ({"name": "spam"}, "spam"),
    }

    def plain(self, token, recipient, time, number):
        return {
            "name": "delivered",
            "uuid": f"u{number}",
            "at": int(time),
            "meta": {"token": token},
            "to": [{"address": recipient}],
        }

    def body(self, events):
        return json.dumps({"batch": events}).encode()

    def sign(self, body, secret, now, url):
        stamp = str(int(now))
        digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {"x-acme-signature": f"t={stamp},v0=00,v1={digest}"}


SERVICES = {
    service.code: service
    for service in (
        AmazonSES(),
        AzureCommunication(),
        Brevo(),
        Mailgun(),
        Mailjet(),
        Mandrill(),
        Postmark(),
        Resend(),
        SendGrid(),
        SparkPost(),
        StandardWebhooks(),
        HmacSigned(),
    )
}
