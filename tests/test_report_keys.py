"""Which reports judge an address, and which only inform."""

from odoo.tests import tagged

from .support.report_common import FULL, UNKNOWN, ReportCommon


@tagged("post_install", "-at_install")
class TestReportKeys(ReportCommon):
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
                if name == "old header":
                    row.token = False  # a mail of the other addon
                self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 1)
                self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), **key(row))
                self.assertEqual((row.state, row.error_type), ("soft-bounced", "user_unknown"))
                self.assertTrue(row.is_unproven)
                self.assertIn("unverified", row.tracking_event_ids.sorted("id")[-1]._get_detail())
                self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
                self.assertFalse(self.bob.email_bounced)
                self.assertFalse(row.email_is_bounced("bob@example.com"))
                self.assertEqual(self.bob.message_bounce, 0)

    def test_a_report_about_another_address_judges_neither(self):
        """Anybody who got a mail knows its token, and could write a report about anybody."""
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

    def test_a_bounce_of_a_mail_without_tracking_is_shown(self):
        message = self.post(self.bob)
        self.rows(message).unlink()
        self.post(self.bob)
        self.report(
            ("bob@example.com", "failed", "5.1.1", UNKNOWN),
            headers=f"Message-ID: {message.message_id}",
        )
        self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
        self.assertEqual(self.bob.message_bounce, 0, "anybody could have written it")

    def test_failures_at_an_address_that_got_nothing_from_us_are_left_to_odoo(self):
        message = self.post(self.bob)
        self.rows(message).unlink()
        for reports, kind in enumerate(("failed", "delayed"), 1):
            with self.subTest(kind):
                self.report(
                    ("bob@example.com", kind, "5.1.1", UNKNOWN),
                    headers=f"Message-ID: {message.message_id}",
                    name=f"left{reports}",
                )
                self.assertEqual(self.bob.message_bounce, 1, "as without this addon; no delays")
                self.assertFalse(self.bob.email_bounced, "our mark wants a key")
        notification = self.notification(message, self.bob)
        self.assertEqual(notification.failure_type, "mail_bounce")
        self.assertNotIn(message.message_id, notification.failure_reason, "the report's own words")

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

    def test_marking_addresses_costs_one_search(self):
        """Many dead addresses, each with a reason of its own, cost little more than one."""
        partners = self.env["res.partner"].create(
            [{"name": f"D{i}", "email": f"d{i}@example.com"} for i in range(13)]
        )
        rows = self.rows(self.post(partners))
        counts = []
        for some in (rows[:1], rows[1:3], rows[3:13]):
            Event = self.env["mail.tracking.event"].sudo()
            values = [
                Event.process_hard_bounce(
                    row,
                    {
                        "error_type": "user_unknown",
                        "error_description": f"550 5.1.1 <{row.recipient_address}> unknown",
                        "reporting_server": "mx.example.net",
                    },
                )
                for row in some
            ]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            rows._apply_events(values)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertTrue(all(partners.mapped("email_bounced")))
        self.assertIn("<d12@example.com>", partners[12].email_bounced_reason)
        self.assertEqual(partners[12].email_bounced_source, "mx.example.net")
        # two for each contact are core's, whose users and children it looks for
        self.assertLessEqual(counts[2] - counts[1], 2 * 8 + 2, counts)
