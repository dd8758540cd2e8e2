import hashlib

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import tokens
from ..tools.providers.errors import WebhookError
from .mail_tracking_webhook_day import Tally
from .statements import LOCK_TIMEOUT, lock_timeout


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
        :return: HTTP status and content of the answer
        :rtype: tuple[int, bytes]
        """
        webhook = self.search_fetch([("id", "=", webhook_id), ("provider", "=", provider_code)])
        if not webhook or not tokens.same(webhook.path_secret, path_secret):
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
        tally = webhook._take(events, provider, now)
        unknown = next((e.kind for e in events if e.kind and not e.known), "")
        Day._count(webhook, tally, unknown_kind=unknown[:100])
        return 200, answer

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
        """Leave out what came before; one query, after which no lock is waited for for long."""
        if not event_by_key:
            return {}
        found = self.env.execute_query(
            SQL(
                "%(timeout)s; "
                "SELECT event_key FROM mail_tracking_event WHERE event_key = ANY(%(keys)s)"
                " UNION ALL SELECT event_key FROM mail_tracking_webhook_waiting"
                " WHERE event_key = ANY(%(keys)s)",
                timeout=lock_timeout(LOCK_TIMEOUT),
                keys=list(event_by_key),
            )
        )
        known = {key for (key,) in found}
        return {key: event for key, event in event_by_key.items() if key not in known}
