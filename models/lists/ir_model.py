from odoo import api, fields, models
from odoo.tools import ormcache

#: Settings of models that are remembered, see ``_get_models_without_email_filters`` and
#: ``_get_marked_open_modes``.
REMEMBERED_FIELDS = {"mail_tracking_filters_hidden", "mail_tracking_open_mode"}


class IrModel(models.Model):
    """Models whose search views are kept short."""

    _inherit = "ir.model"

    mail_tracking_filters_hidden = fields.Boolean(
        "Hide email filters",
        help="The search views of this model offer no filters for emails.",
    )

    def write(self, vals):
        res = super().write(vals)
        if not REMEMBERED_FIELDS.isdisjoint(vals):
            self.env.registry.clear_cache()
        return res

    @api.model
    @ormcache()
    def _get_models_without_email_filters(self):
        """Names of the models whose search views offer no filters for emails."""
        # sudo: ir.model - what a search view looks like is no secret
        models = self.sudo().search([("mail_tracking_filters_hidden", "=", True)])
        return frozenset(models.mapped("model"))
