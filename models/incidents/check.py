import logging
import time
from collections import Counter, defaultdict
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, mute_logger, str2bool

from ...tools import incident_causes, incidents, reasons
from ..guard import TRANSIENT_ERRORS, tracking_guard, tracking_savepoint, try_lock
from .mail_tracking_incident import COUNTED_KINDS, MAX_EMAILS

_logger = logging.getLogger(__name__)

CRON = "mail_tracking.ir_cron_incidents"
#: What comes back within this time was never over.
AGAIN = timedelta(hours=1)
#: A scheduled action that should have run so long ago does not run.
LATE = timedelta(minutes=30)
#: For so many seconds after a start of Odoo, what should have run meanwhile may be late.
START_UP = 300
STARTED = time.monotonic()
#: Another process is at the same: it is looked at again after this.
RETRY = timedelta(minutes=1)
#: Newest failures of an incident whose answers are read.
MAX_ANSWERS = 50
#: Causes whose answers are about one mailbox: they are not quoted.
ABOUT_PEOPLE = (reasons.USER_UNKNOWN, reasons.MAILBOX_FULL)
#: method -> kinds of incidents that it finds
CHECKS = {
    "_find_servers": ("server",),
    "_find_numbers": ("provider", "complaints"),
    "_find_queue": ("queue",),
    "_find_bounces": ("bounces",),
    "_find_webhooks": ("webhook",),
}


class MailTrackingIncident(models.Model):
    """Finding out what is wrong, and what is over."""

    _inherit = "mail.tracking.incident"

    # ------------------------------------------------------------
    # WHO CHECKS
    # ------------------------------------------------------------

    @api.model
    def _wake(self):
        """Have the check run after the commit."""
        if cron := self._get_cron(CRON):
            # sudo: ir.cron - whose email failed does not matter
            cron.sudo()._trigger()

    @api.model
    def _get_cron(self, xmlid):
        """A scheduled action, without the query of ``env.ref``: it may have been deleted."""
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        return self.env["ir.cron"].browse(cron_id or [])

    @api.model
    def _look(self):
        """Check in the place of the scheduled action, where that does not run.

        A scheduled action that is off can tell nobody: who looks at the emails, or logs in to
        look after them, runs its check.
        """
        # sudo: ir.config_parameter, ir.cron - whether the scheduled action does its work
        params = self.env["ir.config_parameter"].sudo()
        is_neutralized = params.get_param("database.is_neutralized", "False")
        if self.env.cr.readonly or str2bool(is_neutralized, default=True):
            return
        with tracking_guard("looking at the queue", "the page goes on"):
            cron = self.env.ref(CRON, raise_if_not_found=False)
            late = not is_starting() and fields.Datetime.now() - LATE
            if not cron or not cron.sudo().active or (late and cron.sudo().nextcall < late):
                self.with_user(SUPERUSER_ID)._check()

    # ------------------------------------------------------------
    # CHECK
    # ------------------------------------------------------------

    @api.model
    def _check(self):
        """Open, continue and close incidents. The scheduled action calls it."""
        lasting = self.search([("closed_on", "=", False)])
        is_busy = False
        for method, kinds in CHECKS.items():
            own = lasting.filtered(lambda incident, kinds=kinds: incident.kind in kinds)
            with tracking_guard(f"checking for incidents ({method})", "the others are checked"):
                try:
                    with tracking_savepoint(self.env):
                        self._apply(kinds, own, getattr(self, method)(own))
                except (*TRANSIENT_ERRORS, UniqueViolation):
                    is_busy = True
                    _logger.info("Another process is checking for incidents (%s)", method)
        if is_busy and (cron := self.env.ref(CRON, raise_if_not_found=False)):
            # sudo: ir.cron - finishing what was begun here
            cron.sudo()._trigger(fields.Datetime.now() + RETRY)

    @api.model
    def _apply(self, kinds, lasting, found):
        """Let the incidents of some kinds follow what was found.

        :param lasting: those that were open
        :param dict found: (kind, key) -> values, of all that are to be open
        """
        lasting = try_lock(lasting) if lasting else lasting
        by_key = {(incident.kind, incident.key): incident for incident in lasting}
        over = self.union(*(by_key[key] for key in by_key.keys() - found.keys()))
        new = {key: vals for key, vals in found.items() if key not in by_key}
        known = lasting - over
        worse = known._update_found(found)
        again, worse_again = self._reopen(kinds, new) if new else (self.browse(), self.browse())
        opened = self._open({k: v for k, v in new.items() if k not in again._get_keys()})
        (known | again | opened)._measure()
        opened._tell_opened()
        again._tell_again()
        (worse | worse_again)._tell_worse()
        if over:
            over._measure()
            over.closed_on = fields.Datetime.now()
            over._tell_over()

    def _get_keys(self):
        return {(incident.kind, incident.key) for incident in self}

    def _update_found(self, found):
        """Write what has changed of incidents that go on.

        :return: those that became urgent
        """
        worse = self.browse()
        for incident in self:
            vals = dict(found[incident.kind, incident.key])
            for name in ("opened_on", "company_id"):  # as they were
                vals.pop(name, None)
            if incident.severity == incidents.URGENT:  # until it is over
                vals.pop("severity", None)
            elif vals.get("severity") == incidents.URGENT:
                worse |= incident
            incident.update({k: v for k, v in vals.items() if incident[k] != v})
        return worse

    @api.model
    def _reopen(self, kinds, new):
        """Continue incidents that were over for a short time only.

        :return: them, and those of them that became urgent
        """
        since = fields.Datetime.now() - AGAIN
        recent = self.search([("closed_on", ">=", since), ("kind", "in", kinds)], order="id desc")
        latest = {(incident.kind, incident.key): incident for incident in recent.sorted("id")}
        again = self.union(*(latest[key] for key in new.keys() & latest.keys()))
        again = try_lock(again) if again else again
        again.closed_on = False
        return again, again._update_found(new)

    @api.model
    def _open(self, new):
        """Create incidents; the index refuses those that another process has opened.

        :param dict new: (kind, key) -> values
        :raise UniqueViolation: see above
        """
        if not new:
            return self.browse()
        quiet = {"tracking_disable": True, "mail_create_nosubscribe": True}
        with mute_logger("odoo.sql_db"):
            opened = self.with_context(**quiet).create(
                [{"kind": kind, "key": key, **vals} for (kind, key), vals in new.items()]
            )
            opened.flush_recordset()
        return opened.with_env(self.env)

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def _measure(self):
        """Count the emails and people of these incidents, by company; two queries."""
        measured = self.filtered(lambda incident: incident.kind in COUNTED_KINDS)
        if not measured:
            return
        self.env["mail.tracking.email"].flush_model()
        counts = defaultdict(dict)
        first = {}
        for incident_id, company_id, emails, people, since in self.env.execute_query(
            SQL(" UNION ALL ").join(incident._select_counts() for incident in measured)
        ):
            counts[incident_id][str(company_id or 0)] = [emails, people]
            first[incident_id] = min(since, first.get(incident_id, since))
        answers = self._read_answers(measured)
        for incident in measured:
            vals = {"counts": counts[incident.id] or incident.counts, **answers[incident.id]}
            if incident.kind != "server" and incident.id in first:
                vals["opened_on"] = first[incident.id]
            incident.update({k: v for k, v in vals.items() if v and incident[k] != v})

    def _select_counts(self):
        # sudo: mail.tracking.email - an incident is about the emails of all users
        Tracking = self.env["mail.tracking.email"].sudo()
        query = Tracking._search(self._get_email_domain(), limit=MAX_EMAILS)
        names = ("company_id", "recipient_address", "state_time")
        columns = (SQL.identifier(query.table, name) for name in names)
        return SQL(
            "SELECT %s, company_id, count(*), count(DISTINCT recipient_address), min(state_time)"
            " FROM (%s) AS email GROUP BY company_id",
            self.id,
            query.select(*columns),
        )

    @api.model
    def _read_answers(self, measured):
        """What the newest failures have in common: incident id -> ``code`` and ``reason``."""
        by_incident = {incident.id: [] for incident in measured}
        failed = measured.filtered(lambda incident: incident.kind == "provider")
        if failed:
            query = SQL(" UNION ALL ").join(incident._select_answers() for incident in failed)
            for incident_id, *answer in self.env.execute_query(query):
                by_incident[incident_id].append(answer)
        return {
            incident_id: self._prepare_answer(answers)
            for incident_id, answers in by_incident.items()
        }

    def _select_answers(self):
        # sudo: mail.tracking.email - an incident is about the emails of all users
        Tracking = self.env["mail.tracking.email"].sudo()
        query = Tracking._search(
            self._get_email_domain(), order="state_time desc", limit=MAX_ANSWERS
        )
        names = ("error_type", "error_code", "error_status", "error_description")
        columns = [SQL.identifier(query.table, name) for name in names[:3]]
        columns.append(SQL("left(%s, 2000)", SQL.identifier(query.table, names[3])))
        return SQL("(%s)", query.select(SQL("%s", self.id), *columns))

    @api.model
    def _prepare_answer(self, answers):
        """The most frequent cause, and the first answer that names it.

        :param list answers: of error type, code, status and text
        """
        if not answers:
            return {}
        codes = [incident_causes.find(*answer) for answer in answers]
        known = [code for code in codes if code != reasons.UNKNOWN] or codes
        code = Counter(known).most_common(1)[0][0]
        _error_type, smtp_code, _status, text = answers[codes.index(code)]
        if code in ABOUT_PEOPLE:
            return {"code": code, "reason": ""}
        return {"code": code, "reason": incidents.quote(smtp_code or "", text or "")}


def is_starting():
    """Whether Odoo may just have been started: its scheduled actions have not had their turn."""
    return time.monotonic() - STARTED < START_UP
