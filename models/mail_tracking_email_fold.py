from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import state
from .doors import is_extended
from .mail_send_batch import CreatedRows
from .statements import lock, plain_columns, update

#: What is read of events: for the fold, to tell repeated hits, and of the one that decides.
FOLD_FIELDS = [
    "tracking_email_id",
    "event_type",
    "timestamp",
    "open_kind",
    "ip",
    "user_agent",
    "time",
    "smtp_server",
    "reporting_server",
    "retry_until",
    "is_unproven",
    "delivery_report",
    "queue_id",
    "error_type",
    "error_description",
    "error_code",
    "error_status",
]


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
        events_by_row = rows._get_events()
        before, vals_by_row = {}, {}
        for row in rows:
            before[row] = row.state
            vals = row._prepare_changes(events_by_row.get(row.id, {}))
            if vals:
                vals_by_row[row.id] = vals
        changed = rows.browse(vals_by_row)
        if changed:
            changed._write_folded(vals_by_row)
            changed._follow_up(before)
            changed.mail_message_id._tracking_ping()
        return rows

    def _prepare_changes(self, events):
        """What changes in a row when it is derived from its events.

        :param dict events: ``tools.events.Event`` -> record
        :return: values that differ from those that the row has
        :rtype: dict
        """
        summary = state.fold(events)
        event = events[summary.event] if summary.event else None
        vals = {**self._prepare_sent_vals(events), **self._prepare_fold_vals(summary, event)}
        return {key: value for key, value in vals.items() if not self._has(key, value)}

    def _has(self, name, value):
        """Whether a field of this row, which was read when it was locked, has that value."""
        cache = self._fields[name]._get_cache(self.env)
        # of the same kind in the cache, but for what is empty
        if self.id in cache and (cache[self.id] or False) == (value or False):
            return True
        return self[name] == value

    def _lock_free(self):
        """Lock those of these rows that nobody else has locked, and read them anew.

        Where somebody was quicker, that is no error to log: the cron folds it.
        """
        condition = SQL("id = ANY(%s)", list(self._ids))
        return lock(self.browse(), condition, plain_columns(self), skip_locked=True)

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

        Of rows with very many hits some stand for the others.

        :return: row id -> {tools.events.Event: record}
        :rtype: dict
        """
        hot = self._filter_hot()
        counts = hot._count_hits()
        domain = [("tracking_email_id", "in", self.ids)]
        if hot:
            domain += hot._get_essential_domain(counts)
        found = self.env["mail.tracking.event"].search_fetch(domain, FOLD_FIELDS, order="id")
        return found._by_row(counts)

    @api.model
    def _get_failed_states(self):
        """The states in which somebody should look at a mail; see ``mail.message``.

        :rtype: set
        """
        return self.env["mail.message"].get_failed_states()

    def _prepare_fold_vals(self, summary, event):
        """Values of a row that follow from its events.

        :param Summary summary: what the events amount to
        :param event: the ``mail.tracking.event`` that decided, or None
        :rtype: dict
        """
        failed = summary.state in self._get_failed_states()
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
        source = event if troubled and event else self.env["mail.tracking.event"]
        bounced = summary.state in (ev.BOUNCED, ev.SOFT_BOUNCED)
        return {
            **vals,
            "error_type": source.error_type,
            "error_description": source.error_description,
            "error_code": source.error_code,
            "error_status": source.error_status,
            "error_smtp_server": source.smtp_server,
            "bounce_type": source.error_type if bounced else False,
            "bounce_description": source.error_description if bounced else False,
        }


def moment(timestamp):
    """A naive UTC datetime of seconds since 1970, or False.

    :param float timestamp: seconds, or None
    """
    if timestamp is None:
        return False
    value = datetime.fromtimestamp(timestamp, timezone.utc).replace(tzinfo=None, microsecond=0)
    return fields.Datetime.to_datetime(value)
