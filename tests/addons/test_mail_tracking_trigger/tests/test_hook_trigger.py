"""``_get_triggers``: another addon adds what a rule can wait for."""

from odoo.addons.mail_tracking.tests.support.rule_common import RuleCommon


class TestHookTrigger(RuleCommon):
    def test_an_event(self):
        rule = self.rule("unsubscribed")
        row, other = self.sent(), self.sent()
        row.event_create("unsub", {})
        other.event_create("delivered", {})
        self.process_pending()
        self.assertEqual(self.ran(rule), row)
        self.assertEqual(self.activities(rule).summary, "Unsubscribed")

    def test_a_wait(self):
        rule = self.rule("silent", days=3)
        row, other = self.sent(), self.sent()
        other.event_create("delivered", {})
        self.days_pass(rule, row, other)
        self.assertEqual(self.ran(rule), row)
