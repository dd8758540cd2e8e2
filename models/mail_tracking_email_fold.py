import time
from collections import defaultdict
from datetime import datetime, timezone

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import smtp, state
from .doors import is_extended
from .guard import lock_in_order, tracking_savepoint

#: What core's notification says of an error of ours; anything else is "unknown".
ERROR_TO_FAILURE = {
    "no_recipient": "mail_email_missing",
    "invalid_address": "mail_email_invalid",
    "user_unknown": "mail_email_invalid",
    "host_unknown": "mail_email_invalid",
    "disabled": "mail_email_invalid",
    "moved": "mail_email_invalid",
    "spam": "mail_spam",
    "smtp": "mail_smtp",
    "network": "mail_smtp",
}
#: States that core calls a bounce: they were found out after the mail had left.
BOUNCE_STATES = {"bounced", "soft-bounced", "rejected", "spam"}
#: A transaction that is elsewhere in the same row: nothing is wrong, try later.
BUSY = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.DeadlockDetected,
)
FOLD_BATCH = 500


class MailTrackingEmail(models.Model):
    """Events in, states out."""

    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------

    @api.private
    def event_create(self, event_type, metadata):
        """Log an event for each of these trackings, and follow it up.

        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param dict metadata: event fields, ``bounce_type``, ``bounce_description``
        :return: the new events
        :raise ValueError: on an event type that is not known
        """
        if event_type not in ev.EVENT_TYPES:
            raise ValueError(f"Unknown event type {event_type!r}")
        # a route without a user: somebody has to sign what follows
        rows = self if self.env.uid else self.with_user(SUPERUSER_ID)
        process = getattr(rows.env["mail.tracking.event"], f"process_{event_type}")
        return rows._apply_events([process(row, dict(metadata)) for row in rows])

    @api.model
    def _log_events(self, entries, pristine=None, threads=None):
        """Log events of several trackings: ``event_create`` for many.

        :param list entries: of tracking, type of event, and metadata
        :param dict pristine: see ``_apply_events``
        :param dict threads: see ``_apply_events``
        :return: see ``_apply_events``
        """
        Event = self.env["mail.tracking.event"]
        if is_extended(self, "event_create"):
            return Event.union(*(row.event_create(word, data) for row, word, data in entries))
        vals_list = [getattr(Event, f"process_{word}")(row, data) for row, word, data in entries]
        return self._apply_events(vals_list, pristine, threads)

    @api.model
    def _apply_events(self, vals_list, pristine=None, threads=None):
        """Log events and fold the states they lead to; one query of each kind.

        Events whose row is busy in another transaction are logged all the same, and
        folded by the cron a moment later: an event is never lost, a sender never waits.

        :param list vals_list: values of ``mail.tracking.event``, of any trackings
        :param dict pristine: row id -> ``PlainRow`` of the rows that have no event so far
        :param dict threads: message id -> model and id of its record, where known
        :return: the new events of rows that are not pristine; those whose key is known
            already are left out
        """
        Event = self.env["mail.tracking.event"]
        vals_list = Event._filter_new(vals_list)
        pristine = (pristine or {}) if Event._can_insert() else {}
        first = [vals for vals in vals_list if vals["tracking_email_id"] in pristine]
        others = [vals for vals in vals_list if vals["tracking_email_id"] not in pristine]
        if first:
            try:
                Event._apply_first(first, pristine, threads)
            except (*BUSY, psycopg2.errors.ForeignKeyViolation):  # or a row was deleted
                self._log_pending(first)
        events = self._apply_later(others) if others else Event
        self._flag_bounced(events)
        return events

    @api.model
    def _apply_later(self, vals_list):
        """Log events of rows that have some already, or may have, and fold these."""
        Event = self.env["mail.tracking.event"]
        try:
            with tracking_savepoint(self.env):
                events = Event._log(vals_list)
                rows = events.tracking_email_id
                busy = rows - rows._fold()
                if busy:
                    events.filtered(lambda e: e.tracking_email_id in busy).is_pending = True
                    events.flush_recordset()
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
        done, remaining = self._fold_pending()
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
        done.is_pending = False
        return len(done), Event.search_count([("is_pending", "=", True)], limit=FOLD_BATCH)

    # ------------------------------------------------------------
    # FOLD: the only writer of states
    # ------------------------------------------------------------

    def _fold(self):
        """Derive the state of these rows from all their events.

        :return: the rows that were folded; the others are locked by someone else
        """
        if not self:
            return self
        rows = self._lock_free()
        events_by_row = rows._get_events()
        before = {row: row.state for row in rows}
        changed = self.browse()
        for row in rows:
            events = events_by_row.get(row.id, {})
            summary = state.fold(events)
            event = events[summary.event] if summary.event else None
            vals = row._prepare_fold_vals(summary, event)
            vals = {key: value for key, value in vals.items() if row[key] != value}
            if vals:
                row.write(vals)
                changed |= row
        if changed:
            changed.flush_recordset()
            changed._follow_up(before)
            changed.mail_message_id._tracking_ping()
        return rows

    def _lock_free(self):
        """Lock those of these rows that nobody else has locked."""
        query = (
            "SELECT id FROM mail_tracking_email WHERE id IN %s ORDER BY id"
            " FOR NO KEY UPDATE SKIP LOCKED"
        )
        # where somebody was quicker, that is no error to log: the cron folds it
        self.env.cr.execute(SQL(query, self._ids or (0,)), log_exceptions=False)
        rows = self.browse([row_id for (row_id,) in self.env.cr.fetchall()])
        # another transaction may have changed them since they were read
        rows.invalidate_recordset(flush=False)
        return rows

    def _get_events(self):
        """All events of these rows, as the fold wants them; one query.

        :return: row id -> {tools.events.Event: record}
        :rtype: dict
        """
        found = self.env["mail.tracking.event"].search_fetch(
            [("tracking_email_id", "in", self.ids)],
            ["tracking_email_id", "event_type", "timestamp", "open_kind"],
            order="id",
        )
        return found._by_row()

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
        if event and event.smtp_server and not self.smtp_server:
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

    # ------------------------------------------------------------
    # FOLLOW-UP
    # ------------------------------------------------------------

    def _follow_up(self, before):
        """Let message, notification and contact follow the new states.

        :param dict before: row -> state it had
        """
        failed_states = self._get_failed_states()
        failed = self.filtered(lambda row: row.state in failed_states)
        settled = (self - failed).filtered(lambda row: before[row] in failed_states)
        if failed or settled:
            (failed | settled).mail_message_id._tracking_update_needs_action()
            (failed | settled)._sync_notifications()
        alive = self.filtered(
            lambda row: row.state in ("delivered", "opened") and row.state != before[row]
        )
        if alive:
            alive._clear_bounced_flag()

    def _get_failure_type(self, values):
        """Core's failure type for an error of ours.

        :param dict values: ``error_type``
        :rtype: str
        """
        error_type = values.get("error_type") or "unknown"
        known = dict(self.env["mail.mail"]._fields["failure_type"].selection)
        return error_type if error_type in known else ERROR_TO_FAILURE.get(error_type, "unknown")

    def _sync_notifications(self):
        """Let core's notifications tell the same story as these rows."""
        # sudo: mail.notification - follows evidence, not a user's wish
        notifications = (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("mail_message_id", "in", self.mail_message_id.ids),
                    ("notification_type", "=", "email"),
                ]
            )
        )
        notifications = lock_in_order(notifications)
        current = self._get_current()
        siblings = self.search_fetch(
            [("mail_message_id", "in", self.mail_message_id.ids), ("successor_id", "=", False)],
            ["mail_message_id", "partner_id", "recipient_address", "state"],
            order="id",
        )
        rows_by_key = defaultdict(self.browse)
        for row in siblings:
            for key in {row.partner_id.id, row.recipient_address} - {False}:
                rows_by_key[row.mail_message_id.id, key] |= row
        changed = self.env["mail.notification"]
        for notification in notifications:
            key = notification.res_partner_id.id or notification.mail_email_address
            rows = rows_by_key[notification.mail_message_id.id, key]
            vals = rows._prepare_notification_vals() if rows & current else {}
            if any(notification[field] != value for field, value in vals.items()):
                notification.write(vals)
                changed |= notification
        changed.mail_message_id.filtered(
            lambda message: message._is_thread_message()
        )._notify_message_notification_update()

    def _prepare_notification_vals(self):
        """Values of the notification whose recipient these rows are."""
        good = self - self.filtered(lambda row: row.state in self._get_failed_states())
        if good.filtered("state"):
            return {
                "notification_status": "sent",
                "failure_type": False,
                "failure_reason": False,
            }
        failed = (self - good)[-1:]
        if not failed:
            return {}
        bounced = failed.state in BOUNCE_STATES
        return {
            "notification_status": "bounce" if bounced else "exception",
            "failure_type": "mail_bounce"
            if bounced
            else failed._get_failure_type({"error_type": failed.error_type}),
            "failure_reason": failed.error_description,
        }

    def _clear_bounced_flag(self):
        """A mail arrived: the address lives."""
        addresses = [address for address in self.mapped("recipient_address") if address]
        # sudo: res.partner - the flag follows evidence, not a user's wish
        partners = (
            self.env["res.partner"]
            .sudo()
            .search([("email_bounced", "=", True), ("email_normalized", "in", addresses)])
        )
        if partners:
            partners = lock_in_order(partners)
            partners.email_bounced = False

    # ------------------------------------------------------------
    # OUTCOME OF AN SMTP ATTEMPT
    # ------------------------------------------------------------

    @api.private
    def smtp_error(self, mail_server, smtp_server, exception):
        """Log that these recipients did not get their mail.

        :param mail_server: ``ir.mail_server``, may be empty
        :param str smtp_server: host name
        :param Exception exception: what was raised
        :return: the new events
        """
        metadata = {"smtp_server": smtp_server}
        return self._log_events(
            [(row, ev.ERROR, row._tracking_error_prepare(exception, metadata)) for row in self]
        )

    def _tracking_sent_prepare(self, mail_server, smtp_server, message, message_id):
        """Metadata of the event that says that the SMTP server took the mail.

        :param mail_server: ``ir.mail_server`` or None
        :param str smtp_server: host name
        :param EmailMessage message: what was sent
        :param str message_id: its Message-ID
        :rtype: dict
        """
        return {"smtp_server": smtp_server, "timestamp": time.time()}

    def _tracking_error_prepare(self, exception, metadata):
        """Metadata of the event that says why a mail could not be sent.

        :param Exception exception: what was raised
        :param dict metadata: what is known besides
        :rtype: dict
        """
        self.ensure_one()
        metadata = {**metadata, **getattr(exception, "tracking_metadata", {})}
        known = {"recipient", "recipient_address"} <= metadata.keys()
        source = metadata if known else self
        recipient, address = source["recipient"], source["recipient_address"]
        if not address:
            missing = not (recipient or "").strip()
            metadata["error_type"] = "no_recipient" if missing else "invalid_address"
            metadata["error_description"] = (
                self.env._("The contact has no e-mail address")
                if missing
                else self.env._("%(text)s is no e-mail address", text=recipient)
            )
            return metadata
        failure = smtp.describe(exception, address)
        error_type = failure.error_type
        if isinstance(exception, AssertionError):
            error_type = "invalid_address"
        metadata.setdefault("error_type", error_type)
        metadata.setdefault("error_description", failure.text)
        metadata["error_code"] = str(failure.code or "")
        metadata["error_status"] = failure.status
        return metadata


def moment(timestamp):
    """A naive UTC datetime of seconds since 1970, or False.

    :param float timestamp: seconds, or None
    """
    if timestamp is None:
        return False
    value = datetime.fromtimestamp(timestamp, timezone.utc).replace(tzinfo=None, microsecond=0)
    return fields.Datetime.to_datetime(value)
