from odoo import fields, models

from .mail_template import USED_TEMPLATE


class MailMessageSchedule(models.Model):
    """A message whose mails are made later: their trackings remember the template as well."""

    _inherit = "mail.message.schedule"

    mail_tracking_template_id = fields.Many2one(
        "mail.template",
        index="btree_not_null",
        ondelete="set null",
        default=lambda self: self.env["mail.template"]._tracking_get_used_id(),
        help="The template that the message was made from.",
    )

    def _send_notifications(self, default_notify_kwargs=None):
        """Override of ``mail`` to say which template was used."""
        for template, schedules in self.grouped("mail_tracking_template_id").items():
            schedules = schedules.with_context(**{USED_TEMPLATE: template.id})
            super(MailMessageSchedule, schedules)._send_notifications(
                default_notify_kwargs=default_notify_kwargs
            )
        return True
