# Part of mail_tracking. Licence: LGPL-3.
"""Any service that signs with a shared key: its description, its signatures, its events."""

import hmac
import json
from pathlib import Path

import pytest
from webhook_samples import NOW, b64, iso

from tools.providers import PROVIDERS
from tools.providers.base import Settings
from tools.providers.errors import Malformed, NotConfigured, Refused, Stale
from tools.providers.presets import PRESETS

BODY = b'{"type": "delivered"}'


def settings(mapping):
    return Settings(values={"mapping": json.dumps(mapping)})


def sign_hmac(secret, signed, encoding="hex", name="sha256"):
    digest = hmac.new(secret, signed, name).digest()
    return digest.hex() if encoding == "hex" else b64(digest)


def verify_hmac(rule, headers, *, secret="0123456789abcdef", body=BODY, now=NOW):
    mapping = rule if "preset" in rule else {"signature": rule}
    assert PROVIDERS["hmac"].mapping_error(mapping) == ""
    PROVIDERS["hmac"](settings(mapping)).verify(headers, body, [secret], now)


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("form", ["{signature}", "sha={signature}", "v1,{signature}"])
def test_every_form_of_a_signature(name, encoding, form):
    rule = {"header": "X-Sign", "form": form, "hash": name, "encoding": encoding}
    signature = sign_hmac(b"0123456789abcdef", BODY, encoding, name)
    verify_hmac(rule, {"x-sign": form.replace("{signature}", signature)})
    verify_hmac(
        rule,
        {
            "x-sign": form.replace("{signature}", "A" * 40)
            + " "
            + form.replace("{signature}", signature)
        },
    )
    for wrong in ("", form.replace("{signature}", signature[:-1]), f"x{signature}"):
        with pytest.raises(Refused):
            verify_hmac(rule, {"x-sign": wrong})
    with pytest.raises(Refused):
        verify_hmac(rule, {"x-sign": form.replace("{signature}", signature)}, body=BODY + b" ")


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("text", "0123456789abcdef"),
        ("hex", b"0123456789abcdef".hex()),
        ("base64", b64(b"0123456789abcdef")),
    ],
)
def test_every_way_to_write_a_key(kind, secret):
    headers = {"x-sign": sign_hmac(b"0123456789abcdef", BODY).upper()}
    verify_hmac({"header": "X-Sign", "secret": kind}, headers, secret=secret)
    for short in ("short", "abcd", "QUFB", "zz"):
        with pytest.raises(NotConfigured):
            verify_hmac({"header": "X-Sign", "secret": kind}, headers, secret=short)


def test_time_and_id_are_signed_and_the_time_is_of_now():
    rule = {
        "header": "X-Sign",
        "timestamp_header": "X-Time",
        "id_header": "X-Id",
        "signed": "{id}:{timestamp}:{body}",
        "max_age": 600,
    }
    stamp = str(int(NOW))
    headers = {
        "x-time": stamp,
        "x-id": "m1",
        "x-sign": sign_hmac(b"0123456789abcdef", f"m1:{stamp}:".encode() + BODY),
    }
    verify_hmac(rule, headers, now=NOW + 599)
    with pytest.raises(Stale):
        verify_hmac(rule, headers, now=NOW + 601)
    for name in ("x-time", "x-id"):
        for other in ("", "7"):
            with pytest.raises(Refused):
                verify_hmac(rule, {**headers, name: other})


def test_what_the_body_holds_is_no_pattern():
    body = b'{"a": "{timestamp}"}'
    rule = {"header": "X-Sign"}
    verify_hmac(rule, {"x-sign": sign_hmac(b"0123456789abcdef", body)}, body=body)


@pytest.mark.parametrize(
    ("mapping", "wrong"),
    [
        ({}, "header"),
        ({"signature": 3}, "header"),
        ({"signature": {"header": "X Sign"}}, "header"),
        ({"signature": {"header": "X", "form": "sha256="}}, "form"),
        ({"signature": {"header": "X", "signed": "{timestamp}"}}, "signed"),
        # a time that is not signed proves nothing
        ({"signature": {"header": "X", "timestamp_header": "T"}}, "signed"),
        ({"signature": {"header": "X", "signed": "{timestamp}.{body}"}}, "signed"),
        (
            {
                "signature": {
                    "header": "X",
                    "timestamp_header": "T",
                    "id_header": "I",
                    "signed": "{timestamp}{id}{body}",
                }
            },
            "signed",
        ),
        ({"signature": {"header": "X", "hash": "md5"}}, "hash"),
        ({"signature": {"header": "X", "encoding": "utf-8"}}, "encoding"),
        ({"signature": {"header": "X", "secret": "rot13"}}, "secret"),
        ({"signature": {"header": "X", "max_age": 0}}, "max_age"),
        ({"signature": {"header": "X", "max_age": True}}, "max_age"),
        ({"signature": {"header": "X", "salt": "y"}}, "salt"),
        ({"preset": "nobody"}, "preset"),
        ({"preset": "mailersend", "types": {"x": "nonsense"}}, "nonsense"),
        ({"preset": "mailersend", "events": 3}, "events"),
    ],
)
def test_what_is_wrong_with_a_description_is_named(mapping, wrong):
    assert wrong in PROVIDERS["hmac"].mapping_error(mapping)


def test_without_a_description_nothing_is_taken():
    with pytest.raises(NotConfigured) as caught:
        PROVIDERS["hmac"]().verify({}, BODY, ["0123456789abcdef"], NOW)
    assert caught.value.reason == "mapping"


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_are_sound_and_documented(name):
    assert PROVIDERS["hmac"].mapping_error({"preset": name}) == ""
    page = (Path(__file__).resolve().parents[2] / "doc/email_services.md").read_text()
    assert f"| `{name}` |" in page


def test_presets_sign_as_the_services_document():
    key, stamp = b"0123456789abcdef", str(int(NOW))
    with_time = f"{stamp}.".encode() + BODY
    verify_hmac({"preset": "mailersend"}, {"signature": sign_hmac(key, BODY)})
    verify_hmac(
        {"preset": "emailit"},
        {"x-emailit-timestamp": stamp, "x-emailit-signature": sign_hmac(key, with_time)},
    )
    verify_hmac(
        {"preset": "lettermint"},
        {"x-lettermint-signature": f"t={stamp},v1={sign_hmac(key, with_time)}"},
    )
    verify_hmac(
        {"preset": "ahasend"},
        {
            "webhook-id": "m1",
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + sign_hmac(key, b"m1." + with_time, "base64"),
        },
    )


def test_an_event_of_mailersend():
    item = {
        "type": "activity.hard_bounced",
        "created_at": iso(NOW),
        "data": {
            "id": "a1",
            "email": {"recipient": {"email": "Bob@example.com"}},
            "morph": {"reason": "550 5.1.1 user unknown"},
        },
    }
    provider = PROVIDERS["hmac"](settings({"preset": "mailersend"}))
    (event,) = provider.parse(json.dumps(item).encode())
    assert (event.type, event.key, event.recipient) == ("hard_bounce", "a1", "bob@example.com")


def test_events_inside_the_content():
    mapping = {"events": "a.0.b", "fields": {"recipient": "to.1"}}
    provider = PROVIDERS["standard"](settings(mapping))
    inner = [{"type": "open", "to": ["x@example.com", "bob@example.com"]}]
    (event,) = provider.parse(json.dumps({"a": [{"b": inner}]}).encode())
    assert (event.type, event.recipient) == ("open", "bob@example.com")
    for odd in ({"a": []}, {"a": [{"b": 3}]}, []):
        with pytest.raises(Malformed):
            provider.parse(json.dumps(odd).encode())
