from odoo import api, fields, models, tools


class ResCompany(models.Model):
    _inherit = "res.company"

    mail_tracking_skip_dead = fields.Boolean(
        "Do not send to dead addresses",
        help="Automatic emails, emails to followers and mass mailings are not sent to addresses "
        "that are known to be dead. What a user writes to one person is always sent.",
    )

    def cache_invalidation_fields(self):
        """Override of ``base``: see ``_get_ids_that_skip_dead``."""
        return super().cache_invalidation_fields() | {"mail_tracking_skip_dead"}

    @api.model
    @tools.ormcache()
    def _get_ids_that_skip_dead(self):
        """Ids of the companies that send nothing to dead addresses: asked for each batch."""
        # sudo: res.company - a setting that holds for any sender
        companies = self.sudo().with_context(active_test=False)
        return tuple(companies.search([("mail_tracking_skip_dead", "=", True)])._ids)
