from odoo import api, fields, models, tools

#: Up to this number, the contacts that want no pixel are remembered.
MAX_CACHED = 5_000


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "mail.bounced.mixin"]

    mail_tracking_consent = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        "Email tracking",
        prefetch="mail_tracking",
        groups="base.group_user",
        help="Whether opens of emails to this contact may be tracked. Without an answer the "
        "settings decide. Failures are always reported.",
    )
    email_score = fields.Float(
        "Email score",
        compute="_compute_email_score",
        groups="base.group_user",
        help="How well earlier emails to this address arrived: 50 is unknown, 100 the best.",
    )
    tracking_emails_count = fields.Integer(
        "Tracking emails",
        compute="_compute_tracking_emails_count",
        groups="base.group_user",
        help="Emails to this contact that you may see; one sent again counts once.",
    )

    # core has none, and a report asks whose address it is
    _mail_tracking_address_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _email_bounced_idx = models.Index("(email_normalized) WHERE email_bounced IS TRUE")
    _mail_tracking_private_idx = models.Index(
        "(email_normalized) WHERE mail_tracking_consent = 'no'"
    )

    # ------------------------------------------------------------
    # CONSENT
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # a default may say so as well
        default = self.default_get(["mail_tracking_consent"]).get("mail_tracking_consent")
        if any(vals.get("mail_tracking_consent", default) == "no" for vals in vals_list):
            self.env.registry.clear_cache()
        return partners

    def unlink(self):
        known = self._get_all_opt_outs()[0].intersection(self._ids)
        res = super().unlink()
        if known:
            self.env.registry.clear_cache()
        return res

    def write(self, vals):
        res = super().write(vals)
        if "mail_tracking_consent" in vals or (
            "email" in vals and self._get_all_opt_outs()[0].intersection(self._ids)
        ):
            self.env.registry.clear_cache()
        return res

    @api.model
    @tools.ormcache()
    def _get_all_opt_outs(self):
        """Who wants no pixel, as long as they are few; one query, then none.

        :return: ids and addresses of the contacts that said no, and whether these are all
        """
        # sudo: res.partner - what people decided about being tracked
        partners = (
            self.sudo()
            .with_context(active_test=False)
            .search_fetch(
                [("mail_tracking_consent", "=", "no")], ["email_normalized"], limit=MAX_CACHED + 1
            )
        )
        if len(partners) > MAX_CACHED:
            return frozenset(), frozenset(), False
        addresses = partners.mapped("email_normalized")
        return frozenset(partners.ids), frozenset(filter(None, addresses)), True

    @api.model
    def _get_tracking_opt_outs(self, trackings):
        """Who among the recipients of these trackings wants no pixel; one query at most.

        :param trackings: ``mail.tracking.email``
        :return: ids of contacts, and addresses: whoever is among either said no
        """
        ids, addresses, is_complete = self._get_all_opt_outs()
        if is_complete:
            return ids, addresses
        domain = fields.Domain("id", "in", trackings.partner_id.ids)
        domain |= fields.Domain("email_normalized", "in", trackings._get_addresses())
        domain &= fields.Domain("mail_tracking_consent", "=", "no")
        # sudo: res.partner - what people decided about being tracked
        partners = self.sudo().with_context(active_test=False)
        partners = partners.search_fetch(domain, ["email_normalized"])
        return set(partners.ids), set(filter(None, partners.mapped("email_normalized")))

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.depends("email_normalized")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_email_score(self):
        Tracking = self.env["mail.tracking.email"]
        addresses = [address for address in self.mapped("email_normalized") if address]
        scores = Tracking._get_score_by_address(addresses) if addresses else {}
        neutral = Tracking._get_score({})
        for partner in self:
            partner.email_score = scores.get(partner.email_normalized, neutral)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_tracking_emails_count(self):
        # under the record rules of the user: the number fits the list behind it
        groups = (
            self.env["mail.tracking.email"]._read_group(
                [("partner_id", "in", self.ids), ("successor_id", "=", False)],
                ["partner_id"],
                ["__count"],
            )
            if self.env.su or self.env.user._is_internal()
            else []
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.tracking_emails_count = counts.get(partner.id, 0)
