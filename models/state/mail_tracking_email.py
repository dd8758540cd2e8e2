import logging
import time
from collections import defaultdict
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain

from ...tools import events as ev
from ...tools import opens, sentences, smtp_setup, state
from ...tools.summary import delay_of
from ..guard import (
    TRANSIENT_ERRORS,
    WOKEN,
    check_usable,
    lock,
    tracking_guard,
    tracking_savepoint,
    try_lock,
)
from ..mail_tracking_email import to_utc_datetime
from .mail_tracking_event import MODE_FIELDS, SENT_FIELDS

_logger = logging.getLogger(__name__)

#: What core's notification says of an error of ours; anything else is "unknown".
ERROR_TO_FAILURE = {
    "no_recipient": "mail_email_missing",
    "invalid_address": "mail_email_invalid",
    "address_dead": "mail_email_invalid",
    "user_unknown": "mail_email_invalid",
    "host_unknown": "mail_email_invalid",
    "disabled": "mail_email_invalid",
    "moved": "mail_email_invalid",
    "spam": "mail_spam",
    "network": "mail_smtp",
    **dict.fromkeys(smtp_setup.REASONS, "mail_smtp"),
}
#: Errors of what stands in the place of an address; no server said anything.
ADDRESS_ERRORS = ("no_recipient", "invalid_address")
#: States that core calls a bounce: they were found out after the mail had left.
BOUNCE_STATES = ("bounced", "soft-bounced", "rejected", "spam")
#: What Odoo's own notification shows of its trackings, and the fields they are found by.
NOTIFIED_FIELDS = [
    "mail_message_id",
    "partner_id",
    "recipient_address",
    "state",
    "error_type",
    "error_description",
    "needs_action",
]
#: What is read of Odoo's notifications to compare them.
SYNCED_FIELDS = [
    "mail_message_id",
    "res_partner_id",
    "mail_email_address",
    "notification_status",
    "failure_type",
    "failure_reason",
]
#: More contacts than these are not marked at once: each mark is a write and a note.
MAX_MARKS = 20
#: No event is at fault: its source will report it again.
NO_FAULT = (*TRANSIENT_ERRORS, psycopg2.OperationalError, psycopg2.InterfaceError)
#: Domains of the events that wait to be applied, and then to be served to who waits for them.
PENDING = [("is_pending", "=", True), ("tracking_email_id", "!=", False)]
AWAITED = [("is_awaited", "=", True), ("is_pending", "=", False)]
#: events that are processed between two commits
BATCH = 100
#: What cannot be processed for so long is given up; the log says why.
GIVE_UP = timedelta(days=1)
RETRY = timedelta(minutes=5)


class MailTrackingEmail(models.Model):
    """Events in, states out: whatever is learnt of a mail takes this road.

    ``_apply_events`` logs, ``_fold`` derives the states from the log, ``_follow_up`` lets
    messages and notifications follow. What cannot be done at once, as somebody else is writing
    the tracking or the contact, and what others are notified of later, hangs on the event: it stays
    pending until ``_process_pending_events`` is done with it.
    """

    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------

    @api.private
    def event_create(self, event_type, metadata):
        """Log an event for each of these trackings, and follow it up.

        :param str event_type: one of ``tools.events.EVENT_TYPES``; one that nobody knows is
            named in Odoo's log and left out, as services invent new ones
        :param dict metadata: event fields, ``bounce_type``, ``bounce_description``; an
            ``event_key`` is that of the first tracking, the others get keys made of it
        :return: the new events
        """
        # a route without a user: somebody has to sign what follows
        trackings = self if self.env.uid else self.with_user(SUPERUSER_ID)
        entries = [(tracking, event_type, dict(metadata)) for tracking in trackings]
        for tracking, _event_type, data in entries[1:]:
            if key := data.get("event_key"):
                data["event_key"] = f"{key}:{tracking.id}"
        return trackings._log_events(entries)

    @api.model
    def _log_events(self, entries, **values):
        """Log events of several trackings: ``event_create`` for many.

        Opens and clicks that are not to be known are left out, from whatever source.

        :param list entries: of tracking, type of event, and metadata; with ``is_pending`` an
            event is logged and no more
        :param values: of all these events, besides what the hooks say
        :return: the new events
        """
        entries = self._filter_noted(entries)
        Event = self.env["mail.tracking.event"]
        if not entries:
            return Event
        hooks = {word: Event._get_process(word) for word in {word for _, word, _ in entries}}
        # not before they are asked for: hooks are called inside of the savepoint
        vals_list = (
            {**hooks[word](tracking, data), **values}
            for tracking, word, data in entries
            if hooks[word]
        )
        if all(data.get("is_pending") for _row, _word, data in entries):
            return Event._log(list(vals_list))
        return self._apply_events(vals_list)

    @api.model
    def _log_in_halves(self, entries, **values):
        """Log events; one that cannot be logged is found by halving, and costs no other.

        :param list entries: see ``_log_events``
        :param values: see ``_log_events``
        :return: the new events, and the entries that cannot be logged
        :raise psycopg2.Error, LockError: where the database is busy or down
        """
        with tracking_guard(f"logging {len(entries)} events", "others are logged", NO_FAULT):
            return self._log_events(entries, **values), []
        if len(entries) == 1:
            return self.env["mail.tracking.event"], entries
        middle = len(entries) // 2
        events, failed = self._log_in_halves(entries[:middle], **values)
        more_events, more_failed = self._log_in_halves(entries[middle:], **values)
        return events | more_events, failed + more_failed

    @api.model
    def _apply_events(self, vals_list):
        """Log events, and let everything follow that follows from them.

        Where that fails, as somebody else is writing the same tracking or an addon makes a
        mistake, the events are logged all the same and processed by the cron: no event is
        lost, and a sender waits for nobody.

        :param vals_list: values of ``mail.tracking.event``; with ``is_pending`` an event is
            logged and no more
        :return: the new events
        """
        Event = self.env["mail.tracking.event"]
        Event.check_access("create")  # the statement that logs asks nobody
        with tracking_savepoint(self.env) as undo:
            vals_list = list(vals_list)
            # others are notified of failures: logged as pending, these need no second write
            failed = [vals.get("event_type") in ev.FAILURES for vals in vals_list]
            logged = zip(failed, vals_list, strict=True)
            events = Event._log([{"is_pending": is_failed, **vals} for is_failed, vals in logged])
            with tracking_guard("applying events", "it is tried again") as errors:
                try:
                    self._process_new(events, vals_list)
                    self.env.flush_all()
                    check_usable(self.env.cr)
                except TRANSIENT_ERRORS as error:
                    errors.append(error)
                    _logger.info("Trackings of %s events are busy", len(events))
            if errors:
                undo()
                events = Event._log([{**vals, "is_pending": True} for vals in vals_list])
                self._wake_cron()
        return events

    @api.model
    def _process_new(self, events, vals_list):
        """Fold what was just logged, and leave to the cron what cannot be done at once."""
        ids = {vals["tracking_email_id"] for vals in vals_list if not vals.get("is_pending")}
        trackings = self.browse(ids - {False})
        if not (events and trackings):
            return
        before = trackings._fold()
        to_notify = trackings.filtered(
            lambda tracking: (
                tracking.id not in before or tracking._is_failure_news(before[tracking.id][0])
            )
        )
        waiting = to_notify
        if evidence := trackings.browse(before)._filter_address_evidence(before):
            with tracking_guard("updating contacts", "it is tried again") as errors:
                try:
                    with tracking_savepoint(self.env):
                        evidence._update_contacts(events, max_marks=MAX_MARKS)
                except TRANSIENT_ERRORS as error:  # somebody is writing these contacts
                    errors.append(error)
                    _logger.info("Contacts of %s emails are busy", len(evidence))
            if errors:
                waiting |= evidence
        if waiting:
            events._filter_of(waiting)._set_pending()
        failed = {v["tracking_email_id"] for v in vals_list if v.get("event_type") in ev.FAILURES}
        # failures that change nothing leave nothing to do
        if idle := trackings.browse(failed & ids) - waiting:
            events._filter_of(idle).filtered("is_pending")._mark(is_pending=False)

    def _is_failure_news(self, old_state):
        """Whether others are to be notified: it failed, or does so no more."""
        failed_states = self._get_failed_states()
        return self.state in failed_states or old_state in failed_states

    # ------------------------------------------------------------
    # STATES
    # ------------------------------------------------------------

    def _fold(self):
        """Derive the states of these trackings from all their events.

        :return: tracking id -> its state before, and whether that was unproven; of those that
            nobody else is writing
        """
        events_by_tracking = self.env["mail.tracking.event"]._lock_and_read(self)
        trackings = self.browse(events_by_tracking)
        before = {tracking.id: (tracking.state, tracking.is_unproven) for tracking in trackings}
        ids_by_vals = defaultdict(list)
        for tracking in trackings:
            vals = tracking._prepare_folded(events_by_tracking[tracking.id])
            changes = tuple(
                (name, value) for name, value in vals.items() if tracking[name] != value
            )
            if changes:
                ids_by_vals[changes].append(tracking.id)
        for changes, ids in ids_by_vals.items():
            self.browse(ids).write(dict(changes))
        changed = self.browse(
            tracking_id
            for changes, ids in ids_by_vals.items()
            if {name for name, _value in changes} != {"delay"}  # that is for statistics alone
            for tracking_id in ids
        )
        if changed:
            changed.flush_recordset()
            changed._follow_up({tracking.id: before[tracking.id][0] for tracking in changed})
        return before

    @api.model
    def _get_event_claims(self):
        """Which states follow from types of events that other addons add.

        :return: type of event -> ``tools.state.Claim``: the state, its strength among those
            in ``tools.state``, and its preference among equally strong ones
        :rtype: dict
        """
        return {}

    def _get_sent_times(self):
        """Tracking id -> when the SMTP server took the mail, seconds since 1970; one query."""
        if not self:
            return {}
        groups = self.env["mail.tracking.event"]._read_group(
            [
                ("tracking_email_id", "in", self.ids),
                ("event_type", "=", ev.SENT),
                ("is_unproven", "=", False),
            ],
            ["tracking_email_id"],
            ["timestamp:min"],
        )
        return {tracking.id: timestamp for tracking, timestamp in groups}

    def _prepare_folded(self, events):
        """Values of a tracking that follow from its events.

        :param dict events: ``tools.events.Event`` -> values
        """
        summary = state.fold(events)
        event = events[summary.event] if summary.event else {}
        failed = summary.state in self._get_failed_states()
        is_new = self.state != summary.state or self.needs_action
        bounced = summary.state in (ev.BOUNCED, ev.SOFT_BOUNCED)
        cause = event if failed or summary.state == ev.DEFERRED else {}
        vals = {
            "state": summary.state,
            "state_time": event.get("time"),
            # what was sent again needs nobody any more, whatever is still heard of it
            "needs_action": failed and is_new and not self.successor_id,
            "first_open": to_utc_datetime(summary.first_open),
            "last_open": to_utc_datetime(summary.last_open),
            "open_count": summary.open_count,
            "machine_open_count": summary.machine_open_count,
            "click_count": summary.click_count,
            "first_reply": to_utc_datetime(summary.first_reply),
            "delay": delay_of(events),
            "error_type": cause.get("error_type"),
            "error_description": cause.get("error_description"),
            "error_code": cause.get("error_code"),
            "error_status": cause.get("error_status"),
            "error_smtp_server": cause.get("smtp_server"),
            "bounce_type": bounced and event["error_type"],
            "bounce_description": bounced and event["error_description"],
            **self._prepare_evidence_vals(events, event),
        }
        if event.get("event_type") == ev.ERROR and event["smtp_server"] and not self.smtp_server:
            if event["error_type"] not in sentences.NO_SERVER_ASKED:
                vals["smtp_server"] = event["smtp_server"]
        return {name: False if value in (None, "") else value for name, value in vals.items()}

    def _prepare_evidence_vals(self, events, event):
        """Values of the last server that took the mail, and of the event that decides.

        :param dict events: ``tools.events.Event`` -> values
        :param dict event: values of the deciding one, empty without one
        """
        vals = {}
        sent = [each for each in events if each.type == ev.SENT and not each.unproven]
        if sent:
            sent.sort(key=lambda each: (each.time, each.ref))
            last = events[sent[-1]]
            vals = {name: last[name] for name in SENT_FIELDS if last[name]}
            decided = [events[each] for each in sent if events[each]["open_mode"]]
            vals |= {name: decided[-1][name] for name in MODE_FIELDS} if decided else {}
        if not event:
            return vals
        vals |= {
            "answering_server": event["reporting_server"] and event["smtp_server"],
            "reporting_server": event["reporting_server"],
            "final_recipient": event["final_recipient"],
            "retry_until": event["retry_until"],
            "dead_since": event["dead_since"],
            "is_unproven": bool(event["is_unproven"]),
        }
        if event["event_type"] == ev.SENT:
            vals["delivery_report"] = event["delivery_report"]
        elif event["event_type"] == ev.RELAYED:
            vals["delivery_report"] = "none"
        elif event["event_type"] == ev.ERROR and event["delivery_report"]:
            vals["delivery_report"] = event["delivery_report"]
        if event["queue_id"]:
            vals["queue_id"] = event["queue_id"]
        return vals

    @api.model
    def _get_failed_states(self):
        """The states in which somebody should look at a mail; see ``mail.message``."""
        return self.env["mail.message"].get_failed_states()

    # ------------------------------------------------------------
    # WHAT FOLLOWS
    # ------------------------------------------------------------

    def _follow_up(self, old_states):
        """Let messages and notifications follow these trackings, whose values have changed.

        :param dict old_states: tracking id -> state before
        """
        failures = self.filtered(
            lambda tracking: tracking._is_failure_news(old_states[tracking.id])
        )
        if failures:
            failures._sync_needs_action()
            failures._sync_notifications()
            failures._sync_mailing_traces()
        self.mail_message_id._notify_tracking_update()
        moved = self.filtered(lambda tracking: tracking.state != old_states[tracking.id])
        if moved:
            moved._on_state_change({tracking.id: old_states[tracking.id] for tracking in moved})

    def _on_state_change(self, old_states):
        """Hook for addons that react to a new state of these trackings.

        It runs in the transaction that learns of it, inside a savepoint: whatever fails here
        undoes the new states, and is tried again for a day; the events are logged all the same.
        It is called once for all trackings of a batch.

        :param dict old_states: tracking id -> state before, False for *waiting*
        """

    def _sync_notifications(self):
        """Let core's notifications of these recipients say the same as their trackings.

        Of nobody else: a message may have thousands, and bounces come one by one.
        """
        current = self._get_current()
        partner_ids, addresses = current.partner_id.ids, current._get_addresses()
        of_messages = Domain("mail_message_id", "in", current.mail_message_id.ids)
        # sudo: mail.notification - follows evidence, not a user's wish
        notifications = self.env["mail.notification"].sudo()
        to_recipients = Domain("res_partner_id", "in", partner_ids)
        to_recipients |= Domain("mail_email_address", "in", addresses)
        notifications = notifications.search(
            of_messages & to_recipients & Domain("notification_type", "=", "email")
        )
        lock(notifications)  # before the other trackings are read that speak of them
        notifications.fetch(SYNCED_FIELDS)
        of_recipients = Domain("partner_id", "in", partner_ids)
        of_recipients |= Domain("recipient_address", "in", addresses)
        found = self.search_fetch(
            of_messages & of_recipients & Domain("successor_id", "=", False),
            NOTIFIED_FIELDS,
            order="id",
        )
        ids_by_key = defaultdict(list)
        for tracking in found:
            message_id = tracking.mail_message_id.id
            for key in {tracking.partner_id.id, tracking.recipient_address} - {False}:
                ids_by_key[message_id, key].append(tracking.id)
        ids_by_vals, current_ids = defaultdict(list), set(current._ids)
        for notification in notifications:
            key = notification.res_partner_id.id or notification.mail_email_address
            own_ids = ids_by_key[notification.mail_message_id.id, key]
            if current_ids.isdisjoint(own_ids):
                continue
            vals = self.browse(own_ids)._prepare_notification_vals()
            if any(notification[name] != value for name, value in vals.items()):
                ids_by_vals[tuple(vals.items())].append(notification.id)
        for vals, ids in ids_by_vals.items():
            notifications.browse(ids).write(dict(vals))
        notifications.flush_recordset()

    def _get_addresses(self):
        return list(set(self.mapped("recipient_address")) - {False})

    def _prepare_notification_vals(self):
        """Values of the notification whose recipient these trackings are of."""
        failed_states = self._get_failed_states()
        failed = [tracking for tracking in self if tracking.state in failed_states]
        if any(tracking.state and tracking.state not in failed_states for tracking in self):
            return {
                "notification_status": "sent",
                "failure_type": False,
                "failure_reason": False,
            }
        if not failed:
            return {}
        last = failed[-1]
        vals = {"failure_reason": last.error_description}
        if last.error_type in ADDRESS_ERRORS:  # nobody was asked: core says that in its words
            vals["failure_reason"] = self.env["ir.mail_server"].NO_VALID_RECIPIENT
        if last.state in BOUNCE_STATES:
            vals.update(notification_status="bounce", failure_type="mail_bounce")
        else:
            failure_type = self._get_failure_type(last.error_type)
            vals.update(notification_status="exception", failure_type=failure_type)
        if not any(tracking.needs_action for tracking in failed):
            vals["notification_status"] = "canceled"  # core's word for a failure that was reviewed
        return vals

    @api.model
    def _get_failure_type(self, error_type):
        """Core's failure type for an error of ours."""
        error_type = error_type or "unknown"
        known = dict(self.env["mail.mail"]._fields["failure_type"].selection)
        return error_type if error_type in known else ERROR_TO_FAILURE.get(error_type, "unknown")

    # ------------------------------------------------------------
    # PENDING EVENTS
    # ------------------------------------------------------------

    @api.model
    def _wake_cron(self, at=None):
        """Have pending events processed after the commit; once for a transaction."""
        data = self.env.cr.precommit.data
        if at or not data.get(WOKEN):
            data[WOKEN] = data.get(WOKEN) or not at
            # sudo: ir.cron - finishing what was begun here
            self.env.ref("mail_tracking.ir_cron_fold").sudo()._trigger(at)

    @api.model
    def _process_pending_events(self):
        """Process what was logged and has to be applied yet, and what waits for its mail."""
        last_id, failed, seconds, is_burst = 0, 0, 1, False
        while seconds:
            events = self._search_batch(PENDING, last_id)
            if not events and not is_burst:
                break
            if not events:  # the hits of a burst do not wake the cron, each at a price
                is_burst = False
                time.sleep(opens.BURST_SECONDS)
                continue
            last_id = events[-1].id
            is_burst = "pixel" in events.mapped("source")
            done = self._process_in_halves(events, self._process_events)
            failed += len(events) - done
            remaining = len(self._search_batch(PENDING, last_id))
            seconds = self.env["ir.cron"]._commit_progress(done, remaining=remaining)
        failed += self._process_awaited()
        self.env["mail.tracking.event"]._process_waiting()
        if failed:
            self._wake_cron(fields.Datetime.now() + RETRY)

    @api.model
    def _process_pending_of(self, messages):
        """Process what is pending of these messages, as somebody is about to look at them.

        :param messages: ``mail.message``, with sudo
        """
        if messages and not self.env.cr.readonly:
            self._process_pending([("tracking_email_id.mail_message_id", "in", messages.ids)])

    @api.model
    def _process_pending(self, domain):
        Event = self.env["mail.tracking.event"].with_user(SUPERUSER_ID)
        events = Event.search([*domain, ("is_pending", "=", True)], limit=BATCH, order="id")
        if events:
            Tracking = self.with_user(SUPERUSER_ID)
            Tracking._process_in_halves(events, Tracking._process_events)

    @api.readonly
    def web_read(self, specification):
        """Override of ``web``: lists and forms show what is pending as well."""
        self.check_access("read")
        if not self.env.cr.readonly:
            self._process_pending([("tracking_email_id", "in", self.ids)])
        return super().web_read(specification)

    @api.model
    def _search_batch(self, domain, last_id):
        """The next events of a queue."""
        domain = [*domain, ("id", ">", last_id)]
        return self.env["mail.tracking.event"].search(domain, limit=BATCH, order="id")

    @api.model
    def _process_in_halves(self, events, process):
        """Process events, all at once, or by halves where that fails.

        :param process: called with events; returns how many are done
        :return: how many are done
        """
        done = 0
        with tracking_guard(f"processing {len(events)} events", "it is tried again"):
            try:
                with tracking_savepoint(self.env):
                    done = process(events)
                return done
            except TRANSIENT_ERRORS:  # nothing is wrong, and the next run finds them
                _logger.info("Trackings of %s events are busy", len(events))
                if len(events) == 1:
                    return 0
        if len(events) > 1:
            middle = len(events) // 2
            return self._process_in_halves(events[:middle], process) + self._process_in_halves(
                events[middle:], process
            )
        if events.exists() and events.create_date < fields.Datetime.now() - GIVE_UP:
            _logger.error("Email tracking gives up processing event %s", events.id)
            events._mark(is_pending=False, is_awaited=False)
        return 0

    @api.model
    def _process_events(self, events):
        """Do all that follows from pending events.

        :return: how many are done; of the others somebody else is writing the tracking
        """
        before = events.tracking_email_id._fold()
        events = try_lock(events.filtered(lambda event: event.tracking_email_id.id in before))
        events._mark(is_pending=False)
        trackings = events.filtered(lambda event: event.source != "pixel").tracking_email_id
        hit = events.tracking_email_id - trackings
        evidence = hit._filter_address_evidence(before)
        # these may have been folded when they were logged, and had to wait for their contacts
        first = events.filtered(lambda event: event.time == event.tracking_email_id.first_open)
        evidence |= (trackings | first.tracking_email_id)._filter_address_evidence({})
        evidence._update_contacts(events)
        trackings |= hit.filtered(
            lambda tracking: tracking._is_failure_news(before[tracking.id][0])
        )
        # Odoo's own notifications of authors
        trackings.mail_message_id.filtered(
            lambda message: message._is_thread_message()
        )._notify_message_notification_update()
        return len(events)

    # ------------------------------------------------------------
    # AWAITED EVENTS
    # ------------------------------------------------------------

    def _is_awaited(self, event_type, vals):
        """Whether somebody waits for such an event of this tracking; it costs no query.

        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param dict vals: values of the event
        """
        return (
            (self.is_watched and self._is_watched_for(event_type, vals))
            or self.env["mail.tracking.rule"]._is_awaited(self, event_type, vals)
            or self.env["mail.tracking.event"]._is_automated()
        )

    @api.model
    def _process_awaited(self):
        """Serve those who wait for events: after the commit, in batches, each event once.

        :return: how many events could not be processed
        """
        last_id, failed, seconds = 0, 0, 1
        while seconds and (events := self._search_batch(AWAITED, last_id)):
            last_id = events[-1].id
            done = self._process_in_halves(events, self._serve_awaited)
            failed += len(events) - done
            remaining = len(self._search_batch(AWAITED, last_id))
            seconds = self.env["ir.cron"]._commit_progress(done, remaining=remaining)
        return failed

    @api.model
    def _serve_awaited(self, events):
        """Let reminders, people and rules know of these events, whose states are applied.

        :return: how many are done; the others somebody else is serving
        """
        # one process at a time: rules of several would add the same followers to a record
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtext('mail_tracking_awaited'))")
        if not self.env.cr.fetchone()[0]:
            return 0
        events = try_lock(events)
        events._mark(is_awaited=False)
        events._serve_watchers()
        self.env["mail.tracking.rule"]._run_on_events(events)
        events._run_automations()
        return len(events)
