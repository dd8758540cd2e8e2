import io
import json
import time
import zipfile

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.mail_tracking.controllers.main import PIXEL

from .pure.webhook_samples import SERVICES
from .support import hostile_samples as samples
from .support.common import MailTrackingCommon, PatientBrowser

MAX_TEXT = 20_000
#: PostgreSQL refuses longer entries of an index, in bytes
MAX_INDEXED = 2_700
MODELS = ("mail.tracking.email", "mail.tracking.event")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestHostile(MailTrackingCommon, PatientBrowser, HttpCase):
    def assert_bounded(self, records):
        """What is stored is text of bounded length that everybody can read."""
        for record in records:
            for name, field in record._fields.items():
                if field.type not in ("char", "text") or not field.store or not record[name]:
                    continue
                value = record[name]
                self.assertLessEqual(len(value), MAX_TEXT, f"{record._name}.{name}")
                self.assertNotIn("\x00", value, f"{record._name}.{name}")
                self.assertEqual(value, value.encode("utf-8", "replace").decode())
                if field.index or name == "event_key":
                    self.assertLess(len(value.encode()), MAX_INDEXED, f"{record._name}.{name}")

    # ------------------------------------------------------------
    # STORED
    # ------------------------------------------------------------

    def test_every_text_of_an_event_is_bounded_whatever_it_holds(self):
        row = self.row(self.post(self.anna), self.anna)
        Event = self.env["mail.tracking.event"].sudo()
        names = [
            name
            for name, field in Event._fields.items()
            if field.type in ("char", "text") and field.store
        ]
        self.assertGreater(len(names), 15)
        for kind, value in samples.ALL.items():
            with self.subTest(kind):
                event = row.event_create("soft_bounce", dict.fromkeys(names, value))
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(len(event), 1)
                self.assert_bounded(event | row.tracking_event_ids)
                self.assert_bounded(row)
                self.assertEqual(row.state, "soft-bounced")
                self.assertTrue(row._get_details()["events"])

    def test_every_text_of_a_row_is_bounded_whatever_it_holds(self):
        Row = self.env["mail.tracking.email"].sudo()
        names = [
            name
            for name, field in Row._fields.items()
            if field.type in ("char", "text") and field.store and name != "token"
        ]
        for kind, value in samples.ALL.items():
            with self.subTest(kind):
                row = Row.create(dict.fromkeys(names, value))
                self.env.flush_all()
                self.env.invalidate_all()
                self.assert_bounded(row)
                self.assertTrue(row.display_name)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def test_hostile_addresses_get_a_row_and_cost_nobody_else_a_mail(self):
        for kind, address in samples.ADDRESSES.items():
            with self.subTest(kind):
                self.handler.__init__()
                partner = self.env["res.partner"].create({"name": samples.VISIBLE})
                partner.email = address
                with mute_logger("odoo.addons.mail.models.mail_mail"):
                    message = self.post(partner | self.anna)
                own = self.row(message, self.anna)
                self.assertEqual(own.state, "sent", own.error_description)
                self.received("anna@example.com")
                rows = self.rows(message).filtered(lambda r, p=partner: r.partner_id == p)
                self.assertTrue(rows)
                self.assertTrue(all(rows.mapped("state")), "each was tried")
                self.assert_bounded(rows | rows.sudo())
                self.assert_bounded(rows.tracking_event_ids)
                reached = {to for _from, tos, _mail in self.handler.envelopes for to in tos}
                sent = set(rows.filtered(lambda r: r.state == "sent").mapped("recipient_address"))
                self.assertEqual({to.lower() for to in reached}, sent | {"anna@example.com"})
                for _from, _tos, mail in self.handler.envelopes:
                    self.assertNotIn("Bcc", mail)

    def test_hostile_names_and_subjects(self):
        for kind in ("script", "breakout", "right to left", "formats"):
            with self.subTest(kind):
                self.handler.__init__()
                self.bob.name = samples.ALL[kind]
                message = self.post(self.bob | self.anna, subject=samples.ALL[kind])
                self.assertEqual(self.rows(message).mapped("state"), ["sent", "sent"])
                self.assertEqual(len(self.handler.envelopes), 2)
                for _from, _tos, mail in self.handler.envelopes:
                    self.assertNotIn("Bcc", mail)
                line = next(
                    line for line in message.tracking_status() if line["partner_id"] == self.bob.id
                )
                self.assertEqual(line["recipient"], self.bob.name)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_subject_that_smuggles_headers_adds_none_and_the_rows_tell_the_truth(self):
        message = self.post(self.bob | self.anna, subject=samples.ALL["lines"])
        rows = self.rows(message)
        # it depends on the release of Odoo whether such a mail leaves at all
        reached = [address for _from, to, _mail in self.handler.envelopes for address in to]
        self.assertEqual(
            sorted(reached),
            sorted(rows.filtered(lambda r: r.state == "sent").mapped("recipient_address")),
        )
        self.assertEqual(set(rows.mapped("state")), {"sent" if reached else "error"})
        for _from, _to, mail in self.handler.envelopes:
            self.assertNotIn("Bcc", mail)
        self.assert_bounded(rows)

    def test_answers_of_hostile_mail_servers(self):
        answers = {
            "markup": f"550 5.1.1 {samples.SCRIPT}{samples.BREAKOUT}",
            "formats": f"550 5.1.1 {samples.FORMATS} \x00 \x1b[31m\x7f",
            "a long line": f"550 5.1.1 {'x' * 5000}",
            "many lines": "".join(f"550-5.1.1 {'y' * 900}\r\n" for _n in range(1100)) + "550 end",
            "endless": f"550 5.1.1 {'x' * 1_000_000}",
        }
        for kind, answer in answers.items():
            with self.subTest(kind), mute_logger("odoo.addons.mail.models.mail_mail"):
                self.handler.__init__()
                self.handler.refuse_rcpt["bob@example.com"] = answer
                message = self.post(self.bob | self.anna)
                row = self.row(message, self.bob)
                self.assertEqual(row.state, "error")
                self.assertEqual(self.row(message, self.anna).state, "sent")
                self.assert_bounded(row | row.tracking_event_ids.tracking_email_id)
                self.assert_bounded(row.tracking_event_ids)
                reason = self.notification(message, self.bob).failure_reason
                self.assertEqual(reason, row.error_description)
                self.assertLessEqual(len(reason), MAX_TEXT)

    # ------------------------------------------------------------
    # HTTP
    # ------------------------------------------------------------

    def test_hostile_mail_programs_get_their_image_and_are_noted(self):
        agents = {
            "script": samples.SCRIPT,
            "breakout": samples.BREAKOUT,
            "nul": "a\x00b",
            "controls": "a\x01\x08\x0b\x1b\x7fb",
            "8 bit": "\xe9\xff\xfe\xed\xa0\x80",
            "right to left": samples.RIGHT_TO_LEFT.encode().decode("latin-1"),
            "formats": samples.FORMATS,
            "long": "x" * 60_000,
        }
        message = self.post(self.anna)
        row = self.row(message, self.anna)
        row.tracking_event_ids.timestamp -= 3600
        self.env.flush_all()
        url = row._get_pixel_url()
        for number, (kind, agent) in enumerate(agents.items()):
            with self.subTest(kind):
                response = self.url_open(
                    url[url.index("/mail_tracking/") :], headers={"User-Agent": agent}
                )
                self.assertEqual((response.status_code, response.content), (200, PIXEL))
                self.env.invalidate_all()
                opens = row.tracking_event_ids.filtered(lambda e: e.event_type == "open")
                self.assertEqual(len(opens), number + 1)
                self.assert_bounded(opens)

    def test_addresses_of_images_with_endless_numbers(self):
        db = self.env.cr.dbname
        for digits in (20, 4_000, 6_000):
            for path in ("blank.gif", "token/blank.gif"):
                response = self.url_open(f"/mail/tracking/open/{db}/{'9' * digits}/{path}")
                self.assertEqual((response.status_code, response.content), (200, PIXEL))

    def test_hostile_webhooks_are_taken_and_bounded(self):
        webhook = self.env["mail.tracking.webhook"].create(
            {"name": "W", "provider": "sparkpost", "base_url": "https://odoo.example"}
        )
        service = SERVICES["sparkpost"]
        webhook.new_secret = service.secret
        row = self.row(self.post(self.anna), self.anna)
        changes = next(c for c, found in service.KINDS.values() if found == "hard_bounce")
        for number, (kind, value) in enumerate(samples.ALL.items()):
            with self.subTest(kind):
                event = service.event(
                    changes,
                    token=row.token,
                    recipient=row.recipient_address,
                    time=time.time() - 60,
                    number=number + 1,
                )
                event = poison(event, value[:50_000], keep={row.token, row.recipient_address})
                headers, body = service.request([event])
                self.env.flush_all()
                response = self.url_open(
                    webhook.url.removeprefix("https://odoo.example"),
                    data=body,
                    headers={"Content-Type": service.content_type, **headers},
                )
                self.assertEqual(response.status_code, 200)
                self.env.invalidate_all()
                self.assertEqual(webhook.day_ids.applied, number + 1)
                self.assertFalse(webhook.day_ids.failed)
                self.assert_bounded(row.tracking_event_ids)
                self.assert_bounded(row)

    # ------------------------------------------------------------
    # SHOWN
    # ------------------------------------------------------------

    def hostile_row(self):
        """A row that is hostile wherever it can be."""
        self.bob.name = samples.VISIBLE
        self.handler.refuse_rcpt["bob@example.com"] = f"550 5.1.1 {samples.VISIBLE[:400]}"
        message = self.post(self.bob, subject=samples.VISIBLE)
        row = self.row(message, self.bob)
        row.event_create(
            "open",
            {
                "user_agent": samples.VISIBLE,
                "ua_family": samples.VISIBLE,
                "os_family": samples.VISIBLE,
                "url": f"javascript:window.{samples.MARK}=1",
                "open_kind": "machine",
            },
        )
        row.event_create(
            "soft_bounce",
            {
                "smtp_server": samples.VISIBLE,
                "reporting_server": samples.VISIBLE,
                "error_type": samples.VISIBLE,
                "error_description": samples.VISIBLE + samples.CONTROLS,
            },
        )
        self.env.flush_all()
        return row

    def test_a_browser_shows_all_of_it_as_text(self):
        row = self.hostile_row()
        self.assertIn(samples.SCRIPT, row.name)
        self.assertIn(samples.SCRIPT, row.error_description)
        self.start_tour(
            f"/odoo/res.partner/{self.record.id}", "mail_tracking_hostile", login="admin"
        )

    def test_exports_hold_it_as_text(self):
        row = self.hostile_row()
        self.authenticate("admin", "admin")
        names = ["name", "recipient", "partner_id", "error_description", "smtp_server"]
        params = {
            "model": "mail.tracking.email",
            "ids": row.ids,
            "domain": [],
            "fields": [{"name": name, "label": name, "type": "char"} for name in names],
            "import_compat": False,
        }
        found = {}
        for kind in ("csv", "xlsx"):
            response = self.url_open(
                f"/web/export/{kind}",
                data={
                    "data": json.dumps(params),
                    "csrf_token": http.Request.csrf_token(self),
                },
            )
            self.assertEqual(response.status_code, 200)
            found[kind] = response.content
        self.assertIn(f"window.{samples.MARK}", found["csv"].decode())
        with zipfile.ZipFile(io.BytesIO(found["xlsx"])) as archive:
            text = archive.read("xl/sharedStrings.xml").decode()
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        self.assertIn("&lt;script&gt;", text)
        self.assertNotIn("<script>", text)
        self.assertNotIn("<f>", sheet, "no formula")


def poison(value, text, keep):
    """A copy of an event with hostile texts added, and in place of its own."""
    if isinstance(value, dict):
        result = {key: poison(entry, text, keep) for key, entry in value.items()}
        return {**result, text[:100]: text}
    if isinstance(value, list):
        return [poison(entry, text, keep) for entry in value]
    if isinstance(value, str) and value not in keep and " " in value:
        return text
    return value
