from odoo import api, models


class MailTrackingConsent(models.Model):
    """Where the page of answers is: a place holder until that page is here."""

    _inherit = "mail.tracking.consent"

    @api.model
    def _get_page_url(self, addresses):
        return f"{self.get_base_url()}/mail_tracking/privacy/"
