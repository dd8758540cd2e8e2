import smtplib

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from .support.common import MailTrackingCommon, free_port

UNKNOWN_USER = "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown"


@tagged("post_install", "-at_install")
class TestSendingFailures(MailTrackingCommon):
    def test_one_refused_recipient_neither_stops_nor_marks_the_others(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(self.bob | self.anna | self.carl)
        for partner in self.anna | self.carl:
            self.received(partner.email)
            self.assertEqual(self.row(message, partner).state, "sent")
            self.assertEqual(self.notification(message, partner).notification_status, "sent")
        row = self.row(message, self.bob)
        self.assertEqual(row.state, "error")
        self.assertEqual(row.error_type, "user_unknown")
        self.assertEqual(row.error_code, "550")
        self.assertEqual(row.error_status, "5.1.1")
        self.assertIn("User unknown", row.error_description)
        self.assertEqual(row.error_smtp_server, "127.0.0.1")
        self.assertTrue(row.needs_action)
        self.assertTrue(message.mail_tracking_needs_action)
        notification = self.notification(message, self.bob)
        self.assertEqual(notification.notification_status, "exception")
        self.assertEqual(notification.failure_type, "mail_email_invalid")
        self.assertIn("User unknown", notification.failure_reason)

    def test_refusal_of_the_content_of_one_mail_does_not_stop_the_others(self):
        self.handler.refuse_data["bob@example.com"] = "552 5.3.4 Message too big"
        message = self.post(self.bob | self.anna)
        self.assertEqual(self.row(message, self.bob).state, "error")
        self.assertEqual(self.row(message, self.bob).error_type, "too_large")
        self.assertEqual(self.row(message, self.anna).state, "sent")

    def test_a_connection_that_dies_fails_one_recipient_and_the_next_gets_a_new_one(self):
        self.handler.hang_up_on.add("bob@example.com")
        message = self.post(self.bob | self.anna | self.carl)
        self.assertEqual(self.row(message, self.bob).state, "error")
        for partner in self.anna | self.carl:
            self.received(partner.email)
            self.assertEqual(self.row(message, partner).state, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_connection_that_dies_before_any_mail_left_undoes_the_callers_transaction(self):
        self.handler.hang_up_on.add("bob@example.com")
        mails = self.prepare_mail(recipient_ids=[(4, self.bob.id)])
        mails += self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        to_bob, to_anna = (self.rows(mail.mail_message_id) for mail in mails)
        with self.assertRaises(smtplib.SMTPServerDisconnected), self.smtp():
            mails.send()
        self.assertEqual(mails.mapped("state"), ["outgoing", "outgoing"], "the queue sends them")
        self.assertFalse(to_bob.state or to_anna.state)
        self.assertFalse(self.handler.envelopes)
        # what left cannot be undone: the caller goes on, and the failure is noted
        with self.smtp():
            mails[::-1].send()
        self.assertEqual((to_bob.state, to_anna.state), ("error", "sent"))
        self.received("anna@example.com")

    def test_partly_refused_cc_is_recorded_on_the_cc_alone(self):
        self.handler.refuse_rcpt["cc@example.com"] = "550 5.1.1 no such user here"
        mail = self.send_mail(email_to="dora@example.com", email_cc="cc@example.com")
        to, cc = self.rows(mail.mail_message_id)
        self.assertEqual((to.state, cc.state), ("sent", "error"))
        self.assertEqual(
            self.status(mail.mail_message_id),
            {"dora@example.com": "no_partner", "cc@example.com": "error"},
        )

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_unreachable_server_fails_all_rows_and_a_retry_succeeds_on_the_same(self):
        good_port = self.mail_server.smtp_port
        self.mail_server.smtp_port = free_port()
        mail = self.send_mail(recipient_ids=[(6, 0, (self.anna | self.bob).ids)])
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(rows.mapped("state"), ["error", "error"])
        self.assertEqual(set(rows.mapped("error_type")), {"mail_smtp"})
        self.assertTrue(all(rows.mapped("error_description")))
        self.assertTrue(mail.mail_message_id.mail_tracking_needs_action)
        self.mail_server.smtp_port = good_port
        mail.action_retry()
        with self.smtp():
            mail.send()
        self.assertEqual(self.rows(mail.mail_message_id), rows)
        self.assertEqual(rows.mapped("state"), ["sent", "sent"])
        self.assertFalse(mail.mail_message_id.mail_tracking_needs_action)
        self.assertFalse(any(rows.mapped("needs_action")))
        self.assertFalse(any(rows.mapped("error_description")))

    def test_mail_refused_for_all_is_kept_with_the_true_reason(self):
        self.handler.refuse_rcpt["bob@example.com"] = "451 4.7.1 Greylisted, try again later"
        mail = self.send_mail(recipient_ids=[(4, self.bob.id)], auto_delete=True)
        self.assertTrue(mail.exists(), "it can be tried again")
        self.assertEqual(mail.state, "exception")
        self.assertIn("Greylisted", mail.failure_reason)
        self.assertEqual(self.rows(mail.mail_message_id).error_type, "greylisted")

    def test_partner_without_address(self):
        message = self.post(self.nobody | self.anna)
        self.assertEqual(self.status(message), {"Noel Without Address": "no_email", "Anna": "sent"})
        row = self.row(message, self.nobody)
        self.assertEqual((row.state, row.error_type), ("error", "no_recipient"))
        self.assertFalse(row.smtp_server, "no server was asked, so none is at fault")
        self.assertEqual(self.notification(message, self.nobody).failure_type, "mail_email_missing")

    def test_a_failure_that_names_no_server_leaves_the_one_that_took_the_email(self):
        mail = self.prepare_mail(recipient_ids=[(4, self.bob.id)])
        row = self.rows(mail.mail_message_id)
        sent = (row, "sent", {"smtp_server": "mx.example.com", "timestamp": 1_000.0})
        row._log_events([sent, (row, "error", {"error_type": "network", "timestamp": 2_000.0})])
        self.assertEqual((row.state, row.smtp_server), ("error", "mx.example.com"))

    def test_malformed_address(self):
        self.bob.email = "this is no address"
        message = self.post(self.bob | self.anna)
        row = self.row(message, self.bob)
        self.assertEqual((row.state, row.error_type), ("error", "invalid_address"))
        self.assertFalse(row.smtp_server)
        self.assertIn("this is no address", row.error_description)
        self.assertEqual(self.row(message, self.anna).state, "sent")
        self.assertEqual(self.notification(message, self.bob).failure_type, "mail_email_invalid")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_raise_exception_still_raises_after_the_others_had_their_mail(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail = self.env["mail.mail"].create(
            {
                "subject": "x",
                "body_html": "<p>x</p>",
                "email_from": "s@test.mycompany.com",
                "recipient_ids": [(6, 0, (self.bob | self.anna).ids)],
            }
        )
        with self.smtp(), self.assertRaises(MailDeliveryException) as caught:
            mail.send(raise_exception=True)
        self.assertIn("User unknown", str(caught.exception))
        self.received("anna@example.com")

    def test_hostile_answers_are_stored_bounded(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.7.1 <script>alert(1)</script> \x7f"
        message = self.post(self.bob)
        self.assertIn("<script>", self.row(message, self.bob).error_description)
        Event = self.env["mail.tracking.event"].sudo()
        row = self.row(message, self.bob)
        Event.create(
            {
                "tracking_email_id": row.id,
                "event_type": "error",
                "error_description": "x\x00\ud800" + "y" * 1_000_000,
            }
        )
        self.assertLessEqual(len(row.tracking_event_ids[0].error_description), 20_000)

    # ------------------------------------------------------------
    # WHAT WAITS TO BE WRITTEN
    # ------------------------------------------------------------

    def test_what_waits_to_be_written_to_a_message_is_written_when_it_fails(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(self.bob)
        self.row(message, self.bob).needs_action = False
        self.env.flush_all()
        message.reply_to = "somebody@example.com"
        message._tracking_update_needs_action()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(message.reply_to, "somebody@example.com")
        self.assertFalse(message.mail_tracking_needs_action)
