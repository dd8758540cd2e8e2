"""What addons that build on the other addon of this name call, and expect."""

from email.message import EmailMessage

from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.report_common import UNKNOWN, ReportCommon

APPLY = "odoo.addons.mail_tracking.models.state.mail_tracking_event"


@tagged("post_install", "-at_install")
class TestCompat(ReportCommon):
    # ------------------------------------------------------------
    # EVENTS
    # ------------------------------------------------------------

    def test_an_event_that_nobody_knows_is_a_line_in_the_log(self):
        row = self.row(self.post(self.anna), self.anna)
        for word in ("queued", "data", "", None, 5, "open\nFAKE", "_get_process"):
            with self.subTest(word), self.assertLogs(APPLY, "WARNING") as logs:
                events = row.event_create(word, {"timestamp": 1})
                self.assertEqual(events, self.env["mail.tracking.event"])
                self.assertEqual(len(logs.output), 1)
                self.assertIn(repr(word), logs.output[0])
        with self.assertLogs(APPLY, "WARNING") as logs:
            row.event_create("x" * 100_000, {})
        self.assertLess(len(logs.output[0]), 300)
        self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))

    def test_events_beside_one_that_nobody_knows_count(self):
        rows = self.rows(self.post(self.anna | self.bob))
        anna, bob = rows
        with self.assertLogs(APPLY, "WARNING") as logs:
            events = rows._log_events(
                [
                    (anna, "queued", {}),
                    (anna, "delivered", {"event_key": "compat:1"}),
                    (bob, "queued", {}),
                    (bob, "open", {"event_key": "compat:2"}),
                ]
            )
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(events.mapped("event_type"), ["delivered", "open"])
        self.assertEqual(rows.mapped("state"), ["delivered", "opened"])

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def test_a_message_takes_the_addresses_of_a_received_mail(self):
        to, cc = "Bob <bob@example.com>", "x@example.com, y@example.com"
        post = self.record.with_user(self.user_employee).message_post
        create = self.env["mail.message"].create
        notify = self.record.message_notify
        for name, message in {
            "post": post(body="Hello", email_to=to, email_cc=cc),
            "core's words": post(body="Hello", incoming_email_to=to, incoming_email_cc=cc),
            "notify": notify(body="Hello", partner_ids=self.bob.ids, email_to=to, email_cc=cc),
            "create": create({"body": "Hello", "email_to": to, "email_cc": cc}),
        }.items():
            with self.subTest(name):
                message.invalidate_recordset()
                self.assertEqual((message.email_to, message.email_cc), (to, cc))
                self.assertEqual(message.incoming_email_to, to)
                self.assertEqual(message.incoming_email_cc, cc)
        message.email_cc = False
        self.assertFalse(message.incoming_email_cc)
        message = post(body="Hello")
        self.assertFalse(message.email_to or message.email_cc)

    def test_who_had_the_mail_already_is_not_notified_by_it(self):
        """As with core's own words for them."""
        self.record.message_subscribe((self.bob | self.carl).ids)
        with self.smtp():
            message = self.record.message_post(
                body="Hello",
                subtype_xmlid="mail.mt_comment",
                message_type="email",
                email_from="x@example.com",
                author_id=False,
                email_to="bob@example.com",
            )
        self.assertEqual(message.notified_partner_ids & (self.bob | self.carl), self.carl)

    def test_the_values_of_a_received_mail_hold_its_addresses(self):
        seen = []

        def message_update(thread, msg_dict, update_vals=None):
            seen.append((msg_dict.get("email_to"), msg_dict.get("email_cc")))
            return True

        self.patch(type(self.record), "message_update", message_update)
        parent = self.post(self.bob)
        self.deliver(
            "From: bob@example.com\nTo: catchall.test@test.mycompany.com, Anna <anna@example.com>\n"
            "Cc: Carl <carl@example.com>\nSubject: Re\nMessage-ID: <re@example.com>\n"
            f"In-Reply-To: {parent.message_id}\n\nYes.\n"
        )
        [(to, cc)] = seen
        self.assertIn("anna@example.com", to)
        self.assertIn("catchall.test@test.mycompany.com", to)
        self.assertIn("carl@example.com", cc)
        message = self.env["mail.message"].search([("message_id", "=", "<re@example.com>")])
        self.assertEqual(message.email_to, '"Anna" <anna@example.com>', "without our aliases")
        self.assertEqual(message.email_cc, '"Carl" <carl@example.com>')

    # ------------------------------------------------------------
    # BOUNCES
    # ------------------------------------------------------------

    def bounce(self, message, email_message=False, **values):
        """What another addon calls that has recognised a bounce by itself."""
        self.env["mail.thread"]._routing_handle_bounce(
            email_message,
            {
                "bounced_email": "bob@example.com",
                "bounced_partner": self.bob,
                "bounced_msg_ids": [message.message_id],
                "bounced_message": message,
                "body": f"<p>{UNKNOWN}</p>",
                "email_from": "postmaster@example.com",
                "to": "bounce.test@test.mycompany.com",
                "message_id": "<bounce@example.com>",
                **values,
            },
        )
        self.env.invalidate_all()

    def test_a_bounce_that_another_addon_found_is_an_event(self):
        for name, values in {
            "all": {},
            "no mail": {"email_message": None},
            "an empty mail": {"email_message": EmailMessage()},
            "no numbers": {"bounced_msg_ids": False},
            "no message": {"bounced_message": self.env["mail.message"]},
            "no contact": {"bounced_partner": self.env["res.partner"]},
            "no address": {"bounced_email": False},
            "a name": {"bounced_email": "Bob <Bob@example.com>"},
        }.items():
            with self.subTest(name):
                message = self.post(self.anna | self.bob)
                row = self.row(message, self.bob)
                self.bounce(message, **values)
                self.assertEqual(self.events(row), ["sent", "soft_bounce"])
                self.assertEqual((row.state, row.error_type), ("soft-bounced", "user_unknown"))
                self.assertTrue(row.is_unproven)
                self.assertFalse(self.bob.email_bounced, "it carries no key")
                self.assertTrue(message.mail_tracking_needs_action)
                self.assertEqual(self.notification(message, self.bob).notification_status, "bounce")
                self.assertEqual(self.row(message, self.anna).state, "sent")

    def test_a_bounce_with_a_key_marks_the_address(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        for _i in range(2):
            self.bounce(message, to=f"bounce.test+{row.token}@test.mycompany.com")
        self.assertEqual((row.state, self.events(row)), ("bounced", ["sent", "hard_bounce"]))
        self.assertTrue(self.bob.email_bounced)

    def test_what_is_known_of_a_mail_beats_a_bounce(self):
        message = self.post(self.bob)
        row = self.row(message, self.bob)
        row.event_create("open", {"open_kind": "person"})
        self.bounce(message)
        self.assertEqual(row.state, "opened")
        self.assertEqual(self.notification(message, self.bob).notification_status, "sent")

    def test_a_bounce_of_another_mail_changes_nothing(self):
        message = self.post(self.bob)
        self.rows(message).unlink()
        other = self.row(self.post(self.bob), self.bob)
        self.bounce(message)
        self.bounce(message, bounced_email="stranger@example.com", bounced_partner=self.bob[:0])
        self.assertEqual((other.state, self.events(other)), ("sent", ["sent"]))

    def test_a_report_is_logged_once(self):
        """Core is told of it in the same way as another addon would."""
        row = self.row(self.post(self.bob), self.bob)
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(self.events(row), ["sent", "hard_bounce"])
        self.assertEqual(self.bob.message_bounce, 1)

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_numbers_of_a_mail_belong_to_its_own_key(self):
        """A report with the key of another system is not about the mail of that number here."""
        for name in ("X-Odoo-MailTracking-ID", "X-Odoo-Tracking-ID"):
            with self.subTest(name):
                row = self.row(self.post(self.bob), self.bob)
                number = f"{name}: {row.id}\nX-Odoo-Database: {self.env.cr.dbname}"
                self.report(
                    ("bob@example.com", "failed", "5.1.1", UNKNOWN),
                    headers=f"X-Odoo-MailTracking-Token: {'0' * 32}\n{number}",
                )
                self.assertEqual((row.state, self.events(row)), ("sent", ["sent"]))
