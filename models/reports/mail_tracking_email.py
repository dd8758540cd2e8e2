"""Reports and answers become events of the mails that they are about."""

import hashlib
import time
from collections import Counter

from odoo import api, models

from ...tools import events as ev
from ...tools import report_types
from ...tools.report_original import shortened, without_keys
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
#: Characters kept of the text of one report, by all of its events.
MAX_TEXTS = 200_000
#: Characters kept of what a server said, in each field.
MAX_ANSWER = 4_000
#: Findings that end the trail of a mail without saying more (RFC 3464 section 2.3.3).
HANDED_OVER = (report_types.RELAYED, report_types.EXPANDED)
#: Types of events that say why.
TROUBLES = (ev.HARD_BOUNCE, ev.SOFT_BOUNCE, ev.REJECT, ev.DEFERRAL, ev.SPAM)


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

    @api.model
    def _apply_report(self, report, report_id, date=None, tokens=(), text=""):
        """Log what a report says about our mails.

        :param Report report: what ``tools.report`` found
        :param str report_id: identity of the report, so that it counts once
        :param float date: when the report was written, seconds since 1970
        :param tokens: tokens in the addresses that the report came to
        :param str text: the report itself, as much as is kept of it
        :return: each finding with the trackings that it is about; and the trackings whose
            address this report is the first to prove dead
        :rtype: tuple
        """
        candidates, is_proven = self._match_report(report, tokens)
        by_address = candidates.grouped("recipient_address")
        found = [
            self.union(*(by_address.get(name, self) for name in sorted(finding.addresses)))
            for finding in report.findings
        ]
        if not any(found) and report.kind != report_types.AUTO_REPLY:
            # a forward may have changed the address of the only recipient; an unrecognized mail
            # names none, and is kept with the first of several
            is_any = len(candidates) == 1 or report.kind == report_types.NONE
            found = [candidates[:1] if is_any else self] * len(found)
        found = list(zip(report.findings, found, strict=True))
        sent_times, now, entries = candidates._get_sent_times(), time.time(), []
        for finding, trackings in found:
            for tracking in trackings:
                event_type = tracking._get_report_event_type(finding, is_proven)
                if event_type:
                    metadata = tracking._prepare_report_metadata(finding, event_type, report_id)
                    # the clock of another server may be wrong
                    earliest = max(tracking.timestamp or 0.0, sent_times.get(tracking.id) or 0.0)
                    metadata["timestamp"] = min(max(finding.time or date or now, earliest), now)
                    metadata["is_unproven"] = not is_proven
                    entries.append((tracking, event_type, metadata))
        entries = candidates._limit_report_entries(entries, is_proven)
        text = without_keys(text, set(candidates.mapped("token")))
        for _tracking, _event_type, metadata in entries:
            metadata["report_text"] = shortened(text, MAX_TEXTS // len(entries))
        events, _failed = self._log_in_halves(entries)
        return found, self._get_newly_dead(events)

    @api.model
    def _match_report(self, report, tokens):
        """The ``Match`` of a report that came to an address with these tokens."""
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
            recipients=tuple(set().union(*(finding.addresses for finding in report.findings))),
        )
        # a forward may have changed the address
        anybody = reference._replace(recipients=())
        match = self._match([reference])[reference]
        return match if match.trackings else self._match([anybody])[anybody]

    def _limit_report_entries(self, entries, is_proven):
        """Those of the events that are logged, as anybody can write reports without end.

        However many there were before, the first of its type is among them.
        """
        groups = self.env["mail.tracking.event"]._read_group(
            [
                ("tracking_email_id", "in", self.ids),
                ("source", "=", "report"),
                ("is_unproven", "=", not is_proven),
            ],
            ["tracking_email_id", "event_type"],
            ["__count"],
        )
        types, in_report, in_all = set(), Counter(), Counter()
        for tracking, event_type, count in groups:
            types.add((tracking, event_type))
            in_all[tracking] += count
        kept, limit = [], MAX_REPORTS if is_proven else MAX_UNPROVEN_REPORTS
        for tracking, event_type, metadata in entries:
            is_first = (tracking, event_type) not in types
            if in_report[tracking] < MAX_OF_ONE_REPORT and (is_first or in_all[tracking] < limit):
                types.add((tracking, event_type))
                in_report[tracking] += 1
                in_all[tracking] += 1
                kept.append((tracking, event_type, metadata))
        return kept[:MAX_REPORT_EVENTS]

    @api.model
    def _get_newly_dead(self, events):
        """The trackings whose address these new events of a report are the first to prove dead."""
        hard = events.filtered(lambda event: event.event_type == ev.HARD_BOUNCE)
        dead = hard.tracking_email_id.filtered(lambda tracking: tracking.state == ev.BOUNCED)
        if not dead:
            return dead
        known = hard.search(
            [
                ("tracking_email_id", "in", dead.ids),
                ("event_type", "=", ev.HARD_BOUNCE),
                ("source", "=", "report"),
                ("id", "not in", events.ids),
            ]
        )
        return dead - known.tracking_email_id

    def _get_report_event_type(self, finding, is_proven):
        """The type of event that a finding leads to, or an empty text.

        An address is dead only if the report proves that it speaks of our mail, and names
        the very address: behind a forward or an alias another one may have failed.
        """
        if finding.kind in HANDED_OVER:
            return ev.RELAYED
        if finding.event_type != ev.HARD_BOUNCE:
            return finding.event_type
        is_named = not finding.addresses or self.recipient_address in finding.addresses
        if is_proven and is_named and not self._get_address_behind(finding):
            return ev.HARD_BOUNCE
        return ev.SOFT_BOUNCE

    def _get_address_behind(self, finding):
        """The address that failed where it is another one, such as a member of an alias."""
        address, final = self.recipient_address or "", finding.final_recipient
        local, _at, domain = address.rpartition("@")
        own = {address, f"{local.partition('+')[0]}@{domain}"}
        return final if "@" in final and address and final not in own else ""

    def _prepare_report_metadata(self, finding, event_type, report_id):
        """Metadata of the event that a finding leads to."""
        self.ensure_one()
        identity = "|".join((report_id, finding.recipient, finding.kind, finding.status or ""))
        digest = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]
        answer = finding.diagnostic[:MAX_ANSWER]
        metadata = {
            "event_key": f"report:{self.id}:{digest}",
            "source": "report",
            "smtp_server": finding.remote_mta or finding.reporting_mta,
            "reporting_server": finding.reporting_mta,
            "error_details": answer,
        }
        if event_type == ev.SENT:
            # of a server further on: who took the mail from Odoo is known already
            details = f"{answer} ({finding.reporting_mta})"
            metadata.update(smtp_server=False, reporting_server=False, error_details=details)
        if event_type == ev.OPEN:
            # a receipt that a person sent off, or one that a program sent by itself
            manual = "manual-action" in finding.diagnostic.lower()
            metadata.update(open_kind="person" if manual else "unknown", open_reason="read_receipt")
        if event_type in TROUBLES:
            metadata.update(
                error_type=finding.reason,
                error_description=answer,
                error_code=str(finding.smtp_code or ""),
                error_status=finding.status or "",
            )
            if event_type != ev.SPAM:
                metadata["final_recipient"] = self._get_address_behind(finding) or False
            if finding.retry_until and event_type == ev.DEFERRAL:
                metadata["retry_until"] = to_utc_datetime(finding.retry_until)
        return metadata
