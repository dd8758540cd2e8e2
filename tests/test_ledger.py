"""The ledger of answers about tracking: lines that nobody changes, import and export."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .support.consent_common import ConsentCommon


@tagged("post_install", "-at_install")
class TestLedger(ConsentCommon):
    def test_a_line_says_who_what_when_how_and_what_was_shown(self):
        wording = "May we note when you open our mails?"
        lines = self.Consent.with_user(self.user_employee).record_answer(
            "Anna <ANNA@Example.com>",
            ["opens", "clicks"],
            "yes",
            "form",
            wording=wording,
            lang="en_US",
            partner=self.anna,
        )
        self.assertEqual(lines.mapped("purpose"), ["opens", "clicks"])
        line = lines[0]
        self.assertEqual(line.address, "anna@example.com")
        self.assertEqual(line.address_key, self.Consent._get_address_key("anna@example.com"))
        self.assertEqual((line.partner_id, line.contact_number), (self.anna, self.anna.id))
        self.assertEqual((line.answer, line.way), ("yes", "form"))
        self.assertEqual(line.user_id, self.user_employee)
        self.assertEqual((line.wording, line.wording_id.lang), (wording, "en_US"))
        self.assertLess(fields.Datetime.now() - line.time, timedelta(minutes=1))
        self.assertEqual(lines.wording_id, line.wording_id, "kept once")
        again = self.say("yes", self.anna, wording=wording, lang="en_US")
        self.assertEqual(again.wording_id, line.wording_id)
        self.assertNotEqual(again, line, "a line each")
        other = self.say("yes", self.anna, wording=wording, lang="fr_FR")
        self.assertNotEqual(other.wording_id, line.wording_id)

    def test_nobody_changes_or_deletes_a_line_or_a_wording(self):
        line = self.say("no", self.anna, wording="May we?")
        for records in (line, line.wording_id):
            for user in (self.user_admin, self.env.ref("base.user_root"), self.postmaster):
                for own in (records.with_user(user), records.with_user(user).sudo()):
                    vals = {"answer": "yes"} if own._name == line._name else {"text": "Other"}
                    with self.subTest(records._name, user=user.login, su=own.env.su):
                        with self.assertRaises(UserError):
                            own.write(vals)
                        with self.assertRaises(UserError):
                            own.unlink()
        self.assertEqual((line.answer, line.wording), ("no", "May we?"))

    def test_erasing_takes_the_person_out_and_the_no_goes_on(self):
        line = self.say("no", self.anna)
        line._erase_persons()
        self.env.flush_all()
        self.assertEqual((line.address, line.partner_id.id, line.user_id.id), (False,) * 3)
        self.assertEqual((line.answer, line.purpose), ("no", "opens"))
        self.anna.unlink()
        again = self.env["res.partner"].create({"name": "Anna", "email": "anna@example.com"})
        self.assertEqual(self.answer(again), "no")

    def test_what_is_left_of_erased_contacts_says_nothing_of_them_and_stays_apart(self):
        """Two contacts of one address: the later Yes of the one does not undo the other's No."""
        Consent, address = self.env["mail.tracking.consent"].sudo(), "shared@example.com"
        lines = Consent
        for partner, answer in ((self.anna, "no"), (self.bob, "yes")):
            lines |= Consent.record_answer(address, "opens", answer, "api", partner=partner)
        lines |= Consent.record_answer("other@example.com", "opens", "no", "api")
        lines._erase_persons()
        numbers = lines.mapped("contact_number")
        self.assertLess(max(numbers[:2]), 0)
        self.assertEqual((len(set(numbers)), numbers[2]), (3, 0))
        for pair in ((address, 0), (address, self.bob.id)):
            self.assertEqual(Consent._get_answers([pair])[pair], {"opens": "no"})
        again = lines.mapped("contact_number")
        lines._erase_persons()
        self.assertEqual(lines.mapped("contact_number"), again)

    def test_a_contact_that_is_deleted_leaves_its_answer(self):
        line = self.say("no", self.anna)
        number = self.anna.id
        self.anna.unlink()
        self.assertEqual((line.partner_id.id, line.contact_number), (False, number))
        answers = self.Consent._get_answers([("anna@example.com", 0)])
        self.assertEqual(answers, {("anna@example.com", 0): {"opens": "no"}})

    def test_impossible_values_are_refused(self):
        now = fields.Datetime.now()
        for wrong in (
            {"address": "no address"},
            {"address": "a@example.com, b@example.com"},
            {"address": f"{'a' * 500}@example.com"},
            {"address": "a\0@example.com"},
            {"address": ""},
            {"purposes": []},
            {"purposes": ["opens", "everything"]},
            {"answer": "perhaps"},
            {"way": "telepathy"},
            {"wording": "x" * 20_001},
        ):
            values = {"address": "dora@example.com", "purposes": "opens", "answer": "yes"}
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.Consent.record_answer(**{**values, "way": "form", **wrong})
        with self.assertRaises(ValidationError):
            self.say("yes", self.nobody)
        for time in (now + timedelta(days=1), "1980-01-01 00:00:00"):
            with self.subTest(time), self.assertRaises(ValidationError):
                self.Consent.create(
                    {
                        "address": "dora@example.com",
                        "purpose": "opens",
                        "answer": "yes",
                        "way": "import",
                        "time": time,
                    }
                )
        self.assertFalse(self.Consent.search([("address", "=", "dora@example.com")]))

    def test_nobody_chooses_what_follows_from_a_line(self):
        line = self.Consent.with_user(self.postmaster).create(
            {
                "address": "Dora@example.com",
                "purpose": "opens",
                "answer": "no",
                "way": "page",
                "user_id": self.user_admin.id,
                "address_key": "forged",
                "contact_number": 7,
            }
        )
        self.assertEqual(line.address_key, self.Consent._get_address_key("dora@example.com"))
        self.assertEqual((line.contact_number, line.way), (0, "api"))
        self.assertEqual(line.user_id, self.postmaster)

    def test_import_and_export(self):
        header = ["address", "partner_id", "purpose", "answer", "time", "wording"]
        rows = [
            ["Anna@Example.com", "Anna", "Opens", "Yes", "2026-01-02 10:00:00", "May we?"],
            ["dora@example.com", "", "clicks", "no", "2026-01-03 10:00:00", "May we?"],
        ]
        ledger = self.Consent.with_user(self.postmaster).with_context(import_file=True)
        result = ledger.load(header, rows)
        self.assertFalse(result["messages"])
        lines = self.Consent.browse(result["ids"])
        self.assertEqual(lines.mapped("address"), ["anna@example.com", "dora@example.com"])
        self.assertEqual(lines.mapped("way"), ["import"] * 2)
        self.assertEqual(len(lines.wording_id), 1)
        self.assertEqual(lines[0].partner_id, self.anna)
        self.assertEqual(str(lines[0].time), "2026-01-02 10:00:00")
        self.assertEqual(lines.user_id, self.postmaster)
        names = ["address", "purpose", "answer", "wording", "way"]
        exported = lines.with_user(self.postmaster).export_data(names)["datas"]
        expected = ["dora@example.com", "Clicks", "No", "May we?", "Import"]
        self.assertEqual(exported[1], expected)
        # an import that would change a line is refused, and says why
        [[_id, xmlid]] = lines[:1].export_data([".id", "id"])["datas"]
        result = ledger.load(["id", "answer"], [[xmlid, "No"]])
        self.assertFalse(result["ids"])
        self.assertIn("cannot be changed", result["messages"][0]["message"])
        self.postmaster.tz = "Asia/Tokyo"
        future = ledger.with_context(tz="Asia/Tokyo")
        future = future.load(header, [[*rows[0][:4], "2190-01-01 10:00:00", ""]])
        self.assertIn("10:00:00", future["messages"][0]["message"], "as it stands in the file")
        self.assertIn("in the future", future["messages"][0]["message"])

    def test_the_ledger_is_for_postmasters(self):
        self.say("no", self.anna)
        for action in (
            lambda own: own.search([]),
            lambda own: own.create(
                {"address": "a@example.com", "purpose": "opens", "answer": "yes"}
            ),
        ):
            with self.assertRaises(AccessError):
                action(self.Consent.with_user(self.user_employee))
        self.assertEqual(self.anna.with_user(self.user_employee).mail_tracking_consent, "no")
        self.assertTrue(self.Consent.with_user(self.postmaster).search([]))

    def test_a_wording_that_another_transaction_has_just_kept_is_found(self):
        self.env.flush_all()
        Wording = self.env["mail.tracking.wording"]
        first = Wording._get("May we?", "en_US")
        execute = type(self.env).execute_query
        calls = []

        def see_nothing(env, query):
            calls.append(query)
            return [] if len(calls) == 1 else execute(env, query)

        with patch.object(type(self.env), "execute_query", see_nothing):
            self.assertEqual(Wording._get("May we?", "en_US"), first)
        self.assertEqual(len(calls), 3)
        self.assertFalse(Wording._get("  "))
