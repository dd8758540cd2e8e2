from odoo import api, fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "mail.bounced.mixin"]

    mail_tracking_consent = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        "E-mail tracking",
        help="Whether mails to this contact may tell when they are opened. Without an answer "
        "the settings decide. Failures are always reported.",
    )
    email_score = fields.Float(
        compute="_compute_email_score",
        help="What became of earlier mails to this address: 50 is unknown, 100 the best.",
    )
    tracking_emails_count = fields.Integer(
        "Tracked e-mails", compute="_compute_tracking_emails_count"
    )

    _email_bounced_idx = models.Index("(email_normalized) WHERE email_bounced IS TRUE")
    _mail_tracking_private_idx = models.Index(
        "(email_normalized) WHERE mail_tracking_consent = 'no'"
    )

    @api.depends("email_normalized")
    def _compute_email_score(self):
        Tracking = self.env["mail.tracking.email"]
        addresses = [address for address in self.mapped("email_normalized") if address]
        scores = Tracking._get_score_by_address(addresses) if addresses else {}
        neutral = Tracking._get_score({})
        for partner in self:
            partner.email_score = scores.get(partner.email_normalized, neutral)

    @api.depends_context("uid")
    def _compute_tracking_emails_count(self):
        # under the record rules of the user: the number fits the list behind it
        groups = (
            self.env["mail.tracking.email"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
            if self.env.su or self.env.user._is_internal()
            else []
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.tracking_emails_count = counts.get(partner.id, 0)
