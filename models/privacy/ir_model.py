from odoo import fields, models


class IrModel(models.Model):
    _inherit = "ir.model"

    mail_tracking_open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_marked_open_mode(),
        string="Open tracking",
        help="What may be known at most of the opens of emails about these records; empty: what "
        "the settings say.",
    )
