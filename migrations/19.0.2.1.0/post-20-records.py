"""Keep on each tracking which record its mail was about, while its message can tell."""

import logging

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: rows that one statement fills
BATCH = 100_000


def migrate(cr, version):
    """Fill in record and author from the messages that exist; settle what is long past."""
    if not version:
        return
    fill_records(cr)
    settle_old_failures(cr)


def fill_records(cr):
    """Fill the columns, a batch of numbers at a time."""
    cr.execute("SELECT COALESCE(max(id), 0) FROM mail_tracking_email")
    [last] = cr.fetchone()
    for first in range(0, last + 1, BATCH):
        query = """
            UPDATE mail_tracking_email row
               SET model = message.model, res_id = NULLIF(message.res_id, 0),
                   author_id = COALESCE(row.author_id, message.author_id)
              FROM mail_message message
             WHERE message.id = row.mail_message_id AND row.model IS NULL
               AND message.model IS NOT NULL AND row.id >= %s AND row.id < %s
        """
        cr.execute(SQL(query, first, first + BATCH))
        _logger.info("Records of emails: %s of %s done", min(first + BATCH, last), last)


def settle_old_failures(cr):
    """Count old failures without a message as reviewed.

    Until now nobody was told of them, and nobody could review them: all that ever came back
    of mailings would appear at once, and hide what is new.
    """
    cr.execute(
        """UPDATE mail_tracking_email SET needs_action = FALSE
            WHERE needs_action IS TRUE AND mail_message_id IS NULL
              AND (time IS NULL OR time < now() AT TIME ZONE 'UTC' - interval '30 days')"""
    )
