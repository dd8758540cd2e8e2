"""Reminders, clicked in a browser: menu, popover, small and full composer."""

from odoo.tests import HttpCase, tagged

from .support.common import PatientBrowser
from .support.reminder_common import ReminderCommon


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestRemindersBrowser(PatientBrowser, ReminderCommon, HttpCase):
    browser_size = "1500x1000"

    def run_tour(self, name):
        with self.smtp():
            self.start_tour(f"/odoo/res.partner/{self.record.id}", name, login="employee")
        self.env.invalidate_all()

    def test_the_menu_of_a_message(self):
        message = self.post(self.anna)
        self.run_tour("mail_tracking_remind_menu")
        self.assertEqual(self.reminder(message, "not_opened").state, "cancelled")
        self.assertEqual(self.reminder(message, "tell").state, "waiting")

    def test_the_popover(self):
        message = self.post(self.anna)
        self.run_tour("mail_tracking_remind_popover")
        self.assertEqual(self.reminder(message).state, "cancelled")

    def test_the_small_composer(self):
        self.run_tour("mail_tracking_remind_composer")
        reminder = self.Reminder.search([])
        self.assertEqual((reminder.kind, reminder.user_id), ("not_answered", self.user_employee))
        self.assertTrue(self.rows(reminder.message_id).is_watched)

    def test_the_full_composer(self):
        self.run_tour("mail_tracking_remind_full_composer")
        self.assertEqual(self.Reminder.search([]).kind, "not_opened")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestRemindersPhone(TestRemindersBrowser):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True
