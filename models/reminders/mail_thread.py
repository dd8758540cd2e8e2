from odoo import models

from .mail_message import REMINDER


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _get_allowed_message_params(self):
        """Override of ``mail``: who writes a message may choose a reminder with it."""
        return super()._get_allowed_message_params() | {REMINDER}
