"""What the server said, the proof of sending, and the check of one."""

import base64
import contextlib
import datetime
import json
import ssl
import tempfile
from pathlib import Path
from unittest.mock import patch

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.proof import mail_tracking_email as room
from ..tools import proof
from .support.common import TOKEN_HEADER, RecordingHandler, free_port
from .support.report_common import UNKNOWN, ReportCommon


class RawHandler(RecordingHandler):
    """Keeps the very bytes as well."""

    def __init__(self):
        super().__init__()
        self.raw = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.raw.append(envelope.original_content)
        return await super().handle_DATA(server, session, envelope)


class ProofCommon(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.handler = cls.controller.handler = RawHandler()
        cls.postmaster = new_test_user(
            cls.env, "proof_postmaster", "mail_tracking.group_postmaster", email="p@example.com"
        )
        cls.stranger = new_test_user(cls.env, "proof_stranger", email="s@example.com")

    def sent_event(self, row):
        event = row.tracking_event_ids.filtered(lambda event: event.event_type == "sent")
        self.assertEqual(len(event), 1)
        return event

    @contextlib.contextmanager
    def encrypted(self):
        """A mail server with a certificate that it made itself."""
        with tempfile.TemporaryDirectory() as folder:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*make_certificate(Path(folder)))
            controller = Controller(
                self.handler,
                hostname="127.0.0.1",
                port=free_port(),
                ready_timeout=60,
                tls_context=context,
            )
            controller.start()
            self.mail_server.write({"smtp_port": controller.port, "smtp_encryption": "starttls"})
            try:
                yield
            finally:
                controller.stop()
                self.mail_server.write(
                    {"smtp_port": self.controller.port, "smtp_encryption": "none"}
                )

    def check_files(self, data, mail=None):
        """What the page says to a postmaster who chooses these files."""
        with Form(self.env["mail.tracking.proof.check"].with_user(self.postmaster)) as form:
            form.data_file = base64.b64encode(data).decode()
            if mail is not None:
                form.mail_file = base64.b64encode(mail).decode()
            return form.verdict, form.result


def make_certificate(folder):
    """Paths of a certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@tagged("post_install", "-at_install")
class TestSentFacts(ProofCommon):
    def test_the_event_keeps_what_the_server_said_and_what_the_mail_was(self):
        row = self.row(self.post(self.anna), self.anna)
        event = self.sent_event(row)
        self.assertEqual(event.smtp_answer, "250 2.0.0 Ok: queued as TEST")
        self.assertEqual(event.queue_id, "TEST")
        [raw] = self.handler.raw
        self.assertEqual((event.mail_size, event.mail_hash), proof.fingerprint(raw))
        self.assertEqual(len(raw), event.mail_size, "the server counts the same bytes")
        self.assertFalse(event.tls_version)
        self.assertEqual(
            event.technical.split("\n"),
            [
                "Answer: 250 2.0.0 Ok: queued as TEST",
                "Not encrypted",
                f"{event.mail_size:,} bytes",
                f"SHA-256 {event.mail_hash}",
            ],
        )
        self.assertEqual(row.technical, event.technical)

    def test_lines_that_begin_with_a_dot_are_hashed_as_they_were_written(self):
        self.send_mail(email_to="anna@example.com", body_html="<pre>\n.dot\n..dots\n</pre>")
        [raw] = self.handler.raw
        mail = self.env["mail.tracking.event"].sudo().search([("event_type", "=", "sent")], limit=1)
        self.assertIn(b"\r\n.", raw)
        self.assertEqual((mail.mail_size, mail.mail_hash), proof.fingerprint(raw))

    def test_encryption_is_noted(self):
        with self.encrypted():
            event = self.sent_event(self.row(self.post(self.anna), self.anna))
        self.assertRegex(event.tls_version, r"^TLSv1\.[23]$")
        self.assertTrue(event.tls_cipher)
        words = f"Encrypted with {event.tls_version} ({event.tls_cipher})"
        self.assertIn(words, event.technical.split("\n"))

    def test_the_recipients_of_one_envelope_share_the_fingerprint(self):
        mail = self.send_mail(email_to="dora@example.com, emil@example.com")
        events = self.rows(mail.mail_message_id).tracking_event_ids
        self.assertEqual(len(events), 2)
        self.assertEqual(len(set(events.mapped("mail_hash"))), 1)
        self.assertEqual(len(self.handler.raw), 1)

    def test_a_failure_has_none_of_it(self):
        self.handler.refuse_rcpt["anna@example.com"] = "550 5.1.1 no"
        row = self.row(self.post(self.anna), self.anna)
        self.assertEqual(self.events(row), ["error"])
        self.assertFalse(row.tracking_event_ids.mail_hash)
        self.assertFalse(row.technical)

    def test_the_popover_shows_it_in_words(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.event_create("delivered", {})
        details = message.with_user(self.user_employee).get_tracking_details(row.id)
        technical = {event["type"]: event["technical"] for event in details["events"]}
        self.assertEqual(technical["sent"], self.sent_event(row).technical.split("\n"))
        self.assertEqual(technical["delivered"], [])

    def test_an_event_of_an_earlier_version_says_nothing(self):
        row = self.row(self.post(self.anna), self.anna)
        event = self.sent_event(row)
        event.write(dict.fromkeys(("smtp_answer", "mail_hash", "mail_size"), False))
        self.assertEqual(event._get_technical_lines(), [])


@tagged("post_install", "-at_install")
class TestReportText(ProofCommon):
    def bounce(self, row):
        mail = self.received(row.recipient_address)
        self.report(
            (row.recipient_address, "failed", "5.1.1", UNKNOWN),
            headers=f"Message-ID: {mail['Message-Id']}\n{TOKEN_HEADER}: {mail[TOKEN_HEADER]}",
            envid=row.token,
        )

    def test_the_text_of_a_report_is_kept_without_our_keys(self):
        row = self.row(self.post(self.anna), self.anna)
        self.bounce(row)
        event = row.tracking_event_ids.filtered(lambda event: event.event_type == "hard_bounce")
        for words in (
            "From: MAILER-DAEMON@mx.example.net",
            "This is the mail system at host mx.example.net.",
            "Final-Recipient: rfc822; anna@example.com",
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
            f"{TOKEN_HEADER}: ********",
        ):
            self.assertIn(words, event.report_text)
        self.assertNotIn(row.token, event.report_text)

    def test_it_is_bounded(self):
        row = self.row(self.post(self.anna), self.anna)
        self.deliver(
            "From: mailer-daemon@example.net\nTo: bounce.test@test.mycompany.com\n"
            "Subject: Undelivered Mail Returned to Sender\nMessage-ID: <big@example.net>\n"
            f"In-Reply-To: {self.received('anna@example.com')['Message-Id']}\n\n"
            "<anna@example.com>: 550 5.1.1 User unknown\n" + "x" * 100 * 1000
        )
        texts = row.tracking_event_ids.mapped("report_text")
        self.assertEqual(max(len(text or "") for text in texts), 20_000)

    def test_only_postmasters_see_it(self):
        row = self.row(self.post(self.anna), self.anna)
        self.bounce(row)
        event = row.tracking_event_ids.filtered("report_text")
        self.assertTrue(event.with_user(self.postmaster).report_text)
        with self.assertRaises(AccessError):
            event.with_user(self.user_employee).report_text  # noqa: B018
        [email] = row.with_user(self.user_employee)._get_proof_emails()
        self.assertIn("User unknown", email["reports"][0]["said"])
        self.assertIsNone(email["reports"][0]["original"])
        [email] = row.with_user(self.postmaster)._get_proof_emails()
        self.assertEqual(email["reports"][0]["original"], event.report_text)

    def test_what_a_service_sent_is_shown_without_keys(self):
        row = self.row(self.post(self.anna), self.anna)
        payload = json.dumps({"event": "delivered", "odoo_token": row.token})
        row.event_create("delivered", {"payload": payload})
        [email] = row.with_user(self.env.ref("base.user_admin"))._get_proof_emails()
        original = email["reports"][0]["original"]
        self.assertEqual(original, payload.replace(row.token, "*" * 32))
        [email] = row.with_user(self.postmaster)._get_proof_emails()
        self.assertIsNone(email["reports"][0]["original"])


@tagged("post_install", "-at_install")
class TestProof(ProofCommon, HttpCase):
    def test_it_tells_all_that_is_known(self):
        message = self.post(self.anna, attachment_ids=[], attachments=[("offer.pdf", b"%PDF")])
        row = self.row(message, self.anna)
        row.event_create("delivered", {"smtp_server": "mx.example.com"})
        row.event_create("reply", {"recipient": "Anna <anna@example.com>"})
        [email] = row.with_user(self.user_employee)._get_proof_emails()
        self.assertEqual(
            email["recipient"],
            {
                "contact": "Anna",
                "addressed_as": row.recipient,
                "address": "anna@example.com",
                "is_copy": False,
            },
        )
        self.assertEqual(email["subject"], "Offer")
        self.assertEqual(email["message_id"], message.message_id)
        self.assertEqual(email["attachments"], ["offer.pdf"])
        [sent] = email["handed_over"]
        event = self.sent_event(row)
        self.assertEqual(
            (sent["server"], sent["answer"], sent["queue_number"], sent["is_encrypted"]),
            ("127.0.0.1", "250 2.0.0 Ok: queued as TEST", "TEST", False),
        )
        self.assertEqual((sent["size"], sent["sha256"]), (event.mail_size, event.mail_hash))
        self.assertEqual([report["type"] for report in email["reports"]], ["delivered"])
        self.assertEqual(
            [answer["sender"] for answer in email["answers"]], ["Anna <anna@example.com>"]
        )

    def test_opens_are_told_where_they_may_be_known(self):
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("open", {"open_kind": "person", "ip": "192.0.2.7"})
        for mode, count in (
            (False, 1),
            ("identified", 1),
            ("legal", 1),
            ("hygiene", None),
            ("counted", None),
            ("off", None),
        ):
            row.open_mode = mode
            [email] = row._get_proof_emails()
            self.assertEqual((email["opens"] or {}).get("count"), count, mode)
            self.assertNotIn("192.0.2.7", json.dumps(email))
        row.write({"open_mode": "identified", "opens_refused": True})
        self.assertIsNone(row._get_proof_emails()[0]["opens"])

    def test_a_read_receipt_is_a_report(self):
        row = self.row(self.post(self.anna), self.anna)
        row.event_create("open", {"open_kind": "person", "open_reason": "read_receipt"})
        [email] = row._get_proof_emails()
        self.assertEqual([report["type"] for report in email["reports"]], ["read"])

    def test_who_may_not_see_the_tracking_gets_no_proof(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        for user in (self.user_employee, self.postmaster):
            self.assertTrue(row.with_user(user)._get_proof_emails())
            action = message.with_user(user).action_tracking_proof()
            self.assertIn(str(row.id), str(action))
        with self.assertRaises(AccessError):
            row.with_user(self.stranger)._get_proof_emails()
        with self.assertRaises(UserError):
            message.with_user(self.stranger).action_tracking_proof()
        Report = self.env["ir.actions.report"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            Report._render_qweb_html("mail_tracking.report_proof", row.ids)

    def test_the_page_has_one_article_for_each_recipient(self):
        message = self.post(self.anna | self.bob)
        rows = self.rows(message)
        self.env.flush_all()
        self.authenticate("proof_postmaster", "proof_postmaster")
        numbers = ",".join(map(str, rows.ids))
        page = self.url_open(f"/report/html/mail_tracking.report_proof/{numbers}")
        tree = html.fromstring(page.text)
        articles = tree.xpath("//div[contains(@class, 'o_mail_tracking_proof')]")
        self.assertEqual(len(articles), 2)
        for article, row in zip(articles, rows, strict=True):
            text = " ".join(article.text_content().split())
            event = self.sent_event(row)
            for words in (
                "Proof of sending",
                "This is not a registered delivery",
                row.recipient_address,
                "Offer",
                "250 2.0.0 Ok: queued as TEST",
                "Not encrypted",
                event.mail_hash,
                "No report came back so far.",
                "Nobody has answered so far.",
            ):
                self.assertIn(words, text)

    def test_hostile_words_stay_words(self):
        evil = "<script>alert(1)</script>"
        row = self.row(self.post(self.anna, subject=evil), self.anna)
        row.event_create("soft_bounce", {"error_description": evil, "report_text": evil})
        page, _type = self.env["ir.actions.report"]._render_qweb_html(
            "mail_tracking.report_proof", row.ids
        )
        self.assertNotIn(b"<script>alert", page)
        self.assertEqual(page.count(b"&lt;script&gt;alert"), 3)

    def test_it_is_a_pdf_where_odoo_can_print_else_a_page(self):
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        Report = type(self.env["ir.actions.report"])
        for state in ("ok", "upgrade", "install", "workers", "broken"):
            with patch.object(Report, "get_wkhtmltopdf_state", return_value=state):
                action = message.with_user(self.user_employee).action_tracking_proof()
            if state in ("ok", "upgrade"):
                self.assertEqual(action["report_type"], "qweb-pdf")
                self.assertEqual(action["report_name"], "mail_tracking.report_proof")
                self.assertEqual(action["context"]["active_ids"], row.ids)
            else:
                url = f"/report/html/mail_tracking.report_proof/{row.id}"
                self.assertEqual((action["target"], action["url"]), ("new", url))

    def test_it_is_printed_where_there_is_a_printer(self):
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() not in ("ok", "upgrade"):
            self.skipTest("wkhtmltopdf is not installed")
        rows = self.rows(self.post(self.anna | self.bob))
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        data, _type = report._render_qweb_pdf("mail_tracking.report_proof", rows.ids)
        self.assertEqual(data[:4], b"%PDF")

    def test_it_is_one_document_with_the_letterhead_of_each_company(self):
        # an unpatched wkhtmltopdf, as Debian has it, makes no PDF of several
        rows = self.rows(self.post(self.anna | self.bob)) | self.rows(self.post(self.carl))
        Report = self.env["ir.actions.report"]
        for other, count in (
            (self.env.company, 1),
            (self.env["res.company"].create({"name": "B"}), 2),
        ):
            rows[-1].company_id = other
            page, _type = Report._render_qweb_html("mail_tracking.report_proof", rows.ids)
            bodies = Report._prepare_html(page)[0]
            self.assertEqual(len(bodies), count)
            proofs = html.fromstring(page).xpath("//div[contains(@class, 'o_mail_tracking_proof')]")
            breaks = ["page-break-before" in each.get("style") for each in proofs]
            self.assertEqual(breaks, [False, True, count == 1])

    def test_the_number_of_queries_is_that_of_one(self):
        partners = self.env["res.partner"].create(
            [{"name": f"R{i}", "email": f"r{i}@example.com"} for i in range(80)]
        )
        rows = self.rows(self.post(partners)).with_user(self.postmaster)
        rows[:1]._get_proof_data()  # what is looked up once
        counts = []
        for some in (rows[:1], rows):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some._get_proof_data()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(len(rows), 80)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 25)

    def test_too_many_are_refused(self):
        rows = self.rows(self.post(self.anna | self.bob))
        self.patch(room, "MAX_EMAILS", 1)
        for method in ("action_print_proof", "action_download_proof", "_get_proof_emails"):
            with self.assertRaises(UserError):
                getattr(rows, method)()

    # ------------------------------------------------------------
    # DATA
    # ------------------------------------------------------------

    def test_the_data_are_signed_and_canonical(self):
        row = self.row(self.post(self.anna), self.anna)
        url = row.with_user(self.user_employee).action_download_proof()["url"]
        self.env.flush_all()
        self.authenticate(self.user_employee.login, self.user_employee.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        document = proof.read(response.content)
        self.assertEqual(proof.canonical(document), response.content)
        self.assertEqual(document["version"], 1)
        self.assertTrue(row._is_own_proof(document))
        for key in document:
            changed = {**document, key: "x"}
            self.assertFalse(row._is_own_proof(changed), key)
        self.assertFalse(row._is_own_proof({**document, "more": 1}))
        self.assertNotIn(row.token, response.text)

    def test_the_data_are_for_who_may_see_the_tracking(self):
        row = self.row(self.post(self.anna), self.anna)
        self.env.flush_all()
        url = f"/mail_tracking/proof/{row.id}"
        self.authenticate("proof_stranger", "proof_stranger")
        with mute_logger("odoo.http"):
            response = self.url_open(url)
        self.assertEqual(response.status_code, 403)
        self.assertNotIn("anna@example.com", response.text)
        for numbers in ("0", "x", "9" * 40, "9" * 5_000, "-1", str(2**31 - 1)):
            self.assertEqual(self.url_open(f"/mail_tracking/proof/{numbers}").status_code, 404)

    # ------------------------------------------------------------
    # CHECK
    # ------------------------------------------------------------

    def test_a_mail_saved_by_its_recipient_belongs_to_its_proof(self):
        row = self.row(self.post(self.anna | self.bob), self.anna)
        data = row.with_user(self.user_employee)._get_proof_data()
        own, other = self.handler.raw
        if b"anna@example.com" not in own.partition(b"\r\n\r\n")[0]:
            own, other = other, own
        on_top = b"Return-Path: <a@b>\nReceived: from a\n\tby b; Thu, 26 Nov 2026\n"
        saved = own.replace(b"\r\n", b"\n")
        self.assertEqual(self.check_files(data)[0], "open")
        for mail in (own, saved, on_top + saved, b"From a@b Thu Nov 26\n" + on_top + saved):
            verdict, words = self.check_files(data, mail)
            self.assertEqual(verdict, "yes", words)
            self.assertIn("anna@example.com", words)
        self.assertIn("Return-Path, Received", words)
        for mail in (
            other,
            own.replace(b"Subject: Offer", b"Subject: Offar"),
            b"Subject: x\n" + own,
        ):
            verdict, words = self.check_files(data, mail)
            self.assertEqual(verdict, "no", words)

    def test_data_that_were_changed_prove_nothing(self):
        row = self.row(self.post(self.anna), self.anna)
        data = row._get_proof_data()
        [raw] = self.handler.raw
        self.assertEqual(self.check_files(data, raw)[0], "yes")
        document = proof.read(data)
        document["emails"][0]["subject"] = "Invoice"
        verdict, words = self.check_files(proof.canonical(document), raw)
        self.assertEqual(verdict, "no")
        self.assertIn("were changed", words)
        document["database"] = "0" * 16
        self.assertIn("another database", self.check_files(proof.canonical(document), raw)[1])
        for junk in (b"", b"{}", raw, b'{"format": "mail_tracking.proof", "version": 2}'):
            self.assertEqual(self.check_files(junk, raw)[0], "no" if junk else False)

    def test_large_files_are_not_read(self):
        row = self.row(self.post(self.anna), self.anna)
        data = row._get_proof_data()
        self.patch(proof, "MAX_MAIL", 100)
        self.assertIn("larger", self.check_files(data, b"x" * 1_000)[1])
        self.patch(proof, "MAX_DATA", 100)
        self.assertIn("larger", self.check_files(data)[1])

    def test_only_postmasters_check(self):
        with self.assertRaises(AccessError):
            self.env["mail.tracking.proof.check"].with_user(self.user_employee).create({})
