from datetime import timezone

from odoo import models

from ..tools import state
from .columns import column_of
from .mail_tracking_email_fold import PlainEvent


class MailTrackingEmail(models.Model):
    """Rows of earlier versions, whose state not always follows from their events."""

    _inherit = "mail.tracking.email"

    def _get_events(self):
        """Override to let a state that no event explains count as one.

        Earlier versions wrote states without logging what led to them: a mail that could
        not be sent has no event at all. What is heard of it later must not make the
        state that it had disappear.
        """
        events_by_row = super()._get_events()
        for row_id, word in zip(self._ids, column_of(self, "state"), strict=True):
            events = events_by_row[row_id]
            if word and not any(state.explains(event, word) for event in events):
                found = self.browse(row_id)._prepare_legacy_event()
                events[found.to_fold()] = found
        return events_by_row

    def _prepare_legacy_event(self):
        """The event that would have led to the state of this row, which is not stored.

        :rtype: PlainEvent
        """
        self.ensure_one()
        moment = self.state_time or self.time
        return PlainEvent(
            event_type=state.STATE_TO_EVENT[self.state],
            timestamp=moment.replace(tzinfo=timezone.utc).timestamp() if moment else 0.0,
            time=moment,
            smtp_server=self.error_smtp_server or self.smtp_server,
            error_type=self.error_type or self.bounce_type,
            error_description=self.error_description or self.bounce_description,
            error_code=self.error_code,
            error_status=self.error_status,
            is_unproven=self.is_unproven,
        )
