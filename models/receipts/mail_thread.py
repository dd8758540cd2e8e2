from odoo import models

from .mail_message import FIELD


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _get_message_create_valid_field_names(self):
        """Override of ``mail``: who posts a message may ask for read receipts.

        And incoming mails that a machine wrote are marked, see ``message_route``.
        """
        names = super()._get_message_create_valid_field_names()
        return names | {FIELD, "mail_tracking_is_automatic"}
