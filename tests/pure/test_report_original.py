# Part of mail_tracking. Licence: LGPL-3.
"""The text of a report: what people can read, bounded, and without our keys."""

from hypothesis import example, given
from hypothesis import strategies as st

from tools import report
from tools.report_original import CUT, HIDDEN, MAX_ORIGINAL, original_text, shortened, without_keys

KEY = "0123456789abcdef0123456789abcdef"
REPORT = b"""\
From: MAILER-DAEMON@mx.example.net
To: bounce+0123456789abcdef0123456789abcdef@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary="xx"

--xx
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

Q2Fmw6kgdW5rbm93bg==

--xx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; anna@example.com
Status: 5.1.1

--xx
Content-Type: image/png

xxxx

--xx
Content-Type: message/rfc822

Subject: Offer
X-Odoo-MailTracking-Token: 0123456789abcdef0123456789abcdef

<img src="https://example.com/secret">

--xx--
"""


def text_of(data):
    return original_text(report.parse(data))


def test_headers_and_readable_parts_are_there():
    text = text_of(REPORT)
    for words in (
        "From: MAILER-DAEMON@mx.example.net",
        "[text/plain]\nCafé unknown",
        "[message/delivery-status]\nReporting-MTA: dns; mx.example.net",
        "Final-Recipient: rfc822; anna@example.com\nStatus: 5.1.1",
        "[image/png]",
        "[message/rfc822]\nSubject: Offer",
    ):
        assert words in text


def test_of_the_returned_mail_only_the_headers_are_kept():
    assert "secret" not in text_of(REPORT)


def test_our_keys_are_blacked_out_and_others_are_not():
    text = text_of(REPORT)
    assert text.count(KEY) == 2
    assert without_keys(text, {"f" * 32}) == text
    hidden = without_keys(text, {KEY})
    assert KEY not in hidden and hidden.count(HIDDEN) == 2
    assert without_keys(f"{KEY} {'f' * 32} {'f' * 31}") == f"{HIDDEN} {HIDDEN} {'f' * 31}"


def test_a_long_report_is_cut():
    text = text_of(b"Subject: x\n\n" + b"word " * 100_000)
    assert len(text) == MAX_ORIGINAL and text.endswith(CUT)
    assert CUT not in text_of(REPORT)
    assert shortened("x" * 10, 10) == "x" * 10
    assert len(text_of(b"X: " + b"y" * 9_000_000 + b"\n\nz")) <= MAX_ORIGINAL
    assert len(text_of(b"X: y\n" * 100_000 + b"\nz")) <= MAX_ORIGINAL


@given(st.binary(max_size=400))
@example(REPORT[:300])
@example(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n\xff\x00--x")
def test_nothing_makes_it_stumble(data):
    text = text_of(data)
    assert len(text) <= MAX_ORIGINAL and "\x00" not in text
    text.encode()
