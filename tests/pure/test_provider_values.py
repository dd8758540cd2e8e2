# Part of mail_tracking. Licence: LGPL-3.
"""What the adapters share: values of strangers, ages, passwords, answers."""

import json

import pytest
from webhook_samples import NOW, SERVICES, TOPIC, b64

from tools.providers import PROVIDERS, base, errors, sns, values
from tools.providers.base import Settings

HOUR = 3600


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" a ", "a"),
        ("x" * 600, "x" * 500),
        ("a\x00b", "ab"),
        ("a\ud800", "a?"),
        (5, "5"),
        (1.5, "1.5"),
        (-5, "-5"),
        (10**29, "1" + "0" * 29),
        (10**31, ""),
        (True, ""),
        (None, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_text(value, expected):
    assert values.text(value) == expected


def test_longer_texts():
    assert values.text("x" * 3000, 2000) == "x" * 2000
    assert values.long_text("x" * 5000) == "x" * 4000
    assert values.first_text(None, "", "  ", "a", "b") == "a"
    assert values.first_text(None, "") == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((550, 550), ("550", 550), (" 250 ", 250), (99, None), (1000, None), ("55x", None)),
        *(("٥٥٠", None), (None, None), (True, None)),
    ],
)
def test_codes(value, expected):
    assert values.integer(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("5.1.1", "5.1.1"), ("smtp; 4.2.2 (full)", "4.2.2"), ("3.1.1", ""), ("5.1", "")),
        *((5.1, ""), (None, ""), ("x5.1.1", ""), ("5.123.456", "5.123.456")),
    ],
)
def test_statuses(value, expected):
    assert values.status(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-06-01T07:46:40Z", NOW),
        ("2026-06-01T07:46:40", NOW),
        ("2026-06-01 07:46:40 Z", NOW),
        (" 2026-06-01T07:46:40Z ", NOW),
        ("2026-06-01T02:16:40-05:30", NOW),
        ("2026-06-01T13:16:40+0530", NOW),
        ("2026-06-01T07:46:40.5Z", NOW + 0.5),
        ("2026-06-01T07:46:40.123456789Z", NOW + 0.123456789),
        ("2026-06-01T07:46:40.1234567890Z", None),
        ("2026-06-01", None),
        ("2026-06-01T07:46:40 CEST", None),
        (99_999_999_999, 99_999_999_999.0),
        (100_000_000_001, 100_000_000.001),
        (99_999_999_999_999, 99_999_999_999.999),
        (100_000_000_000_001, None),
        (0.5, 0.5),
        (-0.5, None),
    ],
)
def test_moments(value, expected):
    found = values.seconds(value)
    assert found == expected or abs(found - expected) < 1e-5


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("a" * 8, "a" * 8), ("a" * 7, ""), ("A_-z0" * 12, "A_-z0" * 12), ("a" * 64, "a" * 64)),
        *(("a" * 65, ""), ("a" * 8 + " b", ""), (["b" * 9, "c" * 9], "b" * 9), ([], "")),
        *((["x"], ""), (12345678, "12345678"), (None, ""), ({}, "")),
    ],
)
def test_tokens(value, expected):
    assert values.token(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"odoo_token": "a" * 32}, "a" * 32),
        (json.dumps({"odoo_token": "a" * 32}), "a" * 32),
        ("a" * 32, "a" * 32),
        ("12345678", "12345678"),
        ({"other": "a" * 32}, ""),
        ("{", ""),
        (None, ""),
    ],
)
def test_tokens_in_metadata(value, expected):
    assert values.token_in(value, "odoo_token") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("Bob@Example.com", "bob@example.com"), ("<bob@example.com>", "bob@example.com")),
        *(("Bob <bob@example.com>", "bob@example.com"), (" bob@example.com ", "bob@example.com")),
        *(("J <j@bücher.example>", "j@bücher.example"), ("bob", ""), (None, ""), ("", "")),
    ],
)
def test_addresses(value, expected):
    assert values.address(value) == expected


def test_lists_of_addresses():
    assert values.addresses(["A@b.c", "a@b.c", 3, "d@e.f"]) == ["a@b.c", "d@e.f"]
    assert values.addresses("a@b.c") == []
    assert len(values.addresses([f"a{number}@b.c" for number in range(1500)])) == 1000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("<a@b>", "<a@b>"), ("a@b", "<a@b>"), (" < a@b > ", "<a@b>"), ("ab", ""), ("", "")),
        *(("<a b@c>", ""), ("<a@b><c@d>", "")),
    ],
)
def test_message_ids(value, expected):
    assert values.message_id(value) == expected


def test_headers_in_lists():
    entries = [{"name": "X-A", "value": "1"}, {"name": "x-b", "value": " 2 "}, {"name": "X-B"}, 3]
    assert values.header(entries, "x-a") == "1"
    assert values.header(entries, "X-B") == "2"
    assert values.header(entries, "x-c") == values.header(None, "x-a") == ""
    many = [{"name": "x", "value": "1"}] * 500 + [{"name": "y", "value": "2"}]
    assert values.header(many, "y") == "" and values.header(many[1:], "y") == "2"


def test_fingerprints_tell_parts_apart():
    assert values.fingerprint("a", "bc") != values.fingerprint("ab", "c")
    assert values.fingerprint("a", None) != values.fingerprint(None, "a")
    assert values.fingerprint("a", 1) == values.fingerprint("a", 1)
    long = "x" * 5000
    assert values.fingerprint(long + "a") != values.fingerprint(long + "b")


def test_json_in_texts():
    assert values.json_text('{"a": 1}') == {"a": 1}
    assert values.json_text("{") == "{"
    assert values.json_text([1]) == [1]
    long = json.dumps(["x" * 4000])
    assert values.json_text(long) == long


# -- how old a request may be ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "hours"), [("mailgun", 12), ("sendgrid", 26), ("standard", 1 / 12), ("resend", 1 / 12)]
)
def test_how_long_a_signature_is_good(code, hours):
    """As long as the service tries again, where it does not say that it signs anew."""
    service = SERVICES[code]

    def verify(age):
        headers, body = service.request([service.event({})], now=NOW - age)
        PROVIDERS[code]().verify(headers, body, [service.secret], NOW)

    verify(int(hours * HOUR) - 1)
    verify(-299)
    for age in (int(hours * HOUR) + 2, -302):
        with pytest.raises(errors.Stale):
            verify(age)


def test_the_edges_of_an_age():
    base.check_age(NOW - 10, NOW, 10)
    base.check_age(NOW + 300, NOW, 10)
    for moment in (NOW - 10.1, NOW + 300.1, None):
        with pytest.raises(errors.Stale):
            base.check_age(moment, NOW, 10)


def test_sns_has_two_hours_and_a_certificate_of_its_time():
    assert sns.WINDOW == 2 * HOUR
    service = SERVICES["amazon_ses"]
    settings = Settings(fetch=lambda url: service.certificate())
    headers, body = service.request([service.event({}, time=NOW)], now=NOW)
    for age in (0, 2 * HOUR - 5):
        PROVIDERS["amazon_ses"](settings).verify(headers, body, [TOPIC], NOW + age)
    for age in (2 * HOUR + 5, -305):
        with pytest.raises(errors.Stale):
            PROVIDERS["amazon_ses"](settings).verify(headers, body, [TOPIC], NOW + age)


def test_a_key_of_mailgun_is_remembered_as_long_as_it_is_good():
    assert PROVIDERS["mailgun"].remember_seconds == 12 * HOUR + 300
    others = {code: provider.remember_seconds for code, provider in PROVIDERS.items()}
    del others["mailgun"]
    assert set(others.values()) == {0}, "whose signatures cover what they sign"


# -- what the service is answered ------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(PROVIDERS))
def test_answers(code):
    refused = {"mailgun": 406, "postmark": 403, "amazon_ses": 403}.get(code, 401)
    malformed = {"mailgun": 406, "postmark": 403}.get(code, 400)
    retry = {"brevo": 429}.get(code, 503)
    provider = PROVIDERS[code]()
    for error, status in (
        (errors.NotConfigured(), retry),
        (errors.Unavailable(), retry),
        (errors.Refused(), refused),
        (errors.Stale(), refused),
        (errors.Malformed(), malformed),
    ):
        assert provider.status_of(error) == status, error


def test_every_reason_has_a_sentence():
    reasons = {
        error().reason
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.WebhookError)
    }
    reasons |= {
        *("bad_secret", "topic", "version", "address", "too_large"),
        *("mapping", "raw_delivery"),
    }
    assert reasons == set(errors.REASONS)
    assert errors.Refused("topic").reason == str(errors.Refused("topic")) == "topic"


def test_what_is_kept_of_an_event():
    service = SERVICES["sendgrid"]
    event = service.event({"event": "delivered", "response": "250 OK", "more": "x" * 5000})
    (found,) = PROVIDERS["sendgrid"]().parse(service.body([event]))
    assert len(found.raw) == 2000
    assert found.raw == json.dumps(event)[:2000]


# -- secrets ---------------------------------------------------------------------------------------


def test_a_password_may_name_its_user():
    for secret, given, fits in (
        ("pass", "odoo:pass", True),
        ("odoo:pass", "odoo:pass", True),
        ("odoo:pass", "eve:pass", False),
        ("pass", "odoo:other", False),
        ("odoo", "odoo:pass", False),
        ("", "odoo:", False),
    ):
        headers = {"authorization": "basic " + b64(given.encode())}
        if fits:
            base.check_password(headers, [secret])
        else:
            with pytest.raises(errors.Refused):
                base.check_password(headers, [secret])


def test_blanks_around_a_secret_are_none_of_it():
    service = SERVICES["postmark"]
    headers, body = service.request([service.event({})])
    PROVIDERS["postmark"]().verify(headers, body, [f" {service.secret}\n"], NOW)


def test_nothing_equals_nothing():
    assert not base.same("", "") and not base.same(b"", "")
    assert base.same("é", "é") and base.same("a", b"a")
    assert not base.same_as_any("a", []) and base.same_as_any("a", ["b", "a"])
    assert values.decoded("YQ==") == b"a"
    assert values.decoded("YQ") == values.decoded("Y Q==") == b""


def test_secrets_of_standard_webhooks():
    service = SERVICES["standard"]
    headers, body = service.request([service.event({})])
    bare = service.secret.removeprefix("whsec_")
    for secret in (service.secret, bare, bare.rstrip("="), f"whsec_{bare.rstrip('=')}"):
        PROVIDERS["standard"]().verify(headers, body, [secret], NOW)
    for secret in ("whsec_", "whsec_%%%", "whpk_"):
        with pytest.raises(errors.NotConfigured):
            PROVIDERS["standard"]().verify(headers, body, [secret], NOW)


def test_several_signatures_of_which_one_fits():
    service = SERVICES["standard"]
    headers, body = service.request([service.event({})])
    good = headers["webhook-signature"].split()[-1]
    wrong = "v1," + "A" * 43 + "="
    for given, fits in (
        (f"{wrong} {good}", True),
        (" ".join([wrong] * 19 + [good]), True),
        (" ".join([wrong] * 20 + [good]), False),
        (good.replace("v1,", "v2,"), False),
        (good.replace("v1,", "v1a,"), False),
        (good.replace("v1,", ""), False),
    ):
        changed = {**headers, "webhook-signature": given}
        if fits:
            PROVIDERS["standard"]().verify(changed, body, [service.secret], NOW)
        else:
            with pytest.raises(errors.Refused):
                PROVIDERS["standard"]().verify(changed, body, [service.secret], NOW)
    for missing in ("webhook-id", "webhook-signature"):
        with pytest.raises(errors.Refused):
            PROVIDERS["standard"]().verify({**headers, missing: ""}, body, [service.secret], NOW)


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        ({}, ""),
        ({"fields": {}, "types": {}}, ""),
        ({"fields": {"kind": "a.b"}, "types": {"x": "sent", "y": ""}}, ""),
        ({"fields": {"kind": 3}}, "fields"),
        ({"types": []}, "types"),
        ({"other": {}}, "events, fields, types"),
        ([], "events, fields, types"),
        ({"fields": {"b": "x", "a": "y"}}, "a, b"),
        ({"types": {"x": "nonsense"}}, "nonsense"),
        ({"types": {"x": "error"}}, "error"),
    ],
)
def test_what_is_wrong_with_a_mapping(mapping, error):
    assert PROVIDERS["standard"].mapping_error(mapping) == error


def test_json_in_headers():
    path = ("a", "b")
    assert base.json_header({}, "X-J", path, "t") == {"X-J": '{"a": {"b": "t"}}'}
    given = {"x-j": '{"a": {"c": 1}, "d": 2}'}
    assert base.json_header(given, "X-J", path, "t") == {"x-j": '{"a": {"c": 1, "b": "t"}, "d": 2}'}
    for broken in ("{", "[]", "3", '{"a": 3}', '{"a": null}', '"x"'):
        assert base.json_header({"X-J": broken}, "X-J", path, "t") == {}
    assert base.json_header({"X-J": ""}, "X-J", ("b",), "t") == {"X-J": '{"b": "t"}'}


@pytest.mark.parametrize(
    ("topic", "host"),
    [
        ("arn:aws:sns:eu-west-1:111122223333:x", "sns.eu-west-1.amazonaws.com"),
        ("arn:aws-us-gov:sns:us-gov-west-1:111122223333:x", "sns.us-gov-west-1.amazonaws.com"),
        ("arn:aws-cn:sns:cn-north-1:111122223333:x", "sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-iso:sns:us-iso-east-1:111122223333:x", ""),
        ("arn:aws:sns:eu-west-1:11112222333:x", ""),
        ("arn:aws:sns:eu-west-1:111122223333:", ""),
        ("arn:aws:sns:eu-west-1:111122223333:" + "x" * 257, ""),
        ("arn:aws:sns:eu-west:111122223333:x", ""),
    ],
)
def test_topics(topic, host):
    assert sns.host_of(topic) == host
    assert sns.is_topic(topic) is bool(host)
