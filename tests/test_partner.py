from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .support.common import MailTrackingCommon


@tagged("post_install", "-at_install")
class TestPartner(MailTrackingCommon):
    def test_bounced_flag_goes_with_the_address_a_delivery_or_an_open(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        for fix in (
            lambda: self.anna.write({"email": "anna.new@example.com"}),
            lambda: row.event_create("delivered", {}),
            lambda: row.event_create("open", {"open_kind": "person"}),
        ):
            self.anna.email = "anna@example.com"
            row._partners_email_bounced_set("550 5.1.1 no such user")
            self.assertTrue(self.anna.email_bounced)
            self.assertEqual(self.anna.email_bounced_reason, "550 5.1.1 no such user")
            self.assertTrue(self.anna.email_bounced_date)
            self.assertIn(self.anna, self.env["res.partner"].search([("email_bounced", "=", True)]))
            fix()
            self.assertFalse(self.anna.email_bounced or self.anna.email_bounced_reason)
            self.assertFalse(self.anna.email_bounced_date)

    def test_bounced_flag_stays_while_nothing_arrives(self):
        row = self.row(self.post(self.anna), self.anna)
        row._partners_email_bounced_set("550 5.1.1 no such user")
        self.anna.name = "Anna Anderson"
        row.event_create("open", {"open_kind": "machine"})
        row.event_create("deferral", {})
        self.assertTrue(self.anna.email_bounced)

    def test_bounced_flag_stays_while_the_address_does(self):
        row = self.row(self.post(self.anna), self.anna)
        row._partners_email_bounced_set("550 5.1.1 no such user")
        for same in ("anna@example.com", "Anna@Example.com", '"Anna" <anna@example.com>'):
            with self.subTest(same):
                self.anna.write({"email": same, "phone": "+32 1"})
                self.assertTrue(self.anna.email_bounced)
                self.assertEqual(self.anna.email_bounced_reason, "550 5.1.1 no such user")
        both = self.anna | self.bob
        both.write({"email": "anna@example.com"})
        self.assertEqual(both.mapped("email_bounced"), [True, False])
        both.write({"email": "bob@example.com"})
        self.assertEqual(both.mapped("email_bounced"), [False, False])

    def test_score_follows_what_became_of_mails_to_the_address(self):
        self.assertEqual(self.anna.email_score, 50)
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("open", {})
        self.anna.invalidate_recordset()
        self.assertGreater(self.anna.email_score, 50)
        row = self.row(self.post(self.bob), self.bob)
        row.event_create("hard_bounce", {})
        self.bob.invalidate_recordset()
        self.assertLess(self.bob.email_score, 50)
        Tracking = self.env["mail.tracking.email"]
        self.assertTrue(Tracking.email_is_bounced("Bob <bob@example.com>"))
        self.assertFalse(Tracking.email_is_bounced("anna@example.com"))
        self.assertEqual(Tracking.email_score_from_email("stranger@example.com"), 50)

    def test_score_counts_each_mail_once_and_no_outage(self):
        message = self.post(self.anna)
        for error_type in ("mail_smtp", "smtp_login", "network", "invalid_address"):
            self.row(self.post(self.bob), self.bob).event_create(
                "error", {"error_type": error_type}
            )
        rows = self.rows(message)
        rows.event_create("hard_bounce", {"error_type": "user_unknown"})
        bounced = self.anna.email_score
        self.assertLess(bounced, 50)
        again = self.resend_later(message, "anna@example.com")
        with self.smtp():
            again.send()
        self.env.invalidate_all()
        self.assertEqual(self.anna.email_score, 50, "the new attempt is sent, and no more is known")
        self.rows(message)[-1].event_create("hard_bounce", {"error_type": "user_unknown"})
        self.env.invalidate_all()
        self.assertEqual(self.anna.email_score, bounced)
        self.assertEqual(self.rows(message).email_score(), bounced)
        self.assertEqual(self.bob.email_score, 50)
        self.row(self.post(self.bob), self.bob).event_create("error", {"error_type": "policy"})
        self.env.invalidate_all()
        self.assertLess(self.bob.email_score, 50)

    def test_the_same_note_within_a_minute_is_one(self):
        def notes():
            return self.anna.message_ids.filtered(lambda m: "was returned" in m.body)

        row = self.row(self.post(self.anna), self.anna)
        for expected, answer in ((1, "550 gone"), (1, "550 gone"), (2, "550  <b>never</b>\nheard")):
            self.anna.email_bounced = False
            row._partners_email_bounced_set(answer)
            self.assertEqual(len(notes()), expected)
        self.anna.email_bounced = False
        row._partners_email_bounced_set("550  <b>never</b>\nheard")
        self.assertEqual(len(notes()), 2)
        notes().date = fields.Datetime.now() - timedelta(minutes=2)
        self.anna.email_bounced = False
        row._partners_email_bounced_set("550 gone")
        self.assertEqual(len(notes()), 3)

    def test_count_is_of_the_contact_and_of_what_the_user_may_see(self):
        self.post(self.anna)
        self.assertEqual(self.anna.with_user(self.user_employee).tracking_emails_count, 1)
        self.assertEqual(self.anna.with_user(self.user_admin).tracking_emails_count, 1)

    def test_fields_cost_the_same_for_one_contact_and_for_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(80)]
        )
        self.env.flush_all()
        partners.mapped("tracking_emails_count")  # warm up
        for group in (partners[:1], partners):
            group.invalidate_recordset()
            group.mapped("email_normalized")
            with self.assertQueryCount(1):
                group.mapped("email_score")
                group.mapped("tracking_emails_count")
