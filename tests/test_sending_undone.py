"""Mails that leave in a transaction, or a part of one, that is rolled back."""

import contextlib
from unittest.mock import patch

from aiosmtpd.controller import Controller

from odoo.tests import tagged

from .support.common import MailTrackingCommon, RecordingHandler, free_port
from .support.process_common import ProcessCase

TOKEN_HEADER = "X-Odoo-MailTracking-Token"
ID_HEADER = "X-Odoo-MailTracking-ID"
#: run by ``odoo shell``: sends as core sends a password reset, and in a request that fails
SEND = """
import contextlib
env["ir.mail_server"].create({"name": "Loopback", "smtp_host": "127.0.0.1",
    "smtp_port": %(port)d, "smtp_encryption": "none"})
anna = env["res.partner"].create({"name": "Anna", "email": "anna@example.com"})
def send(name):
    env["mail.mail"].create({"subject": name, "body_html": "<p>secret link</p>",
        "email_from": "sender@odoo.example", "email_to": name + "@example.com",
        "recipient_ids": [(4, anna.id)] if name == "reset" else []}).send()
env.cr.commit()
with contextlib.closing(env.cr.savepoint()):
    send("reset")
send("kept")
env.cr.commit()
send("failed")
env.cr.rollback()
with contextlib.closing(env.cr.savepoint()):
    env["mail.mail"].create({"subject": "never", "email_to": "never@example.com"})
env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestSendingUndone(MailTrackingCommon):
    @contextlib.contextmanager
    def undone(self):
        """A savepoint that is rolled back, as core does it around the mail of an invitation."""
        with contextlib.closing(self.env.cr.savepoint()):
            yield
        self.env.cr.postcommit.run()

    def test_the_tracking_of_a_mail_that_left_is_there_after_the_commit(self):
        with self.undone():
            mail = self.send_mail(email_to="zoe@example.com", recipient_ids=[(4, self.anna.id)])
            message = mail.mail_message_id
        self.assertFalse(mail.exists() or message.exists(), "nor is its text")
        for address, partner in (("zoe@example.com", self.env["res.partner"]), (None, self.anna)):
            sent = self.received(address or partner.email)
            row = self.env["mail.tracking.email"].search([("token", "=", sent[TOKEN_HEADER])])
            self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))
            self.assertEqual(str(row.id), sent[ID_HEADER])
            self.assertEqual((row.partner_id, row.name), (partner, "Offer"))
            self.assertFalse(row.mail_message_id)
            self.assertIn(row._get_pixel_url(), self.html(sent))

    def test_a_no_that_comes_while_a_transaction_sends_holds_for_its_mails(self):
        """Neither sees the other: the No no tracking that is there, the sender no No."""
        registry = self.registry
        restore = registry["mail.tracking.email"]._restore_undone

        def say_no(tracking, sent):
            # of another transaction, which is seen after the commit alone
            with patch.object(registry["mail.tracking.consent"], "_refuse_earlier"):
                self.env["mail.tracking.consent"].record_answer(
                    "zoe@example.com", "opens", "no", "page"
                )
            restore(tracking, sent)

        for around in (self.undone, contextlib.nullcontext):
            self.handler.envelopes.clear()
            self.env["mail.tracking.email"].search([]).unlink()
            with (
                self.subTest(around),
                patch.object(registry["mail.tracking.email"], "_restore_undone", say_no),
            ):
                with around():
                    self.send_mail(email_to="zoe@example.com, yuri@example.com")
                self.env.cr.postcommit.run()
                rows = self.env["mail.tracking.email"].search([])
                self.assertEqual(len(rows), 2)
                for row in rows:  # whose image it is nobody knows
                    self.assertEqual((row.opens_refused, row.clicks_refused), (True, False))
                    self.assertFalse(row.event_create("open", {"source": "pixel"}))

    def test_a_password_reset_and_an_invitation_are_tracked(self):
        if "signup_type" not in self.env["res.partner"]._fields:
            self.skipTest("auth_signup is not installed")
        user = self.user_employee
        for create_user in (False, True):
            with self.subTest(create_user=create_user):
                self.handler.envelopes.clear()
                with self.smtp():
                    user.with_context(create_user=create_user).action_reset_password()
                self.env.cr.postcommit.run()
                sent = self.received(user.email_normalized)
                row = self.env["mail.tracking.email"].search([("token", "=", sent[TOKEN_HEADER])])
                self.assertEqual((row.state, row.mail_message_id.id), ("sent", False))

    def test_events_that_come_later_find_the_mail(self):
        with self.undone():
            self.send_mail(email_to="zoe@example.com")
        token = self.received("zoe@example.com")[TOKEN_HEADER]
        row = self.env["mail.tracking.email"].search([("token", "=", token)])
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual(row.state, "bounced")

    def test_what_never_left_leaves_nothing(self):
        self.handler.refuse_rcpt["zoe@example.com"] = "550 5.1.1 User unknown"
        before = self.env["mail.tracking.email"].search_count([])
        with self.undone():
            self.send_mail(email_to="zoe@example.com")
            self.prepare_mail(email_to="yves@example.com")
        self.assertEqual(self.env["mail.tracking.email"].search_count([]), before)

    def test_what_is_not_rolled_back_stays_as_it_is(self):
        mail = self.send_mail(email_to="zoe@example.com")
        row = self.rows(mail.mail_message_id)
        row.event_create("delivered", {})
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        self.assertEqual((row.state, self.events(row)), ("delivered", ["sent", "delivered"]))
        self.assertEqual(row.mail_message_id, mail.mail_message_id)

    def test_a_contact_that_is_gone_as_well_is_no_obstacle(self):
        with self.undone():
            partner = self.env["res.partner"].create({"name": "Zoe", "email": "zoe@example.com"})
            self.send_mail(recipient_ids=[(4, partner.id)])
        token = self.received("zoe@example.com")[TOKEN_HEADER]
        row = self.env["mail.tracking.email"].search([("token", "=", token)])
        self.assertEqual((row.state, row.recipient_address), ("sent", "zoe@example.com"))
        self.assertFalse(row.partner_id)


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestSendingUndoneInProcess(ProcessCase):
    def test_every_mail_that_left_has_a_row_and_no_other(self):
        database = self.new_database("undone")
        self.odoo("-d", database, "-i", "mail_tracking", "--stop-after-init")
        handler = RecordingHandler()
        controller = Controller(handler, hostname="127.0.0.1", port=free_port())
        controller.start()
        try:
            script = SEND % {"port": controller.port}
            self.odoo("shell", "-d", database, "--no-http", input=script)
        finally:
            controller.stop()
        query = (
            "SELECT recipient_address, state, token, id, partner_id IS NOT NULL"
            " FROM mail_tracking_email WHERE name IN ('reset', 'kept', 'failed', 'never')"
        )
        found = sorted(self.sql(database, query))
        expected = sorted(
            [
                to[0],
                "sent",
                sent[TOKEN_HEADER],
                int(sent[ID_HEADER]),
                to[0] == "anna@example.com",
            ]
            for _from, to, sent in handler.envelopes
        )
        self.assertEqual([list(row) for row in found], expected)
        self.assertEqual(len(found), 4)
        text = "SELECT count(*) FROM mail_message WHERE subject IN ('reset', 'failed')"
        self.assertEqual(self.sql(database, text), [(0,)])
