from odoo import models

from ..guard import tracking_guard, tracking_savepoint


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_post_after_hook(self, message, msg_values):
        """Override of ``mail``: a customer's comment in the portal answers the last email."""
        res = super()._message_post_after_hook(message, msg_values)
        if message.message_type == "comment" and not self.env.user._is_internal():
            guard = tracking_guard("noting an answer", "the comment is posted")
            with guard, tracking_savepoint(self.env):
                # sudo: mail.tracking.email - customers may not read it
                self.env["mail.tracking.email"].sudo()._apply_comment(message.sudo())
        return res
