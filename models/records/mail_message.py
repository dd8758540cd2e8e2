from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    mail_tracking_is_automatic = fields.Boolean(
        "Automatic reply",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="An absence note or another reply that a machine wrote: it is no answer.",
    )
