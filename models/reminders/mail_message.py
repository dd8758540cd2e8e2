from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..guard import tracking_guard, tracking_savepoint

#: what who posts a message may ask for: see ``mail.tracking.reminder._read_wish``
REMINDER = "mail_tracking_reminder"


class MailMessage(models.Model):
    """Reminders of messages, for those who may read them."""

    _inherit = "mail.message"

    mail_tracking_is_watched = fields.Boolean(
        "Watched",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Somebody asked to be reminded of this message, or to be told what becomes of it.",
    )
    mail_tracking_reminder = fields.Json(
        "Remind me",
        store=False,
        copy=False,
        groups="base.group_user",
        inverse="_inverse_mail_tracking_reminder",
        help="The reminder that the author asked for while writing the message.",
    )

    def _inverse_mail_tracking_reminder(self):
        """Set the reminders that were chosen before these messages were posted.

        Only internal users have reminders, and a wish that makes no sense costs no message.
        """
        # sudo: mail.message, mail.tracking.reminder - of messages that the user is posting
        Reminder = self.env["mail.tracking.reminder"].sudo()
        if not self.env.user._is_internal():
            return
        with tracking_guard("setting reminders", "messages are posted"):
            with tracking_savepoint(self.env):
                alike = self.sudo().grouped(lambda message: repr(message.mail_tracking_reminder))
                for messages in alike.values():
                    if wish := Reminder._read_wish(messages[0].mail_tracking_reminder):
                        Reminder._set(messages, **wish)

    # ------------------------------------------------------------
    # USERS
    # ------------------------------------------------------------

    def _check_reminder_access(self):
        """Make sure that the user may have reminders of this message.

        :raise AccessError: where they may not read it
        """
        self.ensure_one()
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users may have reminders."))
        self.check_access("read")

    def get_reminder_options(self):
        """What the user may be reminded of, and the reminders they have."""
        self._check_reminder_access()
        # sudo: mail.tracking.email, mail.tracking.reminder - of a message that the user may read
        Reminder = self.env["mail.tracking.reminder"].sudo()
        return {**Reminder._get_options(self.sudo()), "reminders": self._get_own_reminders()[self]}

    def set_reminder(self, kind, days=None, date=None):
        """Remind the user of this message, or tell them what becomes of it.

        :param str kind: of ``mail.tracking.reminder``
        :param int days: working days from now
        :param str date: a day, as YYYY-MM-DD
        :return: the user's reminders of this message
        :raise UserError: where there is nothing left to wait for
        """
        self._check_reminder_access()
        # sudo: mail.tracking.reminder - of a message that the user may read
        Reminder = self.env["mail.tracking.reminder"].sudo()
        wish = Reminder._read_wish({"kind": kind, "days": days, "date": date})
        if not wish:
            raise UserError(self.env._("Choose a day after today."))
        Reminder._check_options(kind, self.sudo())
        Reminder._set(self.sudo(), **wish)
        self.sudo()._notify_tracking_update()
        return self._get_own_reminders()[self]

    def cancel_reminder(self, reminder_id):
        """Cancel a reminder of the user.

        :param int reminder_id: a ``mail.tracking.reminder`` of this message
        :return: the user's reminders of this message
        """
        self._check_reminder_access()
        # sudo: mail.tracking.reminder - the user's own, of a message that they may read
        Reminder = self.env["mail.tracking.reminder"].sudo()
        own = Reminder._search_open(self).filtered(lambda each: each.user_id == self.env.user)
        own.filtered(lambda each: each.id == reminder_id)._cancel()
        self.sudo()._notify_tracking_update()
        return self._get_own_reminders()[self]

    # ------------------------------------------------------------
    # CLIENT
    # ------------------------------------------------------------

    def _get_own_reminders(self):
        """The user's reminders of these messages as the client gets them, by message."""
        # sudo: mail.tracking.reminder - the user's own, of messages that they may read
        reminders = self.env["mail.tracking.reminder"].sudo()._search_open(self)
        own = reminders.filtered(lambda reminder: reminder.user_id == self.env.user)
        by_message = own.grouped("message_id")
        return {
            message: [each._prepare_client_vals() for each in by_message.get(message, ())]
            for message in self
        }

    def _reminders_to_store(self, store):
        """Add the user's reminders; messages without any cost no query."""
        # sudo: mail.message - whether there may be any
        watched = self.filtered(lambda message: message.sudo().mail_tracking_is_watched)
        if watched and store.target.is_current_user(self.env):
            for message, reminders in watched._get_own_reminders().items():
                values = {"id": message.id, "mail_tracking_reminders": reminders}
                store.add_model_values("mail.message", values)
