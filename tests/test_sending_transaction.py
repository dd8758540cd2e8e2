"""What the transaction of the user does once, at its end, is not torn apart by tracking."""

from odoo.tests import tagged

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestSendingTransaction(MailTrackingCommon):
    def tracked(self):
        """A record whose changes Odoo tells in its chatter, in one message at the commit."""
        record = self.env["res.partner"].with_context(tracking_disable=False)
        record = record.with_user(self.user_admin).create({"name": "Dora"})
        self.env.flush_all()
        self.env.cr.precommit.run()
        return record

    def changes(self, record):
        self.env.flush_all()
        self.env.cr.precommit.run()
        return record.message_ids.sudo().filtered("tracking_value_ids")

    def test_changes_around_a_mail_are_one_message(self):
        record = self.tracked()
        record.name = "Doris"
        self.post(self.anna, record=record)
        record.email = "doris@example.com"
        [message] = self.changes(record)
        self.assertEqual(len(message.tracking_value_ids), 2)

    def test_changes_around_a_mail_that_is_cancelled_or_deleted_are_one_message(self):
        for step in ("cancel", "mark_outgoing", "unlink"):
            with self.subTest(step):
                mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
                if step == "mark_outgoing":
                    mail.cancel()
                record = self.tracked()
                record.name = "Doris"
                getattr(mail, step)()
                record.email = "doris@example.com"
                [message] = self.changes(record)
                self.assertEqual(len(message.tracking_value_ids), 2)

    def test_what_is_to_be_said_of_a_change_to_come_is_not_forgotten(self):
        record = self.tracked()
        record._track_set_author(self.bob)
        self.post(self.anna, record=record)
        record.name = "Doris"
        self.assertEqual(self.changes(record).author_id, self.bob)
