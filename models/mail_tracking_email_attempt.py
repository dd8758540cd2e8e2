import time

from odoo import api, models

from ..tools import events as ev
from ..tools import smtp


class MailTrackingEmail(models.Model):
    """The outcome of an SMTP attempt."""

    _inherit = "mail.tracking.email"

    @api.private
    def smtp_error(self, mail_server, smtp_server, exception):
        """Log that these recipients did not get their mail.

        :param mail_server: ``ir.mail_server``, may be empty
        :param str smtp_server: host name
        :param Exception exception: what was raised
        :return: the new events
        """
        metadata = {"smtp_server": smtp_server}
        return self._log_events(
            [(row, ev.ERROR, row._tracking_error_prepare(exception, metadata)) for row in self]
        )

    def _tracking_sent_prepare(self, mail_server, smtp_server, message, message_id):
        """Metadata of the event that says that the SMTP server took the mail.

        :param mail_server: ``ir.mail_server`` or None
        :param str smtp_server: host name
        :param EmailMessage message: what was sent
        :param str message_id: its Message-ID
        :rtype: dict
        """
        return {"smtp_server": smtp_server, "timestamp": time.time()}

    def _tracking_error_prepare(self, exception, metadata):
        """Metadata of the event that says why a mail could not be sent.

        :param Exception exception: what was raised
        :param dict metadata: what is known besides
        :rtype: dict
        """
        self.ensure_one()
        metadata = {**metadata, **getattr(exception, "tracking_metadata", {})}
        known = {"recipient", "recipient_address"} <= metadata.keys()
        source = metadata if known else self
        recipient, address = source["recipient"], source["recipient_address"]
        if not address:
            missing = not (recipient or "").strip()
            metadata["error_type"] = "no_recipient" if missing else "invalid_address"
            metadata["error_description"] = (
                self.env._("The contact has no email address")
                if missing
                else self.env._("%(text)s is not an email address", text=recipient)
            )
            return metadata
        failure = smtp.describe(exception, address)
        error_type = failure.error_type
        if isinstance(exception, AssertionError):
            error_type = "invalid_address"
        metadata.setdefault("error_type", error_type)
        metadata.setdefault("error_description", failure.text)
        metadata.setdefault("error_code", str(failure.code or ""))
        metadata.setdefault("error_status", failure.status)
        metadata["is_address_refused"] = smtp.refuses_address(exception, address)
        return metadata
