"""Rules, and emails whose days go by."""

from unittest.mock import patch

from .hook_common import HookCommon


class RuleCommon(HookCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.todo = cls.env.ref("mail.mail_activity_data_todo")
        cls.partner_model = cls.env["ir.model"]._get("res.partner")
        cls.env["mail.tracking.rule"].search([("active", "in", (True, False))]).unlink()

    def rule(self, trigger="failed", **values):
        """A rule that schedules a to-do, unless it is to do something else."""
        values.setdefault("name", f"When {trigger}")
        values.setdefault("model_id", self.partner_model.id)
        if not {"has_note", "notify_user_ids", "server_action_id"} & set(values):
            values.setdefault("activity_type_id", self.todo.id)
        rule = self.env["mail.tracking.rule"].create({"trigger": trigger, **values})
        self.env.flush_all()
        return rule

    def ran(self, rule):
        """The trackings that a rule ran for."""
        self.env.invalidate_all()
        return rule.run_ids.sorted("id").tracking_email_id

    def activities(self, rule):
        self.env.invalidate_all()
        return rule.run_ids.activity_id.sorted("id")

    def days_pass(self, rule, *rows, days=4):
        """Let emails, and the rule, be so much older; then the scheduled action runs."""
        for row in rows:
            for event in row.tracking_event_ids:
                event.timestamp -= days * 86400
        rule.checked_until -= (days + 1) * 86400
        self.run_timed()

    def run_timed(self):
        self.env.flush_all()
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60):
            self.env["mail.tracking.rule"].sudo()._run_timed()
        self.env.invalidate_all()

    def code(self, code, model=None):
        return self.env["ir.actions.server"].create(
            {
                "name": "Some code",
                "model_id": (model or self.partner_model).id,
                "state": "code",
                "code": code,
            }
        )

    def records(self, count):
        return self.env["res.partner"].create(
            [{"name": f"R{n}", "email": f"r{n}@example.com"} for n in range(count)]
        )

    def trackings_of(self, records, **values):
        """Emails about these records, each of its own message, as if they had been sent."""
        messages = self.env["mail.message"].create(
            [
                {"model": record._name, "res_id": record.id, "author_id": self.author.id}
                for record in records
            ]
        )
        return self.env["mail.tracking.email"].create(
            [
                {
                    "mail_message_id": message.id,
                    "is_outside": record.partner_share,
                    "partner_id": record.id,
                    "recipient": record.email,
                    **values,
                }
                for message, record in zip(messages, records, strict=True)
            ]
        )

    def let_fail(self, trackings, error_type="network"):
        """Let emails fail; what follows happens a moment later."""
        data = {"error_type": error_type, "error_description": "451 4.4.1 No answer"}
        self.env["mail.tracking.email"]._log_events([(row, "error", data) for row in trackings])
        self.env.flush_all()
