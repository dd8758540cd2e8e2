from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.records.mail_tracking_email import MAX_RECIPIENTS
from .support.common import MailTrackingCommon

ANSWER = """Return-Path: <{sender}>
To: catchall@{domain}
From: {sender}
Subject: Re: Offer
Message-ID: <{number}@answers.example>
{headers}
I see.
"""


class RecordsCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_admin.notification_type = "email"

    def last(self, record=None, user=None):
        """What a list says of a record."""
        self.env.invalidate_all()
        record = (record or self.record).with_user(user or self.user_employee)
        return record.mail_tracking_last_email

    def age(self, message, days=5):
        """Let a message have been sent so many days ago."""
        self.env.flush_all()
        for row in self.rows(message):
            row.write({"time": row.time - timedelta(days=days)})
        self.env.flush_all()

    def open(self, row):
        row.event_create("open", {"open_kind": "person"})

    def answer(self, message, sender="anna@example.com", headers=""):
        """Let a mail come in that answers a message."""
        headers += f"In-Reply-To: {message.message_id}\nReferences: {message.message_id}\n"
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].sudo().message_process(
                "res.partner",
                ANSWER.format(
                    sender=sender,
                    domain=self.alias_domain,
                    number=f"{message.id}.{self.env['mail.message'].search_count([])}",
                    headers=headers,
                ),
            )

    def later(self, author=None, **values):
        """Let somebody write on the record."""
        values = {"message_type": "comment", "subtype_xmlid": "mail.mt_note", **values}
        author = author or self.env["res.partner"]
        message = self.record.sudo().message_post(body="Hello", author_id=author.id, **values)
        self.env.flush_all()
        # a test is one transaction, whose beginning Odoo calls now
        self.env.cr.execute(
            "UPDATE mail_message SET create_date = clock_timestamp() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [message.id],
        )
        return message


@tagged("post_install", "-at_install")
class TestLastEmail(RecordsCommon):
    """What a list says of the last email of each record."""

    def test_a_record_without_an_email(self):
        self.assertIs(self.last(), False)
        self.post(self.user_admin.partner_id)  # a colleague
        self.assertIs(self.last(), False)
        self.assertEqual(self.env["res.partner"].new({}).mail_tracking_last_email, False)

    def test_who_is_outside(self):
        message = self.post(self.anna | self.user_admin.partner_id)
        self.assertTrue(self.row(message, self.anna).is_outside)
        self.assertIs(self.row(message, self.user_admin.partner_id).is_outside, False)
        portal = new_test_user(self.env, "portal_outside", groups="base.group_portal")
        portal.email = "portal_outside@example.com"
        self.assertTrue(self.row(self.post(portal.partner_id), portal.partner_id).is_outside)
        mail = self.send_mail(email_to="x@example.com", email_cc="y@example.com")
        self.assertEqual(self.rows(mail.mail_message_id).mapped("is_outside"), [True, True])

    def test_sent_and_how_it_goes_on(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        last = self.last()
        self.assertEqual((last["message_id"], last["label"], last["more"]), (message.id, "Sent", 0))
        self.assertEqual(last["time"], fields.Datetime.to_string(row.time))
        self.assertEqual(self.record.mail_tracking_last_date, row.time.replace(microsecond=0))
        row.event_create("delivered", {})
        self.assertEqual(self.last()["label"], "Delivered")
        self.age(message)
        self.assertEqual(self.last()["label"], "Not opened")
        self.assertEqual(self.last()["since"], fields.Datetime.to_string(row.time))
        self.open(row)
        self.assertEqual(self.last()["label"], "Not answered")
        row.time = fields.Datetime.now()
        self.assertEqual(self.last()["label"], "Opened")
        self.answer(message)
        last = self.last()
        self.assertEqual(last["label"], "Answered")
        self.assertEqual(last["since"], fields.Datetime.to_string(row.first_reply))
        self.assertTrue(last["recipients"][0]["is_answered"])

    def test_recipients_are_what_the_chatter_says_of_them(self):
        self.handler.refuse_rcpt = {"bob@example.com": "452 4.2.2 mailbox full"}
        message = self.post(self.anna | self.bob)
        last = self.last()
        self.assertEqual([line["recipient"] for line in last["recipients"]], ["Bob", "Anna"])
        rows = self.row(message, self.bob), self.row(message, self.anna)
        for line, row in zip(last["recipients"], rows, strict=True):
            expected = {**row._prepare_recipient()}
            expected["time"] = fields.Datetime.to_string(expected["time"])
            self.assertEqual(line, expected)
        self.assertEqual(last["label"], "Failed: Mailbox full")
        self.assertEqual(last["since"], fields.Datetime.to_string(rows[0].state_time))

    def test_a_resend_stands_for_what_it_replaces(self):
        self.handler.refuse_rcpt = {"bob@example.com": "550 5.1.1 no such user"}
        message = self.post(self.anna | self.bob)
        self.assertEqual(self.last()["label"], "Failed: Address does not exist")
        mail = self.resend_later(message, "bob@new.example")
        with self.smtp():
            mail.send()
        last = self.last()
        self.assertEqual(last["label"], "Sent")
        self.assertEqual(len(last["recipients"]), 2)
        self.assertIn("bob@new.example", [line["email"] for line in last["recipients"]])

    def test_the_last_message_counts(self):
        self.handler.refuse_rcpt = {"bob@example.com": "550 5.1.1 no such user"}
        message = self.post(self.bob)
        self.age(message, 1)
        self.assertIn("Failed", self.last()["label"])
        self.assertEqual(self.last()["message_id"], message.id)
        newer = self.post(self.anna)
        self.assertEqual((self.last()["label"], self.last()["message_id"]), ("Sent", newer.id))

    def test_an_email_whose_message_is_gone(self):
        mail = self.send_mail(
            email_to="x@example.com",
            email_cc="y@example.com",
            model="res.partner",
            res_id=self.record.id,
            auto_delete=True,
        )
        self.assertFalse(mail.exists())
        last = self.last()
        self.assertEqual((last["message_id"], last["label"]), (False, "Sent"))
        self.assertEqual(
            sorted(line["email"] for line in last["recipients"]), ["x@example.com", "y@example.com"]
        )

    def test_of_many_recipients_the_worst_come_first(self):
        many = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"many{i}@example.com"} for i in range(MAX_RECIPIENTS + 3)]
        )
        self.handler.refuse_rcpt = {"many9@example.com": "550 5.1.1 no such user"}
        self.post(many)
        last = self.last()
        self.assertEqual(last["recipients"][0]["email"], "many9@example.com")
        self.assertEqual((len(last["recipients"]), last["more"]), (MAX_RECIPIENTS, 3))

    def test_what_cannot_be_known(self):
        for mode in ("counted", "off"):
            with self.subTest(mode):
                self.env.company.mail_tracking_open_mode = mode
                message = self.post(self.anna)
                self.assertEqual(self.row(message, self.anna).open_mode, mode)
                self.assertEqual(self.last()["label"], "Cannot be known: not tracked")
                self.age(message)
                self.assertEqual(self.last()["label"], "Not answered")

    def test_a_no_after_it_was_sent(self):
        message = self.post(self.anna)
        self.assertEqual(self.last()["label"], "Sent")
        self.env["mail.tracking.consent"].sudo().record_answer(
            "anna@example.com", ["opens"], "no", "api", partner=self.anna
        )
        self.assertTrue(self.row(message, self.anna).opens_refused)
        self.assertEqual(self.last()["label"], "Cannot be known: not tracked")

    def test_an_answer_that_refers_to_nothing_is_one(self):
        for name, values, label in (
            ("a note of a colleague", {"author": self.user_admin.partner_id}, "Sent"),
            ("a customer", {"author": self.carl}, "Answered"),
        ):
            with self.subTest(name):
                self.post(self.anna)
                self.later(**values)
                self.assertEqual(self.last()["label"], label)
        self.post(self.anna)
        self.later(message_type="email", email_from="eve@example.com")
        self.assertEqual(self.last()["label"], "Answered")

    def test_what_was_written_before_is_no_answer(self):
        self.later(author=self.carl)
        self.post(self.anna)
        self.assertEqual(self.last()["label"], "Sent")

    def test_an_absence_note_is_no_answer(self):
        message = self.post(self.anna)
        self.answer(message, headers="Auto-Submitted: auto-replied\n")
        note = self.record.message_ids[0]
        self.assertEqual(note.message_type, "email")
        self.assertTrue(note.mail_tracking_is_automatic)
        self.assertEqual(self.last()["label"], "Sent")

    def test_access_follows_the_record(self):
        self.post(self.anna)
        portal = new_test_user(self.env, "portal_last", groups="base.group_portal")
        name = "mail_tracking_last_email"
        self.assertNotIn(name, self.record.with_user(portal).fields_get())
        self.assertTrue(self.last())
        hidden = self.record.with_user(self.user_employee)
        self.patch(type(hidden)._fields["message_ids"], "groups", "base.group_system")
        self.assertIs(self.last(), False)
        self.assertNotIn(name, hidden.fields_get())

    def test_records_of_other_companies(self):
        self.post(self.anna)
        self.record.company_id = self.company_2
        self.env.flush_all()
        user = self.user_employee
        self.assertNotIn(self.company_2, user.company_ids)
        self.assertFalse(self.record.with_user(user)._filter_emails_readable())
        self.assertFalse(self.env["mail.tracking.email"]._get_last_emails(self.record.browse()))

    def test_queries_are_the_same_for_one_and_for_eighty(self):
        records = self.env["res.partner"].create([{"name": f"R{i}"} for i in range(80)])
        for record in records:
            self.post(self.anna | self.bob, record=record)
        counts = []
        for own in (records[:1], records[:1], records):
            self.env.invalidate_all()
            own = own.with_user(self.user_employee).with_prefetch(own.ids)
            own.mapped("name")
            before = self.env.cr.sql_log_count
            self.assertTrue(all(own.mapped("mail_tracking_last_email")))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertLessEqual(counts[2], 2)

    def test_emails_of_earlier_versions_are_filled_newest_first(self):
        Tracking = self.env["mail.tracking.email"].sudo()
        while Tracking._fill_outside()[1]:
            pass
        message = self.post(self.anna | self.user_admin.partner_id)
        rows = self.rows(message)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_tracking_email SET is_outside = NULL WHERE id = ANY(%s)", [rows.ids]
        )
        rows.invalidate_recordset()
        self.assertIs(self.last(), False)
        self.assertEqual(Tracking._fill_outside(), (2, False))
        self.assertTrue(self.row(message, self.anna).is_outside)
        self.assertFalse(self.row(message, self.user_admin.partner_id).is_outside)
        self.assertEqual(Tracking._fill_outside(), (0, False))
