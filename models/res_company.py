from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    mail_tracking_show_aliases = fields.Boolean(
        "Show aliases", help="Show our own aliases among the recipients of a received email."
    )
