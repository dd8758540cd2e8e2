from odoo import models


class MailMail(models.Model):
    """What waits to be sent is found without reading all that was sent."""

    _inherit = "mail.mail"

    _mail_tracking_outgoing_idx = models.Index("(id) WHERE state = 'outgoing'")
