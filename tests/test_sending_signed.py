"""Mails that another addon signs or encrypts, wherever it stands in the order of addons."""

from email.message import EmailMessage
from unittest.mock import patch

from markupsafe import Markup

from odoo.tests import tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .support.common import MailTrackingCommon

SIGNED = 'multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature"'
ENCRYPTED = 'multipart/encrypted; protocol="application/pgp-encrypted"'


def wrapped(message, kind, parts):
    """The mail with its headers, and these parts instead of its content."""
    outer = EmailMessage(policy=message.policy)
    for name, value in message.items():
        if not name.lower().startswith(("content-", "mime-")):
            outer[name] = str(value)
    outer["MIME-Version"] = "1.0"
    outer["Content-Type"] = kind
    outer.set_payload(parts)
    return outer


def signed(message):
    """The mail as RFC 3156 wants it: what is signed, and its signature."""
    inner = EmailMessage(policy=message.policy)
    inner["Content-Type"] = str(message["Content-Type"])
    inner.set_payload(message.get_payload())
    signature = EmailMessage(policy=message.policy)
    signature["Content-Type"] = "application/pgp-signature"
    signature.set_payload("-----BEGIN PGP SIGNATURE-----\n")
    return wrapped(message, SIGNED, [inner, signature])


def encrypted(message):
    """A mail of which nothing but the headers can be read."""
    parts = []
    for kind, text in (("pgp-encrypted", "Version: 1"), ("octet-stream", "secret")):
        part = EmailMessage(policy=message.policy)
        part["Content-Type"] = f"application/{kind}"
        part.set_payload(text)
        parts.append(part)
    return wrapped(message, ENCRYPTED, parts)


def smime(message):
    """The same by S/MIME, in one piece."""
    return wrapped(message, "application/pkcs7-mime; smime-type=signed-data", "<body>x</body>")


@tagged("post_install", "-at_install")
class TestSendingSigned(MailTrackingCommon):
    def sealing(self, owner, method, seal):
        """Another addon, whose override of a method stands at a class."""
        original = getattr(IrMail_Server, method)
        Registry = self.registry["ir.mail_server"]

        def build(model, *args, **kwargs):
            if owner is IrMail_Server:
                return seal(original(model, *args, **kwargs))
            return seal(super(Registry, model)._build_email__(*args, **kwargs))

        def send(model, message, *args, **kwargs):
            if owner is IrMail_Server:
                return original(model, seal(message), *args, **kwargs)
            return super(Registry, model).send_email(seal(message), *args, **kwargs)

        return patch.object(owner, method, build if method == "_build_email__" else send)

    def orders(self):
        for method in ("_build_email__", "send_email"):
            yield method, IrMail_Server  # below ours
            yield method, self.registry["ir.mail_server"]  # above ours

    def check(self, seal, kind):
        for method, owner in self.orders():
            with self.subTest(method=method, owner=owner.__module__):
                self.handler.__init__()
                with self.sealing(owner, method, seal):
                    message = self.post(self.anna)
                mail = self.received("anna@example.com")
                self.assertEqual(mail.get_content_type(), kind)
                self.assertEqual(self.row(message, self.anna).state, "sent")
                yield mail

    def test_a_signed_mail_stays_as_it_was_signed(self):
        before = []

        def sign(message):
            before.append(message.get_body(("html",)).get_content())
            return signed(message)

        for mail in self.check(sign, "multipart/signed"):
            self.assertEqual(self.html(mail), before.pop())
            self.assertIn("Hello", self.html(mail))
            self.assertIn("/mail_tracking/open/", self.html(mail), "what is signed holds it")

    def test_an_encrypted_mail_stays_as_it_is(self):
        for mail in self.check(encrypted, "multipart/encrypted"):
            self.assertEqual(len(list(mail.iter_parts())), 2)
        for mail in self.check(smime, "application/pkcs7-mime"):
            self.assertIn("<body>x</body>", mail.as_string())

    def test_the_pixel_of_a_long_mail_is_where_gmail_still_looks(self):
        message = self.post(self.anna, body=Markup("<p>%s</p>") % ("Words " * 40_000))
        html = self.html(self.received("anna@example.com"))
        url = self.row(message, self.anna)._get_pixel_url()
        self.assertEqual(html.count(url), 1)
        self.assertLess(len(html.partition(url)[0].encode()), 10_000)
        self.assertGreater(len(html), 102_000)
