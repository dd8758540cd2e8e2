# Part of mail_tracking. Licence: LGPL-3.
"""What holds for the adapter of every e-mail service."""

import copy
import email
import email.policy
import json
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhook_samples import NOW, RECIPIENT, SERVICES, TOKEN

from tools import events as ev
from tools import opens, reasons
from tools.providers import PROVIDERS
from tools.providers.base import MAX_EVENTS, TOKEN_HEADER, Settings, WebhookEvent
from tools.providers.errors import (
    REASONS,
    Malformed,
    NotConfigured,
    Refused,
    Stale,
    WebhookError,
)

ROOT = Path(__file__).resolve().parents[2]
URL = "https://odoo.example/mail_tracking/webhook/mandrill/abc"
CODES = sorted(PROVIDERS)
KINDS = [(code, kind) for code in CODES for kind in SERVICES[code].KINDS]


def provider(code, **changes):
    fetch = changes.pop("fetch", lambda url: SERVICES["amazon_ses"].certificate())
    changes.setdefault("mapping", json.dumps(SERVICES[code].mapping))
    return PROVIDERS[code](Settings(url=URL, fetch=fetch, values=changes))


def request(code, kind=None, **changes):
    service = SERVICES[code]
    kind = kind or next(iter(service.KINDS))
    return service.request([service.event(service.KINDS[kind][0])], url=URL, **changes)


def verify(code, headers, body, secrets=None, now=NOW):
    if secrets is None:
        secrets = [SERVICES[code].secret]
    provider(code).verify(headers, body, secrets, now)


@pytest.mark.parametrize("code", CODES)
def test_what_all_webhooks_share_names_no_service(code):
    files = [
        *(ROOT / "models/webhooks").glob("*.py"),
        *(ROOT / "controllers").glob("webhook.py"),
        *(ROOT / "views").glob("*webhook*.xml"),
    ]
    assert len(files) > 5
    for file in files:
        assert not re.search(rf"[\"']{code}[\"']", file.read_text()), file


def test_every_service_has_samples():
    assert sorted(SERVICES) == CODES


@pytest.mark.parametrize(("code", "kind"), KINDS)
def test_every_kind_is_verified_and_read(code, kind):
    headers, body = request(code, kind)
    verify(code, headers, body)
    (event,) = provider(code).parse(body)
    expected = SERVICES[code].KINDS[kind][1]
    assert (event.type, event.known) == (expected, True)
    assert SERVICES[code].by_message_id or event.token == TOKEN
    assert event.message_id or not SERVICES[code].by_message_id
    assert event.recipient == RECIPIENT
    assert event.key
    assert event.time and abs(event.time - NOW) < 2
    if expected in ("deferral", "soft_bounce", "hard_bounce"):
        assert event.reason in reasons.REASONS
    elif expected != "reject":
        assert not event.reason
    if expected == ev.CLICK:
        assert event.url and event.user_agent
    if expected in (ev.OPEN, ev.CLICK, ev.SPAM, ev.UNSUB):
        assert not event.raw
    else:
        assert event.raw and json.loads(event.raw)


@pytest.mark.parametrize("code", CODES)
def test_every_type_can_happen_where_the_service_knows_it(code):
    told = {expected for _changes, expected in SERVICES[code].KINDS.values()}
    # what Azure tells of opens and clicks names no recipient, so no mail is found for it
    untold = {ev.OPEN, ev.CLICK} if code == "azure" else set()
    assert told >= set(PROVIDERS[code].KIND_TO_TYPE.values()) - untold
    assert told >= {ev.DELIVERED, ev.HARD_BOUNCE, ev.SOFT_BOUNCE, ev.REJECT}
    assert code == "azure" or told >= {ev.CLICK, ev.SPAM}


@pytest.mark.parametrize("code", CODES)
def test_the_tables_use_our_words(code):
    adapter = PROVIDERS[code]
    assert set(adapter.KIND_TO_TYPE.values()) <= set(ev.EVENT_TYPES)
    assert not set(adapter.KIND_TO_TYPE) & adapter.IGNORED
    assert adapter.code == code and adapter.label
    for name in dir(adapter):
        if name.endswith("_TO_REASON"):
            assert set(getattr(adapter, name).values()) <= set(reasons.REASONS)


# -- what is not taken ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("secrets", [[], [""], ["  ", None]])
def test_without_a_secret_nothing_is_taken(code, secrets):
    headers, body = request(code)
    with pytest.raises(NotConfigured):
        verify(code, headers, body, secrets)


@pytest.mark.parametrize("code", CODES)
def test_a_wrong_secret_is_refused_and_either_of_two_is_taken(code):
    service = SERVICES[code]
    headers, body = request(code, secret=service.wrong_secret)
    with pytest.raises(Refused):
        verify(code, headers, body)
    verify(code, *request(code), [service.wrong_secret, service.secret])
    verify(code, *request(code), [service.secret, service.wrong_secret])


@pytest.mark.parametrize("code", CODES)
def test_an_unsigned_request_is_refused(code):
    headers, body = request(code)
    if code == "mailgun":
        body = json.dumps({**json.loads(body), "signature": {}}).encode()
    if code == "amazon_ses":
        body = json.dumps({**json.loads(body), "Signature": ""}).encode()
    with pytest.raises(Refused):
        verify(code, {}, body)


@pytest.mark.parametrize("code", [c for c in CODES if SERVICES[c].dated])
@pytest.mark.parametrize("days", [-3, 3])
def test_what_is_not_of_now_is_refused(code, days):
    headers, body = request(code, now=NOW + days * 86400)
    with pytest.raises(Stale):
        verify(code, headers, body)


@pytest.mark.parametrize(
    "code", ["amazon_ses", "sendgrid", "mandrill", "standard", "resend", "hmac"]
)
def test_a_changed_body_is_refused(code):
    headers, body = request(code)
    changed = body.replace(b"example.com", b"example.org")
    changed = changed.replace(b"example%2Ecom", b"example.org")
    assert changed != body
    with pytest.raises(Refused):
        verify(code, headers, changed)


@pytest.mark.parametrize("code", CODES)
def test_headers_of_strangers_raise_nothing_else(code):
    headers, body = request(code)
    names = {*headers, "authorization", "x-webhook-secret"}
    for value in ("", "é" * 9, "\udcff", "Basic ====", "Basic " + "A" * 999, "v1,v1, ,", "0" * 400):
        for name in names:
            with pytest.raises(WebhookError):
                verify(code, {**dict.fromkeys(headers, ""), name: value}, _unsigned(code, body))


def _unsigned(code, body):
    if code in ("mailgun", "amazon_ses"):
        return body.replace(b'"signature": "', b'"signature": "0').replace(
            b'"Signature": "', b'"Signature": "0'
        )
    return body


# -- what cannot be read -------------------------------------------------------------------------

BROKEN = [
    b"",
    b"{",
    b"null",
    b'"text"',
    b"12",
    b"[NaN]",
    b"\xff\xfe{}",
    '{"event": "é"}'.encode("latin-1"),
    '{"event": "x"}'.encode("utf-16"),
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b"9" * 10_000,
]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_json_is_malformed(code, body):
    if code == "mandrill":
        body = b"mandrill_events=" + body.replace(b"\xff", b"%FF")
    with pytest.raises(Malformed):
        provider(code).parse(body)


@pytest.mark.parametrize("code", CODES)
def test_an_unknown_kind_is_told_from_one_that_is_ignored(code):
    service = SERVICES[code]
    (event,) = provider(code).parse(service.body([service.event(service.unknown)]))
    assert (event.type, event.known) == ("", False)
    if service.ignored:
        (event,) = provider(code).parse(service.body([service.event(service.ignored)]))
        assert (event.type, event.known) == ("", True)


@pytest.mark.parametrize("code", [c for c in CODES if SERVICES[c].batches])
def test_broken_events_cost_nothing_but_themselves(code):
    service = SERVICES[code]
    good = service.event(next(iter(service.KINDS.values()))[0])
    events = provider(code).parse(service.body([None, 3, "x", [], {}, good, {"msys": 4}]))
    assert [event.type for event in events if event.type] == [next(iter(service.KINDS.values()))[1]]
    with pytest.raises(Malformed):
        provider(code).parse(service.body([{}] * (MAX_EVENTS + 1)))


@pytest.mark.parametrize("code", CODES)
def test_events_differ_by_their_keys_and_repetitions_do_not(code):
    service = SERVICES[code]
    everything = [changes for changes, _expected in service.KINDS.values()]
    keys = [
        provider(code).parse(service.body([service.event(changes, number=number)]))[0].key
        for number, changes in enumerate(everything * 2, 1)
    ]
    again = provider(code).parse(service.body([service.event(everything[0])]))[0]
    assert len(set(keys)) == len(keys)
    assert again.key == keys[0]


def test_a_signature_of_mailgun_is_one_event_whatever_comes_with_it():
    service = SERVICES["mailgun"]
    keys = {
        provider("mailgun").parse(service.body([service.event(changes, recipient=who)]))[0].key
        for changes, _expected in service.KINDS.values()
        for who in ("ann@example.com", RECIPIENT)
    }
    assert len(keys) == 1


WORDS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from([2**70, 1e300, -1, "", "\x00", "\ud800", "a@b", "<" * 99, "0" * 5000, "1e999"]),
)
JUNK = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


def paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


def put(value, path, junk):
    if not path:
        return junk
    value = copy.deepcopy(value)
    place = value
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return value


def sound(event):
    assert isinstance(event, WebhookEvent)
    assert event.type in (*ev.EVENT_TYPES, "")
    assert event.reason in (*reasons.REASONS, "")
    assert event.machine in (*opens.REASONS, "")
    assert event.time is None or 0 < event.time < 1e12
    for name in ("kind", "key", "token", "message_id", "recipient", "text", "url", "ip", "raw"):
        value = getattr(event, name)
        assert isinstance(value, str) and len(value) <= 4_000 and "\x00" not in value
        value.encode()
    assert json.loads(json.dumps(event.token)) == event.token


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_value_anywhere_raises_nothing(data):
    code, kind = data.draw(st.sampled_from(KINDS))
    service = SERVICES[code]
    item = service.event(service.KINDS[kind][0])
    if code == "amazon_ses":
        inner = json.loads(item["Message"])
        inner = put(inner, data.draw(st.sampled_from(list(paths(inner)))), data.draw(JUNK))
        item["Message"] = json.dumps(inner)
    else:
        for _turn in range(data.draw(st.integers(1, 3))):
            item = put(item, data.draw(st.sampled_from(list(paths(item)))), data.draw(JUNK))
    try:
        found = provider(code).parse(service.body([item]))
    except (Malformed, UnicodeEncodeError):
        found = []  # a whole body that is no object, or that no program could send
    for event in found:
        sound(event)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(KINDS), st.data())
def test_ruined_requests_are_refused_or_read(choice, data):
    code, kind = choice
    headers, body = request(code, kind)
    start = data.draw(st.integers(0, len(body) - 1))
    end = data.draw(st.integers(start, min(len(body), start + 30)))
    ruined = body[:start] + data.draw(st.binary(max_size=8)) + body[end:]
    for action in (
        lambda: verify(code, headers, ruined),
        lambda: [sound(event) for event in provider(code).parse(ruined)],
    ):
        try:
            action()
        except WebhookError as error:
            assert error.reason in REASONS


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CODES), st.binary(max_size=200))
def test_noise_is_refused_or_read(code, body):
    try:
        verify(code, {"x-amz-sns-message-type": "Notification"}, body)
    except WebhookError as error:
        assert error.reason in REASONS
    try:
        provider(code).parse(body)
    except WebhookError as error:
        assert error.reason in REASONS


# -- outgoing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_headers_survive_the_folding_of_python(code):
    headers = provider(code, configuration_set="odoo-events").headers(TOKEN, {})
    message = EmailMessage(policy=email.policy.SMTP)
    message[TOKEN_HEADER] = TOKEN
    for name, value in headers.items():
        message[name] = value
    message["Subject"] = "Offer"
    sent = message.as_bytes()
    assert b"=?" not in sent
    read = email.message_from_bytes(sent, policy=email.policy.default)
    for name, value in headers.items():
        assert read[name] == value
        assert all(len(word) < 70 for word in value.split())
    assert TOKEN in str(read)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("mailgun", "X-Mailgun-Variables"),
        ("sendgrid", "X-SMTPAPI"),
        ("sparkpost", "X-MSYS-API"),
        ("mandrill", "X-MC-Metadata"),
    ],
)
def test_what_others_put_into_a_header_stays(code, name):
    for mine in (name, name.lower()):
        existing = {mine: '{"category": "shop", "metadata": {"a": "b"}}'}
        headers = provider(code).headers(TOKEN, existing)
        content = json.loads(headers[mine])
        assert content["category"] == "shop" and content["metadata"]["a"] == "b"
        assert TOKEN in headers[mine] and TOKEN not in existing[mine]
    for broken in ("{", "[]", "3", '{"unique_args": 3, "metadata": 3}'):
        found = provider(code).headers(TOKEN, {name: broken}).get(name, broken)
        assert found == broken or json.loads(found)
