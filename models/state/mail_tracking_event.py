import hashlib
import logging
import time

from odoo import api, models
from odoo.tools import SQL

from ...tools import events as ev
from ..guard import tracking_guard
from ..mail_tracking_email import MAX_TEXT, bounded, to_utc_datetime

_logger = logging.getLogger(__name__)

#: A tracking that has so many events gets no more, but for the first one of each type.
MAX_EVENTS = 3_000
#: Fields of one line that may be long.
LONG_FIELDS = ("user_agent", "url")
#: Of other fields of one line; an indexed one of four bytes a character stays below what
#: PostgreSQL takes into an index, 2704 bytes.
MAX_CHAR = 500
#: A clock that runs ahead is forgiven this many seconds, a wrong one is not.
MAX_AHEAD = 300
#: What a tracking takes over from the event *sent*; the last one decides.
SENT_FIELDS = ("smtp_server", "queue_id", "delivery_report")
#: The same of the last one of which it was decided what may be known: together, or not at all.
MODE_FIELDS = ("open_mode", "open_mode_reason", "click_mode")
#: What the fold reads of an event.
FOLDED_FIELDS = (
    "id",
    "tracking_email_id",
    "event_type",
    "timestamp",
    "open_kind",
    "time",
    "smtp_server",
    "reporting_server",
    "final_recipient",
    "retry_until",
    "dead_since",
    "is_unproven",
    "delivery_report",
    "queue_id",
    *MODE_FIELDS,
    "error_type",
    "error_description",
    "error_code",
    "error_status",
)
#: Key of metadata: arguments of ``_tracking_sent_prepare``, of mails that were just handed over.
SENT_ARGS = "sent_args"


class MailTrackingEvent(models.Model):
    """The log: values of events, one statement that appends them, and one that reads them."""

    _inherit = "mail.tracking.event"

    # ------------------------------------------------------------
    # LOG
    # ------------------------------------------------------------

    @api.model
    def _log(self, vals_list):
        """Append events, each once, also where others do the same at the same time.

        One statement instead of ``create``, which would raise where another transaction logs
        the same event, or deletes its tracking.

        :param list vals_list: values of events
        :return: the new events; left out are those whose key is known, and those whose tracking
            is gone or full
        :raise ValueError: on a value that has no column
        :raise psycopg2.Error: where a transaction may not see what another one did
        """
        if not vals_list:
            return self.browse()
        defaults = self._get_log_defaults()
        vals_list = [{**defaults, **self._prepare_log_vals(vals)} for vals in vals_list]
        fields = [self._get_logged_field(name) for name in sorted(set().union(*vals_list))]
        rows = [
            (place, *(f.convert_to_column_insert(vals.get(f.name, False), self) for f in fields))
            for place, vals in enumerate(vals_list)
        ]
        query = SQL(
            """
            INSERT INTO mail_tracking_event (
                   create_uid, create_date, write_uid, write_date, %(names)s)
            SELECT %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC', %(names)s
              FROM (SELECT place, %(values)s,
                           row_number() OVER (
                               PARTITION BY tracking_email_id ORDER BY place) AS nth,
                           row_number() OVER (
                               PARTITION BY tracking_email_id, event_type
                                   ORDER BY place) AS nth_of_type
                      FROM (VALUES %(rows)s) AS given (place, %(names)s)) AS new
             WHERE tracking_email_id IS NULL
                OR EXISTS (SELECT FROM mail_tracking_email
                            WHERE id = new.tracking_email_id FOR KEY SHARE)
               AND (nth + (SELECT count(*)
                       FROM (SELECT FROM mail_tracking_event
                              WHERE tracking_email_id = new.tracking_email_id
                              LIMIT %(max)s) AS kept) <= %(max)s
                    OR nth_of_type = 1 AND NOT EXISTS (
                       SELECT FROM mail_tracking_event
                                    WHERE tracking_email_id = new.tracking_email_id
                                      AND event_type = new.event_type))
          ORDER BY place
       ON CONFLICT (event_key) WHERE event_key IS NOT NULL DO NOTHING
         RETURNING id
            """,
            uid=self.env.uid,
            # names and types of fields: nothing comes from outside
            names=SQL(", ".join(f'"{field.name}"' for field in fields)),
            values=SQL(", ".join(f'"{f.name}"::{f.column_type[0]} AS "{f.name}"' for f in fields)),
            rows=SQL(", ".join(["%s"] * len(rows)), *rows),
            max=MAX_EVENTS,
        )
        self.env.cr.execute(query, log_exceptions=False)
        events = self.browse(event_id for (event_id,) in self.env.cr.fetchall())
        self.env["mail.tracking.email"].invalidate_model(["tracking_event_ids"], flush=False)
        events.modified([field.name for field in fields])
        if any(vals.get("is_awaited") for vals in vals_list):
            self.env["mail.tracking.email"]._wake_cron()
        for field in self._fields.values():  # also those that depend on nothing given
            if field.compute and field.store and field not in fields:
                self.env.add_to_compute(field, events)
        return events

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_log_vals(vals) for vals in vals_list])

    @api.model
    def _prepare_log_vals(self, vals):
        """Complete and bound the values of a new event."""
        now = time.time()
        vals = dict(vals)
        vals["timestamp"] = min(max(float(vals.get("timestamp") or now), 0.0), now + MAX_AHEAD)
        vals["time"] = to_utc_datetime(vals["timestamp"])
        vals["date"] = vals["time"].date()
        if key := vals.get("event_key"):
            text = str(key)
            if text != bounded(text, MAX_CHAR):  # the log cannot hold it
                text = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            vals["event_key"] = text
        for key, value in vals.items():
            kind = self._fields[key].type if value and key in self._fields else None
            if kind in ("char", "selection", "text"):
                is_long = kind == "text" or key in LONG_FIELDS
                vals[key] = bounded(value, MAX_TEXT if is_long else MAX_CHAR)
        return vals

    @api.model
    def _get_log_defaults(self):
        """Values of columns that nobody gives: defaults of other addons."""
        names = [name for name, field in self._fields.items() if field.default and field.store]
        known = {"tracking_email_id": False, "event_type": False, "event_key": False}
        return {**(self.default_get(names) if names else {}), **known}

    @api.model
    def _get_logged_field(self, name):
        field = self._fields.get(name)
        if not (field and field.store and field.column_type):
            raise ValueError(f"An event cannot hold {name!r}: {self._name} has no such column")
        return field

    @api.model
    def _lock_and_read(self, trackings):
        """Lock trackings, and read their events as the fold wants them.

        :return: tracking id -> {``tools.events.Event``: values}; of those that nobody else is
            writing
        """
        if not trackings:
            return {}
        self.flush_model()
        self.env.cr.execute(lock_and_select(trackings._ids), log_exceptions=False)
        rows = self.env.cr.dictfetchall()
        if "read committed" in {row["isolation"] for row in rows}:
            # others may have written them, and logged more, since the statement began
            locked = trackings.browse(dict.fromkeys(row["tracking_email_id"] for row in rows))
            locked.invalidate_recordset()
            self.env.cr.execute(lock_and_select(locked._ids), log_exceptions=False)
            rows = self.env.cr.dictfetchall()
        claims, result = trackings._get_event_claims(), {}
        for vals in rows:
            events = result.setdefault(vals["tracking_email_id"], {})
            if vals["id"] is None:
                continue
            event = ev.Event(
                vals["event_type"],
                vals["timestamp"] or 0.0,
                vals["open_kind"] or "",
                ref=vals["id"],
                count=1 if vals["place"] == 1 else vals["number"] - 1,
                unproven=bool(vals["is_unproven"]),
                claim=claims.get(vals["event_type"]),
            )
            events[event] = vals
        return result

    @api.model
    def _filter_unknown(self, keys):
        """Those of these keys under which nothing was logged so far; one query."""
        known = self.search_fetch([("event_key", "in", list(keys))], ["event_key"])
        return set(keys) - set(known.mapped("event_key"))

    def _filter_of(self, trackings):
        """Those of these events that are of one of these trackings, of which there may be many."""
        ids = set(trackings._ids)
        return self.filtered(lambda event: ids and event.tracking_email_id.id in ids)

    def _set_pending(self):
        """Leave to the cron what follows from these events."""
        if self:
            self.filtered(lambda event: not event.is_pending)._mark(is_pending=True)
            self.env["mail.tracking.email"]._wake_cron()

    def _mark(self, **vals):
        """Write what is bookkeeping, past what others do when an event is written: it is not."""
        models.Model.write(self, vals)

    # ------------------------------------------------------------
    # VALUES: hooks for other addons
    # ------------------------------------------------------------

    @api.model
    def _get_process(self, event_type):
        """The hook that prepares events of a type; None, and a line in the log, without one.

        A type is known that the field offers: an addon may add its own there.
        """
        known = self._fields["event_type"].get_values(self.env)
        process = event_type in known and getattr(self, f"process_{event_type}", None)
        if not process:
            _logger.warning("Email tracking knows no events of type %.100r", event_type)
        return process or None

    @api.private
    def _process_data(self, tracking_email, metadata, event_type, state):
        """Values of an event.

        :param tracking_email: one ``mail.tracking.email``
        :param dict metadata: event fields, ``bounce_type``, ``bounce_description``
        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param str state: the state that this type of event speaks for
        :rtype: dict
        """
        fields = self._fields
        vals = {key: value for key, value in metadata.items() if key in fields}
        if not vals.get("error_type") and metadata.get("bounce_type"):
            vals["error_type"] = metadata["bounce_type"]
        if not vals.get("error_description") and metadata.get("bounce_description"):
            vals["error_description"] = metadata["bounce_description"]
        vals.update(tracking_email_id=tracking_email.id, event_type=event_type)
        for name in ("recipient", "recipient_address"):
            if name not in vals:
                vals[name] = tracking_email[name]
        with tracking_guard("looking for who waits for an event", "it is logged"):
            vals["is_awaited"] = tracking_email._is_awaited(event_type, vals)
        return vals

    @api.private
    def process_sent(self, tracking_email, metadata):
        """Values of an event *sent*: the SMTP server took the mail."""
        if args := metadata.get(SENT_ARGS):
            metadata = {**metadata, **(tracking_email._tracking_sent_prepare(*args) or {})}
        return self._process_data(tracking_email, metadata, ev.SENT, "sent")

    @api.private
    def process_error(self, tracking_email, metadata):
        """Values of an event *error*: an SMTP attempt failed."""
        return self._process_data(tracking_email, metadata, ev.ERROR, "error")

    @api.private
    def process_delivered(self, tracking_email, metadata):
        """Values of an event *delivered*: the recipient's mail server took the mail."""
        return self._process_data(tracking_email, metadata, ev.DELIVERED, "delivered")

    @api.private
    def process_relayed(self, tracking_email, metadata):
        """Values of an event *relayed*: passed on to a server that does not report delivery."""
        return self._process_data(tracking_email, metadata, ev.RELAYED, "sent")

    @api.private
    def process_deferral(self, tracking_email, metadata):
        """Values of an event *deferral*: a server on the way tries again later."""
        return self._process_data(tracking_email, metadata, ev.DEFERRAL, "deferred")

    @api.private
    def process_soft_bounce(self, tracking_email, metadata):
        """Values of an event *soft bounce*: given up, though the address may be good."""
        return self._process_data(tracking_email, metadata, ev.SOFT_BOUNCE, "soft-bounced")

    @api.private
    def process_hard_bounce(self, tracking_email, metadata):
        """Values of an event *hard bounce*: the address or its domain is dead."""
        return self._process_data(tracking_email, metadata, ev.HARD_BOUNCE, "bounced")

    @api.private
    def process_reject(self, tracking_email, metadata):
        """Values of an event *reject*: the email service did not even try."""
        return self._process_data(tracking_email, metadata, ev.REJECT, "rejected")

    @api.private
    def process_open(self, tracking_email, metadata):
        """Values of an event *open*."""
        return self._process_data(tracking_email, metadata, ev.OPEN, "opened")

    @api.private
    def process_click(self, tracking_email, metadata):
        """Values of an event *click*."""
        return self._process_data(tracking_email, metadata, ev.CLICK, "opened")

    @api.private
    def process_reply(self, tracking_email, metadata):
        """Values of an event *reply*: the recipient answered."""
        return self._process_data(tracking_email, metadata, ev.REPLY, "opened")

    @api.private
    def process_unsub(self, tracking_email, metadata):
        """Values of an event *unsub*: the recipient opted out."""
        return self._process_data(tracking_email, metadata, ev.UNSUB, "unsub")

    @api.private
    def process_spam(self, tracking_email, metadata):
        """Values of an event *spam*: the recipient complained."""
        return self._process_data(tracking_email, metadata, ev.SPAM, "spam")

    @api.private
    def process_unrecognized(self, tracking_email, metadata):
        """Values of an event *unrecognized*: a mail came back that nobody understood."""
        return self._process_data(tracking_email, metadata, ev.UNRECOGNIZED, "")


def lock_and_select(tracking_ids):
    """The query that locks trackings and reads their events, oldest first.

    One query instead of two. Nobody is waited for: what somebody else is writing is left out. A
    tracking without events has a row without one. Where transactions read what others commit
    meanwhile, the events have to be read once more.

    Of events alike the first and the last are read, and counted: nothing else of them decides
    anything, and a mail may be opened thousands of times.
    """
    return SQL(
        """
        WITH locked AS (
             SELECT id, current_setting('transaction_isolation') AS isolation
               FROM mail_tracking_email
              WHERE id = ANY(%(ids)s)
           ORDER BY id
                FOR NO KEY UPDATE SKIP LOCKED)
        SELECT event.*, locked.id AS tracking_email_id, isolation
          FROM locked
     LEFT JOIN (SELECT %(names)s, count(*) OVER alike AS number,
                       row_number() OVER (alike ORDER BY timestamp, id) AS place
                  FROM mail_tracking_event
                 WHERE tracking_email_id = ANY(%(ids)s)
                WINDOW alike AS (PARTITION BY tracking_email_id, event_type, open_kind,
                                              is_unproven, open_mode IS NULL)) AS event
            ON event.tracking_email_id = locked.id AND (place = 1 OR place = number)
      ORDER BY event.id
        """,
        names=SQL(", ").join(map(SQL.identifier, FOLDED_FIELDS)),
        ids=list(tracking_ids),
    )
