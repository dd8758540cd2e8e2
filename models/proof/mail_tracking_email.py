from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, hmac

from ...tools import events as ev
from ...tools import proof

#: One proof speaks of no more emails than these, and of no more events of each.
MAX_EMAILS = 500
MAX_EVENTS = 200
#: Why an open was logged that a person or a program reported by email.
READ_RECEIPT = "read_receipt"
SCOPE = "mail_tracking.proof"
#: states of the program that makes PDFs in which it does
PRINTERS = ("ok", "upgrade")
#: event field -> what the proof calls it
SENT_FIELDS = {
    "smtp_server": "server",
    "smtp_answer": "answer",
    "queue_id": "queue_number",
    "tls_version": "tls_version",
    "tls_cipher": "tls_cipher",
    "mail_size": "size",
    "mail_hash": "sha256",
}
REPORT_FIELDS = {
    "source": "source",
    "smtp_server": "server",
    "reporting_server": "reported_by",
    "final_recipient": "final_recipient",
    "error_type": "reason",
    "error_code": "smtp_code",
    "error_status": "status_code",
}


class MailTrackingEmail(models.Model):
    """Proof of sending: what is known of emails, for people and as signed data.

    Everything is read with the rights of the user.
    """

    _inherit = "mail.tracking.email"

    technical = fields.Text(
        compute="_compute_technical",
        help=(
            "What the outgoing mail server said, how the connection was encrypted, and size "
            "and fingerprint of the email as it was sent."
        ),
    )

    @api.depends("tracking_event_ids.technical")
    @api.depends_context("lang")
    def _compute_technical(self):
        for tracking in self:
            sent = tracking.tracking_event_ids.filtered(
                lambda event: event.event_type == ev.SENT and event.smtp_answer
            )
            tracking.technical = sent.sorted("timestamp")[-1:].technical

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_print_proof(self):
        """Print the proof of sending, one page for each email.

        As PDF where the server can make one, else as a page that the browser can print.
        """
        self._check_proof_size()
        report = self.env.ref("mail_tracking.action_report_proof")
        if report.get_wkhtmltopdf_state() in PRINTERS:
            return report.report_action(self, config=False)
        url = f"/report/html/{report.report_name}/{self._get_numbers()}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_download_proof(self):
        """Download the proof of sending as data."""
        self._check_proof_size()
        url = f"/mail_tracking/proof/{self._get_numbers()}"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}

    def _get_numbers(self):
        return ",".join(map(str, self.ids))

    def _check_proof_size(self):
        if len(self) > MAX_EMAILS:
            raise UserError(
                self.env._(
                    "A proof can cover at most %(number)s emails. Choose fewer in the list of "
                    "tracking emails.",
                    number=MAX_EMAILS,
                )
            )

    # ------------------------------------------------------------
    # FACTS
    # ------------------------------------------------------------

    def _get_proof_emails(self):
        """What is known of each of these emails, as JSON can hold it, in their order.

        The same number of queries for one or for many.

        :rtype: list[dict]
        :raise AccessError: where the user may not see one of them
        """
        self.check_access("read")
        self._check_proof_size()
        events = self.env["mail.tracking.event"].search(
            [
                ("tracking_email_id", "in", self.ids),
                "|",
                ("event_type", "not in", (ev.OPEN, ev.CLICK)),
                ("open_reason", "=", READ_RECEIPT),
            ],
            order="timestamp, id",
        )
        by_tracking = events.grouped("tracking_email_id")
        attachments = self._get_attachment_names()
        return [
            tracking._prepare_proof_email(
                by_tracking.get(tracking, events.browse()), attachments.get(tracking, [])
            )
            for tracking in self
        ]

    def _prepare_proof_email(self, events, attachments):
        """What is known of one email.

        :param events: ``mail.tracking.event``, the first ones first
        :param list attachments: their names
        """
        shown = events[:MAX_EVENTS].with_prefetch(events.ids)
        sent = shown.filtered(lambda event: event.event_type == ev.SENT)
        replies = shown.filtered(lambda event: event.event_type == ev.REPLY)
        return {
            "number": self.id,
            "subject": self.name or "",
            # sudo: res.partner - the author's name, which the message shows as well
            "author": self.author_id.sudo().name or "",
            "sender": self.sender or "",
            "recipient": {
                "contact": self.recipient_name if self.partner_id else "",
                "addressed_as": self.recipient or "",
                "address": self.recipient_address or "",
                "is_copy": self.is_cc,
            },
            "message_id": self.message_id or "",
            "created": to_text(self.time),
            "attachments": attachments,
            "status": self.shown_state,
            "handed_over": [event._prepare_proof_sent() for event in sent],
            "reports": [event._prepare_proof_report() for event in shown - sent - replies],
            "answers": [event._prepare_proof_answer() for event in replies],
            "opens": self._prepare_proof_opens(),
            "clicks": self.click_count if self._is_noted(ev.CLICK) else None,
            "is_cut": len(events) > MAX_EVENTS,
        }

    def _prepare_proof_opens(self):
        """Number and time of the opens, None where they are nobody's business."""
        if not self._is_noted(ev.OPEN):
            return None
        return {
            "count": self.open_count,
            "first": to_text(self.first_open),
            "last": to_text(self.last_open),
        }

    def _get_attachment_names(self):
        """Tracking -> names of the files on the email, of messages that the user may read."""
        messages = self.mail_message_id._filtered_access("read")
        return {
            # sudo: ir.attachment - names of the files of messages that the user may read
            tracking: tracking.mail_message_id.sudo().attachment_ids.mapped("name")
            for tracking in self
            if tracking.mail_message_id in messages
        }

    # ------------------------------------------------------------
    # SIGNED DATA
    # ------------------------------------------------------------

    def _get_proof_data(self):
        """The proof of these emails as signed data.

        :rtype: bytes
        :raise UserError: where it would be too large to be checked
        """
        document = {
            "format": proof.FORMAT,
            "version": proof.VERSION,
            "database": self._get_proof_database(),
            "made": to_text(fields.Datetime.now()),
            "emails": self._get_proof_emails(),
        }
        document[proof.SIGNATURE] = self._sign_proof(document)
        data = proof.canonical(document)
        if len(data) > proof.MAX_DATA:
            raise UserError(self.env._("This proof is too large. Choose fewer emails."))
        return data

    @api.model
    def _get_proof_database(self):
        """A word that tells which database signs, and nothing else of it."""
        # sudo: ir.config_parameter - the secret of the database, which nobody is shown
        return hmac(self.env(su=True), SCOPE, "database")[:16]

    @api.model
    def _sign_proof(self, document):
        """The signature of this database under a document, see ``tools.proof``."""
        # sudo: ir.config_parameter - the secret of the database, which nobody is shown
        return hmac(self.env(su=True), SCOPE, proof.digest_of(document))

    @api.model
    def _is_own_proof(self, document):
        """Whether this database signed a document, and nothing in it was changed since."""
        signature = document.get(proof.SIGNATURE)
        if not isinstance(signature, str) or not signature.isascii():
            return False
        return consteq(signature, self._sign_proof(document))


def to_text(time):
    """A time in UTC as it is written in data; None where there is none."""
    return f"{time.isoformat(timespec='seconds')}Z" if time else None


def to_time(text):
    """The time that ``to_text`` wrote."""
    return fields.Datetime.to_datetime(text.rstrip("Z").replace("T", " "))
