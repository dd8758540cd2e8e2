from odoo import fields, models


class PortalOffer(models.Model):
    """A record that a customer reads with the keys in the mail."""

    _name = "portal.offer"
    _description = "Offer"
    _inherit = ["portal.mixin", "mail.thread"]
    _mail_post_access = "read"

    name = fields.Char()
    partner_id = fields.Many2one("res.partner")
    margin = fields.Integer(groups="base.group_system", tracking=True)

    def _compute_access_url(self):
        res = super()._compute_access_url()
        for offer in self:
            offer.access_url = f"/my/offers/{offer.id}"
        return res
