from odoo import models


class MailTrackingEvent(models.Model):
    """The last attempts at a server, and the last reports."""

    _inherit = "mail.tracking.event"

    # an expression, so that nothing is read in the order of the primary key: of a server that was
    # not used for long, that would be the whole table
    _attempt_idx = models.Index(
        "(smtp_server, (id::bigint)) WHERE source IS NULL AND event_type IN ('sent', 'error')"
    )
    _report_idx = models.Index("(timestamp) WHERE source = 'report'")
