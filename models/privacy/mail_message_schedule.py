from odoo import fields, models

from ..rules.mail_tracking_email import RULE_TRIGGERS
from .mail_template import USED_TEMPLATE


class MailMessageSchedule(models.Model):
    """A message whose mails are made later: their trackings remember what it came from as well."""

    _inherit = "mail.message.schedule"

    mail_tracking_template_id = fields.Many2one(
        "mail.template",
        index="btree_not_null",
        ondelete="set null",
        default=lambda self: self.env["mail.template"]._tracking_get_used_id(),
        help="The template that the message was made from.",
    )
    mail_tracking_rule_triggers = fields.Char(
        "Sent by rules",
        default=lambda self: self.env["mail.tracking.email"]._get_rule_triggers(),
        help="The kinds of rules that led to the message.",
    )

    def _send_notifications(self, default_notify_kwargs=None):
        """Override of ``mail`` to say which template was used, and which rules ran."""
        alike = self.grouped(
            lambda each: (each.mail_tracking_template_id.id, each.mail_tracking_rule_triggers)
        )
        for (template_id, triggers), schedules in alike.items():
            context = {USED_TEMPLATE: template_id, RULE_TRIGGERS: triggers}
            super(MailMessageSchedule, schedules.with_context(**context))._send_notifications(
                default_notify_kwargs=default_notify_kwargs
            )
        return True
