"""Emails that leave through accounts of users: what is known of them, and when they leave."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import format_datetime, mute_logger

from .support.common import free_port
from .support.personal_common import PersonalCommon
from .support.report_common import UNKNOWN, ReportCommon
from .support.setup_common import SetupCommon

ACCEPTED = (
    "The sender's own mail account accepted the email. If it comes back, the report goes to the "
    "sender's mailbox, and Odoo does not see it."
)
NOT_TAKEN = "the sender's own mail account did not accept it"


@tagged("post_install", "-at_install")
class TestPersonalServers(PersonalCommon, ReportCommon):
    def evidence(self, row):
        return row.mail_message_id.get_tracking_details(row.id)["evidence"]

    # ------------------------------------------------------------
    # WHAT IS KNOWN
    # ------------------------------------------------------------

    def test_each_leaves_through_the_account_of_its_sender(self):
        for user, handler in (
            (self.user_employee, self.own_handler),
            (self.user_other, self.other_handler),
            (self.user_admin, self.handler),
        ):
            row = self.row(self.post_as(user, self.anna), self.anna)
            [(envelope_sender, mail)] = [
                (sender, mail) for sender, to, mail in handler.envelopes if self.anna.email in to
            ]
            self.assertEqual(mail["X-Odoo-MailTracking-Token"], row.token)
            is_own = handler is not self.handler
            self.assertEqual(envelope_sender == user.email_normalized, is_own)
            report = "personal" if is_own else "none"
            self.assertEqual((row.state, row.delivery_report), ("sent", report))

    def test_it_stays_sent_and_nobody_waits_for_a_bounce(self):
        message = self.post_as(self.user_employee, self.anna | self.bob)
        row = self.row(message, self.anna)
        self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})
        self.assertEqual(self.evidence(row), ACCEPTED)
        self.assertEqual(row.explanation, ACCEPTED)
        [event] = message.get_tracking_details(row.id)["events"]
        self.assertEqual(event["title"], "Accepted by the sender's own mail server")

    def test_opens_and_answers_are_known(self):
        row = self.row(self.post_as(self.user_employee, self.anna), self.anna)
        row.event_create("open", {"open_kind": "person"})
        self.assertEqual(row.state, "opened")
        reply = (
            f"From: anna@example.com\nTo: {self.own_handler.envelopes[0][2]['Reply-To']}\n"
            f"In-Reply-To: {row.mail_message_id.message_id}\nMessage-ID: <answer@example.com>\n"
            "Subject: Re: Offer\n\nYes"
        )
        self.env["mail.thread"].message_process(False, reply)
        self.assertTrue(row.first_reply)

    def test_nobody_is_sent_a_report_for_each_email_that_arrives(self):
        for server, setting, asked in (
            (self.own_server, "all", "failures"),
            (self.own_server, "none", "none"),
            (self.mail_server, "all", "all"),
        ):
            server.mail_tracking_dsn = setting
            self.assertEqual(server._tracking_dsn_setting(), asked)

    def test_a_report_that_the_mailbox_redirects_is_believed(self):
        row = self.row(self.post_as(self.user_employee, self.anna), self.anna)
        self.report(
            (self.anna.email, "failed", "5.1.1", UNKNOWN),
            headers=self.by_token(row),
            to=self.user_employee.email,
        )
        self.assertEqual((row.state, row.is_unproven), ("bounced", False))

    # ------------------------------------------------------------
    # FAILURES
    # ------------------------------------------------------------

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_an_account_that_refuses_the_login_tells_its_owner_what_to_do(self):
        self.own_server.smtp_pass = "expired"
        message = self.post_as(self.user_employee, self.anna | self.bob)
        for row in self.rows(message):
            self.assertEqual((row.state, row.error_type), ("error", "smtp_login"))
            self.assertEqual(row.delivery_report, "personal")
            self.assertIn(NOT_TAKEN, self.evidence(row))
        failed = self.env["mail.message"].with_user(self.user_employee)
        self.assertIn(message, failed.search([("is_failed_message", "=", True)]))
        self.assertEqual(set(message.notification_ids.mapped("notification_status")), {"exception"})
        self.own_server.smtp_pass = "secret"
        own = message.with_user(self.user_employee)
        lines = own.get_resend_details()["recipients"]
        choices = [{"key": line["key"], "email": line["email"], "save": False} for line in lines]
        with self.smtp():
            self.assertEqual(own.resend_to(choices)["errors"], [])
        self.assertEqual(self.status(message), {"Anna": "sent", "Bob": "sent"})

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_refused_address_is_no_failure_of_the_account(self):
        self.own_handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 User unknown"
        message = self.post_as(self.user_employee, self.anna | self.bob)
        row = self.row(message, self.anna)
        self.assertEqual((row.error_type, row.delivery_report), ("user_unknown", "personal"))
        self.assertNotIn(NOT_TAKEN, self.evidence(row))
        self.assertEqual(self.row(message, self.bob).state, "sent")
        self.assertFalse(self.env["mail.tracking.setup"]._get_account_failures())

    # ------------------------------------------------------------
    # THE LIMIT BY THE MINUTE
    # ------------------------------------------------------------

    def people(self, number):
        """So many people, more than may be written to in a minute."""
        self.env["ir.config_parameter"].set_param("mail.server.personal.limit.minutes", "2")
        return self.env["res.partner"].create(
            [{"name": f"Person {i:02}", "email": f"person.{i}@example.com"} for i in range(number)]
        )

    def test_one_mail_says_for_each_recipient_when_it_leaves(self):
        message = self.post_as(self.user_employee, self.people(5))
        rows = self.rows(message)
        waiting = rows.filtered(lambda row: not row.state)
        self.assertEqual(len(waiting), 3)
        self.assertEqual(waiting.mail_id.scheduled_date, self.next_minute)
        waiting.mail_id.scheduled_date = leaves = self.next_minute + timedelta(days=1)
        self.assertEqual(set(self.status(message).values()), {"sent", "waiting"})
        for row, minutes in zip(waiting, (0, 0, 1), strict=True):
            time = format_datetime(self.env, leaves + timedelta(minutes=minutes), dt_format="short")
            self.assertEqual(
                self.evidence(row),
                f"The email is waiting to be sent. It leaves around {time}: the sender's own mail "
                "account sends 2 emails a minute.",
            )
            self.assertEqual(row.explanation, self.evidence(row))
        waiting.mail_id.scheduled_date = self.next_minute - timedelta(days=1)  # the queue is late
        self.assertIn("It leaves soon: the sender's", self.evidence(waiting[0]))

    @property
    def next_minute(self):
        return self.own_server.owner_limit_time + timedelta(minutes=1)

    def test_the_queue_wakes_whenever_some_are_due(self):
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        before = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        mails = self.env["mail.mail"]
        for partner in self.people(7):
            message = self.env["mail.message"].with_user(self.user_employee).sudo()
            message = message.create({"email_from": self.user_employee.email, "subject": "Mailing"})
            mails += self.prepare_mail(
                mail_message_id=message.id, recipient_ids=[(4, partner.id)], email_from=False
            )
        mails.email_from = self.user_employee.email_formatted
        with self.smtp():
            mails.send()
        due = {self.next_minute + timedelta(minutes=minutes) for minutes in range(3)}
        waiting = mails.filtered(lambda mail: mail.state == "outgoing")
        self.assertEqual((set(waiting.mapped("scheduled_date")), len(waiting)), (due, 5))
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - before
        self.assertLessEqual(due, set(triggers.mapped("call_at")))
        for sent in (2, 4, 6, 7):
            self.assertEqual(len(self.own_handler.envelopes), sent)
            self.turn_the_minute()
            self.send_queue()

    def test_a_mail_that_was_put_off_for_another_reason(self):
        later = fields.Datetime.now() + timedelta(days=1)
        mail = self.prepare_mail(recipient_ids=[(4, self.anna.id)], scheduled_date=later)
        row = self.env["mail.tracking.email"].search([("mail_id_int", "=", mail.id)])
        self.assertIn("It leaves around", row._get_waiting_words())
        self.assertNotIn("minute", row._get_waiting_words())
        mail.scheduled_date = False
        self.assertEqual(row._get_waiting_words(), "")
        mail.write({"scheduled_date": later, "state": "cancel"})
        self.assertEqual(row._get_waiting_words(), "")


@tagged("post_install", "-at_install")
class TestPersonalServersSetup(PersonalCommon, SetupCommon):
    def check(self):
        return {result["subject"]: result for result in self.run_check("personal_servers")}

    @property
    def own(self):
        return self.check()[f"{self.user_employee.name} ({self.user_employee.email_normalized})"]

    def test_accounts_whose_they_are_and_where_reports_go(self):
        own_mailbox, *accounts = self.run_check("personal_servers")
        self.assert_result(
            own_mailbox, "unknown", "of their own: 2. Bounces go to their own mailboxes"
        )
        self.assertEqual(own_mailbox["subject"], self.env.company.bounce_email)
        self.assertEqual(len(accounts), 2)
        self.assert_result(self.own, "ok", "up to 30 emails a minute")
        [company] = self.run_check("mail_servers")
        self.assertEqual(company["subject"], "Loopback")

    def test_nobody_has_one(self):
        (self.own_server | self.other_server).unlink()
        [result] = self.run_check("personal_servers")
        self.assert_result(result, "info", "Nobody sends")

    def test_they_are_switched_off(self):
        self.params.set_param("mail.disable_personal_mail_servers", "1")
        [result] = self.run_check("personal_servers")
        self.assert_result(result, "info", "switched off")

    def test_accounts_that_are_not_used(self):
        self.own_server.active = False
        self.assert_result(self.own, "warning", "not connected")
        self.own_server.active = True
        self.user_employee.email = "moved@example.com"
        [own] = [r for subject, r in self.check().items() if self.user_employee.name in subject]
        self.assert_result(own, "warning", "different address")
        self.assertTrue(own["hint"])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_an_account_that_fails_until_it_works_again(self):
        self.post_as(self.user_employee, self.anna)
        self.own_server.smtp_pass = "expired"
        self.post_as(self.user_employee, self.anna)
        self.assert_result(self.own, "problem", "did not accept the last email")
        self.assertIn("Authentication", self.own["detail"])
        other = self.check()[f"{self.user_other.name} ({self.user_other.email_normalized})"]
        self.assertEqual(other["verdict"], "ok")
        self.own_server.smtp_pass = "secret"
        self.post_as(self.user_employee, self.anna)
        self.assertEqual(self.own["verdict"], "ok")

    def test_recent_emails_are_not_counted_by_person(self):
        self.env["mail.tracking.email"].search([]).unlink()
        self.post_as(self.user_employee, self.anna)
        self.post_as(self.user_other, self.anna | self.bob)
        self.post_as(self.user_admin, self.anna)
        personal, company = self.run_check("delivery_coverage")
        self.assertEqual(
            (personal["title"], personal["subject"]), ("Emails through personal mail servers", "")
        )
        self.assert_result(personal, "unknown", "Of 3 recent emails")
        self.assertIn("mailboxes of their senders", personal["hint"])
        self.assertEqual(company["subject"], "127.0.0.1")

    def test_the_form_of_a_server_says_where_reports_go(self):
        self.assertIn("owner's own mailbox", self.own_server.mail_tracking_dsn_info)
        self.assertNotIn("owner's own mailbox", self.mail_server.mail_tracking_dsn_info)


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestPersonalServersBrowser(PersonalCommon, SetupCommon):
    browser_size = "1440x900"

    def test_popover(self):
        self.env["ir.config_parameter"].set_param("mail.server.personal.limit.minutes", "2")
        self.post_as(self.user_employee, self.anna | self.bob | self.carl)
        url = f"/odoo/res.partner/{self.record.id}"
        self.start_tour(url, "mail_tracking_personal", login="employee")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_setup_page(self):
        self.own_server.smtp_pass = "expired"
        self.post_as(self.user_employee, self.anna)
        # the request of the page holds this test's only cursor: nobody could answer in between
        self.params.set_param("mail_tracking.base.url", f"http://127.0.0.1:{free_port()}")
        self.start_tour("/odoo/tracking-setup", "mail_tracking_personal_setup", login="admin")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestPersonalServersPhone(TestPersonalServersBrowser):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True
