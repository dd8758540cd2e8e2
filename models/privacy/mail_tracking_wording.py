from odoo import fields, models


class MailTrackingWording(models.Model):
    """A text that people were shown when they answered, kept once, by version."""

    _name = "mail.tracking.wording"
    _description = "Wording of a question about tracking"
    _order = "id desc"
    _rec_name = "text"

    text = fields.Text(readonly=True, required=True, help="What was shown, to the letter.")
    lang = fields.Char("Language", readonly=True, help="The language it was shown in.")
    digest = fields.Char(readonly=True, required=True, help="SHA-256 of language and text.")

    _digest_unique = models.UniqueIndex("(digest)")
