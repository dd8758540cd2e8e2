from odoo import api, fields, models
from odoo.tools import ormcache


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

    @api.model
    @ormcache()
    def _get_marked_open_modes(self):
        """The modes that models are marked with, by name: asked for each batch of emails."""
        # sudo: ir.model - a setting, for any sender
        found = self.sudo().search([("mail_tracking_open_mode", "!=", False)])
        return {model.model: model.mail_tracking_open_mode for model in found}
