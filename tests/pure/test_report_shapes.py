# Part of mail_tracking. Licence: LGPL-3.
"""Reports of unusual shape: blocks, fields, bounds, and what is no report."""

import email
from email import policy

import pytest

from tools import report


def read(data: bytes) -> report.Report:
    return report.read(email.message_from_bytes(data, policy=policy.SMTP))


def dsn(status: str, *, text: str = "text", head: str = "") -> bytes:
    return (
        f"From: MAILER-DAEMON@example.org\n{head}MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain\n\n{text}\n--B\n"
        f"Content-Type: message/delivery-status\n\n{status}\n--B--\n"
    ).encode()


BLOCK = "Final-Recipient: rfc822; {0}\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    "status",
    [
        BLOCK.format("a@b.example") + "\n" + BLOCK.format("c@b.example"),
        "\n\n\nReporting-MTA: dns; x\n\n\n\n"
        + BLOCK.format("a@b.example")
        + "\n\n\n"
        + BLOCK.format("c@b.example"),
        BLOCK.format("a@b.example") + BLOCK.format("c@b.example"),
        "Reporting-MTA: dns; x\n"
        + BLOCK.format("a@b.example")
        + "\n"
        + BLOCK.format("c@b.example"),
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\n\nAction: failed\n\n"
        "Status: 5.1.1\n\n" + BLOCK.format("c@b.example"),
    ],
)
def test_blocks_are_found_whatever_the_blank_lines(status):
    found = [(item.recipient, item.status) for item in read(dsn(status)).findings]
    assert found == [("a@b.example", "5.1.1"), ("c@b.example", "5.1.1")]


@pytest.mark.parametrize(
    "value, address",
    [
        ("rfc822; A@B.example", "a@b.example"),
        ("rfc822;<a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("rfc822; Name <a@b.example>", "a@b.example"),
        ("rfc822; a+2Bx@b.example", "a+x@b.example"),
        ("rfc822; a+3Dx@b.example", "a=x@b.example"),
        ("rfc822; a+88@b.example", "a+88@b.example"),
        ("rfc822; a+41@b.example", "a+41@b.example"),
        ("utf-8; j\\x{FC}rgen@b.example", "jürgen@b.example"),
        ("x400; /C=DE/S=Muster", "/c=de/s=muster"),
        ("rfc822; a@b.example (comment)", "a@b.example"),
        (";", ""),
        ("", ""),
    ],
)
def test_recipients(value, address):
    result = read(dsn(f"Final-Recipient: {value}\nAction: failed\nStatus: 5.1.1\n"))
    assert [item.recipient for item in result.findings] == [address]


@pytest.mark.parametrize(
    "action, status, kind",
    [
        ("failed", "5.1.1", "failed"),
        ("Failed (bad address)", "5.1.1", "failed"),
        ("failure", "", "failed"),
        ("error", "", "failed"),
        ("DELIVERED", "", "delivered"),
        ("delayed", "4.0.0", "delayed"),
        ("relayed", "2.0.0", "relayed"),
        ("expanded", "2.0.0", "expanded"),
        ("", "5.0.0", "failed"),
        ("", "4.0.0", "delayed"),
        ("", "2.0.0", "delivered"),
    ],
)
def test_actions(action, status, kind):
    result = read(dsn(f"Final-Recipient: rfc822; a@b.c\nAction: {action}\nStatus: {status}\n"))
    assert [item.kind for item in result.findings] == [kind]


def test_a_failure_of_a_temporary_kind_is_soft():
    result = read(
        dsn(
            "Final-Recipient: rfc822; a@b.c\nAction: failed\nStatus: 4.1.1\n"
            "Diagnostic-Code: smtp; 450 4.1.1 user unknown\n"
        )
    )
    assert result.findings[0].event_type == "soft_bounce"


def test_a_missing_diagnostic_is_taken_from_the_notice():
    text = "<a@b.example>: mailbox is full\n<c@b.example>: user unknown"
    status = "".join(
        f"Final-Recipient: rfc822; {name}@b.example\nAction: failed\nStatus: 5.0.0\n\n"
        for name in "ac"
    )
    found = [item.reason for item in read(dsn(status, text=text)).findings]
    assert found == ["mailbox_full", "user_unknown"]


def test_a_report_without_fields_is_still_a_report():
    assert read(dsn("")).kind == "dsn"
    assert read(dsn("")).findings == ()
    assert read(dsn("Reporting-MTA: dns; x")).kind == "dsn"


def test_findings_are_bounded():
    blocks = "\n".join(BLOCK.format(f"a{number}@b.example") for number in range(3000))
    assert len(read(dsn(blocks)).findings) == 1000


def test_diagnostics_are_bounded():
    status = BLOCK.format("a@b.c") + "Diagnostic-Code: smtp; 550 " + "x" * 100_000 + "\n"
    assert len(read(dsn(status)).findings[0].diagnostic) <= 20_000


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied\nSubject: x\n",
        "Auto-Submitted: auto-generated\nIn-Reply-To: <a@b>\n",
        "Precedence: auto_reply\nSubject: x\n",
        "X-Autoreply: yes\nSubject: x\n",
        "Subject: Automatic reply: Hello\n",
        "Subject: Out of Office: Hello\n",
        "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_x?=\n",
        "X-Auto-Response-Suppress: All\nIn-Reply-To: <a@b>\n",
    ],
)
def test_auto_replies(head):
    assert read(f"From: a@b.example\n{head}\nAway.".encode()).kind == "auto_reply"


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: no\nSubject: x\n",
        "Precedence: bulk\nSubject: x\n",
        "Subject: Re: Automatic reply: Hello\nIn-Reply-To: <a@b>\n",
        "Subject: Undeliverable: Hello\n",
        "Subject: Delivery failed\nIn-Reply-To: <a@b>\n",
        "List-Id: <x.example>\nAuto-Submitted: auto-generated\n",
        "Subject: Backup done\nAuto-Submitted: auto-generated\n",
    ],
)
def test_ordinary_mail(head):
    text = "<gone@example.net>: 550 5.1.1 user unknown"
    assert read(f"From: a@b.example\n{head}\n{text}".encode()) == report.Report()


@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_recipients_without_an_action_are_told_by_their_status(gap):
    """A block of its own each, also where only the one before or after it has an Action."""
    blocks = (
        "Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n",
        "Final-Recipient: rfc822; c@b.example\nStatus: 4.4.1\n",
        "Final-Recipient: rfc822; d@b.example\nAction: delivered\nStatus: 2.0.0\n",
        "Final-Recipient: rfc822; e@b.example\nStatus: 2.1.5\n",
    )
    found = read(dsn("Reporting-MTA: dns; x\n\n" + gap.join(blocks))).findings
    assert [(item.recipient, item.kind, item.status) for item in found] == [
        ("a@b.example", "failed", "5.1.1"),
        ("c@b.example", "delayed", "4.4.1"),
        ("d@b.example", "delivered", "2.0.0"),
        ("e@b.example", "delivered", "2.1.5"),
    ]


def test_a_recipient_of_whom_nothing_is_told_makes_no_finding():
    silent = "Final-Recipient: rfc822; a@b.example\nRemote-MTA: dns; mx.example\n\n"
    found = read(dsn(f"Reporting-MTA: dns; x\n\n{silent}{BLOCK.format('c@b.example')}")).findings
    assert [item.recipient for item in found] == ["c@b.example"]
