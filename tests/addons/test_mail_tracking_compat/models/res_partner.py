from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def email_bounced_set(self, tracking_emails, reason, event=None):
        self.env["hooks.call"].note("email_bounced_set", f"{self.mapped('email')} {bool(event)}")
        return super().email_bounced_set(tracking_emails, reason, event=event)
