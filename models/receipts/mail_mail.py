import contextlib

from odoo import models, tools

from ...tools.headers import whole

#: RFC 8098 section 2.1
REQUEST_HEADER = "Disposition-Notification-To"


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _tracking_ask_receipt(self, email, trackings):
        """Ask the recipients of an email to confirm that they read it, where that is wanted.

        :param dict email: an entry of ``_prepare_outgoing_list`` with headers of its own; these
            change
        :param trackings: ``mail.tracking.email`` of its recipients
        """
        if not any(trackings.mapped("read_receipt_requested")):
            return
        if address := self._tracking_receipt_address(email):
            email["headers"].setdefault(REQUEST_HEADER, whole(REQUEST_HEADER, address))

    def _tracking_receipt_address(self, email):
        """Where receipts go: to the bounce address, whose mail this database reads.

        Mail programs warn where it is not the address that bounces go to (RFC 8098 section 2.1),
        so it is that very one. Without an alias domain there is none: the sender reads them.
        """
        headers = email.get("headers") or {}
        for text in (headers.get("Return-Path"), email.get("reply_to"), email.get("email_from")):
            for address in tools.email_normalize_all(text or ""):
                with contextlib.suppress(UnicodeError):  # no domain that there can be
                    plain = tools.formataddr(("", address), charset="ascii")
                    if plain.isascii():
                        return plain
        return ""
