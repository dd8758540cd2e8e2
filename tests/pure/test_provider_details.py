# Part of mail_tracking. Licence: LGPL-3.
"""Particulars of single e-mail services."""

import json
from datetime import datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook
from webhook_samples import NOW, RECIPIENT, SERVICES, SNS_HOST, TOKEN, TOPIC, b64, iso

from tools.providers import PROVIDERS, sns, values
from tools.providers.base import Settings
from tools.providers.errors import Malformed, NotConfigured, Refused, Stale, Unavailable

SES = SERVICES["amazon_ses"]


def parse(code, changes, **kwargs):
    service = SERVICES[code]
    settings = kwargs.pop("settings", Settings())
    return PROVIDERS[code](settings).parse(service.body([service.event(changes, **kwargs)]))


# -- the oracle: another implementation of Standard Webhooks -------------------------------------


@pytest.mark.parametrize("code", ["standard", "resend"])
def test_what_another_implementation_signs_is_taken_and_the_reverse(code):
    service = SERVICES[code]
    body = b'{"type": "email.delivered"}'
    stamp = datetime.fromtimestamp(NOW)
    oracle = Webhook(service.secret)
    headers = {
        f"{service.prefix}id": "msg_1",
        f"{service.prefix}timestamp": str(int(NOW)),
        f"{service.prefix}signature": oracle.sign("msg_1", stamp, body.decode()),
    }
    PROVIDERS[code]().verify(headers, body, [service.secret], NOW)
    with pytest.raises(Refused):
        PROVIDERS[code]().verify(headers, body + b" ", [service.secret], NOW)


def test_what_we_take_another_implementation_takes(monkeypatch):
    service = SERVICES["standard"]
    now = datetime.now().timestamp()
    headers, body = service.request([service.event({})], now=now)
    PROVIDERS["standard"]().verify(headers, body, [service.secret], now)
    Webhook(service.secret).verify(body.decode(), headers)


def test_public_keys_of_standard_webhooks():
    key = Ed25519PrivateKey.generate()
    public = "whpk_" + b64(
        key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    body = b"{}"
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(NOW)),
        "webhook-signature": "v1a," + b64(key.sign(b"m.%d." % NOW + body)),
    }
    provider = PROVIDERS["standard"]()
    provider.verify(headers, body, [public], NOW)
    with pytest.raises(Refused):
        provider.verify(headers, b"[]", [public], NOW)
    with pytest.raises(Refused):  # a signature of another version says nothing
        provider.verify({**headers, "webhook-signature": "v1,AAAA"}, body, [public], NOW)
    with pytest.raises(NotConfigured):
        provider.verify(headers, body, ["whpk_AAAA"], NOW)


def test_the_fields_of_a_service_of_its_own():
    mapping = {
        "fields": {"recipient": "data.to.address", "token": "meta.ref", "kind": "name"},
        "types": {"message.gone": "hard_bounce"},
    }
    assert not PROVIDERS["standard"].mapping_error(mapping)
    item = {
        "name": "message.gone",
        "meta": {"ref": TOKEN},
        "data": {"to": {"address": "Ann <ann@example.com>"}},
    }
    provider = PROVIDERS["standard"](Settings(values={"mapping": json.dumps(mapping)}))
    (event,) = provider.parse(json.dumps(item).encode())
    assert (event.type, event.token, event.recipient) == ("hard_bounce", TOKEN, "ann@example.com")
    for wrong in (3, {"x": {}}, {"types": {"a": "b"}}, {"fields": {"no": "x"}}, {"fields": 1}):
        assert PROVIDERS["standard"].mapping_error(wrong)


# -- SNS -----------------------------------------------------------------------------------------


def verify_ses(message=None, *, fetch=None, topics=(TOPIC,), now=NOW, modern_only=False, **changes):
    message = message or json.loads(SES.request([SES.event({})])[1])
    message.update(changes)
    fetch = fetch or (lambda url: SES.certificate())
    settings = Settings(fetch=fetch, values={"modern_only": modern_only})
    PROVIDERS["amazon_ses"](settings).verify({}, json.dumps(message).encode(), topics, now)


def signed(**changes):
    message = json.loads(SES.request([SES.event({})])[1])
    message.update(changes)
    message["Signature"] = SES.signature(message, SES.key)
    return message


def test_both_versions_of_signatures_of_sns():
    verify_ses(signed(SignatureVersion="1"))
    verify_ses(signed(SignatureVersion="2"), modern_only=True)
    with pytest.raises(Refused) as caught:
        verify_ses(signed(SignatureVersion="1"), modern_only=True)
    assert caught.value.reason == "version"
    for version in ("3", 1, None, ""):
        with pytest.raises(Refused):
            verify_ses(SignatureVersion=version)
    with pytest.raises(Refused):  # a signature of one version is none of the other
        verify_ses(signed(SignatureVersion="1"), SignatureVersion="2")


def test_a_subject_is_signed_and_so_is_a_line_break():
    verify_ses(signed(Subject="Amazon SES", Message="text\n"))
    with pytest.raises(Refused):
        verify_ses(signed(Subject="Amazon SES"), Subject="other")
    with pytest.raises(Refused):
        verify_ses(signed(Message="text\n"), Message="text")
    with pytest.raises(Malformed):
        verify_ses(signed(), MessageId=4)
    with pytest.raises(Malformed):
        verify_ses(signed(), Type="Other")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/../evil.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem#x",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem\n",
        "https://[sns/SimpleNotificationService-0a.pem",
        "https://ѕns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "",
        None,
        7,
    ],
)
def test_nothing_is_fetched_from_a_strangers_address(url):
    def fetch(asked):
        raise AssertionError(f"asked for {asked}")

    with pytest.raises(Refused) as caught:
        verify_ses(fetch=fetch, SigningCertURL=url)
    assert caught.value.reason == "address"


def test_nothing_is_fetched_for_a_strangers_topic_nor_for_what_is_old():
    def fetch(asked):
        raise AssertionError(f"asked for {asked}")

    with pytest.raises(Refused) as caught:
        verify_ses(fetch=fetch, topics=["arn:aws:sns:eu-west-1:111122223333:other"])
    assert caught.value.reason == "topic"
    for topic in (None, 3, "", TOPIC + "x"):
        with pytest.raises(Refused):
            verify_ses(fetch=fetch, TopicArn=topic)
    with pytest.raises(Stale):
        verify_ses(fetch=fetch, now=NOW + 86400)


def test_the_host_follows_from_the_topic():
    assert sns.host_of(TOPIC) == SNS_HOST
    assert sns.host_of(TOPIC.replace("aws:", "aws-cn:", 1).replace("eu-west-1", "cn-north-1")) == (
        "sns.cn-north-1.amazonaws.com.cn"
    )
    for wrong in (
        "",
        "arn:aws:sqs:eu-west-1:111122223333:x",
        "arn:aws:sns:evil.example/:111122223333:x",
        TOPIC + "\n",
    ):
        assert not sns.host_of(wrong)


def test_a_certificate_that_is_none_may_be_one_later():
    def broken(_url):
        return b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"

    def expired(_url):
        return SES.certificate(datetime(2020, 1, 1), datetime(2021, 1, 1))

    def missing(_url):
        raise Unavailable

    for fetch in (broken, expired, missing):
        with pytest.raises(Unavailable):
            verify_ses(fetch=fetch)
    with pytest.raises(Unavailable):
        PROVIDERS["amazon_ses"](Settings()).verify(*SES.request([SES.event({})]), [TOPIC], NOW)


def test_a_subscription_is_confirmed_at_the_topics_own_host_only():
    provider = PROVIDERS["amazon_ses"](Settings(fetch=lambda url: SES.certificate()))
    headers, body = SES.request([SES.confirmation()])
    provider.verify(headers, body, [TOPIC], NOW)
    assert provider.confirmation_url(body).startswith(f"https://{SNS_HOST}/?Action=Confirm")
    assert [event.type for event in provider.parse(body)] == [""]
    assert provider.confirmation_url(SES.request([SES.event({})])[1]) == ""
    for url in (
        f"https://evil.example/?Action=ConfirmSubscription&TopicArn={TOPIC}",
        f"http://{SNS_HOST}/?Action=ConfirmSubscription",
        f"https://{SNS_HOST}/?Action=DeleteTopic",
        f"https://{SNS_HOST}/x?Action=ConfirmSubscription",
    ):
        with pytest.raises(Refused):
            provider.confirmation_url(SES.request([SES.confirmation(url)])[1])


def test_the_first_notification_is_a_sentence():
    (event,) = PROVIDERS["amazon_ses"]().parse(
        json.dumps({"Type": "Notification", "Message": "Successfully validated"}).encode()
    )
    assert (event.type, event.known) == ("", True)


def test_several_recipients_of_ses_and_a_long_message():
    inner = SES.inner(TOKEN, "ann@example.com", NOW, 1)
    inner["mail"]["destination"].append(RECIPIENT)
    inner["mail"]["headers"] = [{"name": "X-Long", "value": "x" * 9000}] * 3
    inner["eventType"] = "Open"
    inner["open"] = {"userAgent": "x", "timestamp": iso(NOW)}
    events = PROVIDERS["amazon_ses"]().parse(json.dumps({"Message": json.dumps(inner)}).encode())
    assert [event.recipient for event in events] == ["ann@example.com", RECIPIENT]
    assert len({event.key for event in events}) == 2


# -- the word of a service and the evidence --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("550 5.1.1 no such user", "hard_bounce", "user_unknown"),
        ("552 5.2.2 mailbox full", "soft_bounce", "mailbox_full"),
        ("554 5.7.1 message looks like spam", "soft_bounce", "spam"),
        ("450 4.1.1 user unknown for now", "soft_bounce", "user_unknown"),
        ("", "hard_bounce", "unknown"),
        ("something else", "hard_bounce", "unknown"),
    ],
)
def test_a_hard_bounce_is_hard_unless_the_answer_says_otherwise(text, expected, reason):
    (event,) = parse("brevo", {"event": "hard_bounce", "reason": text})
    assert (event.type, event.reason) == (expected, reason)


def test_machines_that_a_service_recognises():
    (event,) = parse("sendgrid", {"event": "open", "sg_machine_open": True})
    assert event.machine == "apple_prefetch"
    (event,) = parse("brevo", {"event": "proxy_open"})
    assert event.machine == "apple_prefetch"
    for bot, expected in (("apple", "apple_prefetch"), ("generic", "scanner"), ("gmail", "")):
        (event,) = parse(
            "mailgun", {"event-data": {"event": "opened", "client-info": {"bot": bot}}}
        )
        assert event.machine == expected


def test_one_object_or_a_list():
    for code in ("brevo", "mailjet", "sendgrid"):
        service = SERVICES[code]
        lone = json.dumps(service.event({})).encode()
        assert len(PROVIDERS[code]().parse(lone)) == 1


def test_pings_are_no_events():
    (event,) = PROVIDERS["sparkpost"]().parse(b'[{"msys": {}}]')
    assert (event.type, event.known) == ("", True)
    assert PROVIDERS["mandrill"]().parse(b"mandrill_events=%5B%5D") == []


def test_of_several_recipients_of_resend_none_is_meant():
    (event,) = parse("resend", {"data": {"to": ["a@example.com", "b@example.com"]}})
    assert event.recipient == ""


def test_passwords_by_basic_bearer_and_header():
    provider = PROVIDERS["postmark"]()
    for headers in (
        {"authorization": "Basic " + b64(b"anybody:secret:with:colons")},
        {"authorization": "bearer secret:with:colons"},
        {"x-webhook-secret": "secret:with:colons"},
        {"authorization": "Basic " + b64(b"secret:with:colons")},
    ):
        provider.verify(headers, b"{}", ["secret:with:colons"], NOW)
    for headers in (
        {"authorization": "Basic " + b64(b"secret:with:colons:x")},
        {"authorization": "secret:with:colons"},
        {"authorization": "Basic secret:with:colons"},
    ):
        with pytest.raises(Refused):
            provider.verify(headers, b"{}", ["secret:with:colons"], NOW)


def test_mandrill_signs_the_address_to_the_letter():
    service = SERVICES["mandrill"]
    url = "https://odoo.example/mail_tracking/webhook/mandrill/abc"
    headers, body = service.request([service.event({})], url=url)
    PROVIDERS["mandrill"](Settings(url=url)).verify(headers, body, [service.secret], NOW)
    renamed = {"x-mailchimp-signature": headers["x-mandrill-signature"]}
    PROVIDERS["mandrill"](Settings(url=url)).verify(renamed, body, [service.secret], NOW)
    for other in (url + "/", url.replace("https", "http"), ""):
        with pytest.raises((Refused, NotConfigured)):
            PROVIDERS["mandrill"](Settings(url=other)).verify(headers, body, [service.secret], NOW)


def test_keys_of_sendgrid():
    service = SERVICES["sendgrid"]
    headers, body = service.request([service.event({})])
    lines = ("-----BEGIN PUBLIC KEY-----", service.secret[:64], service.secret[64:])
    pem = "\n".join((*lines, "-----END PUBLIC KEY-----"))
    PROVIDERS["sendgrid"]().verify(headers, body, [pem], NOW)
    with pytest.raises(NotConfigured) as caught:
        PROVIDERS["sendgrid"]().verify(headers, body, ["no key", b64(b"no key either")], NOW)
    assert caught.value.reason == "bad_secret"
    PROVIDERS["sendgrid"]().verify(headers, body, ["no key", service.secret], NOW)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1780300000, 1780300000.0),
        ("1780300000", 1780300000.0),
        (1780300000000, 1780300000.0),
        ("2026-06-01T07:46:40Z", 1780300000.0),
        ("2026-06-01T09:46:40.1234567+02:00", 1780300000.1234567),
        ("2026-06-01 07:46:40", 1780300000.0),
        ("2026-13-41T99:99:99Z", None),
        (True, None),
        (-5, None),
        (0, None),
        ("nan", None),
        ("inf", None),
        (1e30, None),
        (10**400, None),
        ("", None),
        (None, None),
        ([], None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-06-01T07:46:40+00", 1780300000.0),
        ("2026-06-01T09:46:40+02", 1780300000.0),
    ],
)
def test_moments(given, expected):
    found = values.seconds(given)
    assert found == expected or abs(found - expected) < 1e-6


# -- what a service says, and what a server said ---------------------------------------------------


def resend_bounce(**bounce):
    (event,) = parse("resend", {"type": "email.bounced", "data": {"bounce": bounce}})
    return event


def ses_bounce(kind, subtype, *entries, **detail):
    bounced = [{"emailAddress": RECIPIENT, **entry} for entry in entries or [{}]]
    detail = {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": bounced, **detail}
    (event,) = parse("amazon_ses", {"eventType": "Bounce", "bounce": detail})
    return event


HARD_PROSE = (
    "The recipient's email provider sent a hard bounce message, but did not specify the reason. "
    "Sending to addresses that bounce can hurt your reputation as a sender."
)


def test_prose_of_a_service_is_shown_and_not_judged():
    event = resend_bounce(type="Permanent", subType="General", message=HARD_PROSE)
    assert (event.type, event.reason, event.text) == ("hard_bounce", "unknown", HARD_PROSE)
    event = resend_bounce(type="Transient", subType="General", message="spam, says Resend")
    assert (event.type, event.reason) == ("soft_bounce", "unknown")
    event = resend_bounce(type="Transient", subType="ContentRejected", message="mailbox unknown")
    assert (event.type, event.reason) == ("soft_bounce", "content")


def test_the_answer_that_resend_hands_on_is_judged():
    event = resend_bounce(
        type="Permanent",
        subType="General",
        message=HARD_PROSE,
        diagnosticCode=["smtp; 550 5.1.1 <bob@example.com>: User unknown"],
    )
    assert (event.type, event.reason, event.status) == ("hard_bounce", "user_unknown", "5.1.1")
    assert "User unknown" in event.text
    event = resend_bounce(type="Permanent", diagnosticCode=["smtp; 552 5.2.2 mailbox full"])
    assert (event.type, event.reason) == ("soft_bounce", "mailbox_full")
    for odd in ([], "smtp; 550 5.1.1 user unknown", [None, 3, {}], {}):
        assert resend_bounce(type="Permanent", diagnosticCode=odd).type == "hard_bounce"


@pytest.mark.parametrize(
    "words",
    [
        "Amazon SES has suppressed sending to this address because it bounced before.",
        "Amazon SES did not send the message: your account's reputation is under review.",
    ],
)
def test_prose_of_amazon_is_not_judged(words):
    event = ses_bounce("Permanent", "General", {"diagnosticCode": words})
    assert (event.type, event.reason, event.text) == ("hard_bounce", "unknown", words)


def test_a_service_that_names_another_reason_does_not_prove_an_address_dead():
    (event,) = parse("mailjet", {"event": "bounce", "hard_bounce": True, "error": "quota exceeded"})
    assert (event.type, event.reason) == ("soft_bounce", "mailbox_full")
    (event,) = parse("mailjet", {"event": "bounce", "hard_bounce": True, "error": "user unknown"})
    assert (event.type, event.reason) == ("hard_bounce", "user_unknown")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("sender blocked", "sender_rejected"),
        ("content blocked", "content"),
        ("relay/access denied", "policy"),
        ("typofix", "host_unknown"),
        ("system issue", "network"),
        ("protocol issue", "network"),
        ("connection issue", "network"),
    ],
)
def test_the_words_of_mailjet_mean_what_its_table_says(error, reason):
    (event,) = parse("mailjet", {"event": "bounce", "hard_bounce": False, "error": error})
    assert (event.type, event.reason, event.text) == ("soft_bounce", reason, error)


def test_a_dead_domain_is_dead_whatever_the_service_calls_it():
    answer = "smtp; 550 5.4.4 Invalid domain"
    for event in (
        ses_bounce("Transient", "General", {"status": "5.4.4", "diagnosticCode": answer}),
        ses_bounce("Undetermined", "Undetermined", {"diagnosticCode": answer}),
        resend_bounce(type="Transient", subType="General", diagnosticCode=[answer]),
    ):
        assert (event.type, event.reason) == ("hard_bounce", "host_unknown")
    for temporary in ("smtp; 450 4.4.4 Invalid domain", "Invalid domain"):
        event = ses_bounce("Transient", "General", {"diagnosticCode": temporary})
        assert event.type == "soft_bounce"
    (event,) = parse("brevo", {"event": "deferred", "reason": "550 5.1.1 user unknown"})
    assert event.type == "deferral"


# -- single services -----------------------------------------------------------------------------


def test_a_bounce_of_ses_that_tells_only_the_address_may_be_an_absence_note():
    event = ses_bounce("Transient", "General")
    assert (event.type, event.known) == ("", True)
    assert ses_bounce("Transient", "MailboxFull").type == "soft_bounce"
    assert ses_bounce("Permanent", "General").type == "hard_bounce"
    assert ses_bounce("Transient", "General", {"action": "failed"}).type == "soft_bounce"


@pytest.mark.parametrize(
    ("detail", "server"),
    [
        (
            {"remoteMtaIp": "192.0.2.9", "reportingMTA": "dns; a8-70.smtp-out.amazonses.com"},
            "192.0.2.9",
        ),
        ({"reportingMTA": "dsn; a8-70.smtp-out.amazonses.com"}, ""),
        ({"reportingMTA": "dns; mx.example.com"}, "mx.example.com"),
        ({}, ""),
    ],
)
def test_the_server_of_ses_is_the_recipients(detail, server):
    assert ses_bounce("Permanent", "General", **detail).server == server


@pytest.mark.parametrize(
    ("delay", "reason"),
    [
        ("MailboxFull", "mailbox_full"),
        ("SpamDetected", "spam"),
        ("RecipientServerError", "network"),
        ("TransientCommunicationFailure", "network"),
        ("SendingDeferral", "rate"),
        ("General", "unknown"),
        ("Undetermined", "unknown"),
    ],
)
def test_why_ses_delays(delay, reason):
    detail = {"delayType": delay, "delayedRecipients": [{"emailAddress": RECIPIENT}]}
    (event,) = parse("amazon_ses", {"eventType": "DeliveryDelay", "deliveryDelay": detail})
    assert (event.type, event.reason, event.text) == ("deferral", reason, delay)


def test_raw_delivery_of_sns_is_named():
    body = json.dumps(SES.inner(TOKEN, RECIPIENT, NOW, 1)).encode()
    with pytest.raises(Malformed) as caught:
        PROVIDERS["amazon_ses"]().verify({"x-amz-sns-rawdelivery": "true"}, body, [TOPIC], NOW)
    assert caught.value.reason == "raw_delivery"


def test_topics_of_the_european_sovereign_cloud():
    topic = "arn:aws-eusc:sns:eusc-de-east-1:111122223333:ses-events"
    assert sns.host_of(topic) == "sns.eusc-de-east-1.amazonaws.eu"


@pytest.mark.parametrize("name", ["MessageId", "Timestamp", "Subject"])
def test_one_signature_of_sns_fits_one_message(name):
    message = signed(Subject="Amazon SES", **{})
    # the same lines, divided into fields in another way
    merged = {key: value for key, value in message.items() if key != "Subject"}
    merged["MessageId"] = f"{message['MessageId']}\nSubject\nAmazon SES"
    with pytest.raises(Malformed):
        verify_ses(merged)
    for more in ("\n", "\nx"):
        with pytest.raises((Malformed, Stale)):
            verify_ses(signed(**{name: message[name] + more}))


def test_half_a_character_does_not_pass_for_another():
    with pytest.raises(Malformed):
        verify_ses(signed(Message="why?"), Message="why\ud800")


def test_mailgun_names_no_mail_exchanger_and_the_recipient_of_what_it_rejects():
    failed = {"event": "failed", "severity": "permanent", "reason": "bounce"}
    status = {"code": 498, "message": "No MX for example.com"}
    (event,) = parse("mailgun", {"event-data": {**failed, "delivery-status": status}})
    assert (event.type, event.reason, event.code) == ("hard_bounce", "host_unknown", None)
    headers = {"to": "Bob <Bob@example.com>", "message-id": "1.2@odoo.example.com"}
    rejected = {"event": "rejected", "recipient": None, "message": {"headers": headers}}
    (event,) = parse("mailgun", {"event-data": rejected})
    assert (event.type, event.recipient) == ("reject", "bob@example.com")
    rejected["message"]["headers"]["to"] = "a@example.com, b@example.com"
    (event,) = parse("mailgun", {"event-data": rejected})
    assert event.recipient == ""


def test_digits_do_not_move_between_time_and_token_of_mailgun():
    service = SERVICES["mailgun"]
    _headers, body = service.request([service.event({}, number=2)])
    content = json.loads(body)
    stamp, token = content["signature"]["timestamp"], content["signature"]["token"]
    provider = PROVIDERS["mailgun"]()
    for cut in (-3, -1, 1, 3):
        joined = stamp + token
        content["signature"].update(timestamp=joined[: 10 + cut], token=joined[10 + cut :])
        with pytest.raises(Refused):
            provider.verify({}, json.dumps(content).encode(), [service.secret], NOW)
    provider.verify({}, body, [service.secret], NOW)


def test_what_mandrill_defers_says_why():
    (event,) = parse("mandrill", {"event": "deferral", "diag": "smtp;451 4.7.1 greylisted"})
    assert (event.type, event.reason) == ("deferral", "greylisted")


def test_events_of_mandrill_without_an_id_differ():
    service = SERVICES["mandrill"]
    keys = set()
    for recipient in ("a@example.com", "b@example.com"):
        event = service.event({"event": "open"}, recipient=recipient)
        del event["_id"], event["msg"]["_id"]
        keys |= {found.key for found in PROVIDERS["mandrill"]().parse(service.body([event]))}
    assert len(keys) == 2


def test_events_of_brevo_without_a_time_differ():
    service = SERVICES["brevo"]
    keys = set()
    for date in ("2026-06-01 08:00:00", "2026-06-01 09:00:00"):
        event = service.event({"event": "proxy_open", "date": date})
        del event["ts_epoch"], event["ts_event"]
        keys |= {found.key for found in PROVIDERS["brevo"]().parse(service.body([event]))}
    assert len(keys) == 2


def test_a_resolver_in_trouble_is_no_failed_authentication():
    reason = "unable to get mx info: failed to get IPs from PTR record: lookup <nil>: unrecognized"
    (event,) = parse("sendgrid", {"event": "bounce", "type": "bounce", "reason": reason})
    assert (event.type, event.reason) == ("soft_bounce", "network")


@pytest.mark.parametrize(
    "secret", ["whsec_ab_cd", "whsec_AAAA", "correct horse", "_AAAA", "v1_QUFB", "whsec_", "AAAA"]
)
def test_what_is_no_key_signs_nothing(secret):
    service = SERVICES["standard"]
    for code in ("standard", "resend"):
        with pytest.raises(NotConfigured) as caught:
            PROVIDERS[code]().verify(*service.request([service.event({})]), [secret], NOW)
        assert caught.value.reason == "bad_secret"
