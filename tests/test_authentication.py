"""Whether our emails prove that they are ours, with a name server on loopback."""

import time
from datetime import timedelta
from unittest.mock import patch

from aiosmtpd.smtp import SMTP

from odoo import fields
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.mail_tracking.models.authentication import mail_tracking_sending_domain
from odoo.addons.mail_tracking.tools import dns_client

from .support.authentication_common import DOMAIN, PTR, PUBLIC, AuthenticationCommon
from .support.dns_server import BROKEN, REFUSED, SILENT


@tagged("post_install", "-at_install")
class TestAuthentication(AuthenticationCommon):
    # ------------------------------------------------------------
    # WHAT WE SEND FROM
    # ------------------------------------------------------------

    def test_the_domains_that_we_send_from(self):
        other = self.env["mail.alias.domain"].create(
            {"name": "other.example", "default_from": "me@third.example"}
        )
        company = self.env["res.company"].create({"name": "Other", "email": "a@Company.Example"})
        company.alias_domain_id = other
        self.mail_server.from_filter = "filter.example, someone@person.example"
        self.env["ir.mail_server"].create(
            {"name": "Off", "smtp_host": "off.example", "from_filter": "off.example"}
        ).active = False
        self.env["ir.mail_server"].create(
            {
                "name": "Anna's own",
                "smtp_host": "own.example",
                "from_filter": "anna@own.example",
                "smtp_user": "anna@own.example",
                "owner_user_id": self.user_employee.id,
            }
        )
        server = type(self.mail_server)
        with patch.object(server, "_get_default_from_address", return_value="r@config.example"):
            found = self.Domains._get_bounce_domains()
        expected = {
            DOMAIN: {DOMAIN},
            "other.example": {"other.example"},
            "third.example": {"other.example"},
            "company.example": {"other.example"},
            "filter.example": set(),
            "person.example": set(),
            "config.example": set(),
        }
        self.assertEqual(found, expected)
        self.assertEqual(list(self.Domains._get_hosts()), ["localhost"])

    def test_records_follow_the_settings(self):
        self.Domains._sync()
        record, host = self.checked(), self.checked("localhost", "host")
        self.assertTrue(record and host)
        self.assertEqual(self.Domains._get_names(), {DOMAIN})
        self.env["res.company"].search([]).email = "info@other.example"
        self.mail_server.smtp_host = "127.0.0.1"
        self.Domains._sync()
        self.assertEqual(self.Domains._get_names(), {DOMAIN, "other.example"})
        self.assertTrue(record.exists())
        self.assertFalse(host.exists())
        self.assertTrue(self.checked("127.0.0.1", "host"))

    def test_the_server_of_the_configuration_file(self):
        self.mail_server.active = False
        with patch.dict(config.options, {"smtp_server": "Relay.example", "smtp_ssl": True}):
            self.assertEqual(list(self.Domains._get_hosts()), ["relay.example"])
            self.dns.records["relay.example", "A"] = [PUBLIC]
            self.run_cron()
        self.assertEqual(self.codes()["spf"], ["spf_ok"])
        found = self.codes(self.checked("relay.example", "host"))
        self.assertEqual((found["ptr"], found["tls"]), (["ptr_ok"], ["tls_ok"]))

    # ------------------------------------------------------------
    # BY THE SCHEDULED ACTION
    # ------------------------------------------------------------

    def test_all_is_right(self):
        self.run_cron()
        self.assertEqual(
            self.codes(),
            {
                "spf": ["spf_ok"],
                "dkim": ["dkim_unseen"],
                "dmarc": ["dmarc_reject"],
                "alignment": ["alignment_spf"],
                "mx": ["mx_ok"],
            },
        )
        host = self.codes(self.checked("localhost", "host"))
        self.assertEqual(host, {"ptr": ["ptr_ok"], "helo": ["helo_unknown"], "tls": ["tls_local"]})

    def test_wrong_records(self):
        records = self.dns.records
        for name, values, kind, code in (
            ((DOMAIN, "TXT"), ["no SPF"], "spf", "spf_missing"),
            ((DOMAIN, "TXT"), ["v=spf1 ip4:5.9.0.2 -all"], "spf", "spf_server"),
            ((DOMAIN, "TXT"), ["v=spf1 -all", "v=spf1 ~all"], "spf", "spf_several"),
            ((DOMAIN, "TXT"), ["v=spf1 include:loop.example"], "spf", "spf_lookups"),
            ((DOMAIN, "TXT"), ["v=spf1 " + "a:x.example " * 4], "spf", "spf_voids"),
            ((DOMAIN, "TXT"), ["v=spf1 ipv4:5.9.0.2 -all"], "spf", "spf_syntax"),
            ((DOMAIN, "TXT"), REFUSED, "spf", "no_answer"),
            ((f"_dmarc.{DOMAIN}", "TXT"), [], "dmarc", "dmarc_missing"),
            ((f"_dmarc.{DOMAIN}", "TXT"), ["v=DMARC1; p=no"], "dmarc", "dmarc_broken"),
            ((DOMAIN, "MX"), ["0 ."], "mx", "mx_null"),
            ((DOMAIN, "MX"), [], "mx", "mx_missing"),
            ((DOMAIN, "MX"), ["10 nowhere.example."], "mx", "mx_dangling"),
        ):
            with self.subTest(code):
                self.dns.records = {
                    **records,
                    ("loop.example", "TXT"): ["v=spf1 include:loop.example"],
                    name: values,
                }
                self.assertEqual(self.look_again()[kind], [code])

    def test_names_of_the_server(self):
        self.mail_server.smtp_encryption = "starttls"
        for values, code in (
            ([], "ptr_missing"),
            (["elsewhere.example."], "ptr_unconfirmed"),
            (REFUSED, "no_answer"),
        ):
            with self.subTest(code):
                self.dns.records[PTR] = values
                self.look_again()
                found = self.codes(self.checked("localhost", "host"))
                self.assertEqual((found["ptr"], found["tls"]), ([code], ["tls_ok"]))

    def test_what_the_server_calls_itself(self):
        for name, code in (
            ("mail.acme.example", "helo_ok"),
            ("odoo", "helo_no_name"),
            ("other.example", "helo_missing"),
        ):
            with self.subTest(code), patch.object(type(self.controller), "factory") as factory:
                factory.side_effect = lambda name=name: self._make_smtp(name)
                with self.smtp():
                    self.look_again()
                found = self.codes(self.checked("localhost", "host"))
                self.assertEqual((found["helo"], found["tls"]), ([code], ["tls_local"]))
        self.assertFalse(self.handler.envelopes)

    def _make_smtp(self, name):
        return SMTP(self.handler, hostname=name)

    def test_what_was_checked_today_is_not_due(self):
        self.run_cron()
        self.dns.asked.clear()
        self.run_cron()
        self.assertFalse(self.dns.asked)
        self.Domains.search([]).checked_on = fields.Datetime.now() - timedelta(hours=23)
        self.run_cron()
        self.assertTrue(self.dns.asked)

    def test_one_that_breaks_costs_no_other(self):
        self.Domains._sync()
        check = "odoo.addons.mail_tracking.models.authentication.mail_tracking_sending_domain"
        with (
            patch(f"{check}.check_domain", side_effect=ValueError("broken")),
            mute_logger("odoo.addons.mail_tracking.models.guard"),
        ):
            self.run_cron()
        self.assertFalse(self.checked().checked_on)
        self.assertTrue(self.checked("localhost", "host").checked_on)

    def test_a_name_server_that_is_silent_leaves_what_is_known(self):
        self.run_cron()
        known = self.checked().results
        self.dns.records[DOMAIN, "TXT"] = SILENT
        with patch.object(mail_tracking_sending_domain, "SECONDS", 1):
            start = time.monotonic()
            self.assertEqual(self.look_again()["spf"], ["no_answer"], "better than nothing")
            self.checked().write({"results": known, "checked_on": "2026-01-01"})
            self.run_cron()
        self.assertLess(time.monotonic() - start, 60)
        self.assertEqual(self.checked().results, known)

    def test_garbage_instead_of_an_answer(self):
        self.dns.records[DOMAIN, "TXT"] = BROKEN
        self.assertEqual(self.look_again()["spf"], ["no_answer"])

    def test_without_the_package(self):
        with patch.object(dns_client, "dns", None):
            self.run_cron()
            self.assertFalse(self.checked().checked_on)
            [result] = self.run_check("authentication")
            self.assert_result(result, "unknown", "dnspython is not installed")
            self.assertIn("pip install dnspython", result["hint"])

    # ------------------------------------------------------------
    # KEYS THAT ARE LEARNT
    # ------------------------------------------------------------

    def signed(self, domain=DOMAIN, selector="s1"):
        return f"DKIM-Signature: v=1; d={domain}; s={selector}; b=x\nFrom: Odoo <n@{DOMAIN}>\n"

    def bounce(self, headers, is_ours=True):
        row = self.row(self.post(self.anna), self.anna)
        token = self.by_token(row) if is_ours else f"Message-ID: {row.message_id}"
        refused = ("anna@example.com", "failed", "5.2.2", "552 Mailbox full")
        self.report(refused, headers=headers + token)

    def test_a_key_is_learnt_from_a_report(self):
        self.run_cron()
        self.bounce(self.signed())
        selector = self.checked().selector_ids
        self.assertEqual((selector.signer, selector.name), (DOMAIN, "s1"))
        self.assertTrue(selector.is_proven)
        self.assertEqual(self.look_again()["dkim"], ["dkim_missing"])
        self.dns.records[f"s1._domainkey.{DOMAIN}", "TXT"] = [f"v=DKIM1; p={self.key}"]
        self.assertEqual(self.look_again()["dkim"], ["dkim_ok"])
        self.dns.records[f"s1._domainkey.{DOMAIN}", "TXT"] = ["v=DKIM1; p="]
        self.assertEqual(self.look_again()["dkim"], ["dkim_revoked"])

    def test_a_key_is_learnt_from_what_receivers_found(self):
        self.run_cron()
        results = "Authentication-Results: mx.example.net; dkim=pass header.d=acme.example"
        self.bounce(f"{results} header.s=seen\nFrom: n@{DOMAIN}\n")
        self.assertEqual(self.checked().selector_ids.name, "seen")

    def test_what_anybody_can_write_proves_nothing(self):
        self.run_cron()
        self.bounce(self.signed(selector="invented"), is_ours=False)
        self.assertFalse(self.checked().selector_ids.is_proven)
        self.assertEqual(self.look_again()["dkim"], ["dkim_unseen"])

    def incoming(self, sender, headers):
        name = f"incoming-{sender}-{len(headers)}"
        text = f"{headers}From: {sender}\nTo: x@{DOMAIN}\nMessage-ID: <{name}@x.example>\n\nBody\n"
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process("res.partner", text)

    def test_a_key_is_learnt_from_an_incoming_copy(self):
        self.run_cron()
        header = "DKIM-Signature: v=1; d=%s; s=s1; b=x\n"
        self.incoming("bob@other.example", header % "other.example")
        self.assertFalse(self.checked().selector_ids)
        self.incoming(f"anna@{DOMAIN}", header % DOMAIN)
        self.assertEqual(self.checked().selector_ids.mapped("is_proven"), [False])
        self.dns.records[f"s1._domainkey.{DOMAIN}", "TXT"] = [f"v=DKIM1; p={self.key}"]
        self.assertEqual(self.look_again()["dkim"], ["dkim_ok"])
        self.bounce(self.signed())
        self.assertEqual(self.checked().selector_ids.mapped("is_proven"), [True], "the same key")

    def test_strangers_cannot_fill_the_table(self):
        self.run_cron()
        headers = "".join(f"DKIM-Signature: d={DOMAIN}; s=x{i}\n" for i in range(100))
        for number in range(3):
            self.incoming(f"anna@{DOMAIN}", f"X-N: {'x' * number}\n{headers}")
        found = self.checked().selector_ids
        self.assertEqual((len(found), found.mapped("is_proven")), (8, [False] * 8))
        self.bounce(self.signed())
        self.assertEqual(self.checked().selector_ids.filtered("is_proven").name, "s1")

    def test_old_keys_make_room_and_are_forgotten(self):
        self.run_cron()
        today = fields.Date.today()
        domain = self.checked()
        Selector = self.env["mail.tracking.selector"]
        values = {"domain_id": domain.id, "signer": DOMAIN, "is_proven": True}
        Selector.create(
            [
                {**values, "name": f"s{age}", "seen_on": today - timedelta(days=age)}
                for age in range(100, 120)
            ]
        )
        self.bounce(self.signed(selector="fresh"))
        names = set(domain.selector_ids.mapped("name"))
        self.assertIn("fresh", names)
        self.assertNotIn("s119", names)
        self.assertEqual(len(names), 20)
        domain.selector_ids.filtered(lambda each: each.name == "s118").seen_on -= timedelta(days=90)
        Selector._gc()
        self.assertEqual(len(domain.selector_ids.exists()), 19)

    def test_a_key_costs_no_mail(self):
        self.run_cron()
        learn = type(self.env["mail.tracking.selector"])
        with (
            patch.object(learn, "_learn", side_effect=ValueError("broken")),
            mute_logger("odoo.addons.mail_tracking.models.guard"),
        ):
            self.bounce(self.signed())
        self.assertEqual(self.env["mail.tracking.email"].search([], limit=1).state, "soft-bounced")

    # ------------------------------------------------------------
    # ON THE SET-UP PAGE
    # ------------------------------------------------------------

    def results(self, refresh=False):
        method = self.Setup.refresh_check if refresh else self.Setup.run_check
        results = method("authentication")
        self.env.invalidate_all()
        return {result["title"]: result for result in results}

    def test_the_page_asks_nobody(self):
        result = self.results()["Look-up"]
        self.assert_result(result, "unknown", "has not been asked so far")
        self.assertIn("Check again", result["hint"])
        self.run_cron()
        self.dns.asked.clear()
        self.assertIn("Allowed servers (SPF)", self.results())
        self.assertFalse(self.dns.asked)

    def test_a_click_asks(self):
        found = self.results(refresh=True)
        self.assertTrue(self.dns.asked)
        self.assert_result(found["Allowed servers (SPF)"], "ok", "allows your mail servers")
        self.assertEqual(found["Allowed servers (SPF)"]["subject"], DOMAIN)
        self.assert_result(found["Policy (DMARC)"], "ok", "rejected")
        self.assert_result(found["Name of the address (PTR)"], "ok", "leads back")
        del self.dns.records[f"_dmarc.{DOMAIN}", "TXT"]
        result = self.results(refresh=True)["Policy (DMARC)"]
        self.assert_result(result, "problem", "no DMARC record")
        value = f"v=DMARC1; p=none; rua=mailto:postmaster@{DOMAIN}"
        self.assertEqual(result["enter"], [[f"_dmarc.{DOMAIN}", "TXT", value]])

    def test_who_clicks_waits_for_a_while_and_no_longer(self):
        self.dns.records[DOMAIN, "TXT"] = SILENT
        self.dns.records["localhost", "A"] = SILENT
        with patch.object(mail_tracking_sending_domain, "WAITING_SECONDS", 1):
            start = time.monotonic()
            self.results(refresh=True)
        self.assertLess(time.monotonic() - start, 30)

    def test_rules_of_large_providers(self):
        self.run_cron()
        found = self.results()
        for title, verdict in (
            ("Rule: SPF and DKIM", "unknown"),
            ("Rule: DMARC", "ok"),
            ("Rule: same domain (alignment)", "ok"),
            ("Rule: names of addresses (PTR)", "ok"),
            ("Rule: complaints below 0.3 %", "unknown"),
        ):
            with self.subTest(title):
                self.assert_result(found[title], verdict, "Google")
        self.env["mail.tracking.day.total"].create(
            [
                {"day": fields.Date.today(), "tried": 1000, "arrived": 1000},
                {"day": fields.Date.today(), "tried": 5, "complaints": 5},
            ]
        )
        del self.dns.records[PTR]
        self.look_again()
        found = self.results()
        self.assert_result(found["Rule: complaints below 0.3 %"], "problem", "Not met")
        self.assert_result(found["Rule: names of addresses (PTR)"], "problem", "Google, Yahoo")

    def test_mailings_need_an_address_for_one_click(self):
        self.run_cron()
        title = "Rule: one click to unsubscribe"
        self.assert_result(self.results()[title], "ok", "Met.")
        for url, verdict, words in (
            ("https://odoo.acme.com", "ok", "Met."),
            ("https://odoo.acme.com:8443/x", "ok", "Met."),
            ("http://odoo.acme.com", "problem", "Not met."),
            ("https://odoo.local", "problem", "Not met."),
        ):
            self.params.set_param("web.base.url", url)
            with (
                self.subTest(url),
                patch.dict(
                    self.env.registry.models, {"mailing.mailing": type(self.env["mail.mail"])}
                ),
            ):
                self.assert_result(self.results()[title], verdict, words)

    def test_findings_of_another_version_are_left_out(self):
        self.run_cron()
        record = self.checked()
        record.results = [*record.results, {**record.results[0], "code": "of_old"}]
        self.assertIn("Policy (DMARC)", self.results())

    def test_what_is_copied_names_nobody(self):
        self.dns.records[DOMAIN, "TXT"] = ["v=spf1 ipv4:zx-mark.example -all"]
        self.dns.records[PTR] = ["zx-mark.example."]
        self.run_cron()
        results = self.run_check("authentication")
        self.assertIn("zx-mark", str(results))
        for result in results:
            copied = " ".join(result[key] for key in ("title", "sentence", "hint"))
            for name in (DOMAIN, "localhost", PUBLIC, "zx-mark", "@"):
                self.assertNotIn(name, copied)

    def test_as_many_queries_for_many_domains(self):
        self.run_cron()
        self.results()
        self.env.flush_all()

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.results()
            return self.env.cr.sql_log_count - before

        few = count()
        record = self.checked()
        self.Domains.create(
            [
                {"name": f"n{i}.example", "results": record.results, "checked_on": "2026-01-01"}
                for i in range(30)
            ]
        )
        self.env.flush_all()
        self.assertEqual(count(), few)
        self.assert_result(self.results()["Others"], "unknown", "more are not shown")
