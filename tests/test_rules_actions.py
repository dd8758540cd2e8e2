"""Email rules: what they do, and for whom."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from odoo.addons.mail_tracking.models.rules import mail_tracking_rule_actions as actions

from .support.rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestRulesActions(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = new_test_user(cls.env, "rule_sales", groups="base.group_user")

    def run_for(self, rule, record=None):
        """Let one email about a record fail; returns the activity."""
        rows = self.trackings_of(record or self.record, author_id=self.author.id)
        self.let_fail(rows)
        self.process_pending()
        return rule.run_ids[-1:].activity_id

    # ------------------------------------------------------------
    # WHO
    # ------------------------------------------------------------

    def test_activity_for_each_kind_of_user(self):
        self.record.user_id = self.salesperson
        self.record.parent_id = self.env["res.partner"].create(
            {"name": "Parent", "user_id": self.user_admin.id}
        )
        for values, user in (
            ({"activity_for": "author"}, self.user_employee),
            ({"activity_for": "responsible"}, self.salesperson),
            ({"activity_for": "field", "activity_field": "parent_id.user_id"}, self.user_admin),
            ({"activity_for": "user", "activity_user_id": self.salesperson.id}, self.salesperson),
        ):
            with self.subTest(values=values):
                activity = self.run_for(self.rule(**values))
                self.assertEqual(activity.user_id, user)
                self.assertEqual(activity.res_id, self.record.id)

    def test_where_there_is_nobody_the_owner_gets_it(self):
        values = {"activity_for": "responsible", "owner_id": self.user_admin.id}
        rule = self.rule(**values)
        self.assertEqual(self.run_for(rule).user_id, self.user_admin)
        self.record.user_id = self.salesperson
        self.salesperson.active = False
        self.assertEqual(self.run_for(self.rule(**values)).user_id, self.user_admin)

    def test_without_an_owner_an_administrator_gets_it(self):
        rule = self.rule(activity_for="responsible", owner_id=self.salesperson.id)
        self.salesperson.active = False
        user = self.run_for(rule).user_id
        self.assertTrue(user.active and user.has_group("base.group_system"))

    def test_what_the_activity_says(self):
        rule = self.rule(activity_summary="Call <them>", activity_days=3)
        activity = self.run_for(rule)
        self.assertEqual(activity.summary, "Call <them>")
        today = fields.Date.context_today(rule.with_context(tz=activity.user_id.tz))
        self.assertEqual(activity.date_deadline, today + timedelta(days=3))
        self.assertEqual(activity.activity_type_id, self.todo)
        self.assertTrue(activity.automated)

    def test_hostile_subjects_are_text(self):
        rule = self.rule(has_note=True, activity_type_id=self.todo.id)
        rows = self.trackings_of(self.records(8), name="<img src=x onerror=alert(1)>")
        self.let_fail(rows)
        self.process_pending()
        for activity in rule.run_ids.activity_id:
            self.assertNotIn("<img", activity.note)
            self.assertIn("&lt;img", activity.note)
        for record in self.env["res.partner"].browse(rows.mapped("res_id")):
            self.assertNotIn("<img", record.message_ids.sorted("id")[-1:].body)

    def test_what_comes_from_outside_is_bounded(self):
        rule = self.rule()
        data = {"error_type": "network", "error_description": "x" * 20_000}
        for rows in (self.trackings_of(self.record), self.trackings_of(self.records(30))):
            rows.name = "y" * 1_000
            rows._log_events([(row, "error", data) for row in rows])
            self.process_pending()
        self.assertEqual(len(rule.run_ids.activity_id), 2)
        for activity in rule.run_ids.activity_id:
            self.assertIn("y" * actions.MAX_WORD, activity.note)
            self.assertLess(len(activity.note), (actions.MAX_NAMED + 1) * 4 * actions.MAX_WORD)

    def test_no_email_is_sent_about_an_activity(self):
        rule = self.rule()
        with self.smtp():
            self.assertTrue(self.run_for(rule))
        self.assertFalse(self.handler.envelopes)

    # ------------------------------------------------------------
    # THE OTHERS
    # ------------------------------------------------------------

    def test_note(self):
        self.rule(has_note=True, note="Ask for another address.")
        rows = self.trackings_of(self.record, name="Offer")
        self.let_fail(rows)
        self.process_pending()
        note = self.record.message_ids.sorted("id")[-1:]
        for words in ("Email failed", "Offer", "Acme Tracked", "Ask for another address."):
            self.assertIn(words, note.body)
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(note.notification_ids)

    def test_notified_users(self):
        users = self.salesperson | self.user_admin
        users.notification_type = "inbox"
        rule = self.rule(notify_user_ids=[Command.set(users.ids)])
        self.run_for(rule)
        for user in users:
            last = self.env["mail.notification"].search(
                [("res_partner_id", "=", user.partner_id.id)], order="id desc", limit=1
            )
            message = last.mail_message_id
            self.assertEqual((message.model, message.res_id), ("res.partner", self.record.id))
            self.assertIn("Email failed", message.body)

    def test_server_action_knows_record_and_email(self):
        action = self.code(
            "email = env['mail.tracking.email'].browse(env.context['mail_tracking_email_id'])\n"
            "record.write({'comment': email.state + ' ' + env.context['mail_tracking_trigger']})"
        )
        self.rule(server_action_id=action.id)
        self.let_fail(self.trackings_of(self.record))
        self.process_pending()
        self.assertIn("error failed", str(self.record.comment))

    def test_words_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        rule = self.rule()
        rule.with_context(lang="nl_NL").activity_summary = "Bel ze"
        rule.with_context(lang="en_US").activity_summary = "Call them"
        self.user_employee.lang = "nl_NL"
        self.assertEqual(self.run_for(rule).summary, "Bel ze")

    # ------------------------------------------------------------
    # AN OUTAGE
    # ------------------------------------------------------------

    def test_an_outage_is_one_activity_for_each_responsible(self):
        records = self.records(30)
        records[:20].user_id = self.salesperson
        records[20:].user_id = self.user_admin
        rule = self.rule(activity_for="responsible")
        rows = self.trackings_of(records, name="Offer")
        self.let_fail(rows)
        self.patch_batch(7)  # in many batches
        self.process_pending()
        self.assertEqual(self.ran(rule), rows)
        for user, count in ((self.salesperson, 20), (self.user_admin, 10)):
            own = rule.run_ids.filtered(lambda run, user=user: run.user_id == user)
            self.assertEqual(len(own), count)
            [summary] = own.filtered("is_summary").activity_id
            # those of the first batch had one each, if they were few
            singles = own.filtered(lambda run: not run.is_summary)
            self.assertLessEqual(len(singles), actions.MAX_SINGLE)
            self.assertFalse(summary.res_model or summary.res_id)
            self.assertIn(str(count - len(singles)), summary.summary)
            self.assertIn("/mail/view?model=res.partner&amp;res_id=", summary.note)
            listed = self.env["mail.tracking.email"].search(
                [("rule_activity_id", "=", summary.id)], order="id"
            )
            self.assertEqual(listed, own.filtered("is_summary").tracking_email_id.sorted("id"))

    def patch_batch(self, size):
        self.patch(
            __import__(
                "odoo.addons.mail_tracking.models.state.mail_tracking_email", fromlist=["BATCH"]
            ),
            "BATCH",
            size,
        )

    def test_a_summary_names_some_and_counts_all(self):
        rule = self.rule()
        rows = self.trackings_of(self.records(actions.MAX_NAMED + 10), name="Offer")
        self.let_fail(rows)
        self.process_pending()
        [summary] = rule.run_ids.activity_id
        self.assertEqual(summary.summary, "Email failed (emails: 30)")
        self.assertEqual(summary.note.count("<li>"), actions.MAX_NAMED)
        self.let_fail(self.trackings_of(self.anna))
        self.process_pending()
        self.assertEqual(rule.run_ids.activity_id, summary)
        self.assertEqual(summary.summary, "Email failed (emails: 31)")

    def test_other_reasons_are_not_of_the_outage(self):
        rule = self.rule()
        self.let_fail(self.trackings_of(self.records(8)))
        self.process_pending()
        [summary] = rule.run_ids.activity_id
        full = self.trackings_of(self.anna)
        self.let_fail(full, error_type="mailbox_full")
        self.process_pending()
        other = rule.run_ids.filtered(lambda run: run.tracking_email_id == full).activity_id
        self.assertEqual(len(other), 1)
        self.assertNotEqual(other, summary)
        self.assertEqual(other.res_id, self.anna.id)

    def test_what_comes_after_the_activity_is_done_gets_another_one(self):
        rule = self.rule()
        self.let_fail(self.trackings_of(self.records(8)))
        self.process_pending()
        [summary] = rule.run_ids.activity_id
        summary.action_feedback()
        self.let_fail(self.trackings_of(self.anna))
        self.process_pending()
        [later] = rule.run_ids.filtered(
            lambda r: r.tracking_email_id.partner_id == self.anna
        ).activity_id
        self.assertNotEqual(later, summary)
        self.assertTrue(later.active)

    def test_an_outage_notifies_once_an_hour(self):
        self.salesperson.notification_type = "inbox"
        rule = self.rule(notify_user_ids=[Command.set(self.salesperson.ids)])
        mine = [("res_partner_id", "=", self.salesperson.partner_id.id)]
        for _turn in range(3):
            self.let_fail(self.trackings_of(self.records(8)))
            self.process_pending()
        self.assertEqual(len(self.ran(rule)), 24)
        told = self.env["mail.notification"].search(mine).mail_message_id
        self.assertEqual(len(told), 1)
        self.assertIn("Email failed (emails: 8)", told.body)
