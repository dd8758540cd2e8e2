from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Override of ``mail``: who writes on a record answers its emails, or deals with them."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        # sudo: mail.tracking.reminder - of anybody, about this record
        self.env["mail.tracking.reminder"].sudo()._serve_posted(message.sudo())
        return recipients
