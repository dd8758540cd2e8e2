"""Delivery reports as a mail server writes them, handed to the mail gateway."""

from .common import MailTrackingCommon

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: {subject}
{message_id}Auto-Submitted: auto-replied
Date: Mon, 05 Oct 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="xx"

--xx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--xx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
{envid}
{recipients}
--xx
Content-Type: text/rfc822-headers

{headers}

--xx--
"""
RECIPIENT = """\

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.{domain}
Diagnostic-Code: smtp; {text}
"""
FULL = "552 5.2.2 Mailbox full"
UNKNOWN = "550 5.1.1 User unknown"
BOUNCES = "bounce.test@test.mycompany.com"


class ReportCommon(MailTrackingCommon):
    number = 0

    def report(self, *recipients, headers="", envid="", name=None, to=BOUNCES):
        type(self).number += 1
        name = f"report-{self.number}" if name is None else name
        message_id = f"Message-ID: <{name}@mx.example.net>\n" if name else ""
        blocks = "".join(
            RECIPIENT.format(
                address=address,
                action=action,
                status=status,
                text=text,
                domain=address.partition("@")[2],
            )
            for address, action, status, text in recipients
        )
        self.deliver(
            REPORT.format(
                subject="Report",
                message_id=message_id,
                to=to,
                recipients=blocks,
                headers=headers,
                envid=f"Original-Envelope-Id: {envid}\n" if envid else "",
            )
        )

    def deliver(self, text):
        self.env["mail.thread"].message_process("res.partner", text)
        self.env.invalidate_all()

    def by_token(self, row):
        return f"X-Odoo-MailTracking-Token: {row.token}"
