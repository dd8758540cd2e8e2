import contextlib
from collections import Counter

import psycopg2.errors

from odoo import models

from ..tools import events as ev
from ..tools import clients, opens
from .guard import tracking_guard
from .mail_send_batch import PlainRow
from .mail_tracking_webhook_match import HITS

#: the database is busy or down, or another request was faster: no event is at fault
MOMENT = (
    psycopg2.errors.UniqueViolation,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
)
FAILURES = (ev.DEFERRAL, ev.SOFT_BOUNCE, ev.HARD_BOUNCE, ev.REJECT)


class MailTrackingWebhook(models.Model):
    """Events that are matched go to the log of their mails, all at once."""

    _inherit = "mail.tracking.webhook"

    def _apply(self, matches, now):
        """Log the events of these matches and follow them up.

        :param list matches: of ``Match``
        :param float now: seconds since 1970
        :return: how many were applied, how many failed, how many are nobody's business
        :rtype: tuple
        """
        Tracking = self.env["mail.tracking.email"]
        webhook_id = self.id
        everything = Tracking.union(*(match.rows for match in matches))
        hits = Tracking.union(*(match.rows for match in matches if match.event.type in HITS))
        private, sent_times = hits._get_private(), hits._get_sent_times()
        source = self._prepare_source()
        entries, failed, skipped, shared = [], 0, 0, Counter()
        for match in matches:
            rows = match.rows
            if match.event.type in HITS:
                rows -= private
            if not rows:
                skipped += 1
                continue
            rows = rows.with_prefetch(everything._ids)
            found = None
            with tracking_guard(f"reading an event of webhook {webhook_id}"):
                found = self._prepare_events(match, rows, sent_times, source, now, shared)
            failed += found is None
            entries += found or []
        lost = self._apply_all(entries)
        return len(matches) - skipped - failed - lost, failed + lost, skipped

    def _prepare_events(self, match, rows, sent_times, source, now, shared):
        """Events of all rows that an event of the service is about.

        :param Counter shared: row id -> hits in this request on a mail to several people
        """
        metadata = {**source, **self._prepare_metadata(match.event, now)}
        entries = []
        if match.event.type in HITS and len(rows) > 1:
            lead = rows[0]
            hit = self._prepare_hit(match.event, metadata, sent_times.get(lead.id))
            rows = rows._filter_for_hit(lead, hit["open_kind"], shared[lead.id])
            shared[lead.id] += 1
        for index, row in enumerate(rows):
            # the first has the key itself, so that no second row can be hit by the same event
            key = match.key if not index else f"{match.key}:{row.id}"
            values = {**metadata, "event_key": key}
            if match.event.type in HITS:
                values.update(self._prepare_hit(match.event, metadata, sent_times.get(row.id)))
            entries.append((row, match.event.type, values))
        return entries

    def _prepare_source(self):
        """Metadata that all events of this webhook have in common.

        :rtype: dict
        """
        label = self._get_provider_classes()[self.provider].label
        return {"source": self.provider, "reporting_server": label}

    def _prepare_metadata(self, event, now):
        """Metadata of the events that an event of the service leads to.

        :rtype: dict
        """
        metadata = {
            "timestamp": event.time or now,
            "smtp_server": event.server or False,
            "error_details": event.text or False,
            "payload": event.raw or False,
        }
        if event.type in FAILURES:
            metadata.update(
                error_type=event.reason or "unknown",
                error_description=event.text or event.kind,
                error_code=str(event.code or ""),
                error_status=event.status,
            )
        return metadata

    def _prepare_hit(self, event, metadata, sent_time):
        """Values that say who opened or clicked, as far as that can be said."""
        agent = event.user_agent
        since = metadata["timestamp"] - sent_time if sent_time else None
        # whose clock is wrong nobody knows; before it was sent nobody opened it
        opening = opens.classify(agent, since if since is None or since >= 0 else None)
        if event.machine:
            opening = opens.Opening(ev.MACHINE, event.machine)
        return {
            "ip": event.ip or False,
            "user_agent": agent or False,
            "url": event.url or False,
            "open_kind": opening.kind,
            "open_reason": opening.reason,
            **clients.describe(agent),
        }

    def _apply_all(self, entries):
        """Apply events; those that cannot be applied are found by halving the list.

        :param list entries: see ``_log_events``
        :return: how many could not be applied
        :rtype: int
        """
        if not entries:
            return 0
        try:
            is_done = self._apply_once(entries)
        except psycopg2.errors.UniqueViolation:
            # the same events came twice at the same moment; now the others can be seen
            is_done = self._apply_once(entries)
        if is_done or len(entries) == 1:
            return 0 if is_done else 1
        middle = len(entries) // 2
        return self._apply_all(entries[:middle]) + self._apply_all(entries[middle:])

    def _apply_once(self, entries):
        """Apply events; returns whether nothing was wrong with any of them.

        :raise psycopg2.Error: when nothing is wrong with the events but with the moment
        """
        Tracking = self.env["mail.tracking.email"]
        is_done, moment = False, None
        self.env.flush_all()
        with tracking_guard(f"applying {len(entries)} events of webhook {self.id}"):
            try:
                # what we write ourselves is in savepoints already
                is_open = Tracking._has_event_doors()
                with self.env.cr.savepoint() if is_open else contextlib.nullcontext():
                    Tracking._log_events(entries)
                is_done = True
            except MOMENT as error:
                moment = error
        if moment:
            raise moment
        if not is_done:
            self.env.transaction.clear()  # what is cached was rolled back
        return is_done


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    def _get_private(self):
        """Those of these rows whose recipient does not want to be tracked; one query at most."""
        opt_outs = self.env["res.partner"]._get_tracking_opt_outs(PlainRow.of(self))
        return self.browse([row_id for row_id in self._ids if opt_outs[row_id]])

    def _get_sent_times(self):
        """Row id -> when the SMTP server took the mail, seconds since 1970; one query."""
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
        return {row.id: timestamp for row, timestamp in groups}
