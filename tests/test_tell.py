"""Tell me: once, when an email is opened by a person or answered."""

from odoo.tests import tagged

from .support.reminder_common import ReminderCommon


@tagged("post_install", "-at_install")
class TestTell(ReminderCommon):
    def setUp(self):
        super().setUp()
        self.user_employee.notification_type = "inbox"
        self.message = self.post(self.anna | self.bob)

    def told(self):
        """What the user was told, in their inbox."""
        return self.env["mail.message"].search(
            [
                ("message_type", "=", "user_notification"),
                ("notification_ids.res_partner_id", "=", self.author.id),
                ("id", ">", self.message.id),
            ]
        )

    def toasts(self):
        """The toasts of the user on the bus."""
        self.env.cr.precommit.run()
        found = self.env["bus.bus"].sudo().search([("message", "like", "simple_notification")])
        return found.mapped("message")

    def test_opened_by_a_person_once(self):
        reminder = self.remind(self.message, "tell")
        for kind in ("machine", "self"):
            self.open_mail(self.message, self.anna, kind)
        self.assertEqual(reminder.state, "waiting")
        self.assertFalse(self.told())
        self.open_mail(self.message, self.anna)
        self.assertEqual(reminder.state, "opened")
        told = self.told()
        self.assertEqual(told.subject, "Opened by Anna")
        self.assertEqual((told.model, told.res_id), (self.record._name, self.record.id))
        self.assertIn("Offer", told.body)
        self.assertEqual(len([text for text in self.toasts() if "Opened by Anna" in text]), 1)
        self.open_mail(self.message, self.bob)
        self.answer(self.message, self.anna)
        self.assertEqual(self.told(), told, "once")

    def test_answered(self):
        self.remind(self.message, "tell")
        self.answer(self.message, self.bob)
        self.assertEqual(self.told().subject, "Answered by Bob")

    def test_nobody_is_told_who_did_not_ask(self):
        self.open_mail(self.message, self.anna)
        self.answer(self.message, self.bob)
        self.assertFalse(self.told())
        self.assertFalse(self.Reminder.search([]))
        self.assertFalse(self.rows(self.message).tracking_event_ids.filtered("is_awaited"))

    def test_what_was_opened_before_is_no_news(self):
        row = self.row(self.message, self.anna)
        row.event_create("open", {"open_kind": "person", "timestamp": row.timestamp - 60})
        self.process_pending()
        reminder = self.remind(self.message, "tell")
        self.row(self.message, self.bob).event_create("delivered", {})
        self.process_pending()
        self.open_mail(self.message, self.anna)
        self.assertEqual(reminder.state, "waiting")
        self.answer(self.message, self.anna)
        self.assertEqual(self.told().subject, "Answered by Anna")

    def test_opens_that_may_not_be_known(self):
        rows = self.rows(self.message)
        rows.write({"open_mode": "off", "open_mode_reason": "company", "click_mode": "off"})
        reminder = self.remind(self.message, "tell")
        self.open_mail(self.message, self.anna)
        self.assertEqual(reminder.state, "waiting")
        self.answer(self.message, self.anna)
        self.assertEqual(reminder.state, "answered")

    def test_the_words_are_text(self):
        self.message.subject = "<b>Offer</b>"
        self.anna.name = "<i>Anna</i>"
        self.remind(self.message, "tell")
        self.open_mail(self.message, self.anna)
        self.assertNotIn("<b>Offer", self.told().body)
        self.assertIn("&lt;b&gt;Offer&lt;/b&gt;", self.told().body)

    def test_a_failure_is_shown_and_not_told(self):
        reminder = self.remind(self.message, "tell")
        for row in self.rows(self.message):
            row.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.process_pending()
        self.assertEqual(reminder.state, "failed")
        self.assertFalse(self.told())

    def test_in_the_language_of_the_user(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_employee.lang = "fr_FR"
        reminder = self.remind(self.message, "tell")
        self.assertEqual(reminder._in_words_of_user().env.lang, "fr_FR")
