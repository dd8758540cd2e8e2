from odoo import SUPERUSER_ID, api, models

from ..guard import run_in_halves
from .mail_tracking_email import RULE_TRIGGERS

SENT_BY = "tracking_email_id.rule_triggers"
#: Those that a new event can have.
CREATE_TRIGGERS = ("on_create", "on_create_or_write")


class MailTrackingEvent(models.Model):
    """The rules of ``base_automation`` on new events, where it is installed.

    They hang on ``create``, which is not called for events: see ``_log``.
    """

    _inherit = "mail.tracking.event"

    @api.model
    def _is_automated(self):
        """Whether there may be such rules: ``create`` is replaced for them; it costs no query."""
        return "base.automation" in self.env and hasattr(type(self).create, "origin")

    def _run_automations(self):
        """Run such rules, as ``create`` would have done; one that fails costs nothing else."""
        if not self._is_automated():
            return
        # as email rules: what an administrator wants holds for the events of everybody
        automations = self.env["base.automation"].with_user(SUPERUSER_ID)
        for automation in automations.search(
            [("model_name", "=", self._name), ("trigger", "in", CREATE_TRIGGERS)]
        ):
            self.with_env(automation.env)._run_automation(automation)

    def _run_automation(self, automation):
        """Run a rule on these events, but not on those of emails that it led to itself."""
        kind = f"automation-{automation.id}"
        events = self.filtered(lambda event: not event.tracking_email_id._is_sent_by_rule(kind))

        def run(events):
            kinds = {kind, *" ".join(filter(None, events.mapped(SENT_BY))).split()}
            context = {RULE_TRIGGERS: " ".join(sorted(kinds)), "old_values": None}
            rule = automation.with_context(**context, __action_done={})
            rule._process(rule._filter_post(events.with_env(rule.env)))

        run_in_halves(events, run, f"running {automation}")
