"""What people are told when the set-up of their own mail server is wrong."""

import contextlib
import datetime
import ipaddress
import os
import socketserver
import ssl
import tempfile
import threading
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from odoo.tests import tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon, free_port

TIMEOUT = "odoo.addons.base.models.ir_mail_server.SMTP_TIMEOUT"
READY = "220 smtp.example ESMTP"
NO_MAIL = "The connection to the outgoing mail server failed (127.0.0.1)"
#: what Python says, and no mail server
PYTHON = ("b'", 'b"', "Errno", "_ssl.c", "(5", "Error", "[")


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self.say(self.server.greeting)
            for line in self.rfile:
                verb = line.decode("latin-1")[:4].upper().strip()
                self.say(self.server.answers.get(verb, "250 2.0.0 Ok"))

    def say(self, text):
        if text is not None:
            self.wfile.write(text.replace("\n", "\r\n").encode() + b"\r\n")


class ScriptedServer(socketserver.ThreadingTCPServer):
    """A mail server that gives the same answers again and again.

    :param str greeting: what it says first; None for nothing
    :param dict answers: verb -> answer, where it is not that all is well
    :param SSLContext context: of a server that speaks TLS from the start
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, greeting=READY, answers=None, context=None):
        super().__init__(("127.0.0.1", 0), _Session)
        self.greeting, self.answers, self.context = greeting, answers or {}, context
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True)
        return connection, address

    def handle_error(self, request, client_address):
        """Nothing: clients leave when they do not like what they see."""


def self_signed():
    """The context of a server whose certificate nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(1))
        .not_valid_after(today + datetime.timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "server.pem")
        with open(path, "wb") as file:
            file.write(certificate.public_bytes(pem))
            file.write(
                key.private_bytes(
                    pem,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        context.load_cert_chain(path)
    return context


@tagged("post_install", "-at_install")
class TestSendingSetup(MailTrackingCommon):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch(TIMEOUT, 0.5))

    def assert_told(self, server, words, code="", status="", text="", **settings):
        """Send a mail with a server, and look at what its author is told."""
        if server:
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
        self.mail_server.write(
            {
                "smtp_host": "127.0.0.1",
                "smtp_port": server.server_address[1] if server else free_port(),
                "smtp_encryption": "none",
                "smtp_user": False,
                "smtp_pass": False,
                **settings,
            }
        )
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        self.assertEqual((row.state, row.error_code or ""), ("error", code))
        self.assertEqual(row.error_status or "", status)
        [line] = message.tracking_status()
        said = line["error_description"]
        self.assertIn(words, said)
        self.assertIn(text, said)
        self.assertEqual("not reachable" in said, words.endswith("not reachable"))
        self.assertEqual(said.count(code or said), 1, said)
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        notification = self.notification(message, self.anna)
        self.assertEqual(notification.notification_status, "exception")
        for reason in (said, row.error_description, mail.failure_reason):
            self.assertTrue(reason)
            for python in PYTHON:
                self.assertNotIn(python, reason)
        return row

    def assert_servers_fault(self, row):
        """All that is sent by this server can be sent again, when it is set up rightly."""
        self.assertEqual(
            self.notification(row.mail_message_id, self.anna).failure_type, "mail_smtp"
        )
        Tracking = row.with_user(self.user_employee)
        choices = Tracking.action_resend_choices()
        self.assertIn(row.error_smtp_server, str(choices["groups"]))
        self.assertFalse(choices["doubtful"])

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_login_that_is_refused(self):
        ehlo = "250-smtp.example\n250 AUTH PLAIN LOGIN"
        answers = {"EHLO": ehlo, "AUTH": "535 5.7.8 Username and password not accepted"}
        row = self.assert_told(
            ScriptedServer(answers=answers),
            "The login at the outgoing mail server failed (127.0.0.1)",
            "535",
            "5.7.8",
            "Username and password not accepted",
            smtp_user="user",
            smtp_pass="zx-secret",
        )
        self.assert_servers_fault(row)
        self.assertNotIn("zx-secret", str(row.tracking_event_ids.read()))
        # a server that wants one before it takes a mail
        answers = {"MAIL": "530 5.7.0 Authentication required"}
        self.assert_told(ScriptedServer(answers=answers), "login", "530", "5.7.0")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_what_the_server_does_not_offer(self):
        cannot = "The outgoing mail server cannot do what is needed (127.0.0.1)"
        row = self.assert_told(
            ScriptedServer(), cannot, text="AUTH", smtp_user="user", smtp_pass="x"
        )
        self.assert_servers_fault(row)
        self.assert_told(ScriptedServer(), cannot, text="STARTTLS", smtp_encryption="starttls")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_encryption(self):
        tls = "No encrypted connection to the outgoing mail server (127.0.0.1)"
        ehlo = "250-smtp.example\n250 STARTTLS"
        answers = {"EHLO": ehlo, "STAR": "454 4.7.0 TLS not available"}
        self.assert_told(
            ScriptedServer(answers=answers), tls, "454", "4.7.0", smtp_encryption="starttls"
        )
        row = self.assert_told(
            ScriptedServer(), tls, text="wrong version number", smtp_encryption="ssl"
        )
        self.assert_servers_fault(row)
        answers = {"MAIL": "530 Must issue a STARTTLS command first"}
        self.assert_told(ScriptedServer(answers=answers), tls, "530")

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_certificate_that_nobody_trusts(self):
        row = self.assert_told(
            ScriptedServer(context=self_signed()),
            "The certificate of the outgoing mail server is not trusted (127.0.0.1)",
            text="self",  # "self-signed certificate", with a blank in older libraries
            smtp_encryption="ssl_strict",
        )
        self.assert_servers_fault(row)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_wrong_port(self):
        with self.subTest("one where TLS is spoken"):
            self.assert_told(ScriptedServer(greeting=None), NO_MAIL, text="timed out")
        with self.subTest("one of a web server"):
            web = ScriptedServer(greeting="HTTP/1.1 400 Bad Request")
            self.assert_told(web, "What answered is not a mail server", text="Bad Request")
        with self.subTest("one where nobody is"):
            row = self.assert_told(None, "Mail server 127.0.0.1 not reachable", text="refused")
            self.assert_servers_fault(row)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_server_that_refuses_everybody(self):
        refused = "The outgoing mail server refused the connection (127.0.0.1)"
        for answer in ("554 5.7.1 Your address is blocked", "421 4.7.0 Too many connections"):
            row = self.assert_told(
                ScriptedServer(greeting=answer), refused, answer[:3], answer[4:9], answer[10:]
            )
            self.assert_servers_fault(row)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_name_that_is_none(self):
        row = self.assert_told(
            ScriptedServer(),
            "The name of the outgoing mail server was not found",
            smtp_host="a" * 70 + ".example",
        )
        self.assert_servers_fault(row)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_sender_that_is_refused_is_no_unknown_recipient(self):
        words = "The sender address was refused"
        for answer in ("550 Not yours", "550 5.1.1 Unknown", "553 5.1.8 Sender rejected"):
            server = ScriptedServer(answers={"MAIL": answer})
            status = answer[4:9] if answer[5] == "." else ""
            self.assert_told(server, words, answer[:3], status)
            self.assertFalse(self.anna.email_bounced)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_server_of_odoo_that_may_not_be_used(self):
        server = self.mail_server.copy({"name": "Archived", "active": False})
        mail = self.send_mail(recipient_ids=[(4, self.anna.id)], mail_server_id=server.id)
        row = self.rows(mail.mail_message_id)
        self.assertEqual(row.state, "error")
        said = row._get_reason()
        self.assertIn("The outgoing mail server is not set up correctly", said)
        self.assertIn("Archived", said)
        self.assertNotIn("not reachable", said)
