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

    def test_a_new_event(self):
        """The scheduled action runs them, once for each event, whatever is noted on it."""
        triggers = ("on_create", "on_create_or_write")
        rules = [self.automation("mail.tracking.event", trigger) for trigger in triggers]
        self.assertFalse(any(rule.model_id.is_mail_thread for rule in rules))
        row = self.row(self.post(self.anna), self.anna)
        event = row.event_create("delivered", {})
        event._set_pending()  # as while somebody is writing the tracking
        self.assertTrue(event.is_awaited)
        self.assertEqual(self.ran_for(event), 0)
        for _turn in range(2):
            self.process_pending()
            self.assertEqual(self.ran_for(event), len(rules))
        self.assertFalse(event.is_awaited or event.is_pending)
        self.assertEqual(self.ran_for(row.tracking_event_ids), 2 * len(rules))  # *sent*, too

    def test_a_new_event_of_a_kind(self):
        rule = self.automation(
            "mail.tracking.event",
            "on_create_or_write",
            "error_type",
            filter_domain="[('event_type', '=', 'hard_bounce'), ('source', '=', 'report')]",
        )
        row, other = self.sent(), self.sent()
        self.learn("webhook", other)
        self.learn("report", row)
        self.process_pending()
        bounce = row.tracking_event_ids.filtered(lambda event: event.event_type == "hard_bounce")
        self.assertEqual(self.ran_for(bounce), 1)
        self.assertEqual(self.ran_for((row | other).tracking_event_ids), 1)
        rule.active = False
        self.assertFalse(row.event_create("delivered", {}).is_awaited)

    def test_a_rule_of_another_model_waits_for_no_event(self):
        self.automation("mail.tracking.email", "on_create_or_write")
        self.assertFalse(self.sent().event_create("delivered", {}).is_awaited)

    def test_a_change_of_an_event_is_seen_at_once(self):
        self.automation("mail.tracking.event", "on_create_or_write", "user_agent")
        event = self.sent().event_create("open", {"user_agent": "Thunderbird"})
        self.process_pending()
        event.user_agent = False
        self.assertEqual(self.ran_for(event), 2)

    def test_an_event_that_makes_a_rule_fail_costs_no_other_event_and_no_other_rule(self):
        own = self.rule("delivered")
        bad, good = (self.automation("mail.tracking.event", "on_create") for _number in range(2))
        rows = [self.sent() for _number in range(3)]
        self.process_pending()
        events = [row.event_create("delivered", {}) for row in rows]
        bad.action_server_ids.code = (
            f"env['res.partner'].create([{{'name': 'Bad %s' % r.id}} for r in records])\n"
            f"if record.id == {events[1].id}: raise UserError('No')"
        )
        with self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR") as logs:
            self.process_pending()
        self.assertIn(f"{bad}; others go on", logs.output[-1])
        names = [f"Bad {event.id}" for event in (events[0], events[2])]
        found = self.env["res.partner"].search([("name", "=like", "Bad %")], order="id")
        self.assertEqual(found.mapped("name"), names)
        self.assertEqual([self.ran_for(event) for event in events], [1, 1, 1])
        self.assertEqual(self.ran(own), rows[0] | rows[1] | rows[2])
        self.assertFalse(any(event.is_awaited for event in events))
        self.process_pending()  # nor is it tried again
        self.assertEqual(self.ran_for(events[0]), 1)

    def test_what_a_rule_sends_does_not_start_it_again_but_others(self):
        sent = {"filter_domain": "[('event_type', '=', 'sent')]"}
        rule = self.automation("mail.tracking.event", "on_create", **sent)
        self.automation("mail.tracking.event", "on_create", **sent)
        rule.action_server_ids.code = (
            f"env['res.partner'].browse({self.anna.id}).message_post(body='Hello?', partner_ids="
            f"[{self.anna.id}], message_type='auto_comment', subtype_xmlid='mail.mt_comment')"
        )
        row = self.sent()
        for _turn in range(3):
            self.process_pending()
            with self.smtp():
                self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        mails = self.env["mail.tracking.email"].search(
            [("partner_id", "=", self.anna.id), ("rule_triggers", "!=", False)]
        )
        self.assertEqual(mails.mapped("rule_triggers"), [f"automation-{rule.id}"])
        self.assertEqual(self.events(mails), ["sent"])
        for sent in (row, mails):
            self.assertEqual(self.ran_for(sent.tracking_event_ids), 1)

    def test_many_events_cost_as_many_queries_as_few(self):
        code = "env['ir.config_parameter'].search([], limit=1)"
        rule = self.automation("mail.tracking.event", "on_create")
        rule.action_server_ids.code = code
        counts = []
        for number in (1, 40):
            rows = self.trackings_of(self.records(number))
            Tracking = self.env["mail.tracking.email"]
            events = Tracking._log_events([(row, "delivered", {}) for row in rows])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            events._run_automations()
            counts.append(self.env.cr.sql_log_count - before - number)  # the action's own
        self.assertEqual(*counts)
