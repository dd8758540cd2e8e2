from odoo import api, fields, models

from .mail_message import FIELD


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    mail_tracking_read_receipt = fields.Boolean(
        "Ask for a read receipt",
        compute="_compute_mail_tracking_read_receipt",
        store=True,
        readonly=False,
        compute_sudo=False,
        help="The recipient's mail program asks them whether to send one. It comes back to the "
        "bounce address and counts as an open; without an alias domain it goes to the sender.",
    )

    @api.depends("template_id")
    def _compute_mail_tracking_read_receipt(self):
        for composer in self:
            composer.mail_tracking_read_receipt = composer.template_id.mail_tracking_read_receipt

    def _prepare_mail_values_static(self):
        """Override of ``mail`` to hand on to message or mail what is wished."""
        values = super()._prepare_mail_values_static()
        if self.mail_tracking_read_receipt:
            values[FIELD] = True
        return {**values, **self._prepare_reminder_values()}

    def create_mail_template(self):
        """Override of ``mail``: what is ticked is part of the template, and stays ticked."""
        is_asked = self.mail_tracking_read_receipt
        action = super().create_mail_template()
        self.template_id.mail_tracking_read_receipt = is_asked
        self.mail_tracking_read_receipt = is_asked
        return action
