"""What contacts show of the ledger, and how they are searched and merged."""

import itertools
import random
import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .support.consent_common import ConsentCommon

#: the ledger; number of emails, and score
FORM_QUERIES = 2


@tagged("post_install", "-at_install")
class TestConsentContacts(ConsentCommon):
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

    def test_the_last_open_of_the_address_is_for_postmasters(self):
        self.env["mail.tracking.address"].create(
            {"address": "anna@example.com", "last_open": "2026-10-03"}
        )
        partners = self.anna | self.bob | self.nobody
        days = partners.with_user(self.postmaster).mapped("mail_tracking_last_open")
        self.assertEqual([str(day) for day in days if day], ["2026-10-03"])
        own = self.anna.with_user(self.user_employee)
        [view] = own.get_views([(False, "form")])["models"].values()
        self.assertNotIn("mail_tracking_last_open", view["fields"])
        with self.assertRaises(AccessError):
            own.read(["mail_tracking_last_open"])

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
        """However many answers there are."""
        # as the web client says them
        own = self.anna.with_user(self.user_employee).with_context(lang="en_US", tz="UTC")
        [view] = own.get_views([(False, "form")])["models"].values()
        specification = {name: {} for name in view["fields"]}
        self.assertIn("mail_tracking_obstacle", specification)
        queries, execute = [], self.env.cr.execute

        def watch(query, *args, **kwargs):
            queries.append(getattr(query, "code", query))
            return execute(query, *args, **kwargs)

        for answers in ((), ("asked", "yes", "no")):
            for answer in answers:
                self.say(answer, self.anna, purposes=["opens", "clicks"])
            own.web_read(specification)  # rights and languages are cached
            self.env.flush_all()
            self.env.invalidate_all()
            queries.clear()
            with patch.object(self.env.cr, "execute", watch):
                own.web_read(specification)
            ours = [query for query in queries if re.search(r'FROM "?mail_tracking_', query)]
            self.assertEqual(len([query for query in ours if "consent" in query]), 1)
            self.assertEqual(len(ours), FORM_QUERIES)

    # ------------------------------------------------------------
    # MERGED, AND TWO WITH ONE ADDRESS
    # ------------------------------------------------------------

    def merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (source | target).ids, target, extra_checks=False
        )
        self.env.invalidate_all()

    def test_a_no_survives_merging_no_matter_who_said_it_and_when(self):
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
