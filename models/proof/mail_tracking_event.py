from odoo import api, fields, models
from odoo.tools import formatLang

from ...tools import events as ev
from ...tools.report_original import without_keys
from ..replies.mail_tracking_email import COLLEAGUE
from .mail_tracking_email import REPORT_FIELDS, SENT_FIELDS, to_text

#: what a proof calls a read receipt
READ = "read"


class MailTrackingEvent(models.Model):
    """What the server said when it took a mail, and what that mail was."""

    _inherit = "mail.tracking.event"

    smtp_answer = fields.Char(
        "Answer of the server",
        readonly=True,
        help="What the outgoing mail server answered when it accepted the email.",
    )
    tls_version = fields.Char(
        "Encryption",
        readonly=True,
        help="How the connection to the outgoing mail server was encrypted. Empty if it was not.",
    )
    tls_cipher = fields.Char(
        "Cipher", readonly=True, help="The method that the connection was encrypted with."
    )
    mail_size = fields.Integer(
        "Size in bytes", readonly=True, help="How large the email was when it was sent."
    )
    mail_hash = fields.Char(
        "SHA-256",
        readonly=True,
        help=(
            "The fingerprint of the email as it was sent. If one character changes, the "
            "fingerprint is different."
        ),
    )
    report_text = fields.Text(
        "Text of the report",
        readonly=True,
        prefetch=False,
        groups="mail_tracking.group_postmaster",
        help="The report that came back, as it arrived. Only the beginning if it is long.",
    )
    technical = fields.Text(
        compute="_compute_technical",
        help=(
            "What the outgoing mail server said, how the connection was encrypted, and size "
            "and fingerprint of the email as it was sent."
        ),
    )

    @api.depends("smtp_answer", "tls_version", "tls_cipher", "mail_size", "mail_hash")
    @api.depends_context("lang")
    def _compute_technical(self):
        for event in self:
            event.technical = "\n".join(event._get_technical_lines())

    def _get_technical_lines(self):
        """What only an expert asks for, in words; nothing where no server answered."""
        if not self.smtp_answer:
            return []
        answer = self.env._("Answer: %(words)s", words=self.smtp_answer)
        lines = [answer, self._get_encryption_words()]
        if self.mail_hash:
            size = formatLang(self.env, self.mail_size, digits=0)
            lines += [
                self.env._("%(number)s bytes", number=size),
                self.env._("SHA-256 %(digits)s", digits=self.mail_hash),
            ]
        return lines

    def _get_encryption_words(self):
        if not self.tls_version:
            return self.env._("Not encrypted")
        if not self.tls_cipher:
            return self.env._("Encrypted with %(version)s", version=self.tls_version)
        return self.env._(
            "Encrypted with %(version)s (%(cipher)s)",
            version=self.tls_version,
            cipher=self.tls_cipher,
        )

    # ------------------------------------------------------------
    # PROOF
    # ------------------------------------------------------------

    def _prepare_proof_sent(self):
        """When which server took the email, and what it was."""
        vals = {name: self[field] or None for field, name in SENT_FIELDS.items()}
        is_encrypted = bool(self.tls_version) if self.smtp_answer else None
        return {**vals, "time": to_text(self.time), "is_encrypted": is_encrypted}

    def _prepare_proof_report(self):
        """What came back: from whom, when, and what it said in full."""
        said = dict.fromkeys(filter(None, (self.error_description, self.error_details)))
        return {
            **{name: self[field] or None for field, name in REPORT_FIELDS.items()},
            "time": to_text(self.time),
            "type": READ if self.event_type == ev.OPEN else self.event_type,
            "title": self._get_title(),
            "said": "\n".join(said),
            "is_verified": not self.is_unproven,
            "original": self._get_original(),
        }

    def _get_original(self):
        """The text of the report itself, None where it is not kept, or not for this user."""
        for name in ("report_text", "payload"):
            if self._has_field_access(self._fields[name], "read") and self[name]:
                return without_keys(self[name]) if name == "payload" else self[name]
        return None

    def _prepare_proof_answer(self):
        return {
            "time": to_text(self.time),
            "sender": self.recipient or "",
            "address": self.recipient_address or "",
            "is_colleague": self.open_reason == COLLEAGUE,
        }
