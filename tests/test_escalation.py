"""Failures that nobody reviewed become an activity, one a day."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.models.rules import mail_tracking_escalation as escalation

from .support.rule_common import RuleCommon

GUARD = "odoo.addons.mail_tracking.models.guard"


@tagged("post_install", "-at_install")
class TestEscalation(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = new_test_user(cls.env, "late_sales", groups="base.group_user")
        cls.Escalation = cls.env["mail.tracking.escalation"].sudo()
        cls.env["mail.tracking.email"].search([("needs_action", "=", True)]).needs_action = False
        cls.company = cls.env.company
        cls.company.mail_tracking_escalation_hours = 24

    def failures(self, count, user=None, hours=30, **values):
        records = self.records(count)
        records.user_id = user
        rows = self.trackings_of(records, company_id=self.company.id, **values)
        self.let_fail(rows)
        rows.state_time = fields.Datetime.now() - timedelta(hours=hours)
        self.env.flush_all()
        return rows

    def run_cron(self):
        self.Escalation._run()
        self.env.flush_all()
        self.env.invalidate_all()

    def activities(self, user):
        known = self.Escalation.search([("user_id", "=", user.id)])
        activities = self.env["mail.activity"].search([("user_id", "=", user.id)])
        return activities & known.activity_id if known else activities.browse()

    def test_one_activity_for_the_responsible(self):
        self.failures(3, self.salesperson, name="Offer")
        self.run_cron()
        activity = self.activities(self.salesperson)
        self.assertEqual(activity.summary, "Failed emails that nobody reviewed: 3")
        self.assertFalse(activity.res_model)
        self.assertEqual(activity.note.count("/mail/view?model=res.partner"), 3)
        self.assertIn("/odoo/discuss?active_id=mail.box_failed", activity.note)
        self.assertFalse(self.activities(self.user_admin), "somebody is responsible")

    def test_off_by_default_and_not_before_the_time(self):
        self.assertEqual(
            self.env["res.company"].create({"name": "New"}).mail_tracking_escalation_hours, 0
        )
        self.failures(1, self.salesperson, hours=23)
        self.run_cron()
        self.assertFalse(self.activities(self.salesperson))
        self.company.mail_tracking_escalation_hours = 0
        self.failures(1, self.salesperson)
        self.run_cron()
        self.assertFalse(self.activities(self.salesperson))
        self.company.mail_tracking_escalation_hours = 22
        self.run_cron()
        self.assertIn("2", self.activities(self.salesperson).summary)

    def test_postmasters_where_nobody_is_responsible(self):
        self.failures(2)
        self.run_cron()
        self.assertIn("2", self.activities(self.user_admin).summary)
        self.assertFalse(self.activities(self.salesperson))

    def test_failures_of_no_company_are_not_forgotten(self):
        self.failures(1, self.salesperson).company_id = False
        self.run_cron()
        self.assertTrue(self.activities(self.salesperson))

    def test_once_a_day(self):
        self.failures(1, self.salesperson)
        self.run_cron()
        first = self.activities(self.salesperson)
        self.failures(1, self.salesperson)
        self.run_cron()
        self.assertEqual(self.activities(self.salesperson), first)
        self.assertIn("1", first.summary)
        first.action_feedback()
        self.run_cron()
        mine = [("user_id", "=", self.salesperson.id)]
        self.assertFalse(self.env["mail.activity"].search(mine))
        self.Escalation.search(mine).time -= timedelta(days=1, hours=1)
        self.run_cron()
        second = self.env["mail.activity"].search(mine)
        self.assertIn("2", second.summary)
        self.Escalation.search(mine).time -= timedelta(days=1, hours=1)
        self.run_cron()
        third = self.env["mail.activity"].search(mine)
        self.assertEqual(len(third), 1, "instead of the one that was still open")
        self.assertNotEqual(third, second)

    def test_it_goes_once_all_is_reviewed(self):
        rows = self.failures(2, self.salesperson)
        self.run_cron()
        rows[0]._review()
        self.run_cron()
        self.assertTrue(self.activities(self.salesperson))
        rows[1]._review()
        self.run_cron()
        self.assertFalse(self.activities(self.salesperson))
        self.assertTrue(self.Escalation.search([("user_id", "=", self.salesperson.id)]))

    def test_it_stays_while_not_all_failures_were_looked_at(self):
        self.failures(1, self.salesperson, hours=26)
        self.run_cron()
        self.failures(2, self.user_admin, hours=50)
        with patch.object(escalation, "MAX_FAILURES", 2):
            self.run_cron()
        self.assertTrue(self.activities(self.salesperson))

    def test_records_without_a_responsible_or_without_a_record(self):
        rows = self.failures(2, self.salesperson)
        rows[0].write({"model": "mail.tracking.nothing"})
        rows[1].res_id = 2**31 - 1
        self.run_cron()
        self.assertFalse(self.activities(self.salesperson))
        self.assertIn("2", self.activities(self.user_admin).summary)

    def test_one_that_cannot_be_made_costs_no_other(self):
        other = new_test_user(self.env, "other_sales", groups="base.group_user")
        self.failures(1, self.salesperson)
        self.failures(1, other)
        create = type(self.env["mail.activity"]).create

        def fail(model, vals_list):
            if any(vals.get("user_id") == self.salesperson.id for vals in vals_list):
                raise ValueError("a mistake")
            return create(model, vals_list)

        with patch.object(type(self.env["mail.activity"]), "create", fail), mute_logger(GUARD):
            self.run_cron()
        self.assertFalse(self.activities(self.salesperson))
        self.assertEqual(len(self.activities(other)), 1)
        self.run_cron()
        self.assertEqual(len(self.activities(self.salesperson)), 1, "the next time")

    def test_as_many_queries_for_one_as_for_eighty(self):
        counts = []
        for count in (1, 80):
            self.failures(count, self.salesperson)
            self.env["mail.activity"].search([("user_id", "=", self.salesperson.id)]).unlink()
            self.Escalation.search([]).unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.run_cron()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)

    def test_hours_are_bounded(self):
        for hours in (-1, 100_000):
            with self.assertRaises(ValidationError):
                self.company.mail_tracking_escalation_hours = hours
