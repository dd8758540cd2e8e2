from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mail_tracking_skip_dead = fields.Boolean(
        related="company_id.mail_tracking_skip_dead", readonly=False
    )
