"""Asking a name server on loopback: right and wrong answers, none, and too many."""

import time
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from odoo.addons.mail_tracking.tools import dns_client
from odoo.addons.mail_tracking.tools.authentication import answers
from odoo.addons.mail_tracking.tools.authentication.answers import Answer

from .support.common import free_port
from .support.dns_server import BROKEN, REFUSED, SILENT, DnsServer


@tagged("post_install", "-at_install")
class TestDnsClient(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dns = DnsServer()
        server = cls.dns.running()
        cls.address = server.__enter__()
        cls.addClassCleanup(server.__exit__, None, None, None)

    def setUp(self):
        super().setUp()
        self.dns.asked.clear()
        self.dns.records = {
            ("acme.example", "TXT"): ["v=spf1 -all", 'with "quotes"', "long " * 100],
            ("acme.example", "MX"): ["10 MX1.Acme.example.", "20 mx2.acme.example."],
            ("mx1.acme.example", "A"): ["5.9.0.1"],
            ("mx1.acme.example", "AAAA"): ["2A01::1"],
            ("null.example", "MX"): ["0 ."],
            ("broken.example", "TXT"): BROKEN,
            ("refused.example", "TXT"): REFUSED,
            ("silent.example", "TXT"): SILENT,
            ("large.example", "TXT"): [f"{number:03} " + "x" * 400 for number in range(100)],
        }

    def client(self, seconds=30):
        return dns_client.DnsClient(seconds, self.address)

    def test_answers(self):
        ask = self.client()
        self.assertTrue(dns_client.is_available())
        for name, record_type, answer in (
            (
                "acme.example",
                "TXT",
                Answer(answers.FOUND, ("v=spf1 -all", 'with "quotes"', "long " * 100)),
            ),
            (
                "ACME.example.",
                "MX",
                Answer(answers.FOUND, ("10 mx1.acme.example", "20 mx2.acme.example")),
            ),
            ("mx1.acme.example", "A", Answer(answers.FOUND, ("5.9.0.1",))),
            ("mx1.acme.example", "AAAA", Answer(answers.FOUND, ("2a01::1",))),
            ("null.example", "MX", Answer(answers.FOUND, ("0 ",))),
            ("acme.example", "A", Answer(answers.EMPTY)),
            ("example", "TXT", Answer(answers.EMPTY)),
            ("nothing.example", "TXT", Answer(answers.MISSING)),
            ("refused.example", "TXT", Answer(answers.FAILED)),
        ):
            with self.subTest(name=name, type=record_type):
                found = ask(name, record_type)
                self.assertEqual((found.status, set(found.values)), (answer[0], set(answer[1])))

    def test_the_same_question_is_asked_once(self):
        ask = self.client()
        for name in ("acme.example", "ACME.Example.", "acme.example"):
            ask(name, "MX")
        self.assertEqual(self.dns.asked, [("acme.example", "MX")])

    def test_what_is_no_name_is_not_asked(self):
        ask = self.client()
        for name in ("a..b", "x" * 64 + ".example", ".".join(["abcdefgh"] * 40), "\\400.example"):
            with self.subTest(name[:20]):
                self.assertEqual(ask(name, "TXT"), Answer(answers.MISSING))
        self.assertFalse(self.dns.asked)

    def test_what_does_not_answer_has_its_time(self):
        for name in ("silent.example", "broken.example"):
            with self.subTest(name), patch.object(dns_client, "QUESTION_SECONDS", 0.4):
                start = time.monotonic()
                self.assertEqual(self.client()(name, "TXT"), Answer(answers.FAILED))
                self.assertLess(time.monotonic() - start, 20)

    def test_all_questions_have_a_time(self):
        ask = self.client(seconds=0.3)
        self.assertFalse(ask.is_over)
        self.assertEqual(ask("silent.example", "TXT"), Answer(answers.FAILED))
        self.assertTrue(ask.is_over)
        self.dns.asked.clear()
        self.assertEqual(ask("acme.example", "TXT"), Answer(answers.FAILED))
        self.assertFalse(self.dns.asked, "nobody is asked when the time is up")

    def test_large_answers_are_cut(self):
        found = self.client()("large.example", "TXT")
        self.assertEqual(found.status, answers.FOUND)
        self.assertEqual(len(found.values), answers.MAX_VALUES)

    def test_nobody_to_ask(self):
        for address in (f"127.0.0.1:{free_port()}", "nonsense", "name.example:53", "127.0.0.1:x"):
            with self.subTest(address), patch.object(dns_client, "QUESTION_SECONDS", 0.4):
                ask = dns_client.DnsClient(5, address)
                self.assertEqual(ask("acme.example", "TXT"), Answer(answers.FAILED))

    def test_without_the_package(self):
        with patch.object(dns_client, "dns", None):
            self.assertFalse(dns_client.is_available())
            ask = dns_client.DnsClient(5, self.address)
            self.assertEqual(ask("acme.example", "TXT"), Answer(answers.FAILED))
