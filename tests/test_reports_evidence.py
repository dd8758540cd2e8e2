"""What follows from each event, and what does not: review, mark, reasons."""

from odoo.tests import HttpCase, tagged

from .support.report_common import FULL, UNKNOWN, ReportCommon

MACHINE = "curl/8.0"
PROGRAM = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
#: failing state -> event that leads to it, and what tells it from another one of its kind
FAILURES = {
    "error": ("error", {"error_type": "network", "smtp_server": "smtp.test"}),
    "rejected": ("reject", {"error_type": "policy"}),
    "soft-bounced": ("soft_bounce", {"error_type": "mailbox_full"}),
    "bounced": ("hard_bounce", {"error_type": "user_unknown"}),
    "spam": ("spam", {}),
}


@tagged("post_install", "-at_install")
class TestReview(ReportCommon):
    """A failure needs somebody until it is reviewed, and once only."""

    def fail(self, row, state):
        event_type, values = FAILURES[state]
        row.event_create(event_type, dict(values))
        self.env.flush_all()
        self.assertEqual(row.state, state)

    def test_a_second_failure_of_the_same_kind_clears_nothing(self):
        for state in FAILURES:
            with self.subTest(state):
                message = self.post(self.bob)
                row = self.row(message, self.bob)
                for _turn in range(3):
                    self.fail(row, state)
                    self.assertTrue(row.needs_action)
                    self.assertTrue(message.mail_tracking_needs_action)

    def test_a_reviewed_failure_does_not_come_back_by_another_of_its_kind(self):
        for state in FAILURES:
            with self.subTest(state):
                message = self.post(self.bob)
                row = self.row(message, self.bob)
                self.fail(row, state)
                message.with_user(self.user_employee).set_need_action_done()
                self.assertFalse(row.needs_action)
                for _turn in range(2):
                    self.fail(row, state)
                    self.assertFalse(row.needs_action)
                    self.assertFalse(message.mail_tracking_needs_action)

    def test_another_failure_after_a_review_needs_somebody_again(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        before = None
        for state in FAILURES:
            if state == "rejected":
                continue  # weaker than none of those that follow but the next
            self.fail(row, state)
            self.assertTrue(row.needs_action, f"{state} after {before}")
            message.with_user(self.user_employee).set_need_action_done()
            before = state

    def test_the_second_of_two_reports_finds_the_failure_as_it_is(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        failed = ("bob@example.com", "failed", "5.2.2", FULL)
        for is_reviewed in (False, True):
            if is_reviewed:
                message.with_user(self.user_employee).set_need_action_done()
            self.report(failed, headers=self.by_token(row))
            self.report(failed, headers=f"Message-ID: {row.message_id}")
            self.assertEqual(row.needs_action, not is_reviewed)
        self.report(("bob@example.com", "delivered", "2.0.0", "ok"), headers=self.by_token(row))
        self.assertFalse(row.needs_action)


@tagged("post_install", "-at_install")
class TestMark(ReportCommon, HttpCase):
    """What marks a contact, and what takes the mark away."""

    def hit(self, row, agent):
        for event in row.tracking_event_ids:
            event.timestamp -= 3600  # nobody opens within a second
        self.env.flush_all()
        url = row._get_pixel_url()
        self.url_open(url[url.index("/mail_tracking/") :], headers={"User-Agent": agent})
        self.env.invalidate_all()

    def test_only_a_mail_that_arrives_takes_the_mark_away(self):
        self.bob.email_bounced = True
        row = self.row(self.post(self.bob), self.bob)
        self.assertEqual(row.state, "sent")
        self.assertTrue(self.bob.email_bounced, "sent says nothing of the address")
        for kind, status in (("relayed", "2.0.0"), ("delayed", "4.4.1"), ("failed", "5.2.2")):
            other = self.row(self.post(self.bob), self.bob)
            self.report(("bob@example.com", kind, status, FULL), headers=self.by_token(other))
            self.assertTrue(self.bob.email_bounced, kind)
        self.hit(row, MACHINE)
        self.assertEqual((row.state, row.machine_open_count), ("sent", 1))
        self.assertTrue(self.bob.email_bounced, "a machine says nothing of the address")
        row.event_create("click", {"open_kind": "self"})
        self.assertTrue(self.bob.email_bounced)
        self.hit(row, PROGRAM)
        self.assertEqual(row.state, "opened")
        self.assertFalse(self.bob.email_bounced)

    def test_opening_an_older_mail_once_more_proves_nothing_new(self):
        old = self.row(self.post(self.bob), self.bob)
        self.hit(old, PROGRAM)
        row = self.row(self.post(self.bob), self.bob)
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertTrue(self.bob.email_bounced)
        self.hit(old, f"{PROGRAM} (another one)")
        self.assertEqual(old.open_count, 2)
        self.assertTrue(self.bob.email_bounced)

    def test_a_hard_bounce_of_a_mail_that_was_opened_marks_nobody(self):
        row = self.row(self.post(self.bob), self.bob)
        self.hit(row, PROGRAM)
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual((row.state, self.events(row)[-1]), ("opened", "hard_bounce"))
        self.assertFalse(self.bob.email_bounced)
        self.assertEqual(self.bob.message_bounce, 0)

    def test_a_receipt_without_key_does_not_keep_a_dead_address_alive(self):
        row = self.row(self.post(self.bob), self.bob)
        row.event_create("open", {"open_kind": "person", "is_unproven": True})
        self.assertEqual(row.state, "opened")
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(row.state, "bounced")
        self.assertTrue(self.bob.email_bounced)

    def bounce(self, *, proven):
        row = self.row(self.post(self.bob), self.bob)
        key = self.by_token(row) if proven else f"Message-ID: {row.message_id}"
        self.report(("bob@example.com", "failed", "5.2.2", FULL), headers=key)
        self.assertEqual((row.state, row.is_unproven), ("soft-bounced", not proven))

    def test_soft_bounces_without_key_do_not_count_towards_the_mark(self):
        self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 3)
        for proven in (False, False, False, False, True, True, False, False):
            self.bounce(proven=proven)
            self.assertFalse(self.bob.email_bounced)
        self.bounce(proven=True)
        self.assertTrue(self.bob.email_bounced, "the third that is proven")

    def test_good_news_without_key_does_not_break_the_row(self):
        self.env["ir.config_parameter"].set_param("mail_tracking.soft_bounces_to_flag", 2)
        self.bounce(proven=True)
        row = self.row(self.post(self.bob), self.bob)
        said = ("bob@example.com", "delivered", "2.0.0", "ok")
        self.report(said, headers=f"Message-ID: {row.message_id}")
        self.assertEqual(row.state, "delivered")
        self.bounce(proven=True)
        self.assertTrue(self.bob.email_bounced)


@tagged("post_install", "-at_install")
class TestReasons(ReportCommon):
    """Why a mail is late, came back or was not taken, and which server said so."""

    def test_the_reason_of_a_delayed_mail(self):
        row = self.row(self.post(self.bob), self.bob)
        text = "452 4.2.2 Mailbox full"
        self.report(("bob@example.com", "delayed", "4.2.2", text), headers=self.by_token(row))
        self.assertEqual(
            (row.state, row.error_type, row.error_code, row.error_status),
            ("deferred", "mailbox_full", "452", "4.2.2"),
        )
        self.assertIn(text, row.error_description)
        self.assertEqual(row.error_smtp_server, "mx.example.com")
        self.assertFalse(row.bounce_type or row.bounce_description, "it has not come back")
        self.assertFalse(row.needs_action)
        self.report(("bob@example.com", "delivered", "2.0.0", "ok"), headers=self.by_token(row))
        self.assertFalse(row.error_type or row.error_code or row.error_status)
        self.assertFalse(row.error_description or row.error_smtp_server)

    def test_the_type_of_each_bounce(self):
        for status, text, state, kind in (
            ("5.2.2", FULL, "soft-bounced", "mailbox_full"),
            ("5.1.1", UNKNOWN, "bounced", "user_unknown"),
        ):
            with self.subTest(state):
                row = self.row(self.post(self.bob), self.bob)
                failed = ("bob@example.com", "failed", status, text)
                self.report(failed, headers=self.by_token(row))
                self.assertEqual(row.state, state)
                self.assertEqual((row.bounce_type, row.error_type), (kind, kind))
                self.assertIn(text, row.bounce_description)
                self.assertIn(text, row.error_description)

    def test_what_never_left_has_not_bounced(self):
        for state in ("error", "rejected", "spam"):
            row = self.row(self.post(self.bob), self.bob)
            event_type, values = FAILURES[state]
            row.event_create(event_type, {**values, "error_description": "no"})
            self.assertEqual(row.error_description, "no")
            self.assertFalse(row.bounce_type or row.bounce_description, state)

    def test_the_server_that_took_the_mail_is_kept(self):
        row = self.row(self.post(self.bob), self.bob)
        server = row.smtp_server
        self.assertTrue(server)
        row.event_create("error", {"smtp_server": "second.test", "error_type": "network"})
        self.assertEqual((row.state, row.smtp_server), ("error", server))
        self.assertEqual(row.error_smtp_server, "second.test")
        self.report(("bob@example.com", "failed", "5.2.2", FULL), headers=self.by_token(row))
        self.assertEqual((row.state, row.smtp_server), ("soft-bounced", server))
        self.assertEqual(row.error_smtp_server, "mx.example.com")

    def test_a_mail_that_no_server_took_names_the_one_that_was_asked_first(self):
        row = self.env["mail.tracking.email"].sudo().create({"recipient": "bob@example.com"})
        for number, server in enumerate(("first.test", "second.test")):
            values = {"smtp_server": server, "error_type": "network", "timestamp": 2e9 + number}
            row.event_create("error", values)
            self.assertEqual(row.smtp_server, "first.test")
        self.assertEqual(row.error_smtp_server, "second.test")

    def test_a_second_server_that_takes_the_mail_is_the_one_that_counts(self):
        row = self.row(self.post(self.bob), self.bob)
        row.event_create("sent", {"smtp_server": "second.test"})
        self.assertEqual(row.smtp_server, "second.test")
        row.event_create("sent", {"smtp_server": "forged.test", "is_unproven": True})
        self.assertEqual(row.smtp_server, "second.test")
