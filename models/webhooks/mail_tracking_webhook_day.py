import logging
from dataclasses import asdict, dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from ..guard import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """What became of the events of one request."""

    events: int = 0
    applied: int = 0
    duplicates: int = 0
    waiting: int = 0
    unmatched: int = 0
    ignored: int = 0
    failed: int = 0
    refused: int = 0


class MailTrackingWebhookDay(models.Model):
    """What a webhook received on one day.

    Counts, so that no flood makes it grow; and apart from the webhook, so that a busy
    one can be edited all the same.
    """

    _name = "mail.tracking.webhook.day"
    _description = "Email tracking webhook: one day"
    _order = "date desc"
    _rec_name = "date"
    _log_access = False

    webhook_id = fields.Many2one(
        "mail.tracking.webhook",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="The webhook that they came to.",
    )
    date = fields.Date(required=True, readonly=True, help="The day, in UTC.")
    events = fields.Integer(readonly=True, help="All events that came.")
    applied = fields.Integer(readonly=True, help="Events logged with an email of this database.")
    duplicates = fields.Integer(
        "Seen before", readonly=True, help="Events logged before: services report some twice."
    )
    waiting = fields.Integer(
        "Came before their email",
        readonly=True,
        help="Events kept until their email is known here.",
    )
    unmatched = fields.Integer(
        "Of other systems",
        readonly=True,
        help="Events of no email that is tracked in this database.",
    )
    ignored = fields.Integer(readonly=True, help="Events of kinds that mean nothing for an email.")
    failed = fields.Integer(
        readonly=True, help="Events that could not be applied; the log says why."
    )
    refused = fields.Integer(
        "Refused requests",
        readonly=True,
        help="Requests not proven to come from the service, or not readable.",
    )
    last_event = fields.Datetime("Last event", readonly=True, help="When the last one came.")
    last_refusal = fields.Datetime(
        "Last refusal", readonly=True, help="When a request was last refused."
    )
    refusal_reason = fields.Char(
        "Reason of refusal", readonly=True, help="Why it was refused, in one word."
    )
    unknown_kind = fields.Char(
        "Unknown kind", readonly=True, help="The last kind of event that is not known here."
    )

    _webhook_date_unique = models.UniqueIndex("(webhook_id, date)")

    @api.model
    def _count(self, webhook, tally, *, reason="", unknown_kind=""):
        """Add to the counts of today, in one statement.

        The last thing that a request does: the record is locked for a moment only.

        :param webhook: one ``mail.tracking.webhook``
        :param Tally tally: what to add
        :param str reason: why a request was refused
        :param str unknown_kind: the service's word for what is not known
        """
        now = fields.Datetime.now()
        counts = asdict(tally)
        values = {
            "webhook_id": webhook.id,
            "date": now.date(),
            **counts,
            "last_event": None if reason else now,
            "last_refusal": now if reason else None,
            "refusal_reason": reason or None,
            "unknown_kind": unknown_kind or None,
        }
        changes = [
            SQL("%(n)s = COALESCE(d.%(n)s, 0) + EXCLUDED.%(n)s", n=SQL.identifier(name))
            if name in counts
            else SQL("%(n)s = COALESCE(EXCLUDED.%(n)s, d.%(n)s)", n=SQL.identifier(name))
            for name in values
        ]
        query = SQL(
            "INSERT INTO mail_tracking_webhook_day AS d (%s) VALUES %s"
            " ON CONFLICT (webhook_id, date) DO UPDATE SET %s",
            SQL(", ").join(map(SQL.identifier, values)),
            tuple(values.values()),
            SQL(", ").join(changes),
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
        except TRANSIENT_ERRORS:
            _logger.info("A request of webhook %s was not counted", webhook.id)
        webhook.invalidate_recordset(["day_ids"])
        self.invalidate_model()
