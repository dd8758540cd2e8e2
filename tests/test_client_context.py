"""Clients send a context with their calls: what is ours in it is not believed."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon, free_port

#: what JSON can hold
VALUES = (True, 0, 1, "x", [1], {"auto_commit": True})


@tagged("post_install", "-at_install")
class TestClientContext(MailTrackingCommon):
    def test_no_client_hides_that_there_was_no_mail_server(self):
        self.mail_server.smtp_port = free_port()
        for value in VALUES:
            with self.subTest(repr(value)), mute_logger("odoo.addons.mail.models.mail_mail"):
                record = self.record.with_context(mail_tracking_batch=value)
                message = self.post(self.anna, record=record).with_env(self.env)
                self.assertEqual(self.row(message, self.anna).state, "error")

    def test_no_client_breaks_reminders(self):
        message = self.post(self.anna)
        for value in VALUES:
            with self.subTest(repr(value)):
                own = message.with_user(self.user_employee)
                own = own.with_context(mail_tracking_batch=value)
                self.assertTrue(own.set_reminder("tell"))
