from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "mail.bounced.mixin"]

    email_score = fields.Float(
        "Email score",
        compute="_compute_email_figures",
        groups="base.group_user",
        help="How well earlier emails to this address arrived: 50 is unknown, 100 the best.",
    )
    tracking_emails_count = fields.Integer(
        "Tracking emails",
        compute="_compute_email_figures",
        groups="base.group_user",
        help="Emails to this contact that you may see; one sent again counts once.",
    )

    # core has none, and a report asks whose address it is
    _mail_tracking_address_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _email_bounced_idx = models.Index("(email_normalized) WHERE email_bounced IS TRUE")

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.depends("email_normalized")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_email_figures(self):
        Tracking = self.env["mail.tracking.email"]
        addresses = [address for address in self.mapped("email_normalized") if address]
        numbers, scores = Tracking._get_figures(addresses, self.ids)
        neutral = Tracking._get_score({})
        for partner in self:
            partner.email_score = scores.get(partner.email_normalized, neutral)
            partner.tracking_emails_count = numbers.get(partner._origin.id, 0)
