from odoo import api, models

from ..reminders.mail_message import REMINDER
from .mail_message import FIELD


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        """Override of ``mail`` to keep what is wished until the message is posted."""
        return super()._notification_parameters_whitelist() | {FIELD, REMINDER}
