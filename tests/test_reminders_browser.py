"""Reminders, clicked in a browser: menu, popover, small and full composer."""

import unittest
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .support.common import PatientBrowser
from .support.reminder_common import ReminderCommon
from .test_accessibility import AXE, CHECK, LOAD

#: The popover, the dialog, and the composers; lists of choices are core's own.
STEPS = """
await open(".o-mail-Message .o_mail_tracking_status");
await check(".o_mail_tracking_popover");
await open(".o_mail_tracking_popover_remind");
await open(".o_mail_tracking_remind input[value=date]");
await check("#o_mail_tracking_remind_form", ".modal-footer");
await open(".modal-footer .btn-secondary");
await until(() => !document.querySelector(".modal"));
await open(".o-mail-Chatter-sendMessage");
await check("[name=mail-tracking-remind]");
await open("[name=open-full-composer]");
await check("label[for^=mail_tracking_reminder_kind]");
"""


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


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestRemindersAccessible(PatientBrowser, ReminderCommon, HttpCase):
    def test_popover_dialog_and_composers(self):
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes()}
        axe = self.env["ir.attachment"].create(values)
        self.remind(self.post(self.anna), user=self.user_admin)
        script = f"{LOAD % axe.id} {CHECK} {STEPS}"
        self.browser_js(
            f"/odoo/res.partner/{self.record.id}",
            f"(async () => {{ {script} console.log('test successful'); }})()"
            ".catch((error) => console.error(error.message));",
            ready="Boolean(document.querySelector('.o_mail_tracking_status'))",
            login="admin",
        )
