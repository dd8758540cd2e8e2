import hashlib
import logging
from dataclasses import replace
from email.message import EmailMessage

from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

from ...tools import body as body_tools
from ...tools import report as report_tools
from ...tools import report_types
from ...tools.report_original import original_text
from ..guard import TRANSIENT_ERRORS, tracking_guard, tracking_savepoint
from ..sending.ir_mail_server import TOKEN_HEADER

_logger = logging.getLogger(__name__)

#: Where mail servers write the address that a mail was delivered to.
ENVELOPE_HEADERS = ("X-Original-To", "Envelope-To", "X-Envelope-To")
#: context key: read a report as core does
AS_CORE = "mail_tracking_parse_as_core"
#: key in the values of a bounce: its event is logged already
IS_LOGGED = "mail_tracking_is_logged"
#: What an earlier version called the addresses of a received mail -> what core calls them.
HEADERS = {"email_to": "incoming_email_to", "email_cc": "incoming_email_cc"}


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

    @api.model
    def _detect_is_bounce(self, message, message_dict):
        """Override of ``mail`` to know the bounce addresses of single mails as well."""
        return super()._detect_is_bounce(message, message_dict) or bool(
            self._tracking_tokens(message, message_dict)
        )

    @api.model
    def _tracking_tokens(self, message, message_dict):
        """The tokens in the bounce addresses that a mail came to."""
        found = [message_dict.get("to") or "", message_dict.get("recipients") or ""]
        for name in ENVELOPE_HEADERS:
            found += [str(value) for value in message.get_all(name) or ()]
        addresses = [text for text in found if "+" in text]
        return self.env["mail.alias.domain"]._tracking_tokens_of(addresses) if addresses else []

    @api.model
    def _message_parse_extract_bounce(self, email_message, message_dict):
        """Override of ``mail``: a report is a bounce only if it says that a mail failed.

        Core takes every report, and all that reaches the bounce address, for a bounce:
        also news of success or delay, read receipts, complaints and absence notes. So our
        findings come first, and decide what core may count; see ``message_route``. The other
        values are what core's own parser would find, for other code that reads them.
        """
        report = report_tools.read(email_message)
        if report.kind == report_types.NONE or self.env.context.get(AS_CORE):
            return super()._message_parse_extract_bounce(email_message, message_dict)
        # sudo: res.partner, mail.message - the gateway acts for nobody in particular
        partners, messages = self.env["res.partner"].sudo(), self.env["mail.message"].sudo()
        address = next((f.recipient for f in report.findings if f.recipient), False)
        message_ids = list(report.message_ids)
        if address:
            partners = partners.search([("email_normalized", "=", address)])
        if message_ids:
            messages = messages.search(
                [("message_id", "in", message_ids)], order="create_date desc, id desc", limit=1
            )
        return {
            "is_bounce": False,
            "bounced_email": address,
            "bounced_partner": partners,
            "bounced_msg_ids": message_ids,
            "bounced_message": messages,
            "mail_tracking_report": report,
        }

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Override of ``mail``: reports are evidence, and become no document."""
        report = message_dict.pop("mail_tracking_report", None)
        self._tracking_learn_received(message, message_dict)
        if report:
            is_unclear = report.kind == report_types.DSN and not report.findings
        else:
            is_unclear = message_dict.get("is_bounce")
        if is_unclear and self._tracking_keep_unrecognized(message, message_dict):
            return []
        is_answer = (
            report
            and report.kind == report_types.AUTO_REPLY
            and self._tracking_is_answer(message, message_dict)
        )
        if report and not is_answer:
            self._tracking_handle_report(message, message_dict, report)
            return []
        if is_answer:
            message_dict["mail_tracking_is_automatic"] = True
        routes = super().message_route(
            message,
            message_dict,
            model=model,
            thread_id=thread_id,
            custom_values=custom_values,
        )
        # what a machine says belongs beside the message that it answers, nowhere else
        return [route for route in routes if route[1]] if is_answer else routes

    @api.model
    def _tracking_is_answer(self, message, message_dict):
        """Whether an automatic reply answers a message in a chatter of ours."""
        if self._detect_is_bounce(message, message_dict):
            return False
        # sudo: mail.message - the gateway acts for nobody in particular
        parent = self.env["mail.message"].sudo().browse(message_dict.get("parent_id") or [])
        return bool(parent.model and parent.res_id)

    @api.model
    def _tracking_keep_unrecognized(self, message, message_dict):
        """Keep what nobody understands with the mail of ours that it refers to, if any."""
        report = report_tools.unrecognized(message)
        [(_finding, trackings)], _dead = self._tracking_apply_report(message, message_dict, report)
        if trackings:
            _logger.info("Report %.200s was not understood", message_dict.get("message_id"))
        return bool(trackings)

    def _routing_create_bounce_email(self, email_from, body_html, message, **mail_values):
        """Override of ``mail``: what a machine wrote gets no answer from a machine."""
        if report_tools.read(message).kind != report_types.NONE:
            return None
        return super()._routing_create_bounce_email(email_from, body_html, message, **mail_values)

    @api.model
    def _tracking_handle_report(self, message, message_dict, report):
        """Log what a report says, and have core count what failed for good."""
        date = message_dict.get("date")
        seconds = fields.Datetime.to_datetime(date).timestamp() if date else None
        found, dead = self._tracking_apply_report(message, message_dict, report, seconds)
        token = (report.headers.get(TOKEN_HEADER.lower()) or "").strip()
        trackings = dead.union(*(trackings for _finding, trackings in found))
        self._tracking_learn_returned(message, token, trackings)
        try:
            with self.env.cr.savepoint():
                self._tracking_notify_core(message, message_dict, report, found, dead)
        except TRANSIENT_ERRORS:  # what the report says is logged, and it comes only once
            _logger.info("Report %.200s was not counted by core", message_dict["message_id"])
        words = [f"{finding.kind} {finding.status or ''}".strip() for finding in report.findings]
        _logger.info(
            "Report %.200s: %s%s",
            message_dict["message_id"],
            ", ".join(words[:10]) or report.kind,
            f" and {len(words) - 10} more" if len(words) > 10 else "",
        )

    @api.model
    def _tracking_apply_report(self, message, message_dict, report, date=None):
        """Log what a report says, see ``_apply_report``."""
        report_id = message_dict.get("message_id")
        if not message.get("Message-Id"):  # core made one up, another each time
            text = f"{message_dict.get('date')} {report.envelope_id} {report.findings!r}"
            report_id = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        tokens, text = self._tracking_tokens(message, message_dict), original_text(message)
        # sudo: mail.tracking.email - the gateway acts for nobody in particular
        Tracking = self.env["mail.tracking.email"].sudo()
        return Tracking._apply_report(report, report_id, date, tokens, text)

    @api.model
    def _tracking_notify_core(self, message, message_dict, report, found, dead):
        """Have core's bounce handling count the addresses that a report proves dead.

        Core counts each call against the address, and may blacklist it; so it is called once
        for each address, in the form that we wrote to. The notifications of all other
        failures follow their trackings, or are written here where there are none.
        """
        is_of_others = not any(trackings for _finding, trackings in found)
        if is_of_others and self._tracking_leave_to_core(message, message_dict, report):
            return
        message_ids = list(report.message_ids)
        for address, trackings in dead.grouped("recipient_address").items():
            # sudo: res.partner - the gateway acts for nobody in particular
            partners = trackings.partner_id or self.env["res.partner"].sudo().search(
                [("email_normalized", "=", address)]
            )
            values = {
                "bounced_email": address,
                "bounced_partner": partners,
                "bounced_message": trackings.mail_message_id[:1],
                "bounced_msg_ids": message_ids,
                "body": message_dict.get("body") or trackings[:1].error_description or "",
                IS_LOGGED: True,
            }
            self._routing_handle_bounce(message, {**message_dict, **values})
        dead._sync_notifications()
        for finding, trackings in found:
            if finding.kind == report_types.FAILED and not trackings:
                self._tracking_bounce_notification(report, finding)
                dead._mailing_bounced([("message_id", "in", message_ids)], finding.diagnostic)

    @api.model
    def _tracking_leave_to_core(self, message, message_dict, report):
        """Let core count the failure of a mail that has no tracking, as it does without us.

        Such mails are sent by other systems, or were before there was tracking. Reports of
        ours carry a key: to an address that we wrote to, one without it may be forged.

        :return: whether core counted it
        """
        if not report.failed:
            return False
        values = self.with_context(**{AS_CORE: True})._message_parse_extract_bounce(
            message, message_dict
        )
        address = email_normalize(values.get("bounced_email") or "", strict=False)
        # sudo: mail.tracking.email - the gateway acts for nobody in particular
        Tracking = self.env["mail.tracking.email"].sudo()
        if not address or Tracking.search_count([("recipient_address", "=", address)], limit=1):
            return False
        self._routing_handle_bounce(message, {**message_dict, **values, IS_LOGGED: True})
        return True

    @api.model
    def _tracking_bounce_notification(self, report, finding):
        """Mark the notification of a mail that was sent before there was tracking.

        Its Message-ID is known to everybody who got it: the failure is shown, and no address
        is judged by it.
        """
        if not report.message_ids or not finding.recipient:
            return
        # sudo: mail.notification - the gateway acts for nobody in particular
        self.env["mail.notification"].sudo().search(
            [
                ("mail_message_id.message_id", "in", list(report.message_ids)),
                ("notification_type", "=", "email"),
                "|",
                ("res_partner_id.email_normalized", "=", finding.recipient),
                ("mail_email_address", "=", finding.recipient),
            ]
        ).write(
            {
                "failure_reason": finding.diagnostic,
                "failure_type": "mail_bounce",
                "notification_status": "bounce",
            }
        )

    # ------------------------------------------------------------
    # BOUNCES THAT OTHERS FOUND, AND ANSWERS
    # ------------------------------------------------------------

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Override of ``mail``: a bounce that another addon found is an event as well.

        It is judged like any report: what carries no key marks no address.
        """
        res = super()._routing_handle_bounce(email_message, message_dict)
        if message_dict.get(IS_LOGGED):
            return res
        message = email_message if isinstance(email_message, EmailMessage) else EmailMessage()
        report = self._tracking_read_bounce(message, message_dict)
        if report.findings:
            found, dead = self._tracking_apply_report(message, message_dict, report)
            try:
                with self.env.cr.savepoint():
                    # core has written what the caller knows; what we know may be better
                    dead.union(*(trackings for _, trackings in found))._sync_notifications()
            except TRANSIENT_ERRORS:  # what came back is logged, and it comes only once
                _logger.info("Bounce %.200s is not shown yet", message_dict.get("message_id"))
        return res

    @api.model
    def _tracking_read_bounce(self, message, message_dict):
        """A bounce as a report: what the mail itself says, or else what the caller says of it."""
        report = report_tools.read(message)
        if not report.failed:
            partner = message_dict.get("bounced_partner")
            address = message_dict.get("bounced_email") or (partner and partner[:1].email) or ""
            address = email_normalize(address, strict=False) or ""
            text = html2plaintext(message_dict.get("body") or "")
            finding = report_types.refusal(report_types.FAILED, "", text, recipient=address)
            findings = (finding,) if address else ()
            report = replace(report, kind=report_types.DSN, findings=findings)
        bounced = message_dict.get("bounced_message")
        known = [*(message_dict.get("bounced_msg_ids") or ()), bounced and bounced.message_id]
        return replace(report, message_ids=(*report.message_ids, *filter(None, known)))

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
        if parent_id and report_tools.read(email_message).kind == report_types.NONE:
            sent = fields.Domain("mail_message_id", "=", parent_id)
            guard = tracking_guard("noting an answer", "the incoming mail is processed")
            with guard, tracking_savepoint(self.env):
                Tracking._apply_reply(sent, address, message_dict["email_from"])

    # ------------------------------------------------------------
    # BODIES AND HEADERS
    # ------------------------------------------------------------

    def _message_parse_extract_payload(self, message, message_dict, save_original=False):
        """Override of ``mail``: a quoted pixel of ours must not count again.

        Of a report only its own words are read, as core does: not the mail that it returns.
        """
        if message_dict.get("mail_tracking_report"):
            message_dict = {**message_dict, "is_bounce": True}
        payload = super()._message_parse_extract_payload(
            message, message_dict, save_original=save_original
        )
        if payload.get("body"):
            payload["body"] = body_tools.strip_pixels(payload["body"])
        return payload

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
