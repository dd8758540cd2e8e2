import json
import time
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.controllers import webhook as controller
from odoo.addons.mail_tracking.tools import tokens
from odoo.addons.mail_tracking.tools.providers import PROVIDERS
from odoo.addons.mail_tracking.tools.providers.base import TOKEN_HEADER
from odoo.addons.mail_tracking.tools.providers.errors import REASONS

from .pure.webhook_samples import SERVICES, TOPIC
from .support.common import TOKEN_HEADER as COMMON_TOKEN_HEADER
from .support.webhook_common import WebhookCommon


@tagged("post_install", "-at_install")
class TestWebhook(WebhookCommon):
    # ------------------------------------------------------------
    # ADDRESS AND REQUEST
    # ------------------------------------------------------------

    def test_wrong_addresses_are_not_found_and_nothing_is_counted(self):
        webhook = self.webhooks["postmark"]
        db = self.env.cr.dbname
        good = tokens.pixel_token(db, webhook.id, webhook.path_secret)
        other = self.webhooks["brevo"]
        for provider, token in (
            ("postmark", tokens.pixel_token(db, webhook.id, "0" * 32)),
            ("postmark", tokens.pixel_token(db, 2**31 - 1, webhook.path_secret)),
            ("postmark", tokens.pixel_token(db, other.id, other.path_secret)),
            ("brevo", good),
            ("nobody", good),
            ("post%00mark", good),
            ("postmark", "nonsense"),
            ("postmark", "x" * 3000),
        ):
            with self.subTest(provider=provider, token=token[:40]):
                headers, body = SERVICES["postmark"].request([{}])
                path = f"/mail_tracking/webhook/{provider}/{token}"
                response = self.deliver("postmark", headers, body, path=path)
                self.assertEqual(response.status_code, 404)
        webhook.active = False
        self.env.flush_all()
        self.assertEqual(self.send("postmark", [{}]).status_code, 404)
        self.assertFalse(webhook.day_ids | other.day_ids)

    def test_a_database_that_was_renamed_is_found_by_its_host(self):
        webhook = self.webhooks["postmark"]
        token = tokens.pixel_token("former_name", webhook.id, webhook.path_secret)
        row = self.sent_row()
        headers, body = SERVICES["postmark"].request(self.events_for("postmark", row))
        path = f"/mail_tracking/webhook/postmark/{token}"
        self.assertEqual(self.deliver("postmark", headers, body, path=path).status_code, 200)
        self.assertEqual(row.state, "delivered")

    def test_a_new_address_ends_the_former_one(self):
        webhook = self.webhooks["brevo"]
        former = webhook.url
        webhook.action_new_url()
        self.env.flush_all()
        headers, body = SERVICES["brevo"].request([])
        path = former.removeprefix("https://odoo.example")
        self.assertEqual(self.deliver("brevo", headers, body, path=path).status_code, 404)
        self.assertEqual(self.send("brevo", []).status_code, 200)

    def test_head_says_that_we_are_there(self):
        response = self.deliver("mandrill", {}, None, method="HEAD")
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertFalse(self.webhooks["mandrill"].day_ids)

    def test_other_methods_are_not_allowed(self):
        with mute_logger("odoo.http"):
            response = self.deliver("mandrill", {}, None, method="GET")
        self.assertEqual(response.status_code, 405)

    def test_huge_bodies_are_refused_before_they_are_read(self):
        for code, kind in (("brevo", "application/json"), ("mandrill", None)):
            headers = {"Content-Type": kind} if kind else {}
            body = b"mandrill_events=" + b"x" * controller.MAX_BODY
            with mute_logger("odoo.http"):
                response = self.deliver(code, headers, body)
            self.assertEqual(response.status_code, 413)
            self.assertFalse(self.webhooks[code].day_ids)

    def test_a_form_where_json_is_due_is_refused(self):
        for code in ("sendgrid", "postmark", "mailgun"):
            response = self.deliver(
                code, {"Content-Type": "application/x-www-form-urlencoded"}, b"a=b&provider=x"
            )
            self.assertIn(response.status_code, (400, 401, 403, 406))

    def test_who_is_asked_for_credentials_gets_to_know_which(self):
        response = self.deliver("mailjet", {}, b"[]")
        self.assertEqual(response.status_code, 401)
        self.assertTrue(response.headers["WWW-Authenticate"].startswith("Basic "))

    def test_a_database_that_is_down_has_the_service_try_again(self):
        target = "odoo.addons.mail_tracking.controllers.databases.Registry"
        for code, expected in (("brevo", 429), ("sendgrid", 503)):
            webhook = self.webhooks[code]
            headers, body = SERVICES[code].request([], url=webhook.url)
            path = webhook.url.removeprefix("https://odoo.example")
            with (
                patch(target, side_effect=psycopg2.OperationalError("down")),
                self.assertLogs("odoo.addons.mail_tracking.controllers.webhook", "WARNING"),
            ):
                response = self.url_open(
                    path,
                    data=body,
                    headers={"Content-Type": "application/json", **headers},
                )
            self.assertEqual(response.status_code, expected)

    # ------------------------------------------------------------
    # RECORD
    # ------------------------------------------------------------

    def test_a_secret_goes_in_and_never_comes_out(self):
        admin = self.env.ref("base.user_admin")
        webhook = self.webhooks["brevo"].with_user(admin)
        with self.assertLogs("odoo", "DEBUG") as logs:
            webhook.write({"new_secret": "sesame"})
            webhook.env.flush_all()
        self.assertTrue(webhook.has_secret)
        self.assertEqual(webhook.sudo().secret, "sesame")
        self.assertFalse(any("sesame" in line for line in logs.output if "sql_db" not in line))
        webhook.env.invalidate_all()
        read = webhook.read()[0]
        self.assertNotIn("sesame", str(read))
        self.assertNotIn(
            webhook.sudo().path_secret, str({k: v for k, v in read.items() if k != "url"})
        )
        self.assertNotIn("sesame", str(webhook.export_data(list(read)).get("datas")))
        self.assertFalse(webhook.copy().has_secret)
        for name in ("secret", "previous_secret", "path_secret", "certificates"):
            with self.assertRaises(AccessError):
                webhook.read([name])
            with self.assertRaises(AccessError):
                webhook.search([(name, "=", "sesame")])
        webhook.write({"new_secret": ""})  # an untouched form
        self.assertEqual(webhook.sudo().secret, "sesame")

    def test_administrators_alone_see_webhooks(self):
        for user in (self.user_employee, self.env.ref("base.public_user")):
            for model in ("", ".day"):
                with self.assertRaises(AccessError):
                    self.env[f"mail.tracking.webhook{model}"].with_user(user).search([])
        webhook = self.webhooks["brevo"].with_user(self.user_employee)
        for method in (webhook.action_new_url, webhook.action_drop_previous_secret):
            with self.assertRaises(AccessError):
                method()

    def test_azure_gets_its_handshake_answered_and_a_stranger_does_not(self):
        azure = SERVICES["azure"]
        body = azure.body([azure.handshake("f00")])
        headers = azure.sign(body, azure.secret, time.time(), "")
        response = self.deliver("azure", headers, body)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        self.assertEqual(response.json(), {"validationResponse": "f00"})
        self.assertEqual(self.day("azure"), {"events": 1, "ignored": 1})
        response = self.deliver("azure", azure.sign(body, "wrong", time.time(), ""), body)
        self.assertEqual((response.status_code, response.content), (401, b""))

    def test_a_service_is_described_before_anything_is_taken(self):
        webhook = self.webhooks["hmac"]
        for mapping in ('{"preset": "nobody"}', '{"signature": {"header": "X", "signed": "{id}"}}'):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                webhook.mapping = mapping
        webhook.mapping = False
        self.env.flush_all()
        row = self.sent_row()
        response = self.send("hmac", self.events_for("hmac", row))
        self.assertEqual(response.status_code, 503)
        self.assertIn("Mapping", webhook.last_refusal_reason)
        self.assertEqual(row.state, "sent")

    def test_what_cannot_work_cannot_be_saved(self):
        webhook = self.webhooks["standard"]
        for code, values in (
            ("amazon_ses", {"topics": f"{TOPIC}\nnonsense"}),
            ("standard", {"mapping": "{"}),
            ("standard", {"mapping": '{"types": {"a": "nonsense"}}'}),
            ("standard", {"base_url": "ftp://odoo.example"}),
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.webhooks[code].write(values)
        webhook.mapping = '{"fields": {"recipient": "data.to"}, "types": {"x.y": "hard_bounce"}}'
        row = self.sent_row()
        (event,) = self.events_for("standard", row, {"type": "x.y"})
        event["data"]["to"] = event["data"].pop("email")
        self.env.flush_all()
        self.send("standard", [event])
        self.assertEqual(row.state, "bounced")

    def test_every_refusal_has_words_and_every_service_a_description(self):
        labels = self.env["mail.tracking.webhook"]._get_refusal_labels()
        self.assertEqual(set(labels), set(REASONS))
        for code, webhook in self.webhooks.items():
            self.assertRegex(webhook.setup_help, r"^1\. .+\n2\. ", "steps")
            words = f"{webhook.setup_help} {webhook.setup_url}"
            for other in set(PROVIDERS) - {code}:
                self.assertNotIn(PROVIDERS[other].label, words, "of another service")

    def test_button_shows_whether_an_event_arrived(self):
        webhook = self.webhooks["sendgrid"]
        shown = webhook.action_check_received()["params"]
        self.assertEqual(shown["type"], "warning")
        self.assertIn("Nothing has come from the service so far", shown["message"])
        self.send("sendgrid", self.events_for("sendgrid", self.sent_row()))
        shown = webhook.action_check_received()["params"]
        self.assertEqual(shown["type"], "success")
        self.assertIn("Events last came on", shown["message"])

    def test_what_it_received_is_seen_on_webhook_and_mail_server(self):
        webhook = self.webhooks["sendgrid"]
        self.mail_server.mail_tracking_webhook_id = webhook
        self.assertFalse(webhook.last_event)
        rows = self.sent_row() | self.sent_row(self.anna)
        self.send("sendgrid", self.events_for("sendgrid", rows))
        self.assertEqual(webhook.events_today, 2)
        self.assertTrue(webhook.last_event)
        self.assertEqual(self.mail_server.mail_tracking_webhook_last_event, webhook.last_event)
        self.assertFalse(webhook.last_refusal or webhook.last_refusal_reason)

    # ------------------------------------------------------------
    # OUTGOING
    # ------------------------------------------------------------

    def test_headers_are_added_only_where_the_server_is_tied_to_the_service(self):
        self.assertEqual(TOKEN_HEADER, COMMON_TOKEN_HEADER)
        other = self.mail_server.copy({"sequence": 99})
        for code, webhook in self.webhooks.items():
            with self.subTest(service=code):
                webhook.configuration_set = "odoo-events" if code == "amazon_ses" else False
                provider = webhook._get_provider()
                names = set(provider.headers("0" * 32, {}))
                for server, expected in ((self.mail_server, names), (other, set())):
                    server.mail_tracking_webhook_id = webhook
                    self.handler.__init__()
                    row = self.row(self.post(self.anna), self.anna)
                    mail = self.received("anna@example.com")
                    found = {name for name in names if mail[name]}
                    self.assertEqual(found, expected)
                    for name in found - {"X-PM-KeepID", "X-SES-CONFIGURATION-SET"}:
                        self.assertIn(row.token, str(mail[name]))
                    self.assertEqual(mail[TOKEN_HEADER], row.token)
                    server.mail_tracking_webhook_id = False

    def test_each_recipient_gets_a_token_of_its_own(self):
        self.mail_server.mail_tracking_webhook_id = self.webhooks["sendgrid"]
        message = self.post(self.anna | self.bob)
        for partner in (self.anna, self.bob):
            header = json.loads(self.received(partner.email)["X-SMTPAPI"])
            token = self.row(message, partner).token
            self.assertEqual(header, {"unique_args": {"odoo_token": token}})

    def test_an_archived_webhook_adds_nothing(self):
        self.mail_server.mail_tracking_webhook_id = self.webhooks["mailjet"]
        self.webhooks["mailjet"].active = False
        self.post(self.anna)
        self.assertFalse(self.received("anna@example.com")["X-MJ-CustomID"])

    def test_from_the_sending_to_the_state(self):
        """The header that the service got is what it hands back."""
        self.mail_server.mail_tracking_webhook_id = self.webhooks["mailjet"]
        row = self.row(self.post(self.anna), self.anna)
        token = self.received("anna@example.com")["X-MJ-CustomID"]
        event = SERVICES["mailjet"].event(
            self.first("mailjet"), token=token, recipient="Anna@example.com"
        )
        self.send("mailjet", [event])
        self.assertEqual(row.state, "delivered")
