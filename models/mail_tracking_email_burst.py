import hashlib
import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import opens
from .doors import is_extended
from .mail_tracking_email_hot import HOT_HITS, MAX_EVENTS, MAX_GUESSED_HITS, MAX_HITS
from .mail_tracking_email_pixel import LOCK_TIMEOUT, REPEAT_SECONDS
from .statements import lock_timeout, run

#: So many opens within so many seconds are a burst.
BURST_EVENTS = 5
BURST_SECONDS = 1.0
#: What woke the cron so long ago does so no more: perhaps nobody heard it.
WAKE_PERIOD = timedelta(seconds=5)
#: A row with more waiting hits is folded by the hit that comes next.
MAX_WAITING = HOT_HITS
#: What of an opening depends on when the mail was sent.
OPENING_FIELDS = ("open_kind", "open_reason")
#: What an event has of its row.
ROW_FIELDS = ("recipient", "recipient_address", "is_unproven")
#: Looks at the row of a hit, logs the hit, and sees whether the cron was woken for it.
LOG_HIT = """
    WITH found AS MATERIALIZED (
        SELECT row.id, row.recipient, row.recipient_address, row.envelope_token,
               row.token IS NULL AS is_unproven,
               COALESCE(row.open_count, 0) + COALESCE(row.machine_open_count, 0)
               + COALESCE(row.click_count, 0)
               < CASE WHEN row.token IS NULL THEN %(max_guessed)s ELSE %(max_hits)s END
               AND NOT EXISTS (SELECT FROM mail_tracking_event
                                WHERE tracking_email_id = row.id
                               OFFSET %(max_events)s LIMIT 1) AS has_room
          FROM mail_tracking_email row
         WHERE row.id = %(id)s
           AND sha256(convert_to(COALESCE(row.token, ''), 'UTF8')) = %(digest)s
           FOR KEY SHARE OF row),
    hit AS MATERIALIZED (
        SELECT row.*, event.sent, COALESCE(event.waiting, 0) AS waiting,
               NOT COALESCE(event.is_repeated, FALSE) AND row.has_room AS is_known
          FROM found row
         CROSS JOIN LATERAL (
               SELECT max(timestamp) FILTER (
                          WHERE event_type = 'sent' AND is_unproven IS NOT TRUE) AS sent,
                      bool_or(event_type = 'open' AND timestamp > %(since)s
                              AND COALESCE(ip, '') = %(ip)s
                              AND COALESCE(user_agent, '') = %(agent)s) AS is_repeated,
                      count(*) FILTER (WHERE is_pending IS TRUE) AS waiting
                 FROM mail_tracking_event
                WHERE tracking_email_id = row.id AND row.has_room) AS event),
    logged AS (
        INSERT INTO mail_tracking_event (tracking_email_id, %(names)s)
        SELECT id, %(values)s
          FROM hit
         WHERE %(may_log)s AND is_known AND envelope_token IS NULL
           AND waiting < %(max_waiting)s
           AND EXISTS (SELECT FROM ir_cron WHERE id = %(cron)s AND active)
           AND %(is_burst)s
     RETURNING id)
    SELECT hit.is_known, logged.id,
           CASE WHEN logged.id IS NOT NULL
                THEN (SELECT id FROM ir_cron_trigger
                       WHERE cron_id = %(cron)s
                         AND call_at BETWEEN %(since_woken)s AND %(at)s
                       LIMIT 1 FOR KEY SHARE SKIP LOCKED) END
      FROM hit LEFT JOIN logged ON TRUE
"""


class Hit(NamedTuple):
    """What came of a hit on a pixel."""

    is_known: bool  #: the token is right, and it is no repetition
    is_logged: bool  #: nothing is left to be done


class MailTrackingEmail(models.Model):
    """Images that are loaded by many at once, as after a mailing.

    Each hit is logged at once, by one statement that waits for nobody. What follows from it
    for the row, and what its readers are told, follows a moment later for all of them
    together: to tell somebody costs a connection to PostgreSQL each time.
    """

    _inherit = "mail.tracking.email"

    @api.model
    def _log_hit(self, row_id, secret, metadata, now):
        """Log a hit on a pixel, if it is one of a burst; one round trip.

        Hits with the same token wait for one another, so that the second of two that
        come at once is seen to be a repetition. Others lock and learn nothing.

        :param int row_id: id of the row
        :param str secret: its token; empty for a row of an old mail that has none
        :param dict metadata: client details
        :param float now: seconds since 1970
        :rtype: Hit
        :raise psycopg2.Error: where another hit, or a deletion, takes long
        """
        self.flush_model()
        self.env["mail.tracking.event"].flush_model()
        digest = hashlib.sha256(secret.encode("utf-8", "replace")).digest()
        key = hashlib.sha256(b"%d %s" % (row_id, digest)).digest()
        wait = SQL("SELECT pg_advisory_xact_lock(%s)", int.from_bytes(key[:8], "big", signed=True))
        hit = self._get_hit_sql(row_id, digest, metadata, now)
        run(self.env.cr, [lock_timeout(LOCK_TIMEOUT), wait, hit])
        found = self.env.cr.fetchone()
        if not found:
            return Hit(is_known=False, is_logged=False)
        is_known, event_id, trigger_id = found
        if event_id and not trigger_id:
            self._wake_fold()
        return Hit(is_known=is_known, is_logged=bool(event_id))

    def _get_hit_sql(self, row_id, digest, metadata, now):
        """The statement that logs a hit, and what it tells of it.

        It tells whether it was a hit, which event was logged, and what woke the cron that
        folds it a moment ago. The cron takes that away before it looks for events: whoever
        holds it until their own event is there to be seen need not wake it again.
        """
        values = self._prepare_hit_values(metadata, now)
        at = fields.Datetime.now()
        cron = "mail_tracking.ir_cron_fold"
        return SQL(
            LOG_HIT,
            id=row_id,
            digest=digest,
            since=now - REPEAT_SECONDS,
            is_burst=self._get_burst_sql(now),
            ip=metadata.get("ip") or "",
            agent=metadata.get("user_agent") or "",
            max_hits=MAX_HITS,
            max_guessed=MAX_GUESSED_HITS,
            max_events=MAX_EVENTS,
            max_waiting=MAX_WAITING,
            may_log=self._can_log_hits() and not metadata.get("session_uid"),
            names=SQL(", ").join(map(SQL.identifier, values)),
            values=SQL(", ").join(values.values()),
            cron=self.env["ir.model.data"]._xmlid_to_res_id(cron, raise_if_not_found=True),
            at=at,
            since_woken=at - WAKE_PERIOD,
        )

    @api.model
    def _get_burst_sql(self, now):
        """The condition that many opens were logged a moment ago.

        :param float now: seconds since 1970
        :rtype: SQL
        """
        query = """
            (SELECT count(*) FROM (SELECT FROM mail_tracking_event
                                    WHERE timestamp > %s AND event_type = 'open'
                                 ORDER BY timestamp DESC, id DESC LIMIT %s) AS latest) = %s
        """
        return SQL(query, now - BURST_SECONDS, BURST_EVENTS, BURST_EVENTS)

    @api.model
    def _cron_fold(self):
        """Override to wait, while a burst goes on, for the opens of another moment.

        They need not wake the cron, each time at the price of a connection, and the last of
        them are not forgotten until it comes by itself.
        """
        res = super()._cron_fold()
        if self.env.execute_query(SQL("SELECT %s", self._get_burst_sql(time.time())))[0][0]:
            self.env["ir.cron"]._commit_progress()  # ends the transaction
            time.sleep(BURST_SECONDS)
            res = super()._cron_fold()
        return res

    def _can_log_hits(self):
        """Whether nobody else wants to know of each hit, so that a statement may log it.

        :rtype: bool
        """
        Event = self.env["mail.tracking.event"]
        steps = ("process_open", "_process_data", "_prepare_create_vals")
        return not (self._has_open_doors() or is_extended(Event, *steps))

    def _prepare_hit_values(self, metadata, now):
        """The columns of the event of a hit: values and what is taken from its row.

        :param dict metadata: client details
        :param float now: seconds since 1970
        :return: name of a column -> SQL
        :rtype: dict
        """
        Event = self.env["mail.tracking.event"]
        usual, fast = (opens.classify(metadata.get("user_agent"), age) for age in (None, 0.0))
        vals = Event._prepare_create_vals(self._prepare_opening(metadata, usual, now))
        vals.update(event_type=ev.OPEN, is_pending=True)
        values = {
            name: SQL("%s", Event._fields[name].convert_to_column_insert(value, Event))
            for name, value in vals.items()
        }
        if fast != usual:
            too_fast = SQL("sent > %s", now - opens.TOO_FAST_SECONDS)
            for name, value in zip(OPENING_FIELDS, fast, strict=True):
                values[name] = SQL(
                    "CASE WHEN %s THEN %s ELSE %s END", too_fast, value, values[name]
                )
        values.update((name, SQL.identifier(name)) for name in ROW_FIELDS)
        # no user: nobody is known here, and each would lock the same one
        for name in ("create_date", "write_date"):
            values[name] = SQL("now() AT TIME ZONE 'UTC'")
        return values

    @api.model
    def _prepare_opening(self, metadata, opening, now):
        """Values of the event of a hit.

        :param dict metadata: client details
        :param Opening opening: what the hit is taken for
        :param float now: seconds since 1970
        :rtype: dict
        """
        metadata = {key: value for key, value in metadata.items() if key != "session_uid"}
        return {
            **metadata,
            "open_kind": opening.kind,
            "open_reason": opening.reason,
            "source": "pixel",
            "timestamp": now,
        }
