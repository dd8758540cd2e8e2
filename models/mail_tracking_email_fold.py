from collections import Counter, defaultdict
from datetime import datetime, timezone
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import state
from .columns import column_of, differing, plain_columns
from .doors import is_extended
from .mail_send_batch import CreatedRows
from .statements import lock, update

#: Of a row with more events than these, some stand for the others.
MAX_READ = 500
#: Fields of a row that no event changes, and that decide nothing: they are not read anew.
KEPT_FIELDS = {
    "name",
    "timestamp",
    "date",
    "sender",
    "author_id",
    "company_id",
    "recipient",
    "recipient_domain",
    "is_cc",
    "token",
    "envelope_token",
    "mail_id_int",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
}


class PlainEvent(NamedTuple):
    """What is read of an event: for the fold, to tell repeated hits, and of the one that decides.

    Plain values, as thousands of them are read for one request. What is empty is None or False.
    """

    id: int = 0
    tracking_email_id: int = 0
    event_type: str = ""
    timestamp: float = 0.0
    open_kind: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    time: datetime | None = None
    smtp_server: str | None = None
    reporting_server: str | None = None
    final_recipient: str | None = None
    retry_until: datetime | None = None
    is_unproven: bool = False
    delivery_report: str | None = None
    queue_id: str | None = None
    error_type: str | None = None
    error_description: str | None = None
    error_code: str | None = None
    error_status: str | None = None

    @classmethod
    def of_values(cls, vals):
        """What the fold wants of an event that is about to be logged.

        :param dict vals: complete values
        """
        return cls(**{name: vals[name] for name in cls._fields if name in vals})

    def to_fold(self, count=1):
        """This event as the rule wants it.

        :param int count: how many it stands for
        :rtype: tools.events.Event
        """
        return ev.Event(
            self.event_type,
            self.timestamp or 0.0,
            self.open_kind or "",
            ref=self.id,
            count=count,
            unproven=bool(self.is_unproven),
        )


NOTHING = PlainEvent()


class MailTrackingEmail(models.Model):
    """Events in, states out: the only writer of states."""

    _inherit = "mail.tracking.email"

    def _fold(self):
        """Derive the state of these rows from all their events.

        :return: the rows that were folded; the others are locked by someone else
        """
        if not self:
            return self
        rows = self._lock_free()
        events_by_row, failed_states = rows._get_events(), self._get_failed_states()
        before = rows._get_standing()
        folded = {
            row.id: row._prepare_folded(events_by_row.get(row.id, {}), failed_states)
            for row in rows
        }
        vals_by_row = differing(rows, folded)
        changed = rows.browse(vals_by_row)
        if changed:
            changed._write_folded(vals_by_row)
            changed._follow_up(before)
            rows.env["mail.message"].browse(
                dict.fromkeys(filter(None, column_of(changed, "mail_message_id")))
            )._tracking_ping()
        return rows

    def _get_standing(self):
        """What these rows are known to be.

        :return: row id -> state, and whether it carries no key
        :rtype: dict
        """
        columns = (column_of(self, name) for name in ("state", "is_unproven"))
        return dict(zip(self._ids, zip(*columns, strict=True), strict=True))

    def _prepare_folded(self, events, failed_states):
        """Values of a row that is derived from its events.

        :param dict events: ``tools.events.Event`` -> ``PlainEvent``
        :param failed_states: see ``_get_failed_states``
        :rtype: dict
        """
        summary = state.fold(events)
        event = events[summary.event] if summary.event else None
        return {
            **self._prepare_sent_vals(events),
            **self._prepare_fold_vals(summary, event, failed_states),
        }

    def _lock_free(self):
        """Lock those of these rows that nobody else has locked, and read them anew.

        Where somebody was quicker, that is no error to log: the cron folds it.
        """
        condition = SQL("id = ANY(%s)", list(self._ids))
        fields = [field for field in plain_columns(self) if field.name not in KEPT_FIELDS]
        return lock(self.browse(), condition, fields, skip_locked=True)

    def _write_folded(self, vals_by_row):
        """Write states, in one round trip where nobody else wants to know of each.

        :param dict vals_by_row: row id -> values, of each of these rows
        """
        names = set().union(*vals_by_row.values())
        if is_extended(self, "write") or names - {field.name for field in plain_columns(self)}:
            for row in self:
                row.write(vals_by_row[row.id])
            self.flush_recordset()
            return
        CreatedRows.of(self.env.cr).forget(self._ids)
        update(self, vals_by_row)

    def _get_events(self):
        """All events of these rows, as the fold wants them; one query.

        Of rows with very many events some stand for the others.

        :return: row id -> {tools.events.Event: PlainEvent}
        :rtype: dict
        """
        self.env["mail.tracking.event"].flush_model()
        hot = self._filter_hot()
        read = (self - hot)._read_events(MAX_READ + 1)
        # not all events were folded yet, or they are no hits
        numbers = Counter(event.tracking_email_id for event in read)
        hot |= self.browse(row_id for row_id, number in numbers.items() if number > MAX_READ)
        counts = hot._count_alike()
        hot_ids = set(hot._ids)
        read = [event for event in read if event.tracking_email_id not in hot_ids]
        result = defaultdict(dict)
        for found in [*read, *hot._read_events(None, list(counts))]:
            event = found.to_fold(counts.get(found.id, 1))
            result[found.tracking_email_id][event] = found
        return result

    def _read_events(self, limit, ids=None):
        """Events of these rows.

        :param int limit: read no more of each row, and not the first ones in particular
        :param list ids: of which events
        :rtype: list[PlainEvent]
        """
        if not self:
            return []
        query = SQL(
            """
                SELECT %(names)s
                  FROM unnest(%(row_ids)s) AS row (id)
            CROSS JOIN LATERAL (
                       SELECT * FROM mail_tracking_event
                        WHERE tracking_email_id = row.id AND %(chosen)s LIMIT %(limit)s) AS event
              ORDER BY event.id
            """,
            names=SQL(", ").join(SQL.identifier("event", name) for name in PlainEvent._fields),
            row_ids=list(self._ids),
            chosen=SQL("TRUE") if ids is None else SQL("id = ANY(%s)", ids),
            limit=limit,
        )
        return [PlainEvent._make(found) for found in self.env.execute_query(query)]

    @api.model
    def _get_failed_states(self):
        """The states in which somebody should look at a mail; see ``mail.message``.

        :rtype: set
        """
        return self.env["mail.message"].get_failed_states()

    def _prepare_fold_vals(self, summary, event, failed_states):
        """Values of a row that follow from its events.

        :param Summary summary: what the events amount to
        :param PlainEvent event: the one that decided, or None
        :param failed_states: see ``_get_failed_states``
        :rtype: dict
        """
        failed = summary.state in failed_states
        # what was sent again needs nobody any more, whatever is still heard of it
        newly_failed = (
            failed and not self.successor_id and (self.state != summary.state or self.needs_action)
        )
        vals = {
            "state": summary.state or False,
            "state_time": event.time if event else False,
            "needs_action": bool(newly_failed),
            "first_open": moment(summary.first_open),
            "last_open": moment(summary.last_open),
            "open_count": summary.open_count,
            "machine_open_count": summary.machine_open_count,
            "click_count": summary.click_count,
        }
        ours = event and event.event_type in (ev.SENT, ev.ERROR)
        if ours and event.smtp_server and not self.smtp_server:
            vals["smtp_server"] = event.smtp_server
        vals.update(self._prepare_evidence_vals(event))
        troubled = failed or summary.state == ev.DEFERRED
        source = event if troubled and event else NOTHING
        bounced = summary.state in (ev.BOUNCED, ev.SOFT_BOUNCED)
        vals.update(
            error_type=source.error_type,
            error_description=source.error_description,
            error_code=source.error_code,
            error_status=source.error_status,
            error_smtp_server=source.smtp_server,
            bounce_type=source.error_type if bounced else False,
            bounce_description=source.error_description if bounced else False,
        )
        return vals


def moment(timestamp):
    """A naive UTC datetime of seconds since 1970, or False.

    :param float timestamp: seconds, or None
    """
    if timestamp is None:
        return False
    value = datetime.fromtimestamp(timestamp, timezone.utc).replace(tzinfo=None, microsecond=0)
    return fields.Datetime.to_datetime(value)
