"""What is done once for the mails of a transaction, and what each of them gets all the same."""

import contextlib
from collections import Counter
from copy import deepcopy
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import LockError
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.models.guard import tracking_savepoint
from odoo.addons.mail_tracking.models.privacy.mail_template import USED_TEMPLATE
from odoo.addons.mail_tracking.models.sending import send_batch

from .support.common import MailTrackingCommon

GUARD = "odoo.addons.mail_tracking.models.guard"


def inserts(queries, table):
    return [query for query in queries if "INSERT" in query and f"mail_tracking_{table}" in query]


@tagged("post_install", "-at_install")
class TestSendingTogether(MailTrackingCommon):
    def prepare_mails(self):
        return self.env["mail.mail"].union(
            *(
                self.prepare_mail(recipient_ids=[(4, partner.id)])
                for partner in (self.anna, self.bob, self.carl)
            )
        )

    # ------------------------------------------------------------
    # NEW MAILS
    # ------------------------------------------------------------

    def test_trackings_of_all_messages_of_a_transaction_come_in_one_insert(self):
        messages = self.env["mail.message"]
        with self.count_our_queries() as queries:
            for _number in range(3):
                messages |= self.post(self.anna | self.bob, force_send=False)
            self.env.cr.precommit.run()
        self.assertEqual(len(inserts(queries, "email")), 1)
        for message in messages:
            self.assertEqual(self.rows(message).partner_id, self.anna | self.bob)

    def test_whoever_looks_finds_the_tracking_of_a_new_mail(self):
        with self.count_our_queries() as queries:
            mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        self.assertFalse(queries)
        for row in (self.rows(mail.mail_message_id), mail.mail_message_id.mail_tracking_ids):
            self.assertEqual((row.partner_id, row.mail_id_int), (self.anna, mail.id))

    def test_each_tracking_remembers_the_context_of_its_own_mail(self):
        template = self.env["mail.template"].create({"name": "Offer"})
        mails = self.env["mail.mail"]
        for template_id in (template.id, False):
            values = {"email_to": "dora@example.com"}
            mails |= mails.with_context(**{USED_TEMPLATE: template_id}).create(values)
        rows = [self.rows(mail.mail_message_id) for mail in mails]
        self.assertEqual([row.template_id for row in rows], [template, template.browse()])

    def test_what_waits_for_the_commit_can_be_copied(self):
        """Each of Odoo's tests does so, and restores it afterwards."""
        precommit = self.env.cr.precommit
        mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        data = deepcopy(precommit.data)
        self.rows(mail.mail_message_id).unlink()
        precommit.data = data
        self.assertEqual(self.rows(mail.mail_message_id).partner_id, self.anna)

    def test_a_mail_that_was_rolled_back_leaves_nothing_to_be_created(self):
        # ``assertRaises`` has a savepoint of its own
        for savepoint in (tracking_savepoint(self.env), self.env.cr.savepoint()):
            with contextlib.suppress(ValueError), savepoint:
                gone = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
                raise ValueError
            kept = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
            with self.assertNoLogs(GUARD, "ERROR"):
                self.env.cr.precommit.run()
            mails = [("mail_id_int", "in", (gone | kept).ids)]
            self.assertEqual(self.env["mail.tracking.email"].search(mails).mail_id, kept)

    # ------------------------------------------------------------
    # SENT
    # ------------------------------------------------------------

    def send_all(self, mails, **options):
        with self.smtp(), self.count_our_queries() as queries:
            mails.send(**options)
        return len(inserts(queries, "event"))

    def test_mails_that_are_sent_in_one_transaction_are_logged_together(self):
        mails = self.prepare_mails()
        self.assertEqual(self.send_all(mails), 1)
        self.assertEqual(self.rows(mails.mail_message_id).mapped("state"), ["sent"] * 3)

    def test_nothing_is_committed_where_core_does_not_commit(self):
        """Core commits for ``True`` alone; a test of mailings passes ids there."""
        mails = self.prepare_mails()
        self.assertEqual(self.send_all(mails, auto_commit=mails.ids), 1)
        self.assertEqual(self.rows(mails.mail_message_id).mapped("state"), ["sent"] * 3)

    def test_big_mails_do_not_wait_in_memory(self):
        mails = self.prepare_mails()
        self.patch(send_batch, "MAX_WAITING_BYTES", 1)
        self.assertEqual(self.send_all(mails), 3)
        self.assertEqual(self.rows(mails.mail_message_id).mapped("state"), ["sent"] * 3)

    def count_words(self):
        """Count the first words of all statements; returns the counter and a patch."""
        words, execute = Counter(), Cursor.execute

        def note(cursor, query, *args, **kwargs):
            words[str(getattr(query, "code", query)).split()[0]] += 1
            return execute(cursor, query, *args, **kwargs)

        return words, patch.object(Cursor, "execute", note)

    def test_savepoints_are_left_to_the_commit_where_there_is_one_for_each_mail(self):
        """Where there is none they would pile up, and slow PostgreSQL down."""
        for auto_commit in (True, False):
            mails, (words, counting) = self.prepare_mails(), self.count_words()
            commits = patch.object(self.env.cr, "commit", self.env.flush_all)
            with self.subTest(auto_commit), counting, commits:
                self.send_all(mails, auto_commit=auto_commit)
                kept = words["SAVEPOINT"] - words["RELEASE"]
                self.assertEqual(kept, 2 * len(mails) + 1 if auto_commit else 0)

    def send_queue(self, mails):
        """Send them as the queue does, which commits each."""
        with patch.object(self.env.cr, "commit", self.env.flush_all):
            return self.send_all(mails, auto_commit=True)

    def get_cron_delay(self):
        """In how many seconds pending events are processed."""
        cron = self.env.ref("mail_tracking.ir_cron_fold")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        return (min(triggers.mapped("call_at")) - fields.Datetime.now()).total_seconds()

    def test_mails_of_a_queue_are_logged_one_by_one_and_applied_together(self):
        mails, Tracking = self.prepare_mails(), self.registry["mail.tracking.email"]
        self.patch(send_batch, "NOTIFY_SECONDS", 3600)
        original, folded = Tracking._fold, []

        def fold(trackings):
            folded.append(trackings)
            return original(trackings)

        with patch.object(Tracking, "_fold", fold):
            self.assertEqual(self.send_queue(mails), 3)
        rows = self.rows(mails.mail_message_id)
        self.assertEqual(folded, [rows])
        self.assertEqual(rows.mapped("state"), ["sent"] * 3)
        self.assertFalse(any(rows.tracking_event_ids.mapped("is_pending")))

    def test_what_was_sent_before_the_queue_was_killed_is_applied_by_the_cron(self):
        mails = self.prepare_mails()
        rows = self.rows(mails.mail_message_id)
        with patch.object(self.registry["mail.mail"], "_tracking_apply_sent"):
            self.send_queue(mails)
        self.assertEqual(rows.mapped("state"), [False] * 3)
        self.assertEqual(rows.tracking_event_ids.mapped("is_pending"), [True] * 3)
        self.assertAlmostEqual(self.get_cron_delay(), 300, delta=60)
        self.process_pending()
        self.assertEqual(rows.mapped("state"), ["sent"] * 3)

    def test_who_loads_the_image_at_once_is_a_machine_also_before_that_is_applied(self):
        mails = self.prepare_mails()
        [row, *_others] = self.rows(mails.mail_message_id)
        with patch.object(self.registry["mail.mail"], "_tracking_apply_sent"):
            self.send_queue(mails)
        client = {"ip": "192.0.2.9", "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0)"}
        row._pixel_hit(row.id, row.token, client)
        self.process_pending()
        opened = row.tracking_event_ids.filtered(lambda event: event.event_type == "open")
        self.assertEqual((opened.open_kind, row.state), ("machine", "sent"))

    @mute_logger("odoo.addons.mail_tracking.models.guard")
    def test_an_event_that_was_erased_meanwhile_costs_no_mail_and_no_other_event(self):
        mails = self.prepare_mails()
        rows = self.rows(mails.mail_message_id)
        Mail = self.registry["mail.mail"]
        original = Mail._tracking_apply_sent

        def erase_one(mail, batch):
            self.env["mail.tracking.event"].sudo().browse(batch.pending_ids[:1]).unlink()
            original(mail, batch)

        with patch.object(Mail, "_tracking_apply_sent", erase_one):
            self.send_queue(mails)
        self.assertEqual(len(self.handler.envelopes), 3)
        self.assertEqual(rows.mapped("state"), [False, "sent", "sent"])

    def test_what_is_busy_when_a_queue_was_sent_is_left_to_the_cron(self):
        mails = self.prepare_mails()
        rows = self.rows(mails.mail_message_id)
        busy = patch.object(self.registry[rows._name], "_fold", side_effect=LockError("busy"))
        with busy:
            self.send_queue(mails)
        self.assertEqual(len(self.handler.envelopes), 3)
        self.assertEqual(rows.mapped("state"), [False] * 3)
        self.assertLess(self.get_cron_delay(), 60)
        self.process_pending()
        self.assertEqual(rows.mapped("state"), ["sent"] * 3)

    def test_what_was_sent_is_logged_where_the_next_mail_stops_all(self):
        mails, Mail = self.prepare_mails(), type(self.env["mail.mail"])
        prepare = Mail._prepare_outgoing_list

        def stop(mail, *args, **kwargs):
            if mail == mails[1]:
                raise ValueError("stopped on purpose")
            return prepare(mail, *args, **kwargs)

        with patch.object(Mail, "_prepare_outgoing_list", stop):
            with self.assertLogs("odoo.addons.mail", "ERROR"), contextlib.suppress(ValueError):
                self.send_all(mails, raise_exception=True)
        self.assertEqual(self.rows(mails.mail_message_id).mapped("state"), ["sent", "error", False])
