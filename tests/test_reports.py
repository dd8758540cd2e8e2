from unittest.mock import patch

from odoo.tests import tagged

from .common import MailTrackingCommon

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: {subject}
{message_id}Auto-Submitted: auto-replied
Date: Mon, 05 Oct 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="xx"

--xx
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--xx
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
{envid}
{recipients}
--xx
Content-Type: text/rfc822-headers

{headers}

--xx--
"""
RECIPIENT = """\

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.{domain}
Diagnostic-Code: smtp; {text}
"""
FULL = "552 5.2.2 Mailbox full"
UNKNOWN = "550 5.1.1 User unknown"
BOUNCES = "bounce.test@test.mycompany.com"


@tagged("post_install", "-at_install")
class TestReports(MailTrackingCommon):
    number = 0

    def report(self, *recipients, headers="", envid="", name=None, to=BOUNCES):
        type(self).number += 1
        name = f"report-{self.number}" if name is None else name
        message_id = f"Message-ID: <{name}@mx.example.net>\n" if name else ""
        blocks = "".join(
            RECIPIENT.format(
                address=address,
                action=action,
                status=status,
                text=text,
                domain=address.partition("@")[2],
            )
            for address, action, status, text in recipients
        )
        self.deliver(
            REPORT.format(
                subject="Report",
                message_id=message_id,
                to=to,
                recipients=blocks,
                headers=headers,
                envid=f"Original-Envelope-Id: {envid}\n" if envid else "",
            )
        )

    def deliver(self, text):
        self.env["mail.thread"].message_process("res.partner", text)
        self.env.invalidate_all()

    def by_token(self, row):
        return f"X-Odoo-MailTracking-Token: {row.token}"

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

    def test_keys_that_nobody_can_guess_judge_the_address(self):
        verp = "bounce.test+{}@test.mycompany.com"
        for name, key in {
            "envelope id": lambda row: {"envid": row.token},
            "token header": lambda row: {"headers": self.by_token(row)},
            "bounce address": lambda row: {"to": verp.format(row.token)},
            "bounce address, other case": lambda row: {"to": verp.format(row.token).upper()},
        }.items():
            with self.subTest(name):
                self.bob.write({"email_bounced": False, "message_bounce": 0})
                row = self.row(self.post(self.bob), self.bob)
                self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), **key(row))
                self.assertEqual((row.state, row.is_unproven), ("bounced", False))
                self.assertTrue(self.bob.email_bounced)
                self.assertIn("User unknown", self.bob.email_bounced_reason)
                self.assertEqual(self.bob.email_bounced_source, "mx.example.net")
                self.assertEqual(self.bob.message_bounce, 1)

    def test_keys_that_others_know_inform_and_judge_nothing(self):
        for name, key in {
            "old header": lambda row: {
                "headers": f"X-Odoo-MailTracking-ID: {row.id}\n"
                f"X-Odoo-Database: {self.env.cr.dbname}"
            },
            "Message-ID": lambda row: {"headers": f"Message-ID: {row.message_id}"},
            "bounce address of a stranger": lambda row: {
                "to": f"bounce.test+{row.token}@example.com",
                "headers": f"Message-ID: {row.message_id}",
            },
        }.items():
            with self.subTest(name):
                message = self.post(self.bob)
                row = self.row(message, self.bob)
                self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 1)
                self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), **key(row))
                self.assertEqual((row.state, row.error_type), ("soft-bounced", "user_unknown"))
                self.assertTrue(row.is_unproven)
                self.assertIn(
                    "no key of ours", row.tracking_event_ids.sorted("id")[-1]._get_detail()
                )
                self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
                self.assertFalse(self.bob.email_bounced)
                self.assertFalse(row.email_is_bounced("bob@example.com"))
                self.assertEqual(self.bob.message_bounce, 0)

    def test_a_report_about_another_address_judges_neither(self):
        """Whoever got a mail knows its token, and could write a report about anybody."""
        row = self.row(self.post(self.bob), self.bob)
        self.report(("anna@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(row.state, "soft-bounced", "behind a forward, an address has failed")
        for partner in self.anna | self.bob:
            self.assertFalse(partner.email_bounced)
            self.assertEqual(partner.message_bounce, 0)

    def test_a_report_without_recipient_is_about_whom_its_address_names(self):
        row = self.row(self.post(self.bob), self.bob)
        self.deliver(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nMessage-ID: <t@mx.example.net>\n"
            f"To: bounce.test+{row.token}@test.mycompany.com\n"
            "Subject: Undelivered Mail Returned to Sender\n\n"
            "<bob@example.com>: 550 5.1.1 User unknown\n"
        )
        self.assertEqual(row.state, "bounced")

    def test_a_bounce_address_takes_no_other_mail(self):
        row = self.row(self.post(self.bob), self.bob)
        partners = self.env["res.partner"].search_count([])
        self.deliver(
            "From: bob@example.com\nMessage-ID: <h@example.com>\nSubject: Hello\n"
            f"To: bounce.test+{row.token}@test.mycompany.com\n\nA person writes.\n"
        )
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertEqual((row.state, self.bob.message_bounce), ("sent", 0))

    def test_a_foreign_database_or_a_guessed_number_changes_nothing(self):
        row = self.row(self.post(self.bob), self.bob)
        for headers, address in (
            (f"X-Odoo-MailTracking-ID: {row.id}\nX-Odoo-Database: other", "bob@example.com"),
            (f"X-Odoo-MailTracking-ID: {row.id}", "someone@example.com"),
            ("X-Odoo-MailTracking-Token: " + "0" * 32, "bob@example.com"),
        ):
            with self.subTest(headers):
                self.report((address, "failed", "5.1.1", UNKNOWN), headers=headers)
                self.assertEqual(row.state, "sent")
                self.assertFalse(self.bob.email_bounced)

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

    def test_soft_bounces_never_count_against_the_address(self):
        for status, text in (("5.2.2", FULL), ("5.7.1", "550 5.7.1 blocked by policy")):
            with self.subTest(text):
                message = self.post(self.bob)
                row = self.row(message, self.bob)
                self.report(("bob@example.com", "failed", status, text), headers=self.by_token(row))
                self.assertEqual(row.state, "soft-bounced")
                self.assertFalse(self.bob.email_bounced)
                self.assertEqual(self.bob.message_bounce, 0)
                self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")

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

    def test_the_same_report_counts_once(self):
        for name in ("same", ""):
            with self.subTest(name or "without Message-ID"):
                self.bob.message_bounce = 0
                row = self.row(self.post(self.bob), self.bob)
                for _i in range(3):
                    self.report(
                        ("bob@example.com", "failed", "5.1.1", UNKNOWN),
                        ("bob@example.com", "failed", "5.1.1", UNKNOWN + " twice"),
                        headers=self.by_token(row),
                        name=name,
                    )
                self.assertEqual(self.events(row), ["sent", "hard_bounce"])
                self.assertEqual(self.bob.message_bounce, 1)

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

    def test_a_bounce_after_the_message_was_deleted(self):
        message = self.post(self.bob)
        row, headers = self.row(message, self.bob), self.by_token(self.row(message, self.bob))
        message.unlink()
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=headers)
        self.assertEqual(row.state, "bounced")

    def test_a_bounce_of_a_mail_without_tracking_is_shown(self):
        message = self.post(self.bob)
        self.rows(message).unlink()
        self.report(
            ("bob@example.com", "failed", "5.1.1", UNKNOWN),
            headers=f"Message-ID: {message.message_id}",
        )
        self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
        self.assertEqual(self.bob.message_bounce, 0, "anybody could have written it")

    def test_soft_bounces_in_a_row_flag_an_address_where_that_is_set(self):
        def bounce(row):
            self.report(("bob@example.com", "failed", "5.2.2", FULL), headers=self.by_token(row))

        set_param = self.env["ir.config_parameter"].set_param
        rows = [self.row(self.post(self.bob), self.bob) for _i in range(6)]
        bounce(rows[0])
        bounce(rows[1])
        self.assertFalse(self.bob.email_bounced, "off by default")
        set_param("mail_tracking.soft_bounces_to_flag", 3)
        rows[2].event_create("delivered", {})
        bounce(rows[3])
        bounce(rows[4])
        self.assertFalse(self.bob.email_bounced, "one in between has arrived")
        bounce(rows[5])
        self.assertTrue(self.bob.email_bounced)
        self.assertIn("Mailbox full", self.bob.email_bounced_reason)
        self.assertEqual(self.bob.message_bounce, 0)

    def test_flagging_addresses_costs_one_search(self):
        row = self.row(self.post(self.bob), self.bob)
        self.bob.email_bounced = True
        Event = self.env["mail.tracking.event"].sudo()
        events = row.event_create("hard_bounce", {}) | row.event_create("soft_bounce", {})
        self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 2)
        counts = []
        for some in (events[:1], Event.union(events)):
            self.env.flush_all()
            row._flag_bounced(some)  # warm up
            before = self.env.cr.sql_log_count
            row._flag_bounced(some)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts, [1, 1])

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

    def test_events_that_find_the_row_busy_are_applied_later(self):
        row = self.row(self.post(self.bob), self.bob)
        Tracking = type(row)
        with patch.object(Tracking, "_fold", lambda rows: rows.browse()):
            event = row.event_create("delivered", {})
        self.assertTrue(event.is_pending)
        self.assertEqual(row.state, "sent")
        self.assertEqual(self.env["mail.tracking.email"].sudo()._fold_pending(), (1, 0))
        self.assertEqual(row.state, "delivered")
        self.assertFalse(event.is_pending)
