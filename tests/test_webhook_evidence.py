from odoo.tests import tagged

from .support.webhook_common import WebhookCommon

#: service -> how it says that an address is dead for good, with a status and with a text
HARD = {
    "sendgrid": lambda status, text: {
        "event": "bounce",
        "type": "bounce",
        "status": status,
        "reason": text,
    },
    "mailgun": lambda status, text: {
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"enhanced-code": status, "message": text},
        }
    },
    "standard": lambda status, text: {
        "type": "hard_bounce",
        "data": {"status": status, "reason": text},
    },
}


@tagged("post_install", "-at_install")
class TestWebhookEvidence(WebhookCommon):
    """A service calls an address dead; the status of the server decides what is believed."""

    def bounce(self, code, status, text=""):
        self.bob.email_bounced = False
        row = self.sent_row()
        response = self.send(code, self.events_for(code, row, HARD[code](status, text)))
        self.assertEqual(response.status_code, 200)
        return row

    def test_a_status_for_now_is_soft_and_marks_nobody(self):
        for code in HARD:
            for status in ("4.0.0", "4.1.1", "4.2.2", "4.7.1"):
                with self.subTest(service=code, status=status):
                    row = self.bounce(code, status)
                    self.assertEqual((row.state, row.error_status), ("soft-bounced", status))
                    self.assertTrue(row.needs_action)
                    self.assertFalse(self.bob.email_bounced)

    def test_the_status_of_the_service_counts_beside_its_text(self):
        """A text about the user does not make a status for now a lasting one."""
        for code in HARD:
            with self.subTest(service=code):
                row = self.bounce(code, "4.1.1", "user unknown")
                self.assertEqual((row.state, row.error_type), ("soft-bounced", "user_unknown"))
                self.assertFalse(self.bob.email_bounced)
                row = self.bounce(code, "5.2.2", "delivery failed")
                self.assertEqual((row.state, row.error_type), ("soft-bounced", "mailbox_full"))
                self.assertEqual(row.error_status, "5.2.2")
                self.assertFalse(self.bob.email_bounced)

    def test_a_status_for_good_is_hard(self):
        for code in HARD:
            with self.subTest(service=code):
                row = self.bounce(code, "5.1.1", "delivery failed")
                self.assertEqual((row.state, row.error_type), ("bounced", "user_unknown"))
                self.assertEqual(row.error_status, "5.1.1")
                self.assertTrue(self.bob.email_bounced)

    def test_a_word_of_the_service_is_no_answer_of_a_server(self):
        row = self.sent_row()
        changes = {"event": "bounce", "hard_bounce": False, "error": "content blocked"}
        self.send("mailjet", self.events_for("mailjet", row, changes))
        self.assertEqual((row.state, row.error_type), ("soft-bounced", "content"))
