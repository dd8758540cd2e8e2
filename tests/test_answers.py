"""A mail from an address says that it works; an answer, that the mail arrived."""

from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .support.report_common import FULL, UNKNOWN, ReportCommon

CATCHALL = "catchall.test@test.mycompany.com"


@tagged("post_install", "-at_install")
class TestAnswers(ReportCommon):
    def answer(self, message, sender="Bob <bob@example.com>", headers=""):
        type(self).number += 1
        refers = f"In-Reply-To: {message.message_id}\n" if message else ""
        self.deliver(
            f"From: {sender}\nTo: {CATCHALL}\nSubject: Re: Offer\n{headers}{refers}"
            f"Message-ID: <answer-{self.number}@example.com>\n\nThank you.\n"
        )

    def fail(self, row, kind):
        """Let a mail fail, of which an answer comes nevertheless."""
        if kind == "error":
            row.event_create("error", {"error_type": "smtp", "error_description": "451 later"})
        elif kind == "reject":
            row.event_create("reject", {"error_type": "policy"})
        else:
            status, text = ("5.1.1", UNKNOWN) if kind == "hard" else ("5.2.2", FULL)
            self.report(("bob@example.com", "failed", status, text), headers=self.by_token(row))

    def test_an_answer_settles_a_failure_of_each_kind(self):
        for kind, state in {
            "error": "error",
            "reject": "rejected",
            "soft": "soft-bounced",
            "hard": "bounced",
        }.items():
            with self.subTest(kind):
                message = self.post(self.anna | self.bob)
                row = self.row(message, self.bob)
                self.fail(row, kind)
                # an error is older than the attempt that the server took after it
                self.assertEqual(row.state, state)
                self.assertTrue(message.mail_tracking_needs_action)
                self.answer(message)
                self.assertEqual(row.state, "opened")
                self.assertFalse(row.needs_action or message.mail_tracking_needs_action)
                self.assertFalse(row.error_type or row.is_unproven)
                self.assertEqual(self.notification(message, self.bob).notification_status, "sent")
                self.assertFalse(self.bob.email_bounced)
                self.assertEqual(self.row(message, self.anna).state, "sent", "of nobody else")
                title = message.get_tracking_details(row.id)["events"]
                self.assertIn("The recipient answered", str(title))

    def test_a_failure_that_is_heard_of_after_the_answer_stays_settled(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        self.answer(message)
        self.fail(row, "hard")
        self.assertEqual(row.state, "opened")
        self.assertFalse(message.mail_tracking_needs_action or self.bob.email_bounced)

    def test_answers_count_once(self):
        message = self.post(self.bob)
        for _i in range(3):
            self.answer(message)
        row = self.row(message, self.bob)
        self.assertEqual(self.events(row), ["sent", "reply"])
        self.assertEqual(row.open_count, 0)
        self.assertTrue(row.first_reply)

    def test_a_colleague_answers(self):
        company, other = self.env["res.partner"].create(
            [{"name": "ACME", "is_company": True}, {"name": "Other", "is_company": True}]
        )
        self.bob.parent_id = company
        colleague, stranger = self.env["res.partner"].create(
            [
                {"name": "Carl", "email": "carl@example.com", "parent_id": company.id},
                {"name": "Dora", "email": "dora@example.com", "parent_id": other.id},
            ]
        )
        message = self.post(self.anna | self.bob)
        row = self.row(message, self.bob)
        self.answer(message, sender=stranger.email)
        self.assertEqual(row.state, "sent")
        self.answer(message, sender=f"Carl <{colleague.email}>")
        self.assertEqual(row.state, "opened")
        event = row.tracking_event_ids.filtered(lambda event: event.event_type == "reply")
        self.assertEqual(event.recipient_address, colleague.email)
        self.assertIn("Carl", event.title)
        self.assertIn(", of the same company, answered", event.title)
        self.assertEqual(row.explanation, "The email was answered, so it arrived and was read.")
        self.assertEqual(row.shown_state, "answered")
        [email] = row._get_proof_emails()
        self.assertTrue(email["answers"][0]["is_colleague"])
        self.assertEqual(self.row(message, self.anna).state, "sent")

    def test_a_comment_in_the_portal_answers_the_last_email(self):
        user = new_test_user(self.env, "portal_bob", "base.group_portal", email=self.bob.email)
        user.partner_id.email = "bob@example.com"
        first, second = self.post(user.partner_id), self.post(user.partner_id | self.anna)
        rows = [self.row(message, user.partner_id) for message in (first, second)]
        values = {"body": "Fine.", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self.record.message_post(**values)  # a colleague of ours
        self.assertEqual([row.state for row in rows], ["sent", "sent"])
        portal = self.record.with_user(user).sudo()
        portal.message_post(**values, author_id=user.partner_id.id)
        self.assertEqual([row.state for row in rows], ["sent", "opened"])
        self.assertTrue(rows[1].first_reply)
        self.assertEqual(self.row(second, self.anna).state, "sent")

    def test_a_broken_answer_costs_no_mail(self):
        message = self.post(self.bob)
        Tracking = type(self.env["mail.tracking.email"])
        guard = "odoo.addons.mail_tracking.models.guard"
        with (
            patch.object(Tracking, "_apply_reply", side_effect=ValueError("broken on purpose")),
            self.assertLogs(guard, "ERROR"),
        ):
            self.answer(message)
        answer = self.record.message_ids[0]
        self.assertEqual(answer.message_type, "email")
        self.assertIn("bob@example.com", answer.email_from)

    def test_a_broken_answer_costs_no_comment(self):
        user = new_test_user(self.env, "portal_eve", "base.group_portal", email="eve@example.com")
        Tracking = type(self.env["mail.tracking.email"])
        guard = "odoo.addons.mail_tracking.models.guard"
        with (
            patch.object(Tracking, "_apply_comment", side_effect=ValueError("broken on purpose")),
            self.assertLogs(guard, "ERROR"),
        ):
            message = (
                self.record.with_user(user)
                .sudo()
                .message_post(body="Fine.", message_type="comment", author_id=user.partner_id.id)
            )
        self.assertTrue(message.exists())

    def test_an_answer_by_references(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        self.fail(row, "soft")
        self.answer(None, headers=f"References: <other@example.com> {message.message_id}\n")
        self.assertEqual(row.state, "opened")

    def test_what_is_no_answer_settles_nothing(self):
        message = self.post(self.anna | self.bob)
        row = self.row(message, self.bob)
        self.fail(row, "soft")
        other = self.post(self.bob)
        for name, values in {
            "another recipient": {"sender": "anna@example.com"},
            "a stranger": {"sender": "eve@example.com"},
            "the name alone": {"sender": '"bob@example.com" <eve@example.com>'},
            "nobody": {"sender": ""},
            "an absence note": {"headers": "Auto-Submitted: auto-replied\n"},
            "another absence note": {"headers": "X-Autoreply: yes\n"},
            "to another message": {"message": other},
        }.items():
            with self.subTest(name), mute_logger("odoo.addons.mail.models.mail_thread"):
                self.answer(**{"message": message, **values})
                self.assertEqual(row.state, "soft-bounced")
                self.assertTrue(row.needs_action and message.mail_tracking_needs_action)

    def test_a_mail_from_an_address_takes_the_mark_away(self):
        Partner = self.env["res.partner"]
        for name, values in {
            "a new mail": {"message": None},
            "other case": {"message": None, "sender": "BOB@Example.com"},
            "an answer": {"message": self.post(self.bob)},
        }.items():
            with self.subTest(name):
                row = self.row(self.post(self.bob), self.bob)
                self.fail(row, "hard")
                twin = Partner.create({"name": "Twin", "email": "bob@example.com"})
                self.assertTrue(self.bob.email_bounced and twin.email_bounced)
                self.answer(**values)
                self.assertFalse(self.bob.email_bounced or twin.email_bounced)
                self.assertFalse(self.bob.email_bounced_reason or self.bob.email_bounced_date)
                self.assertEqual(self.bob.message_bounce, 0, "as core counts")
                self.assertEqual(row.state, "bounced", "that mail did not arrive")
                new = Partner.create({"name": "New", "email": "bob@example.com"})
                self.assertFalse(new.email_bounced)
                twin.unlink()
                new.unlink()

    def test_mails_of_others_and_reports_leave_the_mark(self):
        row = self.row(self.post(self.bob), self.bob)
        self.fail(row, "hard")
        for sender in ("anna@example.com", "bob@example.com.org", "MAILER-DAEMON@example.com"):
            with self.subTest(sender), mute_logger("odoo.addons.mail.models.mail_thread"):
                self.answer(None, sender=sender)
                self.assertTrue(self.bob.email_bounced)
        self.report(("bob@example.com", "delayed", "4.4.1", "later"), headers=self.by_token(row))
        self.assertTrue(self.bob.email_bounced)
