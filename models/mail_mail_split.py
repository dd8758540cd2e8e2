from odoo import models

from .guard import tracking_guard, tracking_savepoint


class MailMail(models.Model):
    """Mails of which some recipients get a mail of their own."""

    _inherit = "mail.mail"

    def _split_by_delayed_batch(self, mail_server):
        """Override of ``mail``: recipients who move to another mail take their tracking along."""
        to_send = super()._split_by_delayed_batch(mail_server)
        if parts := to_send - self:
            with tracking_guard("splitting mails"), tracking_savepoint(self.env):
                self._tracking_move_rows(parts)
        return to_send

    def _tracking_move_rows(self, parts):
        """Give the rows of recipients who left these mails to the mails that they are on now.

        :param parts: new ``mail.mail`` of the same messages; their own rows go
        """
        # sudo: mail.tracking.email - rows of mails that are being sent
        Tracking = self.env["mail.tracking.email"].sudo()
        domain = [("successor_id", "=", False)]
        old = Tracking.search([*domain, ("mail_id_int", "in", self.ids)], order="id")
        new = Tracking.search([*domain, ("mail_id_int", "in", parts.ids)], order="id")
        old_by_key = {row._get_recipient_key(): row for row in old}
        for row in new:
            if moved := old_by_key.get(row._get_recipient_key()):
                moved.mail_id_int = row.mail_id_int
                row.unlink()
        old.flush_recordset()
