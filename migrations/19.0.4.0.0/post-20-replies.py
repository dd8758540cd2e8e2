"""Answers were logged as opens; have them counted anew, as what they are."""

import logging

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Give these events their own type, and leave their trackings to the scheduled action."""
    if not version:
        return
    cr.execute(
        """UPDATE mail_tracking_event
              SET event_type = 'reply', source = 'reply', open_kind = NULL, open_reason = NULL,
                  event_key = 'reply:' || tracking_email_id, is_pending = TRUE
            WHERE event_type = 'open' AND source = 'answer'"""
    )
    _logger.info("Answers that were logged as opens: %s", cr.rowcount)
