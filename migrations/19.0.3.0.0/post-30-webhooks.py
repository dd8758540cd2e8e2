"""Move events of services whose mail is not known yet from a table of their own to the log."""

from odoo.tools.sql import table_exists


def migrate(cr, version):
    """Log what waits; the cron that processes pending events finds it."""
    if not version or not table_exists(cr, "mail_tracking_webhook_waiting"):
        return
    cr.execute(
        """
        INSERT INTO mail_tracking_event (
               webhook_id, event_key, token, data, until, source, timestamp, time, date,
               create_uid, create_date, write_uid, write_date)
        SELECT webhook.id, waiting.event_key, waiting.token, waiting.data, waiting.until,
               webhook.provider, extract(epoch FROM now()), now() AT TIME ZONE 'UTC',
               (now() AT TIME ZONE 'UTC')::date,
               1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
          FROM mail_tracking_webhook_waiting waiting
          JOIN mail_tracking_webhook webhook ON webhook.id = waiting.webhook_id
      ORDER BY waiting.id
   ON CONFLICT (event_key) WHERE event_key IS NOT NULL DO NOTHING
        """
    )
