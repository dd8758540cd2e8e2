"""Mails that are cancelled or deleted before anybody tried to send them."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon, free_port

UNKNOWN_USER = "550 5.1.1 <anna@example.com>: Recipient address rejected: User unknown"


@tagged("post_install", "-at_install")
class TestSendingCancelled(MailTrackingCommon):
    def queue(self, partners=None, **values):
        record = self.record.with_context(mail_notify_force_send=False)
        message = self.post(partners or self.anna, record=record, **values)
        return message, self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def line(self, message):
        [line] = message.tracking_status()
        return line

    def assert_cancelled(self, message):
        line = self.line(message)
        self.assertEqual(
            (line["status"], line["status_human"]), ("cancelled", "Not sent: cancelled")
        )
        notification = self.notification(message, self.anna)
        self.assertEqual(notification.notification_status, "canceled")
        self.assertFalse(message.mail_tracking_needs_action)

    def test_a_mail_that_is_cancelled_or_deleted_says_so(self):
        ways = {
            "cancel": lambda mail: mail.cancel(),
            "state": lambda mail: mail.write({"state": "cancel"}),
            "delete": lambda mail: mail.unlink(),
            "cancel and delete": lambda mail: (mail.cancel(), mail.unlink()),
        }
        for way, give_up in ways.items():
            with self.subTest(way):
                message, mail = self.queue()
                self.assertEqual(self.status(message), {"Anna": "waiting"})
                give_up(mail)
                self.assert_cancelled(message)
        with self.subTest("a scheduled mail"):
            message, mail = self.queue()
            mail.scheduled_date = "2099-01-01 12:00:00"
            mail.unlink()
            self.assert_cancelled(message)

    def test_the_store_and_the_popover_say_so_to_the_author(self):
        message, mail = self.queue()
        mail.cancel()
        message = message.with_user(self.user_employee)
        line = self.line(message)
        details = message.get_tracking_details(line["tracking_id"])
        self.assertEqual(details["status_human"], "Not sent: cancelled")
        self.assertTrue(line["time"], "since when")
        tracked = self.rows(message)
        self.assertFalse(tracked.state)
        self.assertTrue(tracked.is_cancelled)

    def test_who_looks_at_the_message_sees_it_change(self):
        message, mail = self.queue()
        self._reset_bus()
        mail.cancel()
        self.env.cr.precommit.run()
        sent = self.env["bus.bus"].sudo().search([]).mapped("message")
        self.assertTrue([text for text in sent if "mail_tracking/updated" in text])

    def test_a_mail_that_is_queued_again_waits_and_is_sent(self):
        message, mail = self.queue()
        mail.cancel()
        mail.mark_outgoing()
        self.assertEqual(self.status(message), {"Anna": "waiting"})
        self.assertFalse(self.line(message)["time"])
        self.assertEqual(self.notification(message, self.anna).notification_status, "ready")
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(message), {"Anna": "sent"})
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_failure_stays_one_when_its_mail_is_cancelled_or_deleted(self):
        for give_up in ("cancel", "unlink"):
            with self.subTest(give_up):
                self.handler.refuse_rcpt["anna@example.com"] = UNKNOWN_USER
                message, mail = self.queue()
                with self.smtp():
                    mail.send()
                if mail.exists():
                    getattr(mail, give_up)()
                self.assertEqual(self.status(message), {"Anna": "error"})
                self.assertTrue(message.mail_tracking_needs_action)
                notification = self.notification(message, self.anna)
                self.assertEqual(notification.notification_status, "exception")

    def test_a_mail_that_core_deletes_when_it_is_sent_is_not_cancelled(self):
        message, mail = self.queue()
        with self.smtp():
            mail.send()
        self.assertFalse(mail.exists())
        self.assertEqual(self.status(message), {"Anna": "sent"})
        self.assertFalse(self.rows(message).is_cancelled)
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")

    def test_a_sent_mail_that_is_deleted_by_hand_is_not_cancelled(self):
        mail = self.send_mail(recipient_ids=[(4, self.anna.id)], is_notification=True)
        message = mail.mail_message_id
        mail.unlink()
        self.assertEqual(self.status(message), {"Anna": "sent"})

    def test_addresses_without_a_contact_say_so_as_well(self):
        mail = self.prepare_mail(
            email_to="zoe@example.com", email_cc="yves@example.com", is_notification=True
        )
        message = mail.mail_message_id
        mail.unlink()
        expected = {"zoe@example.com": "cancelled", "yves@example.com": "cancelled"}
        self.assertEqual(self.status(message), expected)

    def test_what_has_no_tracking_says_so_by_its_notification(self):
        for give_up in ("cancel", "unlink"):
            with self.subTest(give_up):
                message, mail = self.queue()
                self.rows(message).unlink()
                notification = self.notification(message, self.anna)
                getattr(mail, give_up)()
                notification.notification_status = "ready"  # as it was left before
                self.assertEqual(self.status(message), {"Anna": "cancelled"})

    def test_a_mail_that_was_never_to_be_sent_names_the_reason(self):
        message, mail = self.queue()
        self.rows(message).unlink()
        notification = self.notification(message, self.anna)
        notification.write({"notification_status": "canceled", "failure_type": "mail_bl"})
        line = self.line(message)
        self.assertEqual(
            (line["status"], line["error_description"]), ("cancelled", "Blacklisted Address")
        )
        notification.failure_type = "mail_bounce"  # of which somebody chose to hear no more
        self.assertNotEqual(self.line(message)["status"], "cancelled")

    def test_a_resend_that_is_cancelled_and_queued_again_settles_the_failure(self):
        self.handler.refuse_rcpt["anna@example.com"] = UNKNOWN_USER
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.action_confirm_resend()
        mail = self.env["mail.mail"].browse(row.successor_id.mail_id_int)
        mail.cancel()
        self.assertEqual(self.status(message), {"Anna": "error"})
        self.assertEqual(self.notification(message, self.anna).notification_status, "exception")
        self.handler.refuse_rcpt.clear()
        mail.mark_outgoing()
        self.assertEqual(self.status(message), {"Anna": "waiting"})
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(message), {"Anna": "sent"})
        self.assertFalse(message.mail_tracking_needs_action)
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")

    def test_a_resend_elsewhere_is_cancelled_queued_again_and_still_known(self):
        self.handler.refuse_rcpt["anna@example.com"] = UNKNOWN_USER
        message = self.post(self.anna)
        mail = self.resend_later(message, "ann@example.com")
        old, new = self.rows(message)
        details = message.with_user(self.user_employee).get_tracking_details
        for _twice in range(2):
            mail.cancel()
            self.assertEqual(self.status(message), {"Anna": "error"})
            self.assertTrue(old.needs_action and message.mail_tracking_needs_action)
            self.assertEqual(details(old.id)["resends"], [], "nothing was sent")
            mail.mark_outgoing()
            self.assertEqual(self.status(message), {"Anna": "waiting"})
            self.assertFalse(old.needs_action or message.mail_tracking_needs_action)
        with self.smtp():
            mail.send()
        self.received("ann@example.com")
        self.assertEqual(self.rows(message), old | new)
        self.assertEqual(self.status(message), {"Anna": "sent"})
        self.assertFalse(message.mail_tracking_needs_action)
        [line] = details(new.id)["resends"]
        self.assertEqual(line["text"], f"Resent by {self.user_employee.name} to ann@example.com")

    def test_a_resend_to_somebody_without_a_contact_settles_the_failure_after_all(self):
        self.handler.refuse_rcpt["zoe@example.com"] = UNKNOWN_USER
        message = self.post(self.anna, outgoing_email_to="zoe@example.com")
        mail = self.resend_later(message, "zoey@example.com")
        mail.cancel()
        self.assertEqual(self.status(message), {"Anna": "sent", "zoe@example.com": "error"})
        mail.mark_outgoing()
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(message), {"Anna": "sent", "zoey@example.com": "no_partner"})
        self.assertFalse(message.mail_tracking_needs_action)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_cancelled_resend_stands_back_for_another_that_waits_but_not_for_a_failure(self):
        self.handler.refuse_rcpt.update(
            dict.fromkeys(("anna@example.com", "ann@example.com"), UNKNOWN_USER)
        )
        message = self.post(self.anna)
        first = self.resend_later(message, "anne@example.com")
        first.cancel()
        second = self.resend_later(message, "ann@example.com")
        first.mark_outgoing()
        old, cancelled, other = self.rows(message)
        self.assertEqual(old.successor_id, other)
        self.assertEqual(self.status(message), {"Anna": "waiting"})
        first.cancel()
        with self.smtp():
            second.send()
        self.assertEqual(self.status(message), {"Anna": "error"})
        first.mark_outgoing()
        self.assertEqual(other.successor_id, cancelled)
        with self.smtp():
            first.send()
        self.assertEqual(self.status(message), {"Anna": "sent"})
        self.assertFalse(message.mail_tracking_needs_action)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_cancelled_mail_that_is_queued_again_and_fails_is_a_failure(self):
        message, mail = self.queue()
        mail.cancel()
        mail.mark_outgoing()
        self.mail_server.smtp_port = free_port()
        with self.smtp():
            mail.send()
        self.assertEqual(self.status(message), {"Anna": "error"})
        self.assertEqual(self.notification(message, self.anna).notification_status, "exception")

    def test_the_lists_tell_waiting_from_cancelled(self):
        message, mail = self.queue()
        waiting = self.rows(self.queue(self.bob)[0])
        mail.cancel()
        view = self.env["mail.tracking.email"].get_view(view_type="search")["arch"]
        self.assertIn('name="cancelled"', view)
        found = self.env["mail.tracking.email"].search(
            [("state", "=", False), ("is_cancelled", "=", False)]
        )
        self.assertIn(waiting, found)
        self.assertNotIn(self.rows(message), found)
