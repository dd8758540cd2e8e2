"""A mistake in tracking, ours or of an addon that extends it, never costs a mail."""

import contextlib
from unittest.mock import patch

import psycopg2
from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..models.guard import tracking_savepoint
from .support.common import TOKEN_HEADER, MailTrackingCommon

GUARD = "odoo.addons.mail_tracking.models.guard"
#: what runs while a mail is made and sent: model, method
SENDING = [
    ("mail.mail", "_tracking_envelopes"),
    ("mail.mail", "_tracking_recipients"),
    ("mail.mail", "_tracking_prepare"),
    ("mail.mail", "_tracking_email_prepare"),
    ("mail.mail", "_tracking_match"),
    ("mail.mail", "_tracking_log_outcome"),
    ("ir.mail_server", "_tracking_headers_add"),
    ("ir.mail_server", "_tracking_img_disabled"),
    ("mail.tracking.email", "_prepare_create_vals"),
    ("mail.tracking.email", "_prepare_image_url"),
    ("mail.tracking.email", "_tracking_sent_prepare"),
    ("mail.tracking.email", "_log_events"),
    ("mail.tracking.email", "_get_open_modes"),
    ("mail.tracking.email", "_prepare_open_rules"),
    ("mail.tracking.email", "_get_image_url"),
    ("mail.tracking.consent", "_get_answers"),
    ("mail.mail", "_tracking_add_foot"),
]
#: those that other addons extend, or that call what these extend
HOOKS = [
    ("mail.mail", "_tracking_recipients"),
    ("mail.mail", "_tracking_email_prepare"),
    ("mail.mail", "_tracking_match"),
    ("ir.mail_server", "_tracking_headers_add"),
    ("ir.mail_server", "_tracking_img_disabled"),
    ("mail.tracking.email", "_prepare_image_url"),
    ("mail.tracking.email", "_tracking_sent_prepare"),
    ("mail.tracking.email", "_prepare_open_rules"),
    ("mail.tracking.consent", "_get_answers"),
    ("mail.mail", "_tracking_add_foot"),
]


@tagged("post_install", "-at_install")
class TestGuard(MailTrackingCommon):
    def break_method(self, model, method):
        def fail(*args, **kwargs):
            raise ValueError("broken on purpose")

        return patch.object(type(self.env[model]), method, fail)

    def break_database(self, model, method):
        def fail(records, *args, **kwargs):
            records.env.cr.execute("SELECT no_such_column FROM mail_tracking_email")

        return patch.object(type(self.env[model]), method, fail)

    def test_whatever_breaks_while_a_mail_is_sent_is_logged_and_the_mail_leaves(self):
        for model, method in SENDING:
            with self.subTest(f"{model}.{method}"):
                self.handler.envelopes.clear()
                with self.break_method(model, method), self.assertLogs(GUARD, "ERROR") as logs:
                    message = self.post(self.anna | self.bob)
                for partner in self.anna | self.bob:
                    self.received(partner.email)
                    notification = self.notification(message, partner)
                    self.assertEqual(notification.notification_status, "sent")
                self.assertIn("broken on purpose", "".join(logs.output))
                self.env.flush_all()  # and the transaction goes on

    def test_a_database_error_of_a_hook_has_no_mail_sent_twice(self):
        for model, method in HOOKS:
            with self.subTest(f"{model}.{method}"):
                self.handler.envelopes.clear()
                mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
                self.env.flush_all()
                with (
                    self.break_database(model, method),
                    self.smtp(),
                    self.assertLogs(GUARD, "ERROR"),
                    mute_logger("odoo.sql_db"),
                ):
                    mail.send()
                self.received("anna@example.com")
                self.assertEqual(mail.state, "sent")
                self.env.flush_all()  # and the transaction goes on

    def swallow_database_error(self, model, method):
        original = getattr(type(self.env[model]), method)

        def hook(records, *args, **kwargs):
            with contextlib.suppress(psycopg2.Error):
                records.env.cr.execute("SELECT no_such_column FROM mail_tracking_email")
            return original(records, *args, **kwargs)

        return patch.object(type(self.env[model]), method, hook)

    def write_what_is_refused(self, model, method):
        original = getattr(type(self.env[model]), method)

        def hook(records, *args, **kwargs):
            records.env["res.partner"].sudo().browse(self.anna.id).write({"parent_id": 2**31 - 1})
            return original(records, *args, **kwargs)

        return patch.object(type(self.env[model]), method, hook)

    def test_an_error_that_a_hook_hides_has_no_mail_of_a_queue_sent_twice(self):
        """Swallowed, or not there yet as what was written is stored later."""
        people = self.anna | self.bob | self.carl
        for breaking in (self.swallow_database_error, self.write_what_is_refused):
            for model, method in (
                ("ir.mail_server", "_tracking_headers_add"),
                ("mail.tracking.email", "_prepare_open_rules"),
                ("mail.tracking.email", "_tracking_sent_prepare"),
                ("mail.tracking.email", "_on_state_change"),
            ):
                for auto_commit in (True, False):
                    with self.subTest(f"{breaking.__name__} {method} {auto_commit}"):
                        self.handler.envelopes.clear()
                        mails = self.env["mail.mail"].union(
                            *(self.prepare_mail(recipient_ids=[(4, p.id)]) for p in people)
                        )
                        rows = self.rows(mails.mail_message_id)
                        with (
                            breaking(model, method),
                            patch.object(self.env.cr, "commit", self.check_commit),
                            self.smtp(),
                            self.assertLogs(GUARD, "ERROR"),
                            mute_logger("odoo.sql_db"),
                        ):
                            mails.send(auto_commit=auto_commit)
                        self.check_commit()
                        self.assertEqual(len(self.handler.envelopes), len(people))
                        self.assertEqual(set(mails.mapped("state")), {"sent"})
                        rows._process_pending([("tracking_email_id", "in", rows.ids)])
                        self.assertEqual(rows.mapped("state"), ["sent"] * 3)

    def test_a_database_error_of_a_hook_for_many_mails_costs_none_its_tracking(self):
        """What is decided for the mails of a session together is decided for each of them then."""
        Tracking = self.registry["mail.tracking.email"]
        prepare, people = Tracking._prepare_open_rules, self.anna | self.bob | self.carl

        def fail_for_many(trackings):
            if len(trackings) > 1:
                trackings.env.cr.execute("SELECT no_such_column FROM mail_tracking_email")
            return prepare(trackings)

        for auto_commit in (True, False):
            with self.subTest(auto_commit=auto_commit):
                self.handler.envelopes.clear()
                mails = self.env["mail.mail"].union(
                    *(self.prepare_mail(recipient_ids=[(4, p.id)]) for p in people)
                )
                rows = self.rows(mails.mail_message_id)
                with (
                    patch.object(Tracking, "_prepare_open_rules", fail_for_many),
                    patch.object(self.env.cr, "commit", self.check_commit),
                    self.smtp(),
                    self.assertLogs(GUARD, "ERROR") as logs,
                    mute_logger("odoo.sql_db"),
                ):
                    mails.send(auto_commit=auto_commit)
                self.assertEqual(len(logs.output), 1, logs.output)
                for row in rows:
                    mail = self.received(row.recipient_address)
                    self.assertEqual(mail[TOKEN_HEADER], row.token)
                    self.assertEqual((row.state, row.open_mode), ("sent", "identified"))

    def test_browsers_are_told_nothing_of_what_was_undone(self):
        partner, data = self.anna, self.env.cr.precommit.data
        self.env.cr.precommit.run()
        for runs_callbacks in (False, True):
            with self.subTest(runs_callbacks=runs_callbacks):
                partner._bus_send("before", {})
                with contextlib.suppress(ValueError), tracking_savepoint(self.env):
                    partner._bus_send("inside", {})
                    if runs_callbacks:  # as core's own savepoint does
                        self.env.cr.precommit.run()
                    partner._bus_send("inside as well", {})
                    raise ValueError
                [values] = data["bus.bus.values"]
                self.assertIn("before", values["message"])
                before = self.env["bus.bus"].sudo()._bus_last_id()
                self.env.cr.precommit.run()
                sent = self.env["bus.bus"].sudo().search([("id", ">", before)])
                self.assertEqual(len(sent), 1)
        with contextlib.suppress(ValueError), tracking_savepoint(self.env):
            partner._bus_send("inside", {})
            raise ValueError
        self.assertFalse(data["bus.bus.values"])

    def check_commit(self):
        """What a commit needs: PostgreSQL would silently undo a transaction that is broken."""
        self.env.flush_all()
        self.env.cr.execute("SELECT 1")
        self.env.invalidate_all()

    def test_what_breaks_for_one_recipient_costs_no_other_tracking(self):
        MailMail = self.registry["mail.mail"]
        prepare = MailMail._tracking_email_prepare

        def fail_for_bob(mail, email):
            if email.get("partner_id") == self.bob:
                raise ValueError("broken on purpose")
            return prepare(mail, email)

        with (
            patch.object(MailMail, "_tracking_email_prepare", fail_for_bob),
            self.assertLogs(GUARD, "ERROR"),
        ):
            message = self.post(self.anna | self.bob)
        self.assertEqual(self.rows(message).partner_id, self.anna)
        self.assertEqual(self.rows(message).state, "sent")
        for partner in self.anna | self.bob:
            self.received(partner.email)

    def test_a_recipient_is_refused_as_ever_while_tracking_is_broken(self):
        self.handler.refuse_rcpt["bob@example.com"] = "550 5.1.1 User unknown"
        for method in ("_tracking_collect", "_tracking_log_outcome", "_tracking_true_failure"):
            with self.subTest(method):
                self.handler.envelopes.clear()
                with self.break_method("mail.mail", method), self.assertLogs(GUARD, "ERROR"):
                    message = self.post(self.anna | self.bob)
                    alone = self.post(self.bob)
                self.received("anna@example.com")
                for posted in (message, alone):
                    notification = self.notification(posted, self.bob)
                    self.assertEqual(notification.notification_status, "exception")
                notification = self.notification(message, self.anna)
                self.assertEqual(notification.notification_status, "sent")

    def test_a_mail_is_cancelled_deleted_and_queued_again_while_tracking_is_broken(self):
        steps = {
            "cancel": ("_cancel_waiting", "cancel"),
            "mark_outgoing": ("_set_cancelled", "outgoing"),
            "unlink": ("_cancel_waiting", None),
        }
        for breaking in (self.break_method, self.break_database):
            mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
            for step, (method, state) in steps.items():
                with self.subTest(step):
                    if step == "mark_outgoing":
                        self.rows(mail.mail_message_id).is_cancelled = True
                    self.env.flush_all()
                    with (
                        breaking("mail.tracking.email", method),
                        self.assertLogs(GUARD, "ERROR"),
                        self.assertLogs() if breaking == self.break_database else self.smtp(),
                    ):
                        getattr(mail, step)()
                    self.env.flush_all()
                    self.assertEqual(mail.exists().state or None, state)

    def test_where_no_mail_has_left_a_busy_database_lets_odoo_try_again(self):
        mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        self.env.flush_all()
        steps = {
            "cancel": "_cancel_waiting",
            "mark_outgoing": "_set_cancelled",
            "unlink": "_cancel_waiting",
        }
        for step, method in steps.items():
            for error in (SerializationFailure, LockNotAvailable):
                with (
                    self.subTest(step, error=error),
                    patch.object(self.registry["mail.tracking.email"], method, side_effect=error),
                    self.assertRaises(error),
                ):
                    getattr(mail, step)()

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mistake_of_somebody_else_is_not_swallowed(self):
        with self.assertRaises(ValidationError), self.break_create():
            self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)])
        with self.assertRaises(MemoryError), self.smtp(), self.break_server():
            mail.send()

    def break_create(self):
        error = ValidationError("not like this")
        return patch.object(self.registry["mail.message"], "create", side_effect=error)

    def break_server(self):
        return patch.object(IrMail_Server, "send_email", side_effect=MemoryError("full"))
