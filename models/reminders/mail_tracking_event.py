from odoo import models


class MailTrackingEvent(models.Model):
    """What becomes of reminders when something happens."""

    _inherit = "mail.tracking.event"

    def _serve_watchers(self):
        """Close reminders, and tell people, of these events."""
