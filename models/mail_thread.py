from odoo import models

from .receipts.mail_message import FIELD
from .reminders.mail_message import REMINDER


class MailThread(models.AbstractModel):
    """What may be asked for with a message."""

    _inherit = "mail.thread"

    def _get_message_create_valid_field_names(self):
        """Override of ``mail``: who posts a message may ask for receipts, and for a reminder.

        And incoming mails that a machine wrote are marked, see ``message_route``.
        """
        names = super()._get_message_create_valid_field_names()
        return names | {FIELD, REMINDER, "mail_tracking_is_automatic"}

    def _get_allowed_message_params(self):
        """Override of ``mail``: who writes a message may choose a reminder with it."""
        return super()._get_allowed_message_params() | {REMINDER}
