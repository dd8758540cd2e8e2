"""Write down the events that earlier states rest on, so that states follow from events alone."""

import logging

from odoo.tools import SQL

from odoo.addons.mail_tracking.tools import events as ev
from odoo.addons.mail_tracking.tools import state

_logger = logging.getLogger(__name__)

#: trackings that one statement looks at
BATCH = 100_000


def migrate(cr, version):
    """Log an event for each tracking whose state no event explains.

    The other addon wrote states without logging what led to them: a mail that could not be sent
    has no event at all.
    """
    if not version:
        return
    cr.execute("SELECT COALESCE(max(id), 0) FROM mail_tracking_email")
    [last] = cr.fetchone()
    for first in range(0, last + 1, BATCH):
        for word, event_type in state.STATE_TO_EVENT.items():
            if word:
                cr.execute(get_query(word, event_type, first))
        _logger.info("Events of states: %s of %s done", min(first + BATCH, last), last)


def get_query(word, event_type, first):
    """The statement that logs events for one state, and a batch of numbers."""
    return SQL(
        """
        INSERT INTO mail_tracking_event (
               tracking_email_id, event_type, timestamp, time, date, recipient,
               recipient_address, smtp_server, error_type, error_description, error_code,
               error_status, is_unproven)
        SELECT id, %(event_type)s, EXTRACT(EPOCH FROM COALESCE(state_time, time)),
               COALESCE(state_time, time), COALESCE(state_time, time)::date, recipient,
               recipient_address, COALESCE(error_smtp_server, smtp_server),
               COALESCE(error_type, bounce_type),
               COALESCE(error_description, bounce_description), error_code, error_status,
               is_unproven
          FROM mail_tracking_email row
         WHERE state = %(state)s AND id >= %(first)s AND id < %(end)s
           AND NOT EXISTS (
               SELECT FROM mail_tracking_event
                WHERE tracking_email_id = row.id AND event_type IN %(types)s
                  AND (event_type NOT IN ('open', 'click') OR open_kind IS NULL
                       OR open_kind IN %(counted)s))
        """,
        event_type=event_type,
        state=word,
        first=first,
        end=first + BATCH,
        types=tuple(t for t in ev.EVENT_TYPES if state.explains(ev.Event(t, 0.0), word)),
        counted=tuple(ev.COUNTED_OPEN_KINDS),
    )
