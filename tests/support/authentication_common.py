"""Domains that we send from, with a name server of our own."""

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .dns_server import DnsServer
from .report_common import ReportCommon
from .setup_common import SetupCommon

#: an address of the public internet; nobody connects to it
PUBLIC = "5.9.0.1"
PTR = ("1.0.9.5.in-addr.arpa", "PTR")
DOMAIN = "acme.example"


def make_key(bits):
    """The public half of a key, as it stands in DNS."""
    key = rsa.generate_private_key(65537, bits).public_key()
    data = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(data).decode()


class AuthenticationCommon(ReportCommon, SetupCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = make_key(2048)
        cls.Domains = cls.env["mail.tracking.sending.domain"]
        cls.Setup = cls.env["mail.tracking.setup"].with_user(cls.user_admin)
        # one domain alone: that of the alias, of the company, and of what is sent by default
        companies = cls.env["res.company"].search([])
        companies.email = f"info@{DOMAIN}"
        domain = cls.env.company.alias_domain_id
        companies.alias_domain_id = domain
        cls.env["mail.alias"].search([]).alias_domain_id = domain
        (cls.env["mail.alias.domain"].search([]) - domain).unlink()
        domain.write({"name": DOMAIN, "default_from": "notifications"})
        # its name leads to loopback for the operating system, and elsewhere for our name server
        cls.mail_server.smtp_host = "localhost"
        cls.dns = DnsServer()
        server = cls.dns.running()
        cls.dns_address = server.__enter__()
        cls.addClassCleanup(server.__exit__, None, None, None)
        cls.env["ir.config_parameter"].set_param("mail_tracking.dns_server", cls.dns_address)

    def setUp(self):
        super().setUp()
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60)
        self.dns.asked.clear()
        self.dns.records = {
            (DOMAIN, "TXT"): [f"v=spf1 ip4:{PUBLIC} ~all", "some other text"],
            (DOMAIN, "MX"): ["10 mail.acme.example."],
            (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject"],
            ("mail.acme.example", "A"): [PUBLIC],
            ("localhost", "A"): [PUBLIC],
            PTR: ["mail.acme.example."],
        }

    def run_cron(self):
        self.env.ref("mail_tracking.ir_cron_authentication").method_direct_trigger()
        self.env.invalidate_all()

    def checked(self, name=DOMAIN, kind="domain"):
        return self.Domains.search([("name", "=", name), ("kind", "=", kind)])

    def codes(self, record=None):
        """What was found, by what was checked."""
        found = {}
        for each in (record or self.checked()).results:
            found.setdefault(each["kind"], []).append(each["code"])
        return found

    def look_again(self):
        """What is found if it is due again."""
        self.Domains.search([]).checked_on = False
        self.run_cron()
        return self.codes()
