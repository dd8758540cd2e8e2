import hashlib
import logging
from collections import Counter
from datetime import timedelta

import requests
import urllib3.exceptions

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, email_normalize

from ...tools import clients, opens, tokens
from ...tools import events as ev
from ...tools.providers import PROVIDERS
from ...tools.providers.base import Provider, Settings
from ...tools.providers.errors import REASONS, SetupError, Unavailable, WebhookError
from ..guard import TRANSIENT_ERRORS
from ..matching.mail_tracking_email import Reference

_logger = logging.getLogger(__name__)

FETCH_TIMEOUT = (3.05, 5)  # seconds to connect, and between two packets
MAX_FETCH = 64 * 1024
#: certificates kept; a service renews its own once in a while
MAX_CERTIFICATES = 4
#: days for which counts are kept
KEEP_DAYS = 400
HITS = (ev.OPEN, ev.CLICK)
FAILURES = (ev.DEFERRAL, ev.SOFT_BOUNCE, ev.HARD_BOUNCE, ev.REJECT)


class MailTrackingWebhook(models.Model):
    """An address to which an email service reports events of our emails.

    Who may edit this record can replace secrets; nobody can read them. How a service
    signs and what its events mean is pure Python in ``tools/providers``; see
    ``ADDING_PROVIDERS.md``.
    """

    _name = "mail.tracking.webhook"
    _description = "Email tracking webhook"
    _order = "name, id"

    name = fields.Char(required=True, help="How you tell it from your other webhooks.")
    active = fields.Boolean(default=True, help="An archived webhook accepts nothing.")
    provider = fields.Selection(
        selection="_selection_provider",
        string="Email service",
        required=True,
        help="The email service that sends your emails.",
    )
    mail_server_ids = fields.One2many(
        "ir.mail_server",
        "mail_tracking_webhook_id",
        "Outgoing mail servers",
        help="Emails that leave through these servers get a header that the service hands back "
        "with its events. A server belongs to one webhook at most.",
    )
    base_url = fields.Char(
        "Public URL of this Odoo",
        required=True,
        default=lambda self: self._default_base_url(),
        help="Some services sign the URL as it was entered there, so this one does not follow "
        "other settings.",
    )
    path_secret = fields.Char(
        "Path secret",
        default=lambda self: tokens.new_token(),
        copy=False,
        groups=fields.NO_ACCESS,
        help="The part of the address that nobody can guess.",
    )
    url = fields.Char(
        "Webhook URL",
        compute="_compute_url",
        compute_sudo=True,
        help="To be entered at the service. It holds a key: show it to nobody else.",
    )
    setup_help = fields.Text("Steps", compute="_compute_setup", help="What to do at the service.")
    setup_url = fields.Char(
        "Documentation", compute="_compute_setup", help="What the service says of its webhooks."
    )
    setup_fields = fields.Json(
        compute="_compute_setup", help="The fields of this form that the service wants."
    )
    # secrets
    secret = fields.Char(
        copy=False, groups=fields.NO_ACCESS, help="Proves that it is the service that reports."
    )
    previous_secret = fields.Char(
        "Previous secret",
        copy=False,
        groups=fields.NO_ACCESS,
        help="Still accepted until it is removed.",
    )
    new_secret = fields.Char(
        "New secret",
        compute="_compute_new_secret",
        inverse="_inverse_new_secret",
        compute_sudo=True,
        help="The previous secret stays valid until you remove it, so that no event is lost while "
        "you change it at the service.",
    )
    has_secret = fields.Boolean(
        "Secret is set",
        compute="_compute_secrets",
        compute_sudo=True,
        help="Without a secret, nothing is accepted.",
    )
    has_previous_secret = fields.Boolean(
        "Previous secret is still valid",
        compute="_compute_secrets",
        compute_sudo=True,
        help="Remove it once the service uses the new one.",
    )
    secret_date = fields.Datetime(
        "Secret set on", readonly=True, copy=False, help="When the secret was last changed."
    )
    # what single services need, see ``setup_fields`` of their adapters
    topics = fields.Text(
        "Allowed SNS topics",
        help="ARNs, one on each line. Anybody can have Amazon sign messages of a topic of "
        "their own, so only those named here are believed.",
    )
    modern_only = fields.Boolean(
        "Refuse signature version 1",
        help="Version 1 uses SHA-1. Set SignatureVersion 2 on the topic, then switch this on.",
    )
    configuration_set = fields.Char(
        "Configuration set",
        help="Configuration set that publishes the events; not needed where one is the default "
        "of the sending identity.",
    )
    mapping = fields.Text(
        help='Where an event keeps what, as JSON: {"fields": {"recipient": "data.to"}, '
        '"types": {"message.bounced": "hard_bounce"}}. What is not named is read as usual. '
        "doc/email_services.md describes all of it."
    )
    certificates = fields.Json(
        copy=False,
        groups=fields.NO_ACCESS,
        help="Certificates of the service by their address, so that each is fetched once.",
    )
    # what it received; kept by day in a table of its own
    day_ids = fields.One2many(
        "mail.tracking.webhook.day",
        "webhook_id",
        "Days",
        readonly=True,
        help="How many events came on each day, and how they were handled.",
    )
    last_event = fields.Datetime(
        "Last event",
        compute="_compute_statistics",
        help="When the service last reported something that was accepted.",
    )
    events_today = fields.Integer(
        "Events today", compute="_compute_statistics", help="Since midnight, UTC."
    )
    last_refusal = fields.Datetime(
        "Last refusal",
        compute="_compute_statistics",
        help="When a request to this address was last refused.",
    )
    last_refusal_reason = fields.Char(
        "Reason of refusal", compute="_compute_statistics", help="Why the last request was refused."
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    @api.model
    def _get_provider_classes(self):
        """The adapters of email services; other addons may add theirs.

        :return: technical name -> subclass of ``tools.providers.base.Provider``
        """
        return dict(PROVIDERS)

    @api.model
    def _get_setup_fields(self):
        """Names of the fields that any of the services needs."""
        classes = self._get_provider_classes().values()
        return sorted({name for cls in classes for name in cls.setup_fields})

    @api.model
    def _selection_provider(self):
        return [(code, cls.label) for code, cls in self._get_provider_classes().items()]

    @api.model
    def _default_base_url(self):
        # sudo: ir.config_parameter - the public address of this database
        params = self.env["ir.config_parameter"].sudo()
        return params.get_param("mail_tracking.base.url") or params.get_param("web.base.url")

    @api.depends("base_url", "path_secret", "provider")
    def _compute_url(self):
        for webhook in self:
            if not (webhook.path_secret and webhook.provider and webhook._origin.id):
                webhook.url = False
                continue
            token = tokens.pixel_token(self.env.cr.dbname, webhook._origin.id, webhook.path_secret)
            base = (webhook.base_url or "").strip().rstrip("/")
            webhook.url = f"{base}/mail_tracking/webhook/{webhook.provider}/{token}"

    @api.depends("provider")
    def _compute_setup(self):
        for webhook in self:
            cls = webhook._get_provider_class()
            secret = ["new_secret"] if cls.uses_secret else []
            webhook.setup_fields = [*secret, *cls.setup_fields]
            webhook.setup_help = webhook._get_setup_help()
            webhook.setup_url = cls.setup_url

    def _get_setup_help(self):
        """The steps at the service, in the user's language."""
        cls = self._get_provider_class()
        details = {"events": ", ".join(cls.setup_events), **cls.setup_details}
        texts = cls.setup_help if self.provider else ()
        steps = (self.env._(text) for text in texts)  # lazy ones take no values
        steps = (step % details if "%(" in step else step for step in steps)
        return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))

    def _compute_new_secret(self):
        self.new_secret = False

    def _inverse_new_secret(self):
        # sudo: mail.tracking.webhook - who may write may replace a secret, nobody may read it
        for webhook in self.sudo():
            if new := (webhook.new_secret or "").strip():
                webhook.write(
                    {
                        "previous_secret": webhook.secret,
                        "secret": new,
                        "secret_date": fields.Datetime.now(),
                    }
                )

    @api.depends(lambda self: ("secret", "previous_secret", "provider", *self._get_setup_fields()))
    def _compute_secrets(self):
        for webhook in self:
            webhook.has_secret = bool(webhook._get_secrets())
            webhook.has_previous_secret = bool(webhook.previous_secret)

    @api.depends("day_ids")
    def _compute_statistics(self):
        today = fields.Date.today()
        labels = self._get_refusal_labels()
        for webhook in self:
            days = webhook.day_ids
            refused = days.filtered("last_refusal").sorted("last_refusal")[-1:]
            webhook.last_event = max(filter(None, days.mapped("last_event")), default=False)
            webhook.events_today = sum(days.filtered(lambda d: d.date == today).mapped("events"))
            webhook.last_refusal = refused.last_refusal
            reason = refused.refusal_reason
            webhook.last_refusal_reason = labels.get(reason, reason)

    @api.model
    def _get_refusal_labels(self):
        """Why requests are refused, in the user's language."""
        return {reason: self.env._(text) for reason, text in REASONS.items()}

    @api.constrains(lambda self: ("provider", *self._get_setup_fields()))
    def _check_setup(self):
        for webhook in self:
            try:
                webhook._get_provider().check_setup()
            except SetupError as error:
                raise ValidationError(self.env._(error.text, **error.details)) from error

    @api.constrains("base_url")
    def _check_base_url(self):
        for webhook in self:
            if not (webhook.base_url or "").startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._("The public address must begin with https:// or http://")
                )

    # ------------------------------------------------------------
    # ADAPTER
    # ------------------------------------------------------------

    def _get_provider_class(self):
        return self._get_provider_classes().get(self.provider, Provider)

    def _get_provider(self):
        """The adapter of this webhook, set up."""
        self.ensure_one()
        cls = self._get_provider_class()
        values = {name: self[name] for name in cls.setup_fields}
        return cls(Settings(url=self.url or "", values=values, fetch=self._fetch_certificate))

    def _get_secrets(self):
        """What proves that a request comes from the service; empty where nothing can."""
        stored = [secret for secret in (self.secret, self.previous_secret) if secret]
        return self._get_provider().secrets(stored)

    def _fetch_certificate(self, url):
        """A certificate, from the database or from an address that the adapter approved.

        :raise Unavailable: when it cannot be had
        """
        known = self.certificates or {}
        if url not in known:
            content = self._fetch(url)
            self._get_provider().check_fetched(content)  # what is of no use is not kept
            latest = list(known.items())[-(MAX_CERTIFICATES - 1) :]
            known = {**dict(latest), url: content.decode("ascii", "replace")}
            self.certificates = known
        return known[url].encode()

    @api.model
    def _fetch(self, url):
        """Get a small file over HTTPS, without following redirections.

        :param str url: an address that the adapter approved
        :raise Unavailable: when it cannot be had
        """
        try:
            with requests.get(
                url, timeout=FETCH_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                content = response.raw.read(MAX_FETCH + 1, decode_content=True)
                if response.status_code != 200 or len(content) > MAX_FETCH:
                    raise Unavailable
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # reading the raw answer, its compression included, raises urllib3's own errors
            raise Unavailable from error
        return content

    # ------------------------------------------------------------
    # REQUESTS
    # ------------------------------------------------------------

    @api.model
    def _receive(self, webhook_id, path_secret, provider_code, headers, body, now):
        """Process a request of an email service, or refuse it.

        Runs in a transaction of its own (READ COMMITTED), so that concurrent requests of a
        service wait for each other instead of failing.

        :param dict headers: HTTP headers, names in lower case
        :param bytes body: exactly what came
        :return: HTTP status and content of the answer
        """
        if provider_code not in self._get_provider_classes():  # it may hold what SQL cannot
            return 404, b""
        webhook = self.search_fetch([("id", "=", webhook_id), ("provider", "=", provider_code)])
        if not webhook or not tokens.same(webhook.path_secret, path_secret):
            return 404, b""
        provider = webhook._get_provider()
        try:
            provider.verify(headers, body, webhook._get_secrets(), now)
            if url := provider.confirmation_url(body):
                self._fetch(url)
            events = provider.parse(body)
            answer = provider.answer(body)
        except WebhookError as error:
            webhook._count({"refused": 1}, reason=error.reason)
            return provider.status_of(error), b""
        counts = webhook._process_events(events, provider.remember_seconds, now)
        unknown = next((event.kind for event in events if event.kind and not event.known), "")
        webhook._count(counts, unknown_kind=unknown[:100])
        return 200, answer

    def _process_events(self, events, remember_seconds, now):
        """Apply the events of a verified request; returns counts of them.

        Events whose email is not known yet wait for it.
        """
        Event = self.env["mail.tracking.event"]
        types = set(Event._fields["event_type"].get_values(self.env))
        meant = [event for event in events if event.type in types]
        event_by_key = {}
        for event in meant:
            event_by_key.setdefault(self._get_event_key(event), event)
        new_keys = Event._filter_unknown(event_by_key)
        counts, unmatched = self._apply(
            {key: event for key, event in event_by_key.items() if key in new_keys}, now
        )
        if unmatched:
            Event._log_waiting(self, unmatched, remember_seconds)
        waiting = sum(bool(event.token) for event in unmatched.values())
        counts.update(
            events=len(events),
            duplicates=len(meant) - len(new_keys),
            waiting=waiting,
            unmatched=len(unmatched) - waiting,
            ignored=len(events) - len(meant),
        )
        return counts

    def _get_event_key(self, event):
        """The identity of an event, in a name space of this webhook."""
        digest = hashlib.sha256(event.key.encode("utf-8", "replace")).hexdigest()[:40]
        return f"webhook:{self.id}:{digest}"

    def _apply(self, event_by_key, now):
        """Log events with the trackings that they are about.

        :return: counts of them, and those whose email is not known, by their keys
        """
        matched, unmatched = self._match_events(event_by_key)
        # before they are counted
        entries = self.env["mail.tracking.email"]._filter_noted(self._prepare_entries(matched, now))
        _events, lost = self.env["mail.tracking.email"]._log_in_halves(entries)
        # the first entry of an event has the key itself
        prepared, failed = (
            sum(vals["event_key"] in matched for _tracking, _type, vals in some)
            for some in (entries, lost)
        )
        ignored = len(matched) - prepared
        return Counter(applied=prepared - failed, failed=failed, ignored=ignored), unmatched

    def _count(self, counts, *, reason="", unknown_kind=""):
        """Add counts of a request to ``mail.tracking.webhook.day``, in one statement.

        The last thing that a request does, so that the record is locked only briefly.
        """
        now = fields.Datetime.now()
        values = {
            "webhook_id": self.id,
            "date": now.date(),
            **counts,
            "last_event": None if reason else now,
            "last_refusal": now if reason else None,
            "refusal_reason": reason or None,
            "unknown_kind": unknown_kind or None,
        }
        changes = (
            SQL("%(n)s = COALESCE(d.%(n)s, 0) + EXCLUDED.%(n)s", n=SQL.identifier(name))
            if name in counts
            else SQL("%(n)s = COALESCE(EXCLUDED.%(n)s, d.%(n)s)", n=SQL.identifier(name))
            for name in values
        )
        query = SQL(
            "INSERT INTO mail_tracking_webhook_day AS d (%s) VALUES %s"
            " ON CONFLICT (webhook_id, date) DO UPDATE SET %s",
            SQL(", ").join(map(SQL.identifier, values)),
            tuple(values.values()),
            SQL(", ").join(changes),
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(query, log_exceptions=False)
        except TRANSIENT_ERRORS:
            _logger.info("A request of webhook %s was not counted", self.id)
        self.invalidate_recordset(["day_ids"])
        self.env["mail.tracking.webhook.day"].invalidate_model()

    # ------------------------------------------------------------
    # MATCHING
    # ------------------------------------------------------------

    def _match_events(self, event_by_key):
        """Find the trackings that events are about.

        :return: event key -> event and trackings; and event key -> event of those whose email is
            not known here, without token where there is nothing to wait for
        """
        references = {key: prepare_reference(event) for key, event in event_by_key.items()}
        matches = self.env["mail.tracking.email"]._match(references.values())
        matched, unmatched = {}, {}
        for key, event in event_by_key.items():
            found = matches[references[key]].trackings
            if trackings := self._choose_trackings(event, found):
                matched[key] = (event, trackings)
            else:
                # the email is known and not sent to this recipient: no other email will come
                unmatched[key] = event._replace(token="") if found else event
        return matched, unmatched

    @api.model
    def _choose_trackings(self, event, trackings):
        """Those of the trackings of an email that an event is about.

        The recipient decides, where it is reported: a blind copy that the service made, say, has
        the token of the email as well. Otherwise opens and clicks count for everybody who shares
        the email, and all else needs an email to one recipient.
        """
        if not event.recipient:
            is_clear = len(trackings) == 1 or event.type in HITS
            return trackings if is_clear else trackings.browse()
        if len(trackings) == 1 and trackings.recipient_address == event.recipient:
            return trackings
        by_address = trackings.grouped("recipient_address")
        found = by_address.get(event.recipient)
        if trackings and not found and (address := email_normalize(event.recipient)):
            found = by_address.get(address)
        return found or trackings.browse()

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    def _prepare_entries(self, matched, now):
        """What to log, see ``_log_events``."""
        Tracking = self.env["mail.tracking.email"]
        hit = Tracking.union(*(found for event, found in matched.values() if event.type in HITS))
        sent_times = hit._get_sent_times()
        hits_before = Counter()  # of this request, on an email to several
        label = self._get_provider_class().label
        entries = []
        for key, (event, trackings) in matched.items():
            metadata = {**self._prepare_metadata(event, now), "reporting_server": label}
            hits = {}
            if event.type in HITS:
                hits = {
                    id_: self._prepare_hit(event, metadata["timestamp"], sent_times.get(id_))
                    for id_ in trackings.ids
                }
            if len(hits) > 1:
                lead = trackings[0]
                kind = hits[lead.id]["open_kind"]
                trackings = trackings._filter_for_hit(lead, kind, hits_before[lead.id])
                hits_before[lead.id] += 1
            for index, tracking in enumerate(trackings):
                # the first has the key itself, by which the event is known when it comes again
                event_key = f"{key}:{tracking.id}" if index else key
                vals = {**metadata, **hits.get(tracking.id, {}), "event_key": event_key}
                entries.append((tracking, event.type, vals))
        return entries

    def _prepare_metadata(self, event, now):
        """Metadata of an event, about any recipient."""
        metadata = {
            "source": self.provider,
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
    def _prepare_hit(self, event, timestamp, sent_time):
        """Metadata of an open or a click: who made it, as far as that can be said."""
        # an open before the email was sent means that a clock is wrong
        is_later = sent_time and timestamp >= sent_time
        opening = opens.classify(event.user_agent, timestamp - sent_time if is_later else None)
        if event.machine:
            opening = opens.Opening(ev.MACHINE, event.machine)
        return self.env["mail.tracking.email"]._prepare_kept_client(
            {
                "ip": event.ip or False,
                "user_agent": event.user_agent or False,
                "url": event.url or False,
                "open_kind": opening.kind,
                "open_reason": opening.reason,
                **clients.describe(event.user_agent),
            }
        )

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def action_drop_previous_secret(self):
        """Remove the previous secret, which is refused from now on."""
        self.check_access("write")
        # sudo: mail.tracking.webhook - secrets can be replaced by who may write, not read
        self.sudo().previous_secret = False

    def action_new_url(self):
        """Give the webhook another URL; the previous one stops working at once."""
        self.check_access("write")
        for webhook in self.sudo():  # sudo: as above
            webhook.path_secret = tokens.new_token()

    def action_check_received(self):
        """Show whether events of the service arrive, and what to do if not.

        :return: a notification for the client
        :rtype: dict
        """
        self.ensure_one()
        result = self.env["mail.tracking.setup"]._check_webhook(self)
        types = {"ok": "success", "problem": "danger"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": result["title"],
                "message": " ".join(filter(None, (result["sentence"], result["hint"]))),
                "type": types.get(result["verdict"], "warning"),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # UPKEEP
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_days(self):
        """Delete old counts."""
        # sudo: mail.tracking.webhook.day - upkeep
        Day = self.env["mail.tracking.webhook.day"].sudo()
        Day.search([("date", "<", fields.Date.today() - timedelta(days=KEEP_DAYS))]).unlink()


def prepare_reference(event):
    """How the email of an event is found."""
    if event.token:
        return Reference(tokens=(event.token,))
    if event.message_id and event.recipient:
        return Reference(message_ids=(event.message_id,), recipients=(event.recipient,))
    return Reference()
