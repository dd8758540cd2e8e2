from odoo import fields, models


class MailTrackingAddress(models.Model):
    """List hygiene: the day on which mail to an address was last opened, and nothing else."""

    _name = "mail.tracking.address"
    _description = "Last open of an address"
    _rec_name = "address"
    _order = "id"

    address = fields.Char(readonly=True, required=True, help="The address, in lower case.")
    last_open = fields.Date(
        "Last open", readonly=True, help="The day of the last open; each one replaces the last."
    )

    _address_unique = models.UniqueIndex("(address)")
