# Part of mail_tracking. Licence: LGPL-3.
"""Headers under each name that they have, and dates of each zone."""

import pytest

from tools import report, report_types

DSN = """\
From: MAILER-DAEMON@mx.example.net
To: bounce@example.com
Date: {date}
Content-Type: multipart/report; report-type=delivery-status; boundary="xx"

--xx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; bob@example.com
Action: delayed
Status: 4.4.1
{fields}
--xx
Content-Type: text/rfc822-headers

{headers}

--xx--
"""
NOON = 1791201600.0  # Mon, 05 Oct 2026 12:00:00 UTC


def read(date="", fields="", headers="Subject: Offer"):
    """Read a delivery report."""
    return report.read_bytes(DSN.format(date=date, fields=fields, headers=headers).encode())


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Mon, 05 Oct 2026 12:00:00 +0000", NOON),
        ("Mon, 05 Oct 2026 12:00:00 GMT", NOON),
        ("Mon, 05 Oct 2026 14:00:00 +0200", NOON),
        ("Mon, 05 Oct 2026 07:00:00 -0500", NOON),
        ("Mon, 05 Oct 2026 02:30:00 -0930", NOON),
        ("Mon, 05 Oct 2026 08:30:00 -0330", NOON),
        ("Mon, 05 Oct 2026 17:45:00 +0545", NOON),
        ("Mon, 05 Oct 2026 00:00:00 -1200", NOON),
        ("Tue, 06 Oct 2026 02:00:00 +1400", NOON),
        ("5 Oct 26 07:00 EST", NOON),
        ("Mon, 05 Oct 2026 12:00:00 -0000", NOON),
        ("Wed, 31 Dec 1969 23:00:00 +0000", None),
        ("yesterday", None),
        ("Mon, 99 Foo 2026 99:99:99 +9999", None),
        ("", None),
    ],
)
def test_dates(date, seconds):
    [finding] = read(date=date).findings
    assert finding.time == seconds
    fields = f"Last-Attempt-Date: {date}\nWill-Retry-Until: {date}"
    [finding] = read(fields=fields).findings
    assert (finding.time, finding.retry_until) == (seconds, seconds)


def test_the_last_attempt_is_what_a_report_is_about():
    [finding] = read(
        date="Mon, 05 Oct 2026 13:00:00 +0000",
        fields="Last-Attempt-Date: Mon, 05 Oct 2026 07:00:00 -0500",
    ).findings
    assert finding.time == NOON


@pytest.mark.parametrize("name", ["X-Odoo-Token", "x-odoo-token", "X-ODOO-TOKEN"])
def test_names_of_headers_are_known_in_any_case(name):
    result = read(headers=f"{name}: abc\nX-Odoo-Token-Other: def")
    assert result.headers["x-odoo-token"] == "abc"


@pytest.mark.parametrize("name", ["X-Message-ID", "Message-ID-Old", "Resent-Message-ID"])
def test_a_header_of_another_name_is_no_message_id(name):
    assert read(headers=f"{name}: <a@example.com>").message_ids == ()


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: Auto-Replied; owner=bob",
        "Auto-Submitted: auto-generated",
        "X-Autoreply: yes",
        "X-Autorespond: away",
        "X-Autoresponder: away",
        "Precedence: auto_reply",
        "Precedence: Auto-Reply",
        "X-Auto-Response-Suppress: All",
    ],
)
def test_each_sign_of_an_absence_note(header):
    text = "From: bob@example.com\nSubject: Re: Offer\n{}\nIn-Reply-To: <a@example.com>\n\nAway.\n"
    assert report.read_bytes(text.format(header).encode()).kind == report_types.AUTO_REPLY


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "X-Autoreply: no",
        "X-Autoreplied: yes",
        "Precedence: normal",
        "X-Auto-Response-Suppress: OOF",
    ],
)
def test_what_is_no_sign_of_an_absence_note(header):
    text = "From: bob@example.com\nSubject: Re: Offer\n{}\nIn-Reply-To: <a@example.com>\n\nYes.\n"
    assert report.read_bytes(text.format(header).encode()).kind == report_types.NONE
