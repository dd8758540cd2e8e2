from odoo import models

from .guard import BUSY, tracking_guard, tracking_savepoint
from .failures.mail_message import KEEP_FAILURES


class MailMail(models.Model):
    """Mails that are cancelled before anybody tried to send them, or queued again."""

    _inherit = "mail.mail"

    def write(self, vals):
        res = super().write(vals)
        if vals.get("state") == "cancel":
            self._tracking_cancel()
        elif vals.get("state") == "outgoing":
            self._tracking_queue_again()
        return res

    def unlink(self):
        # what became of mails that were sent or failed is known, and does not change
        self.filtered(lambda mail: mail.state in ("outgoing", "cancel"))._tracking_cancel()
        # core deletes the messages of most of them: what failed of these still needs somebody
        return super(MailMail, self.with_context(**{KEEP_FAILURES: True})).unlink()

    def _tracking_cancel(self):
        """Note that the recipients of these mails will not get them."""
        if not self:
            return
        guard = tracking_guard("noting cancelled mails", lets_through=BUSY)
        with guard, tracking_savepoint(self.env):
            # sudo: mail.tracking.email - technical records of mails that the user may change
            self.env["mail.tracking.email"].sudo()._cancel_waiting(self.ids)
            self._tracking_set_notifications("ready", "canceled")

    def _tracking_queue_again(self):
        """Note that the recipients of these mails are to get them after all."""
        if not self:
            return
        guard = tracking_guard("noting mails that are queued again", lets_through=BUSY)
        with guard, tracking_savepoint(self.env):
            # sudo: mail.tracking.email - technical records of mails that the user may change
            rows = self.env["mail.tracking.email"].sudo().search([("mail_id_int", "in", self.ids)])
            rows._queue_again()
            untracked = self - self.browse(rows.mapped("mail_id_int"))
            untracked._tracking_create_rows()
            self._tracking_set_notifications("canceled", "ready")

    def _tracking_set_notifications(self, before, after):
        """Change core's notifications, as core never sends what is *canceled* there.

        :param str before: status of the notifications that are meant
        :param str after: the status that they get
        """
        # sudo: mail.notification - follows the mail, as when core sends it
        notifications = self.env["mail.notification"].sudo()
        notifications = notifications.search(
            [
                ("notification_type", "=", "email"),
                ("mail_mail_id", "in", self.ids),
                ("notification_status", "=", before),
            ]
        )
        notifications.notification_status = after
        notifications.flush_recordset(["notification_status"])
