import contextlib
import re
import sys
import threading
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mail_tracking.models.sending import send_batch

from .support.common import MailTrackingCommon

PARTNERS = 5
#: statements on our tables, those around them, and news for those who look at a message
OURS = re.compile(r"mail_tracking(_(email|event|webhook)\b|/|\"?;|\"?$)")
#: a statement that writes a column of ours
OUR_CHANGE = re.compile(r"^\s*UPDATE\b.*\bSET\b.*mail_tracking", re.DOTALL)


def is_asked_by_us(frame):
    """Whether it is this addon that asks: the code of the innermost addon in the stack."""
    while frame:
        parts = frame.f_globals.get("__name__", "").split(".")
        if parts[:2] == ["odoo", "addons"] and "tests" not in parts and parts[2] != "base":
            return parts[2] == "mail_tracking"
        frame = frame.f_back
    return False


@tagged("post_install", "-at_install")
class TestQueryBudgets(MailTrackingCommon):
    """What the addon adds to the statements of Odoo, while mails are sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"budget{i}@example.com"} for i in range(PARTNERS)]
        )

    def our_statements(self):
        """Collect what goes to PostgreSQL because of this addon, a round trip each."""
        return self.collect(OURS.search)

    def all_because_of_us(self):
        """The same, and what our code asks of the tables of others, or changes in them."""
        return self.collect(
            lambda text: (
                OURS.search(text) or OUR_CHANGE.search(text) or is_asked_by_us(sys._getframe())
            )
        )

    @contextlib.contextmanager
    def collect(self, is_wanted):
        """Collect the statements that a function wants, until all is written."""
        found, thread = [], threading.current_thread()

        def note(cursor, *_args):
            text = cursor._obj.query.decode(errors="replace")
            if is_wanted(text):
                found.append(text)

        before = getattr(thread, "query_hooks", ())
        thread.query_hooks = (*before, note)
        try:
            yield found
            self.env.flush_all()
            self.env.cr.precommit.run()
        finally:
            thread.query_hooks = before

    def queue(self, messages):
        """Mails in the queue, an email for each partner, as if committed long ago."""
        mails = self.env["mail.mail"]
        for number in range(messages):
            message = self.record.with_context(mail_notify_force_send=False).message_post(
                body="Hello",
                subject=f"Offer {number}",
                partner_ids=self.partners.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                author_id=self.author.id,
            )
            mails |= self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        return mails

    @contextlib.contextmanager
    def commits(self):
        """Let a commit do all that it does besides making things last."""

        def commit():
            self.env.flush_all()
            self.env.cr.precommit.run()

        with patch.object(self.env.cr, "commit", commit):
            yield

    def test_a_post_costs_the_same_for_one_and_for_many(self):
        """The trackings; who is on the mail; the outcome: event, lock and fold, state, news."""
        self.post(self.partners)  # fill what is remembered
        for partners in (self.partners[:1], self.partners):
            with self.our_statements() as statements:
                self.post(partners)
            self.assertEqual(len(statements), 6, statements)

    def test_a_post_with_a_dead_recipient_costs_the_same_for_one_and_for_many(self):
        self.handler.refuse_rcpt = dict.fromkeys(self.partners.mapped("email"), "550 5.1.1 no")
        self.post(self.partners)
        counts = []
        for partners in (self.partners[:1], self.partners):
            with self.our_statements() as statements:
                self.post(partners)
            counts.append(len(statements))
        self.assertEqual(counts[0], counts[1])

    def test_an_inbox_notification_costs_nothing(self):
        self.user_admin.notification_type = "inbox"
        for partners in (self.user_admin.partner_id, self.env["res.partner"]):
            self.post(partners)
            with self.subTest(partners.mapped("name")), self.all_because_of_us() as statements:
                message = self.post(partners)
            self.assertEqual(message.notified_partner_ids, partners)
            self.assertEqual(statements, [])

    def test_what_our_code_asks_of_others_is_seen(self):
        """Of the test above, that it would see something."""
        message = self.post(self.user_admin.partner_id)
        with self.all_because_of_us() as statements:
            message.with_user(self.user_admin)._filter_author_or_notified()
        self.assertTrue(statements)
        notification = self.notification(message, self.user_admin.partner_id)
        self.assertEqual(len(notification), 1)
        self.assertFalse(notification.mail_tracking_needs_action)
        with self.all_because_of_us() as statements:
            notification.mail_tracking_needs_action = True
        self.assertTrue(statements)

    def test_deleting_records_costs_one_query_however_many_they_are(self):
        for number in (1, 20):
            records = self.env["res.partner"].create([{"name": "Soon gone"}] * number)
            self.env.flush_all()
            with self.our_statements() as statements:
                records.unlink()
            found = [text for text in statements if '"mail_message_id" IS NULL' in text]
            self.assertEqual(len(found), 1, statements)

    def test_a_queue_costs_few_statements_for_each_mail(self):
        """What is stored before each of two savepoints, who is on the mail, and the event.

        One of those that store is Odoo's own. For all mails together: what may be known, in
        a savepoint, the cron that applies what a process leaves that is killed, and once that they
        were sent.
        """
        costs = []
        self.patch(send_batch, "NOTIFY_SECONDS", 3600)  # however slow the machine is
        for messages in (2, 2, 20):  # the first time fills what is remembered
            mails = self.queue(messages)
            self.handler.__init__()
            with self.smtp(), self.commits(), self.all_because_of_us() as statements:
                mails.send(auto_commit=True)
            self.assertEqual(len(self.handler.envelopes), messages * PARTNERS)
            costs.append(len(statements))
        self.assertLessEqual(costs[1], 6 * 2 + 15)
        self.assertEqual(costs[2] - costs[1], 6 * 18)
