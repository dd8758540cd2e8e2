"""The dialog that shows and erases a person: its words, who may open it, and the file."""

import json

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .support.erasure_common import ERASED, ErasureCommon


@tagged("post_install", "-at_install")
class TestErasureWords(ErasureCommon):
    def words(self, dialog):
        return dialog.goes.split("\n"), (dialog.stays or "").split("\n")

    def test_only_what_there_is_is_named(self):
        nothing = ["Nothing is kept that would be deleted."], [""]
        self.assertEqual(self.words(self.dialog()), nothing)
        self.track(events=["sent"])
        self.assertEqual(self.words(self.dialog()), (["• Emails with all their events: 1"], [""]))
        self.track(events=["sent"])
        self.bounce(self.track(events=["sent"]))
        self.process_pending()
        self.answer(ERASED, "no", self.person)
        self.env["mail.tracking.address"].sudo().create(
            {"address": ERASED, "last_open": "2026-03-01"}
        )
        goes, stays = self.words(self.dialog())
        self.assertEqual(
            goes,
            [
                "• Emails with all their events: 2",
                "• The day of the last open",
                "• The mark “Address bounced”",
            ],
        )
        self.assertIn("when and why: 1. They count as reviewed", stays[0])
        self.assertIn("hash instead of the address: 1. A No is still respected", stays[1])

    def test_the_outcome_names_no_nothing(self):
        self.assertEqual(self.erase().outcome, "The data of this person were erased.")
        self.track(events=["sent"])
        self.assertEqual(
            self.erase().outcome.split("\n")[1:], ["• Emails deleted: 1", "• Events deleted: 1"]
        )


@tagged("post_install", "-at_install")
class TestErasureAccess(ErasureCommon, HttpCase):
    def test_only_administrators_open_the_dialog(self):
        Privacy = self.env["mail.tracking.privacy"]
        postmaster = self.env.ref("mail_tracking.group_postmaster")
        dialog = self.dialog()
        for groups in (self.env.ref("base.group_user"), postmaster):
            self.user_employee.group_ids = groups
            own = Privacy.with_user(self.user_employee)
            with self.assertRaises(AccessError):
                own.create({"addresses": ERASED})
            for name in ("action_download", "action_confirm", "action_erase", "_export"):
                with self.assertRaises(AccessError):
                    getattr(dialog.with_user(self.user_employee), name)()
            with self.assertRaises(AccessError):
                self.Erasure.with_user(self.user_employee).sudo(False).search([])
        Actions = self.env["ir.actions.actions"].with_user(self.user_employee)
        names = [each["name"] for each in Actions.get_bindings("res.partner").get("action", [])]
        self.assertNotIn("Privacy of email tracking…", names)
        Actions = self.env["ir.actions.actions"].with_user(self.admin)
        names = [each["name"] for each in Actions.get_bindings("res.partner").get("action", [])]
        self.assertIn("Privacy of email tracking…", names)

    @mute_logger("odoo.http")
    def test_the_file_is_for_administrators(self):
        self.track()
        dialog = self.dialog()
        self.env.flush_all()
        path = dialog.action_download()["url"]
        for login in (None, self.user_employee.login):
            self.authenticate(login, login)
            response = self.url_open(path, allow_redirects=False)
            self.assertIn(response.status_code, (303, 403), login)
            self.assertNotIn("anna", response.text.lower())
        self.authenticate("admin", "admin")
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        disposition = response.headers["Content-Disposition"]
        self.assertRegex(disposition, r"^attachment; filename.*email-tracking-[\d-]+\.json$")
        self.assertNotIn("anna", disposition)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.json()["about"]["addresses"], [ERASED])
        self.assertEqual(self.url_open(f"{path}999").status_code, 404)


@tagged("post_install", "-at_install")
class TestExport(ErasureCommon):
    def export(self, **values):
        return json.loads(self.dialog(**values)._export())

    def test_all_that_is_kept_and_no_key(self):
        message = self.post(self.person)
        row = self.row(message, self.person)
        self.bounce(row, payload=f'{{"token": "{row.token}"}}', final_recipient=False)
        self.process_pending()
        row.event_create(
            "open",
            {"ip": "203.0.113.9", "timestamp": 1767225600.0, "event_key": "the-key-of-the-event"},
        )
        self.track("joanna.berg@example.com")
        self.env["mail.tracking.address"].sudo().create(
            {"address": ERASED, "last_open": "2026-03-01"}
        )
        wording = self.env["mail.tracking.wording"].sudo()
        wording = wording.create({"text": "May we?", "lang": "en_US", "digest": "x"})
        self.answer(ERASED, "yes", self.person)
        self.env.cr.execute("UPDATE mail_tracking_consent SET wording_id = %s", [wording.id])
        self.env.invalidate_all()
        text = self.dialog()._export().decode()
        for secret in (row.token, "the-key-of-the-event", "joanna"):
            self.assertTrue(secret)
            self.assertNotIn(secret, text)
        data = json.loads(text)
        [mail] = data["emails"]
        self.assertEqual(mail["name"], "Offer")
        self.assertEqual(mail["recipient_address"], ERASED)
        self.assertEqual(mail["partner_id"], {"id": self.person.id, "name": "Anna Berg"})
        self.assertRegex(mail["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        [opened] = [event for event in mail["events"] if event["event_type"] == "open"]
        self.assertEqual((opened["ip"], opened["time"]), ("203.0.113.9", "2026-01-01T00:00:00Z"))
        self.assertEqual(data["last_opens"], [{"address": ERASED, "last_open": "2026-03-01"}])
        [answer] = data["answers_about_tracking"]
        self.assertEqual((answer["answer"], answer["wording"]), ("yes", "May we?"))
        self.assertEqual(data["about"]["contact"][0]["name"], "Anna Berg")
        self.assertIn("state", data["meaning_of_fields"]["emails"])

    def test_a_file_without_anything(self):
        data = self.export()
        self.assertEqual((data["emails"], data["waiting_events"]), ([], []))

    def test_ten_thousand_are_read_in_batches(self):
        rows = self.Tracking.create([{"name": "Offer", "recipient": ERASED}] * 2_000)
        self.Event._log([{"tracking_email_id": row.id, "event_type": "sent"} for row in rows])
        self.env.flush_all()
        dialog, counts = self.dialog(), []
        for number in (500, 2_000):
            rows[number:].write({"recipient_address": "x@example.org"})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(json.loads(dialog._export())["emails"]), number)
            counts.append(self.env.cr.sql_log_count - before)
            rows.write({"recipient_address": ERASED})
        self.assertLessEqual(counts[1] - counts[0], 3 * 8, counts)
