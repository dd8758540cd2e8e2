from odoo.tests import tagged

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestLastEmail(MailTrackingCommon):
    """What a list says of the last email of each record."""

    def last(self, record=None):
        self.env.invalidate_all()
        return (record or self.record).with_user(self.user_employee).mail_tracking_last_email

    def test_no_email(self):
        self.assertIs(self.last(), False)

    def test_sent(self):
        message = self.post(self.anna | self.bob)
        last = self.last()
        self.assertEqual(last["message_id"], message.id)
        self.assertEqual(last["label"], "Sent")
        self.assertEqual(len(last["recipients"]), 2)
        Partner = self.env["res.partner"].with_user(self.user_employee)
        for name in ("not_opened", "not_answered"):
            found = Partner.search([(f"mail_tracking_{name}", "=", True)])
            self.assertIn(self.record, found)
            found = Partner.search([(f"mail_tracking_{name}", "=", False)])
            self.assertNotIn(self.record, found)
        self.assertIn(self.record, Partner.search([("mail_tracking_last_email", "!=", False)]))
        self.assertNotIn(self.record, Partner.search([("mail_tracking_last_email", "=", False)]))
        self.assertIn(self.record, Partner.search([("mail_tracking_last_date", ">", "2020-01-01")]))
        self.assertIn(self.record, Partner.search([("mail_tracking_last_date", "<", "2099-01-01")]))
        self.assertTrue(self.record.mail_tracking_not_opened)
