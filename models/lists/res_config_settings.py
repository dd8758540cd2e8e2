from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mail_tracking_filters_hidden = fields.Boolean(
        "Hide email filters",
        config_parameter="mail_tracking.filters_hidden",
        help="Search views offer no filters for emails.",
    )
