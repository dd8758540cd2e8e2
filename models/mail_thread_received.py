import logging
from dataclasses import replace
from email.message import EmailMessage

from odoo import api, models
from odoo.tools import email_normalize, html2plaintext

from ..tools import report as report_tools
from ..tools import report_types
from .guard import TRANSIENT_ERRORS
from .mail_thread import IS_LOGGED

_logger = logging.getLogger(__name__)

#: What an earlier version called the addresses of a received mail -> what core calls them.
HEADERS = {"email_to": "incoming_email_to", "email_cc": "incoming_email_cc"}


class MailThread(models.AbstractModel):
    """What received mails say of addresses, whoever reads them; and to whom they were addressed."""

    _inherit = "mail.thread"

    # ------------------------------------------------------------
    # HEADERS
    # ------------------------------------------------------------

    @api.model
    def message_parse(self, message, save_original=False):
        """Override of ``mail`` to add names that an earlier version has for two values."""
        values = super().message_parse(message, save_original=save_original)
        return {**values, "email_to": values.get("to"), "email_cc": values.get("cc")}

    def _message_create(self, values_list):
        """Override of ``mail`` to take what core calls ``incoming_email_*`` by other names.

        In the very values: those who are notified are found by them as well.
        """
        for values in values_list:
            # the gateway has given core's, which leave out our own aliases
            is_received = values.get("message_type") == "email" and values.get("message_id")
            for name, name_of_core in HEADERS.items():
                given = values.pop(name, False)
                if given and not is_received and not values.get(name_of_core):
                    values[name_of_core] = given
        return super()._message_create(values_list)

    # ------------------------------------------------------------
    # EVIDENCE
    # ------------------------------------------------------------

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Override of ``mail``: a bounce that another addon found is an event as well."""
        res = super()._routing_handle_bounce(email_message, message_dict)
        if not message_dict.get(IS_LOGGED):
            self._tracking_log_bounce(email_message, message_dict)
        return res

    @api.model
    def _tracking_log_bounce(self, email_message, message_dict):
        """Log a bounce, judged like any report: what carries no key marks no address.

        :param email_message: what came back, if the caller has it
        :param dict message_dict: what ``_routing_handle_bounce`` was told
        """
        message = email_message if isinstance(email_message, EmailMessage) else EmailMessage()
        report = self._tracking_read_bounce(message, message_dict)
        if not report.findings:
            return
        # sudo: mail.tracking.email - the gateway acts for nobody in particular
        Tracking = self.env["mail.tracking.email"].sudo()
        outcomes = Tracking._apply_report(
            report,
            self._tracking_report_id(message, message_dict, report),
            tokens=self._tracking_tokens(message, message_dict),
        )
        try:
            with self.env.cr.savepoint():
                # core has written what it was told; what else is known may be better
                Tracking.union(*(outcome.rows for outcome in outcomes))._sync_notifications()
        except TRANSIENT_ERRORS:  # what came back is noted, and it comes only once
            _logger.info("Bounce %.200s is not shown yet", message_dict.get("message_id"))

    @api.model
    def _tracking_read_bounce(self, message, message_dict):
        """A bounce as a report: what the mail itself says, or else what the caller says of it.

        :rtype: Report
        """
        report = report_tools.read(message)
        if not any(finding.kind == report_types.FAILED for finding in report.findings):
            partner = message_dict.get("bounced_partner")
            address = message_dict.get("bounced_email") or (partner and partner[:1].email) or ""
            address = email_normalize(address, strict=False)
            finding = report_types.refusal(
                report_types.FAILED,
                "",
                html2plaintext(message_dict.get("body") or ""),
                recipient=address or "",
            )
            findings = (finding,) if address else ()
            report = replace(report, kind=report_types.DSN, findings=findings)
        bounced = message_dict.get("bounced_message")
        known = [*(message_dict.get("bounced_msg_ids") or ()), bounced and bounced.message_id]
        return replace(report, message_ids=(*report.message_ids, *filter(None, known)))

    @api.model
    def _tracking_keep_unrecognized(self, message, message_dict, report):
        """Keep what reached a bounce address, refers to a mail of ours and says nothing known.

        :param Report report: what we found, None for what is no report
        :return: whether it was kept; nothing else is to be done with it then
        :rtype: bool
        """
        is_understood = report.findings or report.kind != report_types.DSN if report else False
        if is_understood or not (report or message_dict.get("is_bounce")):
            return False
        # sudo: mail.tracking.email - the gateway acts for nobody in particular
        Tracking = self.env["mail.tracking.email"].sudo()
        is_kept = Tracking._apply_unrecognized(
            report_tools.references(message),
            report_tools.summary(message),
            self._tracking_report_id(message, message_dict, report or report_types.Report()),
            self._tracking_tokens(message, message_dict),
        )
        if is_kept:
            _logger.info("Report %.200s was not understood", message_dict.get("message_id"))
        return is_kept

    @api.model
    def _routing_reset_bounce(self, email_message, message_dict):
        """Override of ``mail``: an address that writes works, and who answers got the mail."""
        super()._routing_reset_bounce(email_message, message_dict)
        address = email_normalize(message_dict.get("email_from") or "")
        if not address:
            return
        # sudo: mail.tracking.email - the gateway acts for nobody in particular
        Tracking = self.env["mail.tracking.email"].sudo()
        try:
            with self.env.cr.savepoint():
                Tracking._revive_addresses([address])
        except TRANSIENT_ERRORS:  # the next mail takes the mark away; this one must not be lost
            _logger.info("Contacts of the sender of %s are busy", message_dict.get("message_id"))
        parent_id = message_dict.get("parent_id")
        rows = Tracking._search_answered(parent_id, address)
        if rows and report_tools.read(email_message).kind == report_types.NONE:
            rows._apply_answer()
