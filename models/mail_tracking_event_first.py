import contextlib
from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import state
from .doors import has_stored_computes, is_extended
from .guard import tracking_savepoint
from .mail_send_batch import CreatedRows
from .mail_tracking_email_fold import PlainEvent
from .statements import execute_guarded, insert, updates


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    @api.model
    def _insert_rows(self, vals_list):
        """Create rows past the ORM, in one round trip.

        :param list vals_list: complete values
        :return: their numbers
        :rtype: list[int]
        :raise AccessError: where the user may not create rows
        """
        self.check_access("create")
        found = SQL(
            "SELECT token, id FROM mail_tracking_email WHERE token = ANY(%s)",
            [vals["token"] for vals in vals_list],
        )
        execute_guarded(self.env.cr, [insert(self, vals_list)], found)
        id_by_token = dict(self.env.cr.fetchall())
        ids = [id_by_token[vals["token"]] for vals in vals_list]
        names = set().union(*vals_list)
        for name in names:
            for inverse in self.pool.field_inverses[self._fields[name]]:
                self.env[inverse.model_name].invalidate_model([inverse.name], flush=False)
        self.browse(ids).modified(names, create=True)
        return ids

    def _drop_unused(self):
        """Delete rows that nothing refers to: there was no email for them after all.

        Past the ORM, which would ask several tables for what such rows cannot have.
        """
        if not self:
            return
        CreatedRows.of(self.env.cr).forget(self._ids)
        self.flush_recordset()
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
    def _apply_first(self, vals_list, pristine, tell=None):
        """Log events of rows that have none so far, and derive their states.

        :param list vals_list: values of events
        :param dict pristine: row id -> ``PlainRow`` of these rows
        :param tell: see ``_apply_events``
        :raise psycopg2.Error: where another transaction changed such a row meanwhile;
            nothing is written then
        """
        vals_list = [self._prepare_create_vals(vals) for vals in vals_list]
        vals_by_row = self._fold_first(vals_list)
        failed_states = self.env["mail.tracking.email"]._get_failed_states()
        failed_ids = [
            row_id for row_id, vals in vals_by_row.items() if vals.get("state") in failed_states
        ]
        # a failure is written with all that follows from it, or not at all
        with tracking_savepoint(self.env) if failed_ids else contextlib.nullcontext():
            self._write_first(vals_list, vals_by_row, failed_ids)
        told = {
            pristine[row_id].message_id for row_id in vals_by_row if not pristine[row_id].is_new
        }
        messages = self.env["mail.message"].browse(told - {False})
        if tell:
            tell(messages)
        else:
            messages._tracking_ping()

    @api.model
    def _write_first(self, vals_list, vals_by_row, failed_ids):
        """Write events and states, and let messages and notifications follow the failures."""
        rows = self.env["mail.tracking.email"].browse(vals_by_row)
        rows.flush_recordset()
        execute_guarded(self.env.cr, [insert(self, vals_list), *self._update_sql(vals_by_row)])
        CreatedRows.of(self.env.cr).forget(rows._ids)
        rows.invalidate_recordset(flush=False)
        self._follow_fields(rows, set().union(*vals_by_row.values()))
        failed = rows.browse(failed_ids)
        if failed:
            failed._follow_up(dict.fromkeys(failed._ids, (False, False)))

    @api.model
    def _follow_fields(self, rows, names):
        """Have the stored fields of others follow what was written past the ORM.

        The number of a new event was not fetched, so those that depend on any field of
        events follow through their row.

        :param rows: ``mail.tracking.email`` that got a new event
        :param names: fields of the rows that have changed
        """
        rows.modified({*names, "tracking_event_ids"})

    @api.model
    def _can_insert(self):
        """Whether the short way does all that would be done on the long one.

        :rtype: bool
        """
        Tracking = self.env["mail.tracking.email"]
        return not (
            self._has_own_create()
            or has_stored_computes(Tracking)
            or is_extended(Tracking, "write", "_fold", "_follow_up")
        )

    @api.model
    def _fold_first(self, vals_list):
        """The values of the rows that follow from these events.

        :return: row id -> values
        :rtype: dict
        """
        blank = self.env["mail.tracking.email"]
        failed_states = blank._get_failed_states()
        events_by_row = defaultdict(dict)
        for number, vals in enumerate(vals_list):
            event = ev.Event(
                type=vals["event_type"],
                time=vals["timestamp"],
                open_kind=vals.get("open_kind") or "",
                ref=number,
                unproven=bool(vals.get("is_unproven")),
            )
            events_by_row[vals["tracking_email_id"]][event] = vals
        result = {}
        for row_id, events in events_by_row.items():
            summary = state.fold(events)
            decisive = PlainEvent.of_values(events.get(summary.event) or {})
            vals = blank._prepare_fold_vals(summary, decisive, failed_states)
            result[row_id] = {key: value for key, value in vals.items() if value}
        return result

    @api.model
    def _update_sql(self, vals_by_row):
        """UPDATEs of rows: each mail has a queue number of its own.

        :param dict vals_by_row: row id -> values
        :rtype: list[SQL]
        """
        return updates(self.env["mail.tracking.email"], vals_by_row)
