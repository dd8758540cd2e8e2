import json
import time
from unittest.mock import Mock, patch

import psycopg2
import requests

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from odoo.addons.mail_tracking.controllers import webhook as controller
from odoo.addons.mail_tracking.models import mail_tracking_webhook_adapter as model_file
from odoo.addons.mail_tracking.tools import tokens
from odoo.addons.mail_tracking.tools.providers.base import TOKEN_HEADER
from odoo.addons.mail_tracking.tools.providers.errors import REASONS, Unavailable

from .common import TOKEN_HEADER as COMMON_TOKEN_HEADER
from .pure.webhook_samples import SERVICES, SNS_HOST, TOPIC
from .webhook_common import WebhookCommon, changed

FETCH_FOR_REAL = model_file.MailTrackingWebhook._fetch


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
        self.assertFalse(self.env["mail.tracking.webhook.waiting"].search([]))

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
        self.bob.mail_tracking_consent = "no"
        self.env.flush_all()
        events = self.events_for("sendgrid", row, self.first("sendgrid", "open"))
        events += self.events_for("sendgrid", row, self.first("sendgrid", "click"))
        events += self.events_for("sendgrid", row)
        self.send("sendgrid", events)
        self.assertEqual(self.told(row).mapped("event_type"), ["delivered"])
        self.assertEqual(self.day("sendgrid"), {"events": 3, "applied": 1, "ignored": 2})

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
        Waiting = self.env["mail.tracking.webhook.waiting"].sudo()
        token = tokens.new_token()
        for code in ("brevo", "mailgun"):
            event = SERVICES[code].event(self.first(code), token=token, time=time.time())
            for _turn in range(2):
                self.assertEqual(self.send(code, [event]).status_code, 200)
            self.assertEqual(self.day(code), {"events": 2, "waiting": 1, "duplicates": 1})
        self.assertEqual(len(Waiting.search([])), 2)
        cron = self.env.ref("mail_tracking.ir_cron_fold")
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), 1)
        self.run_cron()
        self.assertEqual(len(Waiting.search([])), 2)
        row = self.sent_row()
        row.token = token
        self.env.flush_all()
        self.run_cron()
        self.assertEqual(row.state, "delivered")
        self.assertEqual(self.told(row).mapped("event_type"), ["delivered"] * 2)
        self.assertFalse(Waiting.search([]))
        for code in ("brevo", "mailgun"):
            self.assertEqual(self.day(code)["applied"], 1)

    def run_cron(self):
        with patch.object(type(self.env["ir.cron"]), "_commit_progress"):
            self.env["mail.tracking.email"].sudo()._cron_fold()
        self.env.invalidate_all()

    def test_what_waits_is_bounded_and_forgotten(self):
        Waiting = self.env["mail.tracking.webhook.waiting"].sudo()
        limit = "odoo.addons.mail_tracking.models.mail_tracking_webhook_waiting.MAX_WAITING"
        brevo = SERVICES["brevo"]
        with patch(limit, 5):
            for _turn in range(3):
                events = [
                    brevo.event({}, token=tokens.new_token(), number=next(self.numbers))
                    for _i in range(4)
                ]
                self.send("brevo", events)
        kept = Waiting.search([], order="id")
        self.assertEqual(len(kept), 5)
        self.assertEqual(kept[-1].token, json.loads(events[-1]["X-Mailin-custom"])["odoo_token"])
        self.env.cr.execute(
            "UPDATE mail_tracking_webhook_waiting SET until = until - interval '1 day'"
        )
        self.env["mail.tracking.webhook"]._gc_waiting()
        self.env.invalidate_all()
        self.assertFalse(Waiting.search([]))

    def test_an_event_that_cannot_be_applied_costs_no_other(self):
        rows = self.sent_row() | self.sent_row(self.anna) | self.sent_row(self.carl)
        Event = type(self.env["mail.tracking.event"])
        original = Event._log

        def log(model, vals_list, *savepoint):
            if any(vals["tracking_email_id"] == rows[1].id for vals in vals_list):
                raise ZeroDivisionError
            return original(model, vals_list, *savepoint)

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
        Event = type(self.env["mail.tracking.event"])
        original = Event._filter_new
        seen = []

        def blind(model, vals_list):
            # the first look is too early to see what the other request has written
            seen.append(1)
            return vals_list if len(seen) == 2 else original(model, vals_list)

        events = self.events_for("sendgrid", row)
        webhook = type(self.webhooks["sendgrid"])
        with (
            patch.object(Event, "_filter_new", blind),
            patch.object(webhook, "_filter_fresh", lambda _self, event_by_key: event_by_key),
            mute_logger("odoo.sql_db"),
        ):
            for _turn in range(2):
                self.assertEqual(self.send("sendgrid", events).status_code, 200)
        self.assertEqual(len(seen), 2)
        self.assertEqual(len(self.told(row)), 1)

    # ------------------------------------------------------------
    # SNS
    # ------------------------------------------------------------

    def test_the_certificate_is_fetched_once(self):
        for _turn in range(3):
            self.send("amazon_ses", self.events_for("amazon_ses", self.sent_row()))
        self.assertEqual(self.fetched, [SERVICES["amazon_ses"].certificate_url])
        self.assertEqual(self.day("amazon_ses"), {"events": 3, "applied": 3})

    def test_a_certificate_that_cannot_be_had_has_sns_try_again(self):
        self.patch_fetch.side_effect = Unavailable
        response = self.send("amazon_ses", self.events_for("amazon_ses", self.sent_row()))
        self.assertEqual(response.status_code, 503)
        self.assertEqual(self.webhooks["amazon_ses"].day_ids.refusal_reason, "certificate")

    def test_a_subscription_is_confirmed_after_verification_only(self):
        service = SERVICES["amazon_ses"]
        headers, body = service.request([service.confirmation()], now=time.time())
        forged = changed(body, SubscribeURL=f"https://{SNS_HOST}/?Action=ConfirmSubscription&x=y")
        for bad in (
            forged,
            service.request([service.confirmation("https://evil.example/")], now=time.time())[1],
            service.request([service.confirmation()], now=time.time(), secret=TOPIC + "x")[1],
        ):
            self.assertEqual(self.deliver("amazon_ses", headers, bad).status_code, 403)
        self.assertEqual(self.fetched, [service.certificate_url])
        self.assertEqual(self.deliver("amazon_ses", headers, body).status_code, 200)
        self.assertEqual(self.fetched[1:], [service.confirmation()["SubscribeURL"]])

    def test_a_certificate_comes_from_one_host_without_detours(self):
        self.patch_fetch.side_effect = FETCH_FOR_REAL
        webhook = self.webhooks["amazon_ses"]
        asked = []

        class Answer:
            def __init__(self, status, content=b""):
                self.status_code, self.raw = status, Mock()
                self.raw.read = lambda size, decode_content: content[:size]

            def __enter__(self):
                return self

            def __exit__(self, *_args):
                return False

        for answer in (
            Answer(302),
            Answer(404),
            Answer(200, b"x" * (model_file.MAX_FETCH + 1)),
            Answer(200, b"no certificate"),
            requests.Timeout(),
        ):

            def get(url, _answer=answer, **options):
                asked.append((url, options))
                if isinstance(_answer, Exception):
                    raise _answer
                return _answer

            with (
                patch.object(model_file.requests, "get", get),
                self.assertRaises(Unavailable),
            ):
                webhook._fetch_certificate(SERVICES["amazon_ses"].certificate_url)
        self.assertFalse(webhook.sudo().certificates)
        self.assertEqual({url for url, _options in asked}, {SERVICES["amazon_ses"].certificate_url})
        for _url, options in asked:
            self.assertFalse(options["allow_redirects"])
            self.assertTrue(options["timeout"] and options["stream"])

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
            for model in ("", ".day", ".waiting"):
                with self.assertRaises(AccessError):
                    self.env[f"mail.tracking.webhook{model}"].with_user(user).search([])
        webhook = self.webhooks["brevo"].with_user(self.user_employee)
        for method in (webhook.action_new_url, webhook.action_drop_previous_secret):
            with self.assertRaises(AccessError):
                method()

    def test_a_neutralized_copy_takes_nothing(self):
        with open(file_path("mail_tracking/data/neutralize.sql")) as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        for webhook in self.webhooks.values():
            self.assertFalse(webhook.active)
            self.assertFalse(webhook.url)
            webhook.active = True
            self.assertFalse(webhook.has_secret)
            self.assertFalse(webhook._get_secrets())

    def test_what_cannot_work_cannot_be_saved(self):
        webhook = self.webhooks["standard"]
        for values in (
            {"topics": f"{TOPIC}\nnonsense"},
            {"mapping": "{"},
            {"mapping": '{"types": {"a": "nonsense"}}'},
            {"base_url": "ftp://odoo.example"},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                webhook.write(values)
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
        for webhook in self.webhooks.values():
            self.assertTrue(webhook.setup_help)

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
