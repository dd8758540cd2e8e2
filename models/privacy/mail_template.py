from odoo import fields, models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    mail_tracking_open_mode = fields.Selection(
        selection=lambda self: self.env["mail.tracking.email"]._selection_marked_open_mode(),
        string="Open tracking",
        help="What may be known at most of the opens of these emails; empty: what the settings "
        "say.",
    )
