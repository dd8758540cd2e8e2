from odoo import models

from ..reminders.mail_message import REMINDER
from .mail_message import FIELD


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _get_message_create_valid_field_names(self):
        """Override of ``mail``: who posts a message may ask for receipts, and for a reminder.

        And incoming mails that a machine wrote are marked, see ``message_route``.
        """
        names = super()._get_message_create_valid_field_names()
        return names | {FIELD, REMINDER, "mail_tracking_is_automatic"}
