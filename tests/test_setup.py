"""The set-up check: bounces, mail servers, webhooks, live updates, sizes, delivery coverage."""

import json
import logging
import socket
from unittest.mock import patch

from aiosmtpd.controller import Controller

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from .support.common import RecordingHandler, free_port
from .support.setup_common import SetupCommon
from .support.webhook_common import WebhookCommon

BOUNCE = """\
From: Mail Delivery System <mailer-daemon@mx.example.net>
To: {to}
Subject: Undelivered Mail
Message-ID: <report.1@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=="

--==
Content-Type: text/plain

Not delivered.

--==
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Original-Envelope-Id: {token}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--==--
"""


@tagged("post_install", "-at_install")
class TestSetup(SetupCommon):
    # ------------------------------------------------------------
    # WHO
    # ------------------------------------------------------------

    def test_only_administrators(self):
        self._create_portal_user()
        postmaster = self.user_employee.copy({"login": "postmaster"})
        postmaster.group_ids += self.env.ref("mail_tracking.group_postmaster")
        public = self.env.ref("base.public_user")
        for user in (self.user_employee, self.user_portal, postmaster, public):
            for method, args in (
                ("get_checks", []),
                ("run_check", ["versions"]),
                ("run_check", ["nonsense"]),
                ("refresh_check", ["authentication"]),
                ("ask_mail_server", [self.mail_server.id]),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    getattr(self.Setup.with_user(user), method)(*args)
        menu = self.env.ref("mail_tracking.menu_mail_tracking_setup")
        self.assertIn(
            menu.id, self.env["ir.ui.menu"].with_user(self.user_admin)._visible_menu_ids()
        )
        visible = self.env["ir.ui.menu"].with_user(postmaster)._visible_menu_ids()
        self.assertNotIn(menu.id, visible)

    def test_every_check_runs_and_nothing_else_does(self):
        names = [check["name"] for check in self.Setup.get_checks()]
        self.assertEqual(len(names), len(set(names)))
        self.params.set_param("mail_tracking.base.url", f"http://127.0.0.1:{free_port()}")
        for name in names:
            with self.subTest(name):
                results = self.run_check(name)
                self.assertNotIn("could not be checked", str(results))
        self.assertEqual(self.Setup.run_check("nonsense"), [])
        self.assertEqual(self.Setup.refresh_check("nonsense"), [])
        self.assertEqual(self.Setup.ask_mail_server(2**31 - 1), [])

    def test_what_is_copied_identifies_nobody(self):
        mark = "zx-mark"
        self.mail_server.write({"name": f"{mark} mail", "smtp_host": f"{mark}.example.com"})
        self.env["fetchmail.server"].create(
            {"name": f"{mark} in", "error_message": mark, "error_date": "2026-01-01"}
        ).state = "done"
        webhook = self.env["mail.tracking.webhook"].create(
            {"name": mark, "provider": "sparkpost", "base_url": f"https://{mark}.example"}
        )
        webhook.new_secret = f"{mark} secret"
        self.env["mail.tracking.webhook.day"].create(
            {
                "webhook_id": webhook.id,
                "date": "2026-01-01",
                "last_refusal": "2026-01-01",
                "refusal_reason": mark,
            }
        )
        self.env.company.alias_domain_id.name = f"{mark}.example.net"
        row = self.env["mail.tracking.email"].create({"recipient": f"{mark}@example.com"})
        row.write({"state": "sent", "smtp_server": f"{mark}.example.org"})
        self.params.set_param("mail_tracking.base.url", f"http://{mark}.example")
        with self.smtp():
            results = [
                *self.Setup.ask_mail_server(self.mail_server.id),
                *(r for check in self.Setup.get_checks() for r in self.run_check(check["name"])),
            ]
        secrets = [webhook.path_secret, row.token, self.params.get_param("database.secret")]
        shown = json.dumps(results)
        self.assertGreaterEqual(shown.count(mark), 8, "names are shown")
        for result in results:
            copied = " ".join(str(result[key]) for key in ("title", "sentence", "hint"))
            for secret in (mark, "@", *secrets):
                self.assertNotIn(secret, copied)
        for secret in secrets:
            self.assertNotIn(secret, shown)

    # ------------------------------------------------------------
    # BOUNCES
    # ------------------------------------------------------------

    def bounces(self):
        return {result["title"]: result for result in self.run_check("bounces")}

    def test_bounce_address(self):
        self.env["res.company"].search([]).alias_domain_id = self.env.company.alias_domain_id
        self.assert_result(self.bounces()["Bounce address"], "ok", "Every company")
        self.env["res.company"].create({"name": "Other"}).alias_domain_id = False
        self.assert_result(self.bounces()["Bounce address"], "warning", "bounce address: 1.")
        self.env["res.company"].search([]).alias_domain_id = False
        self.env["mail.alias"].search([]).alias_domain_id = False
        self.env["mail.alias.domain"].search([]).unlink()
        self.assert_result(self.bounces()["Bounce address"], "problem", "no alias domain")

    def test_incoming_servers(self):
        Server = self.env["fetchmail.server"]
        Server.search([]).active = False
        self.assert_result(self.bounces()["Incoming mail server"], "unknown", "fetches no email")
        server = Server.create({"name": "In"})
        for values, verdict, words in (
            ({}, "warning", "not confirmed"),
            ({"state": "done"}, "unknown", "Nothing has been fetched"),
            ({"date": "2026-01-01 10:00:00"}, "ok", "last fetched on"),
            ({"error_date": "2026-01-02 10:00:00"}, "problem", "could not be fetched since"),
        ):
            server.write(values)
            result = self.bounces()["Incoming mail server"]
            self.assert_result(result, verdict, words)
            self.assertEqual((result["subject"], result["action"]["res_id"]), ("In", server.id))

    def test_reports(self):
        self.assert_result(self.bounces()["Reports received"], "unknown", "No report")
        row = self.row(self.post(self.anna), self.anna)
        self.assert_result(self.bounces()["Reports received"], "unknown", "No report")
        report = BOUNCE.format(
            to=self.env.company.bounce_email, token=row.token, recipient=self.anna.email
        )
        self.env["mail.thread"].message_process(False, report)
        self.assertEqual(row.state, "bounced")
        self.assert_result(self.bounces()["Reports received"], "ok", "The last report")

    # ------------------------------------------------------------
    # MAIL SERVERS
    # ------------------------------------------------------------

    def ask(self):
        with self.smtp():
            [result] = self.Setup.ask_mail_server(self.mail_server.id)
        return result

    def test_known_facts_of_a_mail_server(self):
        for values, verdict, words in (
            ({}, "unknown", "Not known yet"),
            ({"mail_tracking_dsn_offer": "no"}, "warning", "cannot report delivery"),
            ({"mail_tracking_dsn_offer": "yes"}, "ok", "but not delivery"),
            ({"mail_tracking_dsn": "all"}, "ok", "reports delivery, delays and failures"),
            ({"mail_tracking_dsn": "none"}, "warning", "not asked"),
        ):
            self.mail_server.write(values)
            [result] = self.run_check("mail_servers")
            self.assert_result(result, verdict, words)
            self.assertEqual((result["subject"], result["ask"]), ("Loopback", self.mail_server.id))

    def test_a_server_is_asked_and_gets_no_mail(self):
        self.assert_result(self.ask(), "warning", "cannot report delivery")
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "no")
        self.handler.extensions.append("DSN")
        self.assert_result(self.ask(), "ok", "but not delivery")
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "yes")
        self.assertEqual((self.handler.envelopes, self.handler.options), ([], []))

    def test_no_password_is_told(self):
        self.mail_server.write({"smtp_user": "user", "smtp_pass": "zx-secret"})
        self.assert_result(self.ask(), "warning", "cannot report delivery")
        self.assertEqual(self.mail_server.mail_tracking_dsn_offer, "no")

    @mute_logger("mail.log")
    def test_servers_that_cannot_be_asked(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            module = "odoo.addons.mail_tracking.models.sending.ir_mail_server.SMTP_TIMEOUT"
            with patch(module, 0.2):
                for values in (
                    {"smtp_port": silent.getsockname()[1]},  # never says a word
                    {"smtp_port": free_port()},  # nobody there
                    {"smtp_port": self.controller.port, "smtp_encryption": "starttls"},
                    {"smtp_encryption": "ssl_strict"},
                    {"smtp_host": "a" * 70 + ".example"},
                ):
                    self.mail_server.write(values)
                    with self.subTest(str(values)):
                        result = self.ask()
                        self.assert_result(result, "problem", "could not be asked")
                        self.assertTrue(result["detail"])
        self.assertFalse(self.mail_server.mail_tracking_dsn_offer)

    def test_no_mail_server_in_the_database(self):
        self.mail_server.active = False
        with patch.dict(config.options, {"smtp_server": "localhost"}):
            [result] = self.run_check("mail_servers")
            self.assert_result(result, "unknown", "configuration file")
        with patch.dict(config.options, {"smtp_server": ""}):
            [result] = self.run_check("mail_servers")
            self.assert_result(result, "problem", "no outgoing mail server")

    def test_the_server_of_the_command_line(self):
        other = RecordingHandler()
        other.extensions.append("DSN")
        controller = Controller(other, hostname="127.0.0.1", port=free_port(), ready_timeout=60)
        controller.start()
        self.addCleanup(controller.stop)
        self.mail_server.smtp_authentication = "cli"
        options = {"smtp_server": "127.0.0.1", "smtp_port": controller.port, "smtp_ssl": False}
        with patch.dict(config.options, options):
            self.assert_result(self.ask(), "ok", "but not delivery")

    def test_many_mail_servers(self):
        self.env["ir.mail_server"].create([{"name": str(i), "smtp_host": "x"} for i in range(24)])
        *results, rest = self.run_check("mail_servers")
        self.assertEqual(len(results), 20)
        self.assert_result(rest, "unknown", "5 more")

    # ------------------------------------------------------------
    # SERVER
    # ------------------------------------------------------------

    def test_live_updates(self):
        self._reset_bus()
        self.env["bus.bus"].search([]).unlink()
        live, processes = self.run_check("live")
        self.assert_result(live, "warning", "No live update")
        self.assert_result(live["live"], "ok", "reached this page")
        self.assert_result(processes, "info", "in one process")
        self.env.cr.precommit.run()
        [sent] = self.env["bus.bus"].search([]).mapped("message")
        self.assertEqual(json.loads(sent)["type"], "mail_tracking/setup")
        with patch.dict(config.options, {"workers": 4, "gevent_port": 8072}):
            _live, processes = self.run_check("live")
        self.assert_result(processes, "info", "4 worker processes")
        self.assertIn("8072", processes["sentence"])

    def test_a_web_server_before_odoo(self):
        self.authenticate("admin", "admin")
        for headers, options, expected in (
            ({}, {"proxy_mode": False}, []),
            ({"X-Forwarded-For": "192.0.2.1"}, {"proxy_mode": False}, ["Web server"]),
            ({"X-Forwarded-For": "192.0.2.1"}, {"proxy_mode": True}, []),
        ):
            with patch.dict(config.options, options):
                body = {"params": {"model": "mail.tracking.setup", "method": "run_check"}}
                body["params"].update(args=["live"], kwargs={})
                response = self.url_open(
                    "/web/dataset/call_kw/mail.tracking.setup/run_check",
                    data=json.dumps(body),
                    headers={"Content-Type": "application/json", **headers},
                )
            titles = [result["title"] for result in response.json()["result"]]
            self.assertEqual([title for title in titles if title == "Web server"], expected)

    def test_retention_and_size(self):
        self.env.cr.execute("ANALYZE mail_tracking_email")
        tracking, *sizes = self.run_check("retention")
        self.assert_result(tracking, "ok", "kept for ever")
        self.assertEqual(tracking["link"], "Settings")
        self.assertEqual(len(sizes), 3)
        for size in sizes:
            self.assertRegex(size["sentence"], r"\d.(kB|MB)$", size["title"])
        self.params.set_param("mail_tracking.mail_tracking_email_max_age_days", "90")
        tracking, *_sizes = self.run_check("retention")
        self.assert_result(tracking, "ok", "after 90 days")

    def test_many_rows_kept_for_ever(self):
        sizes = [("mail.tracking.email", 2_000_000, 1_234_567)]
        with patch.object(type(self.Setup), "_get_table_sizes", return_value=sizes):
            tracking, size = self.run_check("retention")
        self.assert_result(tracking, "warning", "kept for ever")
        self.assert_result(size, "info", "2,000,000 records, 1.2\N{NO-BREAK SPACE}MB")
        self.assertEqual(size["title"], "Tracking email")

    def test_coverage_by_route(self):
        self.env["mail.tracking.email"].search([]).unlink()
        [result] = self.run_check("delivery_coverage")
        self.assert_result(result, "info", "No email was sent")
        rows = self.env["mail.tracking.email"].create([{"recipient": "a@example.com"}] * 10)
        rows.smtp_server = "one.example"
        rows[:3].state = "sent"
        rows[3:9].state = "delivered"  # the last one waits
        rows[8].smtp_server = "two.example"
        old, sent = rows.create([{"recipient": "b@example.com"}] * 2)
        (old | sent).write({"state": "sent", "smtp_server": "two.example"})
        old.time = "2020-01-01"
        one, two = self.run_check("delivery_coverage")
        self.assertEqual((one["subject"], two["subject"]), ("one.example", "two.example"))
        self.assert_result(one, "ok", "Of 8 recent emails, 38% are Sent")
        self.assert_result(two, "ok", "Of 2 recent emails, 50% are Sent")
        rows[3:9].state = "sent"
        one, two = self.run_check("delivery_coverage")
        self.assert_result(one, "unknown", "100% are Sent")
        self.assertTrue(one["hint"])

    def test_versions(self):
        [result] = self.run_check("versions")
        self.assert_result(result, "info", "Odoo 19.0")
        self.env["ir.module.module"]._get("mail_tracking").latest_version = "19.0.1.0.6"
        [result] = self.run_check("versions")
        self.assert_result(result, "warning", "Email tracking 19.0.1.0.6")
        self.assertIn("upgrade", result["hint"])

    def test_the_cost_does_not_grow_with_the_mails(self):
        """Bounded queries: their number, and the rows they touch."""
        self.env["mail.tracking.email"].create([{"recipient": "a@example.com"}])
        for name in ("retention", "delivery_coverage", "bounces"):
            self.Setup.run_check(name)  # fills caches
            with self.subTest(name):
                few = self.count_queries(name)
                self.env["mail.tracking.email"].create([{"recipient": "a@example.com"}] * 50)
                self.env.flush_all()
                self.assertEqual(self.count_queries(name), few)

    def count_queries(self, name):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.Setup.run_check(name)
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestSetupWebhooks(SetupCommon, WebhookCommon):
    def webhook(self, code="sparkpost"):
        (self.env["mail.tracking.webhook"].search([]) - self.webhooks[code]).active = False
        [result] = self.run_check("webhooks")
        return result

    def test_no_webhook(self):
        self.env["mail.tracking.webhook"].search([]).active = False
        [result] = self.run_check("webhooks")
        self.assert_result(result, "info", "There is no webhook")

    def test_a_webhook_from_first_to_last(self):
        self.assert_result(self.webhook(), "unknown", "Nothing has come")
        result = self.webhook()
        self.assertEqual(
            (result["title"], result["subject"]), ("Webhook of SparkPost", "sparkpost")
        )
        wrong = {"Authorization": "Basic eDp5"}
        logging.getLogger("odoo.addons.mail_tracking").setLevel(logging.ERROR)
        self.addCleanup(logging.getLogger("odoo.addons.mail_tracking").setLevel, logging.NOTSET)
        self.assertEqual(self.deliver("sparkpost", wrong, b"[]").status_code, 401)
        result = self.webhook()
        self.assert_result(
            result, "problem", "Nothing has come from the service so far. A request was"
        )
        self.assertIn("The signature or the password was wrong", result["sentence"])
        events = self.events_for("sparkpost", self.sent_row())
        self.assertEqual(self.send("sparkpost", events).status_code, 200)
        day = self.webhooks["sparkpost"].day_ids
        day.last_refusal = day.last_event.replace(hour=0, minute=0, second=0)
        self.assert_result(self.webhook(), "ok", "Events last came on")
        self.assertIn("last refused", self.webhook()["sentence"])
        day.last_refusal = False
        self.assert_result(self.webhook(), "ok", "Events last came on")
        day.last_refusal = day.last_event.replace(year=day.last_event.year + 1)
        self.assert_result(self.webhook(), "problem", "A request was last refused on")

    def test_without_secret(self):
        self.webhooks["sparkpost"].secret = False
        self.assert_result(self.webhook(), "problem", "until this webhook is set up")

    def test_a_mail_server_behind_a_webhook(self):
        webhook = self.webhooks["sparkpost"]
        self.mail_server.mail_tracking_webhook_id = webhook
        [result] = self.run_check("mail_servers")
        self.assert_result(result, "unknown", "nothing has come from it so far")
        self.send("sparkpost", self.events_for("sparkpost", self.sent_row()))
        [result] = self.run_check("mail_servers")
        self.assert_result(result, "ok", "reports on emails, last on")
