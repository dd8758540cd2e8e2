from datetime import timedelta

from odoo import models

from ..guard import tracking_guard, tracking_savepoint


class MailMail(models.Model):
    """The limit by the minute of personal mail servers, which splits and delays mails."""

    _inherit = "mail.mail"

    def _tracking_wake_queue(self):
        """Have these delayed mails sent when they are due.

        Core wakes the queue for the first of them, almost a minute late; the others may wait for
        its next regular run.
        """
        times = set(self.mapped("scheduled_date")) - {False}
        if times:
            with tracking_guard("waking the queue"), tracking_savepoint(self.env):
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger(sorted(times))

    def _tracking_get_departure(self, partner):
        """When this mail, which waits, leaves to one of its recipients.

        :param partner: ``res.partner``, may be empty
        :return: the time, False for as soon as the queue is sent; and how many emails a minute the
            sender's own account takes, 0 for any other server
        """
        self.ensure_one()
        time, server = self.scheduled_date, self._tracking_get_server()
        if not server._tracking_is_personal():
            return time, 0
        limit = server._get_personal_mail_servers_limit()
        if time and partner in self.recipient_ids:
            # of one mail, so many recipients leave each minute, in their order
            time += timedelta(minutes=self.recipient_ids.ids.index(partner.id) // limit)
        return time, limit
