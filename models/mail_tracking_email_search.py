from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, escape_psql


class MailTrackingEmail(models.Model):
    """The search for a recipient, among millions of mails as well."""

    _inherit = "mail.tracking.email"

    recipient_text = fields.Char(
        "Name or address",
        compute="_compute_recipient_text",
        search="_search_recipient_text",
        help="The recipient as it was addressed; a search for an address is quick.",
    )

    @api.depends("recipient")
    def _compute_recipient_text(self):
        for row in self:
            row.recipient_text = row.recipient

    def _search_recipient_text(self, operator, value):
        """An address, or the beginning of one, is found by its index; anything else is not."""
        if operator != "ilike" or not isinstance(value, str):
            return NotImplemented
        text = value.strip()
        if "@" not in text[1:]:
            return Domain("recipient", "ilike", value)
        address = email_normalize(text, strict=False) or text
        return Domain("recipient_address", "=like", f"{escape_psql(address.lower())}%")
