"""What reports and answers tell of a mail."""

import hashlib
import time
from collections import Counter
from typing import NamedTuple

from odoo import api, models

from ...tools import events as ev
from ..mail_tracking_email import to_utc_datetime
from ..matching.mail_tracking_email import Reference
from ..sending.ir_mail_server import ID_HEADER, TOKEN_HEADER

#: A report comes to one address; more of ours in its headers are not looked at.
MAX_TOKENS = 20
#: Of one report no more events are logged, of it and one tracking, and of a tracking by all.
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
#: Where an answer is noted as the event that proves the mail displayed.
ANSWER = "answer"


class Outcome(NamedTuple):
    """What a finding of a report led to.

    :param Finding finding: what the report says
    :param trackings: of which it speaks
    :param dead: those of them whose address it proves dead, and that nobody knew of before
    """

    finding: object
    trackings: object
    dead: object


class ReportRoom:
    """Which events of one more report are logged: anybody can write reports without end.

    :param int limit: of one tracking, by all reports of that kind
    """

    def __init__(self, limit):
        self.limit = limit
        self.total = 0
        self.logged = Counter()  #: tracking id -> events
        self.own = Counter()  #: tracking id -> events of this very report
        self.types = set()  #: tracking id and type of an event that is known

    def take(self, tracking_id, event_type):
        """Whether an event is logged; the first one of its type always is."""
        is_first = (tracking_id, event_type) not in self.types
        is_full = self.logged[tracking_id] >= self.limit and not is_first
        own = self.own[tracking_id]
        if is_full or own >= MAX_OF_ONE_REPORT or self.total >= MAX_REPORT_EVENTS:
            return False
        self.total += 1
        self.own[tracking_id] += 1
        self.logged[tracking_id] += 1
        self.types.add((tracking_id, event_type))
        return True


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

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
        candidates, is_proven = self._match_report(report, tokens)
        by_address = candidates.grouped("recipient_address")
        named = [
            self.union(*(by_address.get(name, self) for name in sorted(get_addresses(finding))))
            for finding in report.findings
        ]
        sent_times = candidates._get_sent_times()
        entries, outcomes, room = [], [], candidates._get_report_room(is_proven)
        for finding, trackings in zip(report.findings, named, strict=True):
            if not any(named) and finding.kind != "auto_reply" and len(candidates) == 1:
                trackings = candidates  # one recipient: a forward may have changed the address
            keys = {}
            for row in trackings:
                event_type = row._get_report_event_type(finding, is_proven)
                if event_type and room.take(row.id, event_type):
                    metadata = row._prepare_report_metadata(finding, event_type, report_id)
                    metadata["is_unproven"] = not is_proven
                    metadata["timestamp"] = row._bound_report_time(
                        finding.time or date, sent_times.get(row.id)
                    )
                    keys[metadata["event_key"]] = row
                    entries.append((row, event_type, metadata))
            outcomes.append((finding, trackings, keys))
        events, _failed = self._log_in_halves(entries)
        dead = self._get_newly_dead(events)
        return [
            Outcome(finding, rows, self.union(*(row for key, row in keys.items() if key in dead)))
            for finding, rows, keys in outcomes
        ]

    @api.model
    def _apply_unrecognized(self, references, text, report_id, tokens=()):
        """Keep a mail that reached a bounce address with the tracking that it refers to.

        It decides nothing, as nobody understood it.

        :param Report references: what the mail refers to, see ``tools.report.references``
        :param str text: what the mail says
        :param str report_id: identity of the mail, so that it is kept once
        :param tokens: tokens in the address that the mail came to
        :return: whether it refers to a mail of ours
        """
        candidates, is_proven = self._match_report(references, tokens)
        row = candidates[:1]  # whom of several it is about is not known
        if row and candidates._get_report_room(is_proven).take(row.id, ev.UNRECOGNIZED):
            row.event_create(
                ev.UNRECOGNIZED,
                {
                    "event_key": f"report:{row.id}:{digest(report_id)}",
                    "source": "report",
                    "timestamp": time.time(),
                    "error_details": text[:MAX_ANSWER],
                    "is_unproven": not is_proven,
                },
            )
        return bool(row)

    @api.model
    def _match_report(self, report, tokens):
        """The trackings that a report can be about.

        :param tokens: tokens in the address that the report came to
        :rtype: Match
        """
        headers, dbname = report.headers, self.env.cr.dbname
        token = (headers.get(TOKEN_HEADER.lower()) or "").strip()
        number = (headers.get(ID_HEADER.lower()) or headers.get("x-odoo-tracking-id") or "").strip()
        is_ours = (headers.get("x-odoo-database") or dbname).strip() == dbname
        # of a mail of the other addon, which had no better; it can be guessed
        is_number = is_ours and not token and number.isdecimal() and int(number) < 2**31
        reference = Reference(
            tokens=(*filter(None, (report.envelope_id, token)), *list(tokens)[:MAX_TOKENS]),
            number=int(number) if is_number else 0,
            message_ids=tuple(report.message_ids),
            recipients=tuple(set().union(*map(get_addresses, report.findings))),
        )
        # a forward may have changed the address
        anybody = reference._replace(recipients=())
        match = self._match([reference])[reference]
        return match if match.trackings else self._match([anybody])[anybody]

    def _get_report_room(self, is_proven):
        """How many more events of reports these trackings get; one query.

        :param bool is_proven: whether it is asked for a report that carries a key
        :rtype: ReportRoom
        """
        room = ReportRoom(MAX_REPORTS if is_proven else MAX_UNPROVEN_REPORTS)
        domain = [
            ("tracking_email_id", "in", self.ids),
            ("source", "=", "report"),
            ("is_unproven", "=", not is_proven),
        ]
        groups = self.env["mail.tracking.event"]._read_group(
            domain, ["tracking_email_id", "event_type"], ["__count"]
        )
        for row, event_type, number in groups:
            room.logged[row.id] += number
            room.types.add((row.id, event_type))
        return room

    @api.model
    def _get_newly_dead(self, events):
        """The keys of those new events of a report that are the first to prove an address dead."""
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
        ).tracking_email_id
        return set(
            hard.filtered(lambda event: event.tracking_email_id not in known).mapped("event_key")
        )

    def _get_report_event_type(self, finding, is_proven):
        """The type of event that a finding leads to, or an empty text.

        An address is dead only if the report proves that it speaks of our mail, and names
        the very address: behind a forward or an alias another one may have failed.

        :param Finding finding: what a report says
        :param bool is_proven: it carries a key that nobody can guess
        """
        if finding.kind in HANDED_OVER:
            return ev.RELAYED
        if finding.event_type != ev.HARD_BOUNCE:
            return finding.event_type
        named = get_addresses(finding)
        is_named = not named or self.recipient_address in named
        if is_proven and is_named and not self._get_address_behind(finding):
            return ev.HARD_BOUNCE
        return ev.SOFT_BOUNCE

    def _get_address_behind(self, finding):
        """The address that failed, where that is not the one of this tracking: a member of an
        alias.
        """
        address, final = self.recipient_address or "", finding.final_recipient
        local, _at, domain = address.rpartition("@")
        own = {address, f"{local.partition('+')[0]}@{domain}"}
        return final if "@" in final and address and final not in own else ""

    def _prepare_report_metadata(self, finding, event_type, report_id):
        """Metadata of the event that a finding leads to."""
        self.ensure_one()
        identity = "|".join((report_id, finding.recipient, finding.kind, finding.status or ""))
        metadata = {
            "event_key": f"report:{self.id}:{digest(identity)}",
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
            metadata.update(
                error_type=finding.reason,
                error_description=finding.diagnostic[:MAX_ANSWER],
                error_code=str(finding.smtp_code or ""),
                error_status=finding.status or "",
            )
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
        """
        now = time.time()
        return min(max(seconds or now, self.timestamp or 0.0, sent_time or 0.0), now)

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    @api.model
    def _apply_answer(self, message_id, address):
        """Log that a recipient answered, once: the mail arrived, whatever a server said of it.

        :param int message_id: the ``mail.message`` that the answer refers to
        :param str address: where the answer comes from
        """
        trackings = self.search(
            [("mail_message_id", "=", message_id), ("recipient_address", "=", address)]
        )
        metadata = {"source": ANSWER, "open_kind": ev.PERSON, "open_reason": ANSWER}
        self._log_events(
            [(row, ev.OPEN, {**metadata, "event_key": f"{ANSWER}:{row.id}"}) for row in trackings]
        )


def get_addresses(finding):
    """The addresses that a finding of a report names."""
    return {finding.recipient, finding.final_recipient} - {""}


def digest(identity):
    return hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]
