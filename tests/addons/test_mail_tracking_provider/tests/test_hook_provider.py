"""An email service that another addon adds, with a set-up field and a status of its own."""

import json
from unittest.mock import patch

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.mail_tracking.tests.support.webhook_common import WebhookCommon


@tagged("post_install", "-at_install")
class TestHookProvider(WebhookCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.env["mail.tracking.webhook"].create(
            {"name": "Acme", "provider": "acme", "base_url": "https://odoo.example"}
        )
        cls.webhook.new_secret = "sesame"
        cls.env.flush_all()

    def tell(self, *rows, secret="eu:sesame"):
        events = [
            {"kind": "arrived", "id": f"{row.id}", "token": row.token}
            for row in rows or [self.sent_row()]
        ]
        response = self.url_open(
            self.webhook.url.removeprefix("https://odoo.example"),
            data=json.dumps(events),
            headers={"Content-Type": "application/json", "X-Webhook-Secret": secret},
        )
        self.env.invalidate_all()
        return response.status_code

    def test_the_form_shows_what_a_service_wants(self):
        with Form(self.env["mail.tracking.webhook"]) as form:
            form.name, form.base_url = "W", "https://odoo.example"
            form.provider = "acme"
            self.assertEqual(form.setup_fields, ["new_secret", "x_acme_region"])
            self.assertEqual(form.setup_help, "The secret is the key of the region.")
            form.x_acme_region = "eu"
            for name in ("topics", "mapping", "configuration_set", "modern_only"):
                self.assertTrue(form._get_modifier(name, "invisible"), name)
            form.provider = "amazon_ses"
            for name in ("x_acme_region", "new_secret", "mapping"):
                self.assertTrue(form._get_modifier(name, "invisible"), name)
            self.assertFalse(form._get_modifier("topics", "invisible"))

    def test_what_cannot_work_cannot_be_saved(self):
        with self.assertRaisesRegex(ValidationError, "There is no such region"):
            self.webhook.x_acme_region = "moon"

    def test_the_proof_follows_from_the_settings(self):
        row = self.sent_row()
        self.assertFalse(self.webhook.has_secret)
        self.assertEqual(self.tell(row), 425, "nothing can be checked yet, come again")
        self.webhook.x_acme_region = "eu"
        self.env.flush_all()
        self.assertTrue(self.webhook.has_secret)
        self.assertEqual(self.tell(row, secret="us:sesame"), 401)
        self.assertEqual(self.tell(row), 200)
        self.assertEqual(row.state, "delivered")
        self.assertEqual(row.tracking_event_ids.mapped("source"), ["acme", False])
        self.assertEqual(
            row.tracking_event_ids.filtered("source").reporting_server, "Acme Mail"
        )

    def test_the_headers_follow_from_the_settings(self):
        self.webhook.x_acme_region = "us"
        self.mail_server.mail_tracking_webhook_id = self.webhook
        row = self.row(self.post(self.anna), self.anna)
        self.assertEqual(self.received("anna@example.com")["X-Acme"], f"us {row.token}")

    def test_a_database_that_is_down_has_the_service_try_again(self):
        target = "odoo.addons.mail_tracking.controllers.databases.Registry"
        with (
            patch(target, side_effect=psycopg2.OperationalError("down")),
            self.assertLogs("odoo.addons.mail_tracking.controllers.webhook", "WARNING"),
        ):
            self.assertEqual(self.tell(self.sent_row()), 425)
