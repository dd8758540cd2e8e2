from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .support.report_common import FULL, UNKNOWN, ReportCommon


@tagged("post_install", "-at_install")
class TestReports(ReportCommon):
    def test_hard_bounce_found_by_token(self):
        message = self.post(self.anna | self.bob)
        row = self.row(message, self.bob)
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(row.state, "bounced")
        self.assertEqual(row.error_type, "user_unknown")
        self.assertIn("User unknown", row.bounce_description)
        self.assertTrue(row.needs_action and message.mail_tracking_needs_action)
        notification = self.notification(message, self.bob)
        self.assertEqual(notification.notification_status, "bounce")
        self.assertEqual(notification.failure_type, "mail_bounce")
        self.assertIn("User unknown", notification.failure_reason)
        self.assertTrue(self.bob.email_bounced)
        self.assertEqual(self.bob.message_bounce, 1)
        self.assertEqual(self.row(message, self.anna).state, "sent")
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")

    def test_several_recipients_are_each_judged_for_themselves(self):
        mail = self.send_mail(email_to="a@example.com, b@example.com, c@example.com, d@example.com")
        rows = self.rows(mail.mail_message_id)
        self.report(
            ("a@example.com", "failed", "5.1.1", UNKNOWN),
            ("b@example.com", "failed", "5.2.2", FULL),
            ("c@example.com", "delayed", "4.4.1", "connection timed out"),
            ("d@example.com", "delivered", "2.0.0", "250 ok"),
            headers=self.by_token(rows[0]),
        )
        self.assertEqual(rows.mapped("state"), ["bounced", "soft-bounced", "deferred", "delivered"])

    def test_success_and_delay_are_no_bounces(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        self.report(("bob@example.com", "delayed", "4.4.1", "timeout"), headers=self.by_token(row))
        self.assertEqual(row.state, "deferred")
        self.report(("bob@example.com", "delivered", "2.0.0", "250"), headers=self.by_token(row))
        self.assertEqual(row.state, "delivered")
        self.assertEqual(self.bob.message_bounce, 0)
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")
        self.assertEqual(self.status(message), {"Bob": "delivered"})

    def test_read_receipts_complaints_and_absence_notes_are_no_bounces(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        partners = self.env["res.partner"].search_count([])
        head = (
            "From: bob@example.com\nTo: bounce.test@test.mycompany.com\n"
            "Message-ID: <{0}@example.com>\nSubject: {0}\nMIME-Version: 1.0\n"
        )
        receipt = head.format("receipt") + (
            "Content-Type: multipart/report; report-type=disposition-notification;"
            ' boundary="xx"\n\n--xx\nContent-Type: text/plain\n\nread\n\n--xx\n'
            "Content-Type: message/disposition-notification\n\n"
            f"Final-Recipient: rfc822;bob@example.com\nOriginal-Message-ID: {row.message_id}\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n\n--xx--\n"
        )
        complaint = head.format("complaint") + (
            'Content-Type: multipart/report; report-type=feedback-report; boundary="xx"\n\n'
            "--xx\nContent-Type: text/plain\n\nabuse\n\n--xx\n"
            "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\n"
            "Version: 1\nOriginal-Rcpt-To: <bob@example.com>\n\n--xx\n"
            f"Content-Type: text/rfc822-headers\n\n{self.by_token(row)}\n\n--xx--\n"
        )
        absence = head.format("absence") + (
            "Auto-Submitted: auto-replied\nContent-Type: text/plain\n\nI am away.\n"
        )
        for text, state in ((absence, "sent"), (receipt, "opened"), (complaint, "spam")):
            self.deliver(text)
            self.assertEqual(row.state, state)
            self.assertEqual(self.bob.message_bounce, 0)
            self.assertFalse(self.bob.email_bounced)
        self.assertEqual(self.env["res.partner"].search_count([]), partners, "no document")

    def test_an_absence_note_that_answers_a_message_reaches_the_chatter(self):
        message = self.post(self.bob)
        self.deliver(
            "From: bob@example.com\nTo: catchall.test@test.mycompany.com\n"
            f"In-Reply-To: {message.message_id}\nMessage-ID: <away@example.com>\n"
            "Subject: Automatic reply\nAuto-Submitted: auto-replied\n\nI am away.\n"
        )
        answer = self.env["mail.message"].search([("message_id", "=", "<away@example.com>")])
        self.assertEqual((answer.model, answer.res_id), ("res.partner", self.record.id))
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_others_find_in_a_parsed_report_what_core_would_tell(self):
        message = self.post(self.bob)
        parsed = []

        def route(thread, mail, message_dict, *args, **kwargs):
            parsed.append(dict(message_dict))
            return []

        with patch.object(type(self.env["mail.thread"]), "message_route", route):
            self.report(
                ("bob@example.com", "failed", "5.1.1", UNKNOWN),
                headers=f"Message-ID: {message.message_id}",
            )
        [values] = parsed
        self.assertFalse(values["is_bounce"], "core is told later, of what is proven")
        self.assertEqual(values["bounced_email"], "bob@example.com")
        self.assertEqual(values["bounced_partner"], self.bob)
        self.assertEqual(values["bounced_msg_ids"], [message.message_id])
        self.assertEqual(values["bounced_message"], message)

    def test_a_bounce_after_the_message_was_deleted(self):
        message = self.post(self.bob)
        row, headers = self.row(message, self.bob), self.by_token(self.row(message, self.bob))
        message.unlink()
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=headers)
        self.assertEqual(row.state, "bounced")

    def test_no_machine_is_answered_and_none_makes_a_document(self):
        """An alias that makes records gets none from an absence note; nor does catchall answer."""
        self.env["mail.alias"].create(
            {
                "alias_name": "new.contacts",
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
                "alias_contact": "everyone",
            }
        )
        message = self.post(self.bob)
        partners = self.env["res.partner"].search_count([])
        mails = self.env["mail.mail"].search_count([])
        for number, (to, answered) in enumerate(
            (
                ("new.contacts@test.mycompany.com", ""),
                ("new.contacts@test.mycompany.com", f"In-Reply-To: {message.message_id}\n"),
                ("catchall.test@test.mycompany.com", ""),
                ("nobody@elsewhere.example", ""),
            )
        ):
            self.deliver(
                f"From: away@example.com\nTo: {to}\nMessage-ID: <away-{number}@example.com>\n"
                f"{answered}Subject: Automatic reply\nAuto-Submitted: auto-replied\n\nAway.\n"
            )
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_a_bounce_leaves_the_notifications_of_the_other_recipients_alone(self):
        message = self.post(self.anna | self.bob | self.carl)
        failed = ("anna@example.com", "failed", "5.2.2", FULL)
        self.report(failed, headers=self.by_token(self.row(message, self.anna)))
        self.env.flush_all()
        # xmax tells who locked a row, ctid moves when it is written
        query = "SELECT id, ctid, xmax FROM mail_notification WHERE id IN %s ORDER BY id"
        others = message.notification_ids - self.notification(message, self.bob)
        before = self.env.execute_query(SQL(query, others._ids))
        failed = ("bob@example.com", "failed", "5.2.2", FULL)
        self.report(failed, headers=self.by_token(self.row(message, self.bob)))
        self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
        self.assertEqual(self.env.execute_query(SQL(query, others._ids)), before)

    def test_the_notification_tells_of_the_last_of_several_failures(self):
        failures = (
            ("anna@example.com", "failed", "5.2.2", FULL),
            ("anna.private@example.com", "failed", "5.1.1", UNKNOWN),
        )
        self.anna.email = "anna@example.com, anna.private@example.com"
        for reports in (failures, failures[::-1]):
            message = self.post(self.anna)
            notification = self.notification(message, self.anna)
            for failure in reports:
                self.assertEqual(
                    notification.notification_status,
                    "sent",
                    "as long as one of the addresses has it",
                )
                self.report(failure, headers=self.by_token(self.rows(message)[0]))
            self.assertEqual(notification.notification_status, "bounce")
            self.assertIn("User unknown", notification.failure_reason)
            self.assertNotIn("Mailbox full", notification.failure_reason)

    def test_events_that_find_the_row_busy_are_applied_later(self):
        row = self.row(self.post(self.bob), self.bob)
        Tracking = type(row)
        with patch.object(Tracking, "_fold", lambda rows: {}):
            event = row.event_create("delivered", {})
        self.assertTrue(event.is_pending)
        self.assertEqual(row.state, "sent")
        self.process_pending()
        self.assertEqual(row.state, "delivered")
        self.assertFalse(event.is_pending)
