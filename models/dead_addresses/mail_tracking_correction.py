from odoo import api, fields, models
from odoo.exceptions import UserError

from ..resend.resend import read_address, replace_address


class MailTrackingCorrection(models.TransientModel):
    """Asks for the address to use instead of a dead one, then for what is to be resent."""

    _name = "mail.tracking.correction"
    _description = "Correct a dead address"

    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        readonly=True,
        ondelete="cascade",
        help="Whose address is dead.",
    )
    address = fields.Char(
        "Dead address",
        compute="_compute_address",
        help="The address that does not work any more.",
    )
    reason = fields.Text(
        related="partner_id.email_bounced_reason",
        related_sudo=False,
        string="Reason",
        help="What the mail server answered.",
    )
    holder_ids = fields.Many2many(
        "res.partner",
        string="Also used by",
        compute="_compute_holder_ids",
        help="Other contacts with this address that you may change. They get the new one, too.",
    )
    waiting_count = fields.Integer(
        related="partner_id.mail_tracking_waiting_count",
        related_sudo=False,
        help="Failed emails to this address that nobody reviewed or resent yet.",
    )
    new_address = fields.Char("New address", help="The address to use from now on.")

    @api.depends("partner_id")
    def _compute_address(self):
        for correction in self:
            correction.address = correction.partner_id._get_bounceable_address()

    @api.depends("partner_id")
    def _compute_holder_ids(self):
        for correction in self:
            holders = correction._get_holders() - correction.partner_id
            correction.holder_ids = holders

    def _get_holders(self):
        """The contacts with the dead address that the user may change."""
        self.ensure_one()
        partners = self.env["res.partner"]
        if self.address:
            partners = partners._search_bounceable({self.address}, is_bounced=True)
        return (partners | self.partner_id)._filtered_access("write")

    def action_correct(self):
        """Write the new address to all who hold the dead one, and ask what is to be resent.

        :return: client action
        :raise UserError: on what is no address
        """
        self.partner_id.check_access("write")
        old, new = self.address, read_address(self.new_address)
        if not new or new == old:
            raise UserError(self.env._("Enter a single email address, other than the dead one."))
        Tracking = self.env["mail.tracking.email"]
        waiting = Tracking.search(Tracking._get_waiting_domain([old])) if old else Tracking
        for email, holders in self._get_holders().grouped("email").items():
            holders.write({"email": replace_address(email, old, new)})
        return {
            "type": "ir.actions.client",
            "tag": "mail_tracking.corrected",
            "params": {"address": new, "tracking_ids": waiting.ids},
        }
