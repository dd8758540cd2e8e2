from odoo import api, fields, models

from .acme import Acme


class MailTrackingWebhook(models.Model):
    _inherit = "mail.tracking.webhook"

    x_acme_region = fields.Char("Region")

    @api.model
    def _get_provider_classes(self):
        return {**super()._get_provider_classes(), Acme.code: Acme}
