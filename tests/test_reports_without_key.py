"""What carries no key may warn, and never settles."""

import importlib.util
import itertools
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .support.report_common import FULL, UNKNOWN, ReportCommon

HEAD = (
    "From: bob@example.com\nTo: bounce.test@test.mycompany.com\n"
    "Message-ID: <{name}@example.com>\nSubject: {name}\nMIME-Version: 1.0\n"
)
RECEIPT = HEAD + (
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="xx"\n\n'
    "--xx\nContent-Type: text/plain\n\nread\n\n"
    "--xx\nContent-Type: message/disposition-notification\n\n"
    "Final-Recipient: rfc822;bob@example.com\n"
    "Disposition: manual-action/MDN-sent-manually; displayed\n\n"
    "--xx\nContent-Type: text/rfc822-headers\n\n{headers}\n\n--xx--\n"
)
COMPLAINT = HEAD + (
    'Content-Type: multipart/report; report-type=feedback-report; boundary="xx"\n\n'
    "--xx\nContent-Type: text/plain\n\nabuse\n\n"
    "--xx\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\n"
    "Version: 1\nOriginal-Rcpt-To: <bob@example.com>\n\n"
    "--xx\nContent-Type: text/rfc822-headers\n\n{headers}\n\n--xx--\n"
)
#: what a report may say, with the type of event that it leads to
GOOD_NEWS = {"delivered": "delivered", "relayed": "relayed", "delayed": "deferral", "read": "open"}


class WithoutKeyCommon(ReportCommon):
    def tell(self, row, kind, headers):
        """Bob's server, or Bob, reports on a mail; ``headers`` are what came back of it."""
        type(self).number += 1
        name = f"told-{self.number}"
        text = {"read": RECEIPT, "complaint": COMPLAINT}.get(kind)
        if text:
            self.deliver(text.format(name=name, headers=headers))
            return
        status = {"failed": "5.2.2", "delayed": "4.4.1"}.get(kind, "2.0.0")
        self.report(("bob@example.com", kind, status, "the answer"), headers=headers, name=name)

    def by_message_id(self, row):
        return f"Message-ID: {row.message_id}"

    def last(self, row):
        return row.tracking_event_ids.sorted("id")[-1]

    def line(self, row):
        [line] = row.mail_message_id.tracking_status()
        return line

    def failed_row(self, kind):
        """A mail to Bob whose failure is proven."""
        if kind == "error":
            self.handler.refuse_rcpt["bob@example.com"] = UNKNOWN
        row = self.row(self.post(self.bob), self.bob)
        self.handler.refuse_rcpt.clear()
        if kind in ("bounced", "soft-bounced"):
            said = ("5.1.1", UNKNOWN) if kind == "bounced" else ("5.2.2", FULL)
            self.report(("bob@example.com", "failed", *said), headers=self.by_token(row))
        elif kind == "rejected":
            row.event_create("reject", {"error_type": "policy"})
        elif kind == "spam":
            self.tell(row, "complaint", self.by_token(row))
        self.assertEqual((row.state, row.is_unproven, row.needs_action), (kind, False, True))
        return row


@tagged("post_install", "-at_install")
class TestReportsWithoutKey(WithoutKeyCommon):
    def test_good_news_settles_no_proven_failure(self):
        states = ("error", "rejected", "soft-bounced", "bounced", "spam")
        for state, kind in itertools.product(states, GOOD_NEWS):
            with self.subTest(state=state, told=kind):
                row = self.failed_row(state)
                before = self.notification(row.mail_message_id, self.bob)
                before = (before.notification_status, before.failure_type)
                self.bob.email_bounced = True
                self.tell(row, kind, self.by_message_id(row))
                event = self.last(row)
                self.assertEqual((event.event_type, event.is_unproven), (GOOD_NEWS[kind], True))
                self.assertIn("unverified", event._get_detail())
                self.assertEqual((row.state, row.needs_action, row.open_count), (state, True, 0))
                self.assertTrue(row.mail_message_id.mail_tracking_needs_action)
                self.assertTrue(self.bob.email_bounced, "the mark stays")
                notification = self.notification(row.mail_message_id, self.bob)
                after = (notification.notification_status, notification.failure_type)
                self.assertEqual(after, before)

    def test_with_the_key_good_news_settles_and_takes_the_mark_away(self):
        for kind, state in (("delivered", "delivered"), ("read", "opened")):
            with self.subTest(kind):
                row = self.failed_row("soft-bounced")
                self.bob.email_bounced = True
                self.tell(row, kind, self.by_token(row))
                self.assertEqual((row.state, row.needs_action), (state, False))
                self.assertFalse(self.bob.email_bounced)
                self.assertFalse(self.last(row).is_unproven)

    def test_good_news_is_shown_as_what_it_is(self):
        for kind, state in (("delivered", "delivered"), ("read", "opened")):
            with self.subTest(kind):
                self.bob.email_bounced = True
                row = self.row(self.post(self.bob), self.bob)
                self.tell(row, kind, self.by_message_id(row))
                self.assertEqual((row.state, row.is_unproven), (state, True))
                self.assertEqual(self.line(row)["status"], state)
                self.assertIn("unverified", self.line(row)["evidence"])
                details = row.with_user(self.user_employee).sudo()._get_details()
                self.assertIn("unverified", details["events"][-1]["detail"])
                self.assertTrue(self.bob.email_bounced, "the mark stays")
                self.tell(row, kind, self.by_token(row))
                self.assertEqual((row.state, row.is_unproven), (state, False))
                self.assertNotIn("unverified", self.line(row)["evidence"])
                self.assertFalse(self.bob.email_bounced, "now it is proven")
                self.tell(row, kind, self.by_message_id(row))
                self.assertFalse(row.is_unproven, "proven it stays")

    def test_a_complaint_changes_no_state(self):
        for state in ("sent", "delivered", "opened", "bounced"):
            with self.subTest(state):
                if state == "bounced":
                    row = self.failed_row(state)
                else:
                    row = self.row(self.post(self.bob), self.bob)
                    if state != "sent":
                        kind = "read" if state == "opened" else state
                        self.tell(row, kind, self.by_token(row))
                needs_action = row.needs_action
                self.tell(row, "complaint", self.by_message_id(row))
                self.assertEqual((row.state, row.needs_action), (state, needs_action))
                self.assertEqual(self.last(row).event_type, "spam")
                self.assertIn("changes nothing", self.last(row)._get_detail())
                self.tell(row, "complaint", self.by_token(row))
                self.assertEqual((row.state, row.needs_action), ("spam", True))

    def test_an_unsubscription_that_an_addon_calls_unproven_changes_no_state(self):
        row = self.row(self.post(self.bob), self.bob)
        row.event_create("unsub", {"is_unproven": True})
        self.assertEqual((row.state, self.events(row)[-1]), ("sent", "unsub"))
        row.event_create("unsub", {})
        self.assertEqual(row.state, "unsub", "code in the database is trusted")

    def test_a_failure_warns_and_proof_settles_it(self):
        row = self.row(self.post(self.bob), self.bob)
        self.tell(row, "failed", self.by_message_id(row))
        self.assertEqual((row.state, row.needs_action), ("soft-bounced", True))
        self.assertIn("unverified", self.line(row)["error_description"])
        self.tell(row, "delivered", self.by_token(row))
        self.assertEqual((row.state, row.needs_action), ("delivered", False))
        self.tell(row, "failed", self.by_message_id(row))
        self.assertEqual(row.state, "delivered")
        self.assertEqual(self.events(row), ["sent", "soft_bounce", "delivered", "soft_bounce"])

    def test_a_newer_mail_said_to_have_arrived_does_not_bring_an_address_to_life(self):
        row = self.failed_row("bounced")
        self.assertTrue(row.email_is_bounced("bob@example.com"))
        newer = self.row(self.post(self.bob), self.bob)
        self.tell(newer, "delivered", self.by_message_id(newer))
        self.assertTrue(row.email_is_bounced("bob@example.com"))
        self.tell(newer, "delivered", self.by_token(newer))
        self.assertFalse(row.email_is_bounced("bob@example.com"))

    def test_an_update_derives_the_states_of_earlier_versions_anew(self):
        row = self.row(self.post(self.bob), self.bob)
        self.tell(row, "complaint", self.by_message_id(row))
        failed = self.failed_row("soft-bounced")
        self.tell(failed, "read", self.by_message_id(failed))
        failed.write({"state": "opened", "is_unproven": True, "needs_action": False})
        dead = self.failed_row("bounced")
        self.tell(dead, "delivered", self.by_message_id(dead))
        dead.write({"state": "opened", "is_unproven": True, "needs_action": False})
        self.bob.email_bounced = False
        row.write({"state": "spam", "is_unproven": True, "needs_action": True})
        self.env.flush_all()
        path = Path(__file__).parents[1] / "migrations/19.0.2.1.0/post-20-without-key.py"
        spec = importlib.util.spec_from_file_location("without_key", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()
        self.process_pending()
        self.assertEqual((row.state, row.needs_action), ("sent", False))
        self.assertEqual((failed.state, failed.needs_action), ("soft-bounced", True))
        self.assertEqual((dead.state, dead.needs_action), ("bounced", True))
        self.assertTrue(self.bob.email_bounced, "what hid the proof does not any more")

    # ------------------------------------------------------------
    # THE RUNNING NUMBER
    # ------------------------------------------------------------

    def by_number(self, row, name="X-Odoo-MailTracking-ID"):
        return f"{name}: {row.id}\nX-Odoo-Database: {self.env.cr.dbname}"

    def test_the_running_number_says_nothing_of_our_own_mails(self):
        refused = self.failed_row("error")
        row = self.row(self.post(self.bob), self.bob)
        waiting = row.create({"recipient": "bob@example.com"})
        for tracking, name in itertools.product(
            (row, refused, waiting), ("X-Odoo-MailTracking-ID", "X-Odoo-Tracking-ID")
        ):
            count = len(tracking.tracking_event_ids)
            for kind in (*GOOD_NEWS, "failed", "complaint"):
                self.tell(tracking, kind, self.by_number(tracking, name))
            self.assertEqual(len(tracking.tracking_event_ids), count)

    def test_the_running_number_finds_mails_of_the_other_addon(self):
        """They have a secret of their own, or none; nothing in their headers but the number."""
        for values in ({"token": False}, {"queue_id": False, "delivery_report": False}):
            row = self.row(self.post(self.bob), self.bob)
            row.tracking_event_ids.write({"queue_id": False, "delivery_report": False})
            row.write(values)
            self.tell(row, "failed", self.by_number(row))
            self.assertEqual((row.state, row.is_unproven), ("soft-bounced", True))

    # ------------------------------------------------------------
    # CORE'S COUNTER
    # ------------------------------------------------------------

    def test_one_mail_moves_the_counter_of_core_once(self):
        """Anybody who has the mail can write as many reports of it as they like."""
        row = self.row(self.post(self.bob), self.bob)
        variants = (
            {"name": "one"},
            {"name": "one"},
            {"name": "another"},
            {"name": ""},
            {"name": "more", "envid": row.token},
        )
        for variant in variants:
            self.report(
                ("bob@example.com", "failed", "5.1.1", UNKNOWN),
                headers=self.by_token(row),
                **variant,
            )
        self.assertEqual(self.bob.message_bounce, 1)
        self.report(("bob@example.com", "failed", "5.1.2", UNKNOWN), headers=self.by_token(row))
        self.assertEqual(self.bob.message_bounce, 1)
        other = self.row(self.post(self.bob), self.bob)
        self.report(("bob@example.com", "failed", "5.1.1", UNKNOWN), headers=self.by_token(other))
        self.assertEqual(self.bob.message_bounce, 2, "each mail once")

    def test_a_report_without_key_takes_no_place_in_the_counter(self):
        row = self.row(self.post(self.bob), self.bob)
        failed = ("bob@example.com", "failed", "5.1.1", UNKNOWN)
        self.report(failed, headers=self.by_message_id(row))
        self.assertEqual(self.bob.message_bounce, 0)
        self.report(failed, headers=self.by_token(row))
        self.assertEqual(self.bob.message_bounce, 1)


@tagged("post_install", "-at_install")
class TestImagesWithoutKey(WithoutKeyCommon, HttpCase):
    def test_the_image_of_an_old_mail_settles_no_proven_failure(self):
        """Its address holds a running number and nothing else: anybody can guess it."""
        for state in ("soft-bounced", "sent"):
            with self.subTest(state):
                row = self.row(self.post(self.bob), self.bob)
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE mail_tracking_email SET token = NULL WHERE id = %s", [row.id]
                )
                row.invalidate_recordset()
                if state == "soft-bounced":
                    row.event_create("soft_bounce", {"error_type": "mailbox_full"})
                self.bob.email_bounced = True
                self.env.flush_all()
                path = f"/mail/tracking/open/{self.env.cr.dbname}/{row.id}/blank.gif"
                self.url_open(path, headers={"User-Agent": "Thunderbird/128.0"})
                self.env.invalidate_all()
                event = self.last(row)
                self.assertEqual((event.event_type, event.is_unproven), ("open", True))
                expected = "opened" if state == "sent" else state
                self.assertEqual(row.state, expected)
                self.assertTrue(self.bob.email_bounced)
