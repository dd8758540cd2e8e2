from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import incident_causes, reasons
from ...tools.summary import REFUSED

#: Kinds whose emails are counted in the trackings.
COUNTED_KINDS = ("server", "provider", "complaints")
#: Emails that are counted for an incident: more are "more than".
MAX_EMAILS = 10_000
#: Emails that are resent with one click.
MAX_RESENT = 1_000
#: What is over is kept so long.
KEEP = timedelta(days=400)
GC_BATCH = 1_000


class MailTrackingIncident(models.Model):
    """Something that goes wrong with many emails, from its first sign until it is over.

    Only ``_check`` writes incidents. Their words are made for each reader; numbers are kept by
    company, and each reader sees those of theirs.
    """

    _name = "mail.tracking.incident"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Email incident"
    _order = "closed_on desc, opened_on desc, id desc"
    _rec_names_search = ["subject"]
    # who may read it may take note of it
    _mail_post_access = "read"

    name = fields.Char("Title", compute="_compute_words", help="What happens, in a few words.")
    kind = fields.Selection(
        [
            ("server", "Outgoing mail server"),
            ("provider", "Failures at a provider"),
            ("complaints", "Complaints"),
            ("queue", "Queue"),
            ("bounces", "Bounces"),
            ("webhook", "Webhook"),
        ],
        required=True,
        readonly=True,
        help="What has a problem.",
    )
    key = fields.Char(readonly=True, help="What it is about; one open incident for each.")
    subject = fields.Char(
        "About", readonly=True, help="The name of the server, provider or webhook."
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Whose emails it is about. Empty if it may be about those of all companies.",
    )
    severity = fields.Selection(
        [("warning", "Warning"), ("urgent", "Urgent")],
        default="warning",
        readonly=True,
        help="Whether somebody should look at it soon, or at once.",
    )
    opened_on = fields.Datetime(
        "Since", required=True, readonly=True, help="When it was first seen."
    )
    last_on = fields.Datetime("Last seen", readonly=True, help="When it was last seen.")
    closed_on = fields.Datetime("Over since", readonly=True, help="Empty while it lasts.")
    code = fields.Char(readonly=True, help="The probable cause, as a keyword.")
    facts = fields.Json(readonly=True, help="Numbers and names for its texts.")
    counts = fields.Json(
        readonly=True, groups=fields.NO_ACCESS, help="Emails and recipients, by company."
    )
    email_count = fields.Integer(
        "Emails", compute="_compute_counts", help="Emails of your companies that are affected."
    )
    recipient_count = fields.Integer(
        "Recipients",
        compute="_compute_counts",
        help="The recipients of these emails, counted by address.",
    )
    what = fields.Text("What happens", compute="_compute_words", help="What was seen, in numbers.")
    reason = fields.Text(
        "Answer",
        readonly=True,
        help="What the mail server said, or how the connection failed; without addresses of "
        "people.",
    )
    cause = fields.Text(
        "Probable cause", compute="_compute_words", help="What is probably behind it."
    )
    advice = fields.Text(
        "What to do", compute="_compute_words", help="What usually helps in such a case."
    )
    message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message in Discuss that announced it.",
    )
    end_message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message in Discuss that said that it is over.",
    )

    _open_unique = models.UniqueIndex("(kind, key) WHERE closed_on IS NULL")
    _closed_idx = models.Index("(closed_on)")

    # ------------------------------------------------------------
    # WORDS AND NUMBERS
    # ------------------------------------------------------------

    @api.depends("kind", "subject", "code", "facts")
    @api.depends_context("lang")
    def _compute_words(self):
        for incident in self:
            cause = incident_causes.CAUSES.get(incident.code)
            cause = cause or incident_causes.CAUSES[reasons.UNKNOWN]
            facts = incident._get_facts()
            title = cause.title or incident_causes.TITLES.get(incident.kind) or ""
            what = incident_causes.FACTS.get(incident.kind) or ""
            texts = [text and self.env._(text) for text in (title, what, cause.text, cause.advice)]
            words = [text % facts for text in texts]
            incident.name, incident.what, incident.cause, incident.advice = words

    def _get_facts(self):
        """What the words mention: all of it is there, whatever is stored."""
        facts = dict.fromkeys(("count", "failed", "emails", "share", "before", "hours", "days"), 0)
        facts |= self.facts or {}
        word = self.env["mail.tracking.setup"]._format_number
        for name in ("count", "failed", "emails"):
            facts[name] = word(facts[name])
        for name in ("share", "before"):
            share = 100 * facts[name]
            facts[name] = word(share, digits=2 if 0 < share < 0.1 else 1)
        # sudo: ir.cron - the name of a scheduled action
        cron = self.env["ir.cron"].sudo().browse(facts.get("cron_id") or []).exists()
        facts["cron"] = cron.name or ""
        facts["subject"] = self.subject or self.env._("other providers")
        return facts

    @api.depends("counts")
    @api.depends_context("allowed_company_ids")
    def _compute_counts(self):
        companies = [str(company_id) for company_id in (0, *self.env.companies.ids)]
        # sudo: mail.tracking.incident - of the numbers, those of the user's companies
        for incident, incident_sudo in zip(self, self.sudo(), strict=True):
            counts = incident_sudo.counts or {}
            own = [counts[company] for company in companies if company in counts]
            incident.email_count = sum(emails for emails, _people in own)
            incident.recipient_count = sum(people for _emails, people in own)

    def _word_numbers(self):
        """How many emails and people it is about; empty where there are none."""
        if not self.email_count:
            return ""
        word = self.env["mail.tracking.setup"]._format_number
        if self.email_count >= MAX_EMAILS:
            return self.env._("Emails: more than %(emails)s.", emails=word(MAX_EMAILS))
        if not self.recipient_count:
            return self.env._("Emails: %(emails)s.", emails=word(self.email_count))
        return self.env._(
            "Emails: %(emails)s, recipients: %(recipients)s.",
            emails=word(self.email_count),
            recipients=word(self.recipient_count),
        )

    # ------------------------------------------------------------
    # ITS EMAILS
    # ------------------------------------------------------------

    def _get_email_domain(self):
        """Domain of the emails that an incident is about."""
        self.ensure_one()
        since = Domain("state_time", ">=", self.opened_on)
        if self.closed_on:
            since &= Domain("state_time", "<=", self.closed_on)
        if self.kind == "server":
            failed = Domain("state", "=", "error")
            return failed & since & Domain("error_smtp_server", "=", self.key)
        if self.kind in ("provider", "complaints"):
            states = ("spam",) if self.kind == "complaints" else sorted(REFUSED)
            return (
                Domain("state", "in", states)
                & since
                & Domain("company_id", "=", self.company_id.id)
                & self._get_provider_domain()
            )
        if self.kind == "queue":
            return Domain([("state", "=", False), ("is_cancelled", "=", False)]) & Domain(
                "time", "<=", self.closed_on or fields.Datetime.now()
            )
        return Domain.FALSE

    def _get_provider_domain(self):
        """Domain of emails to the domains of a provider, or to none that is known."""
        # sudo: mail.tracking.domain - who runs which domain, for postmasters and the check
        Domains = self.env["mail.tracking.domain"].sudo()
        if self.subject:
            found = Domains._search([("provider", "=", self.subject)])
            return Domain("recipient_domain", "in", found.subselect("name"))
        found = Domains._search([("provider", "!=", False), ("provider", "!=", "")])
        return Domain("recipient_domain", "not in", found.subselect("name"))

    def action_open_emails(self):
        """Open the list of the emails that an incident is about."""
        self.check_access("read")
        self.ensure_one()
        return self.env["mail.tracking.email"]._prepare_list_action([("incident_id", "=", self.id)])

    def action_resend(self):
        """Ask which of the failed emails to resend: the newest ones, where there are many."""
        self.check_access("read")
        self.ensure_one()
        failed = Domain("needs_action", "=", True) & Domain("successor_id", "=", False)
        trackings = self.env["mail.tracking.email"].search(
            self._get_email_domain() & failed, order="id desc", limit=MAX_RESENT
        )
        if trackings:
            return trackings.action_resend()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("There is nothing to resend."),
                "type": "info",
            },
        }

    # ------------------------------------------------------------
    # UPKEEP
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_incidents(self):
        """Delete what has long been over."""
        old = self.search(
            [("closed_on", "<", fields.Datetime.now() - KEEP)], limit=GC_BATCH, order="closed_on"
        )
        old.unlink()
        return len(old), len(old) == GC_BATCH
