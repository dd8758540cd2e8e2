from odoo import api, models
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: Why it went wrong, by ``error_type``.
REASON_LABELS = {
    "user_unknown": _lt("Address does not exist"),
    "host_unknown": _lt("The domain of the address does not exist"),
    "mailbox_full": _lt("Mailbox full"),
    "disabled": _lt("Mailbox is disabled"),
    "moved": _lt("The recipient has moved"),
    "policy": _lt("Refused by a rule of the receiving server"),
    "spam": _lt("Refused as spam"),
    "authentication": _lt("The receiving server does not trust our sender address"),
    "greylisted": _lt("The receiving server asks to try again later"),
    "rate": _lt("Too many emails in a short time"),
    "too_large": _lt("The email is too large"),
    "content": _lt("The content was refused"),
    "network": _lt("The receiving server could not be reached"),
    "expired": _lt("Given up after many attempts"),
    "loop": _lt("The email ran in a circle"),
    "sender_rejected": _lt("The sender address was refused"),
    "smtp": _lt("The connection to the outgoing mail server failed"),
    "smtp_login": _lt("The login at the outgoing mail server failed"),
    "smtp_host": _lt("The name of the outgoing mail server was not found"),
    "smtp_tls": _lt("No encrypted connection to the outgoing mail server"),
    "smtp_certificate": _lt("The certificate of the outgoing mail server is not trusted"),
    "smtp_unsupported": _lt("The outgoing mail server cannot do what is needed"),
    "smtp_refused": _lt("The outgoing mail server refused the connection"),
    "smtp_protocol": _lt("What answered is not a mail server"),
    "smtp_unconfirmed": _lt(
        "The connection broke off before the outgoing mail server confirmed the email"
    ),
    "smtp_setup": _lt("The outgoing mail server is not set up correctly"),
    "no_recipient": _lt("No email address"),
    "invalid_address": _lt("Invalid email address"),
    "address_dead": _lt("Address is dead"),
}


class MailTrackingEvidence(models.AbstractModel):
    """Evidence in plain words."""

    _inherit = "mail.tracking.evidence"

    def _get_behind_words(self):
        """Which address failed, where it was not the one that the mail was sent to."""
        if not self.final_recipient:
            return ""
        return self.env._("behind this address: %(address)s", address=self.final_recipient)

    def _get_codes(self):
        """The codes of an SMTP answer; those of an operating system say nothing to people."""
        codes = (self.error_code, self.error_status)
        return [code for code in codes if code and code[0] in "245"]

    def _add_dead_since(self, reason):
        """A reason, and since when the address has been dead, where nothing was sent for that."""
        if not self.dead_since:
            return reason
        time = format_date(self.env, self.dead_since)
        return self.env._("%(reason)s (since %(time)s)", reason=reason, time=time)

    @api.model
    def _get_reason_label(self, error_type):
        """A reason word of ``tools.reasons`` or of core in the user's language, or nothing."""
        if label := REASON_LABELS.get(error_type):
            return self.env._(label)
        failure_types = self.env["mail.notification"]._fields["failure_type"]
        known = dict(failure_types._description_selection(self.env))
        return "" if error_type == "unknown" else known.get(error_type) or ""

    @api.model
    def _selection_error_type(self):
        """Our reasons, then those of core."""
        core = self.env["mail.notification"]._fields["failure_type"]
        labels = {reason: self.env._(label) for reason, label in REASON_LABELS.items()}
        return list({**labels, **dict(core._description_selection(self.env))}.items())

    @api.model
    def _join_reason(self, label, text):
        """A reason in plain words, and what the server said."""
        if label and text and label != text:
            if self.env["res.lang"]._get_data(code=self.env.lang).direction == "rtl":
                # what a server said keeps its own direction in the sentence
                text = f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
            return self.env._("%(reason)s: %(answer)s", reason=label, answer=text)
        return label or text or ""
