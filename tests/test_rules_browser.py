"""A rule is made by clicking, and does what it says."""

from odoo.tests import tagged

from .support.common import PatientBrowser
from .support.rule_common import RuleCommon


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestRulesBrowser(PatientBrowser, RuleCommon):
    def test_a_rule_is_made_by_clicking_and_its_activity_is_seen(self):
        self.start_tour(
            "/odoo/action-mail_tracking.action_mail_tracking_rule",
            "mail_tracking_rule_made",
            login="admin",
        )
        rule = self.env["mail.tracking.rule"].search([("name", "=", "Call who did not get it")])
        self.assertEqual((rule.trigger, rule.model_name), ("failed", "res.partner"))
        self.assertEqual(rule.activity_type_id.name, "Call")
        self.assertFalse(rule.run_ids, "trying it changes nothing")
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.7.1 Rejected by policy"
        self.post(self.anna)
        self.process_pending()
        self.start_tour(
            f"/odoo/res.partner/{self.record.id}", "mail_tracking_rule_seen", login="employee"
        )
