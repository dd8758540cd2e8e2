from odoo import fields, models

from .ir_mail_server import TOKEN_HEADER


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    mail_tracking_webhook_id = fields.Many2one(
        "mail.tracking.webhook",
        "Webhook",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        help="Where the email service behind this server reports what became of the emails.",
    )
    mail_tracking_webhook_last_event = fields.Datetime(
        "Last webhook event",
        related="mail_tracking_webhook_id.last_event",
        help="When the email service last told something.",
    )

    def _tracking_headers_add(self, tracking_email_id, headers):
        """Override to have the service behind this server hand our token back."""
        headers = super()._tracking_headers_add(tracking_email_id, headers)
        batch = self.env.context.get("mail_tracking_batch")
        if batch and not batch.is_told_by_service:
            return headers
        # sudo: mail.tracking.webhook - senders may not read it, and learn nothing of it
        webhook = self.sudo().mail_tracking_webhook_id
        token = headers.get(TOKEN_HEADER)
        if token and len(webhook) == 1 and webhook.active:
            headers.update(webhook._get_provider().headers(token, headers))
        return headers
