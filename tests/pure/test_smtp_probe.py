# Part of mail_tracking. Licence: LGPL-3.
"""Asking a server on loopback what it offers."""

import smtplib
import socket
import ssl
from datetime import datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools.smtp_probe import ask_greeting, ask_offers_dsn


class Handler:
    """What the sessions said."""

    def __init__(self, extensions):
        self.extensions = extensions
        self.commands = []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.commands.append("EHLO encrypted" if is_encrypted else "EHLO")
        if "dsn" in self.extensions.get(is_encrypted, ()):
            responses.insert(-1, "250-DSN")
        return responses

    async def handle_QUIT(self, server, session, envelope):
        self.commands.append("QUIT")
        return "221 Bye"


@pytest.fixture
def certificate(tmp_path):
    """Paths of a certificate that nobody signed, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
def start(certificate):
    controllers = []

    def start(extensions, **options):
        handler = Handler(extensions)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        if options.pop("starttls", False):
            options["tls_context"] = context
        if options.pop("ssl", False):
            options["ssl_context"] = context
        with socket.create_server(("127.0.0.1", 0)) as listener:
            handler.port = listener.getsockname()[1]
        controller = Controller(
            handler, hostname="127.0.0.1", port=handler.port, ready_timeout=60, **options
        )
        controller.start()
        controllers.append(controller)
        handler.commands.clear()  # what the controller tried
        return handler

    yield start
    for controller in controllers:
        controller.stop(no_assert=True)


def ask(handler, encryption):
    return ask_offers_dsn("127.0.0.1", handler.port, encryption, 60)


@pytest.mark.parametrize("offered", [True, False])
def test_without_encryption(start, offered):
    handler = start({False: ["dsn"] if offered else []})
    assert ask(handler, "none") is offered
    assert handler.commands == ["EHLO", "QUIT"], "nobody logs in, nothing is sent"


@pytest.mark.parametrize("offered", [True, False])
def test_what_was_offered_before_encryption_does_not_count(start, offered):
    handler = start(
        {True: ["dsn"] if offered else [], False: [] if offered else ["dsn"]}, starttls=True
    )
    assert ask(handler, "starttls") is offered
    assert handler.commands == ["EHLO", "EHLO encrypted", "QUIT"]


@pytest.mark.parametrize("offered", [True, False])
def test_with_encryption_from_the_start(start, offered):
    handler = start({True: ["dsn"] if offered else []}, ssl=True)
    assert ask(handler, "ssl") is offered


@pytest.mark.parametrize("encryption", ["starttls_strict", "ssl_strict"])
def test_only_the_strict_ones_want_a_certificate_that_somebody_signed(start, encryption):
    handler = start({}, **{encryption.partition("_")[0]: True})
    with pytest.raises(ssl.SSLError):
        ask(handler, encryption)


def test_a_server_without_encryption_is_no_server_with_it(start):
    handler = start({})
    with pytest.raises(smtplib.SMTPException):
        ask(handler, "starttls")


@pytest.mark.parametrize("starttls", [True, False])
def test_the_greeting_tells_name_and_encryption(start, starttls):
    handler = start({}, starttls=starttls, server_hostname="Mail.Example.com")
    found = ask_greeting("127.0.0.1", handler.port, "none", 60)
    assert found == ("mail.example.com", starttls)
    assert handler.commands == ["EHLO", "QUIT"], "nobody logs in, nothing is sent"


def test_the_greeting_of_a_server_that_encrypts_from_the_start(start):
    handler = start({}, ssl=True, server_hostname="mail.example.com")
    assert ask_greeting("127.0.0.1", handler.port, "ssl", 60) == ("mail.example.com", True)
