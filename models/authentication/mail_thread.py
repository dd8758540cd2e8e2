import contextlib

from odoo import api, models
from odoo.tools import email_normalize

from ...tools.authentication import signatures
from ..guard import TRANSIENT_ERRORS, tracking_guard, tracking_savepoint


class MailThread(models.AbstractModel):
    """Learning by which keys our emails are signed."""

    _inherit = "mail.thread"

    @api.model
    def _tracking_learn_received(self, message, message_dict):
        """Learn from an incoming email of one of our own domains."""
        address = email_normalize(message_dict.get("email_from") or "", strict=False) or ""
        # sudo: mail.tracking.sending.domain - the gateway acts for nobody in particular
        if address.rpartition("@")[2] in self.env["mail.tracking.sending.domain"]._get_names():
            self._tracking_learn(signatures.of_mail(message), is_proven=False)

    @api.model
    def _tracking_learn_returned(self, message, token, trackings):
        """Learn from the headers that a report returns.

        :param str token: what stands there, and is known to those alone who got the email
        :param trackings: ``mail.tracking.email`` that the report is about
        """
        is_proven = bool(token) and token in trackings.mapped("token")
        if self.env["mail.tracking.sending.domain"]._get_names():
            self._tracking_learn(signatures.of_returned(message), is_proven=is_proven)

    @api.model
    def _tracking_learn(self, signed, is_proven):
        if not signed.signatures:
            return
        with (
            tracking_guard("noting a signature", "the incoming mail is processed"),
            contextlib.suppress(*TRANSIENT_ERRORS),
            tracking_savepoint(self.env),
        ):
            # sudo: mail.tracking.selector - the gateway acts for nobody in particular
            self.env["mail.tracking.selector"].sudo()._learn(signed, is_proven)
