import hashlib
import time
from collections import Counter
from typing import NamedTuple

from odoo import api, models

from ..tools import events as ev
from .mail_tracking_email import to_utc_datetime
from .sending.ir_mail_server import ID_HEADER, TOKEN_HEADER

#: A report comes to one address; more of ours in its headers are not looked at.
MAX_TOKENS = 20
#: Of one report no more events are noted, of it and one row, and of a row by all reports.
MAX_REPORT_EVENTS = 1_000
MAX_OF_ONE_REPORT = 10
MAX_REPORTS = 100
#: The same of reports that anybody can write who knows the Message-ID.
MAX_UNPROVEN_REPORTS = 20
#: Characters kept of what a server said, in each field.
MAX_ANSWER = 4_000
#: Findings that end the trail of a mail without saying more (RFC 3464 section 2.3.3).
HANDED_OVER = ("relayed", "expanded")
#: Types of events that say why.
TROUBLES = (ev.HARD_BOUNCE, ev.SOFT_BOUNCE, ev.REJECT, ev.DEFERRAL, ev.SPAM)
#: Domain of the rows of the other addon. What we send has a token in its headers, and a server
#: that took it gave it a number, or told what it reports.
OTHER_ADDON = [
    ("state", "not in", (False, "error")),
    "|",
    ("token", "=", False),
    "&",
    ("queue_id", "=", False),
    ("delivery_report", "=", False),
]


class Outcome(NamedTuple):
    """What a finding of a report led to.

    :param Finding finding: what the report says
    :param rows: ``mail.tracking.email`` it speaks of
    :param dead: those of them whose address it proves dead, and that nobody knew of before
    """

    finding: object
    rows: object
    dead: object


class ReportRoom:
    """Which events of one more report are noted: anybody can write reports without end.

    :param int limit: of one row, by all reports of that kind
    """

    def __init__(self, limit):
        self.limit = limit
        self.left = MAX_REPORT_EVENTS
        self.noted = Counter()  #: row id -> events
        self.own = Counter()  #: row id -> events of this very report
        self.types = set()  #: row id and type of an event that is known

    def take(self, row_id, event_type):
        """Whether an event is noted; the first one of its type always is."""
        is_full = self.noted[row_id] >= self.limit and (row_id, event_type) in self.types
        if is_full or self.own[row_id] >= MAX_OF_ONE_REPORT or not self.left:
            return False
        self.left -= 1
        self.own[row_id] += 1
        self.noted[row_id] += 1
        self.types.add((row_id, event_type))
        return True


class MailTrackingEmail(models.Model):
    """What reports tell of a mail."""

    _inherit = "mail.tracking.email"

    @api.model
    def _apply_report(self, report, report_id, date=None, tokens=()):
        """Log what a report says about our mails.

        :param Report report: what ``tools.report.read`` found
        :param str report_id: identity of the report, so that it counts once
        :param float date: when the report was written, seconds since 1970
        :param tokens: tokens in the address that the report came to
        :return: for each finding what it led to
        :rtype: list[Outcome]
        """
        candidates, proven = self._find_for_report(report, tokens)
        by_address = candidates.grouped("recipient_address")
        is_named = any(self._get_rows_named(finding, by_address) for finding in report.findings)
        sent_times = candidates._get_sent_times()
        entries, outcomes, room = [], [], candidates._get_report_room(proven)
        for finding in report.findings:
            rows = self._get_rows_named(finding, by_address)
            if not (rows or is_named or finding.kind == "auto_reply") and len(candidates) == 1:
                rows = candidates  # one recipient only: a forward may have changed the address
            event_types = {row: row._get_report_event_type(finding, proven) for row in rows}
            keys = {}
            for row, event_type in event_types.items():
                if event_type and room.take(row.id, event_type):
                    metadata = row._prepare_report_metadata(finding, event_type, report_id)
                    metadata["is_unproven"] = not proven
                    metadata["timestamp"] = row._bound_report_time(
                        finding.time or date, sent_times.get(row.id)
                    )
                    keys[metadata["event_key"]] = row
                    entries.append((row, event_type, metadata))
            outcomes.append((finding, rows, keys))
        events, _failed = self._log_in_halves(entries)
        dead = self._get_newly_dead(events)
        return [
            Outcome(finding, rows, self.union(*(row for key, row in keys.items() if key in dead)))
            for finding, rows, keys in outcomes
        ]

    def _get_report_room(self, proven):
        """How many more events of reports these rows get; one query.

        :param bool proven: whether it is asked for a report that carries a key
        :rtype: ReportRoom
        """
        groups = (
            self.env["mail.tracking.event"]._read_group(
                [("tracking_email_id", "in", self.ids), ("source", "=", "report")],
                ["tracking_email_id", "event_type", "is_unproven"],
                ["__count"],
            )
            if self
            else []
        )
        room = ReportRoom(MAX_REPORTS if proven else MAX_UNPROVEN_REPORTS)
        for row, event_type, is_unproven, number in groups:
            if bool(is_unproven) != proven:
                room.noted[row.id] += number
                room.types.add((row.id, event_type))
        return room

    @api.model
    def _get_newly_dead(self, events):
        """Which of these events prove an address dead, for the first time for their row.

        :param events: new ``mail.tracking.event`` of a report
        :return: their keys
        :rtype: set
        """
        hard = events.filtered(
            lambda e: e.event_type == ev.HARD_BOUNCE and e.tracking_email_id.state == ev.BOUNCED
        )
        if not hard:
            return set()
        known = hard.search(
            [
                ("tracking_email_id", "in", hard.tracking_email_id.ids),
                ("event_type", "=", ev.HARD_BOUNCE),
                ("source", "=", "report"),
                ("id", "not in", events.ids),
            ]
        )
        hard = hard.filtered(lambda event: event.tracking_email_id not in known.tracking_email_id)
        return set(hard.mapped("event_key"))

    @api.model
    def _find_for_report(self, report, tokens):
        """The rows that a report can be about; several keys in turn, unguessable first.

        :param tokens: tokens in the address that the report came to
        :return: rows, and whether the report proved that it speaks of them
        :rtype: tuple
        """
        for domain, proven in self._get_report_domains(report, tokens):
            rows = self.search(domain, order="id", limit=1000)
            if rows:
                envelopes = [token for token in rows.mapped("envelope_token") if token]
                if envelopes:
                    rows |= self.search([("envelope_token", "in", envelopes)], order="id")
                return rows, proven
        return self.browse(), False

    @api.model
    def _get_report_domains(self, report, tokens):
        """Domains that may find the rows of a report, each with whether nobody can guess it."""
        headers = report.headers
        token = (headers.get(TOKEN_HEADER.lower()) or "").strip()
        for value in (report.envelope_id, token):
            if value:
                yield [("token", "=", value)], True
        if tokens:
            yield [("token", "in", list(tokens)[:MAX_TOKENS])], True
        row_id = (headers.get(ID_HEADER.lower()) or headers.get("x-odoo-tracking-id") or "").strip()
        database = (headers.get("x-odoo-database") or self.env.cr.dbname).strip()
        if (
            row_id.isdecimal()
            and int(row_id) < 2**31
            and database == self.env.cr.dbname
            and not token
        ):
            # a mail of the other addon, which had no better: its number could be guessed, so
            # the recipient has to fit as well
            addresses = [finding.recipient for finding in report.findings if finding.recipient]
            yield (
                [
                    ("id", "=", int(row_id)),
                    ("recipient_address", "in", addresses),
                    *OTHER_ADDON,
                ],
                False,
            )
        if report.message_ids:
            yield [("mail_message_id.message_id", "in", list(report.message_ids))], False

    @api.model
    def _get_rows_named(self, finding, by_address):
        """The rows whose address a finding names.

        :param Finding finding: what a report says
        :param dict by_address: address -> rows
        """
        named = {finding.recipient, finding.final_recipient} - {""}
        return self.union(*(by_address[name] for name in sorted(named) if name in by_address))

    def _get_report_event_type(self, finding, proven):
        """The type of event that a finding leads to, or an empty text.

        An address is dead only if the report proves that it speaks of our mail, and names
        the very address: behind a forward or an alias another one may have failed.

        :param Finding finding: what a report says
        :param bool proven: it carries a key that nobody can guess
        :rtype: str
        """
        if finding.kind in HANDED_OVER:
            return ev.RELAYED
        if finding.event_type != ev.HARD_BOUNCE:
            return finding.event_type
        named = {finding.recipient, finding.final_recipient} - {""}
        is_named = not named or self.recipient_address in named
        if proven and is_named and not self._get_address_behind(finding):
            return ev.HARD_BOUNCE
        return ev.SOFT_BOUNCE

    def _get_address_behind(self, finding):
        """The address that failed, where that is not the one of this row: a member of an alias.

        :param Finding finding: what a report says
        :rtype: str
        """
        address, final = self.recipient_address or "", finding.final_recipient
        local, _at, domain = address.rpartition("@")
        own = {address, f"{local.partition('+')[0]}@{domain}"}
        return final if "@" in final and address and final not in own else ""

    def _prepare_report_metadata(self, finding, event_type, report_id):
        """Metadata of the event that a finding leads to.

        :param Finding finding: what a report says
        :param str event_type: see ``_get_report_event_type``
        :param str report_id: identity of the report
        :rtype: dict
        """
        self.ensure_one()
        identity = "|".join((report_id, finding.recipient, finding.kind, finding.status or ""))
        digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]
        metadata = {
            "event_key": f"report:{self.id}:{digest}",
            "source": "report",
            "smtp_server": finding.remote_mta or finding.reporting_mta,
            "reporting_server": finding.reporting_mta,
            "error_details": finding.diagnostic[:MAX_ANSWER],
        }
        if event_type == ev.SENT:
            # of a server further on: who took the mail from Odoo is known already
            details = f"{finding.diagnostic[:MAX_ANSWER]} ({finding.reporting_mta})"
            metadata.update(smtp_server=False, reporting_server=False, error_details=details)
        if event_type == ev.OPEN:
            # a receipt that a person sent off, or one that a program sent by itself
            manual = "manual-action" in finding.diagnostic.lower()
            metadata.update(open_kind="person" if manual else "unknown", open_reason="read_receipt")
        if event_type in TROUBLES:
            metadata.update(self._prepare_trouble(finding, event_type))
        return metadata

    def _prepare_trouble(self, finding, event_type):
        """Metadata of an event that went wrong: why, and at which address.

        :param Finding finding: what a report says
        :param str event_type: see ``_get_report_event_type``
        :rtype: dict
        """
        metadata = {
            "error_type": finding.reason,
            "error_description": finding.diagnostic[:MAX_ANSWER],
            "error_code": str(finding.smtp_code or ""),
            "error_status": finding.status or "",
        }
        if event_type != ev.SPAM:
            metadata["final_recipient"] = self._get_address_behind(finding) or False
        if finding.retry_until and event_type == ev.DEFERRAL:
            metadata["retry_until"] = to_utc_datetime(finding.retry_until)
        return metadata

    def _bound_report_time(self, seconds, sent_time):
        """When something happened to this mail, by a clock that may be wrong.

        Not before the mail was made and sent, and not later than now.

        :param float seconds: since 1970, None where the report tells no time
        :param float sent_time: when our server took the mail, None where that is not known
        :rtype: float
        """
        now = time.time()
        return min(max(seconds or now, self.timestamp or 0.0, sent_time or 0.0), now)
