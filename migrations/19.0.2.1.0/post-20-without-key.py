"""Derive the states anew that rest on an event without a key: it settles nothing any more."""


def migrate(cr, version):
    """Let the cron fold the rows whose state may be another one by now.

    Proven bounces wait as well: what hid them may have kept a dead address unmarked.
    """
    if not version:
        return
    cr.execute(
        """UPDATE mail_tracking_event SET is_pending = TRUE
            WHERE id IN (
                  SELECT max(event.id)
                    FROM mail_tracking_email row
                    JOIN mail_tracking_event event ON event.tracking_email_id = row.id
                   WHERE row.is_unproven IS TRUE
                     AND (event.is_unproven IS TRUE OR event.event_type = 'hard_bounce')
                GROUP BY row.id, event.is_unproven IS TRUE)"""
    )
