from odoo import api, models

from .mail_bounced_mixin import CLEARED


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Override of ``base``: a dead address is marked where it is, and no other one."""
        marks = {
            partner._get_bounceable_address(): {name: partner[name] for name in CLEARED}
            for partner in (*src_partners, dst_partner)
            if partner.email_bounced
        }
        res = super()._update_values(src_partners, dst_partner)
        if marks:
            vals = marks.get(dst_partner._get_bounceable_address(), CLEARED)
            dst_partner.sudo().write(dict(vals))  # sudo: a mark follows from evidence
        return res

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Override of ``base``: what failed about a contact goes where its messages go."""
        res = super()._update_reference_fields(src_partners, dst_partner)
        # sudo: mail.tracking.email - follows the messages
        trackings = self.env["mail.tracking.email"].sudo()
        domain = [("needs_action", "=", True), ("model", "=", src_partners._name)]
        trackings.search([*domain, ("res_id", "in", src_partners.ids)]).res_id = dst_partner.id
        self.env["mail.notification"]._tracking_flag_of(dst_partner.ids)
        return res
