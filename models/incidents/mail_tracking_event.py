from odoo import models


class MailTrackingEvent(models.Model):
    """The last attempts at a server, and the last reports."""

    _inherit = "mail.tracking.event"

    _attempt_idx = models.Index(
        "(smtp_server, id) WHERE source IS NULL AND event_type IN ('sent', 'error')"
    )
    _report_idx = models.Index("(timestamp) WHERE source = 'report'")
