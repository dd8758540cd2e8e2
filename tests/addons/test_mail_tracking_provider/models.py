from odoo import api, fields, models

from .pigeon import Pigeon


class MailTrackingWebhook(models.Model):
    _inherit = "mail.tracking.webhook"

    pigeon_loft = fields.Char()

    @api.model
    def _get_provider_classes(self):
        return {**super()._get_provider_classes(), Pigeon.code: Pigeon}


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    event_type = fields.Selection(
        selection_add=[("resting", "Resting")], ondelete={"resting": "cascade"}
    )

    def process_resting(self, tracking_email, metadata):
        return self._process_data(tracking_email, metadata, "resting", "")
