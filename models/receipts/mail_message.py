from odoo import fields, models

#: name of the field in messages, which their mails inherit, in templates and in the composer
FIELD = "mail_tracking_read_receipt"


class MailMessage(models.Model):
    """The wish belongs to the message: its mails are made later, and once more on a resend."""

    _inherit = "mail.message"

    mail_tracking_read_receipt = fields.Boolean(
        "Ask for a read receipt",
        groups="base.group_user",
        copy=False,
        help="The emails of this message ask for a read receipt (RFC 8098).",
    )
