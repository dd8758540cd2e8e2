"""What core, and anybody who looks, is told of each attempt to send a mail."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server, MailDeliveryException

from .support.common import MailTrackingCommon

UNKNOWN_USER = "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown"
SEND_EMAIL = IrMail_Server.send_email


@tagged("post_install", "-at_install")
class TestSendingOutcomes(MailTrackingCommon):
    def prepare(self, partners, **values):
        return self.prepare_mail(
            recipient_ids=[(6, 0, partners.ids)], is_notification=True, **values
        )

    def send(self, mail):
        with self.smtp():
            mail.send()
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # SENT
    # ------------------------------------------------------------

    def test_what_core_tells_of_a_mail_that_others_send(self):
        """Addons that send in ways of their own tell core whom they reached."""
        mail = self.prepare(self.anna | self.bob)
        mail.state = "exception"
        mail._postprocess_sent_message([], [])
        row_a, row_b = self.rows(mail.mail_message_id)
        self.assertFalse(self.events(row_a) + self.events(row_b), "nobody took it")
        mail._postprocess_sent_message(
            [self.anna], [], failure_type="mail_smtp", failure_reason="Server down"
        )
        self.assertEqual((self.events(row_a), self.events(row_b)), (["sent"], ["error"]))
        self.assertEqual(row_b.error_description, "Server down")

    def test_what_core_tells_of_an_address_that_others_reached(self):
        mail = self.prepare_mail(email_to="Zoe <Zoe@example.com>, yves@example.com")
        mail._postprocess_sent_message([], ["zoe@example.com"], failure_type="unknown")
        expected = {"zoe@example.com": "no_partner", "yves@example.com": "error"}
        self.assertEqual(self.status(mail.mail_message_id), expected)

    def test_sent_is_noted_once_for_each_attempt(self):
        mail = self.prepare(self.anna)
        row = self.rows(mail.mail_message_id)
        self.send(mail)
        self.assertEqual(self.events(row), ["sent"])
        mail._postprocess_sent_message([self.anna], [])
        self.assertEqual(self.events(row), ["sent"], "the same attempt, told once more")

    def test_a_retry_notes_what_came_of_it_and_nothing_twice(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail = self.prepare(self.bob)
        row = self.rows(mail.mail_message_id)
        self.send(mail)
        self.handler.refuse_rcpt.clear()
        mail.action_retry()
        self.assertEqual(self.events(row), ["error"], "nothing was tried so far")
        self.send(mail)
        self.assertEqual(self.events(row), ["error", "sent"])

    def test_nothing_is_sent_while_sending_is_switched_off(self):
        mail = self.prepare(self.anna)
        mail.send()
        self.assertFalse(self.rows(mail.mail_message_id).tracking_event_ids)
        self.assertEqual(self.status(mail.mail_message_id), {"Anna": "waiting"})

    # ------------------------------------------------------------
    # THE SERVER
    # ------------------------------------------------------------

    def test_the_server_that_took_the_mail_is_named_also_where_another_refuses_it_later(self):
        mail = self.prepare(self.bob)
        row = self.rows(mail.mail_message_id)
        self.send(mail)
        self.assertEqual((row.smtp_server, row.error_smtp_server), ("127.0.0.1", False))
        self.mail_server.smtp_host = "localhost"
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        mail.mark_outgoing()
        self.send(mail)
        self.assertEqual(row.state, "error")
        self.assertEqual((row.smtp_server, row.error_smtp_server), ("127.0.0.1", "localhost"))
        self.handler.refuse_rcpt.clear()
        mail.mark_outgoing()
        self.send(mail)
        self.assertEqual((row.smtp_server, row.error_smtp_server), ("localhost", False))

    # ------------------------------------------------------------
    # NOTIFICATIONS
    # ------------------------------------------------------------

    def test_a_notification_waits_as_long_as_the_newer_attempt(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        row.action_confirm_resend()
        notification = self.notification(message, self.bob)
        self.assertEqual(notification.notification_status, "ready")
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env.invalidate_all()
        self.assertEqual(notification.notification_status, "ready", "of what is superseded")

    def test_a_waiting_mail_of_the_same_message_makes_no_failure_good(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        other = self.prepare_mail(mail_message_id=message.id, recipient_ids=[(6, 0, self.bob.ids)])
        row.event_create("soft_bounce", {"error_type": "mailbox_full"})
        self.env.invalidate_all()
        notification = self.notification(message, self.bob)
        self.assertEqual(notification.notification_status, "bounce")
        with self.smtp():
            other.send()
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env.invalidate_all()
        self.assertEqual(notification.notification_status, "sent", "the other one left")

    # ------------------------------------------------------------
    # REFUSALS
    # ------------------------------------------------------------

    def raising(self, error, address="bob@example.com"):
        """Let Odoo's own method raise an error for one address."""

        def send_email(server, message, *args, **kwargs):
            if address in message["To"]:
                raise error
            return SEND_EMAIL(server, message, *args, **kwargs)

        return patch.object(IrMail_Server, "send_email", send_email)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_an_error_of_one_recipient_is_told_in_its_own_words_and_stops_nobody(self):
        errors = {
            MailDeliveryException("Mail Delivery Failed", "Not today"): "Not today",
            UserError("No server here"): "No server here",
            ConnectionResetError(104, "Reset by peer"): "Reset by peer",
        }
        for error, words in errors.items():
            with self.subTest(error):
                self.handler.envelopes.clear()
                mail = self.prepare(self.bob | self.anna)
                with self.raising(error):
                    self.send(mail)
                self.received("anna@example.com")
                self.assertEqual((mail.state, mail.failure_reason), ("sent", False))
                message = mail.mail_message_id
                self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "error"})
                self.assertIn(words, self.row(message, self.bob).error_description)
                alone = self.prepare(self.bob)
                with self.raising(error):
                    self.send(alone)
                self.assertEqual(alone.state, "exception", "it can be tried again")
                self.assertIn(words, alone.failure_reason)
                self.assertNotIn(IrMail_Server.NO_VALID_RECIPIENT, alone.failure_reason)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_is_wrong_with_the_sender_ends_the_mail_as_in_core(self):
        error = AssertionError(IrMail_Server.NO_VALID_FROM, "Malformed sender")
        mail = self.prepare(self.bob | self.anna)
        with self.raising(error):
            self.send(mail)
        self.assertEqual(mail.failure_type, "mail_from_invalid")
        self.assertEqual(mail.failure_reason, "Malformed sender")
        row = self.row(mail.mail_message_id, self.bob)
        self.assertEqual((row.state, row.error_description), ("error", "Malformed sender"))

    def test_an_address_that_core_takes_for_none_is_told_as_such(self):
        error = AssertionError(IrMail_Server.NO_VALID_RECIPIENT)
        mail = self.prepare(self.bob | self.anna)
        with self.raising(error):
            self.send(mail)
        self.received("anna@example.com")
        row = self.row(mail.mail_message_id, self.bob)
        self.assertEqual((row.state, row.error_type), ("error", "invalid_address"))

    @mute_logger("odoo.addons.base.models.ir_mail_server")
    def test_a_mail_that_is_not_tracked_fails_as_in_core(self):
        Server = self.env["ir.mail_server"]
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        message = Server._build_email__("s@test.mycompany.com", ["bob@example.com"], "x", "Hi")
        with self.smtp(), self.assertRaises(MailDeliveryException) as caught:
            Server.send_email(message)
        self.assertIn("User unknown", str(caught.exception))

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_who_wants_to_hear_of_failures_hears_the_first_in_the_words_of_the_server(self):
        self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN_USER
        self.handler.refuse_rcpt["carl@example.com"] = "550 5.7.1 Another reason"
        mail = self.prepare(self.carl | self.bob | self.anna)
        with self.smtp(), self.assertRaises(MailDeliveryException) as caught:
            mail.send(raise_exception=True)
        self.received("anna@example.com")
        self.assertNotIn(IrMail_Server.NO_VALID_RECIPIENT, str(caught.exception))
        self.assertRegex(str(caught.exception), "User unknown|Another reason")
