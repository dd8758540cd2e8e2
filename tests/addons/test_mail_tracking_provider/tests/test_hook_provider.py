"""An email service of another addon, with a status, a field and a type of event of its own."""

import json
from unittest.mock import patch

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import Form, HttpCase
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.tests.support.common import MailTrackingCommon

CONTROLLER = "odoo.addons.mail_tracking.controllers.webhook"


class TestHookProvider(MailTrackingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.env["mail.tracking.webhook"].create(
            {
                "name": "Pigeons",
                "provider": "pigeon",
                "base_url": "https://odoo.example",
                "new_secret": "coo",
                "pigeon_loft": "attic",
            }
        )
        cls.mail_server.mail_tracking_webhook_id = cls.webhook
        cls.env.flush_all()

    def tell(self, *events, password="coo"):
        response = self.url_open(
            self.webhook.url.removeprefix("https://odoo.example"),
            data=json.dumps(events).encode(),
            headers={"Content-Type": "application/json", "X-Webhook-Secret": password},
        )
        self.env.invalidate_all()
        return response.status_code

    def test_the_form(self):
        with Form(self.env["mail.tracking.webhook"]) as form:
            form.name = "More pigeons"
            form.provider = "pigeon"
            self.assertEqual(form.setup_fields, ["new_secret", "pigeon_loft"])
            self.assertEqual(form.setup_help, "1. Tie the address to the left leg.")
            form.pigeon_loft = "barn"
            with self.assertRaises(AssertionError):  # it is invisible
                form.topics = "arn:aws:sns:eu-west-1:123456789012:topic"
        with self.assertRaisesRegex(ValidationError, "no roof is no loft"):
            form.record.pigeon_loft = "no roof"

    def test_what_it_tells(self):
        row = self.row(self.post(self.anna), self.anna)
        mail = self.received("anna@example.com")
        self.assertEqual(mail["X-Pigeon-Loft"], "attic")
        events = [
            {"id": kind, "kind": kind, "pigeon": mail["X-Pigeon"]}
            for kind in ("resting", "arrived", "hungry")
        ]
        self.assertEqual(self.tell(*events), 200)
        self.assertEqual(
            (self.events(row), row.state), (["sent", "resting", "delivered"], "delivered")
        )
        event = row.tracking_event_ids.filtered(lambda event: event.event_type == "resting")
        self.assertEqual((event.source, event.reporting_server), ("pigeon", "Pigeon Post"))
        day = self.webhook.day_ids
        self.assertEqual((day.events, day.applied, day.ignored), (3, 2, 1))
        self.assertEqual(day.unknown_kind, "hungry")

    def test_statuses_of_its_own(self):
        self.assertEqual(self.tell(password="moo"), 418)
        self.webhook.sudo().secret = False
        self.env.flush_all()
        self.assertEqual(self.tell(), 425, "it should come again when there is a secret")

    @mute_logger(CONTROLLER)
    def test_while_postgresql_is_down(self):
        with patch(f"{CONTROLLER}.is_served", side_effect=psycopg2.OperationalError):
            self.assertEqual(self.tell(), 425)
        with patch(f"{CONTROLLER}.own_environment", side_effect=psycopg2.OperationalError):
            self.assertEqual(self.tell(), 425)
