import json
from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.models.mail_thread import MailThread

from ..models.state import mail_tracking_email as road
from .support.common import MailTrackingCommon

GUARD = "odoo.addons.mail_tracking.models.guard"
ROAD = "odoo.addons.mail_tracking.models.state.mail_tracking_email"


class PendingCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("mail_tracking.ir_cron_fold")

    def bounce(self, *partners, text="550 5.1.1 no such user"):
        """Mails to these come back; they were sent one by one."""
        rows = self.env["mail.tracking.email"]
        for partner in partners:
            rows |= self.row(self.post(partner), partner)
        rows.event_create(
            "hard_bounce",
            {"error_type": "user_unknown", "error_description": text, "smtp_server": "mx.test"},
        )
        self.env.flush_all()
        return rows

    def notes(self, partner):
        self.env.invalidate_all()
        return [
            str(message.body) for message in partner.message_ids if "returned" in str(message.body)
        ]

    def pending(self):
        return self.env["mail.tracking.event"].search([("is_pending", "=", True)])

    def refuse_notes_of(self, partner, error=ZeroDivisionError):
        """Have the chatter of one contact fail."""
        original = MailThread._message_log_batch

        def log(records, bodies, **values):
            if records._name == "res.partner" and partner in records:
                raise error
            return original(records, bodies, **values)

        return patch.object(MailThread, "_message_log_batch", log)


@tagged("post_install", "-at_install")
class TestPending(PendingCommon):
    """What cannot be done at once, and what others are told of a failure."""

    def test_the_mark_and_its_note_are_there_at_once(self):
        self.bounce(self.anna, self.bob)
        for _turn in range(2):
            for partner in (self.anna, self.bob):
                self.assertTrue(partner.email_bounced)
                [note] = self.notes(partner)
                self.assertIn("Email to this address was returned: ", note)
                self.assertIn("550 5.1.1 no such user", note)
            self.process_pending()
        self.assertFalse(self.pending())

    def test_very_many_contacts_are_marked_a_moment_later(self):
        self.patch(road, "MAX_MARKS", 1)
        self.bounce(self.anna, self.bob)
        self.assertFalse(self.anna.email_bounced or self.bob.email_bounced)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]))
        self.process_pending()
        self.assertTrue(self.anna.email_bounced and self.bob.email_bounced)
        self.assertEqual([len(self.notes(p)) for p in (self.anna, self.bob)], [1, 1])
        self.assertFalse(self.pending())

    def test_two_notes_of_one_contact_are_two_notes(self):
        for text in ("550 5.1.1 first", "550 5.1.1 second"):
            self.bounce(self.anna, text=text)
            self.anna.email_bounced = False
        self.assertEqual(len(self.notes(self.anna)), 2)

    def test_hostile_words_are_shown_as_text(self):
        self.bounce(self.anna, text="550 5.1.1 <img src=x onerror=alert(1)>")
        self.process_pending()
        [note] = self.notes(self.anna)
        self.assertIn("&lt;img", note)

    def test_one_that_fails_costs_no_other_and_is_tried_again(self):
        with self.refuse_notes_of(self.bob), self.assertLogs(GUARD, "ERROR"):
            self.bounce(self.anna, self.bob, self.carl)
            self.assertEqual(len(self.pending()), 3)
            self.process_pending()
        people = (self.anna, self.bob, self.carl)
        self.assertEqual([len(self.notes(p)) for p in people], [1, 0, 1])
        self.assertEqual(self.pending().recipient_address, self.bob.email)
        later = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertGreater(max(later.mapped("call_at")), self.env.cr.now(), "without being asked")
        self.process_pending()
        self.assertEqual([len(self.notes(p)) for p in people], [1, 1, 1])
        self.assertFalse(self.pending())

    def test_one_that_never_works_is_given_up(self):
        with self.refuse_notes_of(self.anna), mute_logger(GUARD):
            self.bounce(self.anna)
            self.process_pending()
            self.assertTrue(self.pending())
            self.patch(road, "GIVE_UP", timedelta(seconds=-60))
            with self.assertLogs(ROAD, "ERROR"):
                self.process_pending()
        self.assertFalse(self.pending())

    def test_one_that_is_busy_waits_for_the_next_run(self):
        with self.refuse_notes_of(self.anna, psycopg2.errors.LockNotAvailable):
            self.bounce(self.anna)
            self.process_pending()
        self.assertFalse(self.notes(self.anna))
        self.process_pending()
        self.assertEqual(len(self.notes(self.anna)), 1)

    def test_the_cron_is_woken_where_all_that_followed_was_undone(self):
        [row] = self.row(self.post(self.anna), self.anna)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        triggers.unlink()
        self.env.cr.precommit.run()

        def busy(*_args):
            self.anna._bus_send("inside", {})
            raise psycopg2.errors.LockNotAvailable

        with patch.object(self.registry["mail.tracking.email"], "_sync_notifications", busy):
            row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual((row.state, len(self.pending())), ("sent", 1))
        self.assertTrue(triggers.search([("cron_id", "=", self.cron.id)]))
        told = self.env.cr.precommit.data.get("bus.bus.values") or []
        self.assertNotIn("inside", str(told), "browsers are not told of what was undone")
        self.process_pending()
        self.assertEqual((row.state, len(self.pending())), ("bounced", 0))

    def test_what_was_deleted_meanwhile_is_no_trouble(self):
        rows = self.bounce(self.anna, self.bob)
        rows[0].mail_message_id.unlink()
        self.anna.unlink()
        self.process_pending()
        self.assertFalse(self.pending())
        self.assertEqual(len(self.notes(self.bob)), 1)

    def test_authors_are_told_by_odoo_that_notifications_have_changed(self):
        [row] = self.bounce(self.anna)
        self.assertEqual(
            self.notification(row.mail_message_id, self.anna).notification_status, "bounce"
        )
        self.env.cr.precommit.run()
        Bus = self.env["bus.bus"].sudo()
        last = Bus.search([], order="id desc", limit=1).id or 0
        self.process_pending()
        self.env.cr.precommit.run()
        sent = [
            json.loads(bus.message)["payload"]
            for bus in Bus.search([("id", ">", last)])
            if json.loads(bus.channel)[1:] == ["res.partner", self.author.id]
        ]
        statuses = [
            notification["notification_status"]
            for payload in sent
            for notification in payload.get("mail.notification", [])
        ]
        self.assertEqual(statuses, ["bounce"])

    def test_more_than_a_batch_is_told_in_one_run(self):
        with patch(f"{ROAD}.BATCH", 2), patch(f"{ROAD}.MAX_MARKS", 0):
            partners = self.env["res.partner"].create(
                [{"name": f"P{i}", "email": f"p{i}@later.example.com"} for i in range(5)]
            )
            self.bounce(*partners)
            self.process_pending()
        self.assertEqual([len(self.notes(partner)) for partner in partners], [1] * 5)


@tagged("post_install", "-at_install")
class TestRefusedAddress(PendingCommon):
    """Our own mail server says that an address is dead, before it takes the mail."""

    def refuse(self, answer, partner=None):
        partner = partner or self.bob
        self.handler.refuse_rcpt[partner.email] = answer
        row = self.row(self.post(partner | self.anna), partner)
        self.assertEqual(row.state, "error")
        self.process_pending()
        return row

    def test_the_contact_is_flagged_with_reason_date_and_source(self):
        row = self.refuse("550 5.1.1 <bob@example.com>: User unknown")
        self.assertTrue(self.bob.email_bounced)
        self.assertIn("User unknown", self.bob.email_bounced_reason)
        # one of them may be rounded to the next second
        apart = self.bob.email_bounced_date - row.state_time
        self.assertLessEqual(abs(apart.total_seconds()), 1)
        self.assertEqual(self.bob.email_bounced_source, "127.0.0.1")
        self.assertEqual(len(self.notes(self.bob)), 1)
        self.assertFalse(self.anna.email_bounced)

    def test_other_reasons_that_are_of_the_address_or_its_domain(self):
        for answer in (
            "550 5.1.2 Domain not found",
            "550 5.2.1 The account is disabled",
            "551 5.1.6 The user has moved",
        ):
            with self.subTest(answer=answer):
                self.bob.email_bounced = False
                self.refuse(answer)
                self.assertTrue(self.bob.email_bounced)

    def test_what_says_nothing_of_the_address_flags_nobody(self):
        for answer in (
            "550 5.7.1 Rejected by policy",
            "554 5.7.1 Relay access denied",
            "450 4.2.0 Greylisted, try again later",
            "450 4.1.1 User unknown, try again later",
            "452 4.5.3 Too many recipients",
            "552 5.2.2 Mailbox full",
            "530 5.7.0 Authentication required",
            "550 5.1.8 Sender address rejected: Domain not found",
        ):
            with self.subTest(answer=answer):
                self.refuse(answer)
                self.assertFalse(self.bob.email_bounced)

    def test_a_refusal_of_the_whole_mail_flags_nobody(self):
        self.handler.refuse_data["bob@example.com"] = "550 5.1.1 User unknown"
        row = self.row(self.post(self.bob), self.bob)
        self.process_pending()
        self.assertEqual(row.state, "error")
        self.assertFalse(self.bob.email_bounced)

    def test_a_connection_that_breaks_flags_nobody(self):
        self.handler.hang_up_on = {"bob@example.com"}
        row = self.row(self.post(self.bob), self.bob)
        self.process_pending()
        self.assertEqual(row.state, "error")
        self.assertFalse(self.bob.email_bounced)

    def test_a_mail_that_arrived_since_counts(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 User unknown"
        row = self.row(self.post(self.bob), self.bob)
        row.event_create("open", {"open_kind": "person"})
        self.process_pending()
        self.assertFalse(self.bob.email_bounced)

    def test_nothing_is_left_to_be_told_where_nothing_fails(self):
        self.post(self.bob | self.anna)
        self.assertFalse(self.pending())
