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
        standing = self.browse()
        for row in rows.filtered("predecessor_ids"):
            standing |= row._give_back()
        standing.flush_recordset()
        rows._set_cancelled(True)
        if standing:
            standing.mail_message_id._tracking_update_needs_action()
            standing._sync_notifications()
            standing._notify_tracking_without_message()

    def _give_back(self):
        """Let what this row stood for stand again, as its mail is cancelled.

        The two change places: this row keeps who sent again what to whom, and is not shown
        unless its mail is queued again.

        :return: the row that stands, a failure if there is one
        """
        failed_states = self._get_failed_states()
        before = self.predecessor_ids.sorted(lambda row: (row.state in failed_states, row.id))
        standing = before[-1:]
        before[:-1].successor_id = standing
        standing.write({"successor_id": False, "needs_action": standing.state in failed_states})
        self.successor_id = standing
        return standing

    def _queue_again(self):
        """Note that the mails of these rows are to be sent after all."""
        rows = self.filtered("is_cancelled")
        superseded = self.browse()
        for row in rows.filtered(lambda row: row.successor_id and not row.state):
            standing = row.successor_id._get_current()
            if standing.state:  # else another attempt waits already, and stands
                row.successor_id = False
                standing._supersede(row)
                superseded |= standing
        superseded.flush_recordset()
        rows._set_cancelled(False)
        superseded.mail_message_id._tracking_update_needs_action()
        superseded._notify_tracking_without_message()

    def _set_cancelled(self, is_cancelled):
        """Write whether the mails of these rows, of which nothing else is known, are cancelled."""
        waiting = self.filtered(lambda row: not row.state)
        if not waiting:
            return
        now = fields.Datetime.now() if is_cancelled else False
        waiting.write({"is_cancelled": is_cancelled, "state_time": now})
        waiting.flush_recordset()
        waiting.mail_message_id._notify_tracking_update()
