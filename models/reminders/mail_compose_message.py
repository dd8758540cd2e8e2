from odoo import fields, models

from .mail_message import REMINDER
from .mail_tracking_reminder import KINDS


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    mail_tracking_reminder_kind = fields.Selection(
        KINDS,
        "Remind me",
        help="Get an activity on the record if nothing happens by then, or be told once when the "
        "email is opened or answered.",
    )
    mail_tracking_reminder_days = fields.Selection(
        [
            ("1", "In 1 working day"),
            ("3", "In 3 working days"),
            ("7", "In 7 working days"),
            ("date", "On a date"),
        ],
        "When to remind me",
        default="3",
        help="Working days are those of the company.",
    )
    mail_tracking_reminder_date = fields.Date(
        "Date of the reminder", help="The day on which the activity is due."
    )

    def _prepare_reminder_values(self):
        """Values of a message or mail that say which reminder is wanted."""
        kind, days = self.mail_tracking_reminder_kind, self.mail_tracking_reminder_days
        if not kind:
            return {}
        wish = {"kind": kind}
        if days == "date":
            wish["date"] = fields.Date.to_string(self.mail_tracking_reminder_date)
        else:
            wish["days"] = int(days or 3)
        if self.scheduled_date and self.composition_mode == "comment":
            wish["start"] = str(self.scheduled_date)
        return {REMINDER: wish}
