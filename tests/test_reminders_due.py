"""Reminders: what happens when they are due, and what closes them before."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.reminder_common import ReminderCommon
from .support.report_common import ReportCommon

LOGGER = "odoo.addons.mail_tracking.models.guard"


@tagged("post_install", "-at_install")
class TestRemindersDue(ReminderCommon):
    def setUp(self):
        super().setUp()
        self.message = self.post(self.anna | self.bob)

    def test_an_activity_on_the_record(self):
        reminder = self.remind(self.message)
        self.process_due()
        self.assertFalse(self.activities(), "not yet")
        self.expire(reminder)
        self.process_due()
        activity = self.activities()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.summary, "Not answered: Offer")
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        self.assertIn("“Offer” to Anna, Bob", activity.note)
        today = fields.Date.context_today(reminder._in_words_of_user())
        self.assertEqual(activity.date_deadline, today)
        self.assertEqual((reminder.state, reminder.activity_id), ("reminded", activity))
        self.process_due()
        self.assertEqual(self.activities(), activity, "once")

    def test_no_email_about_the_activity(self):
        reminder = self.remind(self.message)
        self.expire(reminder)
        mails = self.env["mail.mail"].search_count([])
        self.process_due()
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_many_names_and_no_subject(self):
        partners = self.anna | self.bob | self.carl | self.record
        message = self.post(partners, subject=False)
        reminder = self.remind(message)
        self.expire(reminder)
        self.process_due()
        self.assertIn("and 1 more", self.activities().note)
        self.assertIn(self.record.name, self.activities().summary)

    def test_the_note_is_text(self):
        message = self.post(self.anna, subject="<b>Offer</b>")
        self.expire(self.remind(message))
        self.process_due()
        self.assertIn("&lt;b&gt;Offer&lt;/b&gt;", self.activities().note)

    def test_an_answer_drops_it(self):
        reminder = self.remind(self.message)
        self.answer(self.message, self.bob)
        self.assertEqual(reminder.state, "answered")
        self.expire(reminder)
        self.process_due()
        self.assertFalse(self.activities())

    def test_an_answer_closes_the_activity(self):
        reminder = self.remind(self.message)
        self.expire(reminder)
        self.process_due()
        activity = self.activities()
        self.answer(self.message, self.anna)
        self.assertFalse(self.activities())
        self.assertEqual(activity.feedback, "Answered by Anna")
        self.assertEqual(reminder.state, "answered")

    def test_an_activity_that_is_done_stays_as_it_is(self):
        reminder = self.remind(self.message)
        self.expire(reminder)
        self.process_due()
        activity = self.activities()
        activity.action_feedback(feedback="Called them")
        self.answer(self.message, self.anna)
        self.assertEqual(activity.feedback, "Called them")
        self.assertEqual(self.own(self.message).get_reminder_options()["reminders"], [])

    def test_opens_by_persons_drop_the_kind_that_waits_for_them(self):
        opened = self.remind(self.message, "not_opened")
        answered = self.remind(self.message)
        for kind in ("machine", "self"):
            self.open_mail(self.message, self.anna, kind)
            self.assertEqual(opened.state, "waiting", kind)
        self.open_mail(self.message, self.anna)
        self.assertEqual((opened.state, answered.state), ("opened", "waiting"))

    def test_what_a_colleague_opens_says_nothing_of_the_customer(self):
        self.colleague.notification_type = "email"
        message = self.post(self.anna | self.colleague.partner_id)
        reminder = self.remind(message, "not_opened")
        self.open_mail(message, self.colleague.partner_id)
        self.assertEqual(reminder.state, "waiting")
        self.open_mail(message, self.anna)
        self.assertEqual(reminder.state, "opened")

    def test_it_fails_for_all(self):
        reminder = self.remind(self.message)
        first, second = self.rows(self.message)
        first.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.process_pending()
        self.assertEqual(reminder.state, "waiting", "the other one has it")
        second.event_create("hard_bounce", {"error_type": "user_unknown"})
        self.process_pending()
        self.assertEqual(reminder.state, "failed")

    def test_nothing_was_heard_but_the_states_tell(self):
        """An event that nobody was waiting for, as it came at the same time."""
        reminder = self.remind(self.message)
        rows = self.rows(self.message)
        rows.is_watched = False
        self.answer(self.message, self.anna)
        self.assertEqual(reminder.state, "waiting")
        self.expire(reminder)
        self.process_due()
        self.assertEqual(reminder.state, "answered")
        self.assertFalse(self.activities())

    def test_a_colleague_wrote_since(self):
        reminder = self.remind(self.message)
        self.expire(reminder)
        # notes, the user's own mails, and mails to colleagues are no answer to it
        self.record.with_user(self.colleague).message_post(body="A note")
        with self.smtp():
            self.record.with_user(self.colleague).message_post(
                body="Hello",
                partner_ids=self.author.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_note",
            )
        self.post(self.anna)
        self.assertFalse(reminder._filter_taken_over())
        with self.smtp():
            self.record.with_user(self.colleague).message_post(
                body="Hello",
                partner_ids=self.anna.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self.process_due()
        self.assertEqual(reminder.state, "handled")
        self.assertFalse(self.activities())

    def write_to_anna(self, user, **values):
        """A user writes to Anna on the record."""
        with self.smtp():
            return self.record.with_user(user).message_post(
                body="Hello",
                partner_ids=self.anna.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                **values,
            )

    def test_a_colleague_writes_while_there_is_an_activity(self):
        reminder, other = self.remind(self.message), self.remind(self.post(self.anna))
        self.expire(reminder)
        self.process_due()
        activity = self.activities()
        self.write_to_anna(self.user_employee)
        self.assertEqual(self.activities(), activity, "a second email of the user's own")
        self.write_to_anna(self.colleague, scheduled_date=fields.Datetime.now() + timedelta(days=1))
        self.assertEqual(self.activities(), activity, "it is not sent yet")
        self.write_to_anna(self.colleague)
        self.assertFalse(self.activities())
        self.assertEqual((reminder.state, other.state), ("handled", "handled"))
        self.assertEqual(activity.feedback, "Somebody else is on it")

    def test_an_outsider_who_got_no_email_writes(self):
        """The filter *Emails not answered* counts it as well."""
        self.rows(self.message).time = fields.Datetime.now() - timedelta(minutes=1)
        reminder, told = self.remind(self.message), self.remind(self.message, "tell")
        self.expire(reminder)
        self.process_due()
        activity = self.activities()
        self.record.message_post(
            body="An absence note", message_type="email", mail_tracking_is_automatic=True
        )
        self.assertEqual(self.activities(), activity)
        boss = {"email_from": "The Boss <boss@elsewhere.com>", "author_id": False}
        self.record.message_post(body="Yes", message_type="email", **boss)
        self.assertFalse(self.activities())
        self.assertEqual((reminder.state, told.state), ("answered", "answered"))
        self.assertIn("Answered by", activity.feedback)
        self.assertIn("boss@elsewhere.com", activity.feedback)
        self.assertTrue(self.own(self.message).get_reminder_options()["is_answered"])

    def test_an_outsider_wrote_while_the_reminder_was_busy(self):
        self.rows(self.message).time = fields.Datetime.now() - timedelta(minutes=1)
        reminder = self.remind(self.message)
        self.expire(reminder)
        with patch.object(type(self.Reminder), "_serve_posted"):
            self.record.message_post(body="Yes", message_type="email", author_id=self.carl.id)
        self.process_due()
        self.assertEqual(reminder.state, "answered")
        self.assertFalse(self.activities())

    def test_where_nobody_has_reminders_posting_looks_for_none(self):
        self.env.registry.clear_cache()
        self.write_to_anna(self.colleague)
        with self.count_our_queries() as queries:
            self.write_to_anna(self.colleague)
        self.assertFalse([query for query in queries if "mail_tracking_reminder" in query])

    def test_a_mistake_costs_no_message(self):
        self.remind(self.message)
        with (
            patch.object(type(self.Reminder), "_settle", side_effect=ValueError("a mistake")),
            mute_logger(LOGGER),
        ):
            self.assertTrue(self.write_to_anna(self.colleague))

    def test_what_is_known_of_the_email_was_deleted(self):
        reminder = self.remind(self.message)
        self.rows(self.message).unlink()
        self.expire(reminder)
        self.process_due()
        activity = self.activities()
        self.assertEqual(activity.summary, "Follow up: Offer")
        self.assertIn("“Offer”, ", activity.note)

    def test_a_resend_waits_as_long_again(self):
        message = self.post(self.anna)
        reminder, told = self.remind(message), self.remind(message, "tell")
        reminder.since = fields.Datetime.now() - timedelta(days=10)
        reminder.deadline = reminder.since + timedelta(days=11)
        self.row(message, self.anna).event_create("hard_bounce", {"error_type": "user_unknown"})
        self.process_pending()
        self.assertEqual((reminder.state, told.state), ("failed", "failed"))
        self.record.message_post(body="Nothing came", message_type="email", author_id=self.carl.id)
        self.resend_later(message, "anna@example.net")
        self.assertEqual((reminder.state, told.state), ("waiting", "waiting"))
        self.assertFalse(reminder._get_outcomes(), "that was before")
        self.assertFalse(told.deadline)
        waits = reminder.deadline - fields.Datetime.now()
        self.assertTrue(timedelta(days=10.9) < waits < timedelta(days=14), "until a working day")
        self.assertLess(reminder.deadline.weekday(), 5)
        last = self.rows(message)[-1]
        last.event_create("reply", {"event_key": f"reply:{last.id}"})
        self.process_pending()
        self.assertEqual((reminder.state, told.state), ("answered", "answered"))

    def test_archived_record(self):
        reminder = self.remind(self.message)
        self.expire(reminder)
        self.record.active = False
        self.process_due()
        self.assertEqual(reminder.state, "handled")

    def test_deleted_record(self):
        reminder = self.remind(self.message)
        self.expire(reminder)
        self.record.unlink()
        self.assertFalse(reminder.exists())
        self.process_due()

    def test_user_who_left_or_may_not_read_it(self):
        other = self.post(self.anna)
        reminders = self.remind(self.message) | self.remind(other, user=self.colleague)
        self.expire(reminders)
        self.user_employee.active = False
        self.env["ir.rule"].create(
            {
                "name": "not that one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.record.id})]",
            }
        )
        self.process_due()
        self.assertEqual(reminders.mapped("state"), ["cancelled", "cancelled"])
        self.assertFalse(self.env["mail.activity"].search([("res_id", "=", self.record.id)]))

    def test_record_of_another_company(self):
        self.record.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        reminder = self.remind(self.message)
        self.expire(reminder)
        self.message.author_id = self.bob
        self.process_due()
        self.assertEqual(reminder.state, "cancelled")

    def test_record_without_activities(self):
        self.user_employee.notification_type = "inbox"
        channel = self.env["mail.alias.domain"].search([], limit=1)
        message = self.message.copy({"model": channel._name, "res_id": channel.id})
        self.row(self.message, self.anna).mail_message_id = message
        self.user_employee.group_ids |= self.env.ref("base.group_system")
        reminder = self.remind(message)
        self.expire(reminder)
        self.process_due()
        self.assertEqual(reminder.state, "reminded")
        told = self.env["mail.message"].search(
            [("res_id", "=", channel.id), ("model", "=", channel._name), ("id", ">", message.id)]
        )
        self.assertEqual(told.subject, "Not answered")
        self.assertEqual(told.notified_partner_ids, self.author)

    def test_one_that_cannot_be_done_costs_no_other(self):
        other = self.post(self.anna)
        bad, good = self.remind(self.message), self.remind(other)
        self.expire(bad | good)
        create = type(self.env["mail.activity"]).create

        def fail(model, vals_list):
            if any("Bob" in str(vals.get("note")) for vals in vals_list):
                raise ValueError("a mistake")
            return create(model, vals_list)

        with (
            patch.object(type(self.env["mail.activity"]), "create", fail),
            mute_logger(LOGGER),
        ):
            self.process_due()
        self.assertEqual((bad.state, good.state), ("waiting", "reminded"))
        self.assertGreater(bad.deadline, fields.Datetime.now() + timedelta(hours=20))

    def test_queries_do_not_grow_with_the_reminders(self):
        def count(number):
            messages = self.env["mail.message"].union(
                *(self.post(self.anna, record=self.records[at]) for at in range(number))
            )
            for message in messages:
                self.remind(message)
            reminders = self.Reminder.search([("message_id", "in", messages.ids)])
            self.expire(reminders)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            waiting = reminders
            with patch.object(type(self.env["mail.activity"]), "create", self.made):
                waiting._remind()
                self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.records = self.env["res.partner"].create([{"name": f"R{n}"} for n in range(20)])
        activities = self.env["mail.activity"].create(
            [
                {
                    "res_id": partner.id,
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "user_id": self.user_employee.id,
                }
                for partner in self.records
            ]
        )
        self.made = lambda _model, vals_list: activities[: len(vals_list)]
        count(1)  # what is read once
        self.assertEqual(count(20), count(1))


@tagged("post_install", "-at_install")
class TestRemindersOfAnswers(ReminderCommon, ReportCommon):
    def test_an_absence_note_closes_nothing_and_an_answer_does(self):
        message = self.post(self.bob)
        reminder = self.remind(message)
        for number, (headers, state) in enumerate(
            (("Auto-Submitted: auto-replied\n", "waiting"), ("", "answered"))
        ):
            with mute_logger("odoo.addons.mail.models.mail_thread"):
                self.deliver(
                    "From: Bob <bob@example.com>\nTo: catchall.test@test.mycompany.com\n"
                    f"Subject: Re: Offer\n{headers}In-Reply-To: {message.message_id}\n"
                    f"Message-ID: <note-{number}@example.com>\n\nThank you.\n"
                )
            self.process_pending()
            self.assertEqual(reminder.state, state)
