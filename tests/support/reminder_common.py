"""The vocabulary of the tests of reminders."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from .common import MailTrackingCommon


class ReminderCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_employee.group_ids |= cls.env.ref("base.group_partner_manager")
        cls.user_employee.tz = "Europe/Brussels"
        cls.Reminder = cls.env["mail.tracking.reminder"]
        cls.colleague = cls.user_admin

    def remind(self, message, kind="not_answered", user=None, **when):
        """Set a reminder as a user does; returns it."""
        when = when or {"days": 3}
        user = user or self.user_employee
        self.own(message, user).set_reminder(kind, **({} if kind == "tell" else when))
        return self.reminder(message, kind, user)

    def own(self, message, user=None):
        return message.with_user(user or self.user_employee)

    def reminder(self, message, kind="not_answered", user=None):
        user = user or self.user_employee
        found = self.Reminder.search(
            [("message_id", "=", message.id), ("kind", "=", kind), ("user_id", "=", user.id)]
        )
        self.assertEqual(len(found), 1)
        return found

    def expire(self, reminders):
        """Let their time come."""
        reminders.deadline = fields.Datetime.now() - timedelta(minutes=1)
        reminders.flush_recordset()

    def process_due(self):
        """Do what the scheduled action does."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
            self.Reminder._process_due()
        self.env.invalidate_all()

    def answer(self, message, partner):
        """A recipient answers, and the scheduled action hears of it."""
        row = self.row(message, partner)
        row.event_create("reply", {"event_key": f"reply:{row.id}"})
        self.process_pending()

    def open_mail(self, message, partner, kind="person"):
        self.row(message, partner).event_create("open", {"open_kind": kind})
        self.process_pending()

    def activities(self, record=None):
        """The activities of the employee on a record that are to be done."""
        record = record or self.record
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("user_id", "=", self.user_employee.id),
            ]
        )
