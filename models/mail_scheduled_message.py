from odoo import api, models

from .receipts.mail_message import FIELD
from .reminders.mail_message import REMINDER


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        """Override of ``mail`` to keep what is wished until the message is posted."""
        return super()._notification_parameters_whitelist() | {FIELD, REMINDER}
