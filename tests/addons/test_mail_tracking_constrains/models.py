from odoo import api, models
from odoo.exceptions import ValidationError


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    @api.constrains("name", "state")
    def _check_state(self):
        for row in self:
            if row.name == f"Never {row.state or 'waiting'} at {row.recipient_address}":
                raise ValidationError(row.name)
