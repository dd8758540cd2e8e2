from odoo import fields, models


class IrModel(models.Model):
    _inherit = "ir.model"

    mail_tracking_open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_marked_open_mode(),
        string="Open tracking",
        help=(
            "The most that may be known of the opens of emails about these records. If empty, "
            "the settings decide."
        ),
    )
