from odoo import fields, models


class MailTrackingCount(models.Model):
    """Opens that are counted, and tied to nobody: of a message, or of a day's single mails."""

    _name = "mail.tracking.count"
    _description = "Number of opens"
    _order = "id"

    mail_message_id = fields.Many2one(
        "mail.message", "Message", readonly=True, ondelete="cascade", help="Whose mails are meant."
    )
    date = fields.Date(readonly=True, help="The day on which the emails were sent, in UTC.")
    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="cascade", help="Who sent them on that day."
    )
    open_count = fields.Integer("Opens", readonly=True, help="How often the image was loaded.")

    _message_unique = models.UniqueIndex("(mail_message_id) WHERE mail_message_id IS NOT NULL")
    _day_unique = models.UniqueIndex("(date, company_id) WHERE mail_message_id IS NULL")
