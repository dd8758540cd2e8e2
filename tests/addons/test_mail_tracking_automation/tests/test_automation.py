"""Automation rules of Odoo on our models: which of their triggers work."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.mail_tracking.tests.support.rule_common import RuleCommon


@tagged("post_install", "-at_install")  # rules patch a registry that is ready
class TestAutomation(RuleCommon):
    def automation(self, model, trigger, field=None, **values):
        """An automation rule that writes the name of a new contact."""
        model_id = self.env["ir.model"]._get_id(model)
        code = "env['res.partner'].create([{'name': 'Automation %s' % r.id} for r in records])"
        values = {"name": trigger, "model_id": model_id, "trigger": trigger, **values}
        if field:
            field = self.env["ir.model.fields"]._get(model, field)
            values["trigger_field_ids"] = [Command.set(field.ids)]
        action = {"name": "Note", "model_id": model_id, "state": "code", "code": code}
        return self.env["base.automation"].create(
            {
                **values,
                "action_server_ids": [Command.create({**action, "usage": "base_automation"})],
            }
        )

    def ran_for(self, records):
        names = [f"Automation {record.id}" for record in records]
        return self.env["res.partner"].search_count([("name", "in", names)])

    def test_a_new_email(self):
        self.automation("mail.tracking.email", "on_create_or_write")
        message = self.post(self.anna)
        self.assertTrue(self.ran_for(self.row(message, self.anna)))

    def test_a_new_status(self):
        self.automation(
            "mail.tracking.email",
            "on_create_or_write",
            "state",
            filter_domain="[('state', '=', 'bounced')]",
            filter_pre_domain="[('state', '!=', 'bounced')]",
        )
        row, other = self.sent(), self.sent()
        self.learn("webhook", other)
        self.assertEqual(self.ran_for(row | other), 0)
        self.learn("report", row)
        self.assertEqual(self.ran_for(row), 1)
        self.assertEqual(self.ran_for(other), 0)

    def test_a_rule_that_fails_costs_no_email_and_no_event(self):
        domain = {"filter_domain": "[('state', '=', 'sent')]"}
        rule = self.automation("mail.tracking.email", "on_create_or_write", "state", **domain)
        rule.action_server_ids.code = "raise UserError('No')"
        with self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR"):
            row = self.row(self.post(self.anna), self.anna)
        self.assertIn(
            "anna@example.com", [to for _from, tos, _mail in self.handler.envelopes for to in tos]
        )
        self.assertEqual(self.events(row), ["sent"])
        rule.active = False
        self.process_pending()
        self.assertEqual(row.state, "sent")

    def test_a_new_event_starts_none(self):
        """Events are appended by one statement: only what the record writes later is seen."""
        self.automation("mail.tracking.event", "on_create_or_write")
        row = self.sent()
        row.event_create("delivered", {})
        events = row.tracking_event_ids.filtered(lambda event: event.event_type == "delivered")
        self.assertEqual(self.ran_for(events), 0)
