from datetime import timedelta

import requests
import urllib3.exceptions

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import tokens
from ...tools.providers import PROVIDERS
from ...tools.providers.base import Provider, Settings
from ...tools.providers.errors import REASONS, SetupError, Unavailable

FETCH_TIMEOUT = (3.05, 5)  # seconds to connect, and between two packets
MAX_FETCH = 64 * 1024
#: certificates kept; a service renews its own once in a while
MAX_CERTIFICATES = 4
#: days for which counts are kept
KEEP_DAYS = 400


class MailTrackingWebhook(models.Model):
    """An address at which an email service reports what became of our mails.

    Secrets go in and never come out: whoever may edit this record can replace them,
    and nobody can read them. How a service signs and what its events mean is pure
    Python in ``tools/providers``; see ``ADDING_PROVIDERS.md``.
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
    # what single services want, see ``setup_fields`` of their adapters
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
    # what has come; kept by day in a table of its own
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
        """Names of the fields that any service wants to be set up."""
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
        # sudo: mail.tracking.webhook - whoever may write may replace a secret, nobody may read it
        for webhook in self.sudo():
            new = (webhook.new_secret or "").strip()
            if new:
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
        """What proves that the service sent something; none means that nothing does."""
        stored = [secret for secret in (self.secret, self.previous_secret) if secret]
        return self._get_provider().secrets(stored)

    def _fetch_certificate(self, url):
        """A certificate, from the database or from an address that the adapter approved.

        :raise Unavailable: when it cannot be had
        """
        known = dict(self.certificates or {})
        if url not in known:
            content = self._fetch(url)
            self._get_provider().check_fetched(content)  # one that is no use is not kept
            kept = list(known.items())[-(MAX_CERTIFICATES - 1) :]
            known = {**dict(kept), url: content.decode("ascii", "replace")}
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
    def _gc_webhooks(self):
        """Forget old counts, and events whose mail never came."""
        # sudo: mail.tracking.webhook.day - upkeep
        old = fields.Date.today() - timedelta(days=KEEP_DAYS)
        self.env["mail.tracking.webhook.day"].sudo().search([("date", "<", old)]).unlink()
        self._forget_waiting()
