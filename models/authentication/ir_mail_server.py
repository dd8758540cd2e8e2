from odoo import models
from odoo.tools import config

from ...tools.smtp_probe import ask_greeting

#: seconds to wait for each answer of a mail server
SECONDS = 5


class IrMailServer(models.Model):
    """Where a mail server is, and what it calls itself."""

    _inherit = "ir.mail_server"

    def _tracking_address(self):
        """Host, port and encryption of this server, or of the one in the configuration file."""
        if self and self.smtp_authentication != "cli":
            return self.smtp_host or "", self.smtp_port, self.smtp_encryption
        encryption = "starttls" if config["smtp_ssl"] else "none"
        return config["smtp_server"] or "", config["smtp_port"], encryption

    def _tracking_ask_greeting(self):
        """The name that this server gives itself, and whether it offers encryption.

        :return: no name, and None, where it does not answer
        """
        if self._disable_send():
            return "", None
        try:
            return ask_greeting(*self._tracking_address(), SECONDS)
        except (OSError, UnicodeError):
            return "", None
