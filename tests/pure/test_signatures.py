# Part of mail_tracking. Licence: LGPL-3.
"""Which keys a mail was signed with."""

import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import report
from tools.authentication import signatures
from tools.authentication.signatures import Signature, Signed

SIGNED = """\
Authentication-Results: mx.example.net;
 dkim=pass header.i=@acme.example header.s=s2 header.b=abc;
 dkim=fail (bad; signature) header.d=Service.Example header.s="k1";
 spf=pass (mx.example.net: domain of b@acme.example) smtp.mailfrom=b@acme.example
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=Acme.Example;
 s=S1; h=from:to; bh=abc=; b=d=e=f
DKIM-Signature: v=1; d=service.example; s=k1; b=x
From: =?utf-8?q?Ann=C3=A4?= <anna@Acme.Example>
Subject: Hello

Body
"""
EXPECTED = (
    Signature("acme.example", "s2"),
    Signature("service.example", "k1"),
    Signature("acme.example", "s1"),
)
REPORT = """\
DKIM-Signature: v=1; d=reporter.example; s=r; b=x
From: MAILER-DAEMON@mx.example.net
To: bounce@acme.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=="

--==
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1

--==
Content-Type: {kind}

{original}
--==--
"""


def test_of_a_mail_that_arrived():
    found = signatures.of_mail(email.message_from_string(SIGNED))
    assert found == Signed("acme.example", EXPECTED)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_of_a_mail_that_came_back(kind):
    message = email.message_from_string(REPORT.format(kind=kind, original=SIGNED))
    assert signatures.of_returned(message) == Signed("acme.example", EXPECTED)
    assert signatures.of_mail(message).domain == "mx.example.net"


def test_of_a_report_that_returns_nothing():
    message = email.message_from_string(REPORT.format(kind="text/plain", original="Hello"))
    assert signatures.of_returned(message) == Signed("")


@pytest.mark.parametrize(
    "header",
    [
        "DKIM-Signature: d=acme.example",
        "DKIM-Signature: s=only",
        "DKIM-Signature: d=acme.example; s=a/b",
        "DKIM-Signature: d=acme.example; s=" + "x" * 300,
        "DKIM-Signature: d=ü.example; s=s1",
        "DKIM-Signature: nonsense",
        "Authentication-Results: mx.example.net; dkim=none",
        "Authentication-Results: mx.example.net; spf=pass header.d=x.example header.s=s",
        "Authentication-Results: dkim",
    ],
)
def test_what_is_no_signature(header):
    message = email.message_from_string(f"{header}\nFrom: a@acme.example\n\nBody")
    assert signatures.of_mail(message) == Signed("acme.example")


def test_no_more_than_a_few():
    headers = "".join(f"DKIM-Signature: d=acme.example; s=s{i}\n" for i in range(1_000))
    message = email.message_from_string(f"From: a@acme.example\n{headers}\nBody")
    assert len(signatures.of_mail(message).signatures) == signatures.MAX_SIGNATURES


PIECES = st.sampled_from(
    'DKIM-Signature: d= s= ; \n\t header.d= header.s= header.i=@ dkim=pass " ( ) = From: <a@b.c> '
    "Authentication-Results: acme.example \x00 é".split(" ")
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join))
def test_whatever_arrives_there_are_names_or_nothing(text):
    text = REPORT.format(kind="message/rfc822", original=text)
    message = report.parse(text.encode("utf-8", "replace"))
    for found in (signatures.of_mail(message), signatures.of_returned(message)):
        assert len(found.signatures) <= signatures.MAX_SIGNATURES
        for name in (part for each in found.signatures for part in each):
            assert name.isascii() and name.isprintable() and 0 < len(name) <= 253
