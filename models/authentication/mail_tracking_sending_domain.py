from odoo import fields, models


class MailTrackingSendingDomain(models.Model):
    """Whether emails from a domain of ours prove that they are ours."""

    _name = "mail.tracking.sending.domain"
    _description = "Sending domain"
    _order = "name"

    name = fields.Char(required=True, readonly=True)
    checked_on = fields.Datetime(readonly=True)
    results = fields.Json(readonly=True, help="What the last check found.")

    _name_unique = models.UniqueIndex("(name)")
