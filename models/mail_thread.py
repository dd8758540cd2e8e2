import logging

from odoo import api, fields, models
from odoo.tools.mail import html2plaintext

from ..tools import body as body_tools
from ..tools import report as report_tools
from .guard import tracking_guard
from .mail_mail import PENDING

_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    failed_message_ids = fields.One2many(
        "mail.message",
        "res_id",
        "Failed messages",
        domain=lambda self: [
            ("model", "=", self._name),
            ("mail_tracking_needs_action", "=", True),
        ],
        bypass_search_access=True,
    )

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        """Override of ``mail`` to create the rows of all mails of a message together."""
        thread = self.with_context(**{PENDING: []})
        res = super(MailThread, thread)._notify_thread_by_email(message, recipients_data, **kwargs)
        with tracking_guard("preparing the tracking of new mails"):
            # sudo: mail.mail - the mails that were just created
            thread.env["mail.mail"].sudo()._tracking_create_pending()
        return res

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

    @api.model
    def _message_parse_extract_bounce(self, email_message, message_dict):
        """Override of ``mail``: a report is a bounce only if it says that a mail failed.

        Core takes every report, and all that reaches the bounce address, for a bounce:
        also news of success or delay, read receipts, complaints and absence notes.
        """
        report = report_tools.read(email_message)
        if report.kind == "none":
            return super()._message_parse_extract_bounce(email_message, message_dict)
        if report.kind == "auto_reply":
            # an answer, and routed like any other - unless it came to the bounce address
            stray = self._detect_is_bounce(email_message, message_dict)
            return {"is_bounce": False, "mail_tracking_report": report if stray else None}
        values = {"is_bounce": False}
        if any(finding.kind == "failed" for finding in report.findings):
            values = super()._message_parse_extract_bounce(email_message, message_dict)
        return {**values, "mail_tracking_report": report}

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Override of ``mail``: reports are evidence, and become no document."""
        report = message_dict.pop("mail_tracking_report", None)
        if report is None:
            return super().message_route(
                message,
                message_dict,
                model=model,
                thread_id=thread_id,
                custom_values=custom_values,
            )
        self._tracking_handle_report(message, message_dict, report)
        return []

    @api.model
    def _tracking_handle_report(self, message, message_dict, report):
        """Log what a report says, and tell core of what failed for good.

        :param EmailMessage message: the report
        :param dict message_dict: what core parsed
        :param Report report: what we found
        """
        # sudo: mail.tracking.email - the gateway acts for nobody in particular
        Tracking = self.env["mail.tracking.email"].sudo()
        date = message_dict.get("date")
        moment = fields.Datetime.to_datetime(date).timestamp() if date else None
        rows_by_finding = Tracking._apply_report(report, message_dict["message_id"], moment)
        told = set()
        for finding in report.findings:
            if finding.kind != "failed" or finding.recipient in told:
                continue
            told.add(finding.recipient)
            self._tracking_tell_core(message, message_dict, finding, rows_by_finding[finding])
        _logger.info(
            "Report %s: %s",
            message_dict["message_id"],
            ", ".join(f"{finding.kind} {finding.status or ''}" for finding in report.findings)
            or report.kind,
        )

    @api.model
    def _tracking_tell_core(self, message, message_dict, finding, rows):
        """Hand one failed recipient to core's bounce handling.

        Core counts bounces against the address, so it hears only of dead addresses;
        the notification of any other failure is written here, or followed its row.
        """
        # sudo: res.partner, mail.message - the gateway acts for nobody in particular
        partners = rows.partner_id or self.env["res.partner"].sudo().search(
            [("email_normalized", "=", finding.recipient)]
        )
        bounced_message = message_dict.get("bounced_message") or self.env["mail.message"].sudo()
        bounced_message = rows.mail_message_id[:1] or bounced_message
        if finding.hard:
            self._routing_handle_bounce(
                message,
                {
                    **message_dict,
                    "bounced_email": finding.recipient,
                    "bounced_partner": partners,
                    "bounced_message": bounced_message,
                    "bounced_msg_ids": message_dict.get("bounced_msg_ids") or [],
                    "body": message_dict.get("body") or finding.diagnostic,
                },
            )
            rows._sync_notifications()
        elif not rows and bounced_message:
            self._tracking_bounce_notification(message_dict, finding, bounced_message, partners)

    @api.model
    def _tracking_bounce_notification(self, message_dict, finding, bounced_message, partners):
        """Mark the notification of a mail that was sent before there was tracking."""
        # sudo: mail.notification - the gateway acts for nobody in particular
        self.env["mail.notification"].sudo().search(
            [
                ("mail_message_id", "=", bounced_message.id),
                "|",
                ("res_partner_id", "in", partners.ids),
                ("mail_email_address", "=", finding.recipient),
            ]
        ).write(
            {
                "failure_reason": finding.diagnostic
                or html2plaintext(message_dict.get("body") or ""),
                "failure_type": "mail_bounce",
                "notification_status": "bounce",
            }
        )

    # ------------------------------------------------------------
    # INCOMING BODIES
    # ------------------------------------------------------------

    def _message_parse_extract_payload(self, message, message_dict, save_original=False):
        """Override of ``mail``: a quoted pixel of ours must not count again."""
        payload = super()._message_parse_extract_payload(
            message, message_dict, save_original=save_original
        )
        if payload.get("body"):
            payload["body"] = body_tools.strip_pixels(payload["body"])
        return payload
