import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.providers.base import WebhookEvent
from ..guard import TRANSIENT_ERRORS, try_lock
from ..mail_tracking_email import MAX_TEXT

_logger = logging.getLogger(__name__)

#: waiting events kept for one webhook; older ones are deleted
MAX_WAITING = 10_000
#: A transaction that sends emails may be open for long, but not for longer than this.
WAIT = timedelta(hours=2)
#: waiting events that are processed at a time
BATCH = 1_000
RETRY_MINUTES = 5


class MailTrackingEvent(models.Model):
    """Events of services whose email is not known yet: they wait in the log, without a tracking.

    A service can be faster than the transaction that sends the email, and several services never
    try again.
    """

    _inherit = "mail.tracking.event"

    @api.model
    def _log_waiting(self, webhook, event_by_key, remember_seconds):
        """Keep events whose email is not known yet, and keys that must not be used again."""
        until = fields.Datetime.now() + max(WAIT, timedelta(seconds=remember_seconds))
        logged = self._log(
            [
                {
                    "event_key": key,
                    "source": webhook.provider,
                    "webhook_id": webhook.id,
                    "token": event.token or False,
                    "until": until,
                    "data": dump(event),
                }
                for key, event in event_by_key.items()
                if event.token or remember_seconds
            ]
        )
        if logged:
            surplus = self.search(
                [("webhook_id", "=", webhook.id), ("tracking_email_id", "=", False)],
                order="id DESC",
                offset=MAX_WAITING,
            )
            try_lock(surplus).unlink()
            self._schedule_waiting(minutes=1)

    @api.model
    def _process_waiting(self):
        """Process events whose email is known by now, and delete those that waited too long."""
        try:
            with self.env.cr.savepoint():
                self._gc_waiting()
                is_more = self._process_waiting_batch() == BATCH
        except TRANSIENT_ERRORS:  # another server does the same
            is_more = True
        waiting = [("token", "!=", False), ("tracking_email_id", "=", False)]
        if is_more or self.search_count(waiting, limit=1):
            self._schedule_waiting(minutes=1 if is_more else RETRY_MINUTES)

    @api.model
    def _process_waiting_batch(self):
        """Process events whose email is known by now; returns how many."""
        query = SQL(
            """
            SELECT event.id
              FROM mail_tracking_event event
              JOIN mail_tracking_email email ON email.token = event.token
             WHERE event.tracking_email_id IS NULL
          ORDER BY event.id LIMIT %s
               FOR UPDATE OF event SKIP LOCKED
            """,
            BATCH,
        )
        found = self.browse(event_id for (event_id,) in self.env.execute_query(query))
        now = fields.Datetime.now().timestamp()
        for webhook, waiting in found.grouped("webhook_id").items():
            event_by_key = {
                record.event_key: event for record in waiting if (event := record._read_waiting())
            }
            waiting.unlink()  # the key is free again
            counts, unmatched = webhook._apply(event_by_key, now)
            webhook._count({**counts, "unmatched": len(unmatched)})
        return len(found)

    def _read_waiting(self):
        """The event that waits; None where another version of the addon wrote it."""
        try:
            return WebhookEvent(**json.loads(self.data))
        except (TypeError, ValueError):
            _logger.warning("Event %s of a webhook cannot be read any more", self.event_key)
            return None

    @api.autovacuum
    def _gc_waiting(self):
        """Delete events whose email never came."""
        # sudo: mail.tracking.event - upkeep
        Event = self.sudo()
        old = [("tracking_email_id", "=", False), ("until", "<", fields.Datetime.now())]
        try_lock(Event.search(old)).unlink()

    @api.model
    def _schedule_waiting(self, minutes):
        """Have waiting events processed later, once for all of them."""
        cron = self.env.ref("mail_tracking.ir_cron_fold")
        now = fields.Datetime.now()
        at = now + timedelta(minutes=minutes)
        planned = [("cron_id", "=", cron.id), ("call_at", ">", now), ("call_at", "<=", at)]
        # sudo: ir.cron.trigger - whether it is planned already
        if not self.env["ir.cron.trigger"].sudo().search_count(planned, limit=1):
            self.env["mail.tracking.email"]._wake_cron(at)


def dump(event):
    """An event as a text that the log can hold, without what is too long."""
    data = json.dumps(event._asdict(), ensure_ascii=False)
    if len(data) <= MAX_TEXT:
        return data
    return json.dumps(event._replace(text=event.text[:500], raw="")._asdict())
