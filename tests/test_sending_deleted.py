import functools

from odoo.tests import tagged

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestSendingDeleted(MailTrackingCommon):
    """Mails that core deletes together with their message as soon as they are sent."""

    def test_the_row_outlives_a_mail_that_is_deleted_with_its_message(self):
        gateways = (self.smtp, functools.partial(self.mock_mail_gateway, mail_unlink_sent=True))
        for gateway in gateways:
            with self.subTest(gateway):
                values = {"email_to": "dora@example.com", "auto_delete": True, "body_html": "Hi"}
                mail = self.env["mail.mail"].create(values)
                message = mail.mail_message_id
                row = self.rows(message)
                with gateway():
                    mail.send()
                self.assertFalse(mail.exists() or message.exists())
                self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))

    def test_mails_that_are_deleted_when_sent_cost_few_statements(self):
        values = {"email_to": "dora@example.com", "auto_delete": True, "body_html": "Hi"}
        for number in (1, 10):
            mails = self.env["mail.mail"].create([values] * number)
            self.env.flush_all()
            with self.smtp(), self.count_our_queries() as queries:
                mails.send()
            self.assertLessEqual(len(queries), 5 * number + 2, queries)
            self.assertFalse(mails.exists())
