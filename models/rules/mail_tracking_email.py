from odoo import api, fields, models
from odoo.fields import Domain

#: Context: which kinds of rules are running, as in ``rule_triggers``.
RULE_TRIGGERS = "mail_tracking_rule_triggers"
MAX_TRIGGERS = 200


class MailTrackingEmail(models.Model):
    """Which rules an email was sent by, and which ran for it."""

    _inherit = "mail.tracking.email"

    rule_triggers = fields.Char(
        "Sent by rules",
        readonly=True,
        copy=False,
        default=lambda self: self._get_rule_triggers(),
        help="The kinds of rules that led to this email. It starts no rule of the same kind.",
    )
    rule_run_ids = fields.One2many(
        "mail.tracking.rule.run",
        "tracking_email_id",
        "Rules",
        readonly=True,
        groups="base.group_system",
        help="The rules that ran for this email.",
    )
    rule_activity_id = fields.Integer(
        "Activity of a rule",
        compute="_compute_rule_activity_id",
        search="_search_rule_activity_id",
        help="ID of the activity that a rule scheduled because of this email.",
    )

    @api.model
    def _get_rule_triggers(self):
        """What the rules that are running write on emails; from the context, of anybody."""
        triggers = self.env.context.get(RULE_TRIGGERS)
        return isinstance(triggers, str) and triggers[:MAX_TRIGGERS]

    def _is_sent_by_rule(self, trigger):
        """Whether a rule of this kind led to this email."""
        return trigger in (self.rule_triggers or "").split()

    def _get_message_key(self):
        """What tells the message of this email from others, also once it is deleted."""
        if self.mail_message_id:
            return f"message:{self.mail_message_id.id}"
        return f"mail:{self.mail_id_int}" if self.mail_id_int else f"tracking:{self.id}"

    @api.depends("rule_run_ids.activity_id")
    @api.depends_context("uid")
    def _compute_rule_activity_id(self):
        # sudo: mail.tracking.rule.run - for those who may read the email
        runs = self.env["mail.tracking.rule.run"].sudo()
        runs = runs.search([("tracking_email_id", "in", self.ids), ("activity_id", "!=", False)])
        activities = {run.tracking_email_id.id: run.activity_id.id for run in runs}
        for tracking in self:
            tracking.rule_activity_id = activities.get(tracking.id, 0)

    @api.model
    def _search_rule_activity_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: mail.tracking.rule.run - of emails that the user may read
        runs = self.env["mail.tracking.rule.run"].sudo()
        found = runs._search([("activity_id", "in", [each for each in value if each])])
        return Domain("id", "in", found.subselect("tracking_email_id"))
