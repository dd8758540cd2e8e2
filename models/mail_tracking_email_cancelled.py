from odoo import api, fields, models


class MailTrackingEmail(models.Model):
    """Recipients of mails that were cancelled before anybody tried to send them."""

    _inherit = "mail.tracking.email"

    is_cancelled = fields.Boolean(
        "Cancelled",
        readonly=True,
        help="The email was cancelled or deleted before it was sent.",
    )

    @api.model
    def _cancel_waiting(self, mail_ids):
        """Note that mails of which nothing is known yet will not be sent.

        :param list mail_ids: of the cancelled ``mail.mail``
        """
        rows = self.search(
            [
                ("mail_id_int", "in", mail_ids),
                ("state", "=", False),
                ("is_cancelled", "=", False),
            ]
        )
        # a mail that was to be sent again: the failure before it stands
        resent = rows.filtered("predecessor_ids")
        before = resent.predecessor_ids
        resent.unlink()
        before._sync_notifications()
        (rows - resent)._set_cancelled(True)

    def _set_cancelled(self, is_cancelled):
        """Write whether the mails of these rows, of which nothing else is known, are cancelled."""
        waiting = self.filtered(lambda row: not row.state)
        if not waiting:
            return
        now = fields.Datetime.now() if is_cancelled else False
        waiting.write({"is_cancelled": is_cancelled, "state_time": now})
        waiting.flush_recordset()
        waiting.mail_message_id._tracking_ping()

    def _supersede_failures(self):
        """Let these rows stand for failures of the same messages at the same addresses."""
        if not self:
            return
        failed = self.search(
            [
                ("mail_message_id", "in", self.mail_message_id.ids),
                ("state", "in", list(self._get_failed_states())),
                ("successor_id", "=", False),
            ]
        )
        by_key = {(row.mail_message_id, row.recipient_address): row for row in self}
        for row in failed:
            if newer := by_key.get((row.mail_message_id, row.recipient_address)):
                row._supersede(newer)
        failed.flush_recordset()
        failed.mail_message_id._tracking_update_needs_action()
