"""Where the address stands that a report came to."""

from odoo.tests import tagged

from .support.report_common import UNKNOWN, ReportCommon


@tagged("post_install", "-at_install")
class TestReportEnvelope(ReportCommon):
    def returned(self, row, header):
        """A report to the bounce address of a mail, which one header names."""
        type(self).number += 1
        self.deliver(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\n"
            f"Message-ID: <envelope-{self.number}@mx.example.net>\n"
            f"{header}: bounce.test+{row.token}@test.mycompany.com\n"
            "To: bounce.test@test.mycompany.com\n"
            "Subject: Undelivered Mail Returned to Sender\n\n"
            f"<bob@example.com>: {UNKNOWN}\n"
        )

    def test_each_header_that_names_the_address_of_the_envelope(self):
        for header in ("X-Original-To", "Envelope-To", "X-Envelope-To", "Delivered-To", "Cc"):
            with self.subTest(header):
                row = self.row(self.post(self.bob), self.bob)
                self.returned(row, header)
                self.assertEqual((row.state, row.is_unproven), ("bounced", False))

    def test_a_header_of_another_name_proves_nothing(self):
        for header in ("X-Original", "Reply-To", "X-Sender", "Errors-To"):
            with self.subTest(header):
                row = self.row(self.post(self.bob), self.bob)
                self.returned(row, header)
                self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))
