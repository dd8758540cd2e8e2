import hashlib
import json
import logging
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, email_normalize

from ...tools import clients, opens, tokens
from ...tools import events as ev
from ...tools.providers.base import WebhookEvent
from ...tools.providers.errors import WebhookError
from ..guard import TRANSIENT_ERRORS, try_lock
from ..mail_tracking_email import MAX_TEXT
from ..matching.mail_tracking_email import Reference
from .mail_tracking_webhook_day import Tally

_logger = logging.getLogger(__name__)

HITS = (ev.OPEN, ev.CLICK)
FAILURES = (ev.DEFERRAL, ev.SOFT_BOUNCE, ev.HARD_BOUNCE, ev.REJECT)
#: Events kept for one webhook; older ones go. A mail is waited for for seconds as a rule.
MAX_WAITING = 10_000
#: A transaction that sends mails may be open for long, but not for longer than this.
WAIT = timedelta(hours=2)
#: waiting events that are processed at a time
BATCH = 1_000
RETRY_MINUTES = 5


class MailTrackingWebhook(models.Model):
    """From a request to events of our mails, in few queries however many events it holds."""

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
        :return: HTTP status and content of the answer
        """
        webhook = self.search_fetch([("id", "=", webhook_id), ("provider", "=", provider_code)])
        is_known = webhook and provider_code in self._get_provider_classes()
        if not is_known or not tokens.same(webhook.path_secret, path_secret):
            return 404, b""
        Day = self.env["mail.tracking.webhook.day"]
        provider = webhook._get_provider()
        try:
            provider.verify(headers, body, webhook._get_secrets(), now)
            confirmation = provider.confirmation_url(body)
            if confirmation:
                self._fetch(confirmation)
            events = provider.parse(body)
            answer = provider.answer(body)
        except WebhookError as error:
            Day._count(webhook, Tally(refused=1), reason=error.reason)
            return provider.status_of(error), b""
        tally = webhook._process_events(events, provider.remember_seconds, now)
        unknown = next((e.kind for e in events if e.kind and not e.known), "")
        Day._count(webhook, tally, unknown_kind=unknown[:100])
        return 200, answer

    def _process_events(self, events, remember_seconds, now):
        """Apply the events of a verified request; those whose mail is not known yet wait for it.

        :param list events: of ``WebhookEvent``
        :param float remember_seconds: see ``Provider``
        :param float now: seconds since 1970
        :rtype: Tally
        """
        Event = self.env["mail.tracking.event"]
        types = set(Event._fields["event_type"].get_values(self.env))
        meant = [event for event in events if event.type in types]
        event_by_key = {}
        for event in meant:
            event_by_key.setdefault(self._get_event_key(event), event)
        new_keys = Event._filter_unknown(event_by_key)
        tally, unmatched = self._apply(
            {key: event for key, event in event_by_key.items() if key in new_keys}, now
        )
        self._keep_waiting(unmatched, remember_seconds)
        tally.events = len(events)
        tally.ignored += len(events) - len(meant)
        tally.duplicates = len(meant) - len(new_keys)
        tally.waiting = sum(bool(event.token) for event in unmatched.values())
        tally.unmatched -= tally.waiting
        return tally

    def _get_event_key(self, event):
        """The identity of an event, in a name space of this webhook."""
        digest = hashlib.sha256(event.key.encode("utf-8", "replace")).hexdigest()[:40]
        return f"webhook:{self.id}:{digest}"

    # ------------------------------------------------------------
    # MATCHING
    # ------------------------------------------------------------

    def _match_events(self, event_by_key):
        """Find the trackings that events are about.

        :param dict event_by_key: event key -> ``WebhookEvent``
        :return: event key -> event and trackings; and the events of which no mail is known here,
            without token where there is nothing to wait for
        :rtype: tuple
        """
        references = {key: self._prepare_reference(event) for key, event in event_by_key.items()}
        matches = self.env["mail.tracking.email"]._match(references.values())
        matched, unmatched = {}, {}
        for key, event in event_by_key.items():
            found = matches[references[key]].trackings
            if trackings := self._choose_trackings(event, found):
                matched[key] = (event, trackings)
            else:
                # the mail is known, the recipient is none of its own: no other mail will come
                unmatched[key] = event._replace(token="") if found else event
        return matched, unmatched

    @api.model
    def _prepare_reference(self, event):
        if event.token:
            return Reference(tokens=(event.token,))
        if event.message_id and event.recipient:
            return Reference(message_ids=(event.message_id,), recipients=(event.recipient,))
        return Reference()

    @api.model
    def _choose_trackings(self, event, trackings):
        """Those of the trackings of a mail that an event is about.

        The recipient decides where it is told: a blind copy that the service made, say,
        has the token of the mail as well. Where it is not, opens and clicks count for
        everybody who shares the mail, and all else needs a mail to one recipient.
        """
        if not event.recipient:
            is_clear = len(trackings) == 1 or event.type in HITS
            return trackings if is_clear else trackings.browse()
        named = trackings.filtered(lambda row: row.recipient_address == event.recipient)
        if trackings and not named:
            address = email_normalize(event.recipient)
            named = trackings.filtered(lambda row: address and row.recipient_address == address)
        return named

    # ------------------------------------------------------------
    # LOGGING
    # ------------------------------------------------------------

    def _apply(self, event_by_key, now):
        """Log events with the mails that they are about, and let follow what follows from them.

        :param dict event_by_key: event key -> ``WebhookEvent``
        :param float now: seconds since 1970
        :return: what became of them, and those of which no mail is known
        :rtype: tuple[Tally, dict]
        """
        matched, unmatched = self._match_events(event_by_key)
        hits = self.env["mail.tracking.email"].union(
            *(trackings for event, trackings in matched.values() if event.type in HITS)
        )
        opted_out, sent_times = hits._filter_opted_out(), hits._get_sent_times()
        entries, ignored, before = [], 0, Counter()
        for key, (event, trackings) in matched.items():
            if event.type in HITS:
                trackings -= opted_out
            ignored += not trackings
            entries += self._prepare_entries(key, event, trackings, sent_times, now, before)
        _events, lost = self.env["mail.tracking.email"]._log_in_halves(entries)
        failed = sum(vals["event_key"] in event_by_key for _row, _type, vals in lost)
        applied = len(matched) - ignored - failed
        tally = Tally(applied=applied, failed=failed, ignored=ignored, unmatched=len(unmatched))
        return tally, unmatched

    def _prepare_entries(self, key, event, trackings, sent_times, now, before):
        """What an event of the service is for each of its trackings, see ``_log_events``.

        :param dict sent_times: tracking id -> when it was sent
        :param Counter before: tracking id -> earlier hits of this request on a mail to several
        """
        metadata = self._prepare_metadata(event, now)
        if event.type in HITS and len(trackings) > 1:
            lead = trackings[0]
            kind = self._prepare_hit(event, metadata, sent_times.get(lead.id))["open_kind"]
            trackings = trackings._filter_for_hit(lead, kind, before[lead.id])
            before[lead.id] += 1
        entries = []
        for index, row in enumerate(trackings):
            # the first has the key itself, so that no second one can be hit by the same event
            vals = {**metadata, "event_key": f"{key}:{row.id}" if index else key}
            if event.type in HITS:
                vals.update(self._prepare_hit(event, metadata, sent_times.get(row.id)))
            entries.append((row, event.type, vals))
        return entries

    def _prepare_metadata(self, event, now):
        """Metadata of the events that an event of the service leads to."""
        metadata = {
            "source": self.provider,
            "reporting_server": self._get_provider_class().label,
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

    @api.model
    def _prepare_hit(self, event, metadata, sent_time):
        """Values that say who opened or clicked, as far as that can be said."""
        since = metadata["timestamp"] - sent_time if sent_time else None
        # whose clock is wrong nobody knows; before it was sent nobody opened it
        opening = opens.classify(event.user_agent, since if since is None or since >= 0 else None)
        if event.machine:
            opening = opens.Opening(ev.MACHINE, event.machine)
        return {
            "ip": event.ip or False,
            "user_agent": event.user_agent or False,
            "url": event.url or False,
            "open_kind": opening.kind,
            "open_reason": opening.reason,
            **clients.describe(event.user_agent),
        }

    # ------------------------------------------------------------
    # WAITING FOR THE MAIL
    # ------------------------------------------------------------

    def _keep_waiting(self, event_by_key, remember_seconds):
        """Keep events whose mail is not known yet, and keys that must not be used again.

        A service can be faster than the transaction that sends the mail. The services'
        own new attempts are no help: several of them never try again.
        """
        until = fields.Datetime.now() + max(WAIT, timedelta(seconds=remember_seconds))
        Event = self.env["mail.tracking.event"]
        kept = Event._log(
            [
                {
                    "event_key": key,
                    "source": self.provider,
                    "webhook_id": self.id,
                    "token": event.token or False,
                    "until": until,
                    "data": dump(event),
                }
                for key, event in event_by_key.items()
                if event.token or remember_seconds
            ]
        )
        if kept:
            too_old = Event.search(
                [("webhook_id", "=", self.id), ("tracking_email_id", "=", False)],
                order="id DESC",
                offset=MAX_WAITING,
            )
            try_lock(too_old).unlink()
            self._schedule_waiting(minutes=1)

    @api.model
    def _process_waiting_events(self):
        """Process events whose mail is known by now, and forget those whose mail never came."""
        try:
            with self.env.cr.savepoint():
                self._forget_waiting()
                is_more = self._process_waiting_batch() == BATCH
        except TRANSIENT_ERRORS:  # another server does the same
            is_more = True
        if is_more or self.env["mail.tracking.event"].search_count(
            [("token", "!=", False), ("tracking_email_id", "=", False)], limit=1
        ):
            self._schedule_waiting(minutes=1 if is_more else RETRY_MINUTES)

    @api.model
    def _process_waiting_batch(self):
        """Process events whose mail is known by now; returns how many."""
        query = SQL(
            """
            SELECT event.id
              FROM mail_tracking_event event
              JOIN mail_tracking_email email ON email.token = event.token
             WHERE event.tracking_email_id IS NULL
          ORDER BY event.id LIMIT %s
               FOR UPDATE OF event SKIP LOCKED
            """,
            BATCH,
        )
        found = self.env["mail.tracking.event"].browse(
            event_id for (event_id,) in self.env.execute_query(query)
        )
        now = fields.Datetime.now().timestamp()
        for webhook, waiting in found.grouped("webhook_id").items():
            event_by_key = {
                row.event_key: event for row in waiting if (event := row._read_waiting())
            }
            waiting.unlink()  # the key is free again
            tally, _unmatched = webhook._apply(event_by_key, now)
            self.env["mail.tracking.webhook.day"]._count(webhook, tally)
        return len(found)

    @api.model
    def _forget_waiting(self):
        """Forget events whose mail never came."""
        # sudo: mail.tracking.event - upkeep
        Event = self.env["mail.tracking.event"].sudo()
        old = [("tracking_email_id", "=", False), ("until", "<", fields.Datetime.now())]
        try_lock(Event.search(old)).unlink()

    @api.model
    def _schedule_waiting(self, minutes):
        """Have waiting events looked at again, once for all of them."""
        cron = self.env.ref("mail_tracking.ir_cron_fold")
        now = fields.Datetime.now()
        at = now + timedelta(minutes=minutes)
        planned = [("cron_id", "=", cron.id), ("call_at", ">", now), ("call_at", "<=", at)]
        # sudo: ir.cron.trigger - whether it is planned already
        if not self.env["ir.cron.trigger"].sudo().search_count(planned, limit=1):
            self.env["mail.tracking.email"]._wake_cron(at)


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    def _read_waiting(self):
        """The event that waits, or None where another version of the addon wrote it down."""
        try:
            return WebhookEvent(**json.loads(self.data))
        except (TypeError, ValueError):
            _logger.warning("Event %s of a webhook cannot be read any more", self.event_key)
            return None


def dump(event):
    """An event as a text that the log can hold, without what is too long."""
    data = json.dumps(event._asdict(), ensure_ascii=False)
    if len(data) <= MAX_TEXT:
        return data
    return json.dumps(event._replace(text=event.text[:500], raw="")._asdict())
