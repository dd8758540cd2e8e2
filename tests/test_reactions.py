"""Reminders, rules and dead addresses together, and where something goes wrong."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import LockError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.reminder_common import ReminderCommon
from .support.rule_common import RuleCommon

GUARD = "odoo.addons.mail_tracking.models.guard"


@tagged("post_install", "-at_install")
class TestReactions(RuleCommon, ReminderCommon):
    def break_rule(self, broken, error):
        """Let a rule fail with an error, and no other."""
        cls = type(self.env["mail.tracking.rule"])
        act = cls._act

        def fail(rule, trackings):
            if rule == broken:
                raise error
            return act(rule, trackings)

        return patch.object(cls, "_act", fail)

    # ------------------------------------------------------------
    # REMINDERS
    # ------------------------------------------------------------

    def test_nobody_is_told_that_what_cannot_be_known_was_not_opened(self):
        """It was chosen while the email was written, and nobody knew how it would be sent."""
        for values in ({"open_mode": "off"}, {"open_mode": "count"}, {"opens_refused": True}):
            with self.subTest(values):
                message = self.post(self.anna)
                reminder = self.remind(message, "not_opened")
                self.row(message, self.anna).write(values)
                self.expire(reminder)
                self.process_due()
                self.assertEqual(reminder.activity_id.summary, "Not answered: Offer")

    def test_what_a_program_wrote_is_no_colleague(self):
        message = self.post(self.anna)
        reminder = self.remind(message)
        with self.smtp():
            self.record.with_user(self.env.ref("base.user_root")).message_post(
                body="Pay now",
                partner_ids=self.anna.ids,
                message_type="auto_comment",
                author_id=self.env.ref("base.partner_root").id,
                subtype_xmlid="mail.mt_comment",
            )
        self.expire(reminder)
        self.process_due()
        self.assertEqual(reminder.state, "reminded")

    def test_not_sent_to_a_dead_address(self):
        """Nobody needs to be reminded of an email that was not sent: the failure is shown."""
        self.env.company.mail_tracking_skip_dead = True
        proof = self.env["mail.tracking.email"].create([{"recipient": self.anna.email}])
        proof.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.record.message_subscribe(self.anna.ids)
        with self.smtp():
            message = self.record.with_user(self.user_employee).message_post(
                body="Offer",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                mail_tracking_reminder={"kind": "not_answered", "days": 3},
            )
        row = self.row(message, self.anna)
        self.assertEqual((row.error_type, row.is_watched), ("address_dead", True))
        self.process_pending()
        self.assertEqual(self.reminder(message).state, "failed")

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def test_an_email_that_is_delayed_is_not_answered_as_in_the_filter(self):
        rule, row = self.rule("not_answered", days=3), self.sent()
        row.event_create("deferral", {"error_type": "mailbox_full"})
        self.days_pass(rule, row)
        self.assertEqual((row.state, self.ran(rule)), ("deferred", row))
        self.assertTrue(self.record.mail_tracking_not_answered)

    def test_a_rule_that_is_in_the_way_of_another_process_stops_no_other(self):
        for error in (SerializationFailure("busy"), LockError("busy")):
            with self.subTest(error):
                first = self.rule("not_answered", days=3, sequence=1)
                second = self.rule("not_answered", days=3, sequence=2)
                row = self.sent()
                second.checked_until -= 5 * 86400
                with self.break_rule(first, error), mute_logger(GUARD):
                    self.days_pass(first, row)
                self.assertIn(row, self.ran(second))
                self.assertFalse(self.ran(first))
                (first | second).unlink()

    def test_an_action_that_finds_its_record_locked_costs_nobody_else_anything(self):
        message = self.post(self.anna)
        reminder = self.remind(message)
        bad, good = self.rule("answered", sequence=1), self.rule("answered", sequence=2)
        with self.break_rule(bad, LockError("busy")), mute_logger(GUARD):
            self.answer(message, self.anna)
        self.assertEqual(reminder.state, "answered")
        self.assertEqual(self.ran(good), self.row(message, self.anna))
        self.assertIn("busy", bad.last_error)

    def test_old_events_wait_for_who_is_busy(self):
        """The cron was off for days, and now somebody changes the rule at the same moment."""
        rule, row = self.rule("answered"), self.sent()
        row.event_create("reply", {})
        event = row.tracking_event_ids.filtered("is_awaited")
        self.env.cr.execute(
            "UPDATE mail_tracking_event SET create_date = create_date - interval '3 days'"
            " WHERE id = %s",
            [event.id],
        )
        self.env.invalidate_all()
        with patch.object(type(rule), "_run_on_events", side_effect=LockError("busy")):
            self.process_pending()
        self.assertFalse(self.ran(rule))
        self.process_pending()
        self.assertEqual(self.ran(rule), row)

    def test_a_mail_that_a_rule_sends_to_a_dead_address_starts_no_rule_of_its_kind(self):
        self.env.company.mail_tracking_skip_dead = True
        action = self.code(
            f"record.message_post(body='Hello?', partner_ids=[{self.anna.id}], "
            "message_type='auto_comment', subtype_xmlid='mail.mt_comment')"
        )
        rule = self.rule("failed", server_action_id=action.id)
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.process_pending()
        with self.smtp():
            self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        for _turn in range(3):
            self.process_pending()
        self.assertEqual(self.ran(rule), row)
        again = self.env["mail.tracking.email"].search([("rule_triggers", "!=", False)])
        self.assertEqual(again.mapped("error_type"), ["address_dead"])

    def test_what_is_broken_about_rules_costs_no_event(self):
        rules = type(self.env["mail.tracking.rule"])
        with patch.object(rules, "_is_awaited", side_effect=ValueError("broken")):
            with mute_logger(GUARD):
                row = self.row(self.post(self.anna), self.anna)
                row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.assertEqual(row.state, "bounced")
        self.assertEqual(len(row.tracking_event_ids), 2)

    def test_erasure_takes_what_was_noted_for_rules(self):
        rule, row = self.rule("delivered"), self.row(self.post(self.anna), self.anna)
        reminder = self.remind(row.mail_message_id)
        row.event_create("delivered", {})
        self.process_pending()
        self.assertEqual(self.ran(rule), row)
        self.env["mail.tracking.erasure"].sudo()._start([self.anna.email], self.anna)
        self.assertFalse(row.exists())
        self.assertFalse(self.ran(rule))
        self.expire(reminder)
        self.process_due()
        self.assertEqual(reminder.activity_id.summary, "Follow up: Offer")
        self.assertNotIn("Anna", reminder.activity_id.note)
