"""Reminders: how they are set, by whom, and until when."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tools.discuss import Store

from .support.reminder_common import ReminderCommon

#: a Thursday
NOW = "2026-10-01 14:30:00"
NONSENSE = (
    *(None, 3, "3", [], {}, {"kind": "never", "days": 3}, {"kind": ["tell"]}),
    *({"kind": "not_answered", **when} for when in ({}, {"days": 0}, {"days": -1})),
    *({"kind": "not_answered", "days": days} for days in (True, "3", 366, 10**9, 1.5)),
    *({"kind": "not_answered", "date": day} for day in ("", "tomorrow", "9999-12-31", 5)),
    *({"kind": "not_answered", "date": day} for day in ("2020-01-01", "2026-10-01", "0001-01-01")),
)


@tagged("post_install", "-at_install")
class TestReminders(ReminderCommon):
    def test_set_move_and_cancel(self):
        message = self.post(self.anna)
        self.assertFalse(self.row(message, self.anna).is_watched)
        reminder = self.remind(message)
        self.assertEqual((reminder.state, reminder.user_id), ("waiting", self.user_employee))
        self.assertTrue(self.row(message, self.anna).is_watched)
        deadline = reminder.deadline
        self.assertEqual(self.remind(message, days=7), reminder, "one of each kind")
        self.assertGreater(reminder.deadline, deadline)
        [values] = self.own(message).get_reminder_options()["reminders"]
        self.assertEqual((values["id"], values["kind"]), (reminder.id, "not_answered"))
        self.assertEqual(self.own(message).cancel_reminder(reminder.id), [])
        self.assertEqual(reminder.state, "cancelled")
        self.assertEqual(self.remind(message), reminder, "it can be set again")
        self.assertEqual(reminder.state, "waiting")

    @freeze_time(NOW)
    def test_days_are_working_days(self):
        message = self.post(self.anna)
        for days, deadline in (
            (1, "2026-10-02 14:30:00"),
            (2, "2026-10-05 14:30:00"),
            (3, "2026-10-06 14:30:00"),
            (7, "2026-10-12 14:30:00"),
        ):
            with self.subTest(days):
                self.assertEqual(str(self.remind(message, days=days).deadline), deadline)

    @freeze_time(NOW)
    def test_a_day_begins_in_the_time_zone_of_the_user(self):
        message = self.post(self.anna)
        reminder = self.remind(message, date="2026-10-10")
        self.assertEqual(str(reminder.deadline), "2026-10-09 22:00:00")
        # in summer time, at the same hour in winter
        reminder = self.remind(message, days=20)
        self.assertEqual(str(reminder.deadline), "2026-10-29 15:30:00")

    @freeze_time(NOW)
    def test_what_makes_no_sense_is_refused(self):
        message = self.post(self.anna)
        for wish in NONSENSE:
            with self.subTest(wish):
                self.assertIsNone(self.Reminder._read_wish(wish))
                self.post(self.anna, mail_tracking_reminder=wish)
        self.assertFalse(self.Reminder.search([]))
        with self.assertRaises(UserError):
            self.own(message).set_reminder("not_answered", date="2026-10-01")
        far = self.Reminder._read_wish({"kind": "not_answered", "days": 1, "start": "9999-12-31"})
        self.assertIsNone(far)

    def test_nothing_is_left_to_wait_for(self):
        answered, opened = self.post(self.anna), self.post(self.anna)
        self.answer(answered, self.anna)
        self.open_mail(opened, self.anna)
        note = self.record.message_post(body="A note")
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        failed = self.post(self.anna)
        counted = self.post(self.bob)
        self.row(counted, self.bob).open_mode = "counted"
        for message, kind, words in (
            (answered, "not_answered", "was answered"),
            (answered, "tell", "was answered"),
            (opened, "not_opened", "was opened"),
            (note, "not_answered", "not sent by email"),
            (failed, "not_answered", "reached nobody"),
            (counted, "not_opened", "cannot be known"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.remind(message, kind)
        self.assertFalse(self.own(counted).get_reminder_options()["can_show_opens"])
        self.remind(counted, "tell")

    def test_what_the_client_says_of_opens(self):
        message, counted = self.post(self.anna), self.post(self.bob)
        self.row(counted, self.bob).open_mode = "counted"
        for each, is_awaited in ((message, True), (counted, False)):
            self.remind(each, "tell")
            [values] = self.own(each).get_reminder_options()["reminders"]
            self.assertEqual(values["is_open_awaited"], is_awaited)

    def test_several_users_and_kinds(self):
        message = self.post(self.anna)
        mine = self.remind(message) | self.remind(message, "not_opened")
        other = self.remind(message, user=self.colleague)
        self.assertEqual(len(mine | other), 3)
        shown = self.own(message).get_reminder_options()["reminders"]
        self.assertEqual({values["id"] for values in shown}, set(mine.ids))
        self.own(message).cancel_reminder(other.id)
        self.assertEqual(other.state, "waiting", "another one's")

    def test_the_client_gets_the_own_ones(self):
        message, other = self.post(self.anna), self.post(self.anna)
        reminder = self.remind(message)
        found = self.data(message | other)
        [values] = found[message.id]["mail_tracking_reminders"]
        self.assertEqual(values["id"], reminder.id)
        self.assertNotIn("mail_tracking_reminders", found[other.id])
        found = self.data(message, self.colleague)
        self.assertEqual(found[message.id]["mail_tracking_reminders"], [])

    def data(self, messages, user=None):
        store = self.store(messages.with_user(user or self.user_employee))
        return {values["id"]: values for values in store["mail.message"]}

    def store(self, messages):
        return Store().add(messages).get_result()

    def test_messages_without_reminders_cost_no_query(self):
        message = self.post(self.anna)
        self.data(message)
        for count in (0, 1):
            self.env.invalidate_all()
            with self.count_our_queries() as queries:
                self.data(message)
            asked = [query for query in queries if "mail_tracking_reminder" in query]
            self.assertEqual(len(asked), count, asked)
            self.remind(message)


@tagged("post_install", "-at_install")
class TestReminderAccess(ReminderCommon):
    def setUp(self):
        super().setUp()
        self.message = self.post(self.anna)

    def refuse(self, user):
        message = self.own(self.message, user)
        for name, args in (
            ("set_reminder", ("not_answered", 3)),
            ("cancel_reminder", (1,)),
            ("get_reminder_options", ()),
        ):
            with self.subTest(name), self.assertRaises(AccessError), mute_logger("odoo.models"):
                getattr(message, name)(*args)
        self.assertFalse(self.Reminder.search([("user_id", "=", user.id)]))

    def test_who_may_not_read_the_message(self):
        self.env["ir.rule"].create(
            {
                "name": "not that one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.record.id})]",
            }
        )
        self.refuse(self.colleague)

    def test_portal(self):
        self.refuse(self._create_portal_user())

    def test_a_wish_of_a_portal_user_is_no_reminder(self):
        portal = self._create_portal_user()
        self.record.with_user(portal).sudo().message_post(
            body="Hello",
            partner_ids=self.anna.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            mail_tracking_reminder={"kind": "not_answered", "days": 3},
        )
        self.assertFalse(self.Reminder.search([]))

    def test_users_read_their_own_and_write_none(self):
        mine, other = self.remind(self.message), self.remind(self.message, user=self.colleague)
        own = self.Reminder.with_user(self.user_employee)
        self.assertEqual(own.search([]).ids, mine.ids)
        for name, call in (
            ("create", lambda: own.create({"message_id": self.message.id, "kind": "tell"})),
            ("write", lambda: own.browse(mine.id).write({"state": "cancelled"})),
            ("unlink", lambda: own.browse(mine.id).unlink()),
            ("read", lambda: own.browse(other.id).read(["kind"])),
        ):
            with self.subTest(name), self.assertRaises(AccessError), mute_logger("odoo.models"):
                call()
        self.assertEqual(self.Reminder.with_user(self.user_admin).search([]), mine | other)


@tagged("post_install", "-at_install")
class TestRemindersOfComposers(ReminderCommon):
    WISH = {"kind": "not_answered", "days": 3}  # noqa: RUF012

    def compose(self, **values):
        context = {
            "default_model": self.record._name,
            "default_res_ids": self.record.ids,
            "default_partner_ids": self.anna.ids,
            "clicked_on_full_composer": True,
        }
        form = Form(
            self.env["mail.compose.message"].with_user(self.user_employee).with_context(**context)
        )
        form.subject, form.body = "Offer", "<p>Hello</p>"
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def test_what_is_chosen_travels_with_the_message(self):
        message = self.post(self.anna | self.bob, mail_tracking_reminder=self.WISH)
        reminder = self.reminder(message)
        self.assertEqual(reminder.user_id, self.user_employee)
        self.assertEqual(self.rows(message).mapped("is_watched"), [True, True])

    def test_the_full_composer(self):
        for values, kind, days in (
            ({"mail_tracking_reminder_kind": "not_answered"}, "not_answered", 3),
            (
                {"mail_tracking_reminder_kind": "not_opened", "mail_tracking_reminder_days": "1"},
                "not_opened",
                1,
            ),
        ):
            with self.smtp():
                _mails, message = self.compose(**values)._action_send_mail()
            today = datetime.now(self.env(user=self.user_employee).tz).date()
            due = self.env.company._get_working_day_after(today, days)
            deadline = self.reminder(message.sudo(), kind).deadline
            self.assertLess(abs(deadline.date() - due), timedelta(days=1.5))
        with self.smtp():
            _mails, message = self.compose()._action_send_mail()
        self.assertFalse(self.Reminder.search([("message_id", "=", message.id)]))

    def test_a_date_in_the_full_composer(self):
        day = fields.Date.today() + timedelta(days=30)
        composer = self.compose(
            mail_tracking_reminder_kind="not_answered",
            mail_tracking_reminder_days="date",
            mail_tracking_reminder_date=day,
        )
        with self.smtp():
            _mails, message = composer._action_send_mail()
        deadline = self.reminder(message.sudo()).deadline
        self.assertLess(abs(deadline - datetime.combine(day, datetime.min.time())), timedelta(1))

    def test_a_message_that_is_posted_later(self):
        later = fields.Datetime.now() + timedelta(days=30)
        composer = self.compose(mail_tracking_reminder_kind="not_answered")
        composer.scheduled_date = later
        scheduled = composer._action_schedule_message()
        self.assertFalse(self.Reminder.search([]), "the message does not exist yet")
        with self.smtp():
            scheduled.sudo()._post_message()
        reminder = self.Reminder.search([])
        self.assertEqual(reminder.user_id, self.user_employee)
        self.assertGreater(reminder.deadline, later)

    def test_a_message_whose_mails_are_made_later(self):
        later = fields.Datetime.now() + timedelta(days=1)
        message = self.post(self.anna, mail_tracking_reminder=self.WISH, scheduled_date=later)
        self.assertFalse(self.rows(message))
        schedule = self.env["mail.message.schedule"].search([("mail_message_id", "=", message.id)])
        with self.smtp():
            schedule._send_notifications()
        self.assertTrue(self.row(message, self.anna).is_watched)
        self.answer(message, self.anna)
        self.assertEqual(self.reminder(message).state, "answered")

    def test_many_records_at_once(self):
        composer = self.env["mail.compose.message"].with_user(self.user_employee)
        composer = composer.create(
            {
                "composition_mode": "mass_mail",
                "model": "res.partner",
                "res_ids": (self.anna | self.bob).ids,
                "subject": "Offer",
                "body": "Hello",
                "mail_tracking_reminder_kind": "not_answered",
            }
        )
        with self.smtp():
            composer._action_send_mail()
        reminders = self.Reminder.search([])
        self.assertEqual(
            set(reminders.message_id.mapped("res_id")), {*self.anna.ids, *self.bob.ids}
        )
        self.assertTrue(all(self.rows(reminders.message_id).mapped("is_watched")))

    def test_queries_do_not_grow_with_the_messages(self):
        def count(number, **wish):
            values = {"model": "res.partner", "res_id": self.record.id, **wish}
            before = self.env.cr.sql_log_count
            self.env["mail.message"].create([values] * number)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        def count_more(number):
            """Queries of reminders: core makes some for each message."""
            return count(number, mail_tracking_reminder=self.WISH) - count(number)

        count_more(1)  # what is read once,
        count_more(1)  # and again, as the first reminder empties caches
        self.assertEqual(count_more(80), count_more(1))
        self.assertEqual(self.Reminder.search_count([]), 83)

    def test_a_resend_is_watched_as_well(self):
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        message = self.post(self.anna, mail_tracking_reminder=self.WISH)
        self.resend_later(message, "anna@example.net")
        self.assertEqual(self.rows(message).mapped("is_watched"), [True, True])
