"""The ledger: answers with proof, a No that reaches back, and what contacts show of it."""

import itertools
import random
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .support.common import MailTrackingCommon
from .test_upgrade_pending import load

#: the ledger, the number of emails, the score, and the last open
FORM_QUERIES = 4


class ConsentCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Consent = cls.env["mail.tracking.consent"]
        cls.postmaster = cls.env["res.users"].create(
            {
                "name": "Postmaster",
                "login": "ledger_postmaster",
                "group_ids": [
                    (4, cls.env.ref("mail_tracking.group_postmaster").id),
                    (4, cls.env.ref("base.group_partner_manager").id),
                    (4, cls.env.ref("base.group_allow_export").id),
                ],
            }
        )

    def say(self, answer, partner=None, address=None, purposes=("opens",), **more):
        address = address or (partner.email if partner else "")
        return self.Consent.record_answer(
            address, purposes, answer, more.pop("way", "form"), partner=partner, **more
        )

    def answer(self, partner, field="mail_tracking_consent"):
        return partner[field] or ""


@tagged("post_install", "-at_install")
class TestConsent(ConsentCommon):
    # ------------------------------------------------------------
    # LINES
    # ------------------------------------------------------------

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

    def test_whoever_creates_a_line_cannot_choose_what_follows(self):
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

    # ------------------------------------------------------------
    # WHAT HOLDS
    # ------------------------------------------------------------

    def test_the_time_of_an_answer_counts_and_not_when_it_was_recorded(self):
        self.say("yes", self.anna)
        self.Consent.create(
            {
                "partner_id": self.anna.id,
                "purpose": "opens",
                "answer": "no",
                "way": "import",
                "time": "2020-01-01 00:00:00",
            }
        )
        self.assertEqual(self.answer(self.anna), "yes")

    def test_a_question_is_no_answer(self):
        self.say("yes", self.anna)
        self.say("asked", self.anna)
        self.assertEqual(self.answer(self.anna), "yes")
        self.say("asked", self.bob)
        self.assertEqual(self.answer(self.bob), "")

    def test_answers_and_words_cost_the_same_for_one_and_for_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(80)]
        )
        for partner in partners[::2]:
            self.say("no", partner)
        names = ("mail_tracking_consent", "mail_tracking_click_consent", "mail_tracking_is_asked")
        for group in (partners[:1], partners):
            self.env.flush_all()
            self.env.invalidate_all()
            group.mapped("email_normalized")
            with self.assertQueryCount(1):
                self.Consent._get_answers({(p.email_normalized, p.id) for p in group})
            with self.assertQueryCount(2):
                for name in (*names, "mail_tracking_last_open"):
                    group.mapped(name)
            group.mapped("mail_tracking_answers")  # languages are cached
            self.env.invalidate_all()
            group.mapped(lambda partner: (partner.email_normalized, partner.email_bounced))
            with self.assertQueryCount(3):  # the user, and where they are
                for name in ("mail_tracking_answers", "mail_tracking_obstacle"):
                    group.mapped(name)

    def test_the_form_of_a_contact_reads_the_ledger_once(self):
        """However many answers there are; and besides it number of emails, score and last open."""
        # as the web client says them
        own = self.anna.with_user(self.user_employee).with_context(lang="en_US", tz="UTC")
        [view] = own.get_views([(False, "form")])["models"].values()
        specification = {name: {} for name in view["fields"]}
        self.assertIn("mail_tracking_obstacle", specification)
        for answers in ((), ("asked", "yes", "no")):
            for answer in answers:
                self.say(answer, self.anna, purposes=["opens", "clicks"])
            own.web_read(specification)  # rights and languages are cached
            self.env.flush_all()
            self.env.invalidate_all()
            queries, execute = [], self.env.cr.execute

            def watch(query, *args, queries=queries, execute=execute, **kwargs):
                queries.append(getattr(query, "code", query))
                return execute(query, *args, **kwargs)

            with patch.object(self.env.cr, "execute", watch):
                own.web_read(specification)
            ours = [query for query in queries if re.search(r'FROM "?mail_tracking_', query)]
            self.assertEqual(len([query for query in ours if "consent" in query]), 1)
            self.assertEqual(len(ours), FORM_QUERIES)

    def test_recording_costs_the_same_for_one_and_for_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(80)]
        )
        values = {"purpose": "opens", "answer": "no", "way": "import", "wording": "May we?"}
        self.Consent.create({**values, "address": "warm@example.com"})
        self.env.flush_all()
        counts = []
        for group in (partners[:1], partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Consent.create([{**values, "partner_id": partner.id} for partner in group])
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 12)

    # ------------------------------------------------------------
    # A NO REACHES BACK
    # ------------------------------------------------------------

    def make_trackings(self, **values):
        return self.env["mail.tracking.email"].create({"name": "Offer", **values})

    def refused(self, *trackings):
        return [bool(each.opens_refused) for each in trackings]

    def test_a_no_holds_for_emails_that_were_sent_before(self):
        by_address = self.make_trackings(recipient="Anna <ANNA@example.com>", envelope_token="one")
        by_contact = self.make_trackings(recipient="old@example.com", partner_id=self.anna.id)
        beside = self.make_trackings(recipient="bob@example.com", envelope_token="one")
        other = self.make_trackings(recipient="carl@example.com", envelope_token="two")
        alone = self.make_trackings(recipient="carl@example.com")
        self.say("yes", self.anna)
        self.assertEqual(self.refused(by_address, by_contact, beside), [False] * 3)
        self.say("no", self.anna)
        self.assertEqual(self.refused(by_address, by_contact, beside), [True] * 3)
        self.assertEqual(self.refused(other, alone), [False] * 2)
        self.assertFalse(by_address.clicks_refused)
        self.say("no", address="carl@example.com", purposes=["clicks"])
        self.assertEqual([other.clicks_refused, alone.clicks_refused], [True] * 2)
        self.assertEqual(self.refused(other, alone), [False] * 2)
        self.say("yes", self.anna, purposes=["opens", "clicks"])
        self.assertEqual(self.refused(by_address, by_contact, beside), [True] * 3)
        later = self.make_trackings(recipient="anna@example.com")
        self.assertEqual(self.refused(later), [False])

    def test_a_no_that_a_yes_followed_leaves_what_was_sent_since(self):
        before = self.make_trackings(recipient="anna@example.com", time="2026-01-01 00:00:00")
        since = self.make_trackings(recipient="anna@example.com", time="2026-03-01 00:00:00")
        values = {"address": "anna@example.com", "purpose": "opens", "way": "import"}
        self.Consent.create(
            [
                {**values, "answer": "no", "time": "2026-01-15 00:00:00"},
                {**values, "answer": "yes", "time": "2026-02-15 00:00:00"},
            ]
        )
        self.assertEqual(self.refused(before, since), [True, False])
        self.Consent.create({**values, "answer": "no", "time": "2026-02-20 00:00:00"})
        self.assertEqual(self.refused(before, since), [True, True])

    def test_it_takes_one_statement_for_each_purpose_however_many_emails(self):
        self.env.cr.execute(
            """INSERT INTO mail_tracking_email (recipient_address, envelope_token, time)
               SELECT 'dora@example.com', 'e' || i, now() FROM generate_series(1, 10000) i"""
        )
        self.env.flush_all()
        self.Consent.search([("address", "=", "dora@example.com")])
        for purposes, expected in ((["opens"], 1), (["opens", "clicks"], 2)):
            with self.count_our_queries() as queries:
                self.say("no", address="dora@example.com", purposes=purposes)
            self.assertEqual(len([q for q in queries if "UPDATE" in q]), expected)
            self.assertEqual(len(queries), expected)
        domain = [("recipient_address", "=", "dora@example.com"), ("clicks_refused", "=", True)]
        domain += [("opens_refused", "=", True)]
        self.assertEqual(self.env["mail.tracking.email"].search_count(domain), 10_000)

    # ------------------------------------------------------------
    # FIELDS OF CONTACTS
    # ------------------------------------------------------------

    def test_what_is_written_on_a_contact_becomes_an_answer(self):
        self.anna.mail_tracking_consent = "no"
        [line] = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual((line.answer, line.purpose, line.way), ("no", "opens", "api"))
        self.assertEqual(self.answer(self.anna), "no")
        self.assertEqual(self.answer(self.anna, "mail_tracking_click_consent"), "")
        self.anna.mail_tracking_consent = "no"
        self.anna.mail_tracking_consent = False
        self.assertEqual(self.answer(self.anna), "no")
        self.assertEqual(self.Consent.search_count([("partner_id", "=", self.anna.id)]), 1)
        self.anna.write({"mail_tracking_consent": "yes", "mail_tracking_click_consent": "no"})
        self.assertEqual(self.answer(self.anna), "yes")
        self.assertEqual(self.answer(self.anna, "mail_tracking_click_consent"), "no")
        both = self.env["res.partner"].create(
            [
                {
                    "name": "Eve",
                    "email": "eve@example.com",
                    "mail_tracking_consent": "no",
                    "mail_tracking_click_consent": "yes",
                },
                {"name": "Finn", "email": "finn@example.com", "mail_tracking_consent": "yes"},
            ]
        )
        self.assertEqual(both.mapped("mail_tracking_consent"), ["no", "yes"])
        self.assertEqual(both.mapped("mail_tracking_click_consent"), ["yes", False])

    def test_an_import_of_contacts_is_an_answer_by_import(self):
        Partner = self.env["res.partner"].with_user(self.postmaster)
        result = Partner.with_context(import_file=True).load(
            ["name", "email", "mail_tracking_consent"], [["Gil", "gil@example.com", "No"]]
        )
        line = self.Consent.search([("partner_id", "in", result["ids"])])
        self.assertEqual((line.answer, line.way, line.user_id), ("no", "import", self.postmaster))

    def test_a_yes_needs_an_address_and_a_no_does_not(self):
        self.nobody.mail_tracking_consent = "yes"
        self.assertEqual(self.answer(self.nobody), "")
        self.nobody.mail_tracking_consent = "no"
        self.assertEqual(self.answer(self.nobody), "no")
        self.nobody.email = "noel@example.com"
        self.assertEqual(self.answer(self.nobody), "no")

    def test_a_copy_of_a_contact_answered_nothing(self):
        self.anna.mail_tracking_consent = "yes"
        self.anna.email = "other@example.com"
        self.assertEqual(self.answer(self.anna.copy({"email": "third@example.com"})), "")

    def test_searches_find_what_the_fields_say(self):
        """All kinds of histories, against the rule in Python."""
        chance = random.Random(5)
        addresses = [f"r{i}@example.com" for i in range(6)]
        Partner = self.env["res.partner"]
        partners = Partner.create(
            [{"name": f"R{i}", "email": chance.choice([*addresses, False])} for i in range(40)]
        )
        now = fields.Datetime.now()
        for number in range(150):
            partner = chance.choice(partners) if chance.random() < 0.8 else Partner
            address = partner.email_normalized or chance.choice(addresses)
            values = {
                "address": address if partner.email or not partner else False,
                "partner_id": partner.id,
                "purpose": chance.choice(["opens", "opens", "clicks"]),
                "answer": chance.choice(["yes", "no", "no", "asked"]),
                "way": "form",
                "time": now - timedelta(minutes=chance.randrange(1000)),
            }
            if not values["address"]:
                values["answer"] = "no"
            self.Consent.create(values)
            if number % 10 == 0:
                chance.choice(partners).email = chance.choice([*addresses, False])
            if number % 40 == 0:
                chance.choice(partners[:5]).name = "same"
        src, dst = partners[1:3], partners[3]
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (src | dst).ids, dst, extra_checks=False
        )
        partners = partners.exists()
        self.assertEqual(len(partners), 38)
        self.env.invalidate_all()
        seen = set()
        for name in ("mail_tracking_consent", "mail_tracking_click_consent"):
            for size in (1, 2):
                for values in itertools.combinations(("yes", "no", False), size):
                    expected = partners.filtered(lambda p, n=name, v=values: p[n] in v)
                    for operator in ("in", "not in"):
                        found = partners.search(
                            [("id", "in", partners.ids), (name, operator, list(values))]
                        )
                        wanted = expected if operator == "in" else partners - expected
                        self.assertEqual(set(found), set(wanted), (name, operator, values))
                    seen.update((name, partner[name]) for partner in expected)
        self.assertEqual(len(seen), 6, "every answer occurs")
        for is_asked in (True, False):
            found = partners.search(
                [("id", "in", partners.ids), ("mail_tracking_is_asked", "=", is_asked)]
            )
            wanted = partners.filtered(lambda p, v=is_asked: p.mail_tracking_is_asked == v)
            self.assertEqual(set(found), set(wanted))
            self.assertTrue(found)

    def test_a_search_costs_one_query(self):
        Partner = self.env["res.partner"]
        for field, value in (
            ("mail_tracking_consent", "no"),
            ("mail_tracking_consent", "yes"),
            ("mail_tracking_consent", False),
            ("mail_tracking_is_asked", False),
        ):
            Partner.search([(field, "=", value)])
            self.env.flush_all()
            with self.assertQueryCount(1):
                Partner.search([(field, "=", value)])

    def test_the_last_open_of_the_address(self):
        self.env["mail.tracking.address"].create(
            {"address": "anna@example.com", "last_open": "2026-10-03"}
        )
        own = (self.anna | self.bob | self.nobody).with_user(self.user_employee)
        self.assertEqual(
            [str(day) for day in own.mapped("mail_tracking_last_open") if day], ["2026-10-03"]
        )

    # ------------------------------------------------------------
    # MERGED, AND TWO WITH ONE ADDRESS
    # ------------------------------------------------------------

    def merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (source | target).ids, target, extra_checks=False
        )
        self.env.invalidate_all()

    def test_a_no_survives_merging_whoever_said_it_and_when(self):
        hosts = (f"host{number}.example.com" for number in itertools.count())
        for said in itertools.permutations((("no", "no"), ("yes", "yes"))):
            for direction in (1, -1):
                with self.subTest(said=said, direction=direction):
                    pair = self.env["res.partner"].create(
                        [{"name": n, "email": f"{n}@{next(hosts)}"} for n in ("mia", "max")]
                    )
                    for partner, (answer, _same) in zip(pair, said, strict=True):
                        self.say(answer, partner)
                    source, target = pair[::direction]
                    self.merge(source, target)
                    self.assertEqual(self.answer(target), "no")
                    self.assertEqual(self.Consent.search_count([("partner_id", "=", target.id)]), 2)
                    target.mail_tracking_consent = "yes"
                    self.assertEqual(self.answer(target), "yes", "they were asked since")

    def test_two_contacts_with_one_address(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": "anna@example.com"})
        self.say("yes", self.anna)
        self.say("no", twin)
        self.assertEqual((self.answer(self.anna), self.answer(twin)), ("no", "no"))
        words = self.anna.mail_tracking_answers
        self.assertIn("Opens: No", words)
        self.assertIn("This is the answer of Twin, who has the same address.", words)
        self.assertNotIn("said by", twin.mail_tracking_answers)
        self.say("yes", twin)
        self.assertEqual(self.answer(self.anna), "yes")

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def test_the_answers_in_words(self):
        self.assertEqual(
            self.anna.mail_tracking_answers, "Opens: never asked.\nClicks: never asked."
        )
        self.Consent.create(
            {
                "partner_id": self.anna.id,
                "purpose": "opens",
                "answer": "no",
                "way": "colleague",
                "time": "2026-10-03 10:00:00",
            }
        )
        own = self.anna.with_user(self.user_employee)
        self.assertEqual(
            own.mail_tracking_answers,
            "Opens: No, on 3 October 2026 (told a colleague).\nClicks: never asked.",
        )
        self.say("asked", self.bob, purposes=["clicks"])
        self.assertIn("no answer yet.", self.bob.mail_tracking_answers)

    def test_the_name_of_another_contact_is_for_those_who_may_read_it(self):
        twin = self.env["res.partner"].create({"name": "Secret", "email": "anna@example.com"})
        self.say("no", twin)
        self.env["ir.rule"].create(
            {
                "name": "not this one",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", twin.id)],
            }
        )
        words = self.anna.with_user(self.user_employee).mail_tracking_answers
        self.assertNotIn("Secret", words)
        self.assertIn("the answer of another contact", words)

    # ------------------------------------------------------------
    # DIALOG
    # ------------------------------------------------------------

    def test_the_dialog_records_what_was_said(self):
        Answer = self.env["mail.tracking.answer"].with_user(self.postmaster)
        form = Form(Answer.with_context(default_partner_id=self.anna.id))
        form.answer = "no"
        form.is_clicks = False
        form.wording = "Do you mind?"
        form.save().action_record()
        [line] = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual((line.answer, line.purpose, line.way), ("no", "opens", "colleague"))
        self.assertEqual((line.wording, line.user_id), ("Do you mind?", self.postmaster))
        nothing = Answer.create(
            {"partner_id": self.anna.id, "answer": "no", "is_opens": False, "is_clicks": False}
        )
        for wrong in (nothing, Answer.create({"partner_id": self.nobody.id, "answer": "yes"})):
            with self.assertRaises(UserError):
                wrong.action_record()

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_the_dialog_needs_the_right_to_write_the_contact(self):
        reader = self.env["res.users"].create(
            {
                "name": "Reader",
                "login": "ledger_reader",
                "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
            }
        )
        Answer = self.env["mail.tracking.answer"].with_user(reader)
        with self.assertRaises(AccessError):
            Answer.create({"partner_id": self.anna.id, "answer": "no"})
        own = self.env["mail.tracking.answer"].with_user(self.postmaster)
        dialog = own.create({"partner_id": self.anna.id, "answer": "no"})
        with self.assertRaises(AccessError):
            dialog.with_user(reader).action_record()
        with self.assertRaises(AccessError):
            self.anna.with_user(reader).action_ask_about_tracking()
        self.assertFalse(self.Consent.search([("partner_id", "=", self.anna.id)]))

    def test_the_history_is_that_of_the_contact_and_its_address(self):
        lines = self.say("no", self.anna) | self.say("yes", address="anna@example.com")
        self.say("no", self.bob)
        action = self.anna.with_user(self.postmaster).action_tracking_answers()
        self.assertEqual(self.Consent.search(action["domain"]), lines.sorted())


@tagged("post_install", "-at_install")
class TestAsking(ConsentCommon):
    def ask(self, partners):
        with self.smtp():
            return partners.with_user(self.postmaster).action_ask_about_tracking()

    def test_the_question_is_sent_and_noted(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("mail_tracking.mail_template_ask")
        template.with_context(lang="fr_FR").subject = "Une question"
        self.bob.lang = "fr_FR"
        template.mail_tracking_open_mode = False
        self.assertFalse(self.anna.mail_tracking_obstacle)
        self.ask(self.anna | self.bob)
        self.assertIn("can be asked again from", self.anna.mail_tracking_obstacle)
        mail = self.received("anna@example.com")
        self.assertEqual(mail["Subject"], "May we note when you open our emails?")
        # each link is sealed anew
        self.assertIn("/mail_tracking/privacy/", self.html(mail))
        self.assertEqual(template.mail_tracking_open_mode, "off")
        self.assertEqual(self.received("bob@example.com")["Subject"], "Une question")
        lines = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual(set(lines.mapped("purpose")), {"opens", "clicks"})
        self.assertEqual(set(lines.mapped("answer")), {"asked"})
        self.assertEqual(set(lines.mapped("way")), {"mail"})
        self.assertIn("Whatever you answer, you will get our emails", lines[0].wording)
        self.assertTrue(lines[0].wording.startswith("May we note"))
        self.assertEqual(self.answer(self.anna), "")

    def test_who_is_not_asked(self):
        self.say("no", self.bob, purposes=["clicks"])
        self.say("yes", self.carl, purposes=["opens", "clicks"])
        for partner, words in (
            (self.nobody, "no email address"),
            (self.bob, "The answer was No"),
            (self.carl, "already known"),
        ):
            with self.subTest(partner.name), self.assertRaisesRegex(UserError, words):
                self.ask(partner)
            self.assertIn(words, partner.mail_tracking_obstacle)
        self.assertFalse(self.handler.envelopes)
        twin = self.env["res.partner"].create({"name": "Twin", "email": "anna@example.com"})
        result = self.ask(self.anna | twin | self.bob | self.carl | self.nobody)
        self.received("anna@example.com")
        self.assertEqual(len(self.handler.envelopes), 1)
        self.assertEqual(result["params"]["title"], "Contacts asked: 1")
        self.assertEqual(result["params"]["message"].count("Not asked (1):"), 4)
        for partner in (self.anna, twin):
            with self.assertRaisesRegex(UserError, "can be asked again from"):
                self.ask(partner)

    def test_whoever_does_not_answer_is_asked_again_after_six_months(self):
        values = {"partner_id": self.anna.id, "answer": "asked", "way": "mail"}
        now = fields.Datetime.now()
        for purpose, days in (("opens", 190), ("clicks", 170)):
            self.Consent.create({**values, "purpose": purpose, "time": now - timedelta(days=days)})
        with self.assertRaises(UserError):
            self.ask(self.anna)
        self.say("yes", self.anna, purposes=["clicks"])
        self.assertFalse(self.anna.mail_tracking_obstacle)
        self.ask(self.anna)
        self.received("anna@example.com")
        asked = self.Consent.search([("partner_id", "=", self.anna.id)], limit=1)
        self.assertEqual((asked.answer, asked.purpose), ("asked", "opens"))

    def test_the_obstacles_cost_the_same_for_one_and_for_eighty(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(80)]
        )
        for group in (partners[:1], partners):
            self.env.flush_all()
            group.mapped("email_bounced")
            with self.assertQueryCount(1):
                group._get_obstacles_to_asking()


@tagged("post_install", "-at_install")
class TestConsentUpgrade(ConsentCommon):
    def test_the_column_becomes_lines(self):
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE res_partner ADD COLUMN mail_tracking_consent varchar")
        for partner, answer in ((self.anna, "no"), (self.bob, "yes"), (self.nobody, "no")):
            self.env.cr.execute(
                "UPDATE res_partner SET mail_tracking_consent = %s WHERE id = %s",
                [answer, partner.id],
            )
        Tracking = self.env["mail.tracking.email"]
        rows = Tracking.create(
            [
                {"recipient": "anna@example.com"},
                {"recipient": "elsewhere@example.com", "partner_id": self.nobody.id},
                {"recipient": "bob@example.com"},
            ]
        )
        self.env.flush_all()
        script = load("post-10-consent", "19.0.5.0.0")
        self.patch(script, "BATCH", 2)
        script.migrate(self.env.cr, "19.0.4.0.0")
        self.env.invalidate_all()
        for partner, opens, clicks in (
            (self.anna, "no", "no"),
            (self.bob, "yes", ""),
            (self.nobody, "no", "no"),
            (self.carl, "", ""),
        ):
            with self.subTest(partner.name):
                self.assertEqual(self.answer(partner), opens)
                self.assertEqual(self.answer(partner, "mail_tracking_click_consent"), clicks)
        self.assertEqual([bool(row.opens_refused) for row in rows], [True, True, False])
        self.assertEqual([bool(row.clicks_refused) for row in rows], [True, True, False])
        lines = self.Consent.search([("partner_id", "=", self.anna.id)])
        self.assertEqual(lines.mapped("way"), ["import"] * 2)
        key = self.Consent._get_address_key("anna@example.com")
        self.assertEqual(lines.mapped("address_key"), [key] * 2)
        self.assertEqual(lines.mapped("contact_number"), [self.anna.id] * 2)
        number = self.Consent.search_count([])
        script.migrate(self.env.cr, "19.0.4.0.0")
        self.assertEqual(self.Consent.search_count([]), number, "done once")
