"""From Odoo through a real Postfix to a mailbox, and back through the mail gateway."""

from odoo.tests import tagged

from .support.common import TOKEN_HEADER, MailTrackingCommon
from .support.postfix import Postfix, parsed

BOUNCES = "bounce.test@test.mycompany.com"


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestPostfix(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.postfix = Postfix(
            {"anna@example.com": "anna", "carl@example.com": "carl", BOUNCES: "bounces"},
            remote=["closed@example.com", "slow@example.com"],
            plain=["plain@example.com"],
        )
        cls.addClassCleanup(cls.postfix.stop)
        cls.postfix.start()
        cls.mail_server.write({"smtp_port": cls.postfix.port, "mail_tracking_dsn": "all"})

    def setUp(self):
        super().setUp()
        self.postfix.handler.__init__()
        for name in ("anna", "carl", "bounces"):
            self.postfix.take(name)

    def contact(self, address):
        return self.env["res.partner"].create({"name": address, "email": address})

    def bring_report(self, word):
        """Wait for a report at the bounce address, and hand it to the gateway as it is."""
        reports = self.postfix.wait(lambda: self.postfix.take("bounces"), f"a report: {word}")
        for report in reports:
            self.env["mail.thread"].message_process("res.partner", report)
        self.env.invalidate_all()
        return [parsed(report) for report in reports]

    def bring_until(self, row, state):
        """Hand reports to the gateway until a mail has a state."""
        reports = []
        while row.state != state:
            reports += self.bring_report(state)
        return reports

    def titles(self, row):
        return [event["title"] for event in row._get_details()["events"]]

    def test_delivered_to_a_mailbox(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        self.assertEqual((row.state, row.delivery_report), ("sent", "success"))
        self.assertIn(row.queue_id, self.postfix.log())
        self.assertEqual(row.tracking_event_ids.queue_id, row.queue_id)
        partners = self.env["res.partner"].search_count([])
        self.bring_until(row, "delivered")
        [mail] = self.postfix.take("anna")
        self.assertEqual(parsed(mail)[TOKEN_HEADER], row.token)
        self.assertEqual(self.status(message), {"Anna": "delivered"})
        self.assertEqual(row.reporting_server, "mail.test.example")
        self.assertEqual(self.titles(row)[-1], "Delivered to the recipient's mail server")
        self.assertFalse(row.is_unproven)
        self.assertEqual(self.anna.message_bounce, 0)
        self.assertEqual(self.notification(message, self.anna).notification_status, "sent")
        self.assertEqual(self.env["res.partner"].search_count([]), partners, "no document")
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "yes")

    def test_unknown_user_fails_while_the_others_arrive(self):
        unknown = self.contact("nobody@example.com")
        message = self.post(unknown | self.anna | self.carl)
        row = self.row(message, unknown)
        self.assertEqual((row.state, row.error_status, row.error_code), ("error", "5.1.1", "550"))
        self.assertEqual(row.error_type, "user_unknown")
        self.assertIn("Not sent: Address does not exist (550 5.1.1)", self.titles(row))
        rows = self.row(message, self.anna) | self.row(message, self.carl)
        while set(rows.mapped("state")) != {"delivered"}:
            self.bring_report("two deliveries")
        for name in ("anna", "carl"):
            self.assertEqual(len(self.postfix.take(name)), 1)

    def test_several_recipients_of_one_mail_are_told_apart(self):
        self.postfix.handler.refuse_rcpt["closed@example.com"] = "550 5.1.1 No such user"
        mail = self.send_mail(email_to="anna@example.com, closed@example.com, carl@example.com")
        rows = self.rows(mail.mail_message_id)
        self.assertEqual(len(set(rows.mapped("queue_id"))), 1, "one transaction")
        while "sent" in rows.mapped("state"):
            self.bring_report("three reports")
        self.assertEqual(rows.mapped("state"), ["delivered", "bounced", "delivered"])

    def test_a_mailbox_that_fails_later(self):
        self.postfix.handler.refuse_rcpt["closed@example.com"] = "550 5.1.1 No such user here"
        closed = self.contact("closed@example.com")
        message = self.post(closed)
        row = self.row(message, closed)
        self.assertEqual(row.state, "sent")
        self.bring_until(row, "bounced")
        self.assertEqual((row.error_type, row.error_status), ("user_unknown", "5.1.1"))
        self.assertIn("No such user here", row.error_description)
        self.assertIn("Bounced: Address does not exist (550 5.1.1)", self.titles(row))
        self.assertTrue(closed.email_bounced)
        self.assertIn("No such user here", closed.email_bounced_reason)
        self.assertEqual(closed.email_bounced_source, "mail.test.example")
        self.assertTrue(closed.email_bounced_date)
        self.assertEqual(closed.message_bounce, 1)
        self.assertEqual(self.notification(message, closed).notification_status, "bounce")

    def test_a_delayed_mail_that_arrives_later(self):
        answers = self.postfix.handler.refuse_rcpt
        answers["slow@example.com"] = "450 4.7.1 Greylisted, please try again later"
        slow = self.contact("slow@example.com")
        message = self.post(slow)
        row = self.row(message, slow)
        self.bring_until(row, "deferred")
        self.assertEqual(row.error_type, "greylisted")
        self.assertIn("Greylisted", row.error_description)
        self.assertTrue(row.retry_until)
        self.assertIn("retried until", self.titles(row)[-1])
        self.assertFalse(row.needs_action)
        self.assertEqual(slow.message_bounce, 0)
        answers.clear()
        self.bring_until(row, "delivered")
        self.assertFalse(row.error_description)
        self.assertIn("as mail.test.example reports", row._get_evidence_words())
        self.assertEqual(self.events(row), ["sent", "deferral", "delivered"])

    def test_the_trail_ends_at_a_server_without_reports(self):
        plain = self.contact("plain@example.com")
        message = self.post(plain)
        row = self.row(message, plain)
        self.postfix.wait(lambda: self.postfix.handler.envelopes, "the mail was passed on")
        while "relayed" not in self.events(row):
            self.bring_report("relayed")
        self.assertEqual((row.state, row.delivery_report), ("sent", "none"))
        self.assertIn("does not report delivery", row._get_evidence_words())
        self.assertEqual(self.status(message), {plain.name: "sent"})

    def test_failures_only_by_default(self):
        self.mail_server.mail_tracking_dsn = "failures"
        row = self.row(self.post(self.anna), self.anna)
        self.assertEqual(row.delivery_report, "failure")
        self.postfix.wait(lambda: self.postfix.take("anna"), "the mail has arrived")
        # the queue is left after everything was reported
        self.postfix.wait(lambda: f"{row.queue_id}: removed" in self.postfix.log(), "done")
        self.assertEqual(self.postfix.take("bounces"), [])
        self.assertEqual(row.state, "sent")

    def test_asking_costs_no_query(self):
        counts = {}
        for setting, number in (("all", 1), ("none", 1), ("none", 4), ("all", 1), ("all", 4)):
            self.mail_server.mail_tracking_dsn = setting
            vals = {"subject": "x", "body_html": "x", "email_to": "anna@example.com"}
            mails = self.env["mail.mail"].create([dict(vals) for _i in range(number)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.smtp():
                mails.send()
            self.env.flush_all()
            counts[setting, number] = self.env.cr.sql_log_count - before
        self.assertEqual(counts["all", 1], counts["none", 1])
        self.assertEqual(counts["all", 4], counts["none", 4])

    def test_a_bounce_address_for_each_mail(self):
        self.env.company.alias_domain_id.mail_tracking_verp = True
        message = self.post(self.anna | self.carl)
        for partner in self.anna | self.carl:
            row = self.row(message, partner)
            reports = self.bring_until(row, "delivered")
            [mail] = self.postfix.take(partner.name.lower())
            address = f"bounce.test+{row.token}@test.mycompany.com"
            self.assertEqual(parsed(mail)["Return-Path"], f"<{address}>")
            self.assertTrue(all("bounce.test+" in report["To"] for report in reports))
