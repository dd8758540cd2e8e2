from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mail_tracking_escalation_hours = fields.Integer(
        related="company_id.mail_tracking_escalation_hours", readonly=False
    )
