from odoo import models


class MailTrackingEvent(models.Model):
    """What becomes of reminders when something happens."""

    _inherit = "mail.tracking.event"

    def _serve_watchers(self):
        """Close reminders, and tell people, of these events, whose states are applied."""
        watched = self.tracking_email_id.filtered("is_watched")
        if messages := watched.mail_message_id:
            self.env["mail.tracking.reminder"]._search_open(messages)._settle()
