from odoo import api, models


class MailTrackingEvidence(models.AbstractModel):
    """Evidence in plain words."""

    _inherit = "mail.tracking.evidence"

    def _get_delivered_words(self, server):
        """Who says that a mail was delivered.

        :param str server: the server that accepted the mail, if known
        """
        reporter = self.reporting_server
        if server and reporter and server != reporter:
            return self.env._(
                "%(server)s accepted it (report of %(reporter)s)", server=server, reporter=reporter
            )
        if server and not reporter:
            return self.env._("%(server)s accepted it", server=server)
        if reporter:
            return self.env._("report of %(reporter)s", reporter=reporter)
        return ""

    def _get_relayed_words(self, server):
        """Where the trail of a mail ends.

        :param str server: the server that does not report, if known
        """
        reporter = self.reporting_server
        if not server or server == reporter:
            return self.env._(
                "%(reporter)s handed it over to a server that does not report delivery",
                reporter=reporter,
            )
        return self.env._(
            "handed over to %(server)s, which does not report delivery (report of %(reporter)s)",
            server=server,
            reporter=reporter,
        )

    def _get_sent_words(self):
        """What will be known of a mail that was handed over."""
        return {
            "success": self.env._("handed over to a server that reports delivery, if it can"),
            "failure": self.env._("handed over to a server that reports failures and delays"),
            "off": self.env._("handed over to a server that was not asked to report delivery"),
            "none": self.env._("handed over to a server that does not report delivery"),
            "service": self.env._("handed over to an email service that reports delivery"),
        }.get(self.delivery_report) or ""

    def _get_behind_words(self):
        """Which address failed, where it was not the one that the mail was sent to."""
        if not self.final_recipient:
            return ""
        return self.env._("behind this address: %(address)s", address=self.final_recipient)

    @api.model
    def _get_reason_label(self, error_type):
        """A reason in the user's language; an empty text where it is not known.

        :param str error_type: a word of ``tools.reasons`` or of core
        """
        failure_types = self.env["mail.notification"]._fields["failure_type"]
        return {
            **dict(failure_types._description_selection(self.env)),
            "user_unknown": self.env._("Address does not exist"),
            "host_unknown": self.env._("The domain of the address does not exist"),
            "mailbox_full": self.env._("Mailbox full"),
            "disabled": self.env._("Mailbox is disabled"),
            "moved": self.env._("The recipient has moved"),
            "policy": self.env._("Refused by a rule of the receiving server"),
            "spam": self.env._("Refused as spam"),
            "authentication": self.env._("The receiving server does not trust our sender address"),
            "greylisted": self.env._("The receiving server asks to try again later"),
            "rate": self.env._("Too many emails in a short time"),
            "too_large": self.env._("The email is too large"),
            "content": self.env._("The content was refused"),
            "network": self.env._("The receiving server could not be reached"),
            "expired": self.env._("Given up after many attempts"),
            "loop": self.env._("The email ran in a circle"),
            "sender_rejected": self.env._("The sender address was refused"),
            "smtp": self.env._("The connection to the outgoing mail server failed"),
            "smtp_login": self.env._("The login at the outgoing mail server failed"),
            "smtp_host": self.env._("The name of the outgoing mail server was not found"),
            "smtp_tls": self.env._("No encrypted connection to the outgoing mail server"),
            "smtp_certificate": self.env._(
                "The certificate of the outgoing mail server is not trusted"
            ),
            "smtp_unsupported": self.env._("The outgoing mail server cannot do what is needed"),
            "smtp_refused": self.env._("The outgoing mail server refused the connection"),
            "smtp_protocol": self.env._("What answered is not a mail server"),
            "smtp_setup": self.env._("The outgoing mail server is not set up correctly"),
            "no_recipient": self.env._("No email address"),
            "invalid_address": self.env._("Invalid email address"),
            "unknown": "",
        }.get(error_type) or ""

    @api.model
    def _join_reason(self, label, text):
        """A reason in plain words, and what the server said."""
        if label and text and label != text:
            if self.env["res.lang"]._get_data(code=self.env.lang).direction == "rtl":
                # what a server said keeps its own direction in the sentence
                text = f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
            return self.env._("%(reason)s: %(answer)s", reason=label, answer=text)
        return label or text or ""
