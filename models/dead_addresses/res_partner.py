from odoo import api, fields, models


class ResPartner(models.Model):
    """The list of dead addresses: who holds them, and what is done about them."""

    _inherit = "res.partner"

    mail_tracking_waiting_count = fields.Integer(
        "Failed emails",
        compute="_compute_mail_tracking_waiting_count",
        groups="base.group_user",
        help="Failed emails to this address that you may see and nobody reviewed or resent yet.",
    )

    @api.depends("email")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_mail_tracking_waiting_count(self):
        Tracking = self.env["mail.tracking.email"]
        address_by_id = {partner.id: partner._get_bounceable_address() for partner in self}
        addresses = set(address_by_id.values()) - {""}
        # under the record rules of the user: the number fits the list behind it
        groups = (
            Tracking._read_group(
                Tracking._get_waiting_domain(addresses), ["recipient_address"], ["__count"]
            )
            if addresses and Tracking.has_access("read")
            else []
        )
        counts = dict(groups)
        for partner in self:
            partner.mail_tracking_waiting_count = counts.get(address_by_id[partner.id], 0)

    def action_mail_tracking_waiting(self):
        """Open the failed emails that wait until the address of this contact is corrected."""
        self.ensure_one()
        self.check_access("read")
        Tracking = self.env["mail.tracking.email"]
        address = self._get_bounceable_address()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_tracking.action_mail_tracking_waiting"
        )
        return {
            **action,
            "name": self.env._("Failed emails to %(address)s", address=address),
            "domain": list(Tracking._get_waiting_domain([address])),
        }

    def action_mail_tracking_correct(self):
        """Ask for the address to use instead of a dead one."""
        self.ensure_one()
        self.check_access("write")
        # sudo: mail.tracking.correction - made here alone, for who may change the contact
        correction = self.env["mail.tracking.correction"].sudo().create({"partner_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct and resend"),
            "res_model": correction._name,
            "res_id": correction.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    def action_mail_tracking_works(self):
        """Say that the addresses of these contacts work again.

        All that is known against them is forgotten, for all contacts that have them.

        :raise AccessError: on contacts that the user may not change
        """
        self.check_access("write")
        partners = self.filtered("email_bounced")
        addresses = {partner._get_bounceable_address() for partner in partners} - {""}
        self.env["mail.tracking.email"]._revive_addresses(addresses)
        partners.filtered("email_bounced").email_bounced = False  # those without an address
        bodies = {
            partner.id: self.env._("This email address works again: %(email)s", email=partner.email)
            for partner in partners
        }
        # sudo: mail.message - of contacts that the user may change
        partners.sudo()._message_log_batch(bodies=bodies)
