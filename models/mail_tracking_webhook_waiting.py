import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.providers.base import WebhookEvent

_logger = logging.getLogger(__name__)

#: Events kept for one webhook; older ones go. A mail is waited for for seconds as a rule.
MAX_WAITING = 10_000
#: A transaction that sends mails may be open for long, but not for longer than this.
WAIT_HOURS = 2
RETRY_MINUTES = 5
BATCH = 1000


class MailTrackingWebhookWaiting(models.Model):
    """Events whose mail is not (yet) known here.

    A service can be faster than the transaction that sends the mail. The services'
    own new attempts are no help: several of them never try again.
    """

    _name = "mail.tracking.webhook.waiting"
    _description = "Email tracking webhook: waiting event"
    _log_access = False
    _rec_name = "event_key"

    webhook_id = fields.Many2one(
        "mail.tracking.webhook",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="The webhook that it came to.",
    )
    event_key = fields.Char(
        "Event key",
        required=True,
        readonly=True,
        help="Identity of the event, so that it counts once.",
    )
    token = fields.Char(
        readonly=True, groups=fields.NO_ACCESS, help="The key of the email that it is about."
    )
    data = fields.Text(
        readonly=True, groups=fields.NO_ACCESS, help="The event, as it will be applied."
    )
    until = fields.Datetime(
        required=True,
        readonly=True,
        help="When it is forgotten, if its email is not known by then.",
    )

    _event_key_unique = models.UniqueIndex("(event_key)")
    _webhook_idx = models.Index("(webhook_id, id)")
    _token_idx = models.Index("(token) WHERE token IS NOT NULL")
    _until_idx = models.Index("(until)")

    @api.model
    def _keep(self, webhook, event_by_key, remember_seconds):
        """Keep events for later; one statement, and one to stay within bounds.

        :param webhook: one ``mail.tracking.webhook``
        :param dict event_by_key: event key -> ``WebhookEvent``
        :param float remember_seconds: for how long those without token are kept
        """
        now = fields.Datetime.now()
        until = now + timedelta(hours=WAIT_HOURS)
        remember = now + timedelta(seconds=remember_seconds)
        rows = [
            (
                webhook.id,
                key,
                event.token or None,
                json.dumps(event._asdict()),
                max(until, remember),
            )
            for key, event in event_by_key.items()
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO mail_tracking_webhook_waiting"
                " (webhook_id, event_key, token, data, until) VALUES %s"
                " ON CONFLICT (event_key) DO NOTHING",
                SQL(", ").join(rows),
            )
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM mail_tracking_webhook_waiting WHERE id IN (
                    SELECT id FROM mail_tracking_webhook_waiting
                     WHERE webhook_id = %(webhook)s AND id <= (
                        SELECT id FROM mail_tracking_webhook_waiting
                         WHERE webhook_id = %(webhook)s
                         ORDER BY id DESC OFFSET %(limit)s LIMIT 1
                     ) FOR UPDATE SKIP LOCKED
                )
                """,
                webhook=webhook.id,
                limit=MAX_WAITING,
            )
        )
        self._schedule(minutes=1)

    @api.model
    def _schedule(self, minutes):
        """Have the waiting events looked at again, once for all of them."""
        cron = self.env.ref("mail_tracking.ir_cron_fold").sudo()  # sudo: finishing later
        now = fields.Datetime.now()
        at = now + timedelta(minutes=minutes)
        planned = [("cron_id", "=", cron.id), ("call_at", ">", now), ("call_at", "<=", at)]
        # sudo: ir.cron.trigger - whether it is planned already
        if not self.env["ir.cron.trigger"].sudo().search_count(planned, limit=1):
            cron._trigger(at)

    @api.model
    def _process_waiting_events(self):
        """Apply a batch of events whose mail is known by now.

        :return: how many were applied
        :rtype: int
        """
        self._forget_expired()
        found = self.browse(
            row_id
            for (row_id,) in self.env.execute_query(
                SQL(
                    "SELECT w.id FROM mail_tracking_webhook_waiting w"
                    " JOIN mail_tracking_email e ON e.token = w.token"
                    " ORDER BY w.id LIMIT %s FOR UPDATE OF w SKIP LOCKED",
                    BATCH,
                )
            )
        )
        for webhook, waiting in found.grouped("webhook_id").items():
            events = [event for entry in waiting if (event := entry._read_event())]
            waiting.unlink()
            webhook._take_late(events)
        if len(found) == BATCH:
            self._schedule(minutes=1)
        elif self.search_count([("token", "!=", False)], limit=1):
            self._schedule(minutes=RETRY_MINUTES)
        return len(found)

    def _read_event(self):
        """The event that waits, or None where another version of the addon wrote it down.

        :rtype: WebhookEvent
        """
        try:
            return WebhookEvent(**json.loads(self.data))
        except (TypeError, ValueError):
            _logger.warning("Event %s of a webhook cannot be read any more", self.event_key)
            return None

    @api.model
    def _forget_expired(self):
        self.env.cr.execute(
            "DELETE FROM mail_tracking_webhook_waiting WHERE id IN ("
            " SELECT id FROM mail_tracking_webhook_waiting WHERE until < (now() at time zone 'UTC')"
            " FOR UPDATE SKIP LOCKED)"
        )
