from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon
from .support.fault_smtp import Fault, FaultyServer

TIMEOUT = "odoo.addons.base.models.ir_mail_server.SMTP_TIMEOUT"
#: answer -> reason that the row names, failure type that core's notification has
ANSWERS = {
    "421 4.3.2 Service shutting down": ("network", "mail_smtp"),
    "451 4.3.0 Local error in processing": ("network", "mail_smtp"),
    "550 5.7.1 Refused by our policy": ("policy", "unknown"),
    "552 5.3.4 Message too big": ("too_large", "unknown"),
}
#: the connection is gone: (stage, what happens)
BREAKS = [
    *((stage, "hang up") for stage in ("MAIL", "RCPT", "DATA", "BODY", "DOT")),
    *((stage, "hang") for stage in ("MAIL", "DATA", "DOT")),
]
#: from here on the server may have the mail, whatever it says or does not say
AFTER = ("BODY", "DOT")


@tagged("post_install", "-at_install")
class TestFaultsSmtp(MailTrackingCommon):
    def setUp(self):
        super().setUp()
        self.faulty = FaultyServer()
        self.addCleanup(self.faulty.server_close)
        self.addCleanup(self.faulty.shutdown)
        self.mail_server.smtp_port = self.faulty.port
        self.startPatcher(patch(TIMEOUT, 0.5))

    def queue(self):
        """Three messages in the queue, to one person each."""
        record = self.record.with_context(mail_notify_force_send=False).with_user(
            self.user_employee
        )
        return [
            record.message_post(
                body="Hello",
                subject=partner.name,
                partner_ids=partner.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            ).sudo()
            for partner in (self.anna, self.bob, self.carl)
        ]

    def send_queue(self, messages):
        mails = self.env["mail.mail"].search(
            [("mail_message_id", "in", [message.id for message in messages])]
        )
        with self.smtp():
            self.env["mail.mail"].process_email_queue(mails.ids)
        self.env.invalidate_all()

    def assert_sent(self, message, partner):
        row = self.row(message, partner)
        self.assertEqual((row.state, self.events(row)[-1]), ("sent", "sent"))
        self.assertFalse(row.needs_action or row.error_type or row.error_description)
        self.assertFalse(message.mail_tracking_needs_action)
        notification = self.notification(message, partner)
        self.assertEqual(notification.notification_status, "sent")
        self.assertFalse(notification.failure_type or notification.failure_reason)
        self.assertFalse(self.mail_of(message), "core deletes what was sent")

    def assert_failed(self, message, partner, text, reason, failure_type):
        """Row, notification and mail tell of one and the same failure."""
        row = self.row(message, partner)
        self.assertEqual((row.state, row.error_type), ("error", reason))
        self.assertIn(text, row.error_description)
        self.assertTrue(row.needs_action and message.mail_tracking_needs_action)
        self.assertFalse(partner.email_bounced)
        notification = self.notification(message, partner)
        self.assertEqual(notification.notification_status, "exception")
        self.assertEqual(notification.failure_type, failure_type)
        self.assertIn(text, notification.failure_reason)
        mail = self.mail_of(message)
        self.assertEqual(mail.state, "exception", "it can be sent again")
        self.assertIn(text, mail.failure_reason)

    def mail_of(self, message):
        return self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def meet(self, faults):
        """Let the server begin anew, with these faults."""
        self.faulty.__dict__.update(number=0, received=[], accepted=[], faults=faults)

    def send_with(self, fault):
        """Send three mails, of which the second meets a fault."""
        self.meet({2: fault})
        messages = self.queue()
        self.send_queue(messages)
        first, failed, last = messages
        self.assert_sent(first, self.anna)
        self.assert_sent(last, self.carl)
        self.assertEqual(self.faulty.accepted, [["anna@example.com"], ["carl@example.com"]])
        return failed

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_answers_to_each_command_are_told_and_the_queue_goes_on(self):
        for answer, (reason, failure_type) in ANSWERS.items():
            for stage in ("MAIL", "RCPT", "DATA", "DOT"):
                fault = Fault(stage, answer)
                with self.subTest(fault):
                    message = self.send_with(fault)
                    self.assert_failed(message, self.bob, answer[4:], reason, failure_type)
                    self.assertEqual(self.row(message, self.bob).error_code, answer[:3])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_broken_connections_are_told_and_the_queue_goes_on(self):
        for stage, action in BREAKS:
            fault = Fault(stage, action)
            with self.subTest(fault):
                message = self.send_with(fault)
                text = "may have arrived" if stage in AFTER else "onnection"
                reason = "smtp_unconfirmed" if stage in AFTER else "smtp"
                self.assert_failed(message, self.bob, text, reason, "mail_smtp")
                description = self.row(message, self.bob).error_description
                self.assertEqual("may have arrived" in description, stage in AFTER)
                self.assertEqual(
                    ["bob@example.com"] in self.faulty.received,
                    stage == "DOT",
                    "what the server has it may yet deliver",
                )

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_server_that_dies_for_good_fails_what_follows_and_a_retry_sends_it(self):
        for stage in ("MAIL", "RCPT", "BODY", "DOT"):
            with self.subTest(stage):
                server = self.faulty = FaultyServer()
                self.addCleanup(server.server_close)
                self.mail_server.smtp_port = server.port
                server.faults = {2: Fault(stage, "die")}
                messages = self.queue()
                self.send_queue(messages)
                first, second, third = messages
                self.assert_sent(first, self.anna)
                reason = "smtp_unconfirmed" if stage in AFTER else "smtp"
                self.assert_failed(second, self.bob, "", reason, "mail_smtp")
                self.assert_failed(third, self.carl, "refused", "smtp", "mail_smtp")
                rows = self.rows(second) | self.rows(third)
                self.faulty = FaultyServer()
                self.addCleanup(self.faulty.server_close)
                self.addCleanup(self.faulty.shutdown)
                self.mail_server.smtp_port = self.faulty.port
                (self.mail_of(second) | self.mail_of(third)).action_retry()
                self.send_queue(messages)
                self.assert_sent(second, self.bob)
                self.assert_sent(third, self.carl)
                self.assertEqual(self.rows(second) | self.rows(third), rows, "the same rows")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_to_several_of_whom_the_server_takes_some(self):
        for action in ("550 5.1.1 User unknown", "451 4.7.1 Greylisted", "hang up", "hang"):
            with self.subTest(action):
                self.meet({2: Fault("RCPT", action)})
                message = self.post(self.anna | self.bob | self.carl)
                self.assertEqual(len(self.faulty.accepted), 2)
                # core asks the database for them in no order
                taken = {address for recipients in self.faulty.accepted for address in recipients}
                people = self.anna | self.bob | self.carl
                self.assertEqual(
                    {row.partner_id: row.state for row in self.rows(message)},
                    {p: "sent" if p.email in taken else "error" for p in people},
                )
                self.assertEqual(
                    {n.res_partner_id: n.notification_status for n in message.notification_ids},
                    {p: "sent" if p.email in taken else "exception" for p in people},
                )
