import psycopg2.errors

from odoo import SUPERUSER_ID, api, models

from ..tools import events as ev
from .doors import is_extended
from .guard import BUSY, tracking_savepoint

FOLD_BATCH = 500


class MailTrackingEmail(models.Model):
    """Events in: logged at once, whatever becomes of the states."""

    _inherit = "mail.tracking.email"

    @api.private
    def event_create(self, event_type, metadata):
        """Log an event for each of these trackings, and follow it up.

        :param str event_type: one of ``tools.events.EVENT_TYPES``; one that nobody knows is
            named in the log and left out, as services invent new ones
        :param dict metadata: event fields, ``bounce_type``, ``bounce_description``
        :return: the new events
        """
        # a route without a user: somebody has to sign what follows
        rows = self if self.env.uid else self.with_user(SUPERUSER_ID)
        process = rows.env["mail.tracking.event"]._get_process(event_type)
        if not process:
            return rows.env["mail.tracking.event"]
        return rows._apply_events([process(row, dict(metadata)) for row in rows])

    @api.model
    def _has_event_doors(self):
        """Whether another addon has a say in what is logged of an event.

        :rtype: bool
        """
        Event = self.env["mail.tracking.event"]
        processes = [f"process_{word}" for word in ev.EVENT_TYPES]
        return is_extended(self, "event_create") or is_extended(
            Event, "create", "_process_data", *processes
        )

    @api.model
    def _log_events(self, entries, pristine=None, tell=None):
        """Log events of several trackings: ``event_create`` for many.

        :param list entries: of tracking, type of event, and metadata
        :param dict pristine: see ``_apply_events``
        :param tell: see ``_apply_events``
        :return: see ``_apply_events``
        """
        Event = self.env["mail.tracking.event"]
        if is_extended(self, "event_create"):
            return Event.union(*(row.event_create(word, data) for row, word, data in entries))
        processes = {word: Event._get_process(word) for word in {word for _, word, _ in entries}}
        vals_list = [processes[word](row, data) for row, word, data in entries if processes[word]]
        return self._apply_events(vals_list, pristine, tell)

    @api.model
    def _apply_events(self, vals_list, pristine=None, tell=None):
        """Log events and fold the states they lead to; one query of each kind.

        Events whose row is busy in another transaction are logged all the same, and
        folded by the cron a moment later: an event is never lost, a sender never waits.

        :param list vals_list: values of ``mail.tracking.event``, of any trackings
        :param dict pristine: row id -> ``PlainRow`` of the rows that have no event so far
        :param tell: what is called with the messages of these rows whose readers are to be
            told; ``_tracking_ping`` is the default
        :return: the new events of rows that are not pristine; those whose key is known
            already are left out
        """
        Event = self.env["mail.tracking.event"]
        Event.check_access("create")  # the statements below ask nobody
        vals_list = Event._filter_new(vals_list)
        pristine = (pristine or {}) if Event._can_insert() else {}
        first, others = [], []
        for vals in vals_list:
            is_first = vals["tracking_email_id"] in pristine and not vals["event_key"]
            (first if is_first else others).append(vals)
        if first:
            try:
                Event._apply_first(first, pristine, tell)
            except (*BUSY, psycopg2.errors.ForeignKeyViolation):  # or a row was deleted
                self._log_pending(first)
        events = self._apply_later(others) if others else Event
        try:
            self._flag_bounced(events)
        except BUSY:  # somebody else writes the contact; who told this will not come again
            events._set_pending(True)
            self._wake_fold()
        return events

    @api.model
    def _apply_later(self, vals_list):
        """Log events of rows that have some already, or may have, and fold these."""
        Event = self.env["mail.tracking.event"]
        try:
            with tracking_savepoint(self.env, joined=True) as savepoint:
                events = Event._log(vals_list, savepoint)
                rows = events.tracking_email_id
                busy = rows - rows._fold()
                if busy:
                    events.filtered(lambda e: e.tracking_email_id in busy)._set_pending(True)
                    self._wake_fold()
        except BUSY:
            events = self._log_pending(vals_list)
        return events

    @api.model
    def _log_pending(self, vals_list):
        """Log events whose rows are busy, and have them folded a moment later."""
        with tracking_savepoint(self.env):
            events = self.env["mail.tracking.event"]._log(
                [{**vals, "is_pending": True} for vals in vals_list]
            )
        self._wake_fold()
        return events

    @api.model
    def _wake_fold(self):
        # sudo: ir.cron - finishing what could not be finished here
        self.env.ref("mail_tracking.ir_cron_fold").sudo()._trigger()

    @api.model
    def _cron_fold(self):
        """Fold the states of rows that were busy when their events came."""
        try:
            done, remaining = self._fold_pending()
            self.env.flush_all()
        except BUSY:  # and still are: nothing is wrong
            self.env.cr.rollback()
            self._wake_fold()
            return
        self.env["ir.cron"]._commit_progress(done, remaining=remaining)

    @api.model
    def _fold_pending(self):
        """Fold a batch of what had to wait.

        :return: events applied, events that still wait
        :rtype: tuple
        """
        Event = self.env["mail.tracking.event"]
        pending = Event.search([("is_pending", "=", True)], limit=FOLD_BATCH, order="id")
        folded = pending.tracking_email_id._fold()
        done = pending.filtered(lambda event: event.tracking_email_id in folded)
        done._set_pending(False)
        # the contact may have been busy as well; who was flagged is not flagged again
        self._flag_bounced(done)
        return len(done), Event.search_count([("is_pending", "=", True)], limit=FOLD_BATCH)
