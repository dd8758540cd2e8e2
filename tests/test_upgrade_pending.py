"""From the version before: old states become events, and what waited becomes pending events."""

import importlib.util
import json
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import tagged
from odoo.tools import file_path

from ..tools.providers.base import WebhookEvent
from .support.common import MailTrackingCommon

FOLDER = "mail_tracking/migrations"
VERSION = "19.0.2.0.0"


def load(name, version="19.0.3.0.0"):
    """A script of the migration."""
    path = Path(file_path(f"{FOLDER}/{version}/{name}.py"))
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestUpgradePending(MailTrackingCommon):
    def make_tracking(self, state, *event_types, **vals):
        row = self.env["mail.tracking.email"].create(
            {"recipient": "dora@example.com", "state": state, "state_time": "2026-01-02", **vals}
        )
        self.env["mail.tracking.event"].create(
            [{"tracking_email_id": row.id, "event_type": word} for word in event_types]
        )
        return row

    def migrate(self, name):
        self.env.flush_all()
        load(name).migrate(self.env.cr, VERSION)
        self.env.invalidate_all()

    def test_states_without_events_get_one_each_and_outlive_what_is_heard_later(self):
        failed = self.make_tracking(
            "error", error_type="smtp", error_description="lost", error_smtp_server="mx.test"
        )
        opened = self.make_tracking("opened", "sent")
        known = self.make_tracking("opened", "sent", "click")
        waiting = self.make_tracking(False)
        self.migrate("post-10-states")
        [event] = failed.tracking_event_ids
        self.assertEqual(
            (event.event_type, event.error_type, event.error_description, event.smtp_server),
            ("error", "smtp", "lost", "mx.test"),
        )
        self.assertEqual(str(event.time), "2026-01-02 00:00:00")
        self.assertEqual(self.events(opened), ["sent", "open"])
        self.assertEqual(self.events(known), ["sent", "click"])
        self.assertFalse(waiting.tracking_event_ids)
        trackings = failed | opened | known
        before = trackings.mapped("state")
        trackings.event_create("open", {"open_kind": "machine"})
        self.assertEqual(trackings.mapped("state"), before)
        self.migrate("post-10-states")
        self.assertEqual(len(failed.tracking_event_ids), 2, "done once")

    def test_answers_that_were_opens_become_answers(self):
        row = self.row(self.post(self.bob), self.bob)
        row.event_create("open", {"open_kind": "person"})
        values = {"source": "answer", "open_reason": "answer", "event_key": f"answer:{row.id}"}
        row.event_create("open", {"open_kind": "person", **values})
        self.assertEqual((row.open_count, row.first_reply), (2, False))
        self.env.flush_all()
        load("post-20-replies", "19.0.4.0.0").migrate(self.env.cr, "19.0.3.0.0")
        self.env.invalidate_all()
        self.process_pending()
        self.assertEqual(self.events(row), ["sent", "open", "reply"])
        self.assertEqual((row.state, row.open_count), ("opened", 1))
        self.assertTrue(row.first_reply)
        self.assertFalse(row.tracking_event_ids.filtered("is_pending"))

    def test_what_waited_is_done_by_the_cron(self):
        message = self.record.message_post(body="Hello", author_id=self.author.id)
        bounced = self.make_tracking("bounced", "sent", mail_message_id=message.id)
        bounced.event_create("hard_bounce", {"error_type": "user_unknown"})
        refused = self.make_tracking("error", recipient=self.bob.email)
        refused.event_create("error", {"error_type": "user_unknown"})
        self.env["mail.tracking.event"].search([]).is_pending = False
        self.make_later(
            ("note", "res.partner", self.carl.id, "Email to this address was returned: old"),
            ("note", "res.partner", 0, "of nobody"),
            ("note", "no.such.model", 1, "of nothing"),
            ("notification", "mail.message", message.id, None),
            ("refused", "mail.tracking.email", refused.id, None),
        )
        self.migrate("post-20-pending")
        notes = [str(m.body) for m in self.carl.message_ids if "returned: old" in str(m.body)]
        self.assertEqual(len(notes), 1)
        pending = self.env["mail.tracking.event"].search([("is_pending", "=", True)])
        self.assertEqual(pending.tracking_email_id, bounced | refused)
        self.assertFalse(self.bob.email_bounced)
        self.process_pending()
        self.assertTrue(self.bob.email_bounced)
        self.assertFalse(pending.filtered("is_pending"))
        cron = self.env.ref("mail_tracking.ir_cron_fold")
        self.assertEqual(cron.code, "model._process_pending_events()")

    def test_events_of_services_that_wait_for_their_mail_wait_on(self):
        Webhook = self.env["mail.tracking.webhook"]
        webhook = Webhook.create(
            {"name": "W", "provider": "brevo", "base_url": "https://odoo.example"}
        )
        row = self.make_tracking(False)
        until = fields.Datetime.now().replace(microsecond=0) + timedelta(hours=1)
        event = WebhookEvent(
            "delivered", "delivered", key="k", token=row.token, recipient="dora@example.com"
        )
        self.env.cr.execute(
            """CREATE TABLE mail_tracking_webhook_waiting (id serial PRIMARY KEY, webhook_id int4,
                      event_key varchar, token varchar, data text, until timestamp)"""
        )
        key, data = webhook._get_event_key(event), json.dumps(event._asdict())
        for values in (
            (webhook.id, key, row.token, data, until),
            (webhook.id, "webhook:used", None, data, until),
            (webhook.id, "webhook:foreign", "0" * 32, data, until),
            (0, "webhook:of-nobody", row.token, data, until),
        ):
            self.env.cr.execute(
                "INSERT INTO mail_tracking_webhook_waiting"
                " (webhook_id, event_key, token, data, until) VALUES %s",
                [values],
            )
        for _turn in range(2):
            self.migrate("post-30-webhooks")
        waiting = self.env["mail.tracking.event"].search(
            [("tracking_email_id", "=", False)], order="id"
        )
        self.assertEqual(waiting.webhook_id, webhook)
        self.assertEqual(waiting.mapped("event_key"), [key, "webhook:used", "webhook:foreign"])
        self.assertEqual(set(waiting.mapped("until")), {until})
        self.process_pending()
        self.assertEqual((row.state, self.events(row)), ("delivered", ["delivered"]))
        self.assertEqual(row.tracking_event_ids.event_key, key)
        self.assertEqual(waiting.exists().mapped("event_key"), ["webhook:used", "webhook:foreign"])
        self.assertEqual(webhook.day_ids.applied, 1)

    def make_later(self, *entries):
        """The table of the version before."""
        self.env.cr.execute(
            """CREATE TABLE mail_tracking_later (id serial PRIMARY KEY, kind varchar,
                      res_model varchar, res_id int4, body text, attempts int4)"""
        )
        for entry in entries:
            self.env.cr.execute(
                "INSERT INTO mail_tracking_later (kind, res_model, res_id, body)"
                " VALUES (%s, %s, %s, %s)",
                entry,
            )
