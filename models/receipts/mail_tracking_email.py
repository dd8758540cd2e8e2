from odoo import fields, models

from ...tools import events as ev

#: States of a mail that left, and of which a receipt may still come.
RECEIPT_STATES = (ev.SENT, ev.DEFERRED, ev.DELIVERED, ev.OPENED)


class MailTrackingEmail(models.Model):
    """Read receipts that the recipient is asked for (RFC 8098)."""

    _inherit = "mail.tracking.email"

    read_receipt_requested = fields.Boolean(
        "Read receipt requested",
        readonly=True,
        help="The email asks for a read receipt. A receipt that comes back counts as an open.",
    )

    def _get_receipt_words(self, proofs):
        """That a receipt may still come; nothing where none was asked for, or one came.

        :param proofs: of the opens of this email, see ``tools.sentences``
        """
        is_missing = self.state in RECEIPT_STATES and "receipt" not in proofs
        if not self.read_receipt_requested or not is_missing:
            return ""
        return self.env._("A read receipt was asked for; none has come back so far.")
