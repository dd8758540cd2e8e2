from odoo import fields, models


class MailTrackingIncident(models.Model):
    """Something that goes wrong with many emails, from its first sign until it is over."""

    _name = "mail.tracking.incident"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Email incident"
    _order = "closed_on desc, opened_on desc, id desc"

    name = fields.Char("Title", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("server", "A mail server does not take emails"),
            ("provider", "Failures at a provider rise"),
            ("complaints", "Complaints"),
            ("queue", "The queue stands still"),
            ("bounces", "No bounces are read"),
            ("webhook", "A webhook is silent or refuses"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(readonly=True, help="What it is about; one open incident for each.")
    opened_on = fields.Datetime("Since", required=True, readonly=True)
    last_on = fields.Datetime("Last seen", readonly=True)
    closed_on = fields.Datetime("Over since", readonly=True, help="Empty while it lasts.")
    email_count = fields.Integer("Emails", readonly=True)
    recipient_count = fields.Integer("Recipients", readonly=True)
    reason = fields.Text("What happens", readonly=True, help="In the words of the mail server.")
    cause = fields.Text("Probable cause", readonly=True)
    advice = fields.Text("What to do", readonly=True)

    _open_unique = models.UniqueIndex("(kind, key) WHERE closed_on IS NULL")
