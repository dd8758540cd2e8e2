import json
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.mail_tracking.tools import tokens

from .pure.webhook_samples import SERVICES
from .support.webhook_common import WebhookCommon, changed


@tagged("post_install", "-at_install")
class TestWebhookEvents(WebhookCommon):
    """Which mails events are about, and what becomes of those that cannot be applied."""

    # ------------------------------------------------------------
    # MATCHING
    # ------------------------------------------------------------

    def test_without_a_token_message_id_and_recipient_have_to_fit(self):
        row = self.sent_row()
        message_id = row.mail_message_id.message_id
        changes = {**self.first("sendgrid"), "smtp-id": message_id}
        for recipient, expected in (("eve@example.com", "sent"), ("Bob@Example.com", "delivered")):
            event = SERVICES["sendgrid"].event(
                changes, token="", recipient=recipient, number=next(self.numbers)
            )
            self.send("sendgrid", [event])
            self.assertEqual(row.state, expected)
        self.assertEqual(self.day("sendgrid"), {"events": 2, "applied": 1, "unmatched": 1})

    def test_a_blind_copy_of_the_service_does_not_count_for_the_recipient(self):
        row = self.sent_row()
        (event,) = self.events_for("sendgrid", row, self.first("sendgrid", "open"))
        event["email"] = "archive@example.net"
        self.assertEqual(self.send("sendgrid", [event]).status_code, 200)
        self.assertEqual(row.state, "sent")
        self.assertEqual(self.day("sendgrid"), {"events": 1, "unmatched": 1})
        self.assertFalse(self.waiting())

    def test_of_a_mail_to_several_the_one_named_is_meant(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        rows = self.rows(mail.mail_message_id)
        token = rows[0].token
        event = SERVICES["brevo"].event(
            self.first("brevo"), token=token, recipient="emil@example.com"
        )
        self.send("brevo", [event])
        self.assertEqual(rows.mapped("state"), ["sent", "delivered"])

    def test_of_a_mail_to_several_nobody_is_guessed_but_anyone_may_have_opened(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        rows = self.rows(mail.mail_message_id)
        resend = SERVICES["resend"]
        both = {"data": {"to": ["dora@example.com", "emil@example.com"]}}
        for expected, states in (("hard_bounce", ["sent"] * 2), ("open", ["opened"] * 2)):
            changes = json.loads(json.dumps(self.first("resend", expected)))
            changes.setdefault("data", {}).update(both["data"])
            event = resend.event(changes, token=rows[0].token, time=time.time() + 60)
            for _turn in range(2):  # and a replay hits neither row again
                self.assertEqual(self.send("resend", [event]).status_code, 200)
            self.assertEqual(rows.mapped("state"), states)
        self.assertEqual(rows.mapped("open_count"), [1, 1])

    def test_a_signature_of_mailgun_counts_once_whatever_comes_with_it(self):
        row, other = self.sent_row(), self.sent_row(self.anna)
        mailgun = SERVICES["mailgun"]
        _headers, body = mailgun.request(self.events_for("mailgun", row), now=time.time())
        self.assertEqual(self.deliver("mailgun", {}, body).status_code, 200)
        forged = self.events_for("mailgun", other, self.first("mailgun", "hard_bounce"))[0]
        self.deliver("mailgun", {}, changed(body, **{"event-data": forged["event-data"]}))
        self.assertEqual((row.state, other.state), ("delivered", "sent"))
        # nor when the first was about another system's mail
        foreign = mailgun.event(self.first("mailgun"), token="", number=next(self.numbers))
        _headers, body = mailgun.request([foreign], now=time.time())
        self.deliver("mailgun", {}, body)
        self.deliver("mailgun", {}, changed(body, **{"event-data": forged["event-data"]}))
        self.assertEqual(other.state, "sent")
        self.assertEqual(self.day("mailgun")["duplicates"], 2)

    def test_people_who_said_no_are_not_tracked_by_a_service_either(self):
        row = self.sent_row()
        self.bob.write({"mail_tracking_consent": "no", "mail_tracking_click_consent": "no"})
        self.env.flush_all()
        events = self.events_for("sendgrid", row, self.first("sendgrid", "open"))
        events += self.events_for("sendgrid", row, self.first("sendgrid", "click"))
        events += self.events_for("sendgrid", row)
        self.send("sendgrid", events)
        self.assertEqual(self.told(row).mapped("event_type"), ["delivered"])
        self.assertEqual(self.day("sendgrid"), {"events": 3, "applied": 1, "ignored": 2})

    def test_what_may_not_be_known_of_a_mail_is_not_noted_of_a_service_either(self):
        row = self.sent_row()
        row.event_create("sent", {"open_mode": "counted", "click_mode": "off"})
        self.env.flush_all()
        events = self.events_for("sendgrid", row, self.first("sendgrid", "open"))
        events += self.events_for("sendgrid", row, self.first("sendgrid", "click"))
        events += self.events_for("sendgrid", row)
        self.send("sendgrid", events)
        self.assertEqual(self.told(row).mapped("event_type"), ["delivered"])
        self.assertEqual(self.day("sendgrid"), {"events": 3, "applied": 1, "ignored": 2})

    def test_an_open_that_is_early_waits_and_is_not_noted_then(self):
        token = tokens.new_token()
        event = SERVICES["sendgrid"].event(
            self.first("sendgrid", "open"), token=token, recipient="d@example.com"
        )
        self.send("sendgrid", [event])
        self.assertTrue(self.waiting())
        row = self.env["mail.tracking.email"].create({"recipient": "d@example.com", "token": token})
        row.event_create("sent", {"open_mode": "off", "click_mode": "off"})
        self.env.flush_all()
        self.env["mail.tracking.event"]._process_waiting()
        self.assertFalse(self.waiting())
        self.assertEqual(self.events(row), ["sent"])

    def test_an_open_that_the_service_calls_a_machines_opens_nothing(self):
        row = self.sent_row()
        changes = {**self.first("sendgrid", "open"), "sg_machine_open": True}
        self.send("sendgrid", self.events_for("sendgrid", row, changes))
        self.assertEqual((row.state, row.machine_open_count), ("sent", 1))

    def test_the_reason_of_a_bounce_is_what_the_server_said(self):
        row = self.sent_row()
        self.send("mailgun", self.events_for("mailgun", row, self.first("mailgun", "hard_bounce")))
        self.assertEqual(row.error_type, "user_unknown")
        self.assertEqual((row.error_code, row.error_status), ("550", "5.1.1"))
        self.assertEqual(row.error_description, "no such user")

    # ------------------------------------------------------------
    # TOO EARLY, TWICE, OR BROKEN
    # ------------------------------------------------------------

    def test_an_event_that_is_faster_than_the_mail_is_applied_later(self):
        token = tokens.new_token()
        for code in ("brevo", "mailgun"):
            event = SERVICES[code].event(self.first(code), token=token, time=time.time())
            for _turn in range(2):
                self.assertEqual(self.send(code, [event]).status_code, 200)
            self.assertEqual(self.day(code), {"events": 2, "waiting": 1, "duplicates": 1})
        self.assertEqual(len(self.waiting()), 2)
        cron = self.env.ref("mail_tracking.ir_cron_fold")
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), 1)
        self.run_cron()
        self.assertEqual(len(self.waiting()), 2)
        row = self.sent_row()
        row.token = token
        self.env.flush_all()
        self.run_cron()
        self.assertEqual(row.state, "delivered")
        self.assertEqual(self.told(row).mapped("event_type"), ["delivered"] * 2)
        self.assertFalse(self.waiting())
        for code in ("brevo", "mailgun"):
            self.assertEqual(self.day(code)["applied"], 1)

    def test_an_event_that_nobody_can_read_any_more_keeps_no_other_waiting(self):
        token = tokens.new_token()
        for code in ("brevo", "mailgun"):
            self.send(code, [SERVICES[code].event(self.first(code), token=token, time=time.time())])
        self.waiting()[0].data = '{"of_another_version": 1}'
        row = self.sent_row()
        row.token = token
        self.env.flush_all()
        with self.assertLogs(
            "odoo.addons.mail_tracking.models.webhooks.mail_tracking_event", "WARNING"
        ) as logs:
            self.run_cron()
        self.assertIn("cannot be read", "".join(logs.output))
        self.assertEqual(self.told(row).mapped("event_type"), ["delivered"])
        self.assertFalse(self.waiting())

    def waiting(self):
        """The events whose mail is not known yet."""
        Event = self.env["mail.tracking.event"].sudo()
        return Event.search([("tracking_email_id", "=", False)], order="id")

    def run_cron(self):
        with patch.object(type(self.env["ir.cron"]), "_commit_progress"):
            self.env["mail.tracking.email"].sudo()._process_pending_events()
        self.env.invalidate_all()

    def test_what_waits_is_bounded_and_forgotten(self):
        limit = "odoo.addons.mail_tracking.models.webhooks.mail_tracking_event.MAX_WAITING"
        brevo = SERVICES["brevo"]
        with patch(limit, 5):
            for _turn in range(3):
                events = [
                    brevo.event({}, token=tokens.new_token(), number=next(self.numbers))
                    for _i in range(4)
                ]
                self.send("brevo", events)
        kept = self.waiting()
        self.assertEqual(len(kept), 5)
        self.assertEqual(kept[-1].token, json.loads(events[-1]["X-Mailin-custom"])["odoo_token"])
        kept.until = fields.Datetime.now() - timedelta(days=1)
        self.env["mail.tracking.event"]._gc_waiting()
        self.env.invalidate_all()
        self.assertFalse(self.waiting())

    def test_an_event_that_cannot_be_applied_costs_no_other(self):
        rows = self.sent_row() | self.sent_row(self.anna) | self.sent_row(self.carl)
        Event = type(self.env["mail.tracking.event"])
        original = Event._log

        def log(model, vals_list):
            if any(vals["tracking_email_id"] == rows[1].id for vals in vals_list):
                raise ZeroDivisionError
            return original(model, vals_list)

        def broken(model, tracking_email, metadata):
            if tracking_email.id == rows[1].id:
                raise ZeroDivisionError
            return model._process_data(tracking_email, metadata, "delivered", "delivered")

        for method, bad in (("_log", log), ("process_delivered", broken)):
            with self.subTest(method=method):
                events = self.events_for("sendgrid", rows)
                with (
                    patch.object(Event, method, bad),
                    self.assertLogs("odoo.addons.mail_tracking.models.guard", "ERROR"),
                ):
                    response = self.send("sendgrid", events)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(rows.mapped("state"), ["delivered", "sent", "delivered"])
        self.assertEqual(self.day("sendgrid"), {"events": 6, "applied": 4, "failed": 2})

    def test_the_same_events_at_the_same_moment_are_logged_once(self):
        row = self.sent_row()
        events = self.events_for("sendgrid", row)
        Event = type(self.env["mail.tracking.event"])
        # the first look is too early to see what the other request has written
        with patch.object(Event, "_filter_unknown", lambda _self, keys: set(keys)):
            for _turn in range(2):
                self.assertEqual(self.send("sendgrid", events).status_code, 200)
        self.assertEqual(len(self.told(row)), 1)

    def test_an_open_before_the_email_was_sent_means_that_a_clock_is_wrong(self):
        agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
        changes = {**self.first("sendgrid", "open"), "useragent": agent}
        for seconds, kind in ((-60, "person"), (1, "machine"), (60, "person")):
            with self.subTest(seconds=seconds):
                row = self.sent_row()
                at = row.tracking_event_ids.timestamp + seconds
                self.send("sendgrid", self.events_for("sendgrid", row, changes, time=at))
                self.assertEqual(self.told(row).open_kind, kind)
