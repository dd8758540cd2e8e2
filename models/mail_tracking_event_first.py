from collections import defaultdict

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import state
from .doors import has_stored_computes, is_extended
from .guard import tracking_savepoint
from .mail_send_batch import CreatedRows

SAVEPOINT = SQL.identifier("mail_tracking")


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    def _drop_unused(self):
        """Delete rows that nothing refers to: there was no e-mail for them after all.

        Past the ORM, which would ask several tables for what such rows cannot have.
        """
        if not self:
            return
        CreatedRows.of(self.env.cr).forget(self._ids)
        delete = SQL("DELETE FROM mail_tracking_email WHERE id IN %s AND state IS NULL", self._ids)
        execute_guarded(self.env.cr, [delete])
        self.invalidate_recordset(flush=False)


class MailTrackingEvent(models.Model):
    """The first event of a row, usually *sent*: the one case that has to be cheap.

    Nothing needs to be read or locked, and the events of a whole batch, the states of
    its rows and the savepoint around them go to PostgreSQL in one round trip.
    """

    _inherit = "mail.tracking.event"

    @api.model
    def _apply_first(self, vals_list, pristine, threads=None):
        """Log events of rows that have none so far, and derive their states.

        :param list vals_list: values of events
        :param dict pristine: row id -> ``PlainRow`` of these rows
        :param dict threads: message id -> model and id of its record, where known
        :raise psycopg2.Error: where another transaction changed such a row meanwhile;
            nothing is written then
        """
        vals_list = [self._prepare_create_vals(vals) for vals in vals_list]
        vals_by_row = self._fold_first(vals_list)
        execute_guarded(self.env.cr, [self._insert_sql(vals_list), *self._update_sql(vals_by_row)])
        rows = self.env["mail.tracking.email"].browse(vals_by_row)
        CreatedRows.of(self.env.cr).forget(rows._ids)
        rows.invalidate_recordset(flush=False)
        self._follow_up_first(rows, vals_by_row)
        told = {
            pristine[row_id].message_id for row_id in vals_by_row if not pristine[row_id].is_new
        }
        self.env["mail.message"].browse(told - {False})._tracking_ping(threads)

    @api.model
    def _can_insert(self):
        """Whether the short way does all that would be done on the long one.

        :rtype: bool
        """
        Tracking = self.env["mail.tracking.email"]
        return not (
            has_stored_computes(self, Tracking)
            or is_extended(self, "create")
            or is_extended(Tracking, "write", "_fold", "_follow_up")
        )

    @api.model
    def _fold_first(self, vals_list):
        """The values of the rows that follow from these events.

        :return: row id -> values
        :rtype: dict
        """
        blank = self.env["mail.tracking.email"]
        events_by_row = defaultdict(dict)
        for number, vals in enumerate(vals_list):
            event = ev.Event(
                type=vals["event_type"],
                time=vals["timestamp"],
                open_kind=vals.get("open_kind") or "",
                ref=number,
            )
            events_by_row[vals["tracking_email_id"]][event] = vals
        result = {}
        for row_id, events in events_by_row.items():
            summary = state.fold(events)
            decisive = dict(events.get(summary.event) or {}, tracking_email_id=False)
            vals = blank._prepare_fold_vals(summary, self.new(decisive))
            result[row_id] = {key: value for key, value in vals.items() if value}
        return result

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    @api.model
    def _insert_sql(self, vals_list):
        """One INSERT of events."""
        columns, rows = self._get_insert_values(vals_list)
        return SQL(
            "INSERT INTO mail_tracking_event (%s) VALUES %s",
            SQL(", ").join(SQL.identifier(field.name) for field in columns),
            SQL(", ").join(rows),
        )

    @api.model
    def _update_sql(self, vals_by_row):
        """UPDATEs of rows, one for all that get values for the same fields.

        Each mail has a queue number of its own, so the values themselves do differ.
        """
        Tracking = self.env["mail.tracking.email"]
        log = {"write_uid": self.env.uid, "write_date": self.env.cr.now()}
        ids_by_names = defaultdict(list)
        for row_id, vals in sorted(vals_by_row.items()):
            ids_by_names[tuple(vals)].append(row_id)
        for names, ids in ids_by_names.items():
            columns = [Tracking._fields[name] for name in ("id", *names, *log)]
            rows = [
                SQL("(%s)", SQL(", ").join(self._typed_sql(field, vals) for field in columns))
                for vals in ({"id": row_id, **vals_by_row[row_id], **log} for row_id in ids)
            ]
            identifiers = [SQL.identifier(field.name) for field in columns]
            yield SQL(
                "UPDATE mail_tracking_email SET %s FROM (VALUES %s) AS new (%s)"
                " WHERE mail_tracking_email.id = new.id",
                SQL(", ").join(SQL("%s = new.%s", name, name) for name in identifiers[1:]),
                SQL(", ").join(rows),
                SQL(", ").join(identifiers),
            )

    def _typed_sql(self, field, vals):
        """The value of a column, with the type that PostgreSQL cannot guess in VALUES."""
        value = field.convert_to_column(vals[field.name], self.env["mail.tracking.email"])
        return SQL("%s::%s", value, SQL(field.column_type[0]))

    @api.model
    def _follow_up_first(self, rows, vals_by_row):
        failed_states = rows._get_failed_states()
        failed = rows.filtered(lambda row: vals_by_row[row.id].get("state") in failed_states)
        if failed:
            with tracking_savepoint(self.env):
                failed._follow_up(dict.fromkeys(failed, False))


def execute_guarded(cr, statements):
    """Run statements in a savepoint, all in one round trip.

    :param Cursor cr: of the transaction
    :param list statements: of :class:`SQL`, which return nothing
    :raise psycopg2.Error: whatever went wrong; the transaction stays usable
    """
    guarded = [
        SQL("SAVEPOINT %s", SAVEPOINT),
        *statements,
        SQL("RELEASE SAVEPOINT %s", SAVEPOINT),
    ]
    try:
        cr.execute(SQL("; ").join(guarded), log_exceptions=False)
    except psycopg2.Error:
        cr.execute(SQL("ROLLBACK TO SAVEPOINT %s", SAVEPOINT))
        cr.execute(SQL("RELEASE SAVEPOINT %s", SAVEPOINT))
        raise
