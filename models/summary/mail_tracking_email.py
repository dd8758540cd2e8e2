from odoo import fields, models


class MailTrackingEmail(models.Model):
    """Which daily number a tracking is part of."""

    _inherit = "mail.tracking.email"

    is_counted = fields.Boolean(
        readonly=True, help="The daily numbers know the status that the email has."
    )
    day_id_int = fields.Integer(
        "Counted in", readonly=True, help="The record of the daily numbers that it is part of."
    )

    # the newest first: what was just sent is looked at first
    _not_counted_idx = models.Index("(id DESC) WHERE is_counted IS NOT TRUE")
