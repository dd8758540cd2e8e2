from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .support.report_common import BOUNCES, ReportCommon

NOTICE = """\
From: {sender}
To: {to}
Subject: {subject}
Message-ID: <{id}@mx.example.net>
In-Reply-To: {reference}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{text}
"""


@tagged("post_install", "-at_install")
class TestReportsUnrecognized(ReportCommon):
    """What reaches a bounce address and is not understood is kept, and decides nothing."""

    def come_back(self, **values):
        values = {
            "sender": "it@example.com",
            "to": BOUNCES,
            "subject": "About your mail",
            "id": "unclear.1",
            "reference": "",
            "text": "Kind regards from the robot.",
            **values,
        }
        self.deliver(NOTICE.format(**values))

    def unrecognized(self, row):
        return row.tracking_event_ids.filtered(lambda e: e.event_type == "unrecognized")

    def test_it_is_kept_with_its_text_and_decides_nothing(self):
        row = self.post(self.bob).mail_tracking_ids
        self.come_back(reference=row.mail_message_id.message_id)
        event = self.unrecognized(row)
        self.assertIn("About your mail", event.error_details)
        self.assertIn("Kind regards from the robot.", event.error_details)
        self.assertTrue(event.is_unproven)
        self.assertEqual(row.state, "sent")
        self.assertFalse(row.mail_message_id.mail_tracking_needs_action)
        self.assertEqual((self.bob.message_bounce, self.bob.email_bounced), (0, False))
        details = row.mail_message_id.with_user(self.user_employee).get_tracking_details(row.id)
        titles = [entry["title"] for entry in details["events"]]
        self.assertIn("A reply to the bounce address was not recognized", titles)

    def test_the_bounce_address_of_a_mail_is_a_key(self):
        row = self.post(self.bob).mail_tracking_ids
        local, _at, domain = BOUNCES.partition("@")
        self.come_back(to=f"{local}+{row.token}@{domain}")
        event = self.unrecognized(row)
        self.assertTrue(event)
        self.assertFalse(event.is_unproven)
        self.assertEqual(row.state, "sent")

    def test_it_is_kept_once_and_bounded(self):
        row = self.post(self.bob).mail_tracking_ids
        reference = row.mail_message_id.message_id
        for _turn in range(2):
            self.come_back(reference=reference, text="x" * 100_000)
        self.assertEqual(len(self.unrecognized(row)), 1)
        self.assertLessEqual(len(self.unrecognized(row).error_details), 4_000)
        for number in range(30):
            self.come_back(reference=reference, id=f"flood.{number}")
        self.assertLessEqual(len(self.unrecognized(row)), 20)

    def test_what_refers_to_nothing_of_ours_is_left_to_core(self):
        before = self.env["mail.tracking.event"].search_count([])
        self.come_back(reference="<stranger@example.net>")
        self.assertEqual(self.env["mail.tracking.event"].search_count([]), before)

    def test_what_is_understood_is_no_riddle(self):
        row = self.post(self.bob).mail_tracking_ids
        self.come_back(
            reference=row.mail_message_id.message_id,
            sender="Mail Delivery System <mailer-daemon@mx.example.net>",
            subject="Undeliverable",
            text="<bob@example.com>: 552 5.2.2 mailbox full",
        )
        self.assertFalse(self.unrecognized(row))
        self.assertEqual(row.state, "soft-bounced")

    def test_an_answer_in_the_chatter_stays_one(self):
        message = self.post(self.bob)
        self.come_back(
            reference=message.message_id,
            to="catchall.test@test.mycompany.com",
            sender="bob@example.com",
        )
        self.assertFalse(self.unrecognized(message.mail_tracking_ids))
        self.assertIn("Kind regards", self.record.message_ids[:1].body)

    def test_the_set_up_page_counts_them_and_leads_there(self):
        Setup = self.env["mail.tracking.setup"].with_user(self.env.ref("base.user_admin"))
        row = self.post(self.bob).mail_tracking_ids
        for number in range(3):
            self.come_back(reference=row.mail_message_id.message_id, id=f"unclear.{number}")
        result = next(
            found
            for found in Setup.run_check("bounces")
            if found["title"] == "Unrecognized replies"
        )
        self.assertIn("3", result["sentence"])
        action = self.env.ref(result["action"])
        events = self.env[action.res_model].search(safe_eval(action.domain))
        self.assertEqual(events.mapped("tracking_email_id"), row)
        self.assertEqual(len(events), 3)
