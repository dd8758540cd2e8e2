"""Who runs the mail servers of the domains that we write to, by MX."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.mail_tracking.tools import dns_client

from .support.authentication_common import AuthenticationCommon
from .support.dns_server import REFUSED, SILENT


@tagged("post_install", "-at_install")
class TestRecipientDomains(AuthenticationCommon):
    def setUp(self):
        super().setUp()
        self.RecipientDomains = self.env["mail.tracking.domain"]
        self.dns.records.update(
            {
                ("a.example", "MX"): ["5 aspmx.l.google.com."],
                ("b.example", "MX"): [
                    "20 mx.zoho.eu.",
                    "10 b-example.mail.protection.outlook.com.",
                ],
                ("c.example", "MX"): ["10 mail.c.example."],
                ("down.example", "MX"): REFUSED,
                ("silent.example", "MX"): SILENT,
            }
        )

    def look_up(self, *names, seconds=30):
        self.RecipientDomains._look_up(names, seconds)
        return self.RecipientDomains._get_providers(names)

    def asked(self):
        names = [name for name, _type in self.dns.asked]
        self.dns.asked.clear()
        return names

    def test_providers_by_mx(self):
        names = ["a.example", "b.example", "c.example", "none.example"]
        expected = dict(zip(names, ["Google", "Microsoft", "", ""], strict=True))
        self.assertEqual(self.RecipientDomains._get_providers(names), dict.fromkeys(names, ""))
        self.assertFalse(self.asked())
        self.assertEqual(self.look_up(*names), expected)
        self.assertEqual(self.asked(), names)
        self.assertEqual(self.look_up(*names), expected)
        self.assertFalse(self.asked(), "what is known is not asked again")
        self.assertEqual(self.RecipientDomains._get_providers(names), expected)
        records = self.RecipientDomains.search([("name", "in", names)])
        self.assertEqual(len(records), 4)
        records.checked_on = fields.Datetime.now() - timedelta(days=100)
        self.dns.records["c.example", "MX"] = ["10 mx1.mail.ovh.net."]
        self.assertEqual(self.look_up(*names), {**expected, "c.example": "OVHcloud"})
        self.assertEqual(self.asked(), names)

    def test_well_known_domains_need_no_dns(self):
        found = self.look_up("gmail.com", "hotmail.co.uk", "web.de")
        self.assertEqual(list(found.values()), ["Google", "Microsoft", "GMX and WEB.DE"])
        self.assertFalse(self.asked())
        known = self.RecipientDomains.search([("name", "=", "gmail.com")])
        self.assertEqual(known.provider, "Google", "lists of emails are searched by it")

    def test_no_answer_is_asked_again_tomorrow(self):
        self.look_up("down.example")
        self.look_up("down.example")
        self.assertEqual(self.asked(), ["down.example"])
        self.RecipientDomains.search([("name", "=", "down.example")]).checked_on -= timedelta(
            days=2
        )
        self.dns.records["down.example", "MX"] = ["5 aspmx.l.google.com."]
        self.assertEqual(self.look_up("down.example"), {"down.example": "Google"})

    def test_what_takes_too_long_stays_unknown(self):
        found = self.look_up("a.example", "silent.example", "b.example", seconds=2)
        self.assertEqual(found["b.example"], "")
        self.assertNotIn("b.example", self.asked())
        self.assertEqual(self.look_up("b.example")["b.example"], "Microsoft")

    def test_one_statement_for_all_that_is_found(self):
        names = [f"n{number}.example" for number in range(30)]
        self.dns.records.update({(name, "MX"): ["5 aspmx.l.google.com."] for name in names})
        self.look_up("a.example")
        self.env.flush_all()
        with self.assertQueryCount(3):  # the name server, what is known, and what is found
            self.RecipientDomains._look_up(names, 60)
        self.assertEqual(set(self.look_up(*names).values()), {"Google"})

    def test_hostile_names(self):
        names = ["", "x" * 300, "a..b", "'; --", "ü.example", "\x01.example"]
        found = self.look_up(*names)
        self.assertEqual(set(found.values()), {""})

    def test_without_the_package(self):
        with patch.object(dns_client, "dns", None):
            found = self.look_up("a.example", "gmail.com")
        self.assertEqual(found, {"a.example": "", "gmail.com": "Google"})
        self.assertEqual(self.look_up("a.example")["a.example"], "Google", "asked once it is there")
