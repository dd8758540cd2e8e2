import hashlib
from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize
from odoo.tools._vendor.useragents import UserAgent

from ..tools import clients, opens, tokens
from ..tools import events as ev
from ..tools.providers.errors import WebhookError
from .guard import tracking_guard
from .mail_tracking_email_pixel import LOCK_TIMEOUT
from .mail_tracking_webhook_day import Tally

HITS = (ev.OPEN, ev.CLICK)
#: the database is busy or down, or another request was faster: no event is at fault
MOMENT = (
    psycopg2.errors.UniqueViolation,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
)
FAILURES = (ev.DEFERRAL, ev.SOFT_BOUNCE, ev.HARD_BOUNCE, ev.REJECT)


class Match(NamedTuple):
    """An event and the rows it is about."""

    key: str
    event: object
    rows: object


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    payload = fields.Text(
        "Event of the service",
        readonly=True,
        groups="base.group_system",
        help="What the email service sent. Not kept of what people did.",
    )


class MailTrackingWebhook(models.Model):
    """From a request to events of our mails, in a constant number of queries."""

    _inherit = "mail.tracking.webhook"

    # ------------------------------------------------------------
    # REQUEST
    # ------------------------------------------------------------

    @api.model
    def _receive(self, webhook_id, path_secret, provider_code, headers, body, now):
        """Take a request of an email service, or refuse it.

        Runs in a transaction of its own (READ COMMITTED), so that requests of one
        service that come at once wait for each other instead of failing.

        :param int webhook_id: number in the address
        :param str path_secret: secret in the address
        :param str provider_code: provider in the address
        :param dict headers: HTTP headers, names in lower case
        :param bytes body: what came
        :param float now: seconds since 1970
        :return: HTTP status
        :rtype: int
        """
        webhook = self.search_fetch([("id", "=", webhook_id), ("provider", "=", provider_code)])
        if not webhook or not tokens.same(webhook.path_secret, path_secret):
            return 404
        self.env.cr.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        Day = self.env["mail.tracking.webhook.day"]
        provider = webhook._get_provider()
        try:
            provider.verify(headers, body, webhook._get_secrets(), now)
            confirmation = provider.confirmation_url(body)
            if confirmation:
                self._fetch(confirmation)
            events = provider.parse(body)
        except WebhookError as error:
            Day._count(webhook, Tally(refused=1), reason=error.reason)
            return provider.status_of(error)
        tally = webhook._take(events, provider, now)
        unknown = next((e.kind for e in events if e.kind and not e.known), "")
        Day._count(webhook, tally, unknown_kind=unknown[:100])
        return 200

    # ------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------

    def _take(self, events, provider, now):
        """Apply the events of one verified request.

        :param list events: of ``tools.providers.base.WebhookEvent``
        :param provider: the adapter
        :param float now: seconds since 1970
        :rtype: Tally
        """
        meant = [event for event in events if event.type in ev.EVENT_TYPES]
        event_by_key = {}
        for event in meant:
            event_by_key.setdefault(self._get_event_key(event), event)
        fresh = self._filter_fresh(event_by_key)
        matches, unmatched = self._match(fresh)
        kept = {
            key: event
            for key, event in unmatched.items()
            if provider.remember_seconds or event.token
        }
        if kept:
            self.env["mail.tracking.webhook.waiting"]._keep(self, kept, provider.remember_seconds)
        waiting = sum(bool(event.token) for event in unmatched.values())
        applied, failed, private = self._apply(matches, now)
        return Tally(
            events=len(events),
            applied=applied,
            duplicates=len(meant) - len(fresh),
            waiting=waiting,
            unmatched=len(unmatched) - waiting,
            ignored=len(events) - len(meant) + private,
            failed=failed,
        )

    def _take_late(self, events):
        """Apply events that had to wait for their mail."""
        event_by_key = {self._get_event_key(event): event for event in events}
        matches, unmatched = self._match(event_by_key)
        now = fields.Datetime.now().timestamp()
        applied, failed, private = self._apply(matches, now)
        tally = Tally(applied=applied, unmatched=len(unmatched), ignored=private, failed=failed)
        self.env["mail.tracking.webhook.day"]._count(self, tally)

    def _get_event_key(self, event):
        """The identity of an event, in a name space of this webhook."""
        digest = hashlib.sha256(event.key.encode("utf-8", "replace")).hexdigest()[:40]
        return f"webhook:{self.id}:{digest}"

    def _filter_fresh(self, event_by_key):
        """Leave out what came before; one query."""
        keys = list(event_by_key)
        if not keys:
            return {}
        found = self.env.execute_query(
            SQL(
                "SELECT event_key FROM mail_tracking_event WHERE event_key = ANY(%(keys)s)"
                " UNION ALL SELECT event_key FROM mail_tracking_webhook_waiting"
                " WHERE event_key = ANY(%(keys)s)",
                keys=keys,
            )
        )
        known = {key for (key,) in found}
        return {key: event for key, event in event_by_key.items() if key not in known}

    # ------------------------------------------------------------
    # MATCHING: the unguessable token first, then Message-ID and recipient
    # ------------------------------------------------------------

    def _match(self, event_by_key):
        """The rows that events are about; three queries.

        :param dict event_by_key: event key -> event
        :return: matches, and the events of which no mail is known here
        :rtype: tuple
        """
        envelopes = self._find_by_token({e.token for e in event_by_key.values() if e.token})
        by_message = self._find_by_message_id(
            {e.message_id for e in event_by_key.values() if e.message_id and not e.token}
        )
        matches, unmatched = [], {}
        for key, event in event_by_key.items():
            if event.token:
                rows = self._choose_rows(envelopes.get(event.token), event)
            else:
                rows = by_message.get((event.message_id, event.recipient))
            if rows:
                matches.append(Match(key, event, rows))
            elif event.token in envelopes:
                # the mail is known, the recipient is none of its own: nothing to wait for
                unmatched[key] = replace(event, token="")
            else:
                unmatched[key] = event
        return matches, unmatched

    def _find_by_token(self, given):
        """Token -> all rows of that email."""
        Tracking = self.env["mail.tracking.email"]
        if not given:
            return {}
        rows = Tracking.search_fetch(
            [("token", "in", list(given))],
            ["token", "envelope_token", "recipient", "recipient_address"],
        )
        shared = [token for token in rows.mapped("envelope_token") if token]
        siblings = Tracking
        if shared:
            siblings = Tracking.search([("envelope_token", "in", shared)], order="id")
        by_envelope = siblings.grouped("envelope_token")
        return {row.token: by_envelope.get(row.envelope_token, row) for row in rows}

    def _choose_rows(self, rows, event):
        """Those of the rows of an email that an event is about.

        The recipient decides where it is told: a blind copy that the service made, say,
        has the token of the mail as well. Where it is not, opens and clicks count for
        everybody who shares the mail, and all else needs a mail to one recipient.
        """
        if not rows:
            return rows
        if event.recipient:
            same = rows.filtered(lambda row: row.recipient_address == event.recipient)
            if same:
                return same
            address = (email_normalize(event.recipient) or "").lower()
            return rows.filtered(lambda row: row.recipient_address == address)
        return rows if len(rows) == 1 or event.type in HITS else None

    def _find_by_message_id(self, given):
        """(Message-ID, recipient) -> rows."""
        if not given:
            return {}
        rows = self.env["mail.tracking.email"].search(
            [("mail_message_id.message_id", "in", list(given))], order="id"
        )
        result = defaultdict(rows.browse)
        for row in rows:
            if row.recipient_address:
                result[row.mail_message_id.message_id, row.recipient_address] |= row
        return result

    # ------------------------------------------------------------
    # APPLYING
    # ------------------------------------------------------------

    def _apply(self, matches, now):
        """Log the events of these matches and follow them up.

        :param list matches: of ``Match``
        :param float now: seconds since 1970
        :return: how many were applied, how many failed, how many are nobody's business
        :rtype: tuple
        """
        Tracking = self.env["mail.tracking.email"]
        everything = Tracking.union(*(match.rows for match in matches))
        hits = Tracking.union(*(match.rows for match in matches if match.event.type in HITS))
        private, sent_times = hits._get_private(), hits._get_sent_times()
        entries, failed, skipped = [], 0, 0
        for match in matches:
            rows = match.rows
            if match.event.type in HITS:
                rows -= private
            rows = rows.with_prefetch(everything._prefetch_ids)
            if not rows:
                skipped += 1
                continue
            found = None
            with tracking_guard(f"reading an event of webhook {self.id}"):
                found = self._prepare_events(match, rows, sent_times, now)
            failed += found is None
            entries += found or []
        lost = self._apply_all(entries)
        return len(matches) - skipped - failed - lost, failed + lost, skipped

    def _prepare_events(self, match, rows, sent_times, now):
        metadata = self._prepare_metadata(match.event, now)
        entries = []
        for index, row in enumerate(rows):
            # the first has the key itself, so that no second row can be hit by the same event
            key = match.key if not index else f"{match.key}:{row.id}"
            values = {**metadata, "event_key": key}
            if match.event.type in HITS:
                values.update(self._prepare_hit(match.event, metadata, sent_times.get(row.id)))
            entries.append((row, match.event.type, values))
        return entries

    def _prepare_metadata(self, event, now):
        """Metadata of the events that an event of the service leads to.

        :rtype: dict
        """
        metadata = {
            "source": self.provider,
            "timestamp": event.time or now,
            "smtp_server": event.server or False,
            "reporting_server": self._get_provider_classes()[self.provider].label,
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
        parsed = UserAgent(agent)
        return {
            "ip": event.ip or False,
            "user_agent": agent or False,
            "url": event.url or False,
            "open_kind": opening.kind,
            "open_reason": opening.reason,
            "os_family": parsed.platform or False,
            "ua_family": clients.name_of(agent) or parsed.browser or False,
            "mobile": parsed.platform in ("android", "iphone", "ipad"),
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
        is_done, moment = False, None
        with tracking_guard(f"applying {len(entries)} events of webhook {self.id}"):
            try:
                with self.env.cr.savepoint():
                    self.env["mail.tracking.email"]._log_events(entries)
                    is_done = True
            except MOMENT as error:
                moment = error
        if moment:
            raise moment
        return is_done


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    def _get_private(self):
        """Those of these rows whose recipient does not want to be tracked; one query."""
        if not self:
            return self
        addresses = [address for address in self.mapped("recipient_address") if address]
        # sudo: res.partner - what people decided about being tracked
        partners = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("mail_tracking_consent", "=", "no"),
                    "|",
                    ("id", "in", self.partner_id.ids),
                    ("email_normalized", "in", addresses),
                ],
                ["email_normalized"],
            )
        )
        theirs = set(partners.mapped("email_normalized")) - {False}
        return self.filtered(
            lambda row: row.partner_id in partners or row.recipient_address in theirs
        )

    def _get_sent_times(self):
        """Row id -> when the SMTP server took the mail, seconds since 1970; one query."""
        if not self:
            return {}
        groups = self.env["mail.tracking.event"]._read_group(
            [("tracking_email_id", "in", self.ids), ("event_type", "=", ev.SENT)],
            ["tracking_email_id"],
            ["timestamp:min"],
        )
        return {row.id: timestamp for row, timestamp in groups}
